/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a replay says: each event as it comes (a line for people, or an EVE line), how far it is, and at the end a table
 * of all that was found, with the rule and the reaction that decided.
 */
#ifndef TIDEGATE_APP_REPLAY_TELL_H
#define TIDEGATE_APP_REPLAY_TELL_H

#include "app/ctl.h"
#include "app/progress.h"
#include "app/replay.h"

#define TELL_FOUND 4096 /* rows of the table; more are counted */

struct tell_row {
	struct finding finding;   /* the first of its subject and rule */
	struct decision decision; /* the gravest */
	uint8_t guard;
	uint32_t times;
};

struct tell {
	struct ctl_tool *tool;
	struct replay *replay;
	char host[64];
	struct tell_row *rows;
	size_t n_rows;
	uint64_t more;      /* findings that found no row */
	struct progress progress;
};

int tell_create(struct tell **out, struct ctl_tool *t);
void tell_destroy(struct tell *t);
void tell_begin(struct tell *t, struct replay *r);

/* For struct replay_opts; ctx is the tell. */
void tell_event(void *ctx, const struct event *e);
void tell_warning(void *ctx, const char *text);
void tell_progress(void *ctx, const struct replay_stats *s);

void tell_end(struct tell *t);

#endif
