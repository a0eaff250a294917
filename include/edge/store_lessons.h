/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of this host's normal traffic, in an SQLite file of its own (state_dir/baseline.db): the slots of
 * core/tally.h, added up, and which captures have taught them. Values in, values out. The results, the exclusive lock, and
 * what becomes of a damaged file are those of edge/store.h.
 *
 * A slot that is learned twice (two interfaces, two halves of it) is the sum of both; peers are merged, and what was
 * watched of it reaches from the earlier beginning to the later end.
 */
#ifndef TIDEGATE_EDGE_STORE_LESSONS_H
#define TIDEGATE_EDGE_STORE_LESSONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "core/slot.h"
#include "core/tally.h"
#include "edge/store.h"

#define LESSONS_FILE "baseline.db"
#define LESSONS_MOST_BYTES (UINT64_C(256) << 20) /* about four months of a host with twenty services */
#define LESSONS_HOURS 168 /* of a week, from Monday 00:00 UTC */

struct lessons;

struct lessons_opts {
	bool make;          /* begin a file where there is none; else that is ERR_ABSENT */
	uint64_t max_bytes; /* 0: no cap */
};

/* As store_open. A file that root begins belongs to the owner of its folder: the daemon goes on with it. */
int lessons_open(struct lessons **out, const char *path, const struct lessons_opts *o, char aside[STORE_PATH],
	char why[WHY_TEXT]);
void lessons_close(struct lessons *l); /* what is not committed is forgotten; NULL does nothing */
const char *lessons_error(const struct lessons *l);

/* Of this file, until it is reset: sketches made under it can be merged with those inside. Borrowed. */
const struct hash_key *lessons_key(const struct lessons *l);

/* A lesson: all of it or nothing. After an error of what stands between: lessons_rollback. */
int lessons_begin(struct lessons *l);
int lessons_add(struct lessons *l, const struct tally_slot *s); /* a frozen one is ERR_INVALID */

struct lesson {
	wall_t at;          /* when it was taught */
	wall_t first, last; /* of its packets */
	uint64_t packets;
	uint64_t slots;     /* learned */
	uint64_t frozen;    /* slots left out: incidents */
	uint64_t withheld;  /* packets left out: of sources that had been found out */
};

struct lesson_capture {
	uint64_t digest, bytes; /* by its content, whatever its name */
	char name[STORE_PATH];
	wall_t at;              /* of its lesson; out alone */
};

/* The lesson that lessons_add has taught, then its captures. */
int lessons_sum_up(struct lessons *l, const struct lesson *lesson);
int lessons_put_capture(struct lessons *l, const struct lesson_capture *c);
int lessons_commit(struct lessons *l);
void lessons_rollback(struct lessons *l);

/* Reads the whole file. ERR_ABSENT, ERR_PERMISSION, ERR_IO; ERR_UNSUPPORTED: no regular file. */
int lessons_digest(const struct lessons *l, const char *path, struct lesson_capture *out, char why[WHY_TEXT]);

/* Whether one of that digest and size has been learned; fills name and at. ERR_ABSENT. */
int lessons_find_capture(struct lessons *l, struct lesson_capture *c);

/* Forgets all, the key too. */
int lessons_reset(struct lessons *l);

/* ---- what is known ---- */

struct lessons_known {
	uint64_t slots;
	wall_t since, until;   /* of the first and the last slot; 0 where there is none */
	uint64_t seconds;      /* watched */
	uint64_t captures, packets, frozen, withheld; /* of all lessons */
	uint32_t hour_s[LESSONS_HOURS];     /* seconds watched of each hour of the week, all weeks together */
	uint32_t hour_weeks[LESSONS_HOURS]; /* weeks that have a slot in it */
};

int lessons_known(struct lessons *l, struct lessons_known *out);

struct lessons_series {
	enum tally_direction direction;
	uint8_t proto;
	uint16_t port;
	uint64_t connections, packets[2], bytes[2];
	uint64_t slots; /* in which it was seen */
};

typedef void (*lessons_series_fn)(void *ctx, const struct lessons_series *s);
typedef void (*lessons_capture_fn)(void *ctx, const struct lesson_capture *c);

/*
 * The first slot at or after from_s, as a meter would have had it (core/slot_tally.h), at local time of this host; its
 * series are valid until the next call. ERR_ABSENT.
 */
int lessons_next_slot(struct lessons *l, int64_t from_s, struct slot *out);

/* Sums over all slots of that scope, the most connections first. */
int lessons_each_series(struct lessons *l, enum tally_scope scope, size_t most, lessons_series_fn fn, void *ctx);
int lessons_each_capture(struct lessons *l, lessons_capture_fn fn, void *ctx); /* oldest first */

#endif
