/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A store in a folder of its own, and a measure that fills every field, for the two tests of edge/store. */
#ifndef TIDEGATE_TESTS_SUPPORT_STORE_LAB_H
#define TIDEGATE_TESTS_SUPPORT_STORE_LAB_H

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "edge/store.h"

#define H (3600 * NS_PER_S)
#define WALL (INT64_C(1790000000) * NS_PER_S)

static char folder[64], path[96], aside[STORE_PATH], why[WHY_TEXT];
static struct store *s;
static const struct lease_moment then = { .mono = { 10 * H }, .wall = { WALL } };

static inline int open_as(const char *boot, uint64_t max_bytes)
{
	struct store_opts o = { .max_bytes = max_bytes };

	snprintf(o.boot, sizeof(o.boot), "%s", boot);
	return store_open(&s, path, &o, aside, why);
}

static inline void make_folder(void)
{
	strcpy(folder, "/tmp/tidegate-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/tidegate.db", folder);
	s = NULL;
}

static inline void make_store(void)
{
	make_folder();
	ck_assert_int_eq(open_as("boot-a", 0), 0);
	ck_assert_str_eq(aside, "");
}

static inline void remove_folder(void)
{
	DIR *d = opendir(folder);
	char name[512];

	store_close(s, false);
	for (const struct dirent *e; (e = readdir(d));) {
		snprintf(name, sizeof(name), "%s/%s", folder, e->d_name);
		unlink(name);
	}
	closedir(d);
	rmdir(folder);
}

static inline struct prefix prefix(const char *text)
{
	struct prefix p;

	ck_assert_int_eq(prefix_parse(text, &p), 0);
	return p;
}

static inline struct measure measure(const char *source)
{
	return (struct measure){
		.subject = { .kind = SUBJECT_SOURCE, .source = prefix(source) },
		.response = RESPONSE_DROP, .scope = SCOPE_SOURCE, .state = MEASURE_APPLIED,
		.origin = ORIGIN_MANUAL, .since = { 9 * H }, .until = { 12 * H },
		.base_ttl_ns = H, .ladder = { RESPONSE_SHIELD, RESPONSE_REFUSE, RESPONSE_DROP },
		.rungs = 3, .rung = 2, .offences = 4, .incident = 0xfedcba9876543210,
		.limit_rate = 4000000000u, .limit_burst = 7, .hits = 123456789012 };
}

static inline void put(const struct measure *m)
{
	ck_assert_int_eq(store_begin(s), 0);
	ck_assert_int_eq(store_put_moment(s, &then), 0);
	ck_assert_int_eq(store_put_measure(s, m), 0);
	ck_assert_int_eq(store_commit(s), 0);
}

#endif
