/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keeper between a real engine and a real file, with all of its threads, so that the
 * thread sanitizer sees them (support/keeper_lab.h).
 */
#include "app/keeper.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "edge/clock.h"
#include "support/keeper_lab.h"

#define RING 4096 /* events that wait for the keeper's thread */
#define MANY 5000

/* Hands over what the engine has told since; the engine's thread rests meanwhile. */
static size_t hand_over(void)
{
	size_t n;

	pthread_mutex_lock(&door.lock);
	n = door.n_events;
	for (size_t i = 0; i < n; i++)
		keeper_event(k, &door.events[i]);
	door.n_events = 0;
	pthread_mutex_unlock(&door.lock);
	return n;
}

START_TEST(events_and_what_they_are_about_are_stored)
{
	struct store_size size;
	struct prefix p;
	size_t n;

	lab_make_folder();
	lab_begin();
	lab_start();
	for (size_t i = 0; i < 40; i++)
		lab_ban(i);
	n = hand_over();
	ck_assert_uint_eq(n, 40);
	wait_until(lab_stats().events == n);
	p = lab_address(7);
	ck_assert_int_eq(door_call(&door, lab_unban_now, &p), 0);
	n += hand_over();
	wait_until(lab_stats().events == n);
	ck_assert(!lab_stats().failing);
	lab_end();
	size = lab_written();
	ck_assert_uint_eq(size.events, n);
	ck_assert_uint_eq(size.measures, 39);
	ck_assert_uint_eq(size.incidents, 40);
	lab_remove_folder();
}
END_TEST

START_TEST(a_full_ring_is_counted_and_a_walk_makes_up_for_it)
{
	lab_make_folder();
	lab_begin();
	for (size_t i = 0; i < MANY; i++)
		lab_ban(i);
	ck_assert_uint_eq(hand_over(), MANY); /* nobody takes them yet */
	ck_assert_uint_eq(lab_stats().events_lost, MANY - RING);
	lab_start();
	wait_until(lab_stats().events == RING);
	lab_end();
	ck_assert_uint_eq(lab_written().events, RING);
	ck_assert_uint_eq(lab_written().measures, MANY);
	lab_remove_folder();
}
END_TEST

START_TEST(an_end_in_the_middle_of_work_loses_nothing)
{
	lab_make_folder();
	lab_begin();
	lab_start();
	for (size_t i = 0; i < 2000; i++) {
		lab_ban(i);
		if (i % 100 == 0)
			hand_over();
	}
	hand_over();
	lab_end();
	ck_assert_uint_eq(lab_written().events, 2000);
	ck_assert_uint_eq(lab_written().measures, 2000);
	lab_remove_folder();
}
END_TEST

START_TEST(without_a_disk_nobody_waits_and_all_is_counted)
{
	struct event e = { .kind = EVENT_NOTICE, .text = "test" };
	char *json;

	lab_make_folder();
	lab_lose_disk();
	lab_begin();
	lab_start();
	lab_ban(1);
	ck_assert(!lab_stats().open);
	ck_assert(lab_stats().failing);
	ck_assert_uint_ge(lab_stats().failures, 1);
	ck_assert_str_ne(lab_stats().error, "");
	ck_assert_int_eq(keeper_incident_by_id(k, 1, &json), ERR_AGAIN);
	mono_t begun = clock_mono();
	for (size_t i = 0; i < 100000; i++)
		keeper_event(k, &e);
	ck_assert_int_lt(mono_since(clock_mono(), begun), 5 * NS_PER_S);
	ck_assert_uint_eq(lab_stats().events_lost, 100000 - RING);
	lab_end();
	lab_remove_folder();
}
END_TEST

START_TEST(with_the_disk_back_it_has_what_happened_without_it)
{
	struct store_size size;
	struct prefix p;

	lab_make_folder();
	lab_lose_disk();
	lab_begin();
	lab_start();
	lab_ban(1);
	lab_ban(2);
	p = lab_address(3);
	lab_ban(3);
	ck_assert_int_eq(door_call(&door, lab_wrong_now, &p), 0);
	hand_over();
	lab_find_disk();
	lab_allow(9);
	wait_until(lab_stats().open && !lab_stats().failing && lab_stats().batches > 0);
	lab_end();
	size = lab_written();
	ck_assert_uint_eq(size.measures, 2);
	ck_assert_uint_eq(size.allowed, 1);
	ck_assert_uint_eq(size.excuses, 1);
	lab_remove_folder();
}
END_TEST

/* The run before leaves 1 banned and 8 allowed; of this one, 2 and 9. */
static void begin_again_without_a_disk(void)
{
	lab_make_folder();
	lab_begin();
	lab_start();
	lab_ban(1);
	hand_over();
	lab_allow(8);
	lab_end();
	lab_lose_disk();
	lab_begin();
	lab_start();
	lab_ban(2);
	hand_over();
	lab_allow(9); /* rings: it is tried at once */
	wait_until(lab_stats().failures >= 2);
	lab_find_disk();
}

START_TEST(a_file_that_opens_late_is_given_back_and_added_to)
{
	begin_again_without_a_disk();
	keeper_set_allowed(k, &(struct guards){ .n = 1,
		.list = { { .prefix = lab_address(9), .kind = GUARD_ALLOWED } } });
	wait_until(lab_stats().restored == 1);
	lab_end();
	ck_assert_uint_eq(lab_written().measures, 2);
	ck_assert_uint_eq(lab_written().allowed, 2);
	lab_remove_folder();
}
END_TEST

START_TEST(a_file_that_opens_only_at_the_end_loses_nothing_of_either_run)
{
	begin_again_without_a_disk();
	lab_end();
	ck_assert_uint_eq(lab_written().measures, 2);
	ck_assert_uint_eq(lab_written().allowed, 2);
	lab_remove_folder();
}
END_TEST

static struct measure stored[MANY];

static int by_source(const void *a, const void *b)
{
	const struct measure *x = a, *y = b;

	return memcmp(x->subject.source.addr.bytes, y->subject.source.addr.bytes, 16);
}

/* The engine's thread has ended. */
static void read_ledger(struct measure out[MANY])
{
	const struct measure *m;
	size_t at = 0, n = 0;

	while ((m = ledger_next(engine_ledger(door.engine), &at)) && n < MANY)
		out[n++] = *m;
	ck_assert_uint_eq(n, MANY);
	ck_assert_ptr_null(m);
	qsort(out, MANY, sizeof(*out), by_source);
}

static void store_many(void)
{
	lab_make_folder();
	lab_begin();
	lab_start();
	for (size_t i = 0; i < MANY; i++) {
		lab_ban(i);
		if (i % 1000 == 999)
			hand_over();
	}
	lab_shut_door();
	read_ledger(stored);
	ck_assert(keeper_destroy(k, door.engine));
	free(door.memory);
}

static void is_what_was_stored(void)
{
	static struct measure back[MANY];

	read_ledger(back);
	for (size_t i = 0; i < MANY; i++) {
		const struct measure *a = &stored[i], *b = &back[i];

		ck_assert(subject_equal(&a->subject, &b->subject));
		ck_assert_int_eq(a->response, b->response);
		ck_assert_int_eq(a->origin, b->origin);
		ck_assert_int_eq(a->since.ns, b->since.ns);
		ck_assert_int_eq(a->until.ns, b->until.ns);
		ck_assert_uint_eq(a->incident, b->incident);
		ck_assert_uint_eq(a->limit_rate, b->limit_rate);
	}
}

START_TEST(what_comes_back_is_what_was_stored_and_no_faster_than_it_is_taken)
{
	store_many();
	lab_begin();
	door.kernel_takes = 32; /* after each visit: a slow kernel */
	lab_start();
	wait_until(lab_stats().restore_ns > 0);
	ck_assert_uint_eq(lab_stats().restored, MANY);
	ck_assert_uint_eq(lab_stats().refused + lab_stats().odd, 0);
	lab_shut_door();
	ck_assert_uint_le(door.most_waiting, 512 + DOOR_SLICE);
	ck_assert_uint_ge(door.most_waiting, 512);
	is_what_was_stored();
	ck_assert(keeper_destroy(k, door.engine));
	free(door.memory);
	ck_assert_uint_eq(lab_written().measures, MANY);
	lab_remove_folder();
}
END_TEST

START_TEST(a_kernel_that_takes_nothing_holds_no_restore_up)
{
	store_many();
	lab_begin();
	door.kernel_takes = 0;
	lab_start();
	wait_until(lab_stats().restored == MANY);
	ck_assert_int_lt(lab_stats().restore_ns, 10 * NS_PER_S);
	lab_shut_door();
	is_what_was_stored();
	ck_assert(keeper_destroy(k, door.engine));
	free(door.memory);
	lab_remove_folder();
}
END_TEST

START_TEST(an_end_in_the_middle_of_a_restore_keeps_the_rest_for_the_next_one)
{
	store_many();
	lab_begin();
	door.kernel_takes = 1;
	lab_start();
	wait_until(hand_over() || door_call(&door, lab_copy_guards, &(struct guards){ .n = 0 }) == 0);
	lab_end();
	ck_assert_uint_eq(lab_written().measures, MANY);
	lab_remove_folder();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("keeper");
	TCase *t = tcase_create("keeper");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, events_and_what_they_are_about_are_stored);
	tcase_add_test(t, a_full_ring_is_counted_and_a_walk_makes_up_for_it);
	tcase_add_test(t, an_end_in_the_middle_of_work_loses_nothing);
	tcase_add_test(t, without_a_disk_nobody_waits_and_all_is_counted);
	tcase_add_test(t, with_the_disk_back_it_has_what_happened_without_it);
	tcase_add_test(t, a_file_that_opens_late_is_given_back_and_added_to);
	tcase_add_test(t, a_file_that_opens_only_at_the_end_loses_nothing_of_either_run);
	tcase_add_test(t, what_comes_back_is_what_was_stored_and_no_faster_than_it_is_taken);
	tcase_add_test(t, a_kernel_that_takes_nothing_holds_no_restore_up);
	tcase_add_test(t,
		an_end_in_the_middle_of_a_restore_keeps_the_rest_for_the_next_one);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
