/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a value, in any room: what comes out is text in UTF-8 without markup, and well-formed wherever it is cut. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/html_put.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

static void check_reference(const char *at)
{
	static const char *const known[] = { "&amp;", "&lt;", "&gt;", "&#34;", "&#39;" };
	bool found = false;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		found |= strncmp(at, known[i], strlen(known[i])) == 0;
	must(found);
}

static void check_text(const char *s)
{
	size_t follow = 0;

	for (; *s; s++) {
		const uint8_t b = (uint8_t)*s;

		must(follow ? (b & 0xc0) == 0x80 : b < 0x80 || (b >= 0xc2 && b < 0xf5));
		follow = follow ? follow - 1 : b < 0x80 ? 0 : b < 0xe0 ? 1 : b < 0xf0 ? 2 : 3;
		must(b >= 0x20 && b != 0x7f && b != '<' && b != '>' && b != '"' && b != '\'');
		if (b == '&')
			check_reference(s);
	}
	must(follow == 0);
}

/* The first two bytes: the room and the most characters. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char small[300], large[12 * 4096 + 1];
	struct text t;

	if (size < 2 || size > 4096)
		return 0;
	t = text_over(small, (size_t)data[0] + 1);
	html_put_slice(&t, (struct slice){ .at = data + 2, .len = size - 2 }, data[1]);
	check_text(small);
	must(t.len == strlen(small) && t.len <= data[0]);
	t = text_over(large, sizeof(large));
	html_put_slice(&t, (struct slice){ .at = data + 2, .len = size - 2 }, 0);
	check_text(large);
	must(!t.cut);
	return 0;
}
