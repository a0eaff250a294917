/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Odd packets of one source.
 */
#include "core/detect_odd.h"

#include <check.h>

#define AT(s) ((mono_t){ .ns = (int64_t)(s) * NS_PER_S })

static const struct odd_opts opts = {
	.rule = { .name = "odd.flags", .enabled = true },
	.kinds = ODD_PORT_ZERO | ODD_LAND | ODD_MARTIAN | ODD_SYN_FIN | ODD_SYN_RST |
		ODD_TINY_FRAGMENT | ODD_SYN_DATA,
	.limit = 5,
	.half_life_ns = 600 * NS_PER_S,
};

static struct finding found;

static bool see(struct source *s, uint16_t odd, int64_t seconds)
{
	struct source_half_lives h;
	struct packet p = { .odd = odd };

	source_half_lives_set(&h, NS_PER_S, NS_PER_S, opts.half_life_ns);
	source_touch(&h, s, AT(seconds));
	return odd_count(&opts, s, &p, AT(seconds), &found);
}

START_TEST(the_fifth_odd_packet_is_found)
{
	struct source s = { .key = 1 };

	for (int i = 0; i < 4; i++)
		ck_assert(!see(&s, ODD_LAND, 1000 + i * 10));
	ck_assert(see(&s, ODD_MARTIAN, 1040));
	ck_assert_int_eq(found.kind, FINDING_ODD);
	ck_assert_int_eq(found.proof, PROOF_CLAIMED);
	ck_assert_uint_eq(found.count, 5);
	ck_assert_int_eq(found.threshold, 450);
	ck_assert_int_ge(found.score, found.threshold);
	ck_assert_int_eq(found.first.ns, AT(1000).ns);
	ck_assert_int_eq(found.at.ns, AT(1040).ns);
	ck_assert_str_eq(found.rule.name, "odd.flags");
}
END_TEST

START_TEST(each_configured_kind_counts)
{
	for (unsigned bit = 0; bit < 16; bit++) {
		struct source s = { .key = 1 };

		see(&s, (uint16_t)(1 << bit), 1000);
		ck_assert_uint_eq(s.odd, opts.kinds >> bit & 1 ? 256 : 0);
	}
}
END_TEST

START_TEST(a_packet_with_many_oddities_counts_once)
{
	struct source s = { .key = 1 };

	see(&s, ODD_LAND | ODD_PORT_ZERO | ODD_SYN_FIN, 1000);
	ck_assert_uint_eq(s.odd, 256);
}
END_TEST

START_TEST(a_broken_middlebox_with_one_every_ten_minutes_is_left_alone)
{
	struct source s = { .key = 1 };

	for (int i = 0; i < 1000; i++)
		ck_assert(!see(&s, ODD_SYN_DATA, 1000 + i * 600));
}
END_TEST

START_TEST(it_is_raised_once_and_armed_again_below_half)
{
	struct source s = { .key = 1 };
	unsigned raised = 0;

	for (int i = 0; i < 100; i++)
		raised += see(&s, ODD_LAND, 1000);
	ck_assert_uint_eq(raised, 1);
	ck_assert(!see(&s, ODD_LAND, 1000 + 6 * 600)); /* 100 is 1.6 by then */
	for (int i = 0; i < 10; i++)
		raised += see(&s, ODD_LAND, 1000 + 6 * 600);
	ck_assert_uint_eq(raised, 2);
}
END_TEST

START_TEST(the_count_saturates_and_so_does_its_limit)
{
	struct source s = { .key = 1 };
	struct odd_opts o = opts;
	struct packet p = { .odd = ODD_LAND };
	unsigned raised = 0;

	o.limit = 1000000;
	for (int i = 0; i < 1000; i++)
		raised += odd_count(&o, &s, &p, AT(1000), &found);
	ck_assert_uint_eq(s.odd, UINT16_MAX);
	ck_assert_uint_eq(raised, 1);
}
END_TEST

START_TEST(a_disabled_rule_finds_nothing)
{
	struct source s = { .key = 1 };
	struct odd_opts o = opts;
	struct packet p = { .odd = ODD_LAND };

	o.rule.enabled = false;
	for (int i = 0; i < 100; i++)
		ck_assert(!odd_count(&o, &s, &p, AT(1000), &found));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("detect_odd");
	TCase *t = tcase_create("detect_odd");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, the_fifth_odd_packet_is_found);
	tcase_add_test(t, each_configured_kind_counts);
	tcase_add_test(t, a_packet_with_many_oddities_counts_once);
	tcase_add_test(t, a_broken_middlebox_with_one_every_ten_minutes_is_left_alone);
	tcase_add_test(t, it_is_raised_once_and_armed_again_below_half);
	tcase_add_test(t, the_count_saturates_and_so_does_its_limit);
	tcase_add_test(t, a_disabled_rule_finds_nothing);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
