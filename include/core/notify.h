/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which events people are told of, and when: the first at once, then a message each batch time at most and so many an
 * hour; meanwhile events wait, one for each key (incident and kind), and what was told lately is not told again. It
 * holds no text: a waiting event is a slot, whose text the caller keeps. What the bounds cost is counted and goes with
 * the next message. Times are of the wall clock, for they outlive a restart; those that lie ahead count as over.
 */
#ifndef TIDEGATE_CORE_NOTIFY_H
#define TIDEGATE_CORE_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

#define NOTIFY_WAITING 256 /* slots: events of one message */
#define NOTIFY_TOLD 1024   /* keys that were told lately; the oldest goes first */
#define NOTIFY_PER_HOUR 120

/* Bits of notify_opts.kinds. */
enum notify_kind {
	NOTIFY_FINDING = 1 << 0,
	NOTIFY_BLOCK = 1 << 1,  /* the kernel put a measure in force */
	NOTIFY_REFUSE = 1 << 2, /* the kernel would not */
	NOTIFY_END = 1 << 3,    /* a measure ended, was taken away or stepped down */
	NOTIFY_MODE = 1 << 4,
	NOTIFY_RELOAD = 1 << 5,
	NOTIFY_NOTICE = 1 << 6,
	NOTIFY_ALARM = 1 << 7,
};

struct notify_opts {
	uint16_t kinds;
	uint8_t severity;  /* findings of this one and graver ones; 1 is the gravest */
	uint32_t per_hour; /* messages; 1 to NOTIFY_PER_HOUR */
	int64_t batch_ns;  /* between two messages, at least */
	int64_t repeat_ns; /* a key that was told is not told again within this time, unless it has become graver */
};

struct notify_event {
	enum notify_kind kind;
	uint8_t severity; /* of a finding; 0: it has none */
	uint64_t key;     /* below 2^63; 0: like no other */
};

enum notify_fate {
	NOTIFY_UNWANTED = 0, /* by kind or severity */
	NOTIFY_REPEATED,     /* waits already, or was told lately: counted */
	NOTIFY_LEFT_OUT,     /* no slot is free: counted */
	NOTIFY_WAITS,        /* in a slot, from 0 on */
};

/* Told once, and when. */
struct notify_told {
	uint64_t key; /* 0: free */
	uint8_t severity;
	wall_t at;
};

/* Since the last message. */
struct notify_counts {
	uint32_t events;   /* in slots */
	uint64_t repeated;
	uint64_t left_out;
	uint8_t severity;  /* the gravest that waits; 0: no finding does */
};

/* Open, so that who keeps it over a restart can write told and sent down; all else is this module's alone. */
struct notify {
	struct notify_opts opts;
	struct notify_event waiting[NOTIFY_WAITING];
	struct notify_counts counts;
	struct notify_told told[NOTIFY_TOLD];
	wall_t sent[NOTIFY_PER_HOUR]; /* a ring of the latest messages; ns 0: none */
	uint32_t n_sent;
};

void notify_begin(struct notify *n, const struct notify_opts *o);

/* Other options, from now on; what waits, waits on. */
void notify_set(struct notify *n, const struct notify_opts *o);

enum notify_fate notify_take(struct notify *n, const struct notify_event *e, wall_t now);

/* How long until a message is due, 0 where it is now; INT64_MAX where nothing waits. */
int64_t notify_wait(const struct notify *n, wall_t now);

/* The message goes now: what waited was told, and slots are free again. What it was. */
struct notify_counts notify_send(struct notify *n, wall_t now);

/* As they were before a restart, the oldest first. */
void notify_restore_told(struct notify *n, const struct notify_told *t);
void notify_restore_sent(struct notify *n, wall_t at);

/* How long to wait after that many failures in a row: 10 s, doubled up to ten minutes. */
int64_t notify_backoff_ns(unsigned failures);

#endif
