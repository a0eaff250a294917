/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Slots to lines of JSON and back. */
#include "codec/slot_json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "codec/json_put.h"

#define VERSION 1
#define YEARS_MOST (INT64_C(400) * 366 * 86400)
#define OFFSET_MOST (26 * 3600)

json_t *slot_json_header(void)
{
	json_t *o = json_object();

	put_text(o, "tidegate", "slots");
	put_int(o, "version", VERSION);
	return o;
}

static json_t *series_value(const struct slot_series *s)
{
	json_t *o = json_object();

	for (int m = 0; m < OF_MEASURES; m++)
		if (s->known & UINT32_C(1) << m)
			put_count(o, measure_of_name((enum measure_of)m), s->value[m]);
	return o;
}

json_t *slot_json(const struct slot *s, const char *origin)
{
	json_t *o = json_object(), *series = json_object();
	char name[SERIES_TEXT];

	for (size_t i = 0; i < s->n; i++) {
		series_format(&s->series[i].id, name, sizeof(name));
		put_value(series, name, series_value(&s->series[i]));
	}
	put_int(o, "start", s->start_s);
	put_int(o, "utc_offset", s->utc_offset_s);
	put_int(o, "watched", s->watched_s);
	put_bool(o, "frozen", s->frozen);
	put_text(o, "origin", origin);
	put_value(o, "series", series);
	return o;
}

/* ---- back ---- */

__attribute__((format(printf, 2, 3))) static int refuse(char why[SLOT_JSON_WHY], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, SLOT_JSON_WHY, format, args);
	va_end(args);
	return ERR_INVALID;
}

/* Names come out of a file, and go to a terminal. */
static const char *visible(const char *s, char out[64])
{
	struct text t = text_over(out, 64);

	text_add_visible(&t, s);
	return out;
}

static int load(const char *line, size_t len, json_t **out, char why[SLOT_JSON_WHY])
{
	json_error_t e;

	*out = json_loadb(line, len, JSON_REJECT_DUPLICATES, &e);
	if (!*out)
		return refuse(why, "no JSON: %.80s", e.text);
	if (json_is_object(*out))
		return 0;
	json_decref(*out);
	return refuse(why, "no JSON object");
}

int slot_json_read_header(const char *line, size_t len, char why[SLOT_JSON_WHY])
{
	const char *what;
	json_t *o, *version;
	int err = load(line, len, &o, why);

	if (err)
		return err;
	what = json_string_value(json_object_get(o, "tidegate"));
	version = json_object_get(o, "version");
	if (!what || strcmp(what, "slots") != 0 || !json_is_integer(version)) {
		err = refuse(why, "no header; the first line is {\"tidegate\":\"slots\",\"version\":%d}", VERSION);
	} else if (json_integer_value(version) != VERSION) {
		refuse(why, "version %lld, and this tidegate reads %d", (long long)json_integer_value(version), VERSION);
		err = ERR_UNSUPPORTED;
	}
	json_decref(o);
	return err;
}

static int take_int(json_t *o, const char *name, int64_t least, int64_t most, int64_t *out, char why[SLOT_JSON_WHY])
{
	json_t *value = json_object_get(o, name);

	if (!json_is_integer(value))
		return refuse(why, "'%s' is missing, or no whole number", name);
	*out = json_integer_value(value);
	if (*out < least || *out > most)
		return refuse(why, "'%s' is %lld, must be %lld to %lld", name, (long long)*out, (long long)least,
			(long long)most);
	return 0;
}

static int read_measures(json_t *o, const char *series, struct slot_series *s, char why[SLOT_JSON_WHY])
{
	char name[64], word[64];
	enum measure_of m;
	const char *key;
	json_t *value;

	if (!json_is_object(o))
		return refuse(why, "'%s' is no object of measures", visible(series, name));
	json_object_foreach(o, key, value) {
		if (measure_of_parse(key, &m))
			return refuse(why, "'%s' of '%s' is no measure", visible(key, word), visible(series, name));
		if (!json_is_integer(value) || json_integer_value(value) < 0)
			return refuse(why, "'%s' of '%s' is no count", key, visible(series, name));
		s->known |= UINT32_C(1) << m;
		s->value[m] = (uint64_t)json_integer_value(value);
	}
	return 0;
}

static bool is_twice(const struct slot_series *room, size_t n, const struct series_id *id)
{
	for (size_t i = 0; i < n; i++)
		if (series_equal(&room[i].id, id))
			return true;
	return false;
}

static int read_series(json_t *o, struct slot_series room[SLOT_SERIES], size_t *n, char why[SLOT_JSON_WHY])
{
	char name[64];
	const char *key;
	json_t *value;
	int err;

	if (!json_is_object(o))
		return refuse(why, "'series' is missing, or no object");
	if (json_object_size(o) > SLOT_SERIES)
		return refuse(why, "%zu series, of at most %d", json_object_size(o), SLOT_SERIES);
	*n = 0;
	json_object_foreach(o, key, value) {
		struct slot_series *s = &room[*n];

		memset(s, 0, sizeof(*s));
		if (series_parse(key, &s->id))
			return refuse(why, "'%s' is no series", visible(key, name));
		if (is_twice(room, *n, &s->id)) /* spelled otherwise */
			return refuse(why, "'%s' is there twice", visible(key, name));
		err = read_measures(value, key, s, why);
		if (err)
			return err;
		++*n;
	}
	return 0;
}

static int read_slot(json_t *o, struct slot_series *room, struct slot *out, char why[SLOT_JSON_WHY])
{
	static const char *const names[] = { "start", "utc_offset", "watched", "frozen", "origin", "series" };
	int64_t start = 0, offset = 0, watched = 0;
	json_t *frozen = json_object_get(o, "frozen"), *value;
	const char *key;
	char name[64];
	size_t n = 0, known;
	int err;

	json_object_foreach(o, key, value) {
		for (known = 0; known < 6 && strcmp(names[known], key) != 0; known++)
			;
		if (known == 6)
			return refuse(why, "'%s' is nothing of a slot", visible(key, name));
	}
	err = take_int(o, "start", -YEARS_MOST + 1, YEARS_MOST - 1, &start, why);
	if (!err && start % SLOT_S)
		err = refuse(why, "'start' is no multiple of %d", SLOT_S);
	if (!err)
		err = take_int(o, "utc_offset", -OFFSET_MOST + 1, OFFSET_MOST - 1, &offset, why);
	if (!err)
		err = take_int(o, "watched", 0, SLOT_S, &watched, why);
	if (!err && !json_is_boolean(frozen))
		err = refuse(why, "'frozen' is missing, or neither true nor false");
	if (!err)
		err = read_series(json_object_get(o, "series"), room, &n, why);
	if (!err)
		*out = (struct slot){ .start_s = start, .utc_offset_s = (int32_t)offset, .watched_s = (uint32_t)watched,
			.frozen = json_is_true(frozen), .series = room, .n = n };
	return err;
}

int slot_json_read(const char *line, size_t len, struct slot_series room[SLOT_SERIES], struct slot *out,
	char why[SLOT_JSON_WHY])
{
	json_t *o;
	int err = load(line, len, &o, why);

	if (err)
		return err;
	err = read_slot(o, room, out, why);
	json_decref(o);
	return err;
}
