/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Timeline and baseline: buckets of the report as plots, and what left its band as a table. */
#include <string.h>

#include "app/report_html_parts.h"

/* Of one plot; arrays live on the stack while it is drawn. */
struct track {
	uint64_t value[REPORT_BUCKETS];
};

static struct plot_frame frame_of(struct page *p, const char *title, const char *about, unsigned height)
{
	const struct report_data *r = p->r;

	return (struct plot_frame){
		.id = ++p->plots,
		.title = title,
		.about = about,
		.height = height,
		.begin_s = r->n_buckets ? r->buckets[0].begin_s + r->buckets[0].utc_offset_s : 0,
		.step_s = r->width_s > 0 ? r->width_s : 300,
		.n = r->n_buckets < REPORT_BUCKETS ? r->n_buckets : REPORT_BUCKETS,
	};
}

/* What the shapes of a plot stand for. */
static void key_area(struct page *p, const char *class, const char *what)
{
	html_put(&p->t, "<li><svg width=\"12\" height=\"12\" aria-hidden=\"true\"><rect class=\"%s\" y=\"1\" width=\"12\" "
			"height=\"10\"/></svg> %s</li>",
		class, what);
}

static void key_line(struct page *p, const char *class, const char *what)
{
	html_put(&p->t, "<li><svg width=\"18\" height=\"12\" aria-hidden=\"true\"><line class=\"%s\" x1=\"1\" x2=\"17\" "
			"y1=\"6\" y2=\"6\"/></svg> %s</li>",
		class, what);
}

static void key_mark(struct page *p, const char *what)
{
	html_put(&p->t, "<li><svg width=\"10\" height=\"12\" aria-hidden=\"true\"><circle class=\"mark\" cx=\"5\" cy=\"6\" "
			"r=\"4\"/></svg> %s</li>",
		what);
}

/* ---- timeline ---- */

/* In detect mode nothing is done about what was decided. */
static const char *answered(const struct report_data *r)
{
	return r->detect.decisions ? "a measure was decided" : "answered with a measure";
}

static void put_findings(struct page *p)
{
	const struct report_data *r = p->r;
	struct track decided, observed;
	bool unsure[REPORT_BUCKETS], any = false;
	word all, acted, width;
	char about[REPORT_SENTENCE];
	struct text t = text_over(about, sizeof(about));
	struct plot_columns c = { .frame = frame_of(p, "Findings over time", about, 190), .kinds = 2 };

	for (size_t i = 0; i < c.frame.n; i++) {
		const struct report_bucket *b = &r->buckets[i];

		decided.value[i] = b->decided;
		observed.value[i] = b->findings > b->decided ? b->findings - b->decided : 0;
		unsure[i] = b->unsure;
		any |= b->unsure;
	}
	text_addf(&t, "Columns of %s: %s; for %s a measure was decided.", word_span(r->width_s, width),
		word_counted(r->totals.findings, "finding", "findings", all), word_count(r->totals.decided, acted));
	c.names[0] = answered(r);
	c.names[1] = "observed";
	c.values[0] = decided.value;
	c.values[1] = observed.value;
	c.frame.unsure = unsure;
	html_put(&p->t, "<figure>\n<figcaption>Findings <span class=\"dim\">in %s</span></figcaption>\n"
			"<ul class=\"keys\">", width);
	key_area(p, "k0", answered(r));
	key_area(p, "k1", "observed");
	if (any)
		key_line(p, "unsure", "something was lost here");
	html_put(&p->t, "</ul>\n");
	svg_plot_columns(&p->t, &c);
	html_put(&p->t, "</figure>\n");
	page_flush(p);
}

static void put_traffic(struct page *p)
{
	const struct report_data *r = p->r;
	struct track in, out;
	word received, sent, width;
	char about[REPORT_SENTENCE];
	struct text t = text_over(about, sizeof(about));
	struct plot_lines l = { .frame = frame_of(p, "Traffic over time", about, 150), .kinds = 2 };

	for (size_t i = 0; i < l.frame.n; i++) {
		const struct report_bucket *b = &r->buckets[i];

		in.value[i] = b->traffic ? b->bytes_in : PLOT_UNKNOWN;
		out.value[i] = b->traffic ? b->bytes_out : PLOT_UNKNOWN;
	}
	text_addf(&t, "Two lines: %s received and %s sent in all.", word_bytes(r->totals.bytes_in, received),
		word_bytes(r->totals.bytes_out, sent));
	l.frame.unit = PLOT_BYTES;
	l.values[0] = in.value;
	l.values[1] = out.value;
	html_put(&p->t, "<figure>\n<figcaption>Traffic <span class=\"dim\">in %s</span></figcaption>\n<ul class=\"keys\">",
		word_span(r->width_s, width));
	key_line(p, "line k0", "received");
	key_line(p, "line k1", "sent");
	html_put(&p->t, "</ul>\n");
	svg_plot_lines(&p->t, &l);
	html_put(&p->t, "</figure>\n");
	page_flush(p);
}

static bool any_traffic(const struct report_data *r)
{
	for (size_t i = 0; i < r->n_buckets; i++)
		if (r->buckets[i].traffic)
			return true;
	return false;
}

void report_html_timeline(struct page *p)
{
	page_section(p, "timeline", "Timeline", NULL);
	if (!p->r->about.record_known)
		page_nothing(p, "What was found in this time could not be read.");
	else if (p->r->totals.findings == 0)
		page_nothing(p, "Nothing was found in this time.");
	else
		put_findings(p);
	if (any_traffic(p->r))
		put_traffic(p);
	else if (p->r->n_buckets)
		page_nothing(p, "Nobody measured the traffic in this time.");
	page_section_end(p);
}

/* ---- what is normal ---- */

static const char *unit_words(enum measure_of m)
{
	return m >= OF_ESTABLISHED && m <= OF_CLOSE_WAIT ? "at a time" : "in five minutes";
}

static void about_series(const struct report_series *s, struct text *t)
{
	word n;

	if (!s->learned)
		text_add(t, "A line; what is usual is not known yet.");
	else if (s->departures)
		text_addf(t, "A line before the band of what is usual, which it left %s.",
			word_counted(s->departures, "time", "times", n));
	else
		text_add(t, "A line that stayed in the band of what is usual.");
}

static void put_series(struct page *p, const struct report_series *s)
{
	struct track value, limit, middle;
	bool above[REPORT_BUCKETS];
	char title[SERIES_TEXT + 64], about[REPORT_SENTENCE];
	struct text t = text_over(title, sizeof(title)), a = text_over(about, sizeof(about));
	struct plot_lines l = { .frame = frame_of(p, title, about, 150), .kinds = 1 };

	for (size_t i = 0; i < l.frame.n; i++) {
		const struct report_point *at = &s->at[i];

		value.value[i] = at->known ? measure_shown(s->measure, at->value) : PLOT_UNKNOWN;
		limit.value[i] = at->banded ? measure_shown(s->measure, at->limit) : PLOT_UNKNOWN;
		middle.value[i] = at->banded ? measure_shown(s->measure, at->expected) : PLOT_UNKNOWN;
		above[i] = at->above;
	}
	text_addf(&t, "%s: %s %s", s->name, measure_words(s->measure), unit_words(s->measure));
	about_series(s, &a);
	l.frame.unit = measure_is_bytes(s->measure) ? PLOT_BYTES : PLOT_COUNT;
	l.values[0] = value.value;
	l.limit = s->learned ? limit.value : NULL;
	l.middle = s->learned ? middle.value : NULL;
	l.marked = above;
	html_put(&p->t, "<figure>\n<figcaption><bdi>%.*s</bdi>: %s <span class=\"dim\">%s</span></figcaption>\n", PAGE_NAME,
		s->name, measure_words(s->measure), unit_words(s->measure));
	svg_plot_lines(&p->t, &l);
	html_put(&p->t, "</figure>\n");
	page_flush(p);
}

static void put_departure(struct page *p, const struct report_departure *d)
{
	word value, expected, limit, times, lasted;
	struct text t = text_over(times, sizeof(times));

	text_addf(&t, "%u.%u", (unsigned)(d->deviations / 100), (unsigned)(d->deviations / 10 % 10));
	page_row(p, d->name, measure_words(d->measure));
	page_moment(p, "from", d->at_s);
	page_number(p, "for", word_length((int64_t)(d->slots < 100000 ? d->slots : 100000) * SLOT_S, lasted));
	page_number(p, "was", word_measure(d->measure, d->value, value));
	page_number(p, "usual", word_measure(d->measure, d->expected, expected));
	page_number(p, "limit", word_measure(d->measure, d->limit, limit));
	page_number(p, "deviations", d->slow ? "weeks" : times);
	page_row_end(p);
}

static void put_departures(struct page *p)
{
	static const struct page_column columns[] = { { "Series", false }, { "From", true }, { "For", true }, { "Was", true },
		{ "Usual", true }, { "Limit", true }, { "Deviations", true }, { NULL, false } };
	const struct report_baseline *b = &p->r->baseline;

	if (b->n_departures == 0) {
		if (b->judged)
			page_nothing(p, "Nothing left its band.");
		return;
	}
	page_table(p, "What left its band, in five minutes", columns);
	for (size_t i = 0; i < b->n_departures; i++)
		put_departure(p, &b->departures[i]);
	page_table_end(p, b->more_departures);
}

static void baseline_lead(const struct report_data *r, struct text *t)
{
	const struct report_baseline *b = &r->baseline;
	word series, judged, since, slots;

	text_addf(t, "Learned from %s of five minutes since %s; %s of %s known well enough to be judged.",
		word_counted(b->slots, "slot", "slots", slots), word_day(b->since_s + r->about.utc_offset_s, since),
		word_count(b->judged, judged), word_counted(b->series, "series is", "series are", series));
	if (b->judged < b->series)
		text_addf(t, " A series is judged after %u days.", b->learning_days);
}

void report_html_baseline(struct page *p)
{
	const struct report_baseline *b = &p->r->baseline;
	char lead[REPORT_SENTENCE];
	struct text t = text_over(lead, sizeof(lead));
	bool learned = false;

	if (!b->known) {
		page_section(p, "normal", "What is normal", NULL);
		page_nothing(p, "There is no history to judge by yet.");
		page_section_end(p);
		return;
	}
	baseline_lead(p->r, &t);
	page_section(p, "normal", "What is normal", lead);
	for (size_t i = 0; i < b->n; i++)
		learned |= b->list[i].learned;
	if (b->n) {
		html_put(&p->t, "<ul class=\"keys\">");
		key_line(p, "line k0", "what was");
		if (learned) {
			key_line(p, "mid", "what was to be expected");
			key_area(p, "band", "usual, up to the limit");
			key_mark(p, "beyond it");
		}
		html_put(&p->t, "</ul>\n<div class=\"pair\">\n");
		for (size_t i = 0; i < b->n; i++)
			put_series(p, &b->list[i]);
		html_put(&p->t, "</div>\n");
	}
	put_departures(p);
	page_section_end(p);
}
