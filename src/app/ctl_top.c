/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * top: what happens now. On a terminal a screen with keys (top_screen.c), else frames (top_plain.c).
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/top.h"
#include "base/text.h"

#define LEAST_NS NS_PER_S /* the daemon looks once a second */
#define MOST_NS (60 * NS_PER_S)

static int take_view(const struct ctl_tool *t, enum top_view *out)
{
	const char *names[TOP_VIEWS];
	const char *nearest;

	if (top_view_parse(t->operands[0], out))
		return CTL_OK;
	for (int i = 0; i < TOP_VIEWS; i++)
		names[i] = top_view_name((enum top_view)i);
	nearest = text_nearest(t->operands[0], names, TOP_VIEWS);
	if (nearest)
		return ctl_complain(CTL_USAGE, "'%s' is no view; did you mean '%s'?", t->operands[0], nearest);
	return ctl_complain(CTL_USAGE,
		"'%s' is no view: sources, services, flows, interfaces, processes, states, incidents", t->operands[0]);
}

static int take_frames(const struct ctl_tool *t, int64_t *out)
{
	const char *text = ctl_value(t, CTL_FRAMES);
	char *end;
	long n;

	*out = 0;
	if (!text)
		return CTL_OK;
	n = strtol(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || n < 1 || n > 1000000000)
		return ctl_complain(CTL_USAGE, "--frames %s: a number from 1 on", text);
	*out = n;
	return CTL_OK;
}

static int take_interval(const struct ctl_tool *t, int64_t *out)
{
	const char *text = ctl_value(t, CTL_INTERVAL);

	*out = NS_PER_S;
	if (text && (duration_parse(text, out) || *out < LEAST_NS || *out > MOST_NS))
		return ctl_complain(CTL_USAGE, "--interval %s: from 1s to 1m", text);
	return CTL_OK;
}

static bool has_screen(const struct ctl_tool *t)
{
	const char *term = getenv("TERM");

	return t->output == CTL_TABLE && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term && *term &&
		strcmp(term, "dumb") != 0;
}

int ctl_top(struct ctl_tool *t)
{
	enum top_view view = TOP_SOURCES;
	int64_t frames, interval_ns;
	int code = t->n_operands ? take_view(t, &view) : CTL_OK;

	if (!code)
		code = take_frames(t, &frames);
	if (!code)
		code = take_interval(t, &interval_ns);
	if (code)
		return code;
	if (has_screen(t)) {
		code = top_screen(t, interval_ns, frames, view);
		if (code != TOP_NO_SCREEN)
			return code;
	}
	return top_plain(t, interval_ns, frames, t->n_operands > 0, view);
}
