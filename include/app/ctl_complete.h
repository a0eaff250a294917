/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may come next on a command line, for shells: a verb that stands in no table and no help. ctl_complete.c reads the line,
 * ctl_complete_offers.c prints what may stand there.
 */
#ifndef TIDEGATE_APP_CTL_COMPLETE_H
#define TIDEGATE_APP_CTL_COMPLETE_H

#include "app/ctl.h"

#define COMPLETE_GIVEN 16 /* operands that are remembered */

extern const struct ctl_verb ctl_verb_complete;

struct complete {
	struct ctl_tool *tool;
	const char *word;        /* the last one, as far as it was typed */
	const char *ahead;       /* of it, what is offered with each: "--mode=" */
	const struct ctl_verb *verb;
	const char *given[COMPLETE_GIVEN];
	size_t n_given;
	ctl_option had;          /* bits of options that stand there already */
	const char *config;
	const char *field;       /* of the daemon's answer, which is asked for */
};

/* Each prints lines of those that begin as c->word does. */
void complete_verbs(const struct complete *c);
void complete_options(const struct complete *c);                            /* of c->verb, and of all */
void complete_value(struct complete *c, const struct ctl_option_row *r);    /* of an option that takes one */
void complete_operand(void *c, const char *word);                           /* a ctl_operand_fn */

#endif
