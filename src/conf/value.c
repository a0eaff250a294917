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

static bool read_bits(struct element *e)
{
	const config_setting_t *list = e->setting;
	uint64_t all = 0, one;
	bool good = true;

	for (size_t i = 0; i < length(list); i++) {
		e->setting = nth(list, i);
		if (element_word(e, &one))
			all |= one;
		else
			good = false;
	}
	if (good)
		schema_put(e->field, e->key->size, all);
	return good;
}

/* All elements are looked at, so that all that are wrong are named; the field changes
 * only where all are right. */
static bool read_array(struct element *e, void *base)
{
	const struct schema_key *k = e->key;
	const config_setting_t *list = e->setting;
	size_t n = length(list);
	uint8_t scratch[CONF_PATH];
	bool good = true;

	if (n > k->cap || n < k->least)
		return element_wrong(e, "has %zu entries, must have %zu to %zu", n,
			k->least, k->cap);
	assert(k->size <= sizeof(scratch));
	for (size_t i = 0; i < n; i++) {
		e->setting = nth(list, i);
		e->field = scratch;
		good = element_read(e) && good;
	}
	if (!good)
		return false;
	memset((char *)base + k->at, 0, k->cap * k->size);
	for (size_t i = 0; i < n; i++) {
		e->setting = nth(list, i);
		e->field = (char *)base + k->at + i * k->size;
		element_read(e);
	}
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
