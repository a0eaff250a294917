/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read out of the file of history: slots for who learns, totals and peers for people. */
#include "edge/store_history.h"

#include <string.h>

#include "base/err.h"
#include "core/flow_end.h"
#include "edge/store_history_private.h"

static uint64_t count_at(sqlite3_stmt *st, int column)
{
	int64_t v = sqlite3_column_int64(st, column);

	return v < 0 ? 0 : (uint64_t)v; /* no count of ours */
}

static void read_mean(sqlite3_stmt *st, int column, enum measure_of m, struct history_total *t)
{
	const uint64_t sum = count_at(st, column), seconds = count_at(st, column + 1);

	if (sqlite3_column_type(st, column) == SQLITE_NULL)
		return;
	t->known |= 1U << m;
	/* A slot of less than a second has no mean. */
	t->value[m] = seconds ? (sum + seconds / 2) / seconds : count_at(st, column + 2);
	t->most[m] = count_at(st, column + 2);
}

/* begin, the series (5), seconds, sums (6), means (6 x 3): as the statements have them. False: a row of nobody's. */
static bool read_total(sqlite3_stmt *st, struct history_total *t)
{
	const char *link = (const char *)sqlite3_column_text(st, 5);
	int sums = 7, means = 13;

	memset(t, 0, sizeof(*t));
	t->begin = sqlite3_column_int64(st, 0);
	t->id.kind = (uint8_t)sqlite3_column_int(st, 1);
	t->id.direction = (uint8_t)sqlite3_column_int(st, 2);
	t->id.proto = (uint8_t)sqlite3_column_int(st, 3);
	t->id.port = (uint16_t)sqlite3_column_int(st, 4);
	if (link)
		memcpy(t->id.link, link, strnlen(link, LINK_NAME - 1));
	t->seconds = count_at(st, 6);
	for (int m = 0; m < OF_MEASURES; m++) {
		if (history_has_mean((enum measure_of)m)) {
			read_mean(st, means, (enum measure_of)m, t);
			means += 3;
			continue;
		}
		if (sqlite3_column_type(st, sums) != SQLITE_NULL) {
			t->known |= 1U << m;
			t->value[m] = count_at(st, sums);
		}
		sums++;
	}
	return t->id.kind < SERIES_KINDS;
}

/* ---- slots ---- */

static int find_slot(struct history *h, enum history_origin origin, int64_t from_s, struct slot *out)
{
	sqlite3_stmt *st = store_statement(h->s, STORE_NEXT_SLOT);
	int rc, err;

	if (!st)
		return store_run(h->s, NULL);
	sqlite3_bind_int64(st, 1, origin);
	sqlite3_bind_int64(st, 2, from_s);
	rc = sqlite3_step(st);
	err = store_result(h->s, rc);
	if (!err && rc != SQLITE_ROW)
		err = ERR_ABSENT;
	if (!err)
		*out = (struct slot){ .start_s = sqlite3_column_int64(st, 0),
			.utc_offset_s = sqlite3_column_int(st, 1), .watched_s = (uint32_t)count_at(st, 2),
			.frozen = sqlite3_column_int(st, 3) != 0 };
	sqlite3_reset(st);
	return err;
}

int history_next_slot(struct history *h, enum history_origin origin, int64_t from_s, struct slot *out)
{
	struct slot slot = { .n = 0 };
	struct history_total t;
	sqlite3_stmt *st;
	int err = find_slot(h, origin, from_s, &slot), rc;

	if (err)
		return err;
	st = store_statement(h->s, STORE_SLOT_SERIES);
	if (!st)
		return store_run(h->s, NULL);
	sqlite3_bind_int64(st, 1, origin == HISTORY_OWN ? (int)PERIOD_SLOT : (int)IMPORTED_PERIOD);
	sqlite3_bind_int64(st, 2, slot.start_s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW && slot.n < HISTORY_SLOT_ROWS) {
		struct slot_series *s = &h->room[origin][slot.n];

		if (!read_total(st, &t))
			continue;
		*s = (struct slot_series){ .id = t.id, .known = t.known };
		memcpy(s->value, t.value, sizeof(s->value));
		slot.n++;
	}
	err = store_result(h->s, rc);
	sqlite3_reset(st);
	if (err)
		return err;
	slot.series = h->room[origin];
	*out = slot;
	return 0;
}

int history_known(struct history *h, enum history_origin origin, int64_t from_s, struct history_known *out)
{
	sqlite3_stmt *st = store_statement(h->s, STORE_SUM_SLOTS);
	struct history_known k = { .slots = 0 };
	uint64_t used;
	int64_t crowded_out = 0;
	int rc, err;

	if (!st)
		return store_run(h->s, NULL);
	sqlite3_bind_int64(st, 1, origin);
	sqlite3_bind_int64(st, 2, from_s);
	rc = sqlite3_step(st);
	err = store_result(h->s, rc);
	if (rc == SQLITE_ROW) {
		k.slots = count_at(st, 0);
		k.first_s = sqlite3_column_int64(st, 1);
		k.last_s = sqlite3_column_int64(st, 2);
		k.seconds = count_at(st, 3);
		k.frozen = count_at(st, 4);
	}
	sqlite3_reset(st);
	if (!err)
		err = history_note(h, "crowded_out", &crowded_out);
	if (!err)
		err = store_pages(h->s, &k.bytes, &used);
	k.crowded_out = (uint64_t)crowded_out;
	if (!err)
		*out = k;
	return err;
}

/* ---- totals ---- */

int history_totals(struct history *h, const struct history_query *q, history_total_fn fn, void *ctx)
{
	struct history_total t;
	sqlite3_stmt *st;
	int64_t row = 0;
	int rc, err = q->series ? history_series_row(h, q->series, &row) : 0;

	if (err || (q->series && !row))
		return err;
	st = store_statement(h->s, STORE_TOTALS);
	if (!st)
		return store_run(h->s, NULL);
	sqlite3_bind_int64(st, 1, q->period);
	sqlite3_bind_int64(st, 2, q->from);
	sqlite3_bind_int64(st, 3, q->until);
	sqlite3_bind_int64(st, 4, q->series ? -1 : q->kind);
	sqlite3_bind_int64(st, 5, row);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		if (read_total(st, &t))
			fn(ctx, &t);
	err = store_result(h->s, rc);
	sqlite3_reset(st);
	return err;
}

/* ---- peers ---- */

static bool read_peer(sqlite3_stmt *st, struct history_peer *p)
{
	const uint8_t *bytes = sqlite3_column_blob(st, 1);
	const int len = sqlite3_column_bytes(st, 1);

	*p = (struct history_peer){ .peer = { .direction = (uint8_t)sqlite3_column_int(st, 0),
		.connections = count_at(st, 2), .bytes = { count_at(st, 3), count_at(st, 4) } } };
	if (len == 4)
		p->peer.addr = addr_v4(bytes);
	else if (len == 16)
		p->peer.addr = addr_v6(bytes);
	return (len == 0 || len == 4 || len == 16) && p->peer.direction < FLOW_DIRECTIONS;
}

static sqlite3_stmt *peers_of(struct history *h, enum store_statement which, enum period p, int64_t from, int64_t until)
{
	sqlite3_stmt *st = store_statement(h->s, which);

	if (st) {
		sqlite3_bind_int64(st, 1, p);
		sqlite3_bind_int64(st, 2, from);
		sqlite3_bind_int64(st, 3, until);
	}
	return st;
}

int history_peers(struct history *h, enum period p, int64_t from, int64_t until, history_peer_fn fn, void *ctx)
{
	sqlite3_stmt *st = peers_of(h, STORE_PEERS, p, from, until);
	struct history_peer peer;
	int rc, err;

	if (!st)
		return store_run(h->s, NULL);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (!read_peer(st, &peer))
			continue;
		peer.n = count_at(st, 5);
		fn(ctx, &peer);
	}
	err = store_result(h->s, rc);
	sqlite3_reset(st);
	return err;
}

int history_peer(struct history *h, enum period p, int64_t from, int64_t until, const struct addr *a,
	history_peer_fn fn, void *ctx)
{
	const struct prefix own = source_prefix(source_key(a));
	sqlite3_stmt *st = peers_of(h, STORE_PEER, p, from, until);
	struct history_peer peer;
	int rc, err;

	if (!st)
		return store_run(h->s, NULL);
	sqlite3_bind_blob(st, 4, own.addr.bytes, own.addr.family == FAMILY_V4 ? 4 : 16, SQLITE_STATIC);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (!read_peer(st, &peer))
			continue;
		peer.n = 1;
		peer.begin = sqlite3_column_int64(st, 5);
		fn(ctx, &peer);
	}
	err = store_result(h->s, rc);
	sqlite3_reset(st);
	return err;
}
