/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of allow_want share: elements are allow_want_elements.c's, addresses and lists allow_want.c's. */
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
	char name[ALLOWLIST_NAME];
};

struct allow_want {
	struct hash_key key;
	const struct allowlists *lists;
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
