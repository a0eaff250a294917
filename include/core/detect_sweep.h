/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scans that leave this host: a worm, or somebody who uses it. By user and port: how fast it comes to new destinations
 * (RBS: Jung, Milito, Paxson 2006) and how many of these first contacts fail (TRW). Both are asked for: a browser meets many
 * new servers quickly, and they answer.
 */
#ifndef TIDEGATE_CORE_DETECT_SWEEP_H
#define TIDEGATE_CORE_DETECT_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "core/ask.h"
#include "core/contact.h"
#include "core/finding.h"
#include "core/rule.h"

struct sweep_opts {
	struct rule rule; /* egress.sweep */
	/* the detector's own keys */
	int32_t threshold;       /* hundredths of nats */
	uint32_t least_targets;  /* distinct destinations of one port, and ... */
	int64_t window_ns;       /* ... within so long: 1 h */
};

struct sweep;

size_t sweep_bytes(void); /* 1 MiB at most */
void sweep_create(struct sweep **out, void *memory, const struct hash_key *key);

typedef void (*sweep_raise_fn)(void *ctx, const struct finding *f);

/* A contact. True: its outcome is wanted (a first contact of this user with that destination and port), three seconds later. */
bool sweep_contact(struct sweep *s, const struct sweep_opts *o, const struct contact *c, sweep_raise_fn raise, void *ctx);
/* FATE_SOCKET, FATE_TRACKED: it answered. FATE_GONE, FATE_HALF_OPEN (the SYN has no answer): it did not. */
void sweep_outcome(struct sweep *s, const struct sweep_opts *o, const struct contact *c, enum ask_fate fate, mono_t now,
	sweep_raise_fn raise, void *ctx);
/* Found again, and soon, after what stood against it has ended. */
void sweep_rearm(struct sweep *s, const struct actor *a);

#endif
