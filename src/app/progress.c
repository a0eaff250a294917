/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line of progress. It counts what is behind it, so its guess of what is left gets better as it goes. */
#include "app/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "app/ctl.h"
#include "base/time.h"
#include "edge/clock.h"

void progress_begin(struct progress *p, const char *verb, const char *things, bool quiet)
{
	*p = (struct progress){ .verb = verb, .things = things, .quiet = quiet };
	p->began_ns = p->said_ns = clock_mono().ns;
}

double progress_seconds(const struct progress *p)
{
	return (double)(clock_mono().ns - p->began_ns) / (double)NS_PER_S;
}

static void say(struct progress *p, uint64_t n, uint64_t read, uint64_t total, int64_t now)
{
	double seconds = (double)(now - p->began_ns) / (double)NS_PER_S;
	double done = total ? (double)read / (double)total : 0;
	char rate[FORMAT_TEXT], left[FORMAT_TEXT] = "?";

	format_short((int64_t)((double)n / (seconds > 0 ? seconds : 1)), rate);
	if (done > 0)
		format_seconds((int64_t)(seconds / done * (1 - done)) + 1, left);
	p->said_ns = now;
	p->said_percent = (int)(done * 100);
	if (total)
		fprintf(stderr, "%s: %d %%, %s %s/s, %s left", p->verb, p->said_percent, rate, p->things, left);
	else
		fprintf(stderr, "%s: %" PRIu64 " %s, %s/s", p->verb, n, p->things, rate);
}

void progress_say(struct progress *p, uint64_t n, uint64_t read, uint64_t total)
{
	int64_t now = p->quiet ? 0 : clock_mono().ns;

	if (p->quiet || now - p->said_ns < NS_PER_S / 10)
		return;
	if (isatty(STDERR_FILENO)) {
		fputc('\r', stderr);
		say(p, n, read, total, now);
		fputs("\033[K", stderr);
		p->live = true;
		return;
	}
	if (now - p->said_ns < NS_PER_S || !total || read * 10 / total <= (uint64_t)p->said_percent / 10)
		return;
	say(p, n, read, total, now);
	fputc('\n', stderr);
}

void progress_wipe(struct progress *p)
{
	if (p->live)
		fputs("\r\033[K", stderr);
	p->live = false;
}
