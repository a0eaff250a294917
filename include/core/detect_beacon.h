/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Beacons: contacts of one actor with one destination and port that come as by the clock, with like sizes. Timing alone is
 * no offence (mail, monitoring and updates come by the clock too): the finding is one signal (core/signals.h).
 */
#ifndef TIDEGATE_CORE_DETECT_BEACON_H
#define TIDEGATE_CORE_DETECT_BEACON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "core/contact.h"
#include "core/finding.h"
#include "core/flow_end.h"
#include "core/rule.h"

struct beacon_opts {
	struct rule rule;     /* egress.beacon */
	int32_t timing;       /* thousandths: 830, the least score of intervals */
	int32_t size;         /* thousandths: 800, of bytes sent */
	uint8_t least;        /* contacts: 16 */
};

struct beacon;

size_t beacon_bytes(void); /* 2 MiB at most */
void beacon_create(struct beacon **out, void *memory, const struct hash_key *key);

typedef void (*beacon_raise_fn)(void *ctx, const struct finding *f);

void beacon_contact(struct beacon *b, const struct beacon_opts *o, const struct contact *c, beacon_raise_fn raise, void *ctx);
/* The end of such a flow, with what it carried; actor as the contact had it. */
void beacon_end(struct beacon *b, const struct beacon_opts *o, const struct flow_end *f, const struct actor *a, mono_t now,
	beacon_raise_fn raise, void *ctx);

#endif
