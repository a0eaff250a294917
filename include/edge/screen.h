/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A terminal that is drawn upon: text in styles, bars, graphs, keys. By ncursesw; without colour, and without UTF-8, it says
 * the same with what there is. The terminal is given back as it was found by screen_close, which is therefore the caller's
 * duty on each way out; signals that end a program only end the waiting for a key. For one thread, one screen at a time.
 */
#ifndef TIDEGATE_EDGE_SCREEN_H
#define TIDEGATE_EDGE_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum screen_style {
	SCREEN_PLAIN = 0,
	SCREEN_BOLD,
	SCREEN_DIM,
	SCREEN_REVERSED,
	SCREEN_RED,     /* bold where there is no colour; the others plain */
	SCREEN_GREEN,
	SCREEN_YELLOW,
	SCREEN_CYAN,
	SCREEN_STYLES,
};

enum screen_key { /* and ASCII, as it was typed */
	SCREEN_NONE = 0,
	SCREEN_ENTER = '\n',
	SCREEN_ESCAPE = 27,
	SCREEN_UP = 256,
	SCREEN_DOWN,
	SCREEN_LEFT,
	SCREEN_RIGHT,
	SCREEN_PAGE_UP,
	SCREEN_PAGE_DOWN,
	SCREEN_HOME,
	SCREEN_END,
	SCREEN_BACKSPACE,
	SCREEN_RESIZED, /* draw again */
	SCREEN_STOP,    /* SIGINT, SIGTERM, SIGHUP, or the terminal is gone */
};

struct screen;

/* Of the standard input and output. ERR_UNSUPPORTED: the terminal ($TERM) is not known, or cannot move its cursor;
 * ERR_MEMORY. */
int screen_open(struct screen **out, bool colour);
void screen_close(struct screen *s); /* NULL does nothing */

void screen_size(const struct screen *s, int *rows, int *columns);

/* A picture begins empty, and is shown as a whole. */
void screen_begin(struct screen *s);
void screen_show(struct screen *s);

/* At most width columns of it. Only printable ASCII is drawn, all else as '?'. What is outside the screen is not drawn. */
void screen_text(struct screen *s, int row, int column, enum screen_style style, const char *text, int width);

/* The whole row in this style, as a ground for what is drawn upon it. */
void screen_ground(struct screen *s, int row, enum screen_style style);

/* share: 0 to 1000. */
void screen_bar(struct screen *s, int row, int column, int width, int share, enum screen_style style);

/* The latest values, one a column, the newest rightmost; most is as high as the graph (0: their greatest). */
struct screen_graph {
	int row, column, height, width;
	const uint64_t *values; /* oldest first */
	size_t n;
	uint64_t most;
	enum screen_style style;
};

void screen_graph(struct screen *s, const struct screen_graph *g);

/* Waits for a key; SCREEN_NONE after that time. */
int screen_wait(struct screen *s, int64_t ns);

#endif
