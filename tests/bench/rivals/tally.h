/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exact memory for the rivals, as big as it needs to be: a record for each key, zero when it is new. */
#ifndef TIDEGATE_TESTS_BENCH_RIVALS_TALLY_H
#define TIDEGATE_TESTS_BENCH_RIVALS_TALLY_H

#include <stddef.h>
#include <stdint.h>

struct tally {
	size_t record;  /* bytes of one; set by whoever owns it, the rest starts as 0 */
	uint64_t *keys; /* 0 = free */
	unsigned char *records;
	size_t n, room;
};

/* Borrowed until the next tally_at of the same tally. key is not 0. Ends the program where memory does. */
void *tally_at(struct tally *t, uint64_t key);
void tally_free(struct tally *t);

#endif
