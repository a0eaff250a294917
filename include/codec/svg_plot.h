/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plots as SVG that stands inside of an HTML page: stacked columns, a line before the band of what is usual, a bar of a
 * table, a sparkline. Pure: from values to markup, no colour in it. The page's style sheet gives that by class: grid, tick,
 * lab (odd ones may be hidden where it is narrow), band, mid, line, mark, gap, unsure, k0 .. k3 (what is stacked), bar,
 * spark. Shapes stretch with the page and letters do not: a plot is as wide as its place, whatever that is.
 *
 * The first element of a plot that says something is its title, the next its description, for whoever cannot see it. All
 * strings are escaped. A plot is bounded: PLOT_POINTS points, some 120 bytes each.
 */
#ifndef TIDEGATE_CODEC_SVG_PLOT_H
#define TIDEGATE_CODEC_SVG_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define PLOT_POINTS 512          /* what is beyond is left out; the caller makes them fewer */
#define PLOT_KINDS 4
#define PLOT_UNKNOWN UINT64_MAX  /* a value: the line has a gap there */
#define PLOT_LABEL 24

enum plot_unit { PLOT_COUNT = 0, PLOT_BYTES };

/* Short, as for an axis: "950", "1.2k", "3M"; "640 B", "12.5 kB". Powers of ten. */
void plot_label(enum plot_unit unit, uint64_t value, char out[PLOT_LABEL]);

/* The heights of an axis' lines, lowest first, from 1, 2 or 5 times a power of ten: four at most, the last at or above most. */
#define PLOT_TICKS 5
size_t plot_ticks(uint64_t most, uint64_t out[PLOT_TICKS]);

/* What all plots over time have in common. */
struct plot_frame {
	unsigned id;             /* of its title within the page: each its own */
	const char *title, *about;
	unsigned height;         /* in pixels, at least 80 */
	enum plot_unit unit;
	int64_t begin_s, step_s; /* local time of the first point, and from one to the next: 1 at least */
	size_t n;
	const bool *unsure;      /* of each point: less is known of it; or NULL */
};

struct plot_columns {
	struct plot_frame frame;
	size_t kinds;            /* that stand on each other, 1 to PLOT_KINDS; the first is lowest */
	const char *names[PLOT_KINDS];
	const uint64_t *values[PLOT_KINDS]; /* each n long; unknown ones are not drawn */
};

struct plot_lines {
	struct plot_frame frame;
	size_t kinds;            /* lines, 1 to PLOT_KINDS: classes "line k0" ... */
	const uint64_t *values[PLOT_KINDS];
	const uint64_t *limit;   /* upper edge of what is usual, and its middle; or NULL */
	const uint64_t *middle;
	const bool *marked;      /* points of the first line that get a mark; or NULL */
};

/* Where one value towers above the others (see plot_is_rooted), lines stand on an axis of square roots, which the plot says. */
void svg_plot_columns(struct text *t, const struct plot_columns *p);
void svg_plot_lines(struct text *t, const struct plot_lines *p);
bool plot_is_rooted(const struct plot_lines *p); /* the highest is more than 12 times the middle one of all that are not 0 */

/* A bar of a table's row, for the eye alone: the number stands beside it. */
void svg_plot_bar(struct text *t, uint64_t value, uint64_t most);

/* A line without axes, for the eye alone. */
void svg_plot_spark(struct text *t, const uint64_t *values, size_t n);

#endif
