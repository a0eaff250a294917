/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes as a list of bad addresses: the first one chooses the format. What is taken can be made a list, in which each of
 * its prefixes is found, and none of them is wide, reserved or (unwished) private.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/feed_text.h"

#define ROOM 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

static void must_list(const struct listed_entry *e, size_t n)
{
	static const char names[1][LISTED_NAME] = { "fuzz" };
	size_t bytes = listed_bytes(n);
	void *memory = malloc(bytes);
	struct listed *l;

	must(memory != NULL);
	must(listed_create(&l, memory, bytes, e, n, names, 1) == 0);
	for (size_t i = 0; i < n; i++) {
		must(e[i].prefix.len >= (e[i].prefix.addr.family == FAMILY_V4 ? 8 : 16));
		must(!addr_is_loopback(&e[i].prefix.addr) && !addr_is_multicast(&e[i].prefix.addr));
		must(listed_find(l, &e[i].prefix.addr) != NULL);
	}
	free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct listed_entry room[ROOM];
	struct feed_result r;
	struct feed_opts o;

	if (!size)
		return 0;
	o = (struct feed_opts){ .format = (enum feed_format)(data[0] % FEED_FORMATS), .keep_private = data[0] >= 0x80 };
	feed_read((struct slice){ data + 1, size - 1 }, &o, room, ROOM, &r);
	must(r.n <= ROOM && r.n_told <= FEED_TOLD && r.n_told <= r.refused);
	must(r.n + r.refused <= r.records);
	must(r.records <= size && r.format < FEED_FORMATS);
	must(feed_nonsense(&r) <= r.refused);
	must_list(room, r.n);
	return 0;
}
