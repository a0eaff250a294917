/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Data that leaves: bytes by actor and destination over an hour and a day, against what that destination usually gets, with
 * the producer-consumer ratio (Bullard, Gerth: FloCon 2014) of who sends. Volume and ratio are two signals; that the
 * destination is new is a third.
 */
#ifndef TIDEGATE_CORE_DETECT_EXFIL_H
#define TIDEGATE_CORE_DETECT_EXFIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "core/contact.h"
#include "core/finding.h"
#include "core/flow_end.h"
#include "core/rule.h"

struct exfil_opts {
	struct rule volume_rule;  /* egress.volume: much, in a day, to whom it is new or unusual */
	struct rule trickle_rule; /* egress.trickle: little by little, for hours */
	uint64_t day_bytes;       /* 64 MiB */
	uint32_t times;           /* of the most that this destination got on any day before: 4 */
	int32_t ratio;            /* hundredths: 50, the least (out - in) / (out + in) */
};

struct exfil;

size_t exfil_bytes(void); /* 2 MiB at most */
void exfil_create(struct exfil **out, void *memory, const struct hash_key *key);

typedef void (*exfil_raise_fn)(void *ctx, const struct finding *f);

/* Bytes that moved since the last word about this flow (an end, or how far it has come). known_s: how long the host has
 * known the destination (core/reach.h). name: of the destination, or "". */
void exfil_moved(struct exfil *x, const struct exfil_opts *o, const struct contact *c, const uint64_t bytes[FLOW_WAYS],
	int64_t known_s, mono_t now, exfil_raise_fn raise, void *ctx);

#endif
