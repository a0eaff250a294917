/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Users by name, for configurations: out of passwd(5) alone, as everywhere here. A name service may be behind the very
 * network that is watched, and a library of its may do anything within this process.
 */
#include "edge/process.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"

#define PASSWD_BYTES (1u << 20)

int process_uid_of(void *root, const char *user, uint32_t *uid)
{
	char path[256], *text = malloc(PASSWD_BYTES);
	int err = ERR_ABSENT;
	FILE *f;

	snprintf(path, sizeof(path), "%s/etc/passwd", root ? (const char *)root : "");
	f = text ? fopen(path, "re") : NULL;
	if (f) {
		struct slice file = { (const uint8_t *)text, fread(text, 1, PASSWD_BYTES, f) };

		err = process_text_uid(file, user, uid) ? 0 : ERR_ABSENT;
		fclose(f);
	}
	free(text);
	return err;
}
