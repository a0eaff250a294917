/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scans that leave this host: a worm, or somebody who uses it. By user and port, and by user and destination: how fast it
 * comes to what it never met (RBS: Jung, Milito, Paxson 2006) and how many of these first contacts fail (TRW: Jung and
 * others 2004). Both are asked for: a browser meets many new servers quickly, and they answer. Speed counts for a third of
 * the threshold at most; a slow scan makes up for it with more failures.
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
	int16_t threshold;       /* 64ths of nats: 25 */
	uint32_t least_targets;  /* distinct destinations of one port (or ports of one destination) before it may fire: 12 */
	int64_t window_ns;       /* in which what was met is remembered and scores fade by half: 1 h */
};

struct sweep_stats {
	uint64_t records;  /* in use; some may be over */
	uint64_t evicted;  /* of them, while they still said something: what the bound cost */
};

struct sweep;

size_t sweep_bytes(void); /* 1 MiB at most */
void sweep_create(struct sweep **out, void *memory, const struct hash_key *key);

typedef void (*sweep_raise_fn)(void *ctx, const struct finding *f);

/*
 * A contact. True: its outcome is wanted (a first contact of this user with that destination and port), three seconds later.
 * Of datagrams nobody can tell whether they were answered for their own sake: they are not counted. Those whose owner is
 * not known count as one user's.
 */
bool sweep_contact(struct sweep *s, const struct sweep_opts *o, const struct contact *c, sweep_raise_fn raise, void *ctx);
/*
 * FATE_SOCKET, FATE_TRACKED: it answered. FATE_GONE, FATE_HALF_OPEN (the SYN has no answer): it did not. The finding's
 * subject is who made most of the silent contacts; where that is nobody, their user.
 */
void sweep_outcome(struct sweep *s, const struct sweep_opts *o, const struct contact *c, enum ask_fate fate, mono_t now,
	sweep_raise_fn raise, void *ctx);
/* Found again, and soon, after what stood against it has ended; but not for what it did before. */
void sweep_rearm(struct sweep *s, const struct sweep_opts *o, const struct actor *a);

void sweep_stats(const struct sweep *s, struct sweep_stats *out); /* looks at every place */
uint64_t sweep_evicted(const struct sweep *s);

#endif
