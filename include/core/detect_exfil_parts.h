/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What detect_exfil.c (destinations and rules), detect_exfil_day.c (24 hours of bytes, and how they are told) and
 * detect_exfil_sender.c (actors) share. Internal to core.
 */
#ifndef TIDEGATE_CORE_DETECT_EXFIL_PARTS_H
#define TIDEGATE_CORE_DETECT_EXFIL_PARTS_H

#include "base/map.h"
#include "base/sketch.h"
#include "base/text.h"
#include "core/detect_exfil.h"

#define EXFIL_HOURS 24
#define EXFIL_HOUR_NS (3600 * NS_PER_S)
#define EXFIL_NEVER INT32_MIN

/* KiB by hour since boot, and what is left below one. */
struct exfil_day {
	mono_t begun;         /* first byte after an idle day */
	int32_t hour;         /* that the last bytes are of */
	uint32_t kib[FLOW_WAYS][EXFIL_HOURS];
	uint16_t rest[FLOW_WAYS];
	uint32_t out;         /* KiB of the 24 hours since boot that hour lies in, and ... */
	uint32_t most;        /* ... of those on which it was most before */
	int32_t told;         /* hour in which that much was told; EXFIL_NEVER */
	uint32_t grown;       /* KiB of 24 hours, since */
};

struct exfil_sum {
	uint64_t out, in;     /* KiB, of hours that count */
	uint32_t hours;       /* of these, that hold 'least' or more */
	mono_t since;         /* begin of the first */
};

int32_t exfil_hour(mono_t t);
struct exfil_day exfil_day_begin(mono_t now);
bool exfil_within_day(int32_t told, int32_t hour);
/* Up to now: what is older than 24 hours is left out, and days that have ended are counted. */
void exfil_day_turn(struct exfil_day *d, mono_t now);
void exfil_day_add(struct exfil_day *d, const uint64_t bytes[FLOW_WAYS]);
/* Both have been turned to the same moment. */
void exfil_day_take(struct exfil_day *d, const struct exfil_day *what);
struct exfil_sum exfil_day_sum(const struct exfil_day *d, int32_t ratio, uint32_t least);
/* Of that much in 24 hours: told within the last day, or as much as was told then is the usual from now on. */
bool exfil_day_is_told(struct exfil_day *d, uint64_t out);
/* "212 MiB in 3h, usually 0; out 98 %; to " */
void exfil_say(struct text *t, const struct exfil_sum *sum, const struct exfil_day *d, mono_t now);

/* ---- detect_exfil_sender.c ---- */

#define EXFIL_SENDERS 128

/* What an actor sends to destinations that are new, together. */
struct exfil_sender {
	uint64_t key;           /* 0: free */
	struct exfil_day day;
	int32_t peers_day;      /* of peers[0]; peers[1] is of the day before */
	struct hll64 peers[2];
};

/* Its own, turned to now; who has sent nothing for longest makes room. */
struct exfil_sender *exfil_sender_meet(struct exfil_sender list[EXFIL_SENDERS], uint64_t key, mono_t now);
void exfil_sender_add(struct exfil_sender *s, uint64_t peer, mono_t now);
uint32_t exfil_sender_peers(const struct exfil_sender *s); /* of a day or two */

#endif
