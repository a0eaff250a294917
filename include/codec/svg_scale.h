/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scales of plots: where a value stands, where an axis has its lines. For svg_plot.c and its test. Integers, pure. */
#ifndef TIDEGATE_CODEC_SVG_SCALE_H
#define TIDEGATE_CODEC_SVG_SCALE_H

#include "codec/svg_plot.h"

#define PLOT_MOST (UINT64_MAX / 4) /* values are held there, so that no sum of a scale runs over */

struct plot_scale {
	uint64_t top; /* of the axis: at least 1 */
	bool root;    /* of square roots */
	uint64_t ticks[PLOT_TICKS];
	size_t n;
};

void plot_scale_make(struct plot_scale *s, uint64_t most, bool root);

/* Of a room that high (at most 2^32): 0 .. room. */
uint64_t plot_scale_at(const struct plot_scale *s, uint64_t value, uint64_t room);

/* The largest multiple of step that is not above; of times before 1970, too. */
int64_t plot_floor(int64_t value, int64_t step);

/* From one label of a time axis to the next, where the axis is that long: hours, days or weeks, ten at most. */
int64_t plot_time_step(int64_t length_s);

/* The middle one; sorts them. n is 1 at least. */
uint64_t plot_median(uint64_t *values, size_t n);

#endif
