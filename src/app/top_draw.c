/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The picture: a line of who and when, one of totals, the views, the titles, the rows, the keys. 80x24 is enough for all
 * of it; what is smaller shows less.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/top_screen.h"
#include "base/text.h"

#define HEAD_ROWS 4 /* title, totals, views, titles of the columns */
#define FOOT_ROWS 1
#define LABEL 7     /* of a graph's scale */

int top_room(const struct top *t)
{
	int rows, columns;

	screen_size(t->screen, &rows, &columns);
	return rows > HEAD_ROWS + FOOT_ROWS ? rows - HEAD_ROWS - FOOT_ROWS : 1;
}

static void put_right(struct top *t, int row, int columns, enum screen_style style, const char *text)
{
	int len = (int)strlen(text);

	screen_text(t->screen, row, columns > len ? columns - len : 0, style, text, len);
}

static void draw_head(struct top *t, int columns)
{
	char line[2 * TOP_WHY], when[FORMAT_TEXT];

	snprintf(line, sizeof(line), "%.64s", field_text(t->frame.head, "host"));
	screen_text(t->screen, 0, 0, SCREEN_CYAN, "tidegate top", 12);
	screen_text(t->screen, 0, 14, SCREEN_BOLD, line, columns - 40);
	if (t->frame.head)
		put_right(t, 0, columns, SCREEN_PLAIN, format_time(field_text(t->frame.head, "taken"), when));
	if (t->paused)
		screen_text(t->screen, 0, columns - 24, SCREEN_REVERSED, " PAUSED ", 8);
	if (t->why[0]) {
		screen_text(t->screen, 1, 0, SCREEN_RED, t->why, columns);
		return;
	}
	if (t->frame.head && field_real(t->frame.head, "span_s") <= 0) {
		screen_text(t->screen, 1, 0, SCREEN_YELLOW, "measuring: rates come with the next second", columns);
		return;
	}
	top_summary(&t->frame, line, sizeof(line));
	screen_text(t->screen, 1, 0, SCREEN_PLAIN, t->frame.head ? line : "asking the daemon", columns);
}

static void draw_tabs(struct top *t)
{
	int at = 0;

	for (int v = 0; v < TOP_VIEWS; v++) {
		char tab[32];
		int len = snprintf(tab, sizeof(tab), "%d %s", v + 1, top_view_name((enum top_view)v));

		screen_text(t->screen, 2, at, v == (int)t->view ? SCREEN_REVERSED : SCREEN_DIM, tab, len);
		at += len + 1;
	}
}

static void draw_titles(struct top *t, int columns)
{
	char line[TOP_LINE];
	int at, wide;

	top_line(t->view, NULL, columns, line);
	screen_text(t->screen, 3, 0, SCREEN_BOLD, line, columns);
	if (t->sort[t->view] >= top_columns(t->view))
		return;
	top_place(t->view, t->sort[t->view], columns, &at, &wide);
	line[at + wide < columns ? at + wide : columns] = '\0';
	screen_text(t->screen, 3, at, SCREEN_REVERSED, line + at, wide);
}

static enum screen_style style_of_source(json_t *row)
{
	if (*field_text(row, "measure"))
		return field_true(row, "shadow") ? SCREEN_CYAN : SCREEN_RED;
	return field_int(row, "percent") >= 50 ? SCREEN_YELLOW : SCREEN_PLAIN;
}

static enum screen_style style_of(enum top_view v, json_t *row)
{
	const char *state = field_text(row, "state");
	const char *effect = field_text(row, "effect");
	int64_t backlog = field_int(row, "backlog");

	switch (v) {
	case TOP_SOURCES:
		return style_of_source(row);
	case TOP_SERVICES:
		if (backlog > 0 && field_int(row, "accept_queue") >= backlog)
			return SCREEN_RED;
		return field_int(row, "half_open") * 10 > backlog && backlog > 0 ? SCREEN_YELLOW : SCREEN_PLAIN;
	case TOP_FLOWS:
		if (strcmp(state, "SYN-RECV") == 0 || strcmp(state, "SYN-SENT") == 0 || strcmp(state, "CLOSE-WAIT") == 0)
			return SCREEN_YELLOW;
		return strcmp(state, "TIME-WAIT") == 0 ? SCREEN_DIM : SCREEN_PLAIN;
	case TOP_INCIDENTS:
		if (strcmp(effect, "shadow") == 0)
			return SCREEN_CYAN;
		return strcmp(effect, "applied") == 0 ? SCREEN_RED : SCREEN_PLAIN;
	case TOP_INTERFACES:
	case TOP_PROCESSES:
	case TOP_STATES:
	case TOP_VIEWS:
		break;
	}
	return SCREEN_PLAIN;
}

static void draw_row(struct top *t, int at, size_t index, int columns)
{
	json_t *row = json_array_get(t->shown, index);
	int share = top_share(t->view, row);
	char line[TOP_LINE];
	int column, wide;
	bool selected = index == t->selected;

	top_line(t->view, row, columns, line);
	top_place(t->view, top_columns(t->view) - 1, columns, &column, &wide);
	if (share >= 0 && wide > 12 && column + 7 < columns) {
		memset(line + column + 6, ' ', strlen(line + column + 6));
		screen_text(t->screen, at, 0, selected ? SCREEN_REVERSED : SCREEN_PLAIN, line, column + 6);
		screen_bar(t->screen, at, column + 7, wide - 7, share, share >= 900 ? SCREEN_YELLOW : SCREEN_GREEN);
		return;
	}
	screen_text(t->screen, at, 0, selected ? SCREEN_REVERSED : style_of(t->view, row), line, columns);
}

static void draw_rows(struct top *t, int columns)
{
	size_t n = json_array_size(t->shown);
	int room = top_room(t);

	draw_titles(t, columns);
	for (int i = 0; i < room && t->first + (size_t)i < n; i++)
		draw_row(t, HEAD_ROWS + i, t->first + (size_t)i, columns);
	if (n == 0 && t->frame.head)
		screen_text(t->screen, HEAD_ROWS, 0, SCREEN_DIM, *t->filter ? "nothing has that in it" : "none", columns);
}

static const struct top_history *history_of(const struct top *t, const char *name)
{
	for (size_t i = 0; i < t->n_history; i++)
		if (strncmp(t->history[i].name, name, LINK_NAME) == 0)
			return &t->history[i];
	return NULL;
}

static void draw_graph(struct top *t, const struct top_history *h, enum host_way way, struct screen_graph g)
{
	char scale[FORMAT_TEXT];
	size_t shown = h->n < (size_t)g.width ? h->n : (size_t)g.width;

	g.values = h->values[way];
	g.n = h->n;
	for (size_t i = h->n - shown; i < h->n; i++)
		g.most = g.values[i] > g.most ? g.values[i] : g.most;
	top_bytes((double)g.most, scale);
	screen_text(t->screen, g.row, g.column - (int)strlen(scale) - 1, SCREEN_DIM, scale, LABEL);
	if (g.height > 1)
		screen_text(t->screen, g.row + g.height - 1, g.column - 2, SCREEN_DIM, "0", 1);
	if (g.most)
		screen_graph(t->screen, &g);
}

/* One interface: a line of numbers, and below it what came and what went. */
static void draw_link(struct top *t, int at, int height, size_t index, int columns)
{
	json_t *row = json_array_get(t->shown, index);
	const struct top_history *h = history_of(t, field_text(row, "name"));
	char line[TOP_LINE];
	int half = columns / 2;
	struct screen_graph g = { .row = at + 1, .column = LABEL, .height = height - 1, .width = half - LABEL - 1,
		.style = SCREEN_GREEN };

	top_line(t->view, row, columns, line);
	screen_text(t->screen, at, 0, index == t->selected ? SCREEN_REVERSED : SCREEN_BOLD, line, columns);
	if (!h || height < 2 || g.width < 4)
		return;
	draw_graph(t, h, HOST_IN, g);
	g.column = half + LABEL;
	g.width = columns - half - LABEL - 1;
	g.style = SCREEN_CYAN;
	draw_graph(t, h, HOST_OUT, g);
}

static void draw_links(struct top *t, int columns)
{
	int n = (int)json_array_size(t->shown), room = top_room(t), height;

	draw_titles(t, columns);
	if (n == 0)
		return;
	height = room / n;
	height = height > 8 ? 8 : height < 3 ? 3 : height;
	/* From the first that lets the selected one be whole. */
	while (t->first < t->selected && (int)(t->selected - t->first + 1) * height > room)
		t->first++;
	for (int i = 0; (i + 1) * height <= room && (int)t->first + i < n; i++)
		draw_link(t, HEAD_ROWS + i * height, height - (height > 3), t->first + (size_t)i, columns);
}

static const char *const help_text =
	"1-7, Tab, arrows left and right   choose the view\n"
	"arrows, PgUp, PgDn, Home, End     choose a row\n"
	"Enter    explain the source, the flow's peer or the incident of that row\n"
	"s        sort by the next column, in the end as it came; r  the other way\n"
	"/        show only rows with these letters in them; Escape ends that\n"
	"a        all: loopback and TIME-WAIT, too\n"
	"p, space pause, and go on;  q  quit\n"
	"\n"
	"Rates are bytes a second: of interfaces on the wire, of flows what programs\n"
	"sent and received by TCP. '-' is what nobody measures: UDP's\n"
	"bytes without nf_conntrack_acct.\n"
	"CONN/s   new connections a second, as the engine counts them, fading\n"
	"NEAR     how near a source is to the limit of that RULE, in per cent\n"
	"STANDING what stands against it, (in brackets) in detect mode: not enforced;\n"
	"         proven: it has completed a connection\n"
	"NEW/s    connections begun, that lived long enough to be met\n"
	"QUEUE    connections that wait for their program, and how many may\n"
	"OWNER    the program, or its unit or user where it cannot be seen";

static const char *line_end(const char *line)
{
	return line + strcspn(line, "\n");
}

static size_t lines_of(const char *text)
{
	size_t n = 0;

	for (; *text; n++) {
		text = line_end(text);
		text += *text == '\n';
	}
	return n;
}

static void draw_text(struct top *t, const char *title, const char *text, size_t from, int columns)
{
	int room = top_room(t), row = 0;
	size_t n = 0, all = lines_of(text);
	char note[64];

	screen_text(t->screen, 3, 0, SCREEN_BOLD, title, columns);
	if (all > (size_t)room) {
		snprintf(note, sizeof(note), "lines %zu-%zu of %zu", from + 1,
			from + (size_t)room < all ? from + (size_t)room : all, all);
		put_right(t, 3, columns, SCREEN_DIM, note);
	}
	for (; *text && row < room; n++) {
		const char *end = line_end(text);

		if (n >= from)
			screen_text(t->screen, HEAD_ROWS + row++, 0, SCREEN_PLAIN, text,
				end - text < columns ? (int)(end - text) : columns);
		text = end + (*end == '\n');
	}
}

static void draw_foot(struct top *t, int rows, int columns)
{
	char line[2 * TOP_CELL];
	size_t n = json_array_size(t->shown), all = json_array_size(t->frame.rows[t->view]);

	if (t->typing) {
		snprintf(line, sizeof(line), "/%s_", t->filter);
		screen_text(t->screen, rows - 1, 0, SCREEN_BOLD, line, columns);
		return;
	}
	if (t->pane || t->help) {
		screen_text(t->screen, rows - 1, 0, SCREEN_DIM, "arrows scroll  any other key goes back", columns);
		return;
	}
	screen_text(t->screen, rows - 1, 0, SCREEN_DIM,
		"s sort  r reverse  / filter  a all  p pause  Enter explain  ? help  q quit", columns);
	if (*t->filter)
		snprintf(line, sizeof(line), " /%.24s: %zu of %zu ", t->filter, n, all);
	else
		snprintf(line, sizeof(line), " %zu%s%s ", n, t->reverse[t->view] ? ", reversed" : "", t->all ? ", all" : "");
	put_right(t, rows - 1, columns, *t->filter ? SCREEN_REVERSED : SCREEN_DIM, n || *t->filter ? line : "");
}

void top_draw(struct top *t)
{
	int rows, columns;

	screen_size(t->screen, &rows, &columns);
	screen_begin(t->screen);
	draw_head(t, columns);
	draw_tabs(t);
	if (t->help)
		draw_text(t, "KEYS AND WORDS", help_text, t->pane_line, columns);
	else if (t->pane)
		draw_text(t, t->pane_title, t->pane, t->pane_line, columns);
	else if (t->view == TOP_INTERFACES)
		draw_links(t, columns);
	else
		draw_rows(t, columns);
	draw_foot(t, rows, columns);
	screen_show(t->screen);
}
