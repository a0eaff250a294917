/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of bad addresses: how long it takes to make one of 100,000 prefixes, and to ask it.
 *
 *   bench_listed
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/hash.h"
#include "core/listed.h"

#define PREFIXES 100000
#define ASKED 10000000

/* Of this process: what else runs on the machine falls out. */
static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* IPv4 below 96.0.0.0, IPv6 in 2000::/4. */
static struct addr random_addr(uint64_t *dice, bool six)
{
	struct addr a = { .family = six ? FAMILY_V6 : FAMILY_V4 };
	uint64_t bits = random_next(dice);

	for (size_t i = 0; i < (six ? 8U : 4U); i++)
		a.bytes[i] = (uint8_t)(bits >> 8 * i);
	a.bytes[0] = six ? (uint8_t)(0x20 | a.bytes[0] % 16) : (uint8_t)(a.bytes[0] % 96);
	return a;
}

static void bench(bool six)
{
	static const char names[1][LISTED_NAME] = { "all" };
	struct listed_entry *e = calloc(PREFIXES, sizeof(*e));
	size_t bytes = listed_bytes(PREFIXES), found = 0;
	void *memory = malloc(bytes);
	uint64_t dice = 1;
	struct listed *l;
	int64_t start, made, asked;

	if (!e || !memory)
		exit(1);
	for (size_t i = 0; i < PREFIXES; i++) {
		struct addr a = random_addr(&dice, six);

		e[i].prefix = prefix_of(&a, (six ? 32 : 16) + (unsigned)(random_next(&dice) % 17));
	}
	start = now_ns();
	if (listed_create(&l, memory, bytes, e, PREFIXES, names, 1))
		exit(1);
	made = now_ns();
	for (size_t i = 0; i < ASKED; i++) {
		struct addr a = random_addr(&dice, six);

		found += listed_find(l, &a) != NULL;
	}
	asked = now_ns();
	printf("lists of bad addresses, IPv%d: %zu prefixes made in %.0f ms of %.1f MB, a look-up %.0f ns with its random address "
		"(%.0f %% listed)\n", six ? 6 : 4, listed_count(l), (double)(made - start) / 1e6, (double)bytes / 1e6,
		(double)(asked - made) / ASKED, 100.0 * (double)found / ASKED);
	free(memory);
	free(e);
}

int main(void)
{
	bench(false);
	bench(true);
	return 0;
}
