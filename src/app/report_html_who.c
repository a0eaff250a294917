/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who and where: the tops, each a table with a bar for what it is ordered by; and what leaves this host. */
#include "app/report_html_parts.h"

/* Which numbers a table has: those that are 0 in all of its rows are left out. */
#define WIDE 5 /* columns: a table of more is as wide as the page */

enum number { FINDINGS = 0, MEASURES, DROPPED, CONNECTIONS, BYTES_IN, BYTES_OUT, NUMBERS };

static const char *const heads[NUMBERS] = { "Findings", "Measures", "Dropped", "Connections", "Received", "Sent" };

static uint64_t number_of(const struct report_row *row, enum number n)
{
	switch (n) {
	case FINDINGS:
		return row->findings;
	case MEASURES:
		return row->measures;
	case DROPPED:
		return row->dropped;
	case CONNECTIONS:
		return row->connections;
	case BYTES_IN:
		return row->bytes_in;
	case BYTES_OUT:
		return row->bytes_out;
	case NUMBERS:
		break;
	}
	return 0;
}

static const char *word_number(const struct report_row *row, enum number n, word out)
{
	const uint64_t value = number_of(row, n);

	if (value == 0)
		return NO_NUMBER;
	if (n >= BYTES_IN)
		return word_bytes(value, out);
	if (value < 100000)
		return word_count(value, out);
	plot_label(PLOT_COUNT, value, out);
	return out;
}

static uint64_t most_of(const struct report_top *top, enum number n)
{
	uint64_t most = 0;

	for (size_t i = 0; i < top->n; i++)
		most = number_of(&top->list[i], n) > most ? number_of(&top->list[i], n) : most;
	return most;
}

static uint64_t traffic_of(const struct report_row *row)
{
	return sum_held(row->bytes_in, row->bytes_out);
}

/* What the bar is of: findings, where there are any; else the traffic, else connections. */
static uint64_t weight_of(const struct report_top *top, const struct report_row *row)
{
	if (most_of(top, FINDINGS))
		return row->findings;
	return most_of(top, BYTES_IN) || most_of(top, BYTES_OUT) ? traffic_of(row) : row->connections;
}

/* What the columns of a table are: what nobody in it has is left out, and of those who act here, what they received. */
static bool has_column(const struct report_top *top, enum number n)
{
	return most_of(top, n) && !(n == BYTES_IN && most_of(top, FINDINGS) && !most_of(top, DROPPED));
}

static void put_row(struct page *p, const struct report_top *top, const struct report_row *row, uint64_t most)
{
	html_put(&p->t, "<tr><th scope=\"row\"><bdi>%.*s</bdi>", PAGE_NAME, row->name);
	if (row->about[0])
		html_put(&p->t, " <small><bdi>%.*s</bdi></small>", PAGE_SHORT, row->about);
	svg_plot_bar(&p->t, weight_of(top, row), most);
	html_put(&p->t, "</th>");
	for (enum number n = FINDINGS; n < NUMBERS; n++) {
		word text;

		if (has_column(top, n))
			page_number(p, heads[n], word_number(row, n, text));
	}
	page_row_end(p);
}

struct section {
	const char *caption, *what;
	const struct report_top *top;
	const char *none; /* a sentence, where it has no row */
};

static uint64_t heaviest(const struct report_top *top)
{
	uint64_t most = 0;

	for (size_t i = 0; i < top->n; i++)
		most = weight_of(top, &top->list[i]) > most ? weight_of(top, &top->list[i]) : most;
	return most;
}

static void put_top(struct page *p, const struct section *s)
{
	struct page_column columns[NUMBERS + 2] = { { s->what, false } };
	const uint64_t most = heaviest(s->top);
	size_t n = 1;
	word lost;

	for (enum number i = FINDINGS; i < NUMBERS; i++)
		if (has_column(s->top, i))
			columns[n++] = (struct page_column){ heads[i], true };
	html_put(&p->t, n > WIDE ? "<div class=\"top wide\">\n" : "<div class=\"top\">\n");
	page_table(p, s->caption, columns);
	for (size_t i = 0; i < s->top->n; i++)
		put_row(p, s->top, &s->top->list[i], most);
	page_table_end(p, s->top->more);
	if (s->top->crowded)
		html_put(&p->t, "<p class=\"more\">%s of others found no room among those that were counted</p>\n",
			word_counted(s->top->crowded, "event", "events", lost));
	html_put(&p->t, "</div>\n");
	page_flush(p);
}

/* Tables first; what there is none of is one line below them. */
static void put_tops(struct page *p, const struct section *s, size_t n)
{
	size_t tables = 0;

	for (size_t i = 0; i < n; i++)
		tables += s[i].top->n > 0;
	if (tables)
		html_put(&p->t, "<div class=\"tops\">\n");
	for (size_t i = 0; i < n; i++)
		if (s[i].top->n)
			put_top(p, &s[i]);
	if (tables)
		html_put(&p->t, "</div>\n");
	if (tables == n)
		return;
	if (!p->r->about.record_known) {
		page_nothing(p, "What else there was could not be read.");
		return;
	}
	html_put(&p->t, "<p class=\"nothing\">");
	for (size_t i = 0; i < n; i++)
		if (s[i].top->n == 0)
			html_put(&p->t, "%s ", s[i].none);
	html_put(&p->t, "</p>\n");
}

void report_html_who(struct page *p)
{
	const struct report_data *r = p->r;
	const struct section all[] = {
		{ "Sources", "Source", &r->sources, "No source was found or met." },
		{ "Ports", "Port", &r->ports, "No port was called." },
		{ "Destinations", "Destination", &r->destinations, "No connection left this host." },
		{ "Rules", "Rule", &r->rules, "No rule found anything." },
		{ "Processes", "Program", &r->processes, "No program drew attention." },
		{ "Users", "User", &r->users, "No user drew attention." },
		{ "Units", "Unit", &r->units, "No unit drew attention." },
	};

	page_section(p, "who", "Who and where", NULL);
	put_tops(p, all, sizeof(all) / sizeof(all[0]));
	page_section_end(p);
}

/* ---- what leaves ---- */

static void put_lists(struct page *p)
{
	static const struct page_column columns[] = { { "Allowlist", false }, { "Outside of it", true }, { "Refused", true },
		{ NULL, false } };
	const struct report_egress *e = &p->r->egress;

	if (e->n_lists == 0) {
		page_nothing(p, e->lists_known ? "No allowlist is in force." : "Nothing tells of allowlists in this time.");
		return;
	}
	page_table(p, "Allowlists: connections to where they do not lead", columns);
	for (size_t i = 0; i < e->n_lists; i++) {
		const struct report_list *l = &e->lists[i];
		word outside, refused;

		page_row(p, l->title, "");
		page_number(p, "outside", word_count(l->outside, outside));
		page_number(p, "refused", word_count(l->refused, refused));
		page_row_end(p);
	}
	page_table_end(p, 0);
}

void report_html_egress(struct page *p)
{
	const struct report_egress *e = &p->r->egress;
	char lead[REPORT_SENTENCE];
	struct text t = text_over(lead, sizeof(lead));
	const struct section rules = { "Signals", "Rule", &e->rules, "Nothing that left this host drew attention." };
	word signals, confirmed, measures;

	text_addf(&t, "%s; %s by two independent ones; %s taken.", word_counted(e->signals, "signal", "signals", signals),
		word_counted(e->confirmed, "destination confirmed", "destinations confirmed", confirmed),
		word_counted(e->measures, "measure was", "measures were", measures));
	page_section(p, "egress", "What leaves this host", e->signals || e->confirmed || e->measures ? lead : NULL);
	put_tops(p, &rules, 1);
	put_lists(p);
	page_section_end(p);
}
