/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may stand where among the operands of a verb, by the very text that its help shows: alternatives with " | " between,
 * operands with spaces between, words of one operand with "|" between, "..." behind what may be repeated; brackets say what
 * may be left out. A word without a capital letter is meant as it stands, others stand for something. Options in it are
 * passed over: the table of options knows them.
 */
#ifndef TIDEGATE_APP_CTL_OPERANDS_H
#define TIDEGATE_APP_CTL_OPERANDS_H

#include <stdbool.h>
#include <stddef.h>

#define CTL_OPERAND 32 /* the longest word, its end included; longer ones are passed over */

typedef void (*ctl_operand_fn)(void *ctx, const char *word);

/* Hands each word over that may stand behind the n given ones, in the text's order; none where nothing may. */
void ctl_operands_next(const char *operands, const char *const *given, size_t n, ctl_operand_fn fn, void *ctx);

/* "ADDRESS": something is to be put for it. */
bool ctl_operand_stands_for(const char *word);

#endif
