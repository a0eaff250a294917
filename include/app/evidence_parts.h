/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What src/app/evidence*.c share: one search of the log, from the incident to the file. */
#ifndef TIDEGATE_APP_EVIDENCE_PARTS_H
#define TIDEGATE_APP_EVIDENCE_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "core/finding.h"
#include "edge/obslog.h"

struct evidence_search {
	const char *log;     /* folder of the log of observations */
	const char *file;    /* to be written */
	struct subject subject;
	wall_t first, trigger, until;
	size_t before, after, snap;
	const _Atomic int64_t *end_ns; /* on the mono clock; where it is set and over, the search ends. NULL: nobody sets it */
};

/* The packets written, as many as the log has: 0 where there are none (and then no file is written), or an err with the
 * reason. */
int evidence_search(const struct evidence_search *s, char why[OBSLOG_WHY]);

#endif
