/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows by name, for counting who was there most: bounded, and fair to whoever comes late. Where it is full the lesser half
 * goes, and is counted.
 */
#ifndef TIDEGATE_APP_REPORT_TABLE_H
#define TIDEGATE_APP_REPORT_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "app/report.h"
#include "base/hash.h"

struct report_table;

/* By how much a row is to be kept before another. */
typedef uint64_t (*report_worth_fn)(const void *row);

struct report_table_opts {
	size_t row_bytes;      /* its first member is char[REPORT_NAME], its name */
	size_t most;           /* rows, 2 at least */
	report_worth_fn worth;
	const struct hash_key *key; /* outlives it: names are chosen by others */
};

int report_table_create(struct report_table **out, const struct report_table_opts *o); /* ERR_MEMORY */
void report_table_destroy(struct report_table *t);

/* The row of that name, made (all else 0) where there was none; valid until the next call. A long name is cut. */
void *report_table_at(struct report_table *t, const char *name);
void *report_table_find(const struct report_table *t, const char *name); /* or NULL */

/* Puts them in order of worth, most first (of equals by name); rows are then counted from 0. */
void report_table_sort(struct report_table *t);
size_t report_table_count(const struct report_table *t);
void *report_table_row(const struct report_table *t, size_t i);

/* What went: rows, and their worth together. */
uint64_t report_table_gone(const struct report_table *t, uint64_t *worth);

#endif
