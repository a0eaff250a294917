/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lessons slot by slot, for who learns them: as the series that the daemon's own slots have. */
#include "edge/store_lessons.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "core/slot_tally.h"
#include "edge/store_lessons_private.h"

static bool make_room(struct lessons *l)
{
	if (!l->rows)
		l->rows = calloc(TALLY_SERIES, sizeof(*l->rows));
	if (!l->room)
		l->room = calloc(SLOT_SERIES, sizeof(*l->room));
	return l->rows && l->room;
}

static void read_sketch(sqlite3_stmt *st, int column, struct hll64 *out)
{
	memset(out, 0, sizeof(*out));
	if (sqlite3_column_bytes(st, column) == (int)sizeof(*out))
		memcpy(out, sqlite3_column_blob(st, column), sizeof(*out));
}

/* False: a row that is not of ours. */
static bool read_series(sqlite3_stmt *st, struct tally_series *s)
{
	const int64_t direction = sqlite3_column_int64(st, 0), scope = sqlite3_column_int64(st, 1);

	*s = (struct tally_series){ .direction = (uint8_t)direction, .scope = (uint8_t)scope,
		.proto = (uint8_t)sqlite3_column_int(st, 2), .port = (uint16_t)sqlite3_column_int(st, 3),
		.connections = (uint64_t)sqlite3_column_int64(st, 4),
		.packets = { (uint64_t)sqlite3_column_int64(st, 5), (uint64_t)sqlite3_column_int64(st, 6) },
		.bytes = { (uint64_t)sqlite3_column_int64(st, 7), (uint64_t)sqlite3_column_int64(st, 8) } };
	read_sketch(st, 9, &s->peers);
	read_sketch(st, 10, &s->ports);
	return direction >= 0 && direction < TALLY_DIRECTIONS && scope >= TALLY_ALL && scope <= TALLY_OTHER;
}

static int find_slot(struct lessons *l, int64_t from_s, struct tally_slot *out)
{
	sqlite3_stmt *st = store_statement(l->s, STORE_NEXT_LESSON);
	int rc, err;

	if (!st)
		return store_run(l->s, NULL);
	sqlite3_bind_int64(st, 1, from_s);
	rc = sqlite3_step(st);
	err = store_result(l->s, rc);
	if (!err && rc != SQLITE_ROW)
		err = ERR_ABSENT;
	if (!err)
		*out = (struct tally_slot){ .start_s = sqlite3_column_int64(st, 0),
			.from = { sqlite3_column_int64(st, 1) }, .until = { sqlite3_column_int64(st, 2) } };
	sqlite3_reset(st);
	return err;
}

static int read_rows(struct lessons *l, struct tally_slot *t)
{
	sqlite3_stmt *st = store_statement(l->s, STORE_LESSON_SERIES);
	int rc, err;

	if (!st)
		return store_run(l->s, NULL);
	sqlite3_bind_int64(st, 1, t->start_s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW && t->n < TALLY_SERIES)
		t->n += read_series(st, &l->rows[t->n]);
	err = store_result(l->s, rc);
	sqlite3_reset(st);
	return err;
}

int lessons_next_slot(struct lessons *l, int64_t from_s, struct slot *out)
{
	struct tally_slot t = { .n = 0 };
	struct tm local;
	time_t start;
	int err;

	if (!make_room(l))
		return ERR_MEMORY;
	err = find_slot(l, from_s, &t);
	if (!err)
		err = read_rows(l, &t);
	if (err)
		return err;
	t.series = l->rows;
	start = (time_t)t.start_s;
	slot_from_tally(&t, localtime_r(&start, &local) ? (int32_t)local.tm_gmtoff : 0, l->room, out);
	return 0;
}
