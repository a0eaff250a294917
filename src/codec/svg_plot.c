/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plots over time. An outer SVG as wide as its place holds letters and lines, placed by percent; an inner one is stretched
 * over it (preserveAspectRatio none, strokes that do not scale) and holds the data, in tens across for each point and tenths
 * of a pixel down. Integers alone: no locale, and every machine draws alike.
 */
#include "codec/svg_plot.h"

#include <inttypes.h>
#include <string.h>

#include "base/time.h"
#include "codec/html_put.h"
#include "codec/svg_scale.h"

#define TOP 20    /* pixels above the highest line, for its label */
#define BOTTOM 24 /* below the lowest, for hours and days */
#define WIDE 10   /* units of one point */

static size_t points(const struct plot_frame *f)
{
	return f->n < PLOT_POINTS ? f->n : PLOT_POINTS;
}

static unsigned inner_height(const struct plot_frame *f)
{
	return (f->height < 80 ? 80 : f->height) - TOP - BOTTOM;
}

/* Tenths of a pixel from the top of the inner picture. */
static uint64_t down(const struct plot_frame *f, const struct plot_scale *s, uint64_t value)
{
	const uint64_t room = (uint64_t)inner_height(f) * 10;

	return room - plot_scale_at(s, value, room);
}

/* ---- the frame ---- */

static void put_begin(struct text *t, const struct plot_frame *f)
{
	const unsigned height = inner_height(f) + TOP + BOTTOM;

	html_put(t, "<svg class=\"plot\" role=\"img\" aria-labelledby=\"p%ut p%ud\" width=\"100%%\" height=\"%u\">\n"
		    "<title id=\"p%ut\">%s</title>\n<desc id=\"p%ud\">%s</desc>\n",
		f->id, f->id, height, f->id, f->title, f->id, f->about);
}

static uint64_t height_of(const struct plot_frame *f, const struct plot_scale *s, size_t i)
{
	return down(f, s, s->ticks[i]) / 10 + TOP;
}

static void put_grid(struct text *t, const struct plot_frame *f, const struct plot_scale *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const uint64_t y = height_of(f, s, i);

		html_put(t, "<line class=\"grid\" x1=\"0\" x2=\"100%%\" y1=\"%" PRIu64 "\" y2=\"%" PRIu64 "\"/>\n", y, y);
	}
}

/* Above their lines and before all shapes, so that no column hides them. */
static void put_heights(struct text *t, const struct plot_frame *f, const struct plot_scale *s)
{
	for (size_t i = 0; i < s->n; i++) {
		char label[PLOT_LABEL];

		plot_label(f->unit, s->ticks[i], label);
		html_put(t, "<text class=\"lab\" x=\"0\" y=\"%" PRIu64 "\">%s</text>\n", height_of(f, s, i) - 4, label);
	}
	if (s->root)
		html_put(t, "<text class=\"lab\" x=\"100%%\" y=\"%u\" text-anchor=\"end\">square-root axis</text>\n", TOP - 4);
}

static void put_percent(struct text *t, uint64_t part, uint64_t whole)
{
	const uint64_t hundredths = part * 10000 / whole;

	html_put(t, "%" PRIu64 ".%u%u%%", hundredths / 100, (unsigned)(hundredths / 10 % 10), (unsigned)(hundredths % 10));
}

/* Letters at the edges would be cut: those stand beside their line, not below its middle. */
static const char *anchor(uint64_t part, uint64_t whole)
{
	return part * 100 < whole * 6 ? "start" : part * 100 > whole * 94 ? "end" : "middle";
}

static void put_time_label(struct text *t, int64_t local_s, int64_t step_s)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
		"Dec" };
	const int64_t days = plot_floor(local_s, 86400) / 86400, of_day = local_s - days * 86400;
	int64_t year;
	unsigned month, day;

	civil_from_days(days, &year, &month, &day);
	if (step_s >= 86400 || of_day == 0)
		html_put(t, "%u %s", day, months[month - 1]);
	else
		html_put(t, "%u%u:%u%u", (unsigned)(of_day / 36000), (unsigned)(of_day / 3600 % 10),
			(unsigned)(of_day / 600 % 6), (unsigned)(of_day / 60 % 10));
}

static void put_times(struct text *t, const struct plot_frame *f)
{
	const int64_t length = (int64_t)points(f) * f->step_s, step = plot_time_step(length);
	const unsigned base = inner_height(f) + TOP;
	unsigned i = 0;

	html_put(t, "<line class=\"base\" x1=\"0\" x2=\"100%%\" y1=\"%u\" y2=\"%u\"/>", base, base);
	if (length <= 0)
		return;
	for (int64_t at = plot_floor(f->begin_s + step - 1, step); at <= f->begin_s + length; at += step, i++) {
		const uint64_t part = (uint64_t)(at - f->begin_s), whole = (uint64_t)length;

		html_put(t, "<line class=\"tick\" y1=\"%u\" y2=\"%u\" x1=\"", base, base + 4);
		put_percent(t, part, whole);
		html_put(t, "\" x2=\"");
		put_percent(t, part, whole);
		html_put(t, "\"/><text class=\"lab%s\" y=\"%u\" text-anchor=\"%s\" x=\"",
			plot_floor(at, 2 * step) == at ? "" : " odd", base + 17, anchor(part, whole));
		put_percent(t, part, whole);
		html_put(t, "\">");
		put_time_label(t, at, step);
		html_put(t, "</text>\n");
	}
}

static void put_inner(struct text *t, const struct plot_frame *f)
{
	html_put(t, "<svg x=\"0\" y=\"%u\" width=\"100%%\" height=\"%u\" viewBox=\"0 0 %zu %u\" "
		    "preserveAspectRatio=\"none\" aria-hidden=\"true\">\n",
		TOP, inner_height(f), points(f) * WIDE, inner_height(f) * 10);
}

/* A stroke below the lowest line for each run of points that less is known of. */
static void put_unsure(struct text *t, const struct plot_frame *f)
{
	for (size_t i = 0, n; f->unsure && i < points(f); i += n + 1) {
		for (n = 0; i + n < points(f) && f->unsure[i + n]; n++)
			;
		if (n == 0)
			continue;
		html_put(t, "<rect class=\"unsure\" y=\"%u\" height=\"3\" x=\"", inner_height(f) + TOP + 1);
		put_percent(t, i, points(f));
		html_put(t, "\" width=\"");
		put_percent(t, n, points(f));
		html_put(t, "\"/>\n");
	}
}

static void put_end(struct text *t)
{
	html_put(t, "</svg>\n");
}

/* ---- columns ---- */

static uint64_t known(const uint64_t *values, size_t i)
{
	return values[i] == PLOT_UNKNOWN ? 0 : values[i];
}

/* Sums are held where the scale ends. */
static uint64_t stack(const struct plot_columns *p, size_t i, size_t kinds)
{
	uint64_t sum = 0;

	for (size_t k = 0; k < kinds; k++) {
		const uint64_t more = known(p->values[k], i);

		sum = more > PLOT_MOST - sum ? PLOT_MOST : sum + more;
	}
	return sum;
}

static void put_column_title(struct text *t, const struct plot_columns *p, size_t i)
{
	const int64_t at = p->frame.begin_s + (int64_t)i * p->frame.step_s;
	char label[PLOT_LABEL];

	html_put(t, "<title>");
	put_time_label(t, at, p->frame.step_s);
	for (size_t k = 0; k < p->kinds; k++) {
		plot_label(p->frame.unit, known(p->values[k], i), label);
		html_put(t, "%s %s %s", k ? "," : ":", label, p->names[k]);
	}
	html_put(t, "</title>");
}

static void put_column(struct text *t, const struct plot_columns *p, const struct plot_scale *s, size_t i)
{
	const struct plot_frame *f = &p->frame;
	uint64_t foot = (uint64_t)inner_height(f) * 10;

	if (stack(p, i, p->kinds) == 0)
		return;
	html_put(t, "<g>");
	put_column_title(t, p, i);
	for (size_t k = 0; k < p->kinds; k++) {
		uint64_t head = down(f, s, stack(p, i, k + 1));

		if (known(p->values[k], i) == 0)
			continue;
		/* What is there at all is seen: two pixels. */
		if (head + 20 > foot)
			head = foot > 20 ? foot - 20 : 0;
		html_put(t, "<rect class=\"k%zu\" x=\"%zu\" y=\"%" PRIu64 "\" width=\"%u\" height=\"%" PRIu64 "\"/>", k,
			i * WIDE + 1, head, WIDE - 2, foot - head);
		foot = head;
	}
	html_put(t, "</g>\n");
}

void svg_plot_columns(struct text *t, const struct plot_columns *p)
{
	const struct plot_frame *f = &p->frame;
	struct plot_scale s;
	uint64_t most = 0;

	for (size_t i = 0; i < points(f); i++)
		most = stack(p, i, p->kinds) > most ? stack(p, i, p->kinds) : most;
	plot_scale_make(&s, most, false);
	put_begin(t, f);
	put_grid(t, f, &s);
	put_times(t, f);
	put_inner(t, f);
	for (size_t i = 0; i < points(f); i++)
		put_column(t, p, &s, i);
	put_end(t);
	put_unsure(t, f);
	put_heights(t, f, &s);
	put_end(t);
}

/* ---- lines ---- */

static void put_point(struct text *t, char how, size_t i, uint64_t y)
{
	html_put(t, "%c%zu %" PRIu64, how, i * WIDE + WIDE / 2, y);
}

/* A point alone is as wide as its place. */
static void put_line(struct text *t, const struct plot_frame *f, const struct plot_scale *s, const uint64_t *values)
{
	bool drawn = false;

	for (size_t i = 0; i < points(f); i++) {
		const bool is_known = values[i] != PLOT_UNKNOWN;
		const bool is_alone = is_known && !drawn && (i + 1 == points(f) || values[i + 1] == PLOT_UNKNOWN);

		if (is_alone)
			html_put(t, "M%zu %" PRIu64 "h%u", i * WIDE + 1, down(f, s, values[i]), WIDE - 2);
		else if (is_known)
			put_point(t, drawn ? 'L' : 'M', i, down(f, s, values[i]));
		drawn = is_known;
	}
}

/* From nothing to the limit, in steps: each point has its own. */
static void put_band(struct text *t, const struct plot_frame *f, const struct plot_scale *s, const uint64_t *limit)
{
	const unsigned foot = inner_height(f) * 10;

	html_put(t, "<path class=\"band\" d=\"");
	for (size_t i = 0; i < points(f); i++) {
		if (limit[i] == PLOT_UNKNOWN)
			continue;
		html_put(t, "M%zu %uV%" PRIu64 "h%uV%uz", i * WIDE, foot, down(f, s, limit[i]), WIDE, foot);
	}
	html_put(t, "\"/>\n");
}

static void put_marks(struct text *t, const struct plot_lines *p, const struct plot_scale *s)
{
	const struct plot_frame *f = &p->frame;

	for (size_t i = 0; p->marked && i < points(f); i++) {
		if (!p->marked[i] || p->values[0][i] == PLOT_UNKNOWN)
			continue;
		html_put(t, "<circle class=\"mark\" r=\"3.5\" cy=\"%" PRIu64 "\" cx=\"",
			down(f, s, p->values[0][i]) / 10 + TOP);
		put_percent(t, i * 2 + 1, points(f) * 2);
		html_put(t, "\"/>\n");
	}
}

static uint64_t highest(const uint64_t *values, size_t n, uint64_t most)
{
	for (size_t i = 0; values && i < n; i++)
		if (values[i] != PLOT_UNKNOWN && values[i] > most)
			most = values[i];
	return most;
}

static uint64_t most_of(const struct plot_lines *p)
{
	uint64_t most = highest(p->limit, points(&p->frame), 0);

	most = highest(p->middle, points(&p->frame), most);
	for (size_t k = 0; k < p->kinds; k++)
		most = highest(p->values[k], points(&p->frame), most);
	return most;
}

/* Not the limit: that may be wide of what ever was, and the lines are what is looked at. */
bool plot_is_rooted(const struct plot_lines *p)
{
	uint64_t all[PLOT_POINTS * PLOT_KINDS];
	size_t n = 0;

	for (size_t k = 0; k < p->kinds; k++)
		for (size_t i = 0; i < points(&p->frame); i++)
			if (known(p->values[k], i))
				all[n++] = p->values[k][i];
	return n && most_of(p) / 12 > plot_median(all, n);
}

static void put_shapes(struct text *t, const struct plot_lines *p, const struct plot_scale *s)
{
	const struct plot_frame *f = &p->frame;

	if (p->limit)
		put_band(t, f, s, p->limit);
	if (p->middle) {
		html_put(t, "<path class=\"mid\" vector-effect=\"non-scaling-stroke\" d=\"");
		put_line(t, f, s, p->middle);
		html_put(t, "\"/>\n");
	}
	for (size_t k = p->kinds; k-- > 0;) {
		html_put(t, "<path class=\"line k%zu\" vector-effect=\"non-scaling-stroke\" d=\"", k);
		put_line(t, f, s, p->values[k]);
		html_put(t, "\"/>\n");
	}
}

void svg_plot_lines(struct text *t, const struct plot_lines *p)
{
	struct plot_scale s;

	plot_scale_make(&s, most_of(p), plot_is_rooted(p));
	put_begin(t, &p->frame);
	put_grid(t, &p->frame, &s);
	put_times(t, &p->frame);
	put_inner(t, &p->frame);
	put_shapes(t, p, &s);
	put_end(t);
	put_unsure(t, &p->frame);
	put_marks(t, p, &s);
	put_heights(t, &p->frame, &s);
	put_end(t);
}

/* ---- in the room of a word ---- */

void svg_plot_bar(struct text *t, uint64_t value, uint64_t most)
{
	const struct plot_scale s = { .top = most ? most : 1 };
	uint64_t part = plot_scale_at(&s, value, 10000);

	if (value && part < 100)
		part = 100;
	html_put(t, "<svg class=\"bar\" aria-hidden=\"true\" width=\"100%%\" height=\"4\">");
	if (part) {
		html_put(t, "<rect height=\"4\" rx=\"2\" width=\"");
		put_percent(t, part, 10000);
		html_put(t, "\"/>");
	}
	put_end(t);
}

void svg_plot_spark(struct text *t, const uint64_t *values, size_t n)
{
	const struct plot_frame f = { .height = TOP + BOTTOM + 36, .n = n };
	struct plot_scale s = { .top = highest(values, points(&f), 1) };

	html_put(t, "<svg class=\"spark\" aria-hidden=\"true\" width=\"100%%\" height=\"36\" viewBox=\"0 -15 %zu 390\" "
		    "preserveAspectRatio=\"none\"><path vector-effect=\"non-scaling-stroke\" d=\"",
		points(&f) * WIDE);
	put_line(t, &f, &s, values);
	html_put(t, "\"/></svg>");
}
