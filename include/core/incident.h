/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One subject's story under one id: the findings, the decision, the effects, with the
 * numbers as they were. Bounded; the oldest closed one makes room. What explain prints
 * comes from here and is never computed again.
 */
#ifndef TIDEGATE_CORE_INCIDENT_H
#define TIDEGATE_CORE_INCIDENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/time.h"
#include "core/egress_facts.h"
#include "core/finding.h"
#include "core/policy.h"

#define INCIDENT_FINDINGS 4 /* the latest; the count tells how many there were */
#define INCIDENT_TEXT 14

enum incident_effect {
	EFFECT_NONE = 0,  /* observed only */
	EFFECT_SHADOW,    /* would have been done (detect mode) */
	EFFECT_GUARDED,   /* a guard forbade it */
	EFFECT_SENT,
	EFFECT_APPLIED,
	EFFECT_REFUSED,   /* by the kernel */
	EFFECT_ENDED,
};

const char *incident_effect_name(enum incident_effect e);

struct incident {
	uint64_t id;      /* 0 = free */
	struct subject subject;
	mono_t opened, last;
	uint32_t n_findings;
	/* A ring: the newest is at (n_findings - 1) % INCIDENT_FINDINGS. */
	struct finding findings[INCIDENT_FINDINGS];
	struct decision decision; /* the latest that changed anything */
	enum incident_effect effect;
	uint8_t guard;    /* enum guard_kind that forbade */
	int error;        /* of a refusal by the kernel */
	mono_t effect_at;
	struct egress_facts egress; /* of the latest finding that had any */
	uint64_t packets_dropped; /* by our verdicts, before the element was in force */
};

struct incidents;

size_t incidents_bytes(size_t most);
int incidents_create(struct incidents **out, void *memory, size_t bytes, size_t most,
	const struct hash_key *key);

/* The open incident of a subject, opened where there is none (an incident without news
 * for an hour is closed). */
struct incident *incidents_open(struct incidents *s, const struct subject *subject,
	mono_t now);
struct incident *incidents_by_id(struct incidents *s, uint64_t id);            /* NULL */
/* the latest, or NULL */
struct incident *incidents_by_subject(struct incidents *s, const struct subject *subject);
/* newest first; NULL at the end */
const struct incident *incidents_next(const struct incidents *s, size_t *at);
size_t incidents_count(const struct incidents *s);
uint64_t incidents_opened(const struct incidents *s); /* since the start */

void incident_add_finding(struct incident *i, const struct finding *f);

/* "T-4F7K2Q9M": 13 characters at most, Crockford base 32; parse gives ERR_INVALID. */
void incident_id_format(uint64_t id, char out[INCIDENT_TEXT]);
int incident_id_parse(const char *text, uint64_t *id);

#endif
