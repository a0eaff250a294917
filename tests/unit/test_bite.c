/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a measure is held against, and the words for it.
 */
#include "core/bite.h"

#include <check.h>
#include <string.h>

START_TEST(what_no_packet_tested_is_not_said_to_hold)
{
	enum bite nothing = { 0 };

	ck_assert_str_eq(bite_name(nothing), "not yet tested");
	ck_assert_str_eq(bite_name(BITE_HOLDS), "holds");
	ck_assert_str_eq(bite_name(BITE_LEAKS), "leaks");
	ck_assert_str_eq(bite_name((enum bite)9), "unknown");
}
END_TEST

START_TEST(each_way_around_has_a_word_and_a_text_of_its_own)
{
	for (int i = LEAK_NONE; i <= LEAK_UNKNOWN; i++)
		for (int k = LEAK_NONE; k < i; k++) {
			ck_assert_str_ne(leak_name((enum leak)i), leak_name((enum leak)k));
			ck_assert_str_ne(leak_text((enum leak)i), leak_text((enum leak)k));
		}
	ck_assert_str_eq(leak_name((enum leak)99), "unknown");
	ck_assert_str_eq(leak_text((enum leak)99), leak_text(LEAK_UNKNOWN));
}
END_TEST

static struct bite_result judged(struct bite_facts f)
{
	struct bite_result r = { .packets = 99 };

	bite_judge(&f, &r);
	ck_assert_uint_eq(r.packets, f.packets);
	return r;
}

static void is_leak(struct bite_facts f, enum leak why)
{
	struct bite_result r = judged(f);

	ck_assert_str_eq(leak_name(r.leak), leak_name(why));
	ck_assert_int_eq(r.bite, BITE_LEAKS);
}

START_TEST(a_measure_that_dropped_and_let_nothing_by_holds)
{
	for (int i = RESPONSE_SHIELD; i < RESPONSES; i++) {
		struct bite_facts f = { .response = (enum response)i };

		ck_assert_int_eq(judged(f).bite, BITE_UNKNOWN);
		f.packets = 1;
		ck_assert_int_eq(judged(f).bite, BITE_HOLDS);
		ck_assert_int_eq(judged(f).leak, LEAK_NONE);
	}
}
END_TEST

START_TEST(packets_that_it_dropped_do_not_excuse_one_that_was_heard)
{
	is_leak((struct bite_facts){ .response = RESPONSE_DROP, .packets = 1000,
			.heard = 1 }, LEAK_UNKNOWN);
	is_leak((struct bite_facts){ .response = RESPONSE_REFUSE, .heard = 2,
			.untracked = 2 }, LEAK_UNTRACKED);
}
END_TEST

START_TEST(what_goes_to_others_is_named_after_the_way_it_takes)
{
	struct bite_facts f = { .response = RESPONSE_REFUSE, .beyond = 1, .routes = true };

	is_leak(f, LEAK_FORWARD);
	f.diverts_forward = true;
	is_leak(f, LEAK_UNKNOWN);
	f.diverts_forward = false;
	f.response = RESPONSE_DROP; /* stands ahead of routing, whatever is diverted */
	is_leak(f, LEAK_UNKNOWN);
	f.routes = false;
	is_leak(f, LEAK_BRIDGE);
}
END_TEST

START_TEST(an_offloaded_flow_is_a_leak_of_a_drop_only)
{
	struct bite_facts f = { .response = RESPONSE_DROP, .offloaded = 1, .routes = true };

	is_leak(f, LEAK_FLOWTABLE);
	f.response = RESPONSE_REFUSE;
	ck_assert_int_eq(judged(f).bite, BITE_UNKNOWN);
}
END_TEST

START_TEST(a_shield_promises_nothing_about_sockets)
{
	struct bite_facts f = { .response = RESPONSE_SHIELD, .heard = 3, .beyond = 2 };

	ck_assert_int_eq(judged(f).leak, LEAK_NONE);
	f.response = RESPONSE_SERVICE_LIMIT;
	ck_assert_int_eq(judged(f).leak, LEAK_NONE);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("bite");
	TCase *c = tcase_create("bite");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(c, what_no_packet_tested_is_not_said_to_hold);
	tcase_add_test(c, each_way_around_has_a_word_and_a_text_of_its_own);
	tcase_add_test(c, a_measure_that_dropped_and_let_nothing_by_holds);
	tcase_add_test(c, packets_that_it_dropped_do_not_excuse_one_that_was_heard);
	tcase_add_test(c, what_goes_to_others_is_named_after_the_way_it_takes);
	tcase_add_test(c, an_offloaded_flow_is_a_leak_of_a_drop_only);
	tcase_add_test(c, a_shield_promises_nothing_about_sockets);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
