/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two parts of core/names.h: the questions that wait for their answers, and the book of names and addresses. Internal
 * to it.
 */
#ifndef TIDEGATE_CORE_NAMES_PARTS_H
#define TIDEGATE_CORE_NAMES_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/map.h"
#include "core/names.h"

#define NAMES_TEXT 256 /* a name that is longer is one of escapes: no program's */
#define NAMES_NONE UINT16_MAX

struct names_question {
	uint64_t key;
	mono_t at;
	bool waits;
};

/* In the order in which they were asked, so that the oldest makes room. */
struct names_asked {
	struct names_question list[NAMES_ASKED];
	size_t next;
	struct map *by_key; /* those that wait */
};

void names_asked_add(struct names_asked *q, uint64_t key, mono_t now, uint64_t *evicted);
/* Whether this was asked, less than NAMES_WAIT_NS ago, and not answered yet. */
bool names_asked_take(struct names_asked *q, uint64_t key, mono_t now);

struct names_name {
	char text[NAMES_TEXT];
	uint16_t first, count; /* its bindings */
	uint16_t newer, older; /* by when they were looked up; free ones by older */
};

struct names_binding {
	struct addr addr;      /* family NONE: free */
	uint16_t name;
	uint16_t next;         /* of the same name; or free */
	uint16_t before, after; /* at the same address, the latest first */
	mono_t until;
};

struct names_book {
	const struct hash_key *key;
	struct names_name names[NAMES_KNOWN];
	struct names_binding bindings[NAMES_ADDRESSES];
	uint16_t free_name, free_binding;
	uint16_t newest, oldest;
	uint16_t swept;
	uint32_t used;         /* bindings */
	struct map *by_name, *by_addr;
	uint64_t evicted;
};

void names_book_clear(struct names_book *b);
/* Returns until when; what it was known until before, where that is later. */
mono_t names_book_learn(struct names_book *b, const char *name, const struct addr *a, mono_t until, mono_t now);
/* Looks at a few, and lets go those whose time is over. */
void names_book_sweep(struct names_book *b, mono_t now);
uint16_t names_book_find(const struct names_book *b, const char *name); /* NAMES_NONE */
const char *names_book_of(const struct names_book *b, const struct addr *a, mono_t now);

#endif
