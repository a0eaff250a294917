/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files about processes, as edge/process reads them. The first byte chooses the parser, the second how much room its answer
 * has. Whatever comes out is terminated within its room, is not empty, and is not longer than what went in.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/process_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(const char *out, size_t room, size_t most)
{
	size_t n = strnlen(out, room);

	if (!n || n == room || n > most)
		abort();
}

/* The paths are strings of ours by then. */
static bool unit_of(struct slice bytes, char *out, size_t room)
{
	char path[512];

	if (bytes.len >= sizeof(path) || memchr(bytes.at, '\0', bytes.len))
		return false;
	memcpy(path, bytes.at, bytes.len);
	path[bytes.len] = '\0';
	return process_text_unit(path, out, room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = { data + 2, size - 2 };
	uint32_t number = 0;
	char out[256];
	size_t room;
	bool text = false;

	if (size < 3)
		return 0;
	room = data[1] ? data[1] : 1;
	switch (data[0] % 7) {
	case 0:
		if (process_text_socket(bytes, &number) && (!number || size < 12))
			abort();
		break;
	case 1:
		if (process_text_number(bytes, &number) && bytes.len > 10)
			abort();
		(void)process_text_parent(bytes, &number);
		while (process_text_next_number(&bytes, &number))
			continue;
		break;
	case 2:
		text = process_text_comm(bytes, out, room);
		break;
	case 3:
		text = process_text_cgroup(bytes, out, room);
		break;
	case 4:
		text = unit_of(bytes, out, room);
		break;
	case 5:
		text = process_text_cgroup2(bytes, out, room);
		break;
	default:
		text = process_text_user(bytes, 1000, out, room);
		break;
	}
	if (text)
		hold(out, room, bytes.len);
	return 0;
}
