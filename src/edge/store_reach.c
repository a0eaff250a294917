/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "edge/store_reach.h"

#include <string.h>

#include "base/err.h"
#include "edge/store_history_private.h"

#define ROW_BYTES 2048 /* of the cap, for one row: an eighth of a small file at most */
#define SPARE 8        /* more than there may be by that part, and the least are removed */

static int64_t held(uint64_t value)
{
	return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

/* Texts of ours hold nothing that a terminal would act on; others have been put there by somebody else. */
static bool is_text(const char *s, size_t size)
{
	const size_t len = strnlen(s, size);

	if (len == size)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
			return false;
	return true;
}

static bool makes_sense(const struct reach_record *x)
{
	return x->actor.kind < ACTOR_KINDS && (x->to.family == FAMILY_V4 || x->to.family == FAMILY_V6) && x->days &&
		x->first_s >= 0 && x->first_s <= x->last_s && x->last_s <= UINT32_MAX &&
		is_text(x->unit, sizeof(x->unit)) && is_text(x->name, sizeof(x->name));
}

int history_put_reach(struct history *h, const struct reach_record *x)
{
	sqlite3_stmt *st;

	if (!makes_sense(x))
		return ERR_RANGE;
	st = store_statement(h->s, STORE_PUT_REACH);
	if (!st)
		return store_run(h->s, NULL);
	sqlite3_bind_int64(st, 1, x->uid);
	store_bind_text(st, 2, x->unit);
	sqlite3_bind_blob(st, 3, x->to.bytes, x->to.family == FAMILY_V4 ? 4 : 16, SQLITE_STATIC);
	sqlite3_bind_int64(st, 4, x->proto);
	sqlite3_bind_int64(st, 5, x->port);
	sqlite3_bind_int64(st, 6, x->actor.kind);
	sqlite3_bind_int64(st, 7, x->actor.level);
	sqlite3_bind_int64(st, 8, held(x->count));
	sqlite3_bind_int64(st, 9, held(x->bytes[FLOW_THERE]));
	sqlite3_bind_int64(st, 10, held(x->bytes[FLOW_BACK]));
	sqlite3_bind_int64(st, 11, held(x->day_bytes));
	sqlite3_bind_int64(st, 12, held(x->day_most));
	sqlite3_bind_int64(st, 13, x->first_s);
	sqlite3_bind_int64(st, 14, x->last_s);
	sqlite3_bind_int64(st, 15, x->days);
	store_bind_text(st, 16, x->name);
	return store_run(h->s, st);
}

int history_prune_reach(struct history *h)
{
	const uint64_t room = h->opts.max_bytes / ROW_BYTES;
	const int64_t most = room && room < HISTORY_REACH ? (int64_t)room : HISTORY_REACH;
	sqlite3_stmt *st;
	int64_t n = 0;
	int err = store_ask(h->s, STORE_COUNT_REACH, &n);

	if (err || n <= most + most / SPARE)
		return err;
	st = store_statement(h->s, STORE_FORGET_REACH);
	if (st)
		sqlite3_bind_int64(st, 1, n - most);
	return store_run(h->s, st);
}

/* ---- out of it ---- */

static bool take_text(sqlite3_stmt *st, int column, char *out, size_t size)
{
	const unsigned char *said = sqlite3_column_text(st, column);
	const int n = sqlite3_column_bytes(st, column);

	if (!said || n < 0 || (size_t)n >= size)
		return false;
	memcpy(out, said, (size_t)n);
	out[n] = '\0';
	return strlen(out) == (size_t)n;
}

static bool take_addr(sqlite3_stmt *st, int column, struct addr *out)
{
	const int n = sqlite3_column_bytes(st, column);

	if (sqlite3_column_type(st, column) != SQLITE_BLOB || (n != 4 && n != 16))
		return false;
	out->family = n == 4 ? FAMILY_V4 : FAMILY_V6;
	memcpy(out->bytes, sqlite3_column_blob(st, column), (size_t)n);
	return true;
}

static bool take_number(sqlite3_stmt *st, int column, int64_t most, int64_t *out)
{
	*out = sqlite3_column_int64(st, column);
	return sqlite3_column_type(st, column) == SQLITE_INTEGER && *out >= 0 && *out <= most;
}

static bool read_row(sqlite3_stmt *st, struct reach_record *x)
{
	static const struct {
		int column;
		int64_t most;
	} numbers[] = { { 0, UINT32_MAX }, { 3, UINT8_MAX }, { 4, UINT16_MAX }, { 5, ACTOR_KINDS - 1 }, { 6, UINT8_MAX },
		{ 7, INT64_MAX }, { 8, INT64_MAX }, { 9, INT64_MAX }, { 10, INT64_MAX }, { 11, INT64_MAX }, { 12, UINT32_MAX },
		{ 13, UINT32_MAX }, { 14, UINT16_MAX } };
	int64_t v[sizeof(numbers) / sizeof(numbers[0])];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!take_number(st, numbers[i].column, numbers[i].most, &v[i]))
			return false;
	*x = (struct reach_record){ .uid = (uint32_t)v[0], .proto = (uint8_t)v[1], .port = (uint16_t)v[2],
		.actor = { .kind = (uint8_t)v[3], .level = (uint8_t)v[4] }, .count = (uint64_t)v[5],
		.bytes = { (uint64_t)v[6], (uint64_t)v[7] }, .day_bytes = (uint64_t)v[8], .day_most = (uint64_t)v[9],
		.first_s = v[10], .last_s = v[11], .days = (uint16_t)v[12] };
	x->actor.uid = x->actor.kind == ACTOR_USER ? x->uid : 0;
	return take_text(st, 1, x->unit, sizeof(x->unit)) && take_addr(st, 2, &x->to) &&
		take_text(st, 15, x->name, sizeof(x->name)) && makes_sense(x);
}

int history_each_reach(struct history *h, history_reach_fn fn, void *ctx, uint64_t *odd)
{
	sqlite3_stmt *st = store_statement(h->s, STORE_REACH);
	struct reach_record x;
	bool goes_on = true;
	int rc = SQLITE_DONE, err;

	if (!st)
		return store_run(h->s, NULL);
	sqlite3_bind_int64(st, 1, REACH_RECORDS);
	while (goes_on && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (read_row(st, &x))
			goes_on = fn(ctx, &x);
		else
			++*odd;
	}
	err = store_result(h->s, rc);
	sqlite3_reset(st);
	return err;
}
