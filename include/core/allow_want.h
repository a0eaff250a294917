/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel is to have of the allowlists that are in force: prefixes as they stand there, and the addresses of names
 * as this host learns them, each for as long as it is known (NAMES_LINGER_S longer than it may be used). Changes come out one by one, and
 * each is answered; what failed is tried again. Elements of one actor never overlap, for the kernel's interval sets take
 * none that do.
 *
 * Of lists that are not in force addresses are learned, too: so a list that comes into force has them at once, and
 * shadow mode tells what the kernel would have done. Pure; bounded, and it counts what the bounds cost.
 */
#ifndef TIDEGATE_CORE_ALLOW_WANT_H
#define TIDEGATE_CORE_ALLOW_WANT_H

#include "base/hash.h"
#include "core/allowlist.h"

#define ALLOW_WANT_ELEMENTS 8192
#define ALLOW_WANT_ADDRESSES 4096 /* (name, address) of names that a list has */
#define ALLOW_WANT_A_PATTERN 1024 /* of these, with one name or wildcard of the lists: who may choose names below one, or
				     what they lead to, takes nobody else's room */

struct allow_want;

size_t allow_want_bytes(void); /* 2 MiB at most */
void allow_want_create(struct allow_want **out, void *memory, const struct hash_key *key);

/*
 * These lists count from now on, and of them the ones whose bits (1 << index) are set are in force: in detect mode, and
 * in a panic, none. They are borrowed and must not change until the next call; to be called again after allowlist_bind.
 */
void allow_want_rules(struct allow_want *w, const struct allowlists *lists, uint32_t in_force, mono_t now);

/* An address of a name, or its lifetime renewed (names_learned_fn). Names that no list has are passed over. */
void allow_want_name(struct allow_want *w, const char *name, const struct addr *a, mono_t until, mono_t now);
/* All addresses that are known of the names in the lists, after these have changed. Not for names with a wildcard. */
void allow_want_recall(struct allow_want *w, const struct names *names, mono_t now);

/* What is over ends, what failed is tried again. A few times a second; all are looked at within 16 calls. */
void allow_want_tick(struct allow_want *w, mono_t now);

enum allow_op {
	ALLOW_ADD = 0,
	ALLOW_EXTEND, /* it stands, and is to end later: at what.until */
	ALLOW_REMOVE,
};

struct allow_change {
	enum allow_op op;
	uint32_t version; /* for allow_want_answer */
	struct allowance what;
};

/* The next change; false: none is due now. Each is answered, by 0 or an enum err; a late answer is no harm. An element
 * that was to be added and is there (ERR_EXISTS), or to go and is not (ERR_ABSENT), is as it should be. */
bool allow_want_take(struct allow_want *w, mono_t now, struct allow_change *out);
void allow_want_answer(struct allow_want *w, const struct allow_change *c, int result, mono_t now);
/* The kernel's table is gone: all is wanted again. */
void allow_want_lost(struct allow_want *w, mono_t now);

/* All that this actor is to have is in the kernel: it may be held by it now. */
bool allow_want_settled(const struct allow_want *w, const struct actor *a);

/* As allowlist_permits, by all names that the address was learned by. */
bool allow_want_permits(const struct allow_want *w, size_t list, const struct addr *to, uint8_t proto, uint16_t port,
	mono_t now);

/* The addresses that names of that list stand for now. */
size_t allow_want_known(const struct allow_want *w, size_t list, mono_t now);

struct allow_want_stats {
	uint32_t elements, addresses; /* kept now */
	uint32_t pending;             /* elements that are not yet as they should be */
	uint64_t learned, lapsed;     /* addresses */
	uint64_t changes, failed;     /* handed out; of these, refused by the kernel */
	uint64_t elements_full, addresses_full; /* that found no room: who needs them is refused */
};

void allow_want_counts(const struct allow_want *w, struct allow_want_stats *out); /* all but pending, at once */
void allow_want_stats(const struct allow_want *w, struct allow_want_stats *out);

#endif
