/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The views as a table: which columns, how wide, where in a row of the daemon they stand. One column of each view takes
 * what width is left.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/top.h"
#include "base/text.h"

enum kind {
	WORD = 0,
	COUNT,
	BYTES,
	REAL,
	PERCENT,
	AGE,
	SERVICE,  /* "tcp/443" */
	ENDPOINT, /* remote address and port */
	ARROW,
	OWNER,
	QUEUE,
	MEASURE,
	YES,
	CLOCK,
	BAR,      /* drawn by the screen; as text its percentage */
};

struct column {
	const char *title, *field;
	enum kind kind;
	int width; /* 0: what is left */
};

struct view {
	const char *name;
	size_t first_sort;
	const char *order; /* in which the rows come */
	struct column columns[TOP_COLUMNS];
};

static const struct view views[TOP_VIEWS] = {
	[TOP_SOURCES] = { "sources", 9, "nearness to a limit", {
		{ "ADDRESS", "address", WORD, 0 },
		{ "CONN/s", "connections_s", REAL, 6 },
		{ "FLOWS", "flows", COUNT, 5 },
		{ "HALF", "half_open", COUNT, 4 },
		{ "IN/s", "in_bytes_s", BYTES, 5 },
		{ "OUT/s", "out_bytes_s", BYTES, 5 },
		{ "NEAR", "percent", PERCENT, 4 },
		{ "RULE", "of", WORD, 9 },
		{ "STANDING", "measure", MEASURE, 8 } } },
	[TOP_SERVICES] = { "services", 9, "traffic", {
		{ "SERVICE", "port", SERVICE, 10 },
		{ "ESTAB", "established", COUNT, 6 },
		{ "HALF", "half_open", COUNT, 6 },
		{ "CLOSEW", "close_wait", COUNT, 6 },
		{ "QUEUE", "accept_queue", QUEUE, 10 },
		{ "NEW/s", "begun_s", REAL, 6 },
		{ "IN/s", "in_bytes_s", BYTES, 6 },
		{ "OUT/s", "out_bytes_s", BYTES, 6 },
		{ "OWNER", "comm", OWNER, 0 } } },
	[TOP_FLOWS] = { "flows", 9, "traffic", {
		{ "PRO", "proto", WORD, 3 },
		{ "PORT", "local_port", COUNT, 5 },
		{ "", "direction", ARROW, 2 },
		{ "REMOTE", "remote", ENDPOINT, 0 },
		{ "IN/s", "in_bytes_s", BYTES, 6 },
		{ "OUT/s", "out_bytes_s", BYTES, 6 },
		{ "STATE", "state", WORD, 8 },
		{ "AGE", "age_s", AGE, 4 },
		{ "OWNER", "comm", OWNER, 14 } } },
	[TOP_INTERFACES] = { "interfaces", 9, "number", {
		{ "NAME", "name", WORD, 0 },
		{ "IN/s", "in_bytes_s", BYTES, 7 },
		{ "OUT/s", "out_bytes_s", BYTES, 7 },
		{ "PKT IN", "in_packets_s", COUNT, 7 },
		{ "PKT OUT", "out_packets_s", COUNT, 7 },
		{ "DROP IN", "in_drops_s", COUNT, 7 },
		{ "DROP OUT", "out_drops_s", COUNT, 8 },
		{ "ALL IN", "in_bytes", BYTES, 7 },
		{ "ALL OUT", "out_bytes", BYTES, 7 } } },
	[TOP_PROCESSES] = { "processes", 7, "traffic", {
		{ "PID", "pid", COUNT, 7 },
		{ "USER", "user", WORD, 10 },
		{ "COMMAND", "comm", OWNER, 16 },
		{ "UNIT", "unit", WORD, 0 },
		{ "FLOWS", "flows", COUNT, 6 },
		{ "IN/s", "in_bytes_s", BYTES, 7 },
		{ "OUT/s", "out_bytes_s", BYTES, 7 } } },
	[TOP_STATES] = { "states", 3, "kind", {
		{ "WHAT", "name", WORD, 22 },
		{ "NOW", "count", COUNT, 10 },
		{ "SHARE", "share", BAR, 0 } } },
	[TOP_INCIDENTS] = { "incidents", 6, "time", {
		{ "INCIDENT", "incident", WORD, 13 },
		{ "SUBJECT", "subject", WORD, 0 },
		{ "RULE", "rule", WORD, 14 },
		{ "DECISION", "decision", WORD, 10 },
		{ "EFFECT", "effect", WORD, 8 },
		{ "OPENED", "opened", CLOCK, 8 } } },
};

const char *top_view_name(enum top_view v)
{
	return views[v].name;
}

bool top_view_parse(const char *name, enum top_view *out)
{
	for (int i = 0; i < TOP_VIEWS; i++)
		if (strcmp(views[i].name, name) == 0) {
			*out = (enum top_view)i;
			return true;
		}
	return false;
}

size_t top_columns(enum top_view v)
{
	size_t n = 0;

	while (n < TOP_COLUMNS && views[v].columns[n].title)
		n++;
	return n;
}

const char *top_column_title(enum top_view v, size_t column)
{
	return views[v].columns[column].title;
}

size_t top_first_sort(enum top_view v)
{
	return views[v].first_sort;
}

const char *top_sort_name(enum top_view v, size_t column)
{
	return column < top_columns(v) ? views[v].columns[column].title : views[v].order;
}

const char *top_bytes(double n, char out[FORMAT_TEXT])
{
	static const char units[] = " kMGTPE";
	size_t unit = 0;

	while (n >= 999.5 && unit < sizeof(units) - 2) {
		n /= 1000;
		unit++;
	}
	if (unit == 0)
		snprintf(out, FORMAT_TEXT, "%.0f", n);
	else
		snprintf(out, FORMAT_TEXT, "%.*f%c", n < 99.95 ? 1 : 0, n, units[unit]);
	return out;
}

/* Two units at most and four columns: "45s", "12m", "3h", "17d". */
static void put_age(int64_t s, char out[TOP_CELL])
{
	static const struct {
		int64_t seconds;
		char unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t i = 0;

	while (i < 3 && s < units[i].seconds)
		i++;
	snprintf(out, TOP_CELL, "%" PRId64 "%c", s < 0 ? 0 : s / units[i].seconds, units[i].unit);
}

static void put_owner(json_t *row, char out[TOP_CELL])
{
	const char *comm = field_text(row, "comm");
	const char *unit = field_text(row, "unit");
	const char *user = field_text(row, "user");

	if (*comm)
		snprintf(out, TOP_CELL, "%s", comm);
	else if (*unit)
		snprintf(out, TOP_CELL, "%s", unit);
	else if (*user)
		snprintf(out, TOP_CELL, "user %s", user);
	else if (json_object_get(row, "uid"))
		snprintf(out, TOP_CELL, "uid %" PRId64, field_int(row, "uid"));
	else
		text_copy(out, TOP_CELL, "-");
}

static void put_endpoint(json_t *row, char out[TOP_CELL])
{
	const char *address = field_text(row, "remote");

	snprintf(out, TOP_CELL, strchr(address, ':') ? "[%s]:%" PRId64 : "%s:%" PRId64, address,
		field_int(row, "remote_port"));
}

static void put_service(json_t *row, char out[TOP_CELL])
{
	char proto[16];

	text_copy(proto, sizeof(proto), field_text(row, "proto"));
	for (char *p = proto; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 'a' - 'A');
	snprintf(out, TOP_CELL, "%s/%" PRId64, proto, field_int(row, "port"));
}

static void put_arrow(json_t *row, char out[TOP_CELL])
{
	const char *direction = field_text(row, "direction");

	text_copy(out, TOP_CELL, strcmp(direction, "in") == 0 ? "<-" : strcmp(direction, "out") == 0 ? "->" : "--");
}

static void put_measure(json_t *row, char out[TOP_CELL])
{
	const char *measure = field_text(row, "measure");
	bool shadow = field_true(row, "shadow");

	if (*measure)
		snprintf(out, TOP_CELL, "%s%s%s", shadow ? "(" : "", measure, shadow ? ")" : "");
	else
		text_copy(out, TOP_CELL, field_true(row, "proven") ? "proven" : "-");
}

static void put_clock(const char *utc, char out[TOP_CELL])
{
	char text[FORMAT_TEXT];

	format_time(utc, text);
	/* "18:22:31 UTC" of today, else "2026-11-21 18:22 UTC": the day. */
	if (strlen(text) > 10 && text[4] == '-')
		snprintf(out, TOP_CELL, "%.5s", text + 5);
	else
		snprintf(out, TOP_CELL, "%.8s", text);
}

#define MOST_REAL 1e18 /* what a daemon of another version says may be anything; beyond is no int64_t */

static void put_real(double n, char out[TOP_CELL])
{
	char text[FORMAT_TEXT];

	if (n >= 100000)
		snprintf(out, TOP_CELL, "%s", format_short((int64_t)(n < MOST_REAL ? n : MOST_REAL), text));
	else
		snprintf(out, TOP_CELL, "%.*f", n >= 100 ? 0 : 1, n);
}

static void put_cell(const struct column *c, json_t *row, char out[TOP_CELL])
{
	char text[FORMAT_TEXT];
	json_t *value = json_object_get(row, c->field);

	switch (c->kind) {
	case OWNER:
		put_owner(row, out);
		return;
	case MEASURE:
		put_measure(row, out);
		return;
	case WORD:
		text_copy(out, TOP_CELL, json_is_string(value) && *json_string_value(value) ? json_string_value(value) : "-");
		return;
	default:
		break;
	}
	text_copy(out, TOP_CELL, "-"); /* what is not measured is not 0 */
	if (!value)
		return;
	switch (c->kind) {
	case COUNT:
		text_copy(out, TOP_CELL, format_short(json_integer_value(value), text));
		return;
	case BYTES:
		text_copy(out, TOP_CELL, top_bytes(json_number_value(value), text));
		return;
	case REAL:
		put_real(json_number_value(value), out);
		return;
	case PERCENT:
		snprintf(out, TOP_CELL, "%" JSON_INTEGER_FORMAT "%%", json_integer_value(value));
		return;
	case BAR:
		snprintf(out, TOP_CELL, "%.1f%%", (double)json_integer_value(value) / 10);
		return;
	case AGE:
		put_age(json_integer_value(value), out);
		return;
	case SERVICE:
		put_service(row, out);
		return;
	case ENDPOINT:
		put_endpoint(row, out);
		return;
	case ARROW:
		put_arrow(row, out);
		return;
	case QUEUE:
		snprintf(out, TOP_CELL, "%" PRId64 "/%" PRId64, field_int(row, "accept_queue"), field_int(row, "backlog"));
		return;
	case YES:
		text_copy(out, TOP_CELL, json_is_true(value) ? "yes" : "no");
		return;
	case CLOCK:
		put_clock(field_text(row, c->field), out);
		return;
	case WORD:
	case OWNER:
	case MEASURE:
		return;
	}
}

void top_cell(enum top_view v, size_t column, json_t *row, char out[TOP_CELL])
{
	put_cell(&views[v].columns[column], row, out);
	/* A program may call itself what it likes: nothing but ASCII comes to the screen, so that a byte is a column. */
	for (char *p = out; *p; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
}

static bool is_left(const struct column *c)
{
	switch (c->kind) {
	case WORD:
	case SERVICE:
	case ENDPOINT:
	case ARROW:
	case OWNER:
	case MEASURE:
	case YES:
	case BAR:
		return true;
	case COUNT:
	case BYTES:
	case REAL:
	case PERCENT:
	case AGE:
	case QUEUE:
	case CLOCK:
		break;
	}
	return false;
}

static int width_of(enum top_view v, size_t column, int width)
{
	int left = width - (int)top_columns(v) + 1;

	if (views[v].columns[column].width)
		return views[v].columns[column].width;
	for (size_t i = 0; i < top_columns(v); i++)
		left -= views[v].columns[i].width;
	return left > 8 ? left : 8;
}

void top_place(enum top_view v, size_t column, int width, int *at, int *wide)
{
	*at = 0;
	for (size_t i = 0; i < column; i++)
		*at += width_of(v, i, width) + 1;
	*wide = width_of(v, column, width);
}

/* What is cut ends in '~', so that nobody takes it for the whole. */
static void put_field(char *line, int at, int wide, bool left, const char *cell)
{
	int len = (int)strlen(cell);
	int shown = len < wide ? len : wide;

	memcpy(line + at + (left ? 0 : wide - shown), cell, (size_t)shown);
	if (len > wide)
		line[at + wide - 1] = '~';
}

void top_line(enum top_view v, json_t *row, int width, char out[TOP_LINE])
{
	char line[2 * TOP_LINE];
	char cell[TOP_CELL];

	if (width > TOP_LINE - 1)
		width = TOP_LINE - 1;
	memset(line, ' ', sizeof(line));
	for (size_t i = 0; i < top_columns(v); i++) {
		int at, wide;

		if (row)
			top_cell(v, i, row, cell);
		else
			text_copy(cell, sizeof(cell), views[v].columns[i].title);
		top_place(v, i, width, &at, &wide);
		if (at + wide < (int)sizeof(line))
			put_field(line, at, wide, is_left(&views[v].columns[i]), cell);
	}
	memcpy(out, line, (size_t)width);
	out[width] = '\0';
}

enum top_order top_column_order(enum top_view v, size_t column)
{
	const struct column *c = &views[v].columns[column];

	if (c->kind == CLOCK)
		return TOP_BY_TIME;
	return !is_left(c) || c->kind == SERVICE || c->kind == BAR ? TOP_BY_NUMBER : TOP_BY_WORD;
}

const char *top_column_field(enum top_view v, size_t column)
{
	return views[v].columns[column].field;
}

int top_share(enum top_view v, json_t *row)
{
	json_t *share = json_object_get(row, "share");

	return v == TOP_STATES && share ? (int)json_integer_value(share) : -1;
}

static void add_state(json_t *out, const char *name, int64_t count, int64_t of)
{
	json_t *row = json_object();

	json_object_set_new(row, "name", json_string(name));
	json_object_set_new(row, "count", json_integer(count));
	if (of > 0)
		json_object_set_new(row, "share", json_integer(count < of ? count * 1000 / of : 1000));
	json_array_append_new(out, row);
}

json_t *top_state_rows(json_t *head)
{
	static const char *const rest[][2] = {
		{ "accepted/s", "in_opened_s" }, { "begun/s", "out_opened_s" }, { "resets sent/s", "resets_sent_s" },
		{ "unreachable sent/s", "unreachable_sent_s" },
	};
	json_t *states = json_object_get(head, "states");
	json_t *out = json_array();
	const char *name;
	json_t *value;
	int64_t all = 0;
	size_t i;
	char text[TOP_CELL];

	json_object_foreach(states, name, value)
		all += json_integer_value(value);
	json_object_foreach(states, name, value)
		add_state(out, name, json_integer_value(value), all > 0 ? all : 1);
	if (json_object_get(head, "conntrack"))
		add_state(out, "conntrack entries", field_int(head, "conntrack"), field_int(head, "conntrack_max"));
	for (i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
		if (json_object_get(head, rest[i][1]))
			add_state(out, rest[i][0], field_int(head, rest[i][1]), 0);
	json_array_foreach(json_object_get(head, "protos"), i, value) {
		if (strcmp(field_text(value, "proto"), "other") == 0)
			continue; /* so that 24 lines are enough for all */
		snprintf(text, sizeof(text), "%.16s packets in/s", field_text(value, "proto"));
		add_state(out, text, field_int(value, "in_packets_s"), 0);
		snprintf(text, sizeof(text), "%.16s packets out/s", field_text(value, "proto"));
		add_state(out, text, field_int(value, "out_packets_s"), 0);
	}
	return out;
}
