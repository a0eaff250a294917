/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far somebody has read the stored events: the name of the file in which they are numbered, and the number of the
 * last one that he has. A text for him, "9f86d081884c7d65:1042", which he gives back as it is.
 */
#ifndef TIDEGATE_CODEC_EVENT_CURSOR_H
#define TIDEGATE_CODEC_EVENT_CURSOR_H

#include <stdint.h>

#define EVENT_CURSOR_NAME 32
#define EVENT_CURSOR_TEXT (EVENT_CURSOR_NAME + 24)

struct event_cursor {
	char name[EVENT_CURSOR_NAME]; /* hexadecimal digits; "": of no file yet */
	int64_t id;                   /* at least 0 */
};

/* "" is the cursor of no file. ERR_INVALID: no cursor; *out is not touched then. */
int event_cursor_parse(const char *text, struct event_cursor *out);
void event_cursor_format(const struct event_cursor *c, char out[EVENT_CURSOR_TEXT]);

#endif
