/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of tidegate history share. Local times are those of core/period.h. */
#ifndef TIDEGATE_APP_CTL_HISTORY_H
#define TIDEGATE_APP_CTL_HISTORY_H

#include "app/ctl.h"
#include "edge/store_history.h"

struct history_view {
	struct ctl_tool *tool;
	struct history *h;
	bool utf8;
	int64_t local_s;     /* now */
	int64_t offset_s;    /* of it to UTC */
	int64_t since_s;     /* local; only where since_given */
	bool since_given, by_given;
	enum period by;
	const char *path;
};

/* What a series carried from then until then. */
struct history_span {
	uint64_t seconds, in, out, connections;
	unsigned n;          /* rows: hours, or days */
};

/* Sums over the periods from 'from' to 'until', which cuts the last one in proportion: hours of days, days of longer. An
 * enum err of the file, as all of these. */
int history_span_of(struct history_view *v, const struct series_id *id, enum period p, int64_t from, int64_t until,
	struct history_span *out);

/* ---- today, this week, this month, this year ---- */

#define HISTORY_RUNS 5

struct history_run {
	const char *name;    /* "yesterday" */
	int64_t begin, end;
	struct history_span span;
	uint64_t estimated;  /* bytes by its end, if it goes on as so far; 0: it is over, or too young to tell */
};

int history_runs(struct history_view *v, const struct series_id *id, struct history_run runs[HISTORY_RUNS]);

#define HISTORY_GROWTHS 8

struct history_growth {
	const char *of;      /* "today", "this month", "this year" */
	char against[40];
	int64_t begin;       /* of what it is compared with */
	uint64_t then, now;  /* bytes */
	double percent;      /* of bytes a second, as neither may have been watched all the time */
	unsigned n;          /* hours or days of then that are known; of a median what it goes over */
	const char *unit;    /* "h", "d", "days" */
};

/* Only what can be compared; returns how many through *n. */
int history_growths(struct history_view *v, const struct series_id *id, struct history_growth out[HISTORY_GROWTHS],
	size_t *n);

/* ---- ways to print; each gives an exit code ---- */

int ctl_history_summary(struct history_view *v, const struct series_id *id);
int ctl_history_graph(struct history_view *v, const struct series_id *id);
int ctl_history_list(struct history_view *v, enum series_kind kind);
int ctl_history_peers(struct history_view *v);
int ctl_history_peer(struct history_view *v, const struct addr *a);
int ctl_history_file_error(const struct history_view *v, int err);

/* One after the other: what came in, what went out, as parts of the longest. */
void ctl_history_bar(const struct history_view *v, uint64_t in, uint64_t out, uint64_t most, int width);
void ctl_history_legend(const struct history_view *v, const char *longest); /* bar, in words */

/* The period as people write it ("Sat 2026-11-21", "2026-11"); for programs ISO 8601. */
void ctl_history_when(enum period p, int64_t local_s, char out[FORMAT_TEXT]);
const char *ctl_history_iso(enum period p, int64_t local_s, char out[FORMAT_TEXT]);

/* "eth0", "443/tcp in", "host": without the word for its kind. */
void ctl_history_name(const struct series_id *id, char out[SERIES_TEXT]);

#endif
