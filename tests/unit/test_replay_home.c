/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose packets a replay takes for whose, where its home is a network that stands for one host. */
#include <check.h>
#include <stdlib.h>

#include "app/home.h"
#include "app/replay.h"
#include "conf/conf.h"
#include "support/capture_lab.h"
#include "support/craft.h"

#define RAW_IP 101
#define PROBES 12

static struct conf conf;
static struct conf_report report;
static unsigned findings;

static void on_event(void *ctx, const struct event *e)
{
	(void)ctx;
	findings += e->kind == EVENT_FINDING;
}

static void on_warning(void *ctx, const char *text)
{
	(void)ctx;
	ck_abort_msg("%s", text);
}

/* SYNs from one address to as many ports of another, all of which refuse. */
static void save_scan(const char *from, const char *to)
{
	struct file f = { .len = 0 };

	put_head(&f, MAGIC_US, RAW_IP);
	for (uint16_t i = 0; i < PROBES; i++) {
		struct craft c = { .src = craft_addr(from), .dst = craft_addr(to), .proto = PROTO_TCP, .sport = 40000,
			.dport = (uint16_t)(1000 + i), .tcp_flags = TCP_SYN, .seq = 1 };
		uint8_t packet[64];
		size_t len = craft_packet(&c, packet, sizeof(packet));

		put(&f, 1000, 4);
		put(&f, i, 4);
		put(&f, len, 4);
		put(&f, len, 4);
		for (size_t k = 0; k < len; k++)
			put(&f, packet[k], 1);
	}
	save(&f, 0);
}

static struct replay_stats replay_for(const char *text)
{
	const char *const list[] = { paths[0] };
	struct home home;
	struct replay_opts o = { .conf = &conf, .paths = list, .n_paths = 1, .home = &home, .emit = on_event,
		.warn = on_warning };
	struct replay_stats stats;
	char whose[WHY_TEXT];
	struct replay *r;

	ck_assert_int_eq(home_parse(text, &home, whose), 0);
	ck_assert_msg(replay_open(&r, &o, why) == 0, "%s", why);
	ck_assert_msg(replay_run(r, why) == 0, "%s", why);
	replay_stats(r, &stats);
	replay_close(r);
	return stats;
}

static void set_up_all(void)
{
	struct conf_source src = { .file = "policies/tidegate.conf" };

	set_up();
	findings = 0;
	ck_assert_int_eq(conf_load(&src, &conf, &report), 0);
}

START_TEST(a_host_is_held_against_another_that_is_the_home)
{
	struct replay_stats s;

	save_scan("192.0.2.5", "192.0.2.6");
	s = replay_for("192.0.2.6");
	ck_assert_uint_eq(s.by_hook[HOOK_INPUT], PROBES);
	ck_assert_uint_eq(s.local, 0);
	ck_assert_uint_gt(findings, 0);
}
END_TEST

START_TEST(what_a_network_says_to_itself_reaches_no_detector)
{
	struct replay_stats s;

	save_scan("192.0.2.5", "192.0.2.6");
	s = replay_for("192.0.2.0/24");
	ck_assert_uint_eq(s.local, PROBES);
	ck_assert_uint_eq(s.by_hook[HOOK_INPUT], 0);
	ck_assert_uint_eq(s.diverted, 0);
	ck_assert_uint_eq(findings, 0);
}
END_TEST

START_TEST(who_comes_from_without_the_network_is_held_against_it)
{
	save_scan("198.51.100.9", "192.0.2.6");
	replay_for("192.0.2.0/24");
	ck_assert_uint_gt(findings, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("replay_home");
	TCase *t = tcase_create("home");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, set_up_all, tear_down);
	tcase_add_test(t, a_host_is_held_against_another_that_is_the_home);
	tcase_add_test(t, what_a_network_says_to_itself_reaches_no_detector);
	tcase_add_test(t, who_comes_from_without_the_network_is_held_against_it);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
