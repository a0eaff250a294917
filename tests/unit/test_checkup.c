/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From facts to lines: a healthy host has no complaint, each single flaw has its own.
 */
#include "core/checkup.h"

#include <check.h>
#include <string.h>

static struct host_facts host;
static struct checkup_daemon daemon_;
static struct checkup found;

static void healthy(void)
{
	host = (struct host_facts){ .tables_known = true, .links_known = true };
	host.numbers[HOST_CT_COUNT] = 100;
	host.numbers[HOST_CT_MAX] = 65536;
	host.numbers[HOST_CT_LOOSE] = host.numbers[HOST_SYNCOOKIES] = 1;
	host.numbers[HOST_CT_ESTABLISHED_S] = 432000;
	host.numbers[HOST_CT_ACCT] = 1;
	daemon_ = (struct checkup_daemon){ .responding = true, .alive = true,
		.enforce = true, .mechanism = "native queue expression", .wanted = 3,
		.applied = 3, .guards_own = 2, .guards_listed = 1, .ssh_served = true,
		.listens_tcp = true, .listens_udp = true, .destroy = 1,
		.event_file = true, .evidence = true, .state_free_mb = 1000, .log_free_mb = 1000,
		.sources = 1, .sources_capacity = 1000,
		.confined = true, .names_all = true };
}

static const struct checkup_line *line(const char *name)
{
	checkup_judge(&host, &daemon_, &found);
	for (size_t i = 0; i < found.n; i++)
		if (strcmp(found.lines[i].name, name) == 0)
			return &found.lines[i];
	ck_abort_msg("no line %s", name);
}

/* That one line changes its grade, it has a remedy, and no other one complains. */
static void only(const char *name, enum grade g)
{
	const struct checkup_line *l = line(name);

	ck_assert_str_eq(grade_name(l->grade), grade_name(g));
	ck_assert_int_gt(strlen(l->fix), 0);
	for (size_t i = 0; i < found.n; i++)
		if (&found.lines[i] != l)
			ck_assert_msg(found.lines[i].grade == GRADE_OK, "%s: %s",
				found.lines[i].name, found.lines[i].text);
	healthy();
}

START_TEST(flows_that_are_not_told_or_lost_are_named)
{
	daemon_.flows_wanted = daemon_.flows_told = true;
	ck_assert_int_eq(line("flows")->grade, GRADE_OK);
	daemon_.flows_told = false;
	only("flows", GRADE_WARN);
	daemon_.flows_wanted = daemon_.flows_told = true;
	daemon_.flows_lost = 3;
	only("flows", GRADE_WARN);
}
END_TEST

START_TEST(a_history_that_cannot_be_written_is_named)
{
	daemon_.history_kept = daemon_.history_open = true;
	ck_assert_int_eq(line("history")->grade, GRADE_OK);
	daemon_.history_open = false;
	only("history", GRADE_WARN);
	daemon_.history_kept = daemon_.history_open = true;
	daemon_.history_lost = 1;
	only("history", GRADE_WARN);
}
END_TEST

START_TEST(accounting_is_a_flaw_only_where_flows_come_by_it)
{
	host.numbers[HOST_CT_ACCT] = 0;
	ck_assert_int_eq(line("accounting")->grade, GRADE_OK);
	ck_assert_ptr_nonnull(strstr(line("accounting")->text, "scan.proven"));
	daemon_.flows_wanted = daemon_.flows_told = daemon_.flows_by_conntrack = true;
	only("accounting", GRADE_WARN);
}
END_TEST

START_TEST(a_log_that_cannot_be_written_or_has_losses_is_named)
{
	daemon_.log_kept = true;
	ck_assert_int_eq(line("log")->grade, GRADE_OK);
	daemon_.log_kept = daemon_.log_failing = true;
	strcpy(daemon_.log_error, "no space is left");
	ck_assert_ptr_nonnull(strstr(line("log")->text, "no space is left"));
	only("log", GRADE_WARN);
	daemon_.log_kept = true;
	daemon_.log_lost = 7;
	only("log", GRADE_WARN);
}
END_TEST

START_TEST(a_healthy_host_has_no_complaint)
{
	checkup_judge(&host, &daemon_, &found);
	ck_assert_int_eq(checkup_worst(&found), GRADE_OK);
	ck_assert_uint_gt(found.n, 10);
	for (size_t i = 0; i < found.n; i++)
		ck_assert_str_eq(found.lines[i].fix, "");
}
END_TEST

START_TEST(each_flaw_of_the_host_is_one_line_with_a_remedy)
{
	host_list_add(&host.flowtables, "inet ft f");
	only("flowtables", GRADE_WARN);
	host_list_add(&host.ahead, "netdev x y");
	only("ahead", GRADE_WARN);
	host_list_add(&host.untracking, "ip raw PREROUTING");
	only("notrack", GRADE_WARN);
	host_list_add(&host.responders, "fail2ban");
	only("responders", GRADE_WARN);
	host.numbers[HOST_FORWARD4] = 1;
	only("forward", GRADE_WARN);
	host_list_add(&host.bridges, "br0");
	only("bridges", GRADE_WARN);
	host.numbers[HOST_CT_COUNT] = 60000;
	only("conntrack", GRADE_FAIL);
	host.numbers[HOST_SYNCOOKIES] = 0;
	only("syncookies", GRADE_WARN);
	host.saved_table = true;
	only("saved", GRADE_WARN);
	host.tables_known = false;
	only("tables", GRADE_WARN);
}
END_TEST

START_TEST(each_flaw_of_the_daemon_is_one_line_with_a_remedy)
{
	daemon_.alive = false;
	only("gate", GRADE_FAIL);
	daemon_.enforce = false;
	only("mode", GRADE_WARN);
	daemon_.applied = 2;
	only("enforced", GRADE_FAIL);
	daemon_.queue_dropped = 1;
	only("losses", GRADE_WARN);
	daemon_.guards_own = 0;
	only("guards", GRADE_FAIL);
	daemon_.guards_listed = 0;
	only("admin", GRADE_WARN);
	daemon_.caller_remote = true;
	only("session", GRADE_FAIL);
	daemon_.listens_udp = false;
	only("listening", GRADE_FAIL);
	daemon_.destroy = 0;
	only("end-flows", GRADE_WARN);
	daemon_.log_free_mb = -1;
	only("log-dir", GRADE_FAIL);
	daemon_.state_free_mb = 3;
	only("state-dir", GRADE_WARN);
	daemon_.event_failing = true;
	only("events", GRADE_FAIL);
	daemon_.confined = false;
	only("confined", GRADE_WARN);
	daemon_.evidence = false;
	only("evidence", GRADE_WARN);
	strcpy(daemon_.evidence_why, "no space left on device");
	only("evidence", GRADE_WARN);
}
END_TEST

START_TEST(names_that_cost_two_rights_are_told_and_no_flaw)
{
	daemon_.names_all = false;
	ck_assert_ptr_nonnull(strstr(line("names")->text, "by user and unit"));
	only("names", GRADE_OK);
}
END_TEST

START_TEST(a_packet_thread_that_does_not_answer_says_nothing_of_the_engine)
{
	daemon_.responding = false;
	daemon_.applied = 0;
	only("daemon", GRADE_FAIL);
}
END_TEST

START_TEST(forwarding_that_is_judged_is_well)
{
	host.numbers[HOST_FORWARD4] = 1;
	daemon_.forward = true;
	ck_assert_int_eq(line("forward")->grade, GRADE_OK);
}
END_TEST

START_TEST(without_a_daemon_only_the_host_is_judged)
{
	host.numbers[HOST_CT_COUNT] = HOST_UNKNOWN;
	checkup_judge(&host, NULL, &found);
	ck_assert_int_eq(checkup_worst(&found), GRADE_WARN);
	for (size_t i = 0; i < found.n; i++)
		ck_assert_str_ne(found.lines[i].name, "gate");
}
END_TEST

START_TEST(a_long_list_of_names_is_counted_not_overrun)
{
	for (int i = 0; i < 100; i++)
		host_list_add(&host.flowtables, "a name that is by far longer than any "
			"name of a table and a flowtable together may be here");
	ck_assert_uint_eq(host.flowtables.n, 100);
	ck_assert_uint_lt(strlen(line("flowtables")->text), 200);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("checkup");
	TCase *c = tcase_create("checkup");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(c, healthy, NULL);
	tcase_add_test(c, flows_that_are_not_told_or_lost_are_named);
	tcase_add_test(c, a_history_that_cannot_be_written_is_named);
	tcase_add_test(c, accounting_is_a_flaw_only_where_flows_come_by_it);
	tcase_add_test(c, a_log_that_cannot_be_written_or_has_losses_is_named);
	tcase_add_test(c, a_healthy_host_has_no_complaint);
	tcase_add_test(c, each_flaw_of_the_host_is_one_line_with_a_remedy);
	tcase_add_test(c, each_flaw_of_the_daemon_is_one_line_with_a_remedy);
	tcase_add_test(c, names_that_cost_two_rights_are_told_and_no_flaw);
	tcase_add_test(c, a_packet_thread_that_does_not_answer_says_nothing_of_the_engine);
	tcase_add_test(c, forwarding_that_is_judged_is_well);
	tcase_add_test(c, without_a_daemon_only_the_host_is_judged);
	tcase_add_test(c, a_long_list_of_names_is_counted_not_overrun);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
