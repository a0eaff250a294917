/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings that are lists, and the schema's defaults, which are read as if a file said
 * them. What one value must be is element.c's.
 */
#include "conf/value.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "conf/element.h"

struct conf_place value_place(const struct value_reader *r, const config_setting_t *s)
{
	return (struct conf_place){
		.file = r->file,
		.line = config_setting_source_line(s),
	};
}

static bool is_list(const config_setting_t *s)
{
	return config_setting_type(s) == CONFIG_TYPE_ARRAY ||
		config_setting_type(s) == CONFIG_TYPE_LIST;
}

/* The i-th thing of a list, or the thing itself where a single one stands for a list. */
static const config_setting_t *nth(const config_setting_t *s, size_t i)
{
	return is_list(s) ? config_setting_get_elem(s, (unsigned)i) : s;
}

static size_t length(const config_setting_t *s)
{
	return is_list(s) ? (size_t)config_setting_length(s) : 1;
}

static bool read_bits(const struct element *e)
{
	struct element each = *e;
	uint64_t all = 0, one;
	bool good = true;

	for (size_t i = 0; i < length(e->setting); i++) {
		each.setting = nth(e->setting, i);
		if (element_word(&each, &one))
			all |= one;
		else
			good = false;
	}
	if (good)
		schema_put(e->field, e->key->size, all);
	return good;
}

/* The i-th element of the list, into a field of its own. */
static bool read_nth(const struct element *list, size_t i, void *field)
{
	struct element one = *list;

	one.setting = nth(list->setting, i);
	one.field = field;
	return element_read(&one);
}

/* All elements are looked at, so that all that are wrong are named; the field changes
 * only where all are right. */
static bool read_array(const struct element *e, void *base)
{
	const struct schema_key *k = e->key;
	char *fields = (char *)base + k->at;
	size_t n = length(e->setting);
	char scratch[CONF_PATH];
	bool good = true;

	if (n > k->cap || n < k->least)
		return element_wrong(e, "has %zu entries, must have %zu to %zu", n,
			k->least, k->cap);
	assert(k->size <= sizeof(scratch));
	for (size_t i = 0; i < n; i++)
		good = read_nth(e, i, scratch) && good;
	if (!good)
		return false;
	memset(fields, 0, k->cap * k->size);
	for (size_t i = 0; i < n; i++)
		read_nth(e, i, fields + i * k->size);
	schema_put((char *)base + k->count_at, k->count_size, n);
	return true;
}

bool value_read(const struct value_reader *r, const struct schema_key *k,
	const char *what, const config_setting_t *s, void *base)
{
	struct element e = {
		.reader = r, .key = k, .what = what, .setting = s,
		.field = (char *)base + k->at,
	};

	if (k->cap)
		return read_array(&e, base);
	if (k->type == KEY_BITS)
		return read_bits(&e);
	return element_read(&e);
}

static void preset_one(const struct value_reader *r, const struct schema_key *k,
	void *base)
{
	char text[256];
	config_t config;

	snprintf(text, sizeof(text), "%s = %s;", k->name, k->preset);
	config_init(&config);
	if (config_read_string(&config, text))
		value_read(r, k, "", config_setting_get_member(
			config_root_setting(&config), k->name), base);
	config_destroy(&config);
}

static void preset_all(const struct value_reader *r, const struct schema_section *section,
	void *base)
{
	for (size_t i = 0; i < section->n; i++) {
		const struct schema_key *k = &section->keys[i];

		if (k->type == KEY_SECTION)
			preset_all(r, k->section, (char *)base + k->at);
		else if (k->preset && k->type != KEY_APART)
			preset_one(r, k, base);
	}
}

void value_preset(const struct schema_section *section, const char *folder, void *base)
{
	struct conf_report report = { .n = 0 };
	struct value_reader r = { .report = &report, .file = "", .folder = folder };

	preset_all(&r, section, base);
	assert(report.errors == 0);
}
