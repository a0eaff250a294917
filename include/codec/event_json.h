/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An event as one line of Suricata's EVE format (JSON, one object a line): findings as
 * "alert", all that happens to measures and to the daemon as "tidegate". Pure; the wall
 * time and names of the world are handed in.
 */
#ifndef TIDEGATE_CODEC_EVENT_JSON_H
#define TIDEGATE_CODEC_EVENT_JSON_H

#include <stddef.h>

#include <jansson.h>

#include "codec/finding_text.h"
#include "codec/stamp.h"
#include "core/event.h"

#define EVENT_LINE 6144 /* room for any event's line */

/* What the event does not know of the world around it. */
struct event_world {
	struct stamp stamp;
	const char *host;
	const char *iface; /* of the event's finding; NULL where unknown */
};

/* Only a measure that the kernel confirmed says "blocked"; a finding never does. NULL
 * without memory. */
json_t *event_json_value(const struct event *e, const struct event_world *w);

/* The line with its newline, always terminated: its length, or ERR_FULL, ERR_MEMORY. */
int event_json(const struct event *e, const struct event_world *w, char *out,
	size_t size);

/* "block", "unblock", "expire", "step-down", "refuse", "mode", "reload", "notice",
 * "finding". */
const char *event_word(const struct event *e);

#endif
