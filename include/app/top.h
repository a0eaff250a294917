/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of `tidegate top` share: a frame of the daemon's rows, the views with their columns, and how a row
 * becomes a line. Included by src/app/ctl_top.c and src/app/top_*.c alone. Lines hold printable ASCII only, whatever
 * the names of processes are.
 */
#ifndef TIDEGATE_APP_TOP_H
#define TIDEGATE_APP_TOP_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "app/ctl.h"

enum top_view {
	TOP_SOURCES = 0,
	TOP_SERVICES,
	TOP_FLOWS,
	TOP_INTERFACES,
	TOP_PROCESSES,
	TOP_STATES,
	TOP_INCIDENTS,
	TOP_VIEWS,
};

#define TOP_COLUMNS 12 /* of one view, at most */
#define TOP_LINE 512   /* the widest line, its end included */
#define TOP_CELL 128
#define TOP_WHY 256

/* One refresh. */
struct top_frame {
	json_t *head;            /* NULL: none came yet */
	json_t *rows[TOP_VIEWS]; /* arrays */
};

void top_frame_clear(struct top_frame *f);

/* ---- top_talk.c ---- */

struct top_wish {
	bool views[TOP_VIEWS];
	bool all;      /* loopback and TIME-WAIT, too */
	int64_t watch_s; /* how long the daemon shall go on collecting */
};

/* One refresh into *out, which is cleared first. CTL_OK; else the code, and why is a sentence. Waits two seconds at most;
 * connects anew where it must. CTL_AGAIN: the daemon has only begun to collect, or is late. */
int top_fetch(struct ctl_tool *t, const struct top_wish *w, struct top_frame *out, char why[TOP_WHY]);

/* What explain says of it, as text; the caller's to free. NULL without memory. Waits three seconds at most. */
char *top_explain(const struct ctl_tool *t, const char *what);

/* ---- top_rows.c ---- */

const char *top_view_name(enum top_view v);
bool top_view_parse(const char *name, enum top_view *out);

size_t top_columns(enum top_view v);
const char *top_column_title(enum top_view v, size_t column);

/* What is sorted by to begin with: a column, or top_columns(v): the order in which the rows come. In a word: "traffic". */
size_t top_first_sort(enum top_view v);
const char *top_sort_name(enum top_view v, size_t column);

enum top_order { TOP_BY_NUMBER = 0, TOP_BY_WORD, TOP_BY_TIME };
enum top_order top_column_order(enum top_view v, size_t column);
const char *top_column_field(enum top_view v, size_t column);

/* A cell as text; ASCII. */
void top_cell(enum top_view v, size_t column, json_t *row, char out[TOP_CELL]);

/* The line of a row, or of the titles (row NULL), exactly width columns. */
void top_line(enum top_view v, json_t *row, int width, char out[TOP_LINE]);

/* Where a column stands in such a line. */
void top_place(enum top_view v, size_t column, int width, int *at, int *wide);

/* ---- top_order.c ---- */

/* Numbers greatest first, words from a to z, the latest time first; reverse the other way. Rows that are equal stay in their order. filter: only
 * rows that have it in one of their cells, whatever its case; "": all. The array is new, its rows are borrowed by it. */
json_t *top_sorted(enum top_view v, json_t *rows, size_t column, bool reverse, const char *filter);

/* What tells a row from all others, from one refresh to the next. */
void top_identity(enum top_view v, json_t *row, char out[TOP_CELL]);

/* What explain is to be asked about it; "" where there is nothing. */
void top_subject(enum top_view v, json_t *row, char out[TOP_CELL]);

/* ---- top_rows.c again ---- */

/* A share of a whole, 0 to 1000, that a row is drawn with as a bar in its last column; below 0: none. */
int top_share(enum top_view v, json_t *row);

/* States, protocols and conntrack of a head, as rows. */
json_t *top_state_rows(json_t *head);

/* "12.3M", at most six columns: an amount of bytes, or of bytes a second. */
const char *top_bytes(double n, char out[FORMAT_TEXT]);

/* ---- top_plain.c: frames for who has no terminal, and for programs ---- */

int top_plain(struct ctl_tool *t, int64_t interval_ns, int64_t frames, bool one, enum top_view view);

/* Of all views, the totals of the interfaces and of the connections, in one line of at most width columns. */
void top_summary(const struct top_frame *f, char *out, size_t size);

/* ---- top_screen.c ---- */

/* TOP_NO_SCREEN: this terminal is not known, or cannot move its cursor. */
#define TOP_NO_SCREEN (-1)
int top_screen(struct ctl_tool *t, int64_t interval_ns, int64_t frames, enum top_view view);

#endif
