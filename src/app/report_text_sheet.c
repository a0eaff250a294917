/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cells, sentences and pictures of the text report. */
#include "app/report_text_parts.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "app/ctl.h"
#include "base/text.h"

#define LEVELS 8
#define HOUR_S 3600
#define DAY_S 86400

/* ---- strings ---- */

static size_t columns_of(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* Of a sequence that a terminal may print: its bytes; 0: it is none. */
static size_t sequence(const unsigned char *p)
{
	size_t n = *p >= 0xf0 && *p < 0xf5 ? 4 : *p >= 0xe0 ? 3 : *p >= 0xc2 ? 2 : 0;

	if (*p >= 0xf5)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if (n == 2 && *p == 0xc2 && p[1] < 0xa0)
		return 0; /* controls of eight bits */
	if (n == 3 && *p == 0xe2 && (p[1] == 0x80 || p[1] == 0x81))
		return 0; /* marks that turn the direction of writing, and spaces that are none */
	return n;
}

static void tame(const struct sheet *s, const char *from, char *to, size_t size)
{
	struct text t = text_over(to, size);
	const unsigned char *p = (const unsigned char *)from;

	while (*p) {
		size_t n = *p < 0x80 || !s->look.utf8 ? 0 : sequence(p);

		if (*p >= 0x20 && *p < 0x7f)
			text_addf(&t, "%c", *p);
		else if (n)
			text_addf(&t, "%.*s", (int)n, (const char *)p);
		else
			text_addf(&t, "\\x%02x", *p);
		p += n ? n : 1;
	}
}

void sheet_cell(const struct sheet *s, const char *text, int columns, bool fill)
{
	char room[4 * REPORT_SENTENCE];
	int n;

	tame(s, text, room, sizeof(room));
	n = (int)columns_of(room);
	if (n > columns) {
		char *end = room;

		for (int c = 0; c < columns - 1; c++)
			for (end++; ((unsigned char)*end & 0xc0) == 0x80; end++)
				;
		text_copy(end, 2, "~");
		n = columns;
	}
	fprintf(s->out, "%s%*s", room, fill && n < columns ? columns - n : 0, "");
}

void sheet_head(const struct sheet *s, const char *title)
{
	fprintf(s->out, "\n%s%s%s\n", s->look.colour ? "\033[1m" : "", title, s->look.colour ? "\033[0m" : "");
}

void sheet_line(const struct sheet *s, const char *format, ...)
{
	char said[2 * REPORT_SENTENCE], room[8 * REPORT_SENTENCE];
	int at = SHEET_INDENT;
	const char *p = room;
	va_list args;

	va_start(args, format);
	vsnprintf(said, sizeof(said), format, args);
	va_end(args);
	tame(s, said, room, sizeof(room));
	fprintf(s->out, "%*s", SHEET_INDENT, "");
	while (*p) {
		const int len = (int)strcspn(p, " ");
		char word[8 * REPORT_SENTENCE];
		int columns;

		snprintf(word, sizeof(word), "%.*s", len, p);
		columns = (int)columns_of(word);
		if (at > 2 * SHEET_INDENT && at + 1 + columns > SHEET_COLUMNS) {
			fprintf(s->out, "\n%*s", 2 * SHEET_INDENT, "");
			at = 2 * SHEET_INDENT;
		} else if (at > SHEET_INDENT) {
			fputc(' ', s->out);
			at++;
		}
		sheet_cell(s, word, SHEET_COLUMNS - 2 * SHEET_INDENT, false);
		at += columns;
		p += len;
		p += strspn(p, " ");
	}
	fputc('\n', s->out);
}

/* ---- pictures ---- */

static size_t columns_for(size_t n)
{
	size_t each = (n + SHEET_PICTURE - 1) / SHEET_PICTURE;

	return each ? each : 1;
}

struct column {
	uint64_t value;
	bool known;
};

static size_t squeeze(const struct sheet_row *row, struct column out[SHEET_PICTURE])
{
	const size_t each = columns_for(row->n);
	size_t n = 0;

	for (size_t i = 0; i < row->n; i += each, n++) {
		out[n] = (struct column){ .value = 0 };
		for (size_t k = i; k < i + each && k < row->n; k++) {
			const uint64_t v = row->values[k], before = out[n].value;

			if (row->missing && row->missing[k])
				continue;
			out[n].known = true;
			out[n].value = !row->sum ? v > before ? v : before : v > UINT64_MAX - before ? UINT64_MAX : before + v;
		}
	}
	return n;
}

static void draw(const struct sheet *s, const struct column *c, uint64_t most)
{
	static const char *const blocks[LEVELS + 1] = { " ", "\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586",
		"\u2587", "\u2588" };
	static const char *const marks[LEVELS + 1] = { " ", ".", ":", "-", "=", "+", "*", "#", "@" };
	/* What was once is seen: the lowest block, however little it is of the most. */
	unsigned level = !c->value || !most ? 0 : 1 + (unsigned)((double)c->value / (double)most * (LEVELS - 1));

	if (level > LEVELS)
		level = LEVELS;
	if (!c->known)
		fputc('?', s->out);
	else
		fputs(s->look.utf8 ? blocks[level] : marks[level], s->out);
}

static const char *amount(uint64_t n, bool bytes, char out[FORMAT_TEXT])
{
	return bytes ? format_bytes(n, out) : format_short(n > INT64_MAX ? INT64_MAX : (int64_t)n, out);
}

void sheet_row(const struct sheet *s, const struct sheet_row *row)
{
	struct column columns[SHEET_PICTURE];
	const size_t n = squeeze(row, columns);
	uint64_t most = 0;
	bool known = false;
	char room[FORMAT_TEXT];

	for (size_t i = 0; i < n; i++) {
		most = columns[i].value > most ? columns[i].value : most;
		known |= columns[i].known;
	}
	fprintf(s->out, "%*s", SHEET_INDENT, "");
	sheet_cell(s, row->label, SHEET_LABEL, true);
	for (size_t i = 0; i < n; i++)
		draw(s, &columns[i], most);
	fprintf(s->out, "%*s %s%s\n", (int)(SHEET_PICTURE - n), "", known && most ? "to " : "",
		!known ? "not known" : most ? amount(most, row->bytes, room) : "none");
}

/* A mark for every sixth of the width, or so; what stands there is the beginning of its column. */
void sheet_axis(const struct sheet *s)
{
	const size_t each = columns_for(s->r->n_buckets), n = (s->r->n_buckets + each - 1) / each;
	const bool days = s->r->about.until_s - s->r->about.from_s > 2 * DAY_S;
	char line[SHEET_PICTURE + FORMAT_TEXT];
	size_t at = 0;

	memset(line, ' ', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	for (size_t i = 0; i < n; i += 10) {
		const struct report_bucket *b = &s->r->buckets[i * each];
		time_t local = (time_t)(b->begin_s + b->utc_offset_s);
		char word[16];
		struct tm tm;

		gmtime_r(&local, &tm);
		at = strftime(word, sizeof(word), days ? "%m-%d" : "%H:%M", &tm);
		memcpy(line + i, word, at);
		at += i;
	}
	line[at] = '\0';
	fprintf(s->out, "%*s%s\n", SHEET_INDENT + SHEET_LABEL, "", line);
}

void sheet_bar(const struct sheet *s, uint64_t value, uint64_t most, int columns)
{
	int n = !most ? 0 : (int)((double)value / (double)most * columns + 0.5);

	if (value && !n)
		n = 1;
	if (n > columns)
		n = columns;
	for (int i = 0; i < columns; i++)
		fputs(i >= n ? " " : s->look.utf8 ? "\u2588" : "#", s->out);
}

const char *sheet_when(const struct sheet *s, int64_t at_s, char out[48])
{
	/* By the offset of its own bucket: a night of daylight saving has two. */
	int32_t offset = s->r->about.utc_offset_s;
	time_t local;
	struct tm tm;

	for (size_t i = 0; i < s->r->n_buckets && s->r->buckets[i].begin_s <= at_s; i++)
		offset = s->r->buckets[i].utc_offset_s;
	local = (time_t)(at_s + offset);
	out[0] = '\0';
	if (gmtime_r(&local, &tm))
		strftime(out, 48, "%a %d %H:%M", &tm);
	return out;
}
