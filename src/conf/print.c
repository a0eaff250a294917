/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The value as a main file, written from the same table that reads it. What is printed is
 * read again by a test, so a key that cannot be said does not stay unnoticed.
 */
#include "conf/conf.h"

#include <string.h>

#include "base/text.h"
#include "conf/allow.h"
#include "conf/read.h"
#include "conf/rules.h"
#include "conf/schema.h"

#define FRACTION 64
#define MIB_SHIFT 20
#define TEXT_ROOM (4 * CONF_PATH + 1) /* each byte may become \xHH */

static void indent(FILE *out, unsigned depth)
{
	while (depth--)
		fputc('\t', out);
}

static void put_text(FILE *out, const char *s)
{
	char memory[TEXT_ROOM];
	struct text t = text_over(memory, sizeof(memory));

	text_add_escaped(&t, (struct slice){ (const uint8_t *)s, strlen(s) });
	fprintf(out, "\"%s\"", memory);
}

static void put_time(FILE *out, const void *field)
{
	char text[64];
	int64_t ns;

	memcpy(&ns, field, sizeof(ns));
	duration_format(ns, text, sizeof(text));
	fprintf(out, "\"%s\"", text);
}

/* 64ths have at most six digits behind the point, so nothing is lost. */
static void put_nats(FILE *out, const void *field)
{
	int16_t kept;

	memcpy(&kept, field, sizeof(kept));
	fprintf(out, "%.6f", (double)kept / FRACTION);
}

/* libconfig reads what is over 31 bits only with an L behind it. */
static void put_uint(FILE *out, uint64_t value)
{
	fprintf(out, "%llu%s", (unsigned long long)value, value > INT32_MAX ? "L" : "");
}

static void put_bits(FILE *out, const struct schema_word *words, uint64_t bits)
{
	const char *between = "";

	fputc('[', out);
	for (; words->word; words++) {
		if (!(bits & words->value))
			continue;
		fprintf(out, "%s\"%s\"", between, words->word);
		between = ", ";
	}
	fputc(']', out);
}

static void put_prefix(FILE *out, const void *field)
{
	char text[PREFIX_TEXT];
	struct prefix p;

	memcpy(&p, field, sizeof(p));
	prefix_format(&p, text, sizeof(text));
	fprintf(out, "\"%s\"", text);
}

static void put_value(FILE *out, const struct schema_key *k, const void *field)
{
	switch (k->type) {
	case KEY_BOOL:
		fputs(schema_get(field, k->size) ? "true" : "false", out);
		return;
	case KEY_UINT:
		put_uint(out, schema_get(field, k->size));
		return;
	case KEY_MIB:
		put_uint(out, schema_get(field, k->size) >> MIB_SHIFT);
		return;
	case KEY_NATS:
		put_nats(out, field);
		return;
	case KEY_TIME:
		put_time(out, field);
		return;
	case KEY_WORD:
		fprintf(out, "\"%s\"",
			schema_word_of(k->words, schema_get(field, k->size)));
		return;
	case KEY_BITS:
		put_bits(out, k->words, schema_get(field, k->size));
		return;
	case KEY_TEXT:
	case KEY_NAME:
	case KEY_GLOB:
	case KEY_PATH:
		put_text(out, field);
		return;
	case KEY_PREFIX:
		put_prefix(out, field);
		return;
	case KEY_SECTION:
	case KEY_APART:
		return;
	}
}

static void put_array(FILE *out, const struct schema_key *k, const void *base)
{
	const char *field = (const char *)base + k->at;
	uint64_t n = schema_get((const char *)base + k->count_at, k->count_size);

	fputc('[', out);
	for (uint64_t i = 0; i < n; i++) {
		fputs(i ? ", " : "", out);
		put_value(out, k, field + i * k->size);
	}
	fputc(']', out);
}

static void put_key(FILE *out, const struct schema_key *k, const void *base,
	unsigned depth)
{
	indent(out, depth);
	fprintf(out, "%s = ", k->name);
	if (k->cap)
		put_array(out, k, base);
	else
		put_value(out, k, (const char *)base + k->at);
	fprintf(out, ";%s%s%s%s\n", depth < 2 ? " # " : "", depth < 2 ? k->unit : "",
		depth < 2 && k->unit[0] ? " " : "", depth < 2 ? k->help : "");
}

/* The help stands beside the keys of the main file only: rules repeat, it should not. */
static void put_section(FILE *out, const struct schema_section *s, const void *base,
	unsigned depth)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct schema_key *k = &s->keys[i];

		if (k->type == KEY_SECTION) {
			fprintf(out, "\n# %s\n%s = {\n", k->help, k->name);
			put_section(out, k->section, (const char *)base + k->at,
				depth + 1);
			fputs("};\n", out);
		} else if (k->type != KEY_APART) {
			put_key(out, k, base, depth);
		}
	}
}

static void put_feeds(FILE *out, const struct conf_feeds *feeds)
{
	if (!feeds->n)
		return;
	fputs("\nfeeds = (", out);
	for (size_t i = 0; i < feeds->n; i++) {
		fprintf(out, "%s\n\t{\n", i ? "," : "");
		put_section(out, &schema_feed, &feeds->list[i], 2);
		fputs("\t}", out);
	}
	fputs("\n);\n", out);
}

static void put_rules(FILE *out, const struct engine_rules *rules)
{
	const char *between = "";

	fputs("\nscan = {\n", out);
	put_section(out, &schema_scan, rules, 1);
	fputs("};\n\nrules = (", out);
	for (size_t i = 0; i < rules_count(rules); i++) {
		struct rule_slot slot = rules_look(rules, i);

		if (slot.rule->sid == 0)
			continue; /* no file named it */
		fprintf(out, "%s\n\t{ # %s\n", between, slot.rule->origin);
		put_section(out, &schema_rule, slot.rule, 2);
		put_section(out, slot.own.section, slot.own.base, 2);
		fputs("\t}", out);
		between = ",";
	}
	fputs("\n);\n", out);
}

static void put_policy(FILE *out, const struct policy *p)
{
	fprintf(out, "\npolicy = { # %s\n", p->origin);
	put_section(out, &schema_policy, p, 1);
	fputs("\treactions = (", out);
	for (size_t i = 0; i < p->n_reactions; i++) {
		fprintf(out, "%s\n\t\t{ # %s\n", i ? "," : "", p->reactions[i].origin);
		put_section(out, &schema_reaction, &p->reactions[i], 3);
		fputs("\t\t}", out);
	}
	fputs("\n\t);\n};\n", out);
}

void conf_print(const struct conf *c, FILE *out)
{
	fputs("# The effective configuration; later files win over earlier ones:\n", out);
	for (size_t i = 0; i < c->n_files; i++) {
		fputs("#   ", out);
		put_text(out, c->files[i]); /* escaped: a path may hold a newline */
		fputc('\n', out);
	}
	put_section(out, &schema_main, c, 0);
	put_feeds(out, &c->feeds);
	put_rules(out, &c->rules);
	put_policy(out, &c->rules.policy);
	allow_print(&c->rules.allow, out);
}
