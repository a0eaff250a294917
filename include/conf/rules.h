/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules by name: the detectors whose rules are fixed, and the rate rules, of
 * which there may be many. A name that is met again changes the rule field by field.
 * Internal to conf.
 */
#ifndef TIDEGATE_CONF_RULES_H
#define TIDEGATE_CONF_RULES_H

#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>

#include "conf/read.h"
#include "conf/value.h"
#include "core/engine.h"

#define RULES_FIXED 26
#define RULES_RATE RATE_RULES
#define RULES_MOST (RULES_FIXED + RULES_RATE)

/* A view of one rule within an engine_rules; valid as long as that is. */
struct rule_slot {
	struct rule *rule;
	enum subject_kind subject; /* whom its findings are about */
	enum proof most;           /* the best that their evidence can be */
	bool crowds;               /* what is only claimed is about a service, not about a source */
	bool news;                 /* their findings are observed, whatever a policy wants (finding_is_news) */
	struct read_into own;      /* the keys of its kind alone */
};

/* Where the rules were met, to say so in problems. Zeroed by the caller. */
struct rule_book {
	struct conf_place at[RULES_MOST]; /* lately; file NULL: never */
	bool flawed[RULES_MOST];          /* some of it could not be read */
};

size_t rules_count(const struct engine_rules *rules);
struct rule_slot rules_slot(struct engine_rules *rules, size_t i);
/* The same, only to look at: a copy of all rules is too big to be made for that. */
struct rule_slot rules_look(const struct engine_rules *rules, size_t i);

/* All presets; no rule is enabled before a file names it. */
void rules_preset(struct engine_rules *rules);

/* The lists "rules" and the group "scan" of one file's root, where they are there. */
void rules_read(const struct value_reader *r, const config_setting_t *root,
	struct engine_rules *rules, struct rule_book *book);

/* What can be judged only when all files were read: ids given twice, no reason given. */
void rules_judge(const struct engine_rules *rules, const struct rule_book *book,
	struct conf_place whole, struct conf_report *report);

/* "rules/scan.conf:14": the last folder and the file, for events and explain. */
void rules_origin(struct conf_place at, char *out, size_t size);

#endif
