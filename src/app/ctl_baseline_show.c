/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tidegate baseline show: the period, the week as a picture, how far learning has come, and what is not known yet. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/ctl_baseline.h"
#include "app/ctl_offline.h"
#include "base/err.h"
#include "codec/json_put.h"
#include "core/packet.h"

#define BUSIEST 12
#define SERIES_SHOWN 20
#define BUSIEST_JSON 1000
#define HOUR_S 3600
#define WEEKS_WANTED 4 /* of each hour: the median of a month, as reports compare with */

static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };

void ctl_baseline_day(wall_t at, char out[BASELINE_DAY])
{
	time_t s = (time_t)(at.ns / NS_PER_S);
	struct tm utc;

	out[0] = '\0';
	if (gmtime_r(&s, &utc))
		strftime(out, BASELINE_DAY, "%F %R", &utc);
}

void ctl_baseline_put_day(json_t *o, const char *name, wall_t at)
{
	char text[48];

	wall_format(at, text, sizeof(text));
	put_text(o, name, text);
}

static const char *proto_word(uint8_t proto)
{
	const char *name = proto_name(proto);

	return name ? name : "other";
}

struct shown {
	struct known_sum sum;
	struct lessons_known lessons; /* of captures; all 0 where there are none */
	int64_t learn_from;           /* 0: never reset */
};

static unsigned hours_known(const struct known_sum *k)
{
	unsigned n = 0;

	for (size_t i = 0; i < LESSONS_HOURS; i++)
		n += k->hour_weeks[i] > 0;
	return n;
}

/* Weeks in which every hour was met: of the hour that was met least. */
static uint32_t weeks_known(const struct known_sum *k)
{
	uint32_t least = k->hour_weeks[0];

	for (size_t i = 1; i < LESSONS_HOURS; i++)
		if (k->hour_weeks[i] < least)
			least = k->hour_weeks[i];
	return least;
}

/* ---- for people ---- */

static void print_period(const struct ctl_tool *t, const struct shown *s)
{
	char since[FORMAT_TEXT], until[FORMAT_TEXT], n[FORMAT_TEXT], watched[FORMAT_TEXT], packets[FORMAT_TEXT];
	const struct lessons_known *l = &s->lessons;

	ctl_head(t, "Known");
	if (!known_slots(&s->sum)) {
		puts("nothing yet: the daemon learns by itself; 'tidegate baseline learn FILE...' teaches captures");
		return;
	}
	format_day((wall_t){ s->sum.since_s * NS_PER_S }, since);
	format_day((wall_t){ s->sum.until_s * NS_PER_S }, until);
	printf("%s slots of five minutes, %s watched\n", format_count((int64_t)known_slots(&s->sum), n),
		format_seconds((int64_t)s->sum.seconds, watched));
	ctl_indent();
	printf("from %s to %s\n", since, until);
	ctl_head(t, "From");
	printf("%" PRIu64 " slots of this host's own, %" PRIu64 " imported, %" PRIu64 " of captures\n",
		s->sum.slots[KNOWN_OWN], s->sum.slots[KNOWN_IMPORTED], s->sum.slots[KNOWN_CAPTURED]);
	if (l->captures) {
		ctl_indent();
		printf("%" PRIu64 " capture%s, %s packets\n", l->captures, l->captures == 1 ? "" : "s",
			format_count((int64_t)l->packets, packets));
	}
	ctl_head(t, "Left out");
	printf("%" PRIu64 " slots with incidents, %s packets of sources that were found out\n",
		s->sum.frozen + l->frozen, format_count((int64_t)l->withheld, n));
}

static void print_reset(const struct ctl_tool *t, const struct shown *s)
{
	char when[FORMAT_TEXT];

	if (!s->learn_from)
		return;
	format_day((wall_t){ s->learn_from * NS_PER_S }, when);
	ctl_head(t, "Reset");
	printf("%s: what this host has seen before is history alone\n", when);
}

/* '.' never, '-' a part of the hour, '#' all of it once, a digit: in so many weeks. */
static char mark_of(const struct known_sum *k, size_t hour)
{
	const uint32_t weeks = k->hour_weeks[hour];

	if (!weeks)
		return '.';
	if (weeks > 1)
		return weeks > 9 ? '9' : (char)('0' + weeks);
	return k->hour_s[hour] >= HOUR_S ? '#' : '-';
}

static void print_week(const struct ctl_tool *t, const struct known_sum *k)
{
	ctl_head(t, "Week");
	puts("     0     6     12    18");
	for (size_t day = 0; day < 7; day++) {
		char line[25];

		for (size_t hour = 0; hour < 24; hour++)
			line[hour] = mark_of(k, day * 24 + hour);
		line[24] = '\0';
		ctl_indent();
		printf("%s  %s\n", days[day], line);
	}
	ctl_indent();
	puts(". never, - a part of the hour, # all of it, 2 to 9: in so many weeks");
}

static void print_missing(const struct ctl_tool *t, const struct known_sum *k)
{
	const unsigned missing = LESSONS_HOURS - hours_known(k);

	ctl_head(t, "Missing");
	if (missing)
		printf("%u of the week's %d hours were never watched\n", missing, LESSONS_HOURS);
	else if (weeks_known(k) < WEEKS_WANTED)
		printf("each hour was watched, but some in %u weeks alone; %d tell what is usual\n", weeks_known(k),
			WEEKS_WANTED);
	else
		puts("nothing: each hour was watched in four weeks or more");
}

static int by_slots(const void *a, const void *b)
{
	const struct known_series *x = a, *y = b;

	if (x->slots != y->slots)
		return x->slots < y->slots ? 1 : -1;
	return series_compare(&x->id, &y->id);
}

static void print_learning(const struct ctl_tool *t, struct known_sum *k)
{
	const size_t shown = k->n_series > SERIES_SHOWN ? SERIES_SHOWN : k->n_series;
	char name[SERIES_TEXT], since[FORMAT_TEXT], n[FORMAT_TEXT], left[32];

	qsort(k->series, k->n_series, sizeof(k->series[0]), by_slots);
	printf("\n%s  %-28s %7s  %-20s %s%s\n", ctl_sgr(t, CTL_BOLD), "learning", "slots", "since", "to go",
		ctl_sgr(t, CTL_NORMAL));
	for (size_t i = 0; i < shown; i++) {
		const struct known_series *s = &k->series[i];
		const unsigned days_left = known_days_left(s, k->until_s, KNOWN_LEARNING_DAYS);

		series_format(&s->id, name, sizeof(name));
		format_day((wall_t){ s->since_s * NS_PER_S }, since);
		since[strnlen(since, 16)] = '\0'; /* without seconds and zone */
		snprintf(left, sizeof(left), "%u day%s", days_left, days_left == 1 ? "" : "s");
		printf("  %-28s %7s  %-20s %s\n", name, format_count((int64_t)s->slots, n), since,
			days_left ? left : "learned");
	}
	if (k->n_series > shown)
		printf("  and %zu more series: -o json has them all\n", k->n_series - shown);
	if (k->crowded)
		printf("  what is of more than %d series is not counted here\n", KNOWN_SERIES);
}

static void print_row(void *ctx, const struct lessons_series *s)
{
	char name[24], slots[FORMAT_TEXT], connections[FORMAT_TEXT], there[FORMAT_TEXT], back[FORMAT_TEXT];

	(void)ctx;
	if (s->port)
		snprintf(name, sizeof(name), "%s/%u", proto_word(s->proto), s->port);
	else
		snprintf(name, sizeof(name), "%s", proto_word(s->proto));
	printf("  %-8s %-11s %11s %9s %9s %7s\n", tally_direction_name(s->direction), name,
		format_count((int64_t)s->connections, connections), format_short((int64_t)s->bytes[TALLY_THERE], there),
		format_short((int64_t)s->bytes[TALLY_BACK], back), format_count((int64_t)s->slots, slots));
}

static int print_table(const struct ctl_tool *t, struct lessons *l, struct shown *s)
{
	int err;

	print_period(t, s);
	print_reset(t, s);
	if (!known_slots(&s->sum))
		return 0;
	print_week(t, &s->sum);
	print_missing(t, &s->sum);
	print_learning(t, &s->sum);
	if (!s->lessons.slots)
		return 0;
	printf("\n%s  %-8s %-11s %11s %9s %9s %7s%s\n", ctl_sgr(t, CTL_BOLD), "captures", "protocol", "connections",
		"B there", "B back", "slots", ctl_sgr(t, CTL_NORMAL));
	err = lessons_each_series(l, TALLY_ALL, BUSIEST, print_row, NULL);
	printf("%s  %-8s %s%s\n", ctl_sgr(t, CTL_BOLD), "", "service", ctl_sgr(t, CTL_NORMAL));
	return err ? err : lessons_each_series(l, TALLY_SERVICE, BUSIEST, print_row, NULL);
}

/* ---- for programs ---- */

static void put_series(void *ctx, const struct lessons_series *s)
{
	json_t *o = json_object();

	put_text(o, "direction", tally_direction_name(s->direction));
	put_text(o, "proto", proto_word(s->proto));
	if (s->port)
		put_int(o, "port", s->port);
	put_count(o, "connections", s->connections);
	put_count(o, "packets_there", s->packets[TALLY_THERE]);
	put_count(o, "packets_back", s->packets[TALLY_BACK]);
	put_count(o, "bytes_there", s->bytes[TALLY_THERE]);
	put_count(o, "bytes_back", s->bytes[TALLY_BACK]);
	put_count(o, "slots", s->slots);
	json_array_append_new(ctx, o);
}

static void put_capture(void *ctx, const struct lesson_capture *c)
{
	json_t *o = json_object();

	put_text(o, "name", c->name);
	put_count(o, "bytes", c->bytes);
	ctl_baseline_put_day(o, "learned", c->at);
	json_array_append_new(ctx, o);
}

/* Seven objects from Monday on, each with its 24 hours of local time. */
static json_t *week_value(const struct known_sum *k)
{
	json_t *week = json_array();

	for (size_t day = 0; day < 7; day++) {
		json_t *o = json_object(), *weeks = json_array(), *seconds = json_array();

		for (size_t i = day * 24; i < (day + 1) * 24; i++) {
			json_array_append_new(weeks, json_integer(k->hour_weeks[i]));
			json_array_append_new(seconds, json_integer(k->hour_s[i]));
		}
		put_text(o, "day", days[day]);
		put_value(o, "weeks", weeks);
		put_value(o, "seconds", seconds);
		json_array_append_new(week, o);
	}
	return week;
}

static json_t *learning_value(const struct known_sum *k)
{
	json_t *list = json_array();
	char name[SERIES_TEXT];

	for (size_t i = 0; i < k->n_series; i++) {
		const struct known_series *s = &k->series[i];
		json_t *o = json_object();

		series_format(&s->id, name, sizeof(name));
		put_text(o, "series", name);
		put_count(o, "slots", s->slots);
		ctl_baseline_put_day(o, "since", (wall_t){ s->since_s * NS_PER_S });
		put_int(o, "days_left", known_days_left(s, k->until_s, KNOWN_LEARNING_DAYS));
		json_array_append_new(list, o);
	}
	return list;
}

static void put_sums(json_t *o, const struct shown *s)
{
	const struct known_sum *k = &s->sum;

	put_count(o, "slots", known_slots(k));
	put_count(o, "slots_own", k->slots[KNOWN_OWN]);
	put_count(o, "slots_imported", k->slots[KNOWN_IMPORTED]);
	put_count(o, "slots_captured", k->slots[KNOWN_CAPTURED]);
	if (known_slots(k)) {
		ctl_baseline_put_day(o, "since", (wall_t){ k->since_s * NS_PER_S });
		ctl_baseline_put_day(o, "until", (wall_t){ k->until_s * NS_PER_S });
	}
	if (s->learn_from)
		ctl_baseline_put_day(o, "learn_from", (wall_t){ s->learn_from * NS_PER_S });
	put_count(o, "seconds", k->seconds);
	put_count(o, "packets", s->lessons.packets);
	put_count(o, "slots_frozen", k->frozen + s->lessons.frozen);
	put_count(o, "packets_withheld", s->lessons.withheld);
	put_int(o, "hours_known", hours_known(k));
	put_int(o, "hours_missing", LESSONS_HOURS - (int64_t)hours_known(k));
	put_int(o, "weeks_known", weeks_known(k));
	put_int(o, "learning_days", KNOWN_LEARNING_DAYS);
	put_value(o, "learning", learning_value(k));
}

static int print_json(struct lessons *l, const struct shown *s)
{
	json_t *o = json_object(), *totals = json_array(), *services = json_array(), *captures = json_array();
	int err = 0;

	put_sums(o, s);
	if (l) {
		err = lessons_each_series(l, TALLY_ALL, BUSIEST_JSON, put_series, totals);
		if (!err)
			err = lessons_each_series(l, TALLY_SERVICE, BUSIEST_JSON, put_series, services);
		if (!err)
			err = lessons_each_capture(l, put_capture, captures);
	}
	put_value(o, "protocols", totals);
	put_value(o, "services", services);
	put_value(o, "captures", captures);
	put_value(o, "week", week_value(&s->sum));
	if (!err) {
		json_dumpf(o, stdout, JSON_COMPACT);
		putchar('\n');
	}
	json_decref(o);
	return err;
}

static void print_plain_row(void *ctx, const struct lessons_series *s)
{
	(void)ctx;
	printf("%s\t%s\t%u\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n",
		tally_direction_name(s->direction), proto_word(s->proto), s->port, s->connections,
		s->packets[TALLY_THERE], s->packets[TALLY_BACK], s->bytes[TALLY_THERE], s->bytes[TALLY_BACK], s->slots);
}

static int print(const struct ctl_tool *t, const struct known *k, struct shown *s)
{
	if (t->quiet)
		return 0;
	switch (t->output) {
	case CTL_JSON:
		return print_json(k->lessons, s);
	case CTL_PLAIN:
		return !k->lessons ? 0 :
			lessons_each_series(k->lessons, TALLY_SERVICE, BUSIEST_JSON, print_plain_row, NULL);
	case CTL_TABLE:
		break;
	}
	return print_table(t, k->lessons, s);
}

int ctl_baseline_error(const struct known *k, enum known_origin failed, int err)
{
	return ctl_complain(ctl_state_code(err), "%s: %s", failed == KNOWN_CAPTURED ? LESSONS_FILE : HISTORY_FILE,
		failed == KNOWN_CAPTURED ? lessons_error(k->lessons) : history_error(k->history));
}

int ctl_baseline_show(const struct ctl_tool *t, const struct known *k)
{
	struct shown *s = calloc(1, sizeof(*s));
	enum known_origin failed = KNOWN_OWN;
	int err, code = CTL_OK;

	if (!s)
		return ctl_complain(CTL_INTERNAL, "no memory");
	err = k->history ? history_learn_from(k->history, &s->learn_from) : 0;
	if (!err)
		err = known_add_up(k, &s->sum, &failed);
	if (!err) {
		failed = KNOWN_CAPTURED;
		err = k->lessons ? lessons_known(k->lessons, &s->lessons) : 0;
	}
	if (!err)
		err = print(t, k, s);
	if (err)
		code = ctl_baseline_error(k, failed, err);
	free(s);
	return code;
}
