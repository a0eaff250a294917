/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the file of lessons knows, for people: sums, and which hours of the week were watched. */
#include "edge/store_lessons.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "edge/store_lessons_private.h"

#define HOUR_S 3600
#define DAY_S (24 * HOUR_S)
#define WEEK_S (7 * DAY_S)
#define MONDAY_S (4 * DAY_S) /* 1970-01-05 */

/* Rounded down, before 1970 too. */
static int64_t part(int64_t s, int64_t size)
{
	return s / size - (s % size < 0);
}

static uint64_t seconds_of(int64_t since_ns, int64_t until_ns)
{
	const int64_t most = TALLY_SLOT_S * NS_PER_S;
	int64_t ns;

	if (until_ns < since_ns || __builtin_sub_overflow(until_ns, since_ns, &ns))
		return 0;
	return (uint64_t)((ns > most ? most : ns) / NS_PER_S);
}

/* One slot more; last_week has the week in which an hour was met last. */
static void add_slot(struct lessons_known *k, int64_t last_week[LESSONS_HOURS], int64_t start_s, uint64_t seconds)
{
	const int64_t week = part(start_s - MONDAY_S, WEEK_S);
	const size_t hour = (size_t)((start_s - MONDAY_S - week * WEEK_S) / HOUR_S);

	if (!k->slots)
		k->since.ns = start_s * NS_PER_S;
	k->until.ns = (start_s + TALLY_SLOT_S) * NS_PER_S;
	k->slots++;
	k->seconds += seconds;
	k->hour_s[hour] += (uint32_t)seconds;
	k->hour_weeks[hour] += last_week[hour] != week;
	last_week[hour] = week;
}

static int add_slots(struct lessons *l, struct lessons_known *k)
{
	sqlite3_stmt *st = store_statement(l->s, STORE_SLOTS);
	int64_t last_week[LESSONS_HOURS];
	int rc, err;

	if (!st)
		return store_run(l->s, NULL);
	for (size_t i = 0; i < LESSONS_HOURS; i++)
		last_week[i] = INT64_MIN;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		int64_t start_s = sqlite3_column_int64(st, 0);

		/* What no capture can hold was not written by us. */
		if (start_s > INT64_MIN / NS_PER_S + WEEK_S && start_s < INT64_MAX / NS_PER_S - WEEK_S)
			add_slot(k, last_week, start_s,
				seconds_of(sqlite3_column_int64(st, 1), sqlite3_column_int64(st, 2)));
	}
	err = store_result(l->s, rc);
	sqlite3_reset(st);
	return err;
}

int lessons_known(struct lessons *l, struct lessons_known *out)
{
	struct lessons_known k = { .slots = 0 };
	sqlite3_stmt *st;
	int err = add_slots(l, &k), rc;

	if (err)
		return err;
	st = store_statement(l->s, STORE_SUM_LESSONS);
	if (!st)
		return store_run(l->s, NULL);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		k.captures = (uint64_t)sqlite3_column_int64(st, 0);
		k.packets = (uint64_t)sqlite3_column_int64(st, 1);
		k.frozen = (uint64_t)sqlite3_column_int64(st, 2);
		k.withheld = (uint64_t)sqlite3_column_int64(st, 3);
	}
	err = store_result(l->s, rc);
	sqlite3_reset(st);
	if (!err)
		*out = k;
	return err;
}

int lessons_each_series(struct lessons *l, enum tally_scope scope, size_t most, lessons_series_fn fn, void *ctx)
{
	sqlite3_stmt *st = store_statement(l->s, STORE_BUSIEST);
	int rc, err;

	if (!st)
		return store_run(l->s, NULL);
	sqlite3_bind_int64(st, 1, (int64_t)scope);
	sqlite3_bind_int64(st, 2, (int64_t)most);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		int64_t direction = sqlite3_column_int64(st, 0);
		struct lessons_series s = {
			.proto = (uint8_t)sqlite3_column_int64(st, 1),
			.port = (uint16_t)sqlite3_column_int64(st, 2),
			.connections = (uint64_t)sqlite3_column_int64(st, 3),
			.packets = { (uint64_t)sqlite3_column_int64(st, 4), (uint64_t)sqlite3_column_int64(st, 5) },
			.bytes = { (uint64_t)sqlite3_column_int64(st, 6), (uint64_t)sqlite3_column_int64(st, 7) },
			.slots = (uint64_t)sqlite3_column_int64(st, 8),
		};

		if (direction < 0 || direction >= TALLY_DIRECTIONS)
			continue;
		s.direction = (enum tally_direction)direction;
		fn(ctx, &s);
	}
	err = store_result(l->s, rc);
	sqlite3_reset(st);
	return err;
}

static bool read_capture(sqlite3_stmt *st, int name, int at, struct lesson_capture *c)
{
	const char *text = (const char *)sqlite3_column_text(st, name);

	if (!text)
		return false;
	text_copy(c->name, sizeof(c->name), text);
	c->at.ns = sqlite3_column_int64(st, at);
	return true;
}

int lessons_find_capture(struct lessons *l, struct lesson_capture *c)
{
	sqlite3_stmt *st = store_statement(l->s, STORE_FIND_CAPTURE);
	int rc, err;

	if (!st)
		return store_run(l->s, NULL);
	sqlite3_bind_int64(st, 1, (int64_t)c->digest);
	sqlite3_bind_int64(st, 2, (int64_t)c->bytes);
	rc = sqlite3_step(st);
	err = store_result(l->s, rc);
	if (!err && (rc != SQLITE_ROW || !read_capture(st, 0, 1, c)))
		err = ERR_ABSENT;
	sqlite3_reset(st);
	return err;
}

int lessons_each_capture(struct lessons *l, lessons_capture_fn fn, void *ctx)
{
	sqlite3_stmt *st = store_statement(l->s, STORE_CAPTURES);
	struct lesson_capture c = { .digest = 0 };
	int rc, err;

	if (!st)
		return store_run(l->s, NULL);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		c.bytes = (uint64_t)sqlite3_column_int64(st, 1);
		if (read_capture(st, 0, 2, &c))
			fn(ctx, &c);
	}
	err = store_result(l->s, rc);
	sqlite3_reset(st);
	return err;
}
