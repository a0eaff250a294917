/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk through a group. The file leads, not the schema, so that problems come in the
 * order in which somebody will mend them.
 */
#include "conf/read.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"

#define MOST_KEYS 32

static const struct schema_key *find(const char *name, const struct read_into *into,
	size_t n, void **base)
{
	for (size_t i = 0; i < n; i++) {
		const struct schema_section *s = into[i].section;

		for (size_t j = 0; j < s->n; j++) {
			if (strcmp(s->keys[j].name, name) != 0)
				continue;
			*base = into[i].base;
			return &s->keys[j];
		}
	}
	return NULL;
}

static void unknown(const struct value_reader *r, const config_setting_t *s,
	const char *what, const struct read_into *into, size_t n)
{
	const char *name = config_setting_name(s), *list[MOST_KEYS], *near;
	size_t keys = 0;

	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < into[i].section->n; j++) {
			assert(keys < MOST_KEYS);
			list[keys++] = into[i].section->keys[j].name;
		}
	}
	near = text_nearest(name, list, keys);
	conf_error(r->report, value_place(r, s), "unknown key '%.64s'%s%s%s%s%s", name,
		what[0] ? " in " : "", what, near ? "; did you mean '" : "",
		near ? near : "", near ? "'?" : "");
}

static void read_section(const struct value_reader *r, const struct schema_key *k,
	const config_setting_t *s, void *base)
{
	struct read_into into = { .section = k->section, .base = (char *)base + k->at };

	if (!config_setting_is_group(s)) {
		conf_error(r->report, value_place(r, s),
			"'%s' must be a group: %s = { ... }", k->name, k->name);
		return;
	}
	read_group(r, s, k->name, &into, 1);
}

void read_group(const struct value_reader *r, const config_setting_t *group,
	const char *what, const struct read_into *into, size_t n)
{
	int length = config_setting_length(group);

	for (int i = 0; i < length; i++) {
		const config_setting_t *s = config_setting_get_elem(group, (unsigned)i);
		const struct schema_key *k;
		void *base;

		k = find(config_setting_name(s), into, n, &base);
		if (!k)
			unknown(r, s, what, into, n);
		else if (k->type == KEY_SECTION)
			read_section(r, k, s, base);
		else if (k->type != KEY_APART)
			value_read(r, k, what, s, base);
	}
}

void read_required(const struct value_reader *r, const config_setting_t *group,
	const char *what, const struct read_into *into, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < into[i].section->n; j++) {
			const struct schema_key *k = &into[i].section->keys[j];

			if (k->preset || k->type == KEY_APART ||
			    config_setting_get_member(group, k->name))
				continue;
			conf_error(r->report, value_place(r, group),
				"%s lacks '%s': %s", what, k->name, k->help);
		}
	}
}
