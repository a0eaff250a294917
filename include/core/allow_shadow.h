/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What allowlists would have refused, or have: one row for each (list, destination, protocol, port), with whom it would
 * have hit. Bounded: a destination that was met once gives way to a new one before one that was met often, the oldest
 * first; the sums of each list forget nothing. Pure.
 */
#ifndef TIDEGATE_CORE_ALLOW_SHADOW_H
#define TIDEGATE_CORE_ALLOW_SHADOW_H

#include "base/hash.h"
#include "core/allowlist.h"
#include "core/blame.h"

#define ALLOW_SHADOW_ROWS 1024

struct allow_shadow_row {
	size_t list;           /* index in the lists that are in force now */
	struct addr to;
	uint16_t port;
	uint8_t proto;
	bool refused;          /* the kernel did, lately; else it would have been */
	uint64_t count;
	mono_t first, last;
	char name[BLAME_NAME]; /* of the destination, as last looked up; "" */
	char unit[BLAME_UNIT]; /* who felt it last; "" */
	char comm[16];
};

struct allow_shadow;

size_t allow_shadow_bytes(void); /* 512 KiB at most */
void allow_shadow_create(struct allow_shadow **out, void *memory, const struct hash_key *key);

/* A flow to (to, proto, port) that list does not hold. name may be ""; who may be NULL: nothing is known. */
struct allow_shadow_what {
	size_t list;
	struct addr to;
	uint8_t proto;
	uint16_t port;
	bool refused;
	const char *name;
	const struct blame *who;
};

void allow_shadow_note(struct allow_shadow *s, const struct allow_shadow_what *n, mono_t now);

/* Lists have changed: what was noted of one goes with its title, unless the new one holds it, by its name as noted. */
void allow_shadow_swap(struct allow_shadow *s, const struct allowlists *before, const struct allowlists *after);

/* Walks all, in no order: start with *at = 0; NULL at the end. Borrowed until the next note. */
const struct allow_shadow_row *allow_shadow_next(const struct allow_shadow *s, size_t *at);

struct allow_shadow_sum {
	uint64_t count;     /* flows */
	uint64_t refused;   /* of these, by the kernel */
	uint64_t forgotten; /* rows that gave way */
	mono_t since;       /* of the first; 0: there was none */
};

/* Of one list, since the daemon's start or since its title appeared. */
void allow_shadow_sum(const struct allow_shadow *s, size_t list, struct allow_shadow_sum *out);

#endif
