/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file that setup writes loads as what was planned, and its changes read like a diff. */
#include "codec/setup_text.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static char room[2 * SETUP_BYTES];

static const char *write_plan(const struct setup_plan *p)
{
	struct text t = text_over(room, SETUP_BYTES);

	setup_text_write(p, &t);
	ck_assert(!t.cut);
	return room;
}

static const char *changes(const char *before, const char *after)
{
	struct text t = text_over(room, sizeof(room));

	setup_text_changes(before, after, 1, &t);
	return room;
}

static struct prefix net(const char *s)
{
	struct prefix p;

	ck_assert_int_eq(prefix_parse(s, &p), 0);
	return p;
}

START_TEST(a_plan_of_a_policy_alone_has_no_other_key)
{
	const struct setup_plan p = { .policy = "ssh-bastion", .why = "tcp/22 by sshd", .sure = "certain" };
	const char *s = write_plan(&p);

	ck_assert(strstr(s, "\n# tcp/22 by sshd (certain)\npolicy = \"ssh-bastion\";\n") != NULL);
	ck_assert(strstr(s, "guards") == NULL && strstr(s, "rules") == NULL && strstr(s, "divert") == NULL);
}
END_TEST

START_TEST(ports_addresses_and_rules_stand_where_the_loader_wants_them)
{
	const struct setup_plan p = { .policy = "router-gateway", .why = "w", .sure = "likely", .forward = true,
		.admin_ports = { 22, 2022 }, .n_admin_ports = 2,
		.never_block = { net("192.0.2.7"), net("2001:db8::/48") }, .n_never_block = 2, .around = net("192.0.2.0/24"),
		.rules = { { "rate.ssh", { 22, 2022 }, 2 }, { "brute.login", { 2022 }, 1 } }, .n_rules = 2 };
	const char *s = write_plan(&p);

	ck_assert(strstr(s, "divert = { forward = \"queue\"; };") != NULL);
	ck_assert(strstr(s, "admin_ports = [22, 2022];") != NULL);
	ck_assert(strstr(s, "never_block = [\n\t\t\"192.0.2.7\", \"2001:db8::/48\"\n\t];") != NULL);
	ck_assert(strstr(s, "# Its network is \"192.0.2.0/24\"") != NULL);
	ck_assert(strstr(s, "{ name = \"rate.ssh\"; ports = [22, 2022]; },\n\t{ name = \"brute.login\"; ports = [2022]; }\n);") != NULL);
}
END_TEST

START_TEST(the_greatest_plan_fits)
{
	static struct setup_plan p;
	static char why[200];

	memset(why, 'w', sizeof(why) - 1);
	p = (struct setup_plan){ .policy = "router-gateway", .why = why, .sure = "certain", .forward = true,
		.n_admin_ports = SETUP_PORTS, .n_never_block = SETUP_NEVER_BLOCK, .n_rules = SETUP_RULES };
	for (size_t i = 0; i < SETUP_NEVER_BLOCK; i++)
		p.never_block[i] = net("2001:db8:ffff:ffff:ffff:ffff:ffff:fffe/127");
	for (size_t i = 0; i < SETUP_RULES; i++)
		p.rules[i] = (struct setup_rule){ .name = "rate.of-a-very-long-name-it-has", .n = SETUP_PORTS };
	write_plan(&p);
}
END_TEST

START_TEST(the_same_text_has_no_changes)
{
	ck_assert_str_eq(changes("a\nb\n", "a\nb\n"), "");
	ck_assert_str_eq(changes("", ""), "");
}
END_TEST

START_TEST(a_new_file_is_all_added)
{
	ck_assert_str_eq(changes("", "a\nb\n"), "+a\n+b\n");
}
END_TEST

START_TEST(a_change_stands_between_what_stays)
{
	ck_assert_str_eq(changes("1\n2\nold\n8\n9\n", "1\n2\nnew\nmore\n8\n9\n"), " 2\n-old\n+new\n+more\n 8\n");
	ck_assert_str_eq(changes("1\nx\n", "1\n"), " 1\n-x\n");
	ck_assert_str_eq(changes("x\nx\n", "x\n"), " x\n-x\n");
}
END_TEST

START_TEST(what_somebody_wrote_into_it_cannot_write_on_the_terminal)
{
	ck_assert_str_eq(changes("a\033[2J\n", "a\n"), "-a\\x1b[2J\n+a\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("setup_text");
	TCase *c = tcase_create("setup_text");

	tcase_add_test(c, a_plan_of_a_policy_alone_has_no_other_key);
	tcase_add_test(c, ports_addresses_and_rules_stand_where_the_loader_wants_them);
	tcase_add_test(c, the_greatest_plan_fits);
	tcase_add_test(c, the_same_text_has_no_changes);
	tcase_add_test(c, a_new_file_is_all_added);
	tcase_add_test(c, a_change_stands_between_what_stays);
	tcase_add_test(c, what_somebody_wrote_into_it_cannot_write_on_the_terminal);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
