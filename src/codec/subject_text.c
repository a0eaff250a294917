/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/subject_text.h"

#include <string.h>

#include "base/err.h"

/* Digits alone, without a sign or a blank, which strtoull would take. */
static int number(const char *text, uint64_t most, uint64_t *out)
{
	uint64_t n = 0;

	if (!*text)
		return ERR_INVALID;
	for (; *text; text++) {
		unsigned digit = (unsigned)(*text - '0');

		if (digit > 9 || n > (most - digit) / 10)
			return ERR_INVALID;
		n = n * 10 + digit;
	}
	*out = n;
	return 0;
}

static int actor_parse(const char *text, struct actor *out)
{
	uint64_t n = 0;

	if (strcmp(text, "host") == 0) {
		*out = (struct actor){ .kind = ACTOR_HOST };
		return 0;
	}
	if (strncmp(text, "uid:", 4) == 0 && number(text + 4, OWNER_UNKNOWN - 1, &n) == 0) {
		*out = (struct actor){ .kind = ACTOR_USER, .uid = (uint32_t)n };
		return 0;
	}
	if (strncmp(text, "cgroup:", 7) == 0 && number(text + 7, UINT64_MAX, &n) == 0 && n) {
		*out = (struct actor){ .kind = ACTOR_GROUP, .cgroup = n };
		return 0;
	}
	return ERR_INVALID;
}

int subject_parse(const char *text, struct subject *out)
{
	struct subject s = { .kind = SUBJECT_ACTOR };
	int err;

	if (actor_parse(text, &s.actor) == 0) {
		*out = s;
		return 0;
	}
	s = (struct subject){ .kind = SUBJECT_SOURCE };
	err = prefix_parse(text, &s.source);
	if (!err)
		*out = s;
	return err;
}
