/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of the report as words for people, and the pieces that all sections of the page are made of. */
#include <inttypes.h>
#include <string.h>

#include "app/report_html_parts.h"
#include "base/time.h"

#define DAY_S 86400

uint64_t sum_held(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* ---- words ---- */

const char *word_count(uint64_t n, word out)
{
	char digits[24];
	struct text d = text_over(digits, sizeof(digits)), t = text_over(out, sizeof(word));

	text_addf(&d, "%" PRIu64, n);
	for (size_t i = 0; i < d.len; i++)
		text_addf(&t, "%s%c", i > 0 && (d.len - i) % 3 == 0 ? "," : "", digits[i]);
	return out;
}

const char *word_brief(uint64_t n, word out)
{
	if (n < 100000000)
		return word_count(n, out);
	plot_label(PLOT_COUNT, n, out);
	return out;
}

const char *word_counted(uint64_t n, const char *one, const char *many, word out)
{
	struct text t;

	word_count(n, out);
	t = (struct text){ .at = out, .size = sizeof(word), .len = strlen(out) };
	text_addf(&t, " %s", n == 1 ? one : many);
	return out;
}

const char *word_bytes(uint64_t n, word out)
{
	plot_label(PLOT_BYTES, n, out);
	return out;
}

/* Of long ones nobody reads the seconds; what is longer than a clock of nanoseconds reaches is held. */
const char *word_length(int64_t s, word out)
{
	const int64_t most = INT64_MAX / NS_PER_S;

	s = s < 0 ? 0 : s > most ? most : s;
	duration_format((s > 3600 ? s - s % 60 : s) * NS_PER_S, out, sizeof(word));
	return out;
}

const char *word_span(int64_t s, word out)
{
	struct text t = text_over(out, sizeof(word));

	if (s > 2 * DAY_S && s % DAY_S == 0)
		text_addf(&t, "%" PRId64 " days", s / DAY_S);
	else if (s > 3600 && s <= 2 * DAY_S && s % 3600 == 0)
		text_addf(&t, "%" PRId64 " hours", s / 3600);
	else if (s == 3600)
		text_add(&t, "an hour");
	else if (s > 60 && s < 3 * 3600 && s % 60 == 0)
		text_addf(&t, "%" PRId64 " minutes", s / 60);
	else
		return word_length(s, out);
	return out;
}

static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

static int64_t days_of(int64_t s)
{
	return s / DAY_S - (s % DAY_S < 0);
}

const char *word_day(int64_t local_s, word out)
{
	static const char *const weekdays[] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
	const int64_t days = days_of(local_s);
	struct text t = text_over(out, sizeof(word));
	int64_t year;
	unsigned month, day;

	civil_from_days(days, &year, &month, &day);
	text_addf(&t, "%s %u %s %" PRId64, weekdays[(days % 7 + 7) % 7], day, months[month - 1], year);
	return out;
}

const char *word_clock(int64_t local_s, word out)
{
	const int64_t of_day = local_s - days_of(local_s) * DAY_S;
	struct text t = text_over(out, sizeof(word));

	text_addf(&t, "%02d:%02d", (int)(of_day / 3600), (int)(of_day / 60 % 60));
	return out;
}

const char *word_moment(const struct report_data *r, int64_t s, word out)
{
	const int64_t local = s + r->about.utc_offset_s;
	struct text t = text_over(out, sizeof(word));
	int64_t year;
	unsigned month, day;
	word clock;

	civil_from_days(days_of(local), &year, &month, &day);
	text_addf(&t, "%u %s %s", day, months[month - 1], word_clock(local, clock));
	return out;
}

/* Rounded down: 99.9 % is not all. */
const char *word_percent(uint64_t part, uint64_t whole, word out)
{
	const uint64_t tenths = !whole || part >= whole ? 1000 : (uint64_t)((double)part * 1000.0 / (double)whole);
	struct text t = text_over(out, sizeof(word));

	if (tenths % 10)
		text_addf(&t, "%" PRIu64 ".%" PRIu64 " %%", tenths / 10, tenths % 10);
	else
		text_addf(&t, "%" PRIu64 " %%", tenths / 10);
	return out;
}

const char *measure_words(enum measure_of m)
{
	static const char *const words[OF_MEASURES] = {
		[OF_CONNECTIONS] = "new connections", [OF_SOURCES] = "different peers", [OF_NEWCOMERS] = "peers never met before",
		[OF_PORTS] = "different ports", [OF_PACKETS_IN] = "packets in", [OF_PACKETS_OUT] = "packets out",
		[OF_BYTES_IN] = "bytes in", [OF_BYTES_OUT] = "bytes out", [OF_ESTABLISHED] = "established connections",
		[OF_HALF_OPEN] = "half-open connections", [OF_TIME_WAIT] = "connections in time-wait",
		[OF_CLOSE_WAIT] = "connections in close-wait",
	};

	return m < OF_MEASURES ? words[m] : "?";
}

bool measure_is_bytes(enum measure_of m)
{
	return m == OF_BYTES_IN || m == OF_BYTES_OUT;
}

uint64_t measure_shown(enum measure_of m, uint64_t value)
{
	return m >= OF_ESTABLISHED && m <= OF_CLOSE_WAIT ? value / 100 + (value % 100 >= 50) : value;
}

const char *word_measure(enum measure_of m, uint64_t value, word out)
{
	return measure_is_bytes(m) ? word_bytes(value, out) : word_brief(measure_shown(m, value), out);
}

/* ---- pieces ---- */

void page_flush(struct page *p)
{
	if (p->t.cut || fwrite(p->t.at, 1, p->t.len, p->out) != p->t.len)
		p->failed = true;
	p->t = text_over(p->room, sizeof(p->room));
}

void page_time(struct page *p, int64_t s)
{
	word utc, local;

	if (s == 0) {
		html_put(&p->t, NO_NUMBER);
		return;
	}
	wall_format((wall_t){ s * NS_PER_S }, utc, sizeof(utc));
	utc[strcspn(utc, ".")] = '\0'; /* to the second, and with the zone as HTML writes it */
	html_put(&p->t, "<time datetime=\"%sZ\">%s</time>", utc, word_moment(p->r, s, local));
}

void page_section(struct page *p, const char *id, const char *heading, const char *lead)
{
	html_put(&p->t, "<section id=\"%s\" aria-labelledby=\"h-%s\">\n<h2 id=\"h-%s\">%s</h2>\n", id, id, id, heading);
	if (lead)
		html_put(&p->t, "<p class=\"lead\">%s</p>\n", lead);
}

void page_section_end(struct page *p)
{
	html_put(&p->t, "</section>\n");
	page_flush(p);
}

void page_nothing(struct page *p, const char *sentence)
{
	html_put(&p->t, "<p class=\"nothing\">%s</p>\n", sentence);
}

void page_table(struct page *p, const char *caption, const struct page_column *columns)
{
	html_put(&p->t, "<table>\n<caption>%s</caption>\n<thead><tr>", caption);
	for (; columns->name; columns++)
		html_put(&p->t, columns->number ? "<th scope=\"col\" class=\"n\">%s</th>" : "<th scope=\"col\">%s</th>",
			columns->name);
	html_put(&p->t, "</tr></thead>\n<tbody>\n");
}

void page_table_end(struct page *p, uint64_t more)
{
	word n;

	html_put(&p->t, "</tbody>\n</table>\n");
	if (more)
		html_put(&p->t, "<p class=\"more\">and %s</p>\n", word_counted(more, "other", "others", n));
	page_flush(p);
}

void page_row(struct page *p, const char *name, const char *about)
{
	html_put(&p->t, "<tr><th scope=\"row\"><bdi>%.*s</bdi>", PAGE_NAME, name);
	if (about && *about)
		html_put(&p->t, " <small><bdi>%.*s</bdi></small>", PAGE_NAME, about);
	html_put(&p->t, "</th>");
}

void page_cell(struct page *p, const char *label, const char *value)
{
	html_put(&p->t, "<td data-l=\"%s\"><bdi>%.*s</bdi></td>", label, PAGE_SHORT, value);
}

void page_number(struct page *p, const char *label, const char *value)
{
	const bool none = strcmp(value, NO_NUMBER) == 0;

	html_put(&p->t, none ? "<td class=\"n z\" data-l=\"%s\">%s</td>" : "<td class=\"n\" data-l=\"%s\">%s</td>", label, value);
}

void page_moment(struct page *p, const char *label, int64_t s)
{
	html_put(&p->t, "<td class=\"n\" data-l=\"%s\">", label);
	page_time(p, s);
	html_put(&p->t, "</td>");
}

void page_row_end(struct page *p)
{
	html_put(&p->t, "</tr>\n");
	page_flush(p);
}
