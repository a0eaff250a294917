/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report as a page: its head, what it is about, its sections in their order, its foot. The policy in its head allows the
 * one style sheet that stands in it, by its hash, and nothing else: no script, no image, no address that is fetched.
 */
#include "app/report_html.h"

#include <string.h>

#include "app/report_html_parts.h"
#include "base/err.h"

static const struct {
	const char *id, *name;
	void (*put)(struct page *p);
} sections[] = {
	{ "timeline", "Timeline", report_html_timeline },
	{ "normal", "What is normal", report_html_baseline },
	{ "who", "Who and where", report_html_who },
	{ "measures", "Measures", report_html_measures },
	{ "doubts", "Doubts", report_html_doubts },
	{ "detect", "Detect mode", report_html_detect },
	{ "egress", "What leaves", report_html_egress },
	{ "life", "Operation", report_html_life },
	{ "unknown", "What is not known", report_html_unknown },
};

#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

static void put_head(struct page *p)
{
	html_put(&p->t, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
			"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;; "
			"style-src &#39;sha256-%s&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;\"/>\n"
			"<meta name=\"referrer\" content=\"no-referrer\"/>\n"
			"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
			"<meta name=\"color-scheme\" content=\"light dark\"/>\n"
			"<title>tidegate report: %.*s</title>\n<style>",
		report_html_style_hash, PAGE_NAME, p->r->about.host);
	page_flush(p);
	/* Ours, and no format: it is full of percents. */
	for (size_t i = 0; report_html_style[i]; i++)
		if (fputs(report_html_style[i], p->out) < 0)
			p->failed = true;
	html_put(&p->t, "</style>\n</head>\n<body>\n");
}

static const char *mode_words(enum report_mode m)
{
	return m == REPORT_MODE_UNKNOWN ? "mode unknown" : m == REPORT_MODE_DETECT ? "detect mode" : "enforce mode";
}

static void put_about(struct page *p)
{
	const struct report_about *a = &p->r->about;
	const int64_t from = a->from_s + a->utc_offset_s, until = a->until_s + a->utc_offset_s;
	word first, last, clock, length;

	html_put(&p->t, "<header>\n<p class=\"brand\">tidegate report</p>\n<h1><bdi>%.*s</bdi></h1>\n<p class=\"span\">",
		PAGE_NAME, a->host[0] ? a->host : "this host");
	html_put(&p->t, "%s, %s – ", word_day(from, first), word_clock(from, clock));
	if (strcmp(first, word_day(until, last)) != 0)
		html_put(&p->t, "%s, ", last);
	html_put(&p->t, "%s", word_clock(until, clock));
	html_put(&p->t, " %.12s <span class=\"dim\">(%s)</span></p>\n<p class=\"tags\"><span class=\"tag %s\">%s</span>",
		a->zone, word_span(a->until_s - a->from_s, length), report_mode_name(a->last), mode_words(a->last));
	if (a->policy[0])
		html_put(&p->t, " <span class=\"tag\">policy <bdi>%.*s</bdi></span>", PAGE_SHORT, a->policy);
	html_put(&p->t, "</p>\n</header>\n");
}

static void put_contents(struct page *p)
{
	html_put(&p->t, "<nav aria-label=\"Contents\"><ul>");
	for (size_t i = 0; i < SECTIONS; i++)
		html_put(&p->t, "<li><a href=\"#%s\">%s</a></li>", sections[i].id, sections[i].name);
	html_put(&p->t, "</ul></nav>\n");
}

static void put_foot(struct page *p)
{
	const struct report_about *a = &p->r->about;

	html_put(&p->t, "<footer>\n<p>Made by tidegate %.24s, ", a->version);
	page_time(p, a->made_s);
	html_put(&p->t, " %.12s. Times are of this zone; bytes in powers of ten. "
			"<code>tidegate explain ADDRESS</code> tells why, <code>tidegate report -o json</code> has every name "
			"in full.</p>\n</footer>\n",
		a->zone);
}

int report_html(const struct report_data *r, FILE *out)
{
	struct page p = { .r = r, .out = out };

	p.t = text_over(p.room, sizeof(p.room));
	put_head(&p);
	put_about(&p);
	put_contents(&p);
	html_put(&p.t, "<main>\n");
	report_html_summary(&p);
	for (size_t i = 0; i < SECTIONS; i++)
		sections[i].put(&p);
	html_put(&p.t, "</main>\n");
	put_foot(&p);
	html_put(&p.t, "</body>\n</html>\n");
	page_flush(&p);
	return p.failed ? ERR_IO : 0;
}
