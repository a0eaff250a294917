/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the HTML report share: the page that is written, and words for values. Included by src/app/report_html*.c
 * alone. Markup stands in the formats of html_put and nowhere else; what a value says is escaped there.
 */
#ifndef TIDEGATE_APP_REPORT_HTML_PARTS_H
#define TIDEGATE_APP_REPORT_HTML_PARTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "app/report.h"
#include "base/text.h"
#include "codec/html_put.h"
#include "codec/svg_plot.h"

#define PAGE_ROOM 49152  /* the longest piece between two page_flush: a plot of REPORT_BUCKETS columns and its table */
#define PAGE_NAME 56     /* characters that are shown of a name of others; the JSON report has all of them */
#define PAGE_SHORT 32    /* of a rule, a place in a file */
#define PAGE_ROWS 40     /* of a table; how many there are besides is said */

struct page {
	const struct report_data *r;
	FILE *out;
	bool failed;     /* the stream, or a piece that was longer than the room */
	unsigned plots;  /* so far: each has its own number */
	struct text t;
	char room[PAGE_ROOM];
};

/* Hands what was put to the stream. Between any two of them stands less than PAGE_ROOM. */
void page_flush(struct page *p);

uint64_t sum_held(uint64_t a, uint64_t b); /* held at the largest there is */

/* ---- words: each gives back out ---- */

typedef char word[48];

const char *word_count(uint64_t n, word out);                       /* "12,345" */
const char *word_brief(uint64_t n, word out);                       /* the same, or "18.4E" where that is too long */
const char *word_counted(uint64_t n, const char *one, const char *many, word out); /* "1 finding", "2 findings" */
const char *word_bytes(uint64_t n, word out);                       /* "12.5 kB" */
const char *word_length(int64_t s, word out);                       /* short: "24h", "1h5m" */
const char *word_span(int64_t s, word out);                         /* in a sentence: "24 hours", "7 days", "15 minutes" */
const char *word_day(int64_t local_s, word out);                    /* "Sat 21 Nov 2026" */
const char *word_clock(int64_t local_s, word out);                  /* "14:05" */
const char *word_moment(const struct report_data *r, int64_t s, word out);   /* local: "21 Nov 14:05" */
const char *word_percent(uint64_t part, uint64_t whole, word out);  /* "99.9 %" */

const char *measure_words(enum measure_of m); /* "new connections" */
bool measure_is_bytes(enum measure_of m);
/* As it is shown: states are kept in hundredths. */
uint64_t measure_shown(enum measure_of m, uint64_t value);
const char *word_measure(enum measure_of m, uint64_t value, word out);

#define NO_NUMBER "–"

/* ---- pieces ---- */

/* <time>, local for people and UTC for machines; where s is 0 a dash. */
void page_time(struct page *p, int64_t s);

/* A section with its heading; lead: what it shows, for people; page_section_end ends it. */
void page_section(struct page *p, const char *id, const char *heading, const char *lead);
void page_section_end(struct page *p);

/* What stands where there is nothing to show. */
void page_nothing(struct page *p, const char *sentence);

struct page_column {
	const char *name;
	bool number;
};

/* Columns until a NULL name. The caption is for who cannot see where the table stands. */
void page_table(struct page *p, const char *caption, const struct page_column *columns);
void page_table_end(struct page *p, uint64_t more); /* so many have no row */

/* Cells, between page_row and page_row_end. The label stands before the value where the page is narrow. */
void page_row(struct page *p, const char *name, const char *about);
void page_cell(struct page *p, const char *label, const char *value);
void page_number(struct page *p, const char *label, const char *value); /* NO_NUMBER: left out where it is narrow */
void page_moment(struct page *p, const char *label, int64_t s);
void page_row_end(struct page *p);

/* ---- the style sheet, and its hash for the policy of the page ---- */

extern const char *const report_html_style[]; /* in pieces, until a NULL */
extern const char report_html_style_hash[];   /* SHA-256 of all of them, in base64 */

/* ---- sections, in their order ---- */

void report_html_summary(struct page *p);
void report_html_timeline(struct page *p);
void report_html_baseline(struct page *p);
void report_html_who(struct page *p);
void report_html_measures(struct page *p);
void report_html_doubts(struct page *p);
void report_html_detect(struct page *p);
void report_html_egress(struct page *p);
void report_html_life(struct page *p);
void report_html_unknown(struct page *p);

#endif
