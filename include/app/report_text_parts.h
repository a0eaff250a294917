/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the text report share: the sheet it is written on. Included by src/app/report_text*.c alone. */
#ifndef TIDEGATE_APP_REPORT_TEXT_PARTS_H
#define TIDEGATE_APP_REPORT_TEXT_PARTS_H

#include <stdint.h>

#include "app/report_text.h"

#define SHEET_COLUMNS 80
#define SHEET_INDENT 2
#define SHEET_LABEL 13  /* of a line of a picture, after the indent */
#define SHEET_PICTURE 50 /* columns of a picture of time; the number behind it has the rest */

struct sheet {
	const struct report_data *r;
	struct report_look look;
	FILE *out;
};

/* A string of others in so many columns: harmless, cut with '~', filled with blanks where 'fill'. */
void sheet_cell(const struct sheet *s, const char *text, int columns, bool fill);

void sheet_head(const struct sheet *s, const char *title);
/* A sentence, wrapped at 80 columns behind the indent; strings of others are made harmless. */
void sheet_line(const struct sheet *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line of a picture: its values squeezed into SHEET_PICTURE columns ('sum': added up, else the highest), and what the
 * highest column stands for. missing[i]: not known. */
struct sheet_row {
	const char *label;
	const uint64_t *values;
	const bool *missing;
	size_t n;
	bool sum, bytes;
};

void sheet_row(const struct sheet *s, const struct sheet_row *row);
void sheet_axis(const struct sheet *s); /* hours or days under it */

/* A bar for a share of the most, so many columns wide. */
void sheet_bar(const struct sheet *s, uint64_t value, uint64_t most, int columns);

const char *sheet_when(const struct sheet *s, int64_t at_s, char out[48]); /* local: "Sun 22 14:05" */

/* report_text_lists.c */
void sheet_baseline(const struct sheet *s);
void sheet_tops(const struct sheet *s);
void sheet_egress(const struct sheet *s);
/* report_text_done.c */
void sheet_measures(const struct sheet *s);
void sheet_suspects(const struct sheet *s);
void sheet_detect(const struct sheet *s);

#endif
