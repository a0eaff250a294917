/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ncursesw behind few words. Signals that shall end the program are let through only while it waits for a key, so that
 * none falls between the look at their flag and the wait.
 */
#include "edge/screen.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <ncurses.h>
#include <term.h>
#undef columns /* a macro of term.h */

#include "base/err.h"
#include "base/time.h"

#define EIGHTHS 8

struct screen {
	SCREEN *terminal;
	bool colour, utf8;
	sigset_t before, during; /* masks: of the caller; while a key is waited for */
	struct sigaction were[3];
};

static const int ending[3] = { SIGINT, SIGTERM, SIGHUP };
static volatile sig_atomic_t asked_to_end;

static void note_end(int number)
{
	(void)number;
	asked_to_end = 1;
}

static void catch_signals(struct screen *s)
{
	struct sigaction a = { .sa_handler = note_end };
	sigset_t blocked;

	asked_to_end = 0;
	sigemptyset(&a.sa_mask);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGWINCH); /* ncurses' own: a resize must not fall between either */
	for (int i = 0; i < 3; i++) {
		sigaction(ending[i], &a, &s->were[i]);
		sigaddset(&blocked, ending[i]);
	}
	sigprocmask(SIG_BLOCK, &blocked, &s->before);
	s->during = s->before;
}

static void let_signals_go(const struct screen *s)
{
	for (int i = 0; i < 3; i++)
		sigaction(ending[i], &s->were[i], NULL);
	sigprocmask(SIG_SETMASK, &s->before, NULL);
}

static void make_colours(struct screen *s, bool wanted)
{
	static const short colours[SCREEN_STYLES] = {
		[SCREEN_RED] = COLOR_RED,
		[SCREEN_GREEN] = COLOR_GREEN,
		[SCREEN_YELLOW] = COLOR_YELLOW,
		[SCREEN_CYAN] = COLOR_CYAN,
	};

	s->colour = wanted && has_colors() && start_color() == OK;
	if (!s->colour)
		return;
	use_default_colors();
	for (int i = SCREEN_RED; i < SCREEN_STYLES; i++)
		init_pair((short)i, colours[i], -1);
}

static void prepare(void)
{
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	intrflush(stdscr, FALSE);
	leaveok(stdscr, TRUE);
	curs_set(0);
	set_escdelay(25); /* milliseconds: a key's sequence comes whole, or it was Escape */
}

int screen_open(struct screen **out, bool colour)
{
	struct screen *s = calloc(1, sizeof(*s));
	const char *codeset;

	if (!s)
		return ERR_MEMORY;
	setlocale(LC_CTYPE, "");
	codeset = nl_langinfo(CODESET);
	s->utf8 = codeset && strcmp(codeset, "UTF-8") == 0;
	catch_signals(s);
	s->terminal = newterm(NULL, stdout, stdin);
	/* newterm takes terminals that can only scroll; nothing can be drawn upon these. */
	if (!s->terminal || !tigetstr("cup") || tigetstr("cup") == (char *)-1) {
		screen_close(s);
		return ERR_UNSUPPORTED;
	}
	prepare();
	make_colours(s, colour);
	*out = s;
	return 0;
}

void screen_close(struct screen *s)
{
	if (!s)
		return;
	if (s->terminal) {
		endwin();
		delscreen(s->terminal);
	}
	let_signals_go(s);
	free(s);
}

void screen_size(const struct screen *s, int *rows, int *columns)
{
	(void)s;
	getmaxyx(stdscr, *rows, *columns);
}

void screen_begin(struct screen *s)
{
	(void)s;
	erase();
}

void screen_show(struct screen *s)
{
	(void)s;
	refresh();
}

static attr_t attributes(const struct screen *s, enum screen_style style)
{
	switch (style) {
	case SCREEN_PLAIN:
	case SCREEN_STYLES:
		return A_NORMAL;
	case SCREEN_BOLD:
		return A_BOLD;
	case SCREEN_DIM:
		return A_DIM;
	case SCREEN_REVERSED:
		return A_REVERSE;
	case SCREEN_RED:
		return s->colour ? (attr_t)COLOR_PAIR(style) | A_BOLD : A_BOLD;
	case SCREEN_GREEN:
	case SCREEN_YELLOW:
	case SCREEN_CYAN:
		return s->colour ? (attr_t)COLOR_PAIR(style) : A_NORMAL;
	}
	return A_NORMAL;
}

static bool is_inside(int row, int column)
{
	return row >= 0 && row < LINES && column >= 0 && column < COLS;
}

void screen_text(struct screen *s, int row, int column, enum screen_style style, const char *text, int width)
{
	if (!is_inside(row, column))
		return;
	if (width > COLS - column)
		width = COLS - column;
	move(row, column);
	attrset((int)attributes(s, style));
	for (int i = 0; i < width && text[i]; i++)
		addch((chtype)(text[i] < 0x20 || text[i] > 0x7e ? '?' : text[i]) | attributes(s, style));
	attrset(A_NORMAL);
}

void screen_ground(struct screen *s, int row, enum screen_style style)
{
	if (is_inside(row, 0))
		mvchgat(row, 0, -1, attributes(s, style), s->colour ? (short)style : 0, NULL);
}

/* A cell that is filled to so many eighths: from the left, or from below. */
static void put_eighths(const struct screen *s, int row, int column, int eighths, bool upright, enum screen_style style)
{
	static const wchar_t rising[] = L" \u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588";
	static const wchar_t growing[] = L" \u258f\u258e\u258d\u258c\u258b\u258a\u2589\u2588";
	static const char plain_rising[] = " ...::::#", plain_growing[] = "    ####" "#";
	wchar_t cell[2] = { upright ? rising[eighths] : growing[eighths], 0 };
	char ascii[2] = { upright ? plain_rising[eighths] : plain_growing[eighths], 0 };

	if (!is_inside(row, column) || eighths == 0)
		return;
	attrset((int)attributes(s, style));
	if (s->utf8)
		mvaddnwstr(row, column, cell, 1);
	else
		mvaddnstr(row, column, ascii, 1);
	attrset(A_NORMAL);
}

void screen_bar(struct screen *s, int row, int column, int width, int share, enum screen_style style)
{
	int eighths = (int)((int64_t)share * width * EIGHTHS / 1000);

	for (int i = 0; i < width && eighths > 0; i++, eighths -= EIGHTHS)
		put_eighths(s, row, column + i, eighths < EIGHTHS ? eighths : EIGHTHS, false, style);
}

void screen_graph(struct screen *s, const struct screen_graph *g)
{
	size_t shown = g->n < (size_t)g->width ? g->n : (size_t)g->width;
	const uint64_t *values = g->values + (g->n - shown);
	uint64_t most = g->most;

	for (size_t i = 0; i < shown && !g->most; i++)
		most = values[i] > most ? values[i] : most;
	for (size_t i = 0; i < shown && most; i++) {
		double part = (double)values[i] / (double)most;
		int eighths = (int)((part < 1 ? part : 1) * g->height * EIGHTHS + 0.5);

		if (eighths == 0 && values[i])
			eighths = 1; /* little is not nothing */
		for (int h = 0; h < g->height && eighths > 0; h++, eighths -= EIGHTHS)
			put_eighths(s, g->row + g->height - 1 - h, g->column + g->width - (int)shown + (int)i,
				eighths < EIGHTHS ? eighths : EIGHTHS, true, g->style);
	}
}

static int key_of(int code)
{
	static const struct {
		int theirs, ours;
	} keys[] = {
		{ KEY_UP, SCREEN_UP }, { KEY_DOWN, SCREEN_DOWN }, { KEY_LEFT, SCREEN_LEFT }, { KEY_RIGHT, SCREEN_RIGHT },
		{ KEY_PPAGE, SCREEN_PAGE_UP }, { KEY_NPAGE, SCREEN_PAGE_DOWN }, { KEY_HOME, SCREEN_HOME },
		{ KEY_END, SCREEN_END }, { KEY_BACKSPACE, SCREEN_BACKSPACE }, { 127, SCREEN_BACKSPACE },
		{ '\b', SCREEN_BACKSPACE }, { KEY_ENTER, SCREEN_ENTER }, { '\r', SCREEN_ENTER },
		{ KEY_RESIZE, SCREEN_RESIZED },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].theirs == code)
			return keys[i].ours;
	return code > 0 && code < 128 ? code : SCREEN_NONE;
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

int screen_wait(struct screen *s, int64_t ns)
{
	int64_t end = now_ns() + ns;
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };

	for (;;) {
		int64_t left = end - now_ns();
		struct timespec t = { .tv_sec = left / NS_PER_S, .tv_nsec = left % NS_PER_S };
		int code, ready;

		if (asked_to_end)
			return SCREEN_STOP;
		code = getch();
		if (code != ERR && key_of(code) != SCREEN_NONE)
			return key_of(code);
		if (code != ERR)
			continue; /* a key that means nothing here */
		if (left <= 0)
			return SCREEN_NONE;
		ready = ppoll(&p, 1, &t, &s->during);
		if (ready > 0 && !(p.revents & POLLIN))
			return SCREEN_STOP;
		if (ready < 0 && errno != EINTR)
			return SCREEN_STOP;
	}
}
