/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a page is well-formed: a strict reader of as much of XML 1.0 as our pages use (one DOCTYPE, elements, attributes
 * in double quotes, five named references and decimal ones, no comment, no processing instruction, no CDATA). UTF-8 alone.
 */
#ifndef TIDEGATE_TESTS_SUPPORT_MARKUP_H
#define TIDEGATE_TESTS_SUPPORT_MARKUP_H

#include <stdbool.h>
#include <stddef.h>

#define MARKUP_NAME 32

struct markup_tag {
	char name[MARKUP_NAME];
	const char *attributes; /* until its '>' */
	size_t len;
	unsigned depth;         /* of the root: 0 */
};

typedef void (*markup_fn)(void *ctx, const struct markup_tag *tag);

/* Each tag that opens is handed to fn (NULL: to nobody). On false, why says what is wrong and what stands there. */
bool markup_read(const char *page, size_t len, markup_fn fn, void *ctx, char why[160]);

/* The value of an attribute as it is written, cut to fit; false where there is none of that name. */
bool markup_attribute(const struct markup_tag *tag, const char *name, char *out, size_t size);

#endif
