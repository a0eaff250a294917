/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Crowds: however many destinations a host meets, the few that are called by the clock keep their places.
 */
#include "../support/beacon_lab.h"

static void meets_sixty(struct lab *l)
{
	for (int i = 0; i < 60; i++) {
		uint32_t to = (uint32_t)random_next(&l->seed);

		for (int k = 0; k < 5; k++) {
			connection(l, PROTO_TCP, to, 443, NULL, 0);
			l->now += .0001;
		}
	}
}

/* A day of browsing, crawling or delivering meets tens of thousands; the record of a patient beacon stays. */
START_TEST(a_crowd_of_destinations_does_not_push_it_out)
{
	struct lab *l = lab(3);
	struct beacon_stats stats;
	struct series *s = add(l, clock_of(600));

	for (int minute = 0; minute < 600; minute++) {
		meets_sixty(l);
		run(l, MINUTE);
	}
	ck_assert_uint_eq(s->raised, 1);
	ck_assert_uint_le(s->raised_calls, 20);
	beacon_stats(l->beacon, &stats);
	ck_assert_uint_ge(stats.records, 1);
	end(l);
}
END_TEST

/* The same where each of the crowd calls often enough to become a record. */
START_TEST(a_crowd_of_records_does_not_push_it_out)
{
	struct lab *l = lab(3);
	struct beacon_stats stats;
	struct series *s = add(l, clock_of(2 * HOUR));

	for (int step = 0; step < 400; step++) {
		for (int round = 0; round < 5; round++) {
			for (uint32_t i = 0; i < 400; i++)
				connection(l, PROTO_TCP, 0x60000000 + (uint32_t)step * 400 + i, 443, NULL, 0);
			run(l, 2 - 30 * log(1 - chance(l)));
		}
		run(l, 3 * MINUTE);
	}
	beacon_stats(l->beacon, &stats);
	ck_assert_uint_gt(stats.evicted, 20000);
	ck_assert_uint_eq(s->raised, 1);
	end(l);
}
END_TEST

static void twenty_call(struct lab *l)
{
	for (uint32_t i = 0; i < 20; i++)
		connection(l, PROTO_TCP, 0x0a000001 + i, 443, NULL, 0);
}

/* Twelve thousand strangers, once each within an hour, are more than there are places for candidates. */
START_TEST(who_has_called_before_is_waited_for)
{
	struct lab *l = lab(1);
	struct beacon_stats stats;

	twenty_call(l);
	l->now += 5 * MINUTE;
	twenty_call(l);
	for (uint32_t i = 0; i < 12000; i++) {
		connection(l, PROTO_TCP, 0x60000000 + i, 443, NULL, 0);
		l->now += HOUR / 12000;
	}
	for (int i = 0; i < 2; i++) {
		twenty_call(l);
		l->now += 5 * MINUTE;
	}
	beacon_stats(l->beacon, &stats);
	ck_assert_uint_ge(stats.records, 18);
	end(l);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("detect_beacon_table");
	TCase *c = tcase_create("crowds");
	SRunner *runner;
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_test(c, a_crowd_of_destinations_does_not_push_it_out);
	tcase_add_test(c, a_crowd_of_records_does_not_push_it_out);
	tcase_add_test(c, who_has_called_before_is_waited_for);
	suite_add_tcase(suite, c);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
