/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An installation that is as it should be has no complaint; each single flaw has its own, with a remedy. */
#include "core/site.h"

#include <check.h>
#include <string.h>

static struct site_facts site;
static struct checkup found;

static void healthy(void)
{
	site = (struct site_facts){ .answers = true, .runs = true, .config = "/etc/tidegate/tidegate.conf",
		.init = SITE_SYSTEMD, .unit_there = true, .unit_enabled = true, .socket = "/run/tidegate/control.sock",
		.admins = { "tidegate-admin", true, "anna, ben" }, .viewers = { "tidegate-view", true, "" },
		.textfiles = "/var/lib/prometheus/node-exporter", .textfile_linked = true, .feeds = 2, .clock_known = true,
		.clock_synchronised = true, .tool = "1.0", .daemon = "1.0", .same_network = 1 };
}

static const struct checkup_line *line(const char *name)
{
	found.n = 0;
	site_judge(&site, &found);
	for (size_t i = 0; i < found.n; i++)
		if (strcmp(found.lines[i].name, name) == 0)
			return &found.lines[i];
	return NULL;
}

static void only(const char *name, enum grade g)
{
	const struct checkup_line *l = line(name);

	ck_assert_msg(l != NULL, "no line %s", name);
	ck_assert_str_eq(grade_name(l->grade), grade_name(g));
	ck_assert_int_gt(strlen(l->fix), 0);
	for (size_t i = 0; i < found.n; i++)
		ck_assert_msg(&found.lines[i] == l || found.lines[i].grade == GRADE_OK, "%s: %s", found.lines[i].name,
			found.lines[i].text);
	healthy();
}

static void says(const char *name, const char *words)
{
	const struct checkup_line *l = line(name);

	ck_assert_msg(l && (strstr(l->text, words) || strstr(l->fix, words)), "%s", l ? l->text : "no line");
}

START_TEST(all_well_is_no_complaint)
{
	line("");
	ck_assert_uint_ge(found.n, 8);
	ck_assert_int_eq(checkup_worst(&found), GRADE_OK);
	ck_assert_ptr_null(line("running"));
	ck_assert_ptr_null(line("network"));
}
END_TEST

START_TEST(where_none_answers_it_says_whether_one_runs_and_whether_we_may)
{
	site.answers = false;
	site.socket_denied = true;
	says("running", "usermod -aG tidegate-admin");
	only("running", GRADE_FAIL);
	site.answers = false;
	says("running", "does not answer on /run/tidegate/control.sock");
	only("running", GRADE_FAIL);
	site.answers = site.runs = false;
	says("running", "systemctl enable --now");
	only("running", GRADE_FAIL);
	site.answers = site.runs = false;
	site.init = SITE_OPENRC;
	says("running", "rc-service");
	strcpy(site.log_place, "journalctl -u tidegated");
	says("last-words", "journalctl");
}
END_TEST

START_TEST(a_mistake_in_the_configuration_is_told_with_its_place)
{
	site.config_errors = 2;
	strcpy(site.config_first, "/etc/tidegate/tidegate.conf:7: unknown");
	says("config", "conf:7: unknown");
	only("config", GRADE_FAIL);
	site.config[0] = '\0';
	only("config", GRADE_FAIL);
}
END_TEST

START_TEST(what_does_not_come_back_after_a_boot_is_told)
{
	site.unit_enabled = false;
	only("unit", GRADE_WARN);
	site.unit_there = false;
	only("unit", GRADE_WARN);
	site.init = SITE_INIT_UNKNOWN;
	ck_assert_ptr_null(line("unit"));
}
END_TEST

START_TEST(groups_say_who_is_in_them)
{
	says("admins", "anna, ben");
	says("viewers", "nobody is in it");
	site.admins.there = false;
	says("admins", "groupadd --system tidegate-admin");
	only("admins", GRADE_WARN);
	site.viewers.name[0] = '\0';
	ck_assert_ptr_null(line("viewers"));
}
END_TEST

START_TEST(the_disk_is_judged_here_only_where_no_daemon_does)
{
	site.state_known = true;
	site.state_free_mb = -1;
	ck_assert_ptr_null(line("state-dir"));
	site.answers = false;
	says("state-dir", "is not there");
	site.state_free_mb = 3;
	says("state-dir", "3 MiB");
	site.state_free_mb = 64;
	ck_assert_ptr_null(line("state-dir"));
}
END_TEST

START_TEST(clock_feeds_and_metrics_have_a_line_each)
{
	site.clock_synchronised = false;
	only("clock", GRADE_WARN);
	site.clock_odd = true;
	only("clock", GRADE_FAIL);
	site.feeds_failing = 1;
	says("feeds", "1 of 2");
	only("feeds", GRADE_WARN);
	site.textfile_linked = false;
	says("textfile", "ln -s /run/tidegate/tidegate.prom /var/lib/prometheus/node-exporter/");
	only("textfile", GRADE_WARN);
	site.textfiles[0] = '\0';
	ck_assert_ptr_null(line("textfile"));
}
END_TEST

START_TEST(who_else_filters_is_named)
{
	host_list_add(&site.firewalls, "ufw");
	host_list_add(&site.firewalls, "dockerd");
	says("firewalls", "ufw, dockerd");
	site.fail2ban = true;
	only("fail2ban", GRADE_WARN);
	site.fail2ban = site.fail2ban_action = true;
	ck_assert_int_eq(line("fail2ban")->grade, GRADE_OK);
}
END_TEST

START_TEST(another_version_and_another_network_are_told)
{
	strcpy(site.daemon, "0.9");
	says("version", "daemon is 0.9, this tool 1.0");
	only("version", GRADE_WARN);
	site.same_network = 0;
	only("network", GRADE_WARN);
	site.same_network = -1;
	ck_assert_ptr_null(line("network"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("site");
	TCase *c = tcase_create("site");

	tcase_add_checked_fixture(c, healthy, NULL);
	tcase_add_test(c, all_well_is_no_complaint);
	tcase_add_test(c, where_none_answers_it_says_whether_one_runs_and_whether_we_may);
	tcase_add_test(c, a_mistake_in_the_configuration_is_told_with_its_place);
	tcase_add_test(c, what_does_not_come_back_after_a_boot_is_told);
	tcase_add_test(c, groups_say_who_is_in_them);
	tcase_add_test(c, the_disk_is_judged_here_only_where_no_daemon_does);
	tcase_add_test(c, clock_feeds_and_metrics_have_a_line_each);
	tcase_add_test(c, who_else_filters_is_named);
	tcase_add_test(c, another_version_and_another_network_are_told);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
