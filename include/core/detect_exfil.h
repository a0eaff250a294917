/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Data that leaves: bytes by actor and destination (its registered domain where it has a name) over the last
 * 24 hours, against the most that this destination got on any day before, with the producer-consumer ratio (Bullard, Gerth:
 * FloCon 2014): only hours count in which far more went out than came in, so that neither calls nor downloads are taken for
 * it, and a download in another hour hides nothing. What goes to destinations that are new, a little to each, is summed by
 * actor.
 *
 * Whose upload is as old as its download (the same destination, the same hour) is not found here, nor who raises what he
 * sends day by day by less than 'times'.
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
#include "core/reach.h"
#include "core/rule.h"

struct exfil_opts {
	struct rule volume_rule;  /* egress.volume: much, in a day, to whom it is new or unusual */
	struct rule trickle_rule; /* egress.trickle: little by little, for hours, to whom it is new */
	uint64_t day_bytes;       /* 64 MiB: least of egress.volume ... */
	uint64_t known_bytes;     /* 2 GiB: ... and to whom he sent trickle_bytes on a day before, and who is known for new_ns */
	uint64_t trickle_bytes;   /* 8 MiB: least of egress.trickle ... */
	uint32_t trickle_hours;   /* 6: ... in so many different ones of the last 24 */
	uint32_t times;           /* of the most that this destination got on any day before: 4 */
	int32_t ratio;            /* hundredths: 50, the least (out - in) / (out + in) of an hour that counts */
	int64_t new_ns;           /* 7 d: a destination is new for so long */
};

struct exfil;

size_t exfil_bytes(void); /* 2 MiB at most */
void exfil_create(struct exfil **out, void *memory, const struct hash_key *key);

typedef void (*exfil_raise_fn)(void *ctx, const struct finding *f);

/*
 * Bytes that moved since the last word about this flow (an end, or how far it has come). known_s: how long the host has
 * known the destination (core/reach.h).
 *
 * Subject DESTINATION, score in KiB, about "212 MiB in 3h, usually 0; out 98 %; to backup.example.net". Of many new
 * destinations together: subject ACTOR, no dst, about "212 MiB in 3h, usually 0; out 98 %; to 50 new destinations". At most one a day
 * for each destination (or actor) and rule.
 */
void exfil_moved(struct exfil *x, const struct exfil_opts *o, const struct contact *c, const uint64_t bytes[FLOW_WAYS],
	int64_t known_s, mono_t now, exfil_raise_fn raise, void *ctx);

/* Whether this actor has sent there, to the name that it has, or to the address where it has none. */
bool exfil_knows(const struct exfil *x, const struct contact *c);

/* What went there on days before, out of a store. */
void exfil_teach(struct exfil *x, const struct reach_record *r, mono_t now, int64_t wall_s);

struct exfil_stats {
	uint32_t destinations, actors; /* kept now */
	uint64_t forgotten;            /* destinations that made room */
	uint64_t told;
};

void exfil_stats(const struct exfil *x, struct exfil_stats *out);

#endif
