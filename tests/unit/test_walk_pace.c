/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often the sockets may be walked: no more than a hundredth of a processor, whatever the host holds. */
#include "core/walk_pace.h"

#include <check.h>
#include <stdlib.h>

#include "base/hash.h"

START_TEST(a_cheap_walk_is_made_each_second)
{
	struct walk_pace p = { 0 };

	ck_assert_int_eq(walk_pace_next(&p, 0), NS_PER_S);
	ck_assert_int_eq(walk_pace_next(&p, 10 * NS_PER_MS), NS_PER_S);
	ck_assert_int_eq(walk_pace_next(&p, -5), NS_PER_S);
}
END_TEST

START_TEST(a_dear_walk_puts_the_next_off_at_once)
{
	struct walk_pace p = { 0 };

	walk_pace_next(&p, 1);
	ck_assert_int_eq(walk_pace_next(&p, 25 * NS_PER_MS), 2500 * NS_PER_MS);
	ck_assert_int_eq(walk_pace_next(&p, 5 * NS_PER_S), WALK_MOST_NS);
	ck_assert_int_eq(walk_pace_next(&p, INT64_MAX), WALK_MOST_NS);
}
END_TEST

START_TEST(the_pace_comes_back_when_the_sockets_have_gone)
{
	struct walk_pace p = { 0 };
	int walks = 0;

	walk_pace_next(&p, 600 * NS_PER_MS);
	while (walk_pace_next(&p, 0) > NS_PER_S)
		ck_assert_int_lt(++walks, 20);
	ck_assert_int_gt(walks, 3); /* not by one cheap walk */
	while (p.cost_ns)
		walk_pace_next(&p, 0);
}
END_TEST

/* Costs at random, also such that are dear and cheap by turns. */
START_TEST(over_any_hour_the_share_is_held)
{
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct walk_pace p = { 0 };
		uint64_t luck = seed;
		int64_t spent = 0, at = 0;

		for (int i = 0; i < 4000; i++) {
			int64_t cost = (int64_t)(random_next(&luck) % (100 * NS_PER_MS)) * (i % 2 ? 1 : 5);

			spent += cost;
			at += walk_pace_next(&p, cost);
		}
		ck_assert_int_le(spent * WALK_SHARE, at);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("walk_pace");
	TCase *t = tcase_create("walk_pace");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, a_cheap_walk_is_made_each_second);
	tcase_add_test(t, a_dear_walk_puts_the_next_off_at_once);
	tcase_add_test(t, the_pace_comes_back_when_the_sockets_have_gone);
	tcase_add_test(t, over_any_hour_the_share_is_held);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
