/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text with the names of others taken out, so that it can be handed to strangers and still be read: every address becomes
 * another one, the same each time, and two of one network stay in one network (as Crypto-PAn does it, Xu et al. 2002, with our
 * keyed hash for its cipher); known words (hosts, users) and names of the DNS become numbers; URLs go, and so does what
 * stands behind a key that says it is a secret. What is private, link-local, multicast or loopback stays so. Without the key,
 * which nobody keeps, there is no way back but knowing some pairs. Pure.
 */
#ifndef TIDEGATE_CORE_VEIL_H
#define TIDEGATE_CORE_VEIL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"
#include "base/hash.h"
#include "base/text.h"

#define VEIL_WORDS 512
#define VEIL_WORD 64

struct veil_word {
	char word[VEIL_WORD];
	const char *kind; /* a constant, as "user": what stands for it is user-1f3a90c2 */
};

struct veil {
	struct hash_key key;
	struct veil_word words[VEIL_WORDS];
	size_t n_words, cut; /* cut: words that found no room */
};

/* Words of less than two letters are not taken: they would be everywhere. */
void veil_add_word(struct veil *v, const char *word, const char *kind);

struct addr veil_addr(const struct veil *v, const struct addr *a);

/* Appends the text, veiled. */
void veil_text(const struct veil *v, struct slice in, struct text *out);

#endif
