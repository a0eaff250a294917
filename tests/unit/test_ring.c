/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ring between two threads: in order, complete, and counted where it was full.
 */
#include "base/ring.h"

#include <check.h>
#include <pthread.h>
#include <sched.h>

#include "base/err.h"

#define SLOTS 8
#define ITEMS 50000U

struct item {
	uint64_t number;
	uint64_t check;
	uint8_t more[9]; /* so that slots are not aligned by chance */
};

_Alignas(64) static uint8_t memory[4096];
static struct ring *ring;

static void create(void)
{
	const size_t item = sizeof(struct item), bytes = ring_bytes(SLOTS, item);

	ck_assert_uint_le(bytes, sizeof(memory));
	ck_assert_int_eq(ring_create(&ring, memory, bytes, SLOTS, item), 0);
}

static bool put(uint64_t n)
{
	const struct item i = { .number = n, .check = ~n, .more = { (uint8_t)n } };

	return ring_put(ring, &i);
}

START_TEST(items_come_out_in_order)
{
	struct item i;

	create();
	ck_assert(!ring_take(ring, &i));
	for (uint64_t round = 0; round < 100; round++) {
		for (uint64_t n = 0; n < 5; n++)
			ck_assert(put(round * 5 + n));
		ck_assert_uint_eq(ring_count(ring), 5);
		for (uint64_t n = 0; n < 5; n++) {
			ck_assert(ring_take(ring, &i));
			ck_assert_uint_eq(i.number, round * 5 + n);
			ck_assert_uint_eq(i.check, ~i.number);
		}
		ck_assert(!ring_take(ring, &i));
	}
	ck_assert_uint_eq(ring_lost(ring), 0);
}
END_TEST

START_TEST(what_does_not_fit_is_refused_and_counted)
{
	struct item i;

	create();
	for (uint64_t n = 0; n < SLOTS; n++)
		ck_assert(put(n));
	ck_assert(!put(98));
	ck_assert(!put(99));
	ck_assert_uint_eq(ring_lost(ring), 2);
	ck_assert_uint_eq(ring_count(ring), SLOTS);
	ck_assert(ring_take(ring, &i));
	ck_assert_uint_eq(i.number, 0);
	ck_assert(put(SLOTS));
	for (uint64_t n = 1; n <= SLOTS; n++) {
		ck_assert(ring_take(ring, &i));
		ck_assert_uint_eq(i.number, n);
	}
	ck_assert_uint_eq(ring_lost(ring), 2);
}
END_TEST

START_TEST(sizes_that_make_no_ring_are_refused)
{
	struct ring *r;

	ck_assert_int_eq(ring_create(&r, memory, sizeof(memory), 0, 8), ERR_RANGE);
	ck_assert_int_eq(ring_create(&r, memory, sizeof(memory), 6, 8), ERR_RANGE);
	ck_assert_int_eq(ring_create(&r, memory, sizeof(memory), 8, 0), ERR_RANGE);
	ck_assert_int_eq(ring_create(&r, memory, ring_bytes(8, 8) - 1, 8, 8), ERR_RANGE);
	ck_assert_int_eq(ring_create(&r, memory + 8, 2048, 8, 8), ERR_INVALID);
	ck_assert_int_eq(ring_create(&r, memory, SIZE_MAX, SIZE_MAX, 8), ERR_RANGE);
}
END_TEST

static void *write_all(void *refused)
{
	for (uint64_t n = 0; n < ITEMS; n++) {
		while (!put(n)) {
			++*(uint64_t *)refused;
			sched_yield();
		}
	}
	return NULL;
}

START_TEST(between_two_threads_nothing_is_lost_torn_or_reordered)
{
	pthread_t writer;
	uint64_t refused = 0, n = 0;
	struct item i;

	create();
	ck_assert_int_eq(pthread_create(&writer, NULL, write_all, &refused), 0);
	while (n < ITEMS) {
		ck_assert_uint_le(ring_count(ring), SLOTS);
		if (!ring_take(ring, &i)) {
			sched_yield();
			continue;
		}
		ck_assert_uint_eq(i.number, n);
		ck_assert_uint_eq(i.check, ~n);
		ck_assert_uint_eq(i.more[0], (uint8_t)n);
		n++;
	}
	ck_assert_int_eq(pthread_join(writer, NULL), 0);
	ck_assert_uint_eq(ring_lost(ring), refused);
	ck_assert_uint_eq(ring_count(ring), 0);
}
END_TEST

static TCase *alone(void)
{
	TCase *t = tcase_create("alone");

	tcase_add_test(t, items_come_out_in_order);
	tcase_add_test(t, what_does_not_fit_is_refused_and_counted);
	tcase_add_test(t, sizes_that_make_no_ring_are_refused);
	return t;
}

static TCase *together(void)
{
	TCase *t = tcase_create("together");

	tcase_add_test(t, between_two_threads_nothing_is_lost_torn_or_reordered);
	return t;
}

int main(void)
{
	Suite *s = suite_create("ring");
	SRunner *r;
	int failed;

	suite_add_tcase(s, alone());
	suite_add_tcase(s, together());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
