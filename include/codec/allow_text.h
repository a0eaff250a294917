/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An allowlist as a file that people read, check and keep, written from what an actor was seen to reach. What was met only
 * once stands apart at its end, in comments: it may be an accident, or an attack. The file loads as it is (conf/allow.h).
 */
#ifndef TIDEGATE_CODEC_ALLOW_TEXT_H
#define TIDEGATE_CODEC_ALLOW_TEXT_H

#include "base/text.h"
#include "core/reach.h"

#define ALLOW_TEXT_CROWD 8 /* so many addresses of a /24 (IPv6: /64) stand for all of it */

struct allow_text {
	const char *title;    /* of the list: allow_text_title */
	struct actor actor;
	const char *user;     /* its name; "": by number */
	const char *group;    /* path, for ACTOR_GROUP */
	int64_t now_s;        /* wall time */
	unsigned crowd;       /* 0: ALLOW_TEXT_CROWD */
};

struct allow_text_sum {
	size_t entries, once; /* written, and set apart */
	uint64_t contacts;    /* of all */
	size_t skipped;       /* met by a protocol that no entry can name */
};

/*
 * Records may come in any order and of any actors (all are taken for the one that is named); they are sorted in place.
 * out->cut tells that the room did not do. Names that could not have been looked up, or may be cut, count for addresses.
 */
void allow_text_write(const struct allow_text *o, struct reach_record *list, size_t n, struct text *out,
	struct allow_text_sum *sum);

/* A title out of a user, a unit or a path: "backup.service", "uid-34", "host". */
void allow_text_title(const struct allow_text *o, char *out, size_t size);

#endif
