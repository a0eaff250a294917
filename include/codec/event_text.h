/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An event as one line for people: local time, what kind of thing, who, why, and what was
 * or would be done. The plain line first; colour is laid over it, so that the tool can
 * paint lines that came through the socket.
 */
#ifndef TIDEGATE_CODEC_EVENT_TEXT_H
#define TIDEGATE_CODEC_EVENT_TEXT_H

#include <stddef.h>

#include "codec/event_json.h"

#define EVENT_TEXT 1024 /* room for any event's line, painted or not */

/* Both without a newline, always terminated; return the length. */
size_t event_text(const struct event *e, const struct event_world *w, char *out,
	size_t size);

/* Colours a line of event_text: the time dim, the word of its kind by how grave it is.
 * Others come out as they are. */
size_t event_text_paint(const char *line, char *out, size_t size);

#endif
