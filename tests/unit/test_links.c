/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the session that we were started from says; the kernel's part is tested in the lab.
 */
#include "edge/links.h"

#include <check.h>

#include "base/err.h"

static void is_admin(const char *ssh_connection, const char *text, uint16_t port)
{
	struct addr wanted, client;
	uint16_t at;

	ck_assert_int_eq(addr_parse(text, &wanted), 0);
	ck_assert_int_eq(links_admin(ssh_connection, &client, &at), 0);
	ck_assert(addr_equal(&client, &wanted));
	ck_assert_uint_eq(at, port);
}

START_TEST(the_administrator_is_the_client_of_the_session)
{
	is_admin("203.0.113.5 50000 192.0.2.1 22", "203.0.113.5", 22);
	is_admin("2001:db8::5 50000 2001:db8::1 2222", "2001:db8::5", 2222);
	is_admin("fe80::5%eth0 50000 fe80::1%eth0 65535", "fe80::5", 65535);
	is_admin("::ffff:203.0.113.5 50000 ::ffff:192.0.2.1 22", "203.0.113.5", 22);
}
END_TEST

START_TEST(no_session_is_absent_and_rubbish_is_invalid)
{
	static const char *const rubbish[] = { "UNKNOWN 65535 x", "203.0.113.5",
		"203.0.113.5 50000 192.0.2.1 65536", "203.0.113.5 50000 192.0.2.1 ",
		"203.0.113.5 50000 192.0.2.1 -1", "203.0.113.5 50000 192.0.2.1 22x",
		"1111111111111111111111111111111111111111111111111 1 1 1" };
	struct addr client = { 0 };
	uint16_t port = 7;

	ck_assert_int_eq(links_admin(NULL, &client, &port), ERR_ABSENT);
	ck_assert_int_eq(links_admin("", &client, &port), ERR_ABSENT);
	for (size_t i = 0; i < sizeof(rubbish) / sizeof(rubbish[0]); i++)
		ck_assert_int_eq(links_admin(rubbish[i], &client, &port), ERR_INVALID);
	ck_assert_uint_eq(client.family, FAMILY_NONE);
	ck_assert_uint_eq(port, 7);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("links");
	TCase *t = tcase_create("links");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, the_administrator_is_the_client_of_the_session);
	tcase_add_test(t, no_session_is_absent_and_rubbish_is_invalid);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
