/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policies: the list of reactions, and whether what they ask for can be, is allowed by
 * proof, and is wise. Internal to conf.
 */
#ifndef TIDEGATE_CONF_REACTIONS_H
#define TIDEGATE_CONF_REACTIONS_H

#include <libconfig.h>

#include "conf/value.h"
#include "core/engine.h"

/* Where each reaction stands, to say so in problems. Zeroed by the caller. */
struct reaction_book {
	struct conf_place at[POLICY_REACTIONS]; /* file NULL: it has an error */
};

/* The list "reactions" of a policy, if it has one, into policy->reactions. */
void reactions_read(const struct value_reader *r, const config_setting_t *group,
	struct policy *policy, struct reaction_book *book);

/* Errors and warnings of a policy against the rules as they are in the end. */
void reactions_judge(const struct engine_rules *rules, const struct reaction_book *book,
	struct conf_place whole, struct conf_report *report);

#endif
