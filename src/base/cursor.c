/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reads of a cursor that are too rare, or too long, to be inline.
 */
#include "base/cursor.h"

#include <string.h>

void cursor_bytes(struct cursor *c, void *out, size_t len)
{
	const uint8_t *b = cursor_take(c, len);

	if (len == 0)
		return;
	if (b)
		memcpy(out, b, len);
	else
		memset(out, 0, len);
}

struct slice cursor_slice(struct cursor *c, size_t len)
{
	const uint8_t *b = cursor_take(c, len);

	if (!b)
		return (struct slice){ .at = NULL, .len = 0 };
	return (struct slice){ .at = b, .len = len };
}

struct slice cursor_rest(struct cursor *c)
{
	return cursor_slice(c, cursor_left(c));
}
