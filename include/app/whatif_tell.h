/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The output of what-if: who was stopped and who would have been, first those who should not, then what differs. */
#ifndef TIDEGATE_APP_WHATIF_TELL_H
#define TIDEGATE_APP_WHATIF_TELL_H

#include "app/ctl.h"
#include "app/whatif.h"

struct whatif_tale {
	const struct ctl_tool *tool;
	const struct whatif *whatif;
	bool compare;
	const char *policy[WHATIF_SIDES]; /* names */
	const char *file[WHATIF_SIDES];
	bool new_enforce;
	int64_t asked_ns;                 /* the period that was asked for */
	int64_t covered_ns;               /* how much of it the log may have had: from its first entry to now */
	struct obslog_progress log;
	double seconds;                   /* it took */
};

/* ERR_MEMORY. */
int whatif_tell(const struct whatif_tale *t);

#endif
