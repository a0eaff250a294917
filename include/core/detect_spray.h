/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Distributed scan: many sources, few contacts each, which no per-source test can see.
 * A CUSUM on the number of newly probed closed (proto, port) pairs and of strangers a
 * minute, against their own slow level. The subject is this host: the answer is silence
 * on closed ports for everybody, never a list of sources.
 */
#ifndef TIDEGATE_CORE_DETECT_SPRAY_H
#define TIDEGATE_CORE_DETECT_SPRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/time.h"
#include "core/finding.h"
#include "core/rule.h"

struct spray_opts {
	struct rule rule;        /* spray.hosts */
	int64_t tick_ns;         /* 10 s: the window of one step */
	uint32_t allowance;      /* closed contacts a tick borne above the level: 10 */
	uint32_t threshold;      /* CUSUM height, contacts: 120 */
	uint32_t min_sources;    /* distinct sources (about) before it may fire: 16 */
	int64_t level_half_life_ns; /* of the slow level: 1 h; frozen while raised */
};

struct spray;

size_t spray_bytes(void);
void spray_create(struct spray **out, void *memory, const struct hash_key *key);

/*
 * One first contact of some source with a closed port (fresh by scan_count). Cheap; no
 * decision. Three of one source count in a tick: one fast scanner is no spray.
 */
void spray_count(struct spray *s, uint64_t source_key, uint8_t proto, uint16_t port);

/*
 * Once a tick or more often; true where the alarm rises now, with *out filled (subject
 * SUBJECT_HOST). What is borne is level + max(allowance, 3 sqrt(level) + 4). The level
 * starts at 0 and is frozen while raised, for one half-life at most.
 */
bool spray_tick(struct spray *s, const struct spray_opts *o, mono_t now,
	struct finding *out);

/* Whether spray_tick would do anything now. */
bool spray_is_due(const struct spray *s, const struct spray_opts *o, mono_t now);

/* The alarm stands since it rose and until the CUSUM fell back to 0. */
bool spray_raised(const struct spray *s);

#endif
