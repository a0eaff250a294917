/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is printed must be read again as the same value.
 */
#include "conf/conf.h"
#include "conf/rules.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct conf first, second;

/* Where things were written differs, and is the only thing that may. */
static void forget_origins(struct conf *c)
{
	struct engine_rules *r = &c->rules;

	memset(c->files, 0, sizeof(c->files));
	memset(c->policy_file, 0, sizeof(c->policy_file));
	c->n_files = 0;
	for (size_t i = 0; i < rules_count(r); i++) {
		struct rule_slot slot = rules_slot(r, i);

		memset(slot.rule->origin, 0, sizeof(slot.rule->origin));
	}
	memset(r->policy.origin, 0, sizeof(r->policy.origin));
	for (size_t i = 0; i < ALLOWLISTS; i++)
		memset(r->allow.lists[i].origin, 0, sizeof(r->allow.lists[i].origin));
	for (size_t i = 0; i < POLICY_REACTIONS; i++)
		memset(r->policy.reactions[i].origin, 0,
			sizeof(r->policy.reactions[i].origin));
}

/* Prints first, reads it as second, and holds them against each other. */
static void print_and_read(void)
{
	struct conf_report report = { .n = 0 };
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(f);
	conf_print(&first, f);
	fclose(f);
	memset(&second, 0, sizeof(second));
	if (conf_load_string(text, len, "printed", &second, &report))
		conf_check_print(&report, stderr);
	ck_assert_uint_eq(report.errors, 0);
	free(text);
	forget_origins(&first);
	forget_origins(&second);
	ck_assert_mem_eq(&first, &second, sizeof(first));
}

static void read_text(const char *text)
{
	struct conf_report report = { .n = 0 };

	memset(&first, 0, sizeof(first));
	if (conf_load_string(text, strlen(text), "text", &first, &report))
		conf_check_print(&report, stderr);
	ck_assert_uint_eq(report.errors, 0);
}

START_TEST(every_shipped_policy_survives_printing_and_reading)
{
	static const char *const policies[] = {
		"web-server", "ssh-bastion", "database", "workstation",
		"router-gateway", "honeypot",
	};
	struct conf_source src = {
		.file = "policies/tidegate.conf", .policy = policies[_i],
	};
	struct conf_report report = { .n = 0 };

	ck_assert_int_eq(conf_load(&src, &first, &report), 0);
	print_and_read();
}
END_TEST

START_TEST(an_empty_configuration_survives_too)
{
	read_text("");
	print_and_read();
}
END_TEST

START_TEST(layers_survive_as_one_file)
{
	struct conf_source src = { .file = "tests/config/layers/main.conf" };
	struct conf_report report = { .n = 0 };

	ck_assert_int_eq(conf_load(&src, &first, &report), 0);
	print_and_read();
	ck_assert(second.enforce);
	ck_assert_uint_eq(second.rules.rate.n_rules, 1);
}
END_TEST

START_TEST(values_at_their_bounds_survive)
{
	read_text("mode = \"enforce\";"
		"tables = { sources = 33554432; asks = 64; };"
		"divert = { output = \"off\"; queue = 0; dead_man = \"1s1ms\"; "
		"outgoing_copies = 1000000; fail = \"closed\"; };"
		"guards = { never_block = [\"192.0.2.1\", \"2001:db8::/32\", "
		"\"::/0\"]; admin_ports = [1, 65535]; admin_age = \"1h\"; };"
		"budgets = { total = 4194304; known_good_percent = 0; widest_v4 = 8; "
		"widest_v6 = 16; over = \"hold\"; };"
		"table = { owned = true; }; store = { max_size_mib = 1048576; };"
		"observations = { enabled = false; max_size_mib = 4; keep = \"52w\"; };"
		"flows = { source = \"conntrack\"; most_per_second = 0; accounting = \"on\"; };"
		"metrics = { textfile = \"\"; interval = \"1h\"; };"
		"evidence = { before = 16384; after = 0; after_time = \"1h\"; snap = 100; max_incidents = 100000; };"
		"feeds = ( { name = \"a.b-c_1\"; file = \"x y\"; format = \"spamhaus\"; max_entries = 1000000; "
		"max_change = 100000; refuse = true; keep_private = true; } );"
		"scan = { weight_closed = 20; weight_completed = -20; weight_weak = 0; };"
		"rules = ( { name = \"scan.fast\"; sid = 4294967295L; threshold = 500; },"
		"{ name = \"odd.flags\"; sid = 1; kinds = []; } );"
		"policy = { reactions = ( { on = \"scan.*\"; proof = \"answered\"; "
		"response = [\"observe\", \"shield\", \"limit\", \"drop\"]; "
		"for = \"forever\"; max = \"forever\"; width4 = 8; width6 = 16; } ); };");
	print_and_read();
	ck_assert_uint_eq(second.rules.scan.fast_rule.sid, UINT32_MAX);
	ck_assert_uint_eq(second.rules.policy.reactions[0].rungs, 4);
	ck_assert_uint_eq(second.rules.odd.kinds, 0);
	ck_assert_uint_eq(second.guards.n_admin_ports, 2);
	ck_assert_int_eq(second.rules.budget.over, BUDGET_OVER_HOLD);
	ck_assert_uint_eq(second.store_max_bytes, UINT64_C(1) << 40);
	ck_assert_uint_eq(second.evidence.before, 16384);
	ck_assert_uint_eq(second.evidence.after, 0);
	ck_assert_int_eq(second.evidence.after_ns, 3600 * NS_PER_S);
	ck_assert_uint_eq(second.evidence.max_incidents, 100000);
	ck_assert_uint_eq(second.feeds.n, 1);
	ck_assert_int_eq(second.feeds.list[0].format, CONF_FEED_SPAMHAUS);
	ck_assert(!second.observations.enabled);
	ck_assert_str_eq(second.metrics.textfile, "");
	ck_assert_int_eq(second.metrics.interval_ns, 3600 * NS_PER_S);
	ck_assert_uint_eq(second.flows.source, CONF_FLOWS_CONNTRACK);
	ck_assert_uint_eq(second.flows.most_per_second, 0);
	ck_assert(second.flows.accounting);
	ck_assert_uint_eq(second.observations.max_bytes, 4 << 20);
	ck_assert_int_eq(second.observations.keep_ns, INT64_C(364) * 86400 * NS_PER_S);
	ck_assert_int_eq(second.divert.fail, CONF_FAIL_CLOSED);
	ck_assert(second.table_owned);
}
END_TEST

START_TEST(quotes_newlines_and_foreign_letters_survive)
{
	read_text("paths = { log_dir = \"a \\\"b\\\" \\\\ \\n \\xff # ;\"; };"
		"events = { eve_file = \"\xc3\xa9ve.json\"; };");
	print_and_read();
	ck_assert_str_eq(second.paths.log_dir, "a \"b\" \\ \n \xff # ;");
	ck_assert_str_eq(second.events.eve_file, "\xc3\xa9ve.json");
}
END_TEST

START_TEST(allowlists_survive)
{
	read_text("allowlists = ( { name = \"backup\"; user = \"backup\"; uid = 34; mode = \"enforce\"; to = ("
		"{ name = \"*.Example.net.\"; ports = [\"tcp/443\", \"tcp/80\", \"53\"]; },"
		"{ address = \"10.0.0.0/8\"; ports = [\"udp/123\", \"tcp/8000-8100\", \"sctp\", \"icmp\"]; },"
		"{ address = \"2001:db8::/32\"; } ); },"
		"{ name = \"nobody\"; user = \"x\"; to = (); }, { name = \"all\"; host = true; to = (); },"
		"{ name = \"big\"; uid = 4294967294L; to = (); },"
		"{ name = \"unit\"; group = \"/a \\\"b\\\"/c.service/\"; to = (); } );");
	print_and_read();
	ck_assert_uint_eq(second.rules.allow.n_lists, 5);
	ck_assert_uint_eq(second.rules.allow.n_entries, 8);
	ck_assert_str_eq(second.rules.allow.entries[0].name, "*.example.net");
	ck_assert_str_eq(second.rules.allow.lists[4].group, "a \"b\"/c.service");
	ck_assert_uint_eq(second.rules.allow.lists[4].actor.level, 2);
	ck_assert_uint_eq(second.rules.allow.lists[0].actor.uid, 34);
	ck_assert(second.rules.allow.lists[0].enforce);
}
END_TEST

START_TEST(a_reason_of_full_length_survives)
{
	char text[512];

	snprintf(text, sizeof(text), "rules = ( { name = \"scan.fast\"; sid = 1; "
		"why = \"%0159d\"; } );", 7);
	read_text(text);
	print_and_read();
	ck_assert_uint_eq(strlen(second.rules.scan.fast_rule.why), 159);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conf_print");
	TCase *tc = tcase_create("conf_print");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, every_shipped_policy_survives_printing_and_reading, 0, 6);
	tcase_add_test(tc, an_empty_configuration_survives_too);
	tcase_add_test(tc, layers_survive_as_one_file);
	tcase_add_test(tc, values_at_their_bounds_survive);
	tcase_add_test(tc, quotes_newlines_and_foreign_letters_survive);
	tcase_add_test(tc, allowlists_survive);
	tcase_add_test(tc, a_reason_of_full_length_survives);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}
