/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of the results.
 */
#include "base/err.h"

#include <stddef.h>

static const char *const words[] = {
	[-ERR_NONE] = "done",
	[-ERR_INVALID] = "not well-formed",
	[-ERR_TRUNCATED] = "ends too early",
	[-ERR_RANGE] = "out of range",
	[-ERR_FULL] = "no room left",
	[-ERR_ABSENT] = "no such thing",
	[-ERR_EXISTS] = "exists already",
	[-ERR_AGAIN] = "not now, try again",
	[-ERR_PERMISSION] = "not permitted",
	[-ERR_UNSUPPORTED] = "not supported here",
	[-ERR_IO] = "input or output failed",
	[-ERR_MEMORY] = "out of memory",
	[-ERR_BUSY] = "in use by somebody else",
	[-ERR_GUARDED] = "forbidden by a guard",
};

const char *err_text(int err)
{
	const int most = (int)(sizeof(words) / sizeof(words[0]));

	if (err > 0 || err <= -most)
		return "unknown error";
	return words[-err];
}
