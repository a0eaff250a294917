/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Captures teach what is normal: a replay of them, whose packets are tallied and whose slots go into the file of lessons
 * in the state directory. All of it or nothing: what fails, or teaches nothing, leaves the file as it was.
 *
 * An attack is not taught. The engine runs along, under the same rules as ever: slots in which it would have acted on
 * somebody are left out, from the first evidence to the decision; what a source sends that it had found out is left out
 * for as long as the measure would have stood, and so are its answers; where the decision was about a service or the whole
 * host, the slots are left out for as long.
 */
#ifndef TIDEGATE_APP_LEARN_H
#define TIDEGATE_APP_LEARN_H

#include <stddef.h>
#include <stdint.h>

#include "app/replay.h"
#include "core/tally.h"
#include "edge/store_lessons.h"

struct learn_opts {
	struct replay_opts replay; /* emit, packet and ctx are set here; warn and progress have notice_ctx */
	const char *path;          /* of the file of lessons */
	void *notice_ctx;
};

struct learn_result {
	struct lesson lesson;
	uint64_t connections;  /* begun in the slots that were learned, all directions */
	uint64_t incidents;    /* decisions above observe */
	uint64_t outsiders;    /* packets of others (replay's strangers) */
	struct tally_stats tally;
	char aside[STORE_PATH]; /* a damaged file was renamed to this, or "" */
	char home[2048];
};

/*
 * ERR_EXISTS: one of the captures was learned already, or is given twice. ERR_AGAIN: nothing was learned, as no packet is
 * of this host or every slot belongs to an incident; under other words it may come again. ERR_UNSUPPORTED: standard input
 * or a pipe, which nobody could recognise again; or a file of lessons of a newer version. Others of replay_open and
 * lessons_open. The reason names the file. out->aside is valid in any case.
 */
int learn_captures(const struct learn_opts *o, struct learn_result *out, char why[CAPTURE_WHY]);

#endif
