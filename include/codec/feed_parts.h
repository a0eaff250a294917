/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What feed_text.c and feed_crowdsec.c share, and nobody else. */
#ifndef TIDEGATE_CODEC_FEED_PARTS_H
#define TIDEGATE_CODEC_FEED_PARTS_H

#include "codec/feed_text.h"

struct feed_reader {
	const struct feed_opts *opts;
	struct listed_entry *room;
	size_t most;
	struct feed_result *result;
	uint64_t line; /* from 1 */
	bool full;
};

/* The next line, without its end, and the reader's count of them; false at the end. */
bool feed_line(struct feed_reader *r, struct slice *rest, struct slice *line);

/* Without spaces at its ends. */
struct slice feed_trim(struct slice s);
bool feed_is(struct slice s, const char *word); /* whatever the case of its letters */

/* Counts a record as refused, and tells it where it is one of the first. */
void feed_refuse(struct feed_reader *r, enum feed_refusal why, struct slice text);

/* Counts a record; takes the prefix that its value is, or refuses it, telling text. */
void feed_take(struct feed_reader *r, struct slice value, struct slice text);

/* The whole of a CrowdSec export: JSON, or CSV with a head. ERR_INVALID, ERR_TRUNCATED. */
int feed_crowdsec(struct feed_reader *r, struct slice text);
bool feed_crowdsec_head(struct slice line); /* whether a first line is the head of such a CSV */

#endif
