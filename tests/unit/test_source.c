/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record of a source over time.
 */
#include "core/source.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define AT(s) ((mono_t){ .ns = (int64_t)((s) * 1000.0) * NS_PER_MS })

static struct source_half_lives half_lives(void)
{
	struct source_half_lives h;

	source_half_lives_set(&h, 600 * NS_PER_S, 86400 * NS_PER_S, 600 * NS_PER_S);
	return h;
}

static struct source source_with_all(mono_t now)
{
	struct source s = { .key = 7, .fast = NAT(15), .slow = NAT(15), .proven = NAT(15),
		.odd = 10 * 256, .rate_5s = 100 * 256, .rate_60s = 100 * 256,
		.rate_1h = 100 * 256, .closed = 6, .open = 3, .flags = SOURCE_PROVEN };

	s.first = s.last = mono_tick(now);
	return s;
}

START_TEST(every_field_has_its_own_half_life)
{
	struct source_half_lives h = half_lives();
	struct source s = source_with_all(AT(1000));

	source_touch(&h, &s, AT(1005));
	ck_assert_uint_eq(s.rate_5s, 50 * 256);
	source_touch(&h, &s, AT(1600));
	ck_assert_int_eq(s.fast, NAT(7.5));
	ck_assert_uint_eq(s.odd, 5 * 256);
	ck_assert_uint_le(s.rate_60s, 256 / 10 + 256 * 100 / 900);
	source_touch(&h, &s, AT(4600));
	ck_assert_int_le(abs(s.proven - NAT(7.5)), 8);
	ck_assert_int_le(abs((int)s.rate_1h - 50 * 256), 128);
	source_touch(&h, &s, AT(1000 + 86400));
	ck_assert_int_le(abs(s.slow - NAT(7.5)), 8);
}
END_TEST

START_TEST(ten_thousand_touches_equal_one)
{
	struct source_half_lives h = half_lives();
	struct source often = source_with_all(AT(1003.3)), once = often;

	for (int i = 1; i <= 10000; i++)
		source_touch(&h, &often, mono_add(AT(1003.3), i * 60 * NS_PER_MS));
	source_touch(&h, &once, AT(1603.3));
	ck_assert_int_le(abs(often.fast - once.fast), once.fast / 20);
	ck_assert_int_le(abs(often.slow - once.slow), once.slow / 20);
	ck_assert_int_le(abs(often.proven - once.proven), once.proven / 20);
	ck_assert_int_le(abs(often.odd - once.odd), once.odd / 20);
	ck_assert_int_le(abs((int)often.rate_1h - (int)once.rate_1h), (int)once.rate_1h / 20);
	ck_assert_int_le(abs((int)often.rate_60s - (int)once.rate_60s), 8);
	ck_assert_int_lt(once.fast, NAT(15));
}
END_TEST

START_TEST(touching_twice_changes_nothing)
{
	struct source_half_lives h = half_lives();
	struct source s = source_with_all(AT(1000)), before;

	source_touch(&h, &s, AT(1234));
	before = s;
	source_touch(&h, &s, AT(1234));
	ck_assert_int_eq(memcmp(&s, &before, sizeof(s)), 0);
}
END_TEST

START_TEST(an_earlier_time_changes_nothing)
{
	struct source_half_lives h = half_lives();
	struct source s = source_with_all(AT(1000)), before = s;

	source_touch(&h, &s, AT(900));
	ck_assert_int_eq(memcmp(&s, &before, sizeof(s)), 0);
}
END_TEST

START_TEST(an_empty_record_begins_at_its_first_touch)
{
	struct source_half_lives h = half_lives();
	struct source s = { .key = 7 };

	source_touch(&h, &s, AT(1000));
	ck_assert_uint_eq(s.first, mono_tick(AT(1000)));
	ck_assert_uint_eq(s.last, s.first);
	source_touch(&h, &s, AT(1100));
	ck_assert_uint_eq(s.first, mono_tick(AT(1000)));
	ck_assert_uint_eq(s.last, mono_tick(AT(1100)));
}
END_TEST

START_TEST(counts_and_flags_do_not_decay)
{
	struct source_half_lives h = half_lives();
	struct source s = source_with_all(AT(1000));

	source_touch(&h, &s, AT(1000 + 30 * 86400));
	ck_assert_uint_eq(s.closed, 6);
	ck_assert_uint_eq(s.open, 3);
	ck_assert_uint_eq(s.flags, SOURCE_PROVEN);
	ck_assert_int_eq(s.slow, 0);
}
END_TEST

START_TEST(a_steady_rate_reads_its_half_life_over_ln_2)
{
	struct source_half_lives h = half_lives();
	struct source s = { .key = 7 };

	for (int i = 0; i < 10 * 600; i++) { /* ten a second for ten minutes */
		source_touch(&h, &s, AT(1000 + i / 10.0));
		source_new_flow(&s);
	}
	ck_assert_int_le(abs((int)(s.rate_5s / 256) - 72), 5);
	ck_assert_int_le(abs((int)(s.rate_60s / 256) - 866), 45);
}
END_TEST

START_TEST(rates_saturate)
{
	struct source s = { .rate_5s = UINT32_MAX - 1, .rate_60s = UINT32_MAX };

	source_new_flow(&s);
	ck_assert_uint_eq(s.rate_5s, UINT32_MAX);
	ck_assert_uint_eq(s.rate_60s, UINT32_MAX);
	ck_assert_uint_eq(s.rate_1h, 256);
}
END_TEST

START_TEST(a_history_takes_ten_slots_of_ten_minutes)
{
	struct source s = { .key = 7 };
	unsigned became = 0;

	for (int i = 0; i < 9000; i++)
		became += source_served(&s, AT(1200 + i * 0.06)); /* nine thousand times in nine minutes */
	ck_assert_uint_eq(s.good, 1);
	for (int i = 1; i < 10; i++) {
		ck_assert(!source_is_good(&s));
		ck_assert(source_owes_history(&s, AT(1200 + i * 600)));
		became += source_served(&s, AT(1200 + i * 600));
		ck_assert(!source_owes_history(&s, AT(1210 + i * 600)));
	}
	ck_assert(source_is_good(&s));
	ck_assert_uint_eq(became, 1);
}
END_TEST

START_TEST(a_history_fades_by_half_a_week)
{
	struct source_half_lives h = half_lives();
	struct source s = source_with_all(AT(1000));

	s.good = 40;
	source_touch(&h, &s, AT(1000 + 6 * 86400));
	ck_assert_uint_eq(s.good, 40);
	source_touch(&h, &s, AT(1000 + 20 * 86400 + 3600));
	ck_assert_uint_eq(s.good, 10);
	source_touch(&h, &s, AT(1000 + 300 * 86400));
	ck_assert_uint_eq(s.good, 0);
}
END_TEST

START_TEST(four_stacks_share_an_address)
{
	struct source s = { .key = 7 };

	for (int i = 0; i < 100; i++)
		for (uint8_t stack = 3; stack < 6; stack++)
			source_stack(&s, stack);
	ck_assert(!(s.flags & SOURCE_SHARED));
	source_stack(&s, 15);
	ck_assert(s.flags & SOURCE_SHARED);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("source");
	TCase *t = tcase_create("source");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, every_field_has_its_own_half_life);
	tcase_add_test(t, ten_thousand_touches_equal_one);
	tcase_add_test(t, touching_twice_changes_nothing);
	tcase_add_test(t, an_earlier_time_changes_nothing);
	tcase_add_test(t, an_empty_record_begins_at_its_first_touch);
	tcase_add_test(t, counts_and_flags_do_not_decay);
	tcase_add_test(t, a_steady_rate_reads_its_half_life_over_ln_2);
	tcase_add_test(t, rates_saturate);
	tcase_add_test(t, a_history_takes_ten_slots_of_ten_minutes);
	tcase_add_test(t, a_history_fades_by_half_a_week);
	tcase_add_test(t, four_stacks_share_an_address);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
