/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was done, what of it may have been wrong, what would have been done, and how the daemon itself fared. */
#include <inttypes.h>
#include <string.h>

#include "app/report_html_parts.h"

#define NOT_READ "The record of this time could not be read."

/* ---- measures ---- */

static void put_effect(struct page *p, const struct report_measure *m)
{
	word packets, bytes;

	if (!m->counted && m->packets == 0) {
		page_number(p, "dropped", "not counted");
		return;
	}
	html_put(&p->t, "<td class=\"n\" data-l=\"packets dropped\">%s", word_count(m->packets, packets));
	if (m->bytes)
		html_put(&p->t, " <small>%s</small>", word_bytes(m->bytes, bytes));
	html_put(&p->t, "</td>");
}

static const char *end_words(enum report_end e)
{
	static const char *const words[] = { [REPORT_STANDS] = "stands", [REPORT_EXPIRED] = "ran out",
		[REPORT_STEPPED] = "a weaker one followed", [REPORT_UNBLOCKED] = "taken back",
		[REPORT_REFUSED] = "refused by the kernel", [REPORT_UNTOLD] = "not recorded" };

	return words[e];
}

static void put_measure(struct page *p, const struct report_measure *m)
{
	word ttl;
	char what[2 * REPORT_WORD + 8];
	struct text t = text_over(what, sizeof(what));

	text_addf(&t, "%s%s%s", m->response, m->scope[0] ? ", " : "", m->scope);
	page_row(p, m->subject, m->incident);
	page_cell(p, "measure", what);
	html_put(&p->t, "<td data-l=\"because of\"><bdi>%.*s</bdi>", PAGE_SHORT, m->rule[0] ? m->rule : "unknown");
	if (m->policy[0])
		html_put(&p->t, " <small><bdi>%.*s</bdi></small>", PAGE_SHORT, m->policy);
	html_put(&p->t, "</td>");
	page_moment(p, "from", m->begun_s);
	page_number(p, "for", m->ttl_s ? word_length(m->ttl_s, ttl) : NO_NUMBER);
	html_put(&p->t, "<td data-l=\"end\">%s", end_words(m->end));
	if (m->ended_s) {
		html_put(&p->t, " ");
		page_time(p, m->ended_s);
	}
	html_put(&p->t, m->wronged ? " <span class=\"flag\">false positive</span></td>" : "</td>");
	put_effect(p, m);
	page_row_end(p);
}

static const char *measures_lead(const struct report_totals *t, char out[REPORT_SENTENCE])
{
	struct text s = text_over(out, REPORT_SENTENCE);
	word begun, standing, packets, bytes;

	text_addf(&s, "%s in force, %s at the end; %s dropped",
		word_counted(t->applied, "measure was put", "measures were put", begun),
		t->standing ? word_counted(t->standing, "stands", "stand", standing) : "none stands",
		word_counted(t->packets_dropped, "packet", "packets", packets));
	if (t->bytes_known)
		text_addf(&s, ", %s of them counted by the kernel", word_bytes(t->bytes_dropped, bytes));
	text_add(&s, ".");
	return out;
}

void report_html_measures(struct page *p)
{
	static const struct page_column columns[] = { { "Against", false }, { "Measure", false }, { "Because of", false },
		{ "From", true }, { "For", true }, { "End", false }, { "Packets dropped", true }, { NULL, false } };
	const struct report_measures *m = &p->r->measures;
	const size_t shown = m->n < PAGE_ROWS ? m->n : PAGE_ROWS;
	char lead[REPORT_SENTENCE];

	page_section(p, "measures", "Measures and their effect", m->n ? measures_lead(&p->r->totals, lead) : NULL);
	if (m->n == 0 && !p->r->about.record_known)
		page_nothing(p, NOT_READ);
	else if (m->n == 0)
		page_nothing(p, p->r->about.last == REPORT_MODE_DETECT ? "No measure was taken: tidegate was in detect mode."
								       : "No measure was taken.");
	if (m->n) {
		page_table(p, "Measures: those that dropped most first", columns);
		for (size_t i = 0; i < shown; i++)
			put_measure(p, &m->list[i]);
		page_table_end(p, sum_held(m->more, m->n - shown));
	}
	page_section_end(p);
}

/* ---- doubts ---- */

static void put_reasons(struct page *p, const struct report_suspect *s)
{
	bool first = true;

	html_put(&p->t, "<td data-l=\"why\">");
	for (unsigned d = 0; d < REPORT_DOUBTS; d++) {
		if (!(s->doubts & 1U << d))
			continue;
		html_put(&p->t, "%s%s", first ? "" : "; ", report_doubt_text((enum report_doubt)d));
		first = false;
	}
	html_put(&p->t, "</td>");
}

static void put_suspect(struct page *p, const struct report_suspect *s)
{
	word score, served;
	char about[REPORT_NAME + REPORT_WORD + 4];
	struct text t = text_over(score, sizeof(score)), a = text_over(about, sizeof(about));

	text_addf(&a, "%s%s%s", s->rule, s->incident[0] ? " " : "", s->incident);
	page_row(p, s->subject, about);
	page_cell(p, "decided", s->decision[0] ? s->decision : NO_NUMBER);
	put_reasons(p, s);
	page_moment(p, "at", s->at_s);
	if (s->threshold)
		text_addf(&t, "%" PRId32 ".%02" PRId32 " of %" PRId32 ".%02" PRId32, s->score / 100, s->score % 100,
			s->threshold / 100, s->threshold % 100);
	page_number(p, "score", s->threshold ? score : NO_NUMBER);
	page_number(p, "served", s->served_bytes ? word_bytes(s->served_bytes, served) : NO_NUMBER);
	page_row_end(p);
}

void report_html_doubts(struct page *p)
{
	static const struct page_column columns[] = { { "Who", false }, { "Decided", false }, { "Why that is a doubt", false },
		{ "At", true }, { "Score", true }, { "Was served", true }, { NULL, false } };
	const struct report_suspects *s = &p->r->suspects;

	page_section(p, "doubts", "What may have been wrong",
		s->n ? "Decisions that deserve a second look. tidegate unban ADDRESS --false-positive takes one back, and twice the "
		       "proof is asked of that source from then on."
		     : NULL);
	if (s->n == 0 && !p->r->about.record_known)
		page_nothing(p, NOT_READ);
	else if (s->n == 0)
		page_nothing(p, p->r->totals.decided ? "No decision looks doubtful." : "Nothing was decided, so nothing was wrong.");
	if (s->n) {
		page_table(p, "False-positive candidates: most doubts first", columns);
		for (size_t i = 0; i < s->n; i++)
			put_suspect(p, &s->list[i]);
		page_table_end(p, s->more);
	}
	page_section_end(p);
}

/* ---- detect mode ---- */

static const char *detect_nothing(const struct report_about *a)
{
	if (!a->record_known)
		return NOT_READ;
	if (a->detect_s == 0)
		return "tidegate was not in detect mode in this time.";
	return "In detect mode, nothing was found that a measure would have answered.";
}

void report_html_detect(struct page *p)
{
	static const struct page_column columns[] = { { "Rule", false }, { "Would have led to", false },
		{ "Decisions", true }, { "Different subjects", true }, { "For at most", true }, { NULL, false } };
	const struct report_detect *d = &p->r->detect;
	char lead[REPORT_SENTENCE];
	struct text t = text_over(lead, sizeof(lead));
	word length, decisions, subjects, longest;

	text_addf(&t, "In %s of detect mode, %s against %s. Nothing of it was done.", word_span(p->r->about.detect_s, length),
		word_counted(d->decisions, "measure would have been taken", "measures would have been taken", decisions),
		word_counted(d->subjects, "subject", "different subjects", subjects));
	page_section(p, "detect", "What enforcing would have done", d->n ? lead : NULL);
	if (d->n == 0)
		page_nothing(p, detect_nothing(&p->r->about));
	if (d->n) {
		page_table(p, "Decisions of detect mode", columns);
		for (size_t i = 0; i < d->n; i++) {
			const struct report_would *w = &d->list[i];

			page_row(p, w->rule, "");
			page_cell(p, "would have led to", w->response);
			page_number(p, "decisions", word_count(w->decisions, decisions));
			page_number(p, "subjects", word_count(w->subjects, subjects));
			page_number(p, "for at most", w->longest_s ? word_length(w->longest_s, longest) : NO_NUMBER);
			page_row_end(p);
		}
		page_table_end(p, d->more);
	}
	page_section_end(p);
}

/* ---- operation ---- */

static void put_fact(struct page *p, const char *name, const char *value, bool code)
{
	html_put(&p->t, code ? "<div><dt>%s</dt><dd><code><bdi>%.*s</bdi></code></dd></div>\n"
			     : "<div><dt>%s</dt><dd><bdi>%.*s</bdi></dd></div>\n",
		name, REPORT_SENTENCE, *value ? value : "unknown");
}

static void add_spell(struct text *t, int64_t s, const char *what)
{
	word length;

	if (s > 0)
		text_addf(t, "%s%s %s", t->len ? ", " : "", word_length(s, length), what);
}

static void put_facts(struct page *p)
{
	const struct report_about *a = &p->r->about;
	char modes[REPORT_SENTENCE];
	struct text t = text_over(modes, sizeof(modes));

	add_spell(&t, a->enforce_s, "enforcing");
	add_spell(&t, a->detect_s, "detecting");
	add_spell(&t, a->unknown_s, "unknown");
	html_put(&p->t, "<dl class=\"facts\">\n");
	put_fact(p, "Configuration", a->config, true);
	put_fact(p, "Hash of its rules", a->digest, true);
	put_fact(p, "Hash that the daemon ran with", a->ran_digest, true);
	put_fact(p, "Policy", a->policy, false);
	put_fact(p, "Mode of the file", report_mode_name(a->configured), false);
	put_fact(p, "Modes of this time", modes, false);
	html_put(&p->t, "</dl>\n");
	page_flush(p);
}

void report_html_life(struct page *p)
{
	static const struct page_column columns[] = { { "What", false }, { "When", true }, { "Said", false }, { NULL, false } };
	const struct report_data *r = p->r;

	page_section(p, "life", "Operation", NULL);
	put_facts(p);
	if (r->n_life == 0)
		page_nothing(p, "No start, reload, change of mode or alarm in this time.");
	if (r->n_life) {
		page_table(p, "Starts, modes, reloads, alarms, and what was done by hand", columns);
		for (size_t i = 0; i < r->n_life; i++) {
			const struct report_life *l = &r->life[i];

			html_put(&p->t,
				l->ok ? "<tr><th scope=\"row\">%.*s</th>"
				      : "<tr><th scope=\"row\"><span class=\"flag\">%.*s</span></th>",
				PAGE_SHORT, l->word);
			page_moment(p, "when", l->at_s);
			html_put(&p->t, "<td><bdi>%.*s</bdi></td>", 128, l->text);
			page_row_end(p);
		}
		page_table_end(p, r->more_life);
	}
	page_section_end(p);
}

/* ---- what is not known ---- */

static void put_losses(struct page *p)
{
	static const struct page_column columns[] = { { "What", false }, { "How many", true }, { NULL, false } };
	const struct report_losses *l = &p->r->losses;
	word n;

	page_table(p, "Losses", columns);
	for (unsigned i = 0; i < REPORT_LOSSES; i++) {
		if (l->lost[i] == 0)
			continue;
		html_put(&p->t, "<tr><th scope=\"row\">%s</th>", report_loss_text((enum report_loss)i));
		page_number(p, "how many", word_count(l->lost[i], n));
		page_row_end(p);
	}
	if (l->odd_rows) {
		html_put(&p->t, "<tr><th scope=\"row\">rows of the files that made no sense</th>");
		page_number(p, "how many", word_count(l->odd_rows, n));
		page_row_end(p);
	}
	page_table_end(p, 0);
}

static bool anything_lost(const struct report_losses *l)
{
	bool any = l->odd_rows != 0;

	for (unsigned i = 0; i < REPORT_LOSSES; i++)
		any |= l->lost[i] != 0;
	return any;
}

void report_html_unknown(struct page *p)
{
	const struct report_data *r = p->r;
	const struct report_losses *l = &r->losses;
	const int64_t span = r->about.until_s - r->about.from_s;
	word length, whole;

	page_section(p, "unknown", "What this report does not know", NULL);
	if (l->unwatched_s)
		html_put(&p->t, "<p>For %s of %s, nobody measured the traffic.</p>\n",
			word_span((int64_t)(l->unwatched_s > (uint64_t)span ? (uint64_t)span : l->unwatched_s), length),
			word_span(span, whole));
	if (!l->counted)
		page_nothing(p, "No daemon noted its counters in this time, so nothing is known of losses.");
	if (anything_lost(l))
		put_losses(p);
	else if (l->counted)
		page_nothing(p, "Nothing was lost.");
	if (l->n_troubles)
		html_put(&p->t, "<ul class=\"troubles\">\n");
	for (size_t i = 0; i < l->n_troubles; i++) {
		html_put(&p->t, "<li><bdi>%.200s</bdi></li>\n", l->troubles[i]);
		page_flush(p);
	}
	if (l->n_troubles)
		html_put(&p->t, "</ul>\n");
	page_section_end(p);
}
