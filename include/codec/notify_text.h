/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stored events (codec/event_json.h, as JSON) on their way to people: what of them decides whether they are told
 * (core/notify.h), and a line for mails and chats. In a line is nothing but printable ASCII, all else as \xHH
 * (double quotes and backslashes, too): names and words from outside can end no line, no header and no JSON string.
 */
#ifndef TIDEGATE_CODEC_NOTIFY_TEXT_H
#define TIDEGATE_CODEC_NOTIFY_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "core/notify.h"

#define NOTIFY_LINE 1024

/* False for what is no event of ours. */
bool notify_of_json(const json_t *event, struct notify_event *out);

/* Always terminated, without a newline; its length. */
size_t notify_line(const json_t *event, char out[NOTIFY_LINE]);

/* A name for an environment variable: letters, digits, '.', '-' and '_' of it, the rest left out. */
void notify_plain(const char *s, char *out, size_t size);

struct notify_head {
	const char *host;
	const char *timestamp;
	const char *cursor; /* behind the last event that was read for it */
	uint64_t number;
	struct notify_counts counts;
	uint64_t missed;    /* events that were gone before they could be read */
	bool test;
};

/* The first line of a message, before its events. NULL without memory. */
json_t *notify_head_json(const struct notify_head *h);

#endif
