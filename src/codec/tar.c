/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers are octal text; the sum is taken with blanks in its own place. */
#include "codec/tar.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"

#define MOST (UINT64_C(1) << 33)

struct ustar {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100], magic[6], version[2], user[32],
		group[32], major[8], minor[8], prefix[155], pad[12];
};

_Static_assert(sizeof(struct ustar) == TAR_BLOCK, "the header of a tar archive");

static void put_octal(char *out, size_t size, uint64_t value)
{
	for (size_t i = size - 1; i-- > 0; value /= 8)
		out[i] = (char)('0' + value % 8);
	out[size - 1] = '\0';
}

int tar_header(const char *name, uint64_t bytes, uint64_t modified_s, uint8_t out[TAR_BLOCK])
{
	struct ustar h;
	uint8_t raw[TAR_BLOCK];
	unsigned sum = 0;

	if (strlen(name) >= TAR_NAME || bytes >= MOST || modified_s >= MOST)
		return ERR_RANGE;
	memset(&h, 0, sizeof(h));
	memcpy(h.name, name, strlen(name));
	put_octal(h.mode, sizeof(h.mode), 0600);
	put_octal(h.uid, sizeof(h.uid), 0);
	put_octal(h.gid, sizeof(h.gid), 0);
	put_octal(h.size, sizeof(h.size), bytes);
	put_octal(h.mtime, sizeof(h.mtime), modified_s);
	memset(h.sum, ' ', sizeof(h.sum));
	h.type = '0';
	memcpy(h.magic, "ustar", 6);
	memcpy(h.version, "00", 2);
	memcpy(raw, &h, sizeof(raw));
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += raw[i];
	put_octal(h.sum, sizeof(h.sum) - 1, sum);
	memcpy(out, &h, TAR_BLOCK);
	return 0;
}

size_t tar_fill(uint64_t bytes)
{
	return (size_t)((TAR_BLOCK - bytes % TAR_BLOCK) % TAR_BLOCK);
}
