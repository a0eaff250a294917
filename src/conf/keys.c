/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The schema for programs: a line for each key, with tabs between its fields. The manual's lists are made of it, so that
 * they say what the schema says.
 */
#include "conf/conf.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "conf/rules.h"
#include "conf/schema.h"

#define FRACTION 64.0
#define MIB_SHIFT 20

static const char *type_word(const struct schema_key *k)
{
	static const char *const words[] = {
		[KEY_BOOL] = "bool", [KEY_UINT] = "number", [KEY_MIB] = "number", [KEY_NATS] = "real", [KEY_TIME] = "time",
		[KEY_WORD] = "word", [KEY_BITS] = "words", [KEY_TEXT] = "text", [KEY_NAME] = "name", [KEY_GLOB] = "pattern",
		[KEY_PATH] = "path", [KEY_PREFIX] = "prefix", [KEY_SECTION] = "section", [KEY_APART] = "group",
	};

	return words[k->type];
}

static void put_bound(FILE *out, const struct schema_key *k, int64_t bound)
{
	char text[64];

	switch (k->type) {
	case KEY_UINT:
		fprintf(out, "%" PRId64, bound);
		break;
	case KEY_MIB:
		fprintf(out, "%" PRId64, bound >> MIB_SHIFT);
		break;
	case KEY_NATS:
		fprintf(out, "%g", (double)bound / FRACTION);
		break;
	case KEY_TIME:
		duration_format(bound, text, sizeof(text));
		fputs(text, out);
		break;
	default:
		break; /* of a text it is how many characters there must be: none, or one */
	}
}

static void put_words(FILE *out, const struct schema_key *k)
{
	const char *between = "";

	for (const struct schema_word *w = k->words; w && w->word; w++) {
		fprintf(out, "%s%s", between, w->word);
		between = "|";
	}
	if (k->endless)
		fputs("forever", out);
}

static void put_key(FILE *out, const char *where, const struct schema_key *k)
{
	fprintf(out, "%s\t%s\t%s%s\t%s\t", where, k->name, type_word(k), k->cap ? "[]" : "", k->unit);
	fprintf(out, "%s\t", k->preset ? k->preset : "");
	put_bound(out, k, k->min);
	fputc('\t', out);
	put_bound(out, k, k->max);
	fputc('\t', out);
	put_words(out, k);
	fprintf(out, "\t%zu\t%s\n", k->cap, k->help);
}

static void put_section(FILE *out, const char *where, const struct schema_section *s)
{
	for (size_t i = 0; i < s->n; i++)
		put_key(out, where, &s->keys[i]);
	for (size_t i = 0; i < s->n; i++)
		if (s->keys[i].type == KEY_SECTION)
			put_section(out, s->keys[i].name, s->keys[i].section);
}

/* Rules that are made by name alone come last, as "rule rate.*". */
static void put_rules(FILE *out, struct conf *scratch)
{
	char where[CONF_NAME + 8];

	memset(scratch, 0, sizeof(*scratch));
	rules_preset(&scratch->rules);
	put_section(out, "rule", &schema_rule);
	for (size_t i = 0; i < rules_count(&scratch->rules); i++) {
		struct rule_slot slot = rules_look(&scratch->rules, i);

		snprintf(where, sizeof(where), "rule %s", slot.rule->name);
		put_section(out, where, slot.own.section);
	}
	put_section(out, "rule rate.*", &schema_rate);
}

void conf_print_keys(struct conf *scratch, FILE *out)
{
	put_section(out, "", &schema_main);
	put_section(out, "feeds", &schema_feed);
	put_section(out, "allowlists", &schema_allowlist);
	put_section(out, "allowlists.to", &schema_allow_to);
	put_section(out, "scan", &schema_scan);
	put_rules(out, scratch);
	put_section(out, "policy", &schema_policy);
	put_section(out, "policy file", &schema_policy_file);
	put_section(out, "rules file", &schema_rules_file);
	put_section(out, "reactions", &schema_reaction);
}
