/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types, bounds and words of single settings. Each problem names the key, the thing that
 * has it, what stands there and what would be right.
 */
#include "conf/element.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/text.h"
#include "base/time.h"
#include "conf/doc.h"

#define MOST_WORDS 32
#define SHOWN 64     /* bytes of a wrong value that a problem shows */
#define FRACTION 64  /* KEY_NATS counts in 64ths */
#define MIB_SHIFT 20

static const char *shown(const char *s, char out[SHOWN])
{
	struct text t = text_over(out, SHOWN);

	text_add_escaped(&t, (struct slice){ (const uint8_t *)s, strlen(s) });
	return out;
}

bool element_wrong(const struct element *e, const char *format, ...)
{
	char text[CONF_PROBLEM_TEXT];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	conf_error(e->reader->report, value_place(e->reader, e->setting),
		"'%s'%s%s %s", e->key->name, e->what[0] ? " in " : "", e->what, text);
	return false;
}

static const char *kind_of(const config_setting_t *s)
{
	switch (config_setting_type(s)) {
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return "a whole number";
	case CONFIG_TYPE_FLOAT:
		return "a number with a fraction";
	case CONFIG_TYPE_STRING:
		return "text";
	case CONFIG_TYPE_BOOL:
		return "true or false";
	case CONFIG_TYPE_GROUP:
		return "a group";
	case CONFIG_TYPE_ARRAY:
	case CONFIG_TYPE_LIST:
		return "a list";
	default:
		return "nothing";
	}
}

/* What was wanted of this type, for the problem. */
static bool mistyped(const struct element *e, const char *wanted)
{
	return element_wrong(e, "must be %s, not %s", wanted, kind_of(e->setting));
}

static const char *text_of(const struct element *e)
{
	return config_setting_type(e->setting) == CONFIG_TYPE_STRING ?
		config_setting_get_string(e->setting) : NULL;
}

static bool read_bool(const struct element *e)
{
	bool value;

	if (config_setting_type(e->setting) != CONFIG_TYPE_BOOL)
		return mistyped(e, "true or false");
	value = config_setting_get_bool(e->setting) != 0;
	memcpy(e->field, &value, sizeof(value));
	return true;
}

static bool read_uint(const struct element *e)
{
	const struct schema_key *k = e->key;
	int type = config_setting_type(e->setting);
	int64_t value;

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
		return mistyped(e, "a whole number");
	value = type == CONFIG_TYPE_INT ? config_setting_get_int(e->setting) :
		config_setting_get_int64(e->setting);
	if (value < k->min || value > k->max)
		return element_wrong(e, "is %lld, must be %lld to %lld%s%s",
			(long long)value, (long long)k->min, (long long)k->max,
			k->unit[0] ? " " : "", k->unit);
	schema_put(e->field, k->size, (uint64_t)value);
	return true;
}

static bool read_mib(const struct element *e)
{
	uint64_t mib = 0;
	struct schema_key in_mib = *e->key;
	struct element number = *e;

	in_mib.min >>= MIB_SHIFT;
	in_mib.max >>= MIB_SHIFT;
	in_mib.size = sizeof(mib);
	number.key = &in_mib;
	number.field = &mib;
	if (!read_uint(&number))
		return false;
	mib <<= MIB_SHIFT;
	memcpy(e->field, &mib, sizeof(mib));
	return true;
}

static bool read_nats(const struct element *e)
{
	const struct schema_key *k = e->key;
	double value, scaled;
	int16_t kept;

	if (!config_setting_is_number(e->setting))
		return mistyped(e, "a number");
	switch (config_setting_type(e->setting)) {
	case CONFIG_TYPE_FLOAT:
		value = config_setting_get_float(e->setting);
		break;
	case CONFIG_TYPE_INT64:
		value = (double)config_setting_get_int64(e->setting);
		break;
	default:
		value = config_setting_get_int(e->setting);
		break;
	}
	scaled = value * FRACTION;
	if (!(scaled >= (double)k->min && scaled <= (double)k->max))
		return element_wrong(e, "is %g, must be %g to %g %s", value,
			(double)k->min / FRACTION, (double)k->max / FRACTION, k->unit);
	kept = (int16_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
	memcpy(e->field, &kept, sizeof(kept));
	return true;
}

static bool read_time(const struct element *e)
{
	const struct schema_key *k = e->key;
	const char *text = text_of(e);
	char show[SHOWN], least[32], most[32];
	int64_t ns;

	if (!text)
		return mistyped(e, "a duration in quotes with its unit, such as \"10m\"");
	if (k->endless && strcmp(text, "forever") == 0) {
		memcpy(e->field, &k->max, sizeof(k->max));
		return true;
	}
	if (duration_parse(text, &ns) == ERR_INVALID)
		return element_wrong(e, "is \"%s\", must be a duration such as \"10m\", "
			"\"1h30m\" or \"2d\"", shown(text, show));
	if (duration_parse(text, &ns) || ns < k->min || ns > k->max) {
		duration_format(k->min, least, sizeof(least));
		duration_format(k->max, most, sizeof(most));
		return element_wrong(e, "is %s, must be %s to %s", shown(text, show),
			least, most);
	}
	memcpy(e->field, &ns, sizeof(ns));
	return true;
}

/* The words of a key as one text, and the nearest one to what stands there. */
static bool unknown_word(const struct element *e, const char *text)
{
	char memory[256], show[SHOWN];
	struct text all = text_over(memory, sizeof(memory));
	const char *list[MOST_WORDS], *near;
	size_t n = 0;

	for (const struct schema_word *w = e->key->words; w->word; w++) {
		assert(n < MOST_WORDS);
		text_addf(&all, "%s\"%s\"", n ? ", " : "", w->word);
		list[n++] = w->word;
	}
	near = text_nearest(text, list, n);
	return element_wrong(e, "is \"%s\", must be one of %s%s%s%s", shown(text, show),
		memory, near ? "; did you mean \"" : "", near ? near : "",
		near ? "\"?" : "");
}

bool element_word(const struct element *e, uint64_t *value)
{
	const char *text = text_of(e);

	if (!text)
		return mistyped(e, "a word in quotes");
	for (const struct schema_word *w = e->key->words; w->word; w++) {
		if (strcmp(w->word, text) == 0) {
			*value = w->value;
			return true;
		}
	}
	return unknown_word(e, text);
}

static bool read_word(const struct element *e)
{
	uint64_t value = 0;

	if (!element_word(e, &value))
		return false;
	schema_put(e->field, e->key->size, value);
	return true;
}

/* Letters and digits of ASCII alone, whatever the locale: names go into file names,
 * events and metrics. */
static bool plain(const char *text, const char *also)
{
	for (; *text; text++) {
		bool letter = (*text >= 'a' && *text <= 'z') ||
			(*text >= 'A' && *text <= 'Z') || (*text >= '0' && *text <= '9');

		if (!letter && !strchr(also, *text))
			return false;
	}
	return true;
}

static bool read_text(const struct element *e)
{
	const struct schema_key *k = e->key;
	const char *text = text_of(e);
	char show[SHOWN];

	if (!text)
		return mistyped(e, "text in quotes");
	if (strlen(text) >= k->size)
		return element_wrong(e, "has %zu bytes, at most %zu fit", strlen(text),
			k->size - 1);
	if (strlen(text) < (size_t)k->min)
		return element_wrong(e, "must not be empty");
	if (k->type == KEY_NAME && !plain(text, ".-_"))
		return element_wrong(e, "is \"%s\", must be of letters, digits and . - _",
			shown(text, show));
	if (k->type == KEY_GLOB && !plain(text, ".-_*"))
		return element_wrong(e, "is \"%s\", must be of letters, digits and "
			". - _ *", shown(text, show));
	memset(e->field, 0, k->size);
	text_copy(e->field, k->size, text);
	return true;
}

static bool read_path(const struct element *e)
{
	const struct schema_key *k = e->key;
	const char *text = text_of(e);
	char path[CONF_PATH];

	assert(k->size == sizeof(path));
	if (!text)
		return mistyped(e, "a path in quotes");
	if (text[0] == '\0')
		return element_wrong(e, "must not be empty");
	memset(path, 0, sizeof(path));
	if (!doc_path(e->reader->folder, text, path, sizeof(path)))
		return element_wrong(e, "is longer than %zu bytes", sizeof(path) - 1);
	memcpy(e->field, path, sizeof(path));
	return true;
}

/* 10.0.0.1/8 says two things; which one is meant is not for us to guess, but to ask. */
static bool host_bits(const struct element *e, const char *text)
{
	char host[ADDR_TEXT], meant[PREFIX_TEXT];
	const char *slash = strchr(text, '/');
	struct prefix p;
	struct addr a;
	unsigned len = 0;

	if (!slash || (size_t)(slash - text) >= sizeof(host))
		return element_wrong(e, "has \"%s\", whose length is wrong", text);
	memcpy(host, text, (size_t)(slash - text));
	host[slash - text] = '\0';
	if (addr_parse(host, &a) || sscanf(slash + 1, "%3u", &len) != 1 ||
	    len > addr_bits(&a))
		return element_wrong(e, "has \"%s\", whose length is wrong", text);
	p = prefix_of(&a, len);
	prefix_format(&p, meant, sizeof(meant));
	return element_wrong(e, "has \"%s\", an address within a network; did you mean "
		"%s or %s?", text, meant, host);
}

static bool read_prefix(const struct element *e)
{
	const char *text = text_of(e);
	struct prefix p;
	char show[SHOWN];
	int result;

	if (!text)
		return mistyped(e, "an address or network in quotes");
	result = prefix_parse(text, &p);
	if (result == ERR_RANGE)
		return host_bits(e, shown(text, show));
	if (result)
		return element_wrong(e, "has \"%s\", which is no address or network",
			shown(text, show));
	memcpy(e->field, &p, sizeof(p));
	return true;
}

bool element_read(const struct element *e)
{
	switch (e->key->type) {
	case KEY_BOOL:
		return read_bool(e);
	case KEY_UINT:
		return read_uint(e);
	case KEY_MIB:
		return read_mib(e);
	case KEY_NATS:
		return read_nats(e);
	case KEY_TIME:
		return read_time(e);
	case KEY_WORD:
		return read_word(e);
	case KEY_TEXT:
	case KEY_NAME:
	case KEY_GLOB:
		return read_text(e);
	case KEY_PATH:
		return read_path(e);
	case KEY_PREFIX:
		return read_prefix(e);
	case KEY_BITS:
	case KEY_SECTION:
	case KEY_APART:
		break;
	}
	return false;
}
