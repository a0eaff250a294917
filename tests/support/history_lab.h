/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file of history in a folder of its own, and hands to fill it and to look into it; for one test at a time. */
#ifndef TIDEGATE_TESTS_SUPPORT_HISTORY_LAB_H
#define TIDEGATE_TESTS_SUPPORT_HISTORY_LAB_H

#include "edge/store_history.h"

#define DAY INT64_C(86400)
#define HOUR 3600
#define FOUND_MOST 64

extern char path[96], aside[STORE_PATH], why[WHY_TEXT];
extern struct history *h;
extern struct history_opts opts;
extern const struct series_id eth0, host;
extern struct history_total found[FOUND_MOST];
extern size_t n_found;
extern struct history_peer peers[2 * HISTORY_PEERS];
extern size_t n_peers;

void setup(void);
void teardown(void);
void shut(void);
void again(void); /* shut, and opened by opts */

int64_t date(int64_t year, unsigned month, unsigned day); /* midnight, as a clock in Greenwich has it */
struct slot_series link_series(uint64_t in, uint64_t out);
int add_slot(int64_t start_s, int32_t offset, const struct slot_series *series, size_t n);
void add(int64_t start_s, int32_t offset, uint64_t in, uint64_t out);
bool import(int64_t start_s, uint64_t in);

void collect(void *ctx, const struct history_total *t); /* into found */
size_t find(enum period p, const struct series_id *series);
void collect_peer(void *ctx, const struct history_peer *p); /* into peers */

int64_t ask(const char *sql); /* past the store, of the file */

#endif
