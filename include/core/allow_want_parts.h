/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of allow_want share: elements are allow_want_elements.c's, addresses allow_want.c's, lists
 * allow_want_plan.c's. */
#ifndef TIDEGATE_CORE_ALLOW_WANT_PARTS_H
#define TIDEGATE_CORE_ALLOW_WANT_PARTS_H

#include "base/map.h"
#include "core/allow_want.h"

#define ALLOW_NONE UINT16_MAX

enum allow_state {
	ALLOW_OUT = 0,
	ALLOW_ADDING,
	ALLOW_IN,
	ALLOW_EXTENDING,
	ALLOW_REMOVING,
};

struct allow_element {
	struct allowance what; /* as it is wanted */
	mono_t told;           /* the end that the kernel knows; 0: none */
	mono_t retry;          /* not before */
	uint32_t version;
	uint16_t next;         /* free one, or pending one */
	uint8_t state;         /* enum allow_state */
	uint8_t failures;
	bool used, wanted, queued;
};

struct allow_address {
	struct addr addr;
	mono_t until;          /* 0: free */
	uint16_t next;         /* of the same address, or free */
	uint16_t head;         /* the entry that it is counted with */
	char name[ALLOWLIST_NAME];
};

struct allow_plan_list {
	uint16_t first_shape, n_shapes;
	uint64_t lengths[2][3]; /* of its prefixes, for IPv4 and IPv6: a bit each */
};

struct allow_plan {
	const struct hash_key *key;
	const struct allowlists *lists;    /* NULL: none yet */
	size_t n;
	struct map *by_name, *by_prefix;   /* the last entry with it; a prefix is one of its list */
	uint64_t keys[ALLOWLIST_ENTRIES];
	uint16_t next[ALLOWLIST_ENTRIES];  /* with the same name, or prefix */
	uint16_t shapes[ALLOWLIST_ENTRIES]; /* of each list: named entries whose protocol and ports differ */
	uint16_t addresses[ALLOWLIST_ENTRIES]; /* how many are known of the names that it is the first to hold */
	struct allow_plan_list of[ALLOWLISTS];
};

size_t allow_plan_bytes(void);
void allow_plan_create(struct allow_plan *p, void *memory, const struct hash_key *key);
/* Lists are borrowed, and what is asked is answered from them. */
void allow_plan_make(struct allow_plan *p, const struct allowlists *lists);

/* A walk over the entries that hold a name, of all lists; narrow ones first. { .name = it } begins it. */
struct allow_match {
	const char *name, *at;
	uint16_t entry; /* the index of what allow_plan_next returned */
	bool begun, over;
};

const struct allow_entry *allow_plan_next(const struct allow_plan *p, struct allow_match *m); /* NULL: no more */
/* Those of a list whose prefix covers 'to', up to ALLOWLIST_ENTRIES. */
size_t allow_plan_around(const struct allow_plan *p, size_t list, const struct prefix *to, uint16_t *out);

struct allow_want {
	struct hash_key key;
	const struct allowlists *lists;
	struct allow_plan plan;
	uint32_t in_force;
	bool changing;         /* between allow_elements_begin and _end */
	struct map *by_element, *by_address;
	uint16_t free_element, free_address;
	uint16_t pending_first, pending_last;
	uint32_t hand;         /* of the tick's walk, in sixteenths */
	struct allow_want_stats stats;
	struct allow_element elements[ALLOW_WANT_ELEMENTS];
	struct allow_address addresses[ALLOW_WANT_ADDRESSES];
};

void allow_elements_create(struct allow_want *w);
/* It is wanted until then, or longer if it was. */
void allow_elements_claim(struct allow_want *w, const struct allowance *a, mono_t now);
/* Each of a sixteenth: what is over, and what is to be tried again. */
void allow_elements_look(struct allow_want *w, size_t part, mono_t now);
/* Nothing is wanted but what is claimed from here to the end of it; then all begin to change. What goes goes first, for
 * what comes may overlap with it. */
void allow_elements_begin(struct allow_want *w);
void allow_elements_end(struct allow_want *w, mono_t now);

#endif
