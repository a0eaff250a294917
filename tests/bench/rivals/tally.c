/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Open addressing, at most half full. The keys are our own, so the hash needs no secret. */
#include "tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 256

static size_t place(const struct tally *t, uint64_t key)
{
	size_t at = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (t->room - 1);

	while (t->keys[at] && t->keys[at] != key)
		at = (at + 1) & (t->room - 1);
	return at;
}

static void grow(struct tally *t)
{
	struct tally wide = { .record = t->record, .room = t->room ? t->room * 2 : ROOM, .n = t->n };

	wide.keys = calloc(wide.room, sizeof(*wide.keys));
	wide.records = calloc(wide.room, wide.record);
	if (!wide.keys || !wide.records) {
		fprintf(stderr, "rivals: no memory for %zu records\n", wide.room);
		exit(70);
	}
	for (size_t i = 0; i < t->room; i++) {
		if (!t->keys[i])
			continue;
		size_t at = place(&wide, t->keys[i]);

		wide.keys[at] = t->keys[i];
		memcpy(wide.records + at * t->record, t->records + i * t->record, t->record);
	}
	tally_free(t);
	*t = wide;
}

void *tally_at(struct tally *t, uint64_t key)
{
	size_t at;

	if (t->n * 2 >= t->room)
		grow(t);
	at = place(t, key);
	if (!t->keys[at]) {
		t->keys[at] = key;
		t->n++;
	}
	return t->records + at * t->record;
}

void tally_free(struct tally *t)
{
	free(t->keys);
	free(t->records);
	*t = (struct tally){ .record = t->record };
}
