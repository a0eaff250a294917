/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Round numbers for axes, and places on them. */
#include "codec/svg_scale.h"

/* ---- numbers ---- */

void plot_label(enum plot_unit unit, uint64_t value, char out[PLOT_LABEL])
{
	static const char *const counts[] = { "", "k", "M", "G", "T", "P", "E" };
	static const char *const bytes[] = { " B", " kB", " MB", " GB", " TB", " PB", " EB" };
	struct text t = text_over(out, PLOT_LABEL);
	uint64_t scale = 1;
	unsigned power = 0;

	for (; value / scale >= 1000; power++)
		scale *= 1000;
	const uint64_t tenth = scale / 10; /* 0: there are none */
	uint64_t tenths = tenth ? value / tenth : value * 10;

	if (tenth && (value % tenth) * 2 >= tenth)
		tenths++;
	/* 999.96 k is a million. */
	if (tenths >= 10000 && scale > 1) {
		tenths /= 1000;
		power++;
	}
	text_addf(&t, "%llu", (unsigned long long)(scale == 1 ? value : tenths / 10));
	if (scale > 1 && tenths < 1000 && tenths % 10)
		text_addf(&t, ".%u", (unsigned)(tenths % 10));
	text_add(&t, unit == PLOT_BYTES ? bytes[power] : counts[power]);
}

/* The least of 1, 2, 5 times a power of ten that is not below. */
static uint64_t round_up(uint64_t least)
{
	uint64_t power = 1;

	while (power < least / 10 + (least % 10 != 0))
		power *= 10;
	if (power >= least)
		return power;
	return power * 2 >= least ? power * 2 : power * 5 >= least ? power * 5 : power * 10;
}

size_t plot_ticks(uint64_t most, uint64_t out[PLOT_TICKS])
{
	const uint64_t held = most > PLOT_MOST ? PLOT_MOST : most;
	const uint64_t step = round_up(held / (PLOT_TICKS - 1) + (held % (PLOT_TICKS - 1) != 0));
	size_t n = 0;

	do {
		out[n] = step ? step * (n + 1) : 1;
	} while (out[n++] < held && n < PLOT_TICKS);
	return n;
}

/* Of square roots the lines stand at about all, a quarter and a sixteenth: evenly for the eye. */
static size_t root_ticks(uint64_t most, uint64_t out[PLOT_TICKS])
{
	const uint64_t top = round_up(most);
	size_t n = 0;

	for (uint64_t part = 16; part >= 1; part /= 4) {
		const uint64_t tick = round_up(top / part);

		if (tick && (n == 0 || tick > out[n - 1]))
			out[n++] = tick;
	}
	return n;
}

void plot_scale_make(struct plot_scale *s, uint64_t most, bool root)
{
	const uint64_t held = most > PLOT_MOST ? PLOT_MOST : most ? most : 1;

	s->root = root;
	s->n = root ? root_ticks(held, s->ticks) : plot_ticks(held, s->ticks);
	s->top = s->ticks[s->n - 1];
}

/* ---- places ---- */

static uint64_t square_root(uint64_t value)
{
	uint64_t root = 0;

	for (uint64_t bit = UINT64_C(1) << 31; bit; bit >>= 1)
		if ((root + bit) * (root + bit) <= value)
			root += bit;
	return root;
}

/* part / whole of a room: both are made smaller until the product fits. */
static uint64_t share(uint64_t part, uint64_t whole, uint64_t room)
{
	while (part > UINT64_MAX / room) {
		part >>= 1;
		whole >>= 1;
	}
	return part * room / whole;
}

uint64_t plot_scale_at(const struct plot_scale *s, uint64_t value, uint64_t room)
{
	if (value >= s->top)
		return room;
	/* Of small numbers the root of a multiple, or it would be all steps. */
	if (s->root && s->top < UINT64_C(1) << 40)
		return share(square_root(value << 22), square_root(s->top << 22), room);
	if (s->root)
		return share(square_root(value), square_root(s->top), room);
	return share(value, s->top, room);
}

int64_t plot_floor(int64_t value, int64_t step)
{
	const int64_t rest = value % step;

	return value - (rest < 0 ? rest + step : rest);
}

int64_t plot_time_step(int64_t length_s)
{
	static const int64_t steps[] = { 60, 300, 600, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800,
		2 * 604800, 4 * 604800 };
	const size_t n = sizeof(steps) / sizeof(steps[0]);
	int64_t step;

	for (size_t i = 0; i < n; i++)
		if (length_s / steps[i] <= 9)
			return steps[i];
	for (step = steps[n - 1]; length_s / step > 9; step *= 2)
		;
	return step;
}

/* Insertion: some hundred values. */
uint64_t plot_median(uint64_t *values, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		const uint64_t value = values[i];
		size_t at = i;

		for (; at > 0 && values[at - 1] > value; at--)
			values[at] = values[at - 1];
		values[at] = value;
	}
	return values[n / 2];
}
