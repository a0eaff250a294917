/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CrowdSec's decisions. The JSON is one array of a whole file, of which we want some small objects: decisions in it, or in
 * the "decisions" of the alerts in it. So it is walked by its brackets, and only those objects are parsed: a file of ours
 * of 64 MiB would be gigabytes as values of a parser.
 */
#include <string.h>

#include <jansson.h>

#include "base/err.h"
#include "codec/feed_parts.h"

#define NESTING 32
#define OBJECT 16384 /* of a decision: some hundred bytes */
#define COLUMNS 32

/* Depths: 1 the array, 2 its objects (alerts or decisions), 3 "decisions" of an alert, 4 decisions. */
struct walk {
	struct feed_reader *reader;
	struct slice text;
	size_t at;
	unsigned depth;
	char closing[NESTING];    /* what ends each */
	size_t begin[5];          /* of the objects at depths 2 and 4 */
	struct slice last;        /* string at depth 2: perhaps a key */
	bool key;                 /* at depth 2: the value that comes is of "decisions" */
	bool alert;               /* the object at depth 2 is one */
	bool decisions;           /* the array at depth 3 is of them */
};

/* ---- one decision ---- */

static struct slice member(json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return (struct slice){ (const uint8_t *)s, s ? strlen(s) : 0 };
}

/* What is not said is not against it: lists of values alone are exported, too. */
static bool bans_addresses(struct slice scope, struct slice type, bool simulated)
{
	return !simulated && (!scope.len || feed_is(scope, "ip") || feed_is(scope, "range")) &&
		(!type.len || feed_is(type, "ban"));
}

static void take_object(struct walk *w, struct slice s)
{
	struct feed_reader *r = w->reader;
	json_t *o = s.len <= OBJECT ? json_loadb((const char *)s.at, s.len, JSON_REJECT_DUPLICATES, NULL) : NULL;
	struct slice value = member(o, "value");

	if (!json_is_object(o) || !value.at) {
		r->result->records++;
		feed_refuse(r, s.len > OBJECT ? FEED_LONG : FEED_NO_RECORD, s);
	} else if (!bans_addresses(member(o, "scope"), member(o, "type"), json_is_true(json_object_get(o, "simulated")))) {
		r->result->records++;
		feed_refuse(r, FEED_NO_BAN, value);
	} else {
		feed_take(r, value, value);
	}
	json_decref(o);
}

/* ---- brackets ---- */

static int open_bracket(struct walk *w, char c)
{
	if (w->depth == NESTING || (!w->depth && c != '['))
		return ERR_INVALID;
	w->closing[w->depth++] = c == '[' ? ']' : '}';
	if (w->depth == 2) {
		w->begin[2] = w->at;
		w->alert = w->key = false;
		w->last = (struct slice){ NULL, 0 };
	}
	if (w->depth == 3)
		w->decisions = c == '[' && w->key;
	if (w->depth == 4)
		w->begin[4] = w->at;
	return 0;
}

static int close_bracket(struct walk *w, char c)
{
	const bool object = c == '}';

	if (!w->depth || w->closing[w->depth - 1] != c)
		return ERR_INVALID;
	if ((w->depth == 2 && object && !w->alert) || (w->depth == 4 && object && w->decisions))
		take_object(w, (struct slice){ w->text.at + w->begin[w->depth], w->at + 1 - w->begin[w->depth] });
	if (w->depth == 3)
		w->decisions = false;
	w->depth--;
	return 0;
}

static int pass_string(struct walk *w)
{
	const size_t begin = ++w->at;

	while (w->at < w->text.len && w->text.at[w->at] != '"')
		w->at += w->text.at[w->at] == '\\' ? 2 : 1;
	if (w->at >= w->text.len)
		return ERR_TRUNCATED;
	if (w->depth == 2)
		w->last = (struct slice){ w->text.at + begin, w->at - begin };
	return 0;
}

static int step(struct walk *w)
{
	const char c = (char)w->text.at[w->at];

	switch (c) {
	case '[':
	case '{':
		return open_bracket(w, c);
	case ']':
	case '}':
		return close_bracket(w, c);
	case '"':
		return w->depth ? pass_string(w) : ERR_INVALID;
	case ':':
		if (w->depth == 2) {
			w->key = feed_is(w->last, "decisions");
			w->alert = w->alert || w->key;
		}
		return 0;
	case ',':
		if (w->depth == 2)
			w->key = false;
		return w->depth ? 0 : ERR_INVALID;
	case '\n':
		w->reader->line++;
		return 0;
	case ' ':
	case '\t':
	case '\r':
		return 0;
	default:
		return w->depth ? 0 : ERR_INVALID;
	}
}

static int read_json(struct feed_reader *r, struct slice text)
{
	struct walk w = { .reader = r, .text = text };
	bool begun = false;
	int err = 0;

	r->line = 1;
	for (; !err && !r->full && w.at < text.len; w.at++) {
		if (begun && !w.depth && text.at[w.at] == '[')
			return ERR_INVALID; /* a second one */
		err = step(&w);
		begun = begun || w.depth;
	}
	if (err || r->full)
		return err;
	if (!begun)
		return ERR_INVALID;
	return w.depth ? ERR_TRUNCATED : 0;
}

/* ---- CSV ---- */

/* Its fields, without their quotes; a quote within one stays doubled, which no address has. */
static size_t split(struct slice line, struct slice out[COLUMNS])
{
	size_t n = 0, at = 0, begin = 0;
	bool quoted = false;

	for (; at <= line.len && n < COLUMNS; at++) {
		if (at < line.len && line.at[at] == '"')
			quoted = !quoted;
		if (at < line.len && (quoted || line.at[at] != ','))
			continue;
		out[n] = feed_trim((struct slice){ line.at + begin, at - begin });
		if (out[n].len >= 2 && out[n].at[0] == '"' && out[n].at[out[n].len - 1] == '"')
			out[n] = (struct slice){ out[n].at + 1, out[n].len - 2 };
		n++;
		begin = at + 1;
	}
	return n;
}

struct columns {
	size_t value, scope, type, simulated; /* COLUMNS: there is none */
};

static size_t column(const struct slice *names, size_t n, const char *one, const char *other)
{
	for (size_t i = 0; i < n; i++)
		if (feed_is(names[i], one) || feed_is(names[i], other))
			return i;
	return COLUMNS;
}

static struct columns read_head(struct slice line)
{
	struct slice names[COLUMNS];
	const size_t n = split(line, names);

	return (struct columns){ .value = column(names, n, "value", "ip"), .scope = column(names, n, "scope", "scope"),
		.type = column(names, n, "type", "action"), .simulated = column(names, n, "simulated", "simulated") };
}

bool feed_crowdsec_head(struct slice line)
{
	return read_head(feed_trim(line)).value < COLUMNS;
}

static struct slice field(const struct slice *fields, size_t n, size_t i)
{
	return i < n ? fields[i] : (struct slice){ NULL, 0 };
}

static bool cut_scope(struct slice *value, const char *word)
{
	const size_t len = strlen(word);

	if (value->len < len || !feed_is((struct slice){ value->at, len }, word))
		return false;
	value->at += len;
	value->len -= len;
	return true;
}

/* "Ip:192.0.2.1", "Range:192.0.2.0/24", "Country:XX"; an IPv6 address has colons of its own. */
static bool is_of_scope(struct slice *value)
{
	if (cut_scope(value, "ip:") || cut_scope(value, "range:"))
		return true;
	return !cut_scope(value, "country:") && !cut_scope(value, "as:");
}

static void take_row(struct feed_reader *r, const struct columns *c, struct slice line)
{
	struct slice f[COLUMNS], value;
	size_t n;

	if (line.len > FEED_LINE || memchr(line.at, '\0', line.len)) {
		r->result->records++;
		feed_refuse(r, line.len > FEED_LINE ? FEED_LONG : FEED_NUL, line);
		return;
	}
	n = split(line, f);
	value = field(f, n, c->value);
	if (is_of_scope(&value) &&
		bans_addresses(field(f, n, c->scope), field(f, n, c->type), feed_is(field(f, n, c->simulated), "true"))) {
		feed_take(r, value, line);
		return;
	}
	r->result->records++;
	feed_refuse(r, FEED_NO_BAN, line);
}

static int read_rows(struct feed_reader *r, struct slice text)
{
	struct columns c = { .value = COLUMNS };
	struct slice line;

	while (!r->full && feed_line(r, &text, &line)) {
		line = feed_trim(line);
		if (!line.len || line.at[0] == '#')
			continue;
		if (c.value < COLUMNS) {
			take_row(r, &c, line);
			continue;
		}
		c = read_head((struct slice){ line.at, line.len < FEED_LINE ? line.len : FEED_LINE });
		if (c.value == COLUMNS)
			return ERR_INVALID;
	}
	return c.value < COLUMNS ? 0 : ERR_INVALID;
}

int feed_crowdsec(struct feed_reader *r, struct slice text)
{
	struct slice s = text;

	while (s.len && (s.at[0] == '\n' || feed_trim((struct slice){ s.at, 1 }).len == 0)) {
		s.at++;
		s.len--;
	}
	if (s.len && s.at[0] == '[')
		return read_json(r, text);
	/* cscli says so where there is no decision at all. */
	while (s.len && (s.at[s.len - 1] == '\n' || feed_trim((struct slice){ s.at + s.len - 1, 1 }).len == 0))
		s.len--;
	if (feed_is(s, "null"))
		return 0;
	return read_rows(r, text);
}
