/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first screen: one sentence, then what happened, what was done, what to look at, then the numbers. It never says that
 * all is well where the report does not know.
 */
#include <string.h>

#include "app/report_html_parts.h"

/* ---- the sentence ---- */

/* Of what was found and done; traffic is another matter. */
static bool is_recorded(const struct report_data *r)
{
	return r->about.record_known && (r->about.record_from_s || r->totals.findings || r->losses.counted);
}

static int64_t span_of(const struct report_data *r)
{
	return r->about.until_s - r->about.from_s;
}

/* A twentieth of the time without a witness, or anything lost on the way: quiet is no proof then. */
static bool sees_all(const struct report_data *r)
{
	uint64_t lost = r->losses.n_troubles;

	for (unsigned i = 0; i < REPORT_LOSSES; i++)
		lost |= r->losses.lost[i];
	return r->losses.counted && !lost && r->about.unknown_s <= span_of(r) / 20;
}

static void put_sentence(struct page *p)
{
	const struct report_data *r = p->r;
	const struct report_totals *t = &r->totals;
	word length, found, applied, would;

	html_put(&p->t, "<p class=\"verdict\">");
	word_span(span_of(r), length);
	word_counted(t->findings, "finding", "findings", found);
	if (!is_recorded(r))
		html_put(&p->t, "There is no record of these %s.", length);
	else if (t->findings == 0)
		html_put(&p->t, sees_all(r) ? "Nothing was found in %s." : "Nothing was found in %s, but not all of it was seen.",
			length);
	else if (t->applied && t->decided)
		html_put(&p->t, "%s in %s, answered with %s.", found, length,
			word_counted(t->applied, "measure", "measures", applied));
	else if (t->decided == 0)
		html_put(&p->t, "%s in %s; none of them called for a measure.", found, length);
	else if (r->detect.decisions)
		html_put(&p->t, "%s in %s. Nothing was done in detect mode; enforcing would have led to %s.", found, length,
			word_counted(r->detect.decisions, "measure", "measures", would));
	else
		html_put(&p->t, "%s in %s; no measure came into force.", found, length);
	html_put(&p->t, "</p>\n");
}

/* ---- what happened ---- */

static const struct report_bucket *busiest(const struct report_data *r)
{
	const struct report_bucket *most = NULL;

	for (size_t i = 0; i < r->n_buckets; i++)
		if (r->buckets[i].findings > (most ? most->findings : 0))
			most = &r->buckets[i];
	return most;
}

static void put_happened(struct page *p)
{
	const struct report_data *r = p->r;
	const struct report_bucket *most = busiest(r);
	word n, at, length;

	if (r->rules.n && r->rules.list[0].findings)
		html_put(&p->t, "<li>Most of all <b><bdi>%.*s</bdi></b>: %s.</li>\n", PAGE_SHORT, r->rules.list[0].name,
			word_counted(r->rules.list[0].findings, "finding", "findings", n));
	if (most)
		html_put(&p->t, "<li>Busiest from %s: %s in %s.</li>\n", word_moment(r, most->begin_s, at),
			word_counted(most->findings, "finding", "findings", n), word_span(r->width_s, length));
	if (r->sources.n && r->sources.list[0].findings)
		html_put(&p->t, "<li>Most of %s: <code><bdi>%.*s</bdi></code></li>\n",
			word_counted(sum_held(r->sources.n, r->sources.more), "source", "sources", n), PAGE_SHORT, r->sources.list[0].name);
	if (r->baseline.n_departures)
		html_put(&p->t, "<li>Traffic left what is normal %s.</li>\n",
			word_counted(sum_held(r->baseline.n_departures, r->baseline.more_departures), "time", "times", n));
	else if (r->baseline.judged)
		html_put(&p->t, "<li>Traffic stayed within what is normal.</li>\n");
	if (!is_recorded(r))
		html_put(&p->t, "<li>What was found is not known.</li>\n");
	if (r->totals.findings == 0 && r->totals.watched_s)
		html_put(&p->t, "<li>%s came and went.</li>\n",
			word_counted(r->totals.connections, "connection", "connections", n));
}

/* ---- what was done ---- */

static void put_done(struct page *p)
{
	const struct report_totals *t = &p->r->totals;
	word n, m;

	if (!is_recorded(p->r)) {
		html_put(&p->t, "<li>Nothing that is known of.</li>\n");
		return;
	}
	if (t->applied == 0)
		html_put(&p->t, "<li>%s</li>\n", p->r->about.last == REPORT_MODE_DETECT ? "Nothing: tidegate only watched (detect mode)."
										 : "Nothing had to be done.");
	if (t->applied)
		html_put(&p->t, "<li>%s in force; %s at the end.</li>\n",
			word_counted(t->applied, "measure was put", "measures were put", n),
			t->standing ? word_counted(t->standing, "stands", "stand", m) : "none stands");
	if (t->packets_dropped)
		html_put(&p->t, "<li>%s dropped.</li>\n", word_counted(t->packets_dropped, "packet was", "packets were", n));
	if (t->expired)
		html_put(&p->t, "<li>%s out, as meant.</li>\n", word_counted(t->expired, "ran", "ran", n));
	if (t->unblocked)
		html_put(&p->t, "<li>%s taken back.</li>\n", word_counted(t->unblocked, "was", "were", n));
	if (t->guarded)
		html_put(&p->t, "<li>Guards kept %s from being acted on.</li>\n",
			word_counted(t->guarded, "finding", "findings", n));
	if (t->refused)
		html_put(&p->t, "<li>%s by the kernel.</li>\n", word_counted(t->refused, "was refused", "were refused", n));
}

/* ---- what to look at ---- */

static void put_look(struct page *p, const char *section, const char *number, const char *what)
{
	html_put(&p->t, "<li><a href=\"#%s\">%s%s%s</a></li>\n", section, number, *number ? " " : "", what);
}

static void look_counted(struct page *p, const char *section, uint64_t n, const char *one, const char *many)
{
	word text;

	if (n)
		put_look(p, section, word_count(n, text), n == 1 ? one : many);
}

/* The first lines: what does not mend itself. */
static void look_at_once(struct page *p, const char *section, uint64_t n, const char *one, const char *many)
{
	word text;

	if (n)
		html_put(&p->t, "<li><a class=\"flag\" href=\"#%s\">%s %s</a></li>\n", section, word_count(n, text),
			n == 1 ? one : many);
}

static uint64_t lost_kinds(const struct report_losses *l)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < REPORT_LOSSES; i++)
		n += l->lost[i] != 0;
	return n;
}

static uint64_t outside_lists(const struct report_egress *e)
{
	uint64_t n = 0;

	for (size_t i = 0; i < e->n_lists; i++)
		n += e->lists[i].outside > 0;
	return n;
}

static bool digests_differ(const struct report_about *a)
{
	return a->digest[0] && a->ran_digest[0] && strcmp(a->digest, a->ran_digest) != 0;
}

static void put_looks(struct page *p)
{
	const struct report_data *r = p->r;
	const struct report_about *a = &r->about;
	word length;

	look_at_once(p, "life", r->totals.alarms, "alarm", "alarms");
	look_at_once(p, "life", r->losses.budget_alarms, "budget was exceeded", "budgets were exceeded");
	look_at_once(p, "life", r->totals.reloads_failed, "reload failed", "reloads failed");
	look_at_once(p, "measures", r->totals.refused, "measure was refused by the kernel", "measures were refused by the kernel");
	look_at_once(p, "egress", r->egress.confirmed, "confirmed finding about what leaves this host",
		"confirmed findings about what leaves this host");
	look_counted(p, "egress", outside_lists(&r->egress), "allowlist was left", "allowlists were left");
	look_counted(p, "doubts", sum_held(r->suspects.n, r->suspects.more), "decision may have been wrong",
		"decisions may have been wrong");
	look_counted(p, "normal", sum_held(r->baseline.n_departures, r->baseline.more_departures), "departure from what is normal",
		"departures from what is normal");
	if (digests_differ(a))
		put_look(p, "life", "", "The daemon ran with other rules than the file has now");
	if (a->configured && a->last && a->configured != a->last)
		put_look(p, "life", "", "The daemon is in another mode than the file says");
	if (a->unknown_s > span_of(r) / 20) {
		html_put(&p->t, "<li><a href=\"#life\">For %s nothing tells of a daemon</a></li>\n",
			word_span(a->unknown_s, length));
	}
	look_counted(p, "unknown", lost_kinds(&r->losses), "kind of thing was lost", "kinds of things were lost");
	look_counted(p, "unknown", r->losses.n_troubles, "gap in what is known", "gaps in what is known");
}

static void put_summary_lists(struct page *p)
{
	size_t before;

	html_put(&p->t, "<div class=\"three\">\n<div>\n<h3>What happened</h3>\n<ul>\n");
	put_happened(p);
	html_put(&p->t, "</ul>\n</div>\n<div>\n<h3>What was done</h3>\n<ul>\n");
	put_done(p);
	html_put(&p->t, "</ul>\n</div>\n<div class=\"look\">\n<h3>What to look at</h3>\n<ul>\n");
	before = p->t.len;
	put_looks(p);
	if (p->t.len == before)
		html_put(&p->t, "<li class=\"fine\">%s</li>\n", is_recorded(p->r) ? "Nothing needs attention." : "Whether tidegated runs.");
	html_put(&p->t, "</ul>\n</div>\n</div>\n");
	page_flush(p);
}

/* ---- the numbers ---- */

struct tile {
	const char *name, *value, *note;
	uint64_t spark[REPORT_BUCKETS];
	bool sparks;
};

static void put_tile(struct page *p, const struct tile *tile)
{
	html_put(&p->t, "<div><dt>%s</dt><dd><b>%s</b> <small>%s</small>", tile->name, tile->value, tile->note);
	if (tile->sparks)
		svg_plot_spark(&p->t, tile->spark, p->r->n_buckets);
	html_put(&p->t, "</dd></div>\n");
	page_flush(p);
}

static const char *in_and_out(const struct report_totals *t, word out)
{
	struct text both = text_over(out, sizeof(word));
	word in, sent;

	text_addf(&both, "%s in, %s out", word_bytes(t->bytes_in, in), word_bytes(t->bytes_out, sent));
	return out;
}

/* The words of the tiles. */
struct tile_words {
	word value[4], note[4];
};

static void fill_sparks(const struct report_data *r, struct tile tiles[4])
{
	for (size_t i = 0; i < r->n_buckets && i < REPORT_BUCKETS; i++) {
		const struct report_bucket *at = &r->buckets[i];

		tiles[0].spark[i] = at->findings;
		tiles[1].spark[i] = at->begun;
		tiles[2].spark[i] = at->traffic ? at->connections : PLOT_UNKNOWN;
		tiles[3].spark[i] = at->traffic ? sum_held(at->bytes_in, at->bytes_out) : PLOT_UNKNOWN;
	}
}

static void fill_found(const struct report_totals *t, struct tile tiles[2], struct tile_words *w)
{
	tiles[0].value = word_brief(t->findings, w->value[0]);
	tiles[0].note = word_counted(t->incidents, "incident", "incidents", w->note[0]);
	tiles[0].sparks = t->findings > 0;
	tiles[1].value = word_brief(t->applied, w->value[1]);
	tiles[1].note = word_counted(t->standing, "stands", "stand", w->note[1]);
	tiles[1].sparks = t->applied > 0;
}

static void fill_watched(const struct report_totals *t, uint64_t span, struct tile tiles[2], struct tile_words *w)
{
	struct text note = text_over(w->note[2], sizeof(w->note[2]));
	word percent;

	text_addf(&note, "%s of the time watched", word_percent(t->watched_s, span, percent));
	tiles[0].value = word_brief(t->connections, w->value[2]);
	tiles[0].note = w->note[2];
	tiles[0].sparks = t->connections > 0;
	tiles[1].value = word_bytes(sum_held(t->bytes_in, t->bytes_out), w->value[3]);
	tiles[1].note = in_and_out(t, w->note[3]);
	tiles[1].sparks = (t->bytes_in | t->bytes_out) > 0;
}

static void put_tiles(struct page *p)
{
	const struct report_data *r = p->r;
	const char *const names[4] = { "Findings", "Measures begun", "Connections", "Traffic" };
	struct tile tiles[4];
	struct tile_words words = { .value = { "" } };

	for (size_t i = 0; i < 4; i++)
		tiles[i] = (struct tile){ .name = names[i], .value = NO_NUMBER, .note = i < 2 ? "not known" : "not watched" };
	fill_sparks(r, tiles);
	if (is_recorded(r))
		fill_found(&r->totals, tiles, &words);
	if (r->totals.watched_s)
		fill_watched(&r->totals, span_of(r) > 0 ? (uint64_t)span_of(r) : 1, tiles + 2, &words);
	html_put(&p->t, "<dl class=\"tiles\">\n");
	for (size_t i = 0; i < 4; i++)
		put_tile(p, &tiles[i]);
	html_put(&p->t, "</dl>\n");
}

void report_html_summary(struct page *p)
{
	html_put(&p->t, "<section aria-label=\"Summary\" class=\"summary\">\n<h2 class=\"unseen\">Summary</h2>\n");
	put_sentence(p);
	put_summary_lists(p);
	put_tiles(p);
	page_section_end(p);
}
