/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What src/app/top_screen.c (keys and time) and src/app/top_draw.c (the picture) share.
 */
#ifndef TIDEGATE_APP_TOP_SCREEN_H
#define TIDEGATE_APP_TOP_SCREEN_H

#include "app/top.h"
#include "core/host_sample.h"
#include "edge/screen.h"

#define TOP_HISTORY 240 /* refreshes, of each interface */
#define TOP_FILTER 48

/* What an interface carried lately, oldest first. */
struct top_history {
	char name[LINK_NAME + 1];
	uint64_t values[HOST_WAYS][TOP_HISTORY];
	size_t n;
	bool met; /* in the latest frame */
};

struct top {
	struct ctl_tool *tool;
	struct screen *screen;
	struct top_frame frame;
	char why[TOP_WHY];    /* why there is no newer frame; "": there is */
	enum top_view view;
	size_t sort[TOP_VIEWS];
	bool reverse[TOP_VIEWS];
	bool all, paused, help;
	bool typing;          /* the filter */
	char filter[TOP_FILTER];
	json_t *shown;        /* rows of the view, sorted and filtered */
	size_t selected, first; /* indices into these */
	char identity[TOP_CELL]; /* of the selected one; "": whichever is first */
	char *pane;           /* what explain said; NULL: none is open */
	char pane_title[TOP_CELL];
	size_t pane_line;     /* the first one that is shown */
	struct top_history history[SAMPLE_LINKS];
	size_t n_history;
};

/* Chooses and sorts the rows anew, and finds the selected one among them. */
void top_choose(struct top *t);

/* How many rows, and how many lines of a pane, the screen has room for. */
int top_room(const struct top *t);

void top_draw(struct top *t);

#endif
