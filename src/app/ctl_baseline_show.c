/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tidegate baseline show: the period, the week as a picture, the busiest services, and what is not known yet. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "app/ctl_baseline.h"
#include "base/err.h"
#include "codec/json_put.h"

#define BUSIEST 12
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
	switch (proto) {
	case PROTO_TCP:
		return "tcp";
	case PROTO_UDP:
		return "udp";
	case PROTO_SCTP:
		return "sctp";
	case PROTO_ICMP:
		return "icmp";
	case PROTO_ICMP6:
		return "icmp6";
	default:
		return "other";
	}
}

static unsigned hours_known(const struct lessons_known *k)
{
	unsigned n = 0;

	for (size_t i = 0; i < LESSONS_HOURS; i++)
		n += k->hour_weeks[i] > 0;
	return n;
}

/* Weeks in which every hour was met: of the hour that was met least. */
static uint32_t weeks_known(const struct lessons_known *k)
{
	uint32_t least = k->hour_weeks[0];

	for (size_t i = 1; i < LESSONS_HOURS; i++)
		if (k->hour_weeks[i] < least)
			least = k->hour_weeks[i];
	return least;
}

/* ---- for people ---- */

static void print_period(const struct ctl_tool *t, const struct lessons_known *k)
{
	char since[BASELINE_DAY], until[BASELINE_DAY], n[FORMAT_TEXT], watched[FORMAT_TEXT];

	ctl_head(t, "Known");
	if (!k->slots) {
		puts("nothing yet; 'tidegate baseline learn FILE...' teaches captures");
		return;
	}
	ctl_baseline_day(k->since, since);
	ctl_baseline_day(k->until, until);
	printf("%s to %s UTC: %s slots of five minutes, %s watched\n", since, until,
		format_count((int64_t)k->slots, n), format_seconds((int64_t)k->seconds, watched));
	ctl_head(t, "From");
	printf("%" PRIu64 " capture%s, %s packets\n", k->captures, k->captures == 1 ? "" : "s", format_count((int64_t)k->packets, n));
	ctl_head(t, "Left out");
	printf("%" PRIu64 " slots with incidents, %s packets of sources that were found out\n", k->frozen,
		format_count((int64_t)k->withheld, n));
}

/* '.' never, '-' a part of the hour, '#' all of it once, a digit: in so many weeks. */
static char mark_of(const struct lessons_known *k, size_t hour)
{
	const uint32_t weeks = k->hour_weeks[hour];

	if (!weeks)
		return '.';
	if (weeks > 1)
		return weeks > 9 ? '9' : (char)('0' + weeks);
	return k->hour_s[hour] >= HOUR_S ? '#' : '-';
}

static void print_week(const struct ctl_tool *t, const struct lessons_known *k)
{
	ctl_head(t, "Week, UTC");
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

static void print_missing(const struct ctl_tool *t, const struct lessons_known *k)
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

static int print_table(const struct ctl_tool *t, struct lessons *l, const struct lessons_known *k)
{
	int err;

	print_period(t, k);
	if (!k->slots)
		return 0;
	print_week(t, k);
	print_missing(t, k);
	printf("\n%s  %-8s %-11s %11s %9s %9s %7s%s\n", ctl_sgr(t, CTL_BOLD), "", "protocol", "connections", "B there",
		"B back", "slots", ctl_sgr(t, CTL_NORMAL));
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

/* Seven objects from Monday on, each with its 24 hours in UTC. */
static json_t *week_value(const struct lessons_known *k)
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

static int print_json(struct lessons *l, const struct lessons_known *k)
{
	json_t *o = json_object(), *totals = json_array(), *services = json_array(), *captures = json_array();
	int err;

	put_count(o, "slots", k->slots);
	if (k->slots) {
		ctl_baseline_put_day(o, "since", k->since);
		ctl_baseline_put_day(o, "until", k->until);
	}
	put_count(o, "seconds", k->seconds);
	put_count(o, "packets", k->packets);
	put_count(o, "slots_frozen", k->frozen);
	put_count(o, "packets_withheld", k->withheld);
	put_int(o, "hours_known", hours_known(k));
	put_int(o, "hours_missing", LESSONS_HOURS - (int64_t)hours_known(k));
	put_int(o, "weeks_known", weeks_known(k));
	err = lessons_each_series(l, TALLY_ALL, BUSIEST_JSON, put_series, totals);
	if (!err)
		err = lessons_each_series(l, TALLY_SERVICE, BUSIEST_JSON, put_series, services);
	if (!err)
		err = lessons_each_capture(l, put_capture, captures);
	put_value(o, "protocols", totals);
	put_value(o, "services", services);
	put_value(o, "captures", captures);
	put_value(o, "week", week_value(k));
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

int ctl_baseline_print(const struct ctl_tool *t, struct lessons *l)
{
	struct lessons_known k;
	int err = lessons_known(l, &k);

	if (err || t->quiet)
		return err;
	switch (t->output) {
	case CTL_JSON:
		return print_json(l, &k);
	case CTL_PLAIN:
		return lessons_each_series(l, TALLY_SERVICE, BUSIEST_JSON, print_plain_row, NULL);
	case CTL_TABLE:
		break;
	}
	return print_table(t, l, &k);
}
