/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core/excuses: who was wronged, and how much more proof that asks for. */
#include "core/excuses.h"

#include <check.h>

static struct prefix net(const char *text)
{
	struct prefix p;

	ck_assert_int_eq(prefix_parse(text, &p), 0);
	return p;
}

static unsigned patience(const struct excuses *x, const char *text)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(text, &a), 0);
	return excuses_patience(x, &a);
}

START_TEST(each_wrong_doubles_the_patience_up_to_eight)
{
	static struct excuses x;
	const unsigned expected[] = { 1, 2, 4, 8, 8 };
	struct prefix p = net("192.0.2.7");

	for (int i = 0; i < 5; i++) {
		ck_assert_uint_eq(patience(&x, "192.0.2.7"), expected[i]);
		excuses_add(&x, &p, 1, (mono_t){ i });
	}
	ck_assert_uint_eq(patience(&x, "192.0.2.8"), 1);
	ck_assert_uint_eq(x.n, 1);
}
END_TEST

START_TEST(a_prefix_excuses_all_in_it)
{
	static struct excuses x;
	struct prefix v6 = net("2001:db8:1::/64"), v4 = net("192.0.2.0/24");

	excuses_add(&x, &v6, 1, (mono_t){ 1 });
	excuses_add(&x, &v4, 2, (mono_t){ 1 });
	ck_assert_uint_eq(patience(&x, "2001:db8:1::99"), 2);
	ck_assert_uint_eq(patience(&x, "192.0.2.200"), 4);
	ck_assert_uint_eq(patience(&x, "::ffff:192.0.2.200"), 4);
	ck_assert_uint_eq(patience(&x, "192.0.3.1"), 1);
}
END_TEST

START_TEST(the_one_longest_ago_makes_room)
{
	static struct excuses x;

	for (int i = 0; i < EXCUSES + 1; i++) {
		struct prefix p = net("10.0.0.0");

		p.addr.bytes[3] = (uint8_t)i;
		excuses_add(&x, &p, 1, (mono_t){ i == 0 ? 1000 : i });
	}
	ck_assert_uint_eq(x.n, EXCUSES);
	ck_assert_uint_eq(x.forgotten, 1);
	ck_assert_uint_eq(patience(&x, "10.0.0.0"), 2); /* renewed of late */
	ck_assert_uint_eq(patience(&x, "10.0.0.1"), 1);
	ck_assert_uint_eq(patience(&x, "10.0.0.128"), 2);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("excuses");
	TCase *t = tcase_create("excuses");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, each_wrong_doubles_the_patience_up_to_eight);
	tcase_add_test(t, a_prefix_excuses_all_in_it);
	tcase_add_test(t, the_one_longest_ago_makes_room);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
