/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bounds of what detectors may do. A bound that gives way lets a mistake hit many; one
 * that closes too early leaves a host unprotected.
 */
#include "core/budget.h"

#include <check.h>

#define AT_MS(ms) ((mono_t){ .ns = (ms) * NS_PER_MS })
#define AT(s) AT_MS((s) * 1000)

static const struct budget_opts opts = {
	.per_minute = 64, .total = 4096, .known_good_percent = 1, .known_good_least = 3,
};

static struct budget b;

static void setup(void)
{
	budget_reset(&b);
}

static enum budget_word ask(mono_t now)
{
	struct budget_case c = { .source = 1 };

	return budget_ask(&opts, &b, &c, now);
}

static void charge(unsigned n, mono_t now)
{
	struct budget_case c = { .source = 1 };

	while (n--)
		budget_charge(&b, &c, now);
}

static struct budget_case good(uint64_t source, uint64_t total)
{
	return (struct budget_case){
		.source = source, .known_good = true, .known_good_total = total,
	};
}

/* How many distinct known-good sources get through at one moment. */
static unsigned good_ones(uint64_t total, unsigned tries)
{
	unsigned passed = 0;

	for (unsigned i = 1; i <= tries; i++) {
		struct budget_case c = good(i, total);

		if (budget_ask(&opts, &b, &c, AT(1)) == BUDGET_KNOWN_GOOD)
			continue;
		budget_charge(&b, &c, AT(1));
		passed++;
	}
	return passed;
}

START_TEST(the_bound_itself_is_within_bounds)
{
	charge(63, AT(100));
	ck_assert_int_eq(ask(AT(100)), BUDGET_FINE);
	charge(1, AT(100));
	ck_assert_int_eq(ask(AT(100)), BUDGET_PER_MINUTE);
}
END_TEST

START_TEST(no_minute_has_more_wherever_it_begins)
{
	for (int64_t from = 100000; from < 106000; from += 100) {
		budget_reset(&b);
		charge(64, AT_MS(from));
		ck_assert_int_eq(ask(AT_MS(from + 59999)), BUDGET_PER_MINUTE);
		ck_assert_int_eq(ask(AT_MS(from + 65000)), BUDGET_FINE);
	}
}
END_TEST

START_TEST(what_comes_evenly_below_the_bound_is_never_stopped)
{
	for (int64_t at = 0; at < 3600000; at += 1000) {
		ck_assert_int_eq(ask(AT_MS(at)), BUDGET_FINE);
		if (at % 60000 < 56000) /* 56 a minute */
			charge(1, AT_MS(at));
	}
}
END_TEST

START_TEST(the_first_seconds_after_boot_count)
{
	charge(64, AT(0));
	ck_assert_int_eq(ask(AT(1)), BUDGET_PER_MINUTE);
	ck_assert_int_eq(ask(AT(65)), BUDGET_FINE);
}
END_TEST

START_TEST(what_stands_is_bounded)
{
	struct budget_case c = { .source = 1, .standing = 4095 };

	ck_assert_int_eq(budget_ask(&opts, &b, &c, AT(1)), BUDGET_FINE);
	c.standing = 4096;
	ck_assert_int_eq(budget_ask(&opts, &b, &c, AT(1)), BUDGET_TOTAL);
}
END_TEST

START_TEST(few_known_good_sources_get_the_least)
{
	ck_assert_uint_eq(good_ones(0, 50), 3);
	budget_reset(&b);
	ck_assert_uint_eq(good_ones(399, 50), 3);
}
END_TEST

START_TEST(many_known_good_sources_get_their_share)
{
	ck_assert_uint_eq(good_ones(1000, 50), 10);
	budget_reset(&b);
	ck_assert_uint_eq(good_ones(1099, 50), 10);
}
END_TEST

START_TEST(the_share_has_an_end)
{
	ck_assert_uint_eq(good_ones(UINT64_MAX, 2000), BUDGET_KNOWN_GOOD_MOST);
}
END_TEST

START_TEST(one_known_good_source_counts_once)
{
	struct budget_case same = good(7, 0), other = good(8, 0);

	for (int i = 0; i < 30; i++) {
		ck_assert_int_eq(budget_ask(&opts, &b, &same, AT(i)), BUDGET_FINE);
		budget_charge(&b, &same, AT(i));
	}
	ck_assert_int_eq(budget_ask(&opts, &b, &other, AT(30)), BUDGET_FINE);
}
END_TEST

START_TEST(one_that_was_hit_already_may_be_hit_again)
{
	struct budget_case same = good(2, 0), other = good(9, 0);

	ck_assert_uint_eq(good_ones(0, 50), 3);
	ck_assert_int_eq(budget_ask(&opts, &b, &same, AT(2)), BUDGET_FINE);
	ck_assert_int_eq(budget_ask(&opts, &b, &other, AT(2)), BUDGET_KNOWN_GOOD);
}
END_TEST

START_TEST(an_hour_later_known_good_sources_are_forgotten)
{
	struct budget_case other = good(9, 0);

	ck_assert_uint_eq(good_ones(0, 50), 3); /* at second 1 */
	ck_assert_int_eq(budget_ask(&opts, &b, &other, AT(3600)), BUDGET_KNOWN_GOOD);
	ck_assert_int_eq(budget_ask(&opts, &b, &other, AT(3601)), BUDGET_FINE);
	for (uint64_t i = 0; i < 10 * BUDGET_KNOWN_GOOD_MOST; i++) {
		other.source = 100 + i;
		ck_assert_int_eq(budget_ask(&opts, &b, &other,
			AT(4000 + 1200 * (int64_t)i)), BUDGET_FINE);
		budget_charge(&b, &other, AT(4000 + 1200 * (int64_t)i));
	}
	ck_assert_uint_le(b.n_good, 5);
}
END_TEST

START_TEST(strangers_do_not_use_up_the_share_of_the_known_good)
{
	struct budget_case known = good(9, 0);

	charge(60, AT(1));
	ck_assert_int_eq(budget_ask(&opts, &b, &known, AT(1)), BUDGET_FINE);
}
END_TEST

START_TEST(what_is_used_up_is_told_and_fades)
{
	struct budget_case known = good(9, 0);

	charge(3, AT(10));
	budget_charge(&b, &known, AT(10));
	ck_assert_uint_eq(budget_used(&b, BUDGET_PER_MINUTE, AT(10)), 4);
	ck_assert_uint_eq(budget_used(&b, BUDGET_KNOWN_GOOD, AT(10)), 1);
	ck_assert_uint_eq(budget_used(&b, BUDGET_PER_MINUTE, AT(80)), 0);
	ck_assert_uint_eq(budget_used(&b, BUDGET_KNOWN_GOOD, AT(80)), 1);
	ck_assert_uint_eq(budget_used(&b, BUDGET_KNOWN_GOOD, AT(3700)), 0);
	ck_assert_uint_eq(budget_used(&b, BUDGET_TOTAL, AT(10)), 0);
}
END_TEST

START_TEST(each_bound_is_told_with_its_number)
{
	ck_assert_uint_eq(budget_bound(&opts, BUDGET_PER_MINUTE, 0), 64);
	ck_assert_uint_eq(budget_bound(&opts, BUDGET_TOTAL, 0), 4096);
	ck_assert_uint_eq(budget_bound(&opts, BUDGET_KNOWN_GOOD, 1000), 10);
	ck_assert_uint_eq(budget_bound(&opts, BUDGET_FINE, 0), 0);
	ck_assert_str_eq(budget_word_text(BUDGET_PER_MINUTE), "measures in a minute");
	ck_assert_str_eq(budget_word_text(BUDGET_TOTAL), "measures at once");
	ck_assert_str_eq(budget_word_text(BUDGET_KNOWN_GOOD),
		"known-good sources in an hour");
}
END_TEST

static struct budget_case of_network(uint64_t network)
{
	return (struct budget_case){ .source = network, .network = network };
}

START_TEST(one_network_gets_a_quarter_of_the_minute)
{
	struct budget_case one = of_network(7), other = of_network(8);

	for (unsigned i = 0; i < 16; i++) {
		ck_assert_int_eq(budget_ask(&opts, &b, &one, AT(10)), BUDGET_FINE);
		budget_charge(&b, &one, AT(10));
	}
	ck_assert_int_eq(budget_ask(&opts, &b, &one, AT_MS(69999)), BUDGET_NETWORK);
	ck_assert_int_eq(budget_ask(&opts, &b, &other, AT(11)), BUDGET_FINE);
	ck_assert_int_eq(ask(AT(11)), BUDGET_FINE);
	ck_assert_int_eq(budget_ask(&opts, &b, &one, AT(75)), BUDGET_FINE);
	charge(64, AT(80));
	ck_assert_int_eq(budget_ask(&opts, &b, &one, AT(80)), BUDGET_PER_MINUTE);
}
END_TEST

START_TEST(a_network_s_part_is_one_at_least_and_is_named)
{
	const struct budget_opts small = { .per_minute = 3, .total = 9 };
	struct budget_case one = of_network(7);

	ck_assert_int_eq(budget_ask(&small, &b, &one, AT(1)), BUDGET_FINE);
	budget_charge(&b, &one, AT(1));
	ck_assert_int_eq(budget_ask(&small, &b, &one, AT(1)), BUDGET_NETWORK);
	ck_assert_uint_eq(budget_bound(&small, BUDGET_NETWORK, 0), 1);
	ck_assert_str_eq(budget_word_text(BUDGET_NETWORK),
		"measures in a minute against one network");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("budget");
	TCase *t = tcase_create("budget");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, the_bound_itself_is_within_bounds);
	tcase_add_test(t, no_minute_has_more_wherever_it_begins);
	tcase_add_test(t, what_comes_evenly_below_the_bound_is_never_stopped);
	tcase_add_test(t, the_first_seconds_after_boot_count);
	tcase_add_test(t, what_stands_is_bounded);
	tcase_add_test(t, few_known_good_sources_get_the_least);
	tcase_add_test(t, many_known_good_sources_get_their_share);
	tcase_add_test(t, the_share_has_an_end);
	tcase_add_test(t, one_known_good_source_counts_once);
	tcase_add_test(t, one_that_was_hit_already_may_be_hit_again);
	tcase_add_test(t, an_hour_later_known_good_sources_are_forgotten);
	tcase_add_test(t, strangers_do_not_use_up_the_share_of_the_known_good);
	tcase_add_test(t, what_is_used_up_is_told_and_fades);
	tcase_add_test(t, each_bound_is_told_with_its_number);
	suite_add_tcase(suite, t);
	r = srunner_create(suite);
	tcase_add_test(t, one_network_gets_a_quarter_of_the_minute);
	tcase_add_test(t, a_network_s_part_is_one_at_least_and_is_named);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
