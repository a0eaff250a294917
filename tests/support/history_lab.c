/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See the header. */
#include "support/history_lab.h"

#include <check.h>
#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"

char path[96], aside[STORE_PATH], why[WHY_TEXT];
struct history *h;
struct history_opts opts;

static char folder[64];

void setup(void)
{
	strcpy(folder, "/tmp/tidegate-history-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/%s", folder, HISTORY_FILE);
	opts = (struct history_opts){ .make = true };
	ck_assert_int_eq(history_open(&h, path, &opts, aside, why), 0);
	ck_assert_str_eq(aside, "");
}

void shut(void)
{
	history_close(h);
	h = NULL;
}

void teardown(void)
{
	DIR *d = opendir(folder);
	char name[512];

	shut();
	for (const struct dirent *e; (e = readdir(d));) {
		snprintf(name, sizeof(name), "%s/%s", folder, e->d_name);
		unlink(name);
	}
	closedir(d);
	rmdir(folder);
}

void again(void)
{
	shut();
	ck_assert_int_eq(history_open(&h, path, &opts, aside, why), 0);
}

int64_t date(int64_t year, unsigned month, unsigned day)
{
	return days_from_civil(year, month, day) * DAY;
}

const struct series_id eth0 = { .kind = SERIES_LINK, .link = "eth0" };
const struct series_id host = { .kind = SERIES_HOST };

struct slot_series link_series(uint64_t in, uint64_t out)
{
	struct slot_series s = { .id = eth0, .known = 1U << OF_BYTES_IN | 1U << OF_BYTES_OUT };

	s.value[OF_BYTES_IN] = in;
	s.value[OF_BYTES_OUT] = out;
	return s;
}

int add_slot(int64_t start_s, int32_t offset, const struct slot_series *series, size_t n)
{
	const struct slot s = { .start_s = start_s, .utc_offset_s = offset, .watched_s = SLOT_S, .series = series,
		.n = n };

	return history_add(h, &s);
}

void add(int64_t start_s, int32_t offset, uint64_t in, uint64_t out)
{
	const struct slot_series s = link_series(in, out);

	ck_assert_int_eq(add_slot(start_s, offset, &s, 1), 0);
}

struct history_total found[FOUND_MOST];
size_t n_found;

void collect(void *ctx, const struct history_total *t)
{
	(void)ctx;
	if (n_found < FOUND_MOST)
		found[n_found] = *t;
	n_found++;
}

size_t find(enum period p, const struct series_id *series)
{
	const struct history_query q = { .period = p, .kind = -1, .series = series, .from = -400 * 366 * DAY,
		.until = 400 * 366 * DAY };

	n_found = 0;
	memset(found, 0, sizeof(found));
	ck_assert_int_eq(history_totals(h, &q, collect, NULL), 0);
	return n_found;
}

struct history_peer peers[2 * HISTORY_PEERS];
size_t n_peers;

void collect_peer(void *ctx, const struct history_peer *p)
{
	(void)ctx;
	if (n_peers < 2 * HISTORY_PEERS)
		peers[n_peers] = *p;
	n_peers++;
}

int64_t ask(const char *sql)
{
	sqlite3_stmt *st;
	int64_t value;
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(st), SQLITE_ROW);
	value = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return value;
}

bool import(int64_t start_s, uint64_t in)
{
	const struct slot_series s = link_series(in, 0);
	const struct slot slot = { .start_s = start_s, .watched_s = SLOT_S, .series = &s, .n = 1 };
	bool taken = false;

	ck_assert_int_eq(history_begin(h), 0);
	ck_assert_int_eq(history_import(h, &slot, &taken), 0);
	ck_assert_int_eq(history_commit(h), 0);
	return taken;
}
