/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ring of values of any length: in order, whole, never more than it holds; also between two threads. */
#include "base/bytering.h"

#include <check.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"

#define SIZE 4096
#define MANY 20000

static struct bytering *ring;
static void *memory;

static void begin(void)
{
	memory = aligned_alloc(64, (bytering_bytes(SIZE) + 63) / 64 * 64);
	ck_assert_int_eq(bytering_create(&ring, memory, bytering_bytes(SIZE), SIZE), 0);
}

static void end(void)
{
	free(memory);
}

static bool put(size_t len, uint8_t mark, size_t spare)
{
	uint8_t *to = bytering_claim(ring, len, spare);

	if (!to)
		return false;
	memset(to, mark, len);
	bytering_publish(ring);
	return true;
}

static bool get(size_t len, uint8_t mark)
{
	size_t n;
	const uint8_t *from = bytering_peek(ring, &n);

	if (!from)
		return false;
	ck_assert_uint_eq(n, len);
	ck_assert_uint_eq((uintptr_t)from % 8, 0);
	for (size_t i = 0; i < n; i++)
		ck_assert_uint_eq(from[i], mark);
	bytering_drop(ring);
	return true;
}

START_TEST(values_come_out_in_their_order_across_the_end)
{
	for (unsigned i = 0; i < 2000; i++) {
		ck_assert(put(i % 900, (uint8_t)i, 0));
		ck_assert(put(7, 1, 0));
		ck_assert(get(i % 900, (uint8_t)i));
		ck_assert(get(7, 1));
		ck_assert(!get(0, 0));
	}
}
END_TEST

START_TEST(what_does_not_fit_is_refused_and_nothing_is_overwritten)
{
	unsigned n = 0;

	while (put(100, (uint8_t)n, 0))
		n++;
	ck_assert_uint_ge(n, 35);
	ck_assert_uint_le(n, SIZE / 112);
	for (unsigned i = 0; i < n; i++)
		ck_assert(get(100, (uint8_t)i));
	ck_assert(put(100, 5, 0));
}
END_TEST

START_TEST(a_claim_that_is_not_published_never_was)
{
	ck_assert_ptr_nonnull(bytering_claim(ring, 50, 0));
	ck_assert(!get(0, 0));
	ck_assert(put(10, 3, 0));
	ck_assert(get(10, 3));
}
END_TEST

START_TEST(who_wants_some_to_spare_is_refused_earlier)
{
	while (put(64, 1, 1024))
		;
	ck_assert(put(900, 2, 0));
}
END_TEST

START_TEST(sizes_that_make_no_sense_are_refused)
{
	ck_assert_uint_eq(bytering_bytes(5000), SIZE_MAX);
	ck_assert_uint_eq(bytering_bytes(64), SIZE_MAX);
	ck_assert_ptr_null(bytering_claim(ring, SIZE / 4 + 1, 0));
	ck_assert_int_eq(bytering_create(&ring, memory, 100, SIZE), ERR_RANGE);
}
END_TEST

static void *write_many(void *ctx)
{
	uint64_t state = 1;

	(void)ctx;
	for (unsigned i = 0; i < MANY; i++) {
		size_t len = (size_t)(random_next(&state) % 700);

		while (!put(len, (uint8_t)i, 0))
			;
	}
	return NULL;
}

START_TEST(two_threads_lose_and_bend_nothing)
{
	uint64_t state = 1;
	pthread_t t;

	ck_assert_int_eq(pthread_create(&t, NULL, write_many, NULL), 0);
	for (unsigned i = 0; i < MANY; i++) {
		size_t len = (size_t)(random_next(&state) % 700), n;
		const uint8_t *from;

		while (!(from = bytering_peek(ring, &n)))
			;
		if (n != len || (n && (from[0] != (uint8_t)i || from[n - 1] != (uint8_t)i)))
			ck_abort_msg("value %u", i);
		bytering_drop(ring);
	}
	pthread_join(t, NULL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("bytering");
	TCase *t = tcase_create("bytering");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, begin, end);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, values_come_out_in_their_order_across_the_end);
	tcase_add_test(t, what_does_not_fit_is_refused_and_nothing_is_overwritten);
	tcase_add_test(t, a_claim_that_is_not_published_never_was);
	tcase_add_test(t, who_wants_some_to_spare_is_refused_earlier);
	tcase_add_test(t, sizes_that_make_no_sense_are_refused);
	tcase_add_test(t, two_threads_lose_and_bend_nothing);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
