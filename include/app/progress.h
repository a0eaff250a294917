/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far a long reading is, on stderr: a terminal gets one line that lives, a file a line for each tenth. For verbs of
 * the control tool that read captures and logs.
 */
#ifndef TIDEGATE_APP_PROGRESS_H
#define TIDEGATE_APP_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *verb, *things; /* "replay: 12 %, 1.2M packets/s, 3s left" */
	bool quiet;
	bool live;                 /* a line stands that is to be wiped */
	int64_t began_ns, said_ns;
	int said_percent;
};

void progress_begin(struct progress *p, const char *verb, const char *things, bool quiet);

/* Now and then, as often as one likes. read and total of whatever measures the way, total 0: that is not known. */
void progress_say(struct progress *p, uint64_t n, uint64_t read, uint64_t total);

/* Before anything else is written to the terminal, and at the end. */
void progress_wipe(struct progress *p);

double progress_seconds(const struct progress *p); /* since it began */

#endif
