/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which file wins over which, what a load leaves alone, and that what is shipped loads.
 * What single mistakes are told as stands in tests/config.
 */
#include "conf/conf.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

#define LAYERS "tests/config/layers/main.conf"
#define SHIPPED "policies/tidegate.conf"

static struct conf conf;
static struct conf_report report;

static void setup(void)
{
	memset(&conf, 0, sizeof(conf));
	memset(&report, 0, sizeof(report));
}

static int load(const char *file, const char *policy)
{
	struct conf_source src = { .file = file, .policy = policy };

	return conf_load(&src, &conf, &report);
}

static int load_text(const char *text)
{
	return conf_load_string(text, strlen(text), "text", &conf, &report);
}

static const struct rate_rule *rate_rule(const char *name)
{
	for (size_t i = 0; i < conf.rules.rate.n_rules; i++) {
		if (strcmp(conf.rules.rate.rules[i].rule.name, name) == 0)
			return &conf.rules.rate.rules[i];
	}
	return NULL;
}

START_TEST(an_empty_file_gives_the_defaults_of_the_schema)
{
	ck_assert_int_eq(load_text(""), 0);
	ck_assert(!conf.enforce);
	ck_assert_int_eq(conf.divert.input, CONF_TAKE_QUEUE);
	ck_assert_int_eq(conf.divert.forward, CONF_TAKE_OFF);
	ck_assert_uint_eq(conf.divert.queue, 4100);
	ck_assert_uint_eq(conf.divert.queue_length, 4096);
	ck_assert_int_eq(conf.divert.dead_man_ns, 2 * NS_PER_S);
	ck_assert_uint_eq(conf.sizes.sources, 1048576);
	ck_assert(conf.guards.admin_session);
	ck_assert(conf.guards.time_servers && conf.guards.dhcp);
	ck_assert_uint_eq(conf.guards.n_admin_ports, 1);
	ck_assert_uint_eq(conf.guards.admin_ports[0], 22);
	ck_assert_int_eq(conf.guards.admin_age_ns, 130 * NS_PER_S);
	ck_assert_uint_eq(conf.divert.outgoing_copies, 10000);
	ck_assert_int_eq(conf.divert.fail, CONF_FAIL_OPEN);
	ck_assert(!conf.table_owned);
	ck_assert_uint_eq(conf.store_max_bytes, UINT64_C(256) << 20);
	ck_assert_uint_eq(conf.feeds.n, 0);
	ck_assert(conf.observations.enabled);
	ck_assert_uint_eq(conf.flows.source, CONF_FLOWS_SOCKETS);
	ck_assert_uint_eq(conf.flows.most_per_second, 4000);
	ck_assert(!conf.flows.accounting);
	ck_assert_uint_eq(conf.observations.max_bytes, UINT64_C(64) << 20);
	ck_assert_int_eq(conf.observations.keep_ns, INT64_C(7) * 86400 * NS_PER_S);
	ck_assert_uint_eq(conf.rules.budget.per_minute, 64);
	ck_assert_uint_eq(conf.rules.budget.total, 4096);
	ck_assert_uint_eq(conf.rules.budget.widest_v4, 24);
	ck_assert_uint_eq(conf.rules.budget.widest_v6, 48);
	ck_assert_int_eq(conf.rules.budget.over, BUDGET_OVER_DETECT);
	ck_assert_str_eq(conf.paths.run_dir, "/run/tidegate");
	ck_assert_int_eq(conf.rules.scan.weight_closed, NAT(2.77));
	ck_assert_int_eq(conf.rules.scan.weight_completed, -100); /* -1.56 in 64ths */
	ck_assert_int_eq(conf.rules.scan.slow_half_life_ns, 24 * 3600 * NS_PER_S);
}
END_TEST

START_TEST(no_rule_is_enabled_before_a_file_names_it)
{
	ck_assert_int_eq(load_text("rules = ( { name = \"scan.slow\"; sid = 7; } );"), 0);
	ck_assert(!conf.rules.scan.fast_rule.enabled);
	ck_assert(conf.rules.scan.slow_rule.enabled);
	ck_assert_uint_eq(conf.rules.scan.slow_rule.sid, 7);
	ck_assert_str_eq(conf.rules.scan.slow_rule.origin, "text:1");
}
END_TEST

START_TEST(rules_give_way_to_policy_main_file_and_conf_d_field_by_field)
{
	const struct rate_rule *web;

	ck_assert_int_eq(load(LAYERS, NULL), 0);
	web = rate_rule("rate.web");
	ck_assert_ptr_nonnull(web);
	ck_assert_uint_eq(web->n_ports, 1);               /* rules/rate.conf */
	ck_assert_uint_eq(web->limit, 2);                 /* policies/layered.conf */
	ck_assert_int_eq(web->window_ns, 3 * NS_PER_S);   /* main.conf */
	ck_assert_uint_eq(web->ask_share, 4);             /* conf.d/10-first.conf */
	ck_assert_str_eq(web->rule.origin, "conf.d/10-first.conf:3");
}
END_TEST

START_TEST(later_files_of_conf_d_win_and_leave_the_rest_alone)
{
	ck_assert_int_eq(load(LAYERS, NULL), 0);
	ck_assert_uint_eq(conf.divert.log_group, 1);
	ck_assert_uint_eq(conf.divert.queue, 2);
	ck_assert_uint_eq(conf.divert.queue_length, 256);
}
END_TEST

START_TEST(a_feed_is_changed_field_by_field_and_a_new_one_is_added)
{
	const struct conf_feed *f = conf.feeds.list;

	ck_assert_int_eq(load(LAYERS, NULL), 0);
	ck_assert_uint_eq(conf.feeds.n, 3);
	ck_assert_str_eq(f[0].name, "drop");
	ck_assert_str_eq(f[0].file, "tests/config/layers/drop.json");
	ck_assert_uint_eq(f[0].max_entries, 10); /* main.conf */
	ck_assert_uint_eq(f[0].max_change, 0);   /* conf.d */
	ck_assert(f[0].refuse && !f[0].keep_private);
	ck_assert_int_eq(f[0].format, CONF_FEED_AUTO);
	ck_assert_str_eq(f[1].file, "/srv/mine.txt");
	ck_assert_uint_eq(f[1].max_entries, 200000);
	ck_assert_uint_eq(f[1].max_change, 50);
	ck_assert(!f[1].refuse);
	ck_assert_str_eq(f[2].name, "third");
	ck_assert_int_eq(f[2].format, CONF_FEED_CROWDSEC);
}
END_TEST

START_TEST(there_is_room_for_16_feeds_and_not_for_one_more)
{
	char text[2048] = "feeds = (";
	size_t len = strlen(text);

	for (int i = 0; i < CONF_FEEDS; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s{ name = \"f%d\"; file = \"f\"; }",
			i ? "," : "", i);
	snprintf(text + len, sizeof(text) - len, ");");
	ck_assert_int_eq(load_text(text), 0);
	ck_assert_uint_eq(conf.feeds.n, CONF_FEEDS);
	memset(&report, 0, sizeof(report));
	snprintf(text + len, sizeof(text) - len, ",{ name = \"more\"; file = \"f\"; });");
	ck_assert_int_eq(load_text(text), ERR_INVALID);
	ck_assert_uint_eq(report.errors, 1);
	for (size_t i = 0; i < report.n; i++)
		if (report.list[i].error)
			ck_assert_str_eq(report.list[i].text, "there are more than 16 feeds");
}
END_TEST

START_TEST(a_rules_file_masks_its_namesake_in_later_folders)
{
	/* vendor/rate.conf does not even parse; vendor/scan.conf has no namesake. */
	ck_assert_int_eq(load(LAYERS, NULL), 0);
	ck_assert_int_eq(conf.rules.scan.fast_threshold, NAT(30));
}
END_TEST

START_TEST(files_are_listed_with_the_weightiest_last)
{
	static const char *const want[] = {
		"tests/config/layers/rules/rate.conf",
		"tests/config/layers/vendor/scan.conf",
		"tests/config/layers/policies/layered.conf",
		"tests/config/layers/main.conf",
		"tests/config/layers/conf.d/10-first.conf",
		"tests/config/layers/conf.d/20-second.conf",
	};

	ck_assert_int_eq(load(LAYERS, NULL), 0);
	ck_assert_uint_eq(conf.n_files, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < conf.n_files; i++)
		ck_assert_str_eq(conf.files[i], want[i]);
}
END_TEST

START_TEST(relative_paths_stand_beside_the_main_file)
{
	ck_assert_int_eq(load(LAYERS, NULL), 0);
	ck_assert_str_eq(conf.paths.run_dir, "tests/config/layers/run");
	ck_assert_str_eq(conf.paths.log_dir, "/var/log/tidegate");
	ck_assert_str_eq(conf.policy_file, "tests/config/layers/policies/layered.conf");
	ck_assert_str_eq(conf.rules.policy.name, "layered");
	ck_assert_str_eq(conf.rules.policy.reactions[0].origin,
		"policies/layered.conf:4");
}
END_TEST

static int load_draft(const char *name, const char *text)
{
	const struct conf_draft draft = { .name = name, .text = text, .len = strlen(text) };
	const struct conf_source src = { .file = LAYERS, .draft = &draft };

	return conf_load(&src, &conf, &report);
}

START_TEST(a_draft_is_read_in_its_place_among_the_files_of_conf_d)
{
	size_t files;

	ck_assert_int_eq(load(LAYERS, NULL), 0);
	files = conf.n_files;
	ck_assert_int_eq(load_draft("99-last.conf", "guards = { admin_ports = [2022]; };"), 0);
	ck_assert_uint_eq(conf.guards.admin_ports[0], 2022);
	ck_assert_uint_eq(conf.n_files, files + 1);
	ck_assert(strstr(conf.files[conf.n_files - 1], "conf.d/99-last.conf") != NULL);
	ck_assert_int_eq(load_draft("00-first.conf", ""), 0);
	ck_assert(strstr(conf.files[conf.n_files - 1], "00-first.conf") == NULL);
}
END_TEST

START_TEST(a_draft_takes_the_place_of_its_namesake)
{
	char last[CONF_PATH];
	size_t files;

	ck_assert_int_eq(load(LAYERS, NULL), 0);
	files = conf.n_files;
	strcpy(last, strrchr(conf.files[files - 1], '/') + 1);
	ck_assert_int_eq(load_draft(last, ""), 0);
	ck_assert_uint_eq(conf.n_files, files);
}
END_TEST

START_TEST(a_mistake_in_a_draft_is_told_with_its_line)
{
	ck_assert_int_eq(load_draft("10-setup.conf", "\npolcy = \"x\";\n"), ERR_INVALID);
	ck_assert_uint_eq(report.errors, 1);
	ck_assert_uint_eq(report.list[0].line, 2);
	ck_assert(strstr(report.list[0].file, "conf.d/10-setup.conf") != NULL);
}
END_TEST

START_TEST(a_policy_named_by_the_caller_replaces_the_one_in_the_files)
{
	ck_assert_int_eq(load(SHIPPED, "honeypot"), 0);
	ck_assert_str_eq(conf.rules.policy.name, "honeypot");
	ck_assert_ptr_nonnull(rate_rule("rate.decoy"));
}
END_TEST

START_TEST(a_load_with_errors_leaves_the_value_alone)
{
	memset(&conf, 0x5a, sizeof(conf));
	ck_assert_int_eq(load("tests/config/settings.conf", NULL), ERR_INVALID);
	for (size_t i = 0; i < sizeof(conf); i++)
		ck_assert_uint_eq(((unsigned char *)&conf)[i], 0x5a);
	ck_assert_uint_gt(report.errors, 20);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_one_error)
{
	ck_assert_int_eq(load("tests/config/no-such-file.conf", NULL), ERR_INVALID);
	ck_assert_uint_eq(report.errors, 1);
	ck_assert_str_eq(report.list[0].file, "tests/config/no-such-file.conf");
}
END_TEST

START_TEST(a_folder_or_a_device_is_not_read_as_a_file)
{
	ck_assert_int_eq(load("tests/config", NULL), ERR_INVALID);
	ck_assert_int_eq(load("/dev/zero", NULL), ERR_INVALID);
	ck_assert_uint_eq(report.errors, 2);
}
END_TEST

START_TEST(a_nul_byte_does_not_hide_what_is_behind_it)
{
	static const char text[] = "mode = \"detect\";\n\0mode = 3;\n";

	ck_assert_int_eq(conf_load_string(text, sizeof(text) - 1, "text", &conf, &report),
		ERR_INVALID);
}
END_TEST

START_TEST(numbers_over_31_bits_are_errors_and_never_wrap)
{
	/* libconfig 1.5 reads 4294967297 as 1 and 4294971393 as 4097. */
	ck_assert_int_eq(load_text("divert = { queue_length = 4294971393; };"),
		ERR_INVALID);
	ck_assert_int_eq(load_text("divert = { queue_length = 0x100001001; };"),
		ERR_INVALID);
	ck_assert_int_eq(load_text("divert = { queue_length = 4097L; };"), 0);
	ck_assert_uint_eq(conf.divert.queue_length, 4097);
	ck_assert_int_eq(load_text("rules = ( { name = \"scan.fast\"; "
		"sid = 4294967295L; } );"), 0);
	ck_assert_uint_eq(conf.rules.scan.fast_rule.sid, UINT32_MAX);
}
END_TEST

START_TEST(a_string_may_not_open_other_files)
{
	ck_assert_int_eq(load_text("@include \"/etc/passwd\"\n"), ERR_INVALID);
	ck_assert_int_eq(load_text("policy = \"web-server\";"), ERR_INVALID);
	ck_assert_int_eq(load_text("# @include \"x\"\nmode = \"detect\";"), 0);
}
END_TEST

START_TEST(one_value_stands_for_a_list_of_one)
{
	ck_assert_int_eq(load_text("guards = { never_block = \"192.0.2.0/24\"; };"), 0);
	ck_assert_uint_eq(conf.guards.n_never_block, 1);
	ck_assert_uint_eq(conf.guards.never_block[0].len, 24);
}
END_TEST

START_TEST(accept_forgery_lifts_the_cap_of_proof_and_warns)
{
	static const char capped[] = "policy = { reactions = ( { on = \"scan.*\"; "
		"proof = \"claimed\"; response = \"drop\"; } ); };";
	static const char lifted[] = "policy = { reactions = ( { on = \"scan.*\"; "
		"proof = \"claimed\"; response = \"drop\"; "
		"accept_forgery = true; } ); };";

	ck_assert_int_eq(load_text(capped), ERR_INVALID);
	setup();
	ck_assert_int_eq(load_text(lifted), 0);
	ck_assert_uint_eq(report.warnings, 2); /* forgery, and that no rule is enabled */
	ck_assert(conf.rules.policy.reactions[0].accept_forgery);
}
END_TEST

START_TEST(there_is_room_for_30_rate_rules_and_not_for_one_more)
{
	char *text = malloc(8192);
	size_t len = 0;

	ck_assert_ptr_nonnull(text);
	for (int n = 30; n <= 31; n++) {
		len = (size_t)sprintf(text, "rules = (");
		for (int i = 0; i < n; i++)
			len += (size_t)sprintf(text + len, "%s{ name = \"rate.r%d\"; "
				"sid = %d; window = \"1s\"; limit = 1; }", i ? "," : "",
				i, i + 1);
		sprintf(text + len, ");");
		setup();
		ck_assert_int_eq(load_text(text), n == 30 ? 0 : ERR_INVALID);
	}
	free(text);
}
END_TEST

START_TEST(all_that_is_shipped_loads_without_a_word)
{
	static const char *const policies[] = {
		NULL, "web-server", "ssh-bastion", "database", "workstation",
		"router-gateway", "honeypot",
	};

	setup();
	ck_assert_int_eq(load(SHIPPED, policies[_i]), 0);
	ck_assert_uint_eq(report.errors + report.warnings, 0);
	ck_assert_uint_gt(conf.rules.policy.n_reactions, 0);
	ck_assert(!conf.enforce);
}
END_TEST

START_TEST(no_shipped_rule_is_without_a_reason_or_disabled)
{
	const struct engine_rules *r = &conf.rules;
	const struct rule *fixed[] = {
		&r->scan.fast_rule, &r->scan.slow_rule, &r->spray.rule, &r->flood.rule,
		&r->odd.rule, &r->hold.flood_rule, &r->hold.slow_rule, &r->hold.wait_rule,
		&r->volume.surge_rule, &r->volume.mix_rule, &r->novel.service_rule, &r->novel.protocol_rule,
		&r->brute.login_rule, &r->brute.known_rule, &r->brute.spread_rule, &r->baseline.rule,
	};

	ck_assert_int_eq(load(SHIPPED, NULL), 0);
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		ck_assert(fixed[i]->enabled);
		ck_assert_str_ne(fixed[i]->why, "");
	}
	ck_assert_uint_ge(r->rate.n_rules, 5);
	for (size_t i = 0; i < r->rate.n_rules; i++) {
		ck_assert(r->rate.rules[i].rule.enabled);
		ck_assert_str_ne(r->rate.rules[i].rule.why, "");
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conf_load");
	TCase *tc = tcase_create("conf_load");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, an_empty_file_gives_the_defaults_of_the_schema);
	tcase_add_test(tc, no_rule_is_enabled_before_a_file_names_it);
	tcase_add_test(tc, rules_give_way_to_policy_main_file_and_conf_d_field_by_field);
	tcase_add_test(tc, later_files_of_conf_d_win_and_leave_the_rest_alone);
	tcase_add_test(tc, a_rules_file_masks_its_namesake_in_later_folders);
	tcase_add_test(tc, a_feed_is_changed_field_by_field_and_a_new_one_is_added);
	tcase_add_test(tc, there_is_room_for_16_feeds_and_not_for_one_more);
	tcase_add_test(tc, files_are_listed_with_the_weightiest_last);
	tcase_add_test(tc, relative_paths_stand_beside_the_main_file);
	tcase_add_test(tc, a_draft_is_read_in_its_place_among_the_files_of_conf_d);
	tcase_add_test(tc, a_draft_takes_the_place_of_its_namesake);
	tcase_add_test(tc, a_mistake_in_a_draft_is_told_with_its_line);
	tcase_add_test(tc, a_policy_named_by_the_caller_replaces_the_one_in_the_files);
	tcase_add_test(tc, a_load_with_errors_leaves_the_value_alone);
	tcase_add_test(tc, a_file_that_is_not_there_is_one_error);
	tcase_add_test(tc, a_folder_or_a_device_is_not_read_as_a_file);
	tcase_add_test(tc, a_nul_byte_does_not_hide_what_is_behind_it);
	tcase_add_test(tc, numbers_over_31_bits_are_errors_and_never_wrap);
	tcase_add_test(tc, a_string_may_not_open_other_files);
	tcase_add_test(tc, one_value_stands_for_a_list_of_one);
	tcase_add_test(tc, accept_forgery_lifts_the_cap_of_proof_and_warns);
	tcase_add_test(tc, there_is_room_for_30_rate_rules_and_not_for_one_more);
	tcase_add_loop_test(tc, all_that_is_shipped_loads_without_a_word, 0, 7);
	tcase_add_test(tc, no_shipped_rule_is_without_a_reason_or_disabled);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}
