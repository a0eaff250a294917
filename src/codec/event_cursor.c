/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cursors of stored events, to text and back. */
#include "codec/event_cursor.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

#define HEX "0123456789abcdef"

static bool number(const char *text, int64_t *out)
{
	int64_t n = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		const int digit = *text - '0';

		if (digit < 0 || digit > 9 || n > (INT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*out = n;
	return true;
}

int event_cursor_parse(const char *text, struct event_cursor *out)
{
	struct event_cursor c = { .id = 0 };
	const size_t len = strspn(text, HEX);

	if (text[0] && (len == 0 || len >= sizeof(c.name) || text[len] != ':' || !number(text + len + 1, &c.id)))
		return ERR_INVALID;
	memcpy(c.name, text, len);
	*out = c;
	return 0;
}

void event_cursor_format(const struct event_cursor *c, char out[EVENT_CURSOR_TEXT])
{
	out[0] = '\0';
	if (c->name[0])
		snprintf(out, EVENT_CURSOR_TEXT, "%s:%" PRId64, c->name, c->id);
}
