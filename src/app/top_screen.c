/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The screen's time and its keys: a refresh each interval, a picture after each key. The terminal is given back on every
 * way out of top_screen.
 */
#include "app/top_screen.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

/* The wheel of time, not the wall's: it goes on where that is set back. */
static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void keep_in_view(struct top *t)
{
	size_t n = json_array_size(t->shown);
	size_t room = (size_t)top_room(t);

	if (t->selected >= n)
		t->selected = n ? n - 1 : 0;
	if (t->first > t->selected)
		t->first = t->selected;
	if (t->view != TOP_INTERFACES && t->selected - t->first >= room)
		t->first = t->selected - room + 1;
}

void top_choose(struct top *t)
{
	char identity[TOP_CELL];
	json_t *row;
	size_t i;

	json_decref(t->shown);
	t->shown = top_sorted(t->view, t->frame.rows[t->view], t->sort[t->view], t->reverse[t->view], t->filter);
	json_array_foreach(t->shown, i, row) {
		if (!*t->identity)
			break;
		top_identity(t->view, row, identity);
		if (strcmp(identity, t->identity) == 0) {
			t->selected = i;
			break;
		}
	}
	keep_in_view(t);
}

/* The row that is followed from now on; the first one is not: who looks at the top wants the top. */
static void follow(struct top *t)
{
	json_t *row = json_array_get(t->shown, t->selected);

	t->identity[0] = '\0';
	if (row && t->selected > 0)
		top_identity(t->view, row, t->identity);
	keep_in_view(t);
}

static void move_by(struct top *t, int64_t rows)
{
	size_t n = json_array_size(t->shown);
	int64_t to = (int64_t)t->selected + rows;

	t->selected = n == 0 || to < 0 ? 0 : (size_t)to < n ? (size_t)to : n - 1;
	follow(t);
}

static void show_view(struct top *t, int view)
{
	t->view = (enum top_view)((view + TOP_VIEWS) % TOP_VIEWS);
	t->selected = t->first = 0;
	t->identity[0] = '\0';
	top_choose(t);
}

static struct top_history *history_of(struct top *t, const char *name)
{
	struct top_history *h = NULL;

	for (size_t i = 0; i < t->n_history; i++) {
		if (strncmp(t->history[i].name, name, LINK_NAME) == 0)
			return &t->history[i];
		if (!t->history[i].met)
			h = &t->history[i]; /* of an interface that is gone */
	}
	if (t->n_history < SAMPLE_LINKS)
		h = &t->history[t->n_history++];
	if (!h)
		return NULL;
	memset(h, 0, sizeof(*h));
	text_copy(h->name, sizeof(h->name), name);
	return h;
}

static void add_history(struct top *t)
{
	json_t *row;
	size_t i;

	for (i = 0; i < t->n_history; i++)
		t->history[i].met = false;
	json_array_foreach(t->frame.rows[TOP_INTERFACES], i, row) {
		struct top_history *h = history_of(t, field_text(row, "name"));

		if (!h)
			continue;
		h->met = true;
		for (int way = 0; way < HOST_WAYS && h->n == TOP_HISTORY; way++)
			memmove(h->values[way], h->values[way] + 1, (TOP_HISTORY - 1) * sizeof(h->values[way][0]));
		h->n -= h->n == TOP_HISTORY;
		h->values[HOST_IN][h->n] = (uint64_t)field_int(row, "in_bytes_s");
		h->values[HOST_OUT][h->n] = (uint64_t)field_int(row, "out_bytes_s");
		h->n++;
	}
}

/* Where no new frame comes, the old one stays, and the reason stands over it. */
static int refresh(struct top *t, int64_t interval_ns)
{
	struct top_wish w = { .all = t->all, .watch_s = interval_ns / NS_PER_S + 5 };
	struct top_frame next = { .head = NULL };
	int code;

	w.views[t->view] = true;
	code = top_fetch(t->tool, &w, &next, t->why);
	if (code) {
		top_frame_clear(&next);
		return code;
	}
	t->why[0] = '\0';
	/* Of another refresh's second nothing is left to show, but its own rates were told already. */
	bool news = strcmp(field_text(t->frame.head, "taken"), field_text(next.head, "taken")) != 0;
	top_frame_clear(&t->frame);
	t->frame = next;
	if (news && field_real(next.head, "span_s") > 0)
		add_history(t);
	top_choose(t);
	return CTL_OK;
}

static void open_pane(struct top *t)
{
	char subject[TOP_CELL];
	json_t *row = json_array_get(t->shown, t->selected);

	if (!row)
		return;
	top_subject(t->view, row, subject);
	if (!*subject)
		return;
	free(t->pane);
	t->pane = top_explain(t->tool, subject);
	t->pane_line = 0;
	text_copy(t->pane_title, sizeof(t->pane_title), "EXPLAIN ");
	text_copy(t->pane_title + 8, sizeof(t->pane_title) - 8, subject);
}

static size_t pane_lines(const struct top *t)
{
	size_t n = 1;

	for (const char *p = t->pane ? t->pane : ""; *p; p++)
		n += *p == '\n' && p[1];
	return n;
}

static void scroll(struct top *t, int64_t lines)
{
	int64_t most = (int64_t)pane_lines(t) - top_room(t);
	int64_t to = (int64_t)t->pane_line + lines;

	t->pane_line = to < 0 || most < 0 ? 0 : (size_t)(to < most ? to : most);
}

/* How far a key moves; 0: it moves nothing. */
static int64_t way_of(const struct top *t, int key)
{
	switch (key) {
	case SCREEN_UP:
	case 'k':
		return -1;
	case SCREEN_DOWN:
	case 'j':
		return 1;
	case SCREEN_PAGE_UP:
		return -top_room(t);
	case SCREEN_PAGE_DOWN:
		return top_room(t);
	case SCREEN_HOME:
		return INT32_MIN;
	case SCREEN_END:
		return INT32_MAX;
	default:
		return 0;
	}
}

static void key_in_filter(struct top *t, int key)
{
	size_t len = strlen(t->filter);

	if (key == SCREEN_ESCAPE)
		t->filter[0] = '\0';
	else if (key == SCREEN_BACKSPACE && len > 0)
		t->filter[len - 1] = '\0';
	else if (key >= ' ' && key < 127 && len < sizeof(t->filter) - 1)
		memcpy(t->filter + len, (const char[]){ (char)key, '\0' }, 2);
	if (key == SCREEN_ESCAPE || key == SCREEN_ENTER)
		t->typing = false;
	top_choose(t);
}

static void key_in_text(struct top *t, int key)
{
	int64_t way = way_of(t, key);

	if (way || key == SCREEN_RESIZED) {
		scroll(t, way);
		return;
	}
	free(t->pane);
	t->pane = NULL;
	t->help = false;
	t->pane_line = 0;
}

static void key_in_view(struct top *t, int key)
{
	size_t *sort = &t->sort[t->view];

	switch (key) {
	case 's':
		*sort = *sort >= top_columns(t->view) ? 0 : *sort + 1;
		break;
	case 'r':
		t->reverse[t->view] = !t->reverse[t->view];
		break;
	case '/':
		t->typing = true;
		break;
	case SCREEN_ESCAPE:
		t->filter[0] = '\0';
		break;
	case 'a':
		t->all = !t->all;
		break;
	case 'p':
	case ' ':
		t->paused = !t->paused;
		break;
	case '?':
	case 'h':
		t->help = true;
		t->pane_line = 0;
		break;
	case SCREEN_ENTER:
		open_pane(t);
		break;
	case '\t':
	case SCREEN_RIGHT:
		show_view(t, (int)t->view + 1);
		break;
	case SCREEN_LEFT:
		show_view(t, (int)t->view - 1);
		break;
	default:
		if (key >= '1' && key < '1' + TOP_VIEWS)
			show_view(t, key - '1');
		else
			move_by(t, way_of(t, key));
	}
	top_choose(t);
}

/* True where the next refresh shall not wait for its time: another view wants other rows. */
static bool take_key(struct top *t, int key)
{
	enum top_view view = t->view;
	bool all = t->all, paused = t->paused;

	if (t->typing)
		key_in_filter(t, key);
	else if (t->pane || t->help)
		key_in_text(t, key);
	else
		key_in_view(t, key);
	return view != t->view || all != t->all || (paused && !t->paused);
}

static bool ends(const struct top *t, int key)
{
	return key == SCREEN_STOP || (!t->typing && !t->pane && !t->help && (key == 'q' || key == 'Q'));
}

static void run(struct top *t, int64_t interval_ns, int64_t frames)
{
	int64_t next = now_ns(), shown = 0;

	for (;;) {
		int64_t left = next - now_ns();
		int key;

		if (left <= 0 && !t->paused) {
			int code = refresh(t, interval_ns);

			/* What is but begun comes soon; who is gone is asked again each second. */
			next = now_ns() + (code == CTL_AGAIN ? interval_ns / 4 : interval_ns);
			shown += code == CTL_OK;
		}
		top_draw(t);
		if (frames && shown >= frames)
			return;
		left = next - now_ns();
		key = screen_wait(t->screen, t->paused || left < 0 ? interval_ns : left);
		if (ends(t, key))
			return;
		if (key != SCREEN_NONE && take_key(t, key))
			next = now_ns();
	}
}

int top_screen(struct ctl_tool *tool, int64_t interval_ns, int64_t frames, enum top_view view)
{
	struct top *t = calloc(1, sizeof(*t));

	if (!t)
		return ctl_complain(CTL_INTERNAL, "no memory");
	t->tool = tool;
	t->view = view;
	for (int v = 0; v < TOP_VIEWS; v++)
		t->sort[v] = top_first_sort((enum top_view)v);
	if (screen_open(&t->screen, tool->colour)) {
		free(t);
		return TOP_NO_SCREEN;
	}
	run(t, interval_ns, frames);
	screen_close(t->screen);
	top_frame_clear(&t->frame);
	json_decref(t->shown);
	free(t->pane);
	free(t);
	return CTL_OK;
}
