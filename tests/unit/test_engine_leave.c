/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands against those who leave, through the whole engine: who is shut in keeps what he may reach whatever happens to
 * the rules, whose group it is, and for how long this host was watched.
 */
#include "core/engine.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "conf/conf.h"
#include "core/allow_want.h"
#include "support/craft.h"

#define DAY_S 86400
#define NOW_S 1700000000
#define GROUP "system.slice/a.service"

static struct conf conf;
static struct engine *engine;
static void *memory;
static mono_t now;
static int64_t wall_ahead_s; /* of the clock that is ours */
static uint16_t sport;
static unsigned confirmed, shut_in, full, much, listed, notices;

static void hear(void *ctx, const struct event *e)
{
	(void)ctx;
	much += e->kind == EVENT_FINDING && e->finding.kind == FINDING_EXFIL;
	listed += e->kind == EVENT_FINDING && e->finding.kind == FINDING_LISTED;
	notices += e->kind == EVENT_NOTICE && strstr(e->text, "listed destinations");
	if (e->kind != EVENT_FINDING || e->finding.kind != FINDING_EGRESS)
		return;
	confirmed++;
	shut_in += e->decision.response == RESPONSE_EGRESS_ALLOWLIST;
	for (size_t i = 0; i < e->decision.n_steps; i++)
		full += e->decision.steps[i].step == STEP_FULL;
}

static void tick(int64_t ns)
{
	struct host_sample s = { .wall = { (NOW_S + wall_ahead_s) * NS_PER_S } };

	now = mono_add(now, ns);
	s.wall.ns += now.ns;
	engine_sample(engine, &s, now);
	engine_tick(engine, now);
}

/* A kernel that takes all, for a few seconds. */
static void settle(void)
{
	struct allow_change a;
	struct change c;

	for (int i = 0; i < 30; i++) {
		tick(NS_PER_S / 10);
		while (engine_take_allowance(engine, now, &a))
			engine_allowed(engine, &a, 0, now);
		while (engine_take_change(engine, &c))
			engine_applied(engine, &c, 0, now);
	}
}

static size_t elements(void)
{
	struct allow_want_stats s;

	settle();
	allow_want_stats(engine_allow_want(engine), &s);
	return s.elements;
}

static void start(void)
{
	static struct conf_report report;
	const struct conf_source src = { .file = "policies/tidegate.conf" };
	struct engine_opts o = { .sizes = { .sources = 1024, .rates = 256, .subjects = 256, .incidents = 128, .asks = 1024 },
		.emit = hear, .enforce = true };
	size_t size;

	ck_assert_int_eq(conf_load(&src, &conf, &report), 0);
	o.rules = conf.rules;
	o.rules.policy.n_reactions = 1;
	o.rules.policy.reactions[0] = (struct reaction){ .on = "egress.confirmed", .proof = PROOF_LOCAL, .rungs = 1,
		.ladder = { RESPONSE_EGRESS_ALLOWLIST }, .ttl_ns = 3600 * NS_PER_S, .max_ns = 3600 * NS_PER_S, .factor = 1 };
	conf.rules = o.rules;
	hash_key_from_seed(&o.key, 4711);
	o.start = now = (mono_t){ 100 * NS_PER_S };
	wall_ahead_s = 0;
	confirmed = shut_in = full = much = listed = notices = 0;
	size = (engine_bytes(&o.sizes) + 63) / 64 * 64;
	memory = aligned_alloc(64, size);
	ck_assert_ptr_nonnull(memory);
	ck_assert_int_eq(engine_create(&engine, memory, size, &o), 0);
}

static void over(void)
{
	free(memory);
}

/* A user calls a listed place that has no name, at a port of no common service. */
static void call(uint32_t uid, const char *to)
{
	struct craft p = { .proto = PROTO_TCP, .tcp_flags = TCP_SYN, .src = craft_addr("10.0.0.1"), .dst = craft_addr(to),
		.sport = (uint16_t)(20000 + ++sport), .dport = 4444 };
	uint8_t bytes[96], verdict;
	size_t len = craft_packet(&p, bytes, sizeof(bytes));
	struct engine_input in = { .meta = { .at = now, .wire_len = (uint32_t)len, .hook = HOOK_OUTPUT, .held = true,
		.state_known = true, .uid_known = true, .uid = uid }, .bytes = { bytes, len } };
	struct owner_answer a = { .blame = { .owner = { .uid = uid } } };

	engine_listed(engine, &p.dst, "drop", false, now);
	engine_packets(engine, &in, 1, &verdict);
	while (engine_take_owner_question(engine, &a.tuple))
		engine_owner(engine, &a, now);
}

/* Where users were known to go. */
static void teach(uint32_t uid, const char *to)
{
	struct reach_record r = { .actor = { .kind = ACTOR_USER, .uid = uid }, .uid = uid, .to = craft_addr(to), .port = 443,
		.proto = PROTO_TCP, .count = 9, .days = 9, .first_s = NOW_S - 9 * DAY_S, .last_s = NOW_S - DAY_S };

	engine_teach_reach(engine, &r, now);
}

static bool stands(uint32_t uid)
{
	struct subject s = { .kind = SUBJECT_ACTOR, .actor = { .kind = ACTOR_USER, .uid = uid } };
	const struct measure *m = ledger_find(engine_ledger(engine), &s, SCOPE_SOURCE);

	return m && m->state == MEASURE_APPLIED;
}

START_TEST(who_is_shut_in_keeps_what_he_may_reach_over_a_reload)
{
	tick(0);
	teach(1000, "198.51.100.1");
	call(1000, "203.0.113.1");
	ck_assert_uint_eq(shut_in, 1);
	ck_assert_uint_eq(elements(), 1);
	ck_assert(stands(1000));
	engine_swap_rules(engine, &conf.rules);
	ck_assert_uint_eq(elements(), 1);
	ck_assert(stands(1000));
	ck_assert_int_eq(engine_try_rules(engine, &conf.rules, 5 * NS_PER_S, now), 0);
	ck_assert_uint_eq(elements(), 1);
	for (int i = 0; i < 10; i++)
		tick(NS_PER_S);
	ck_assert_int_eq(engine_trial(engine)->kind, TRIAL_NONE);
	ck_assert_uint_eq(elements(), 1);
	ck_assert(stands(1000));
	for (int i = 0; i < 60; i++)
		tick(62 * NS_PER_S);
	ck_assert_uint_eq(elements(), 0);
	ck_assert(!stands(1000));
}
END_TEST

START_TEST(nobody_is_shut_in_without_a_list)
{
	struct allowlists *l = &conf.rules.allow;
	char title[16];
	size_t list;

	for (uint32_t i = (uint32_t)l->n_lists; i < ALLOWLISTS; i++) {
		snprintf(title, sizeof(title), "list %u", i);
		ck_assert_int_eq(allowlist_begin(l, title, &list), 0);
		l->lists[list].actor = (struct actor){ .kind = ACTOR_USER, .uid = 3000 + i };
	}
	engine_swap_rules(engine, &conf.rules);
	settle();
	teach(1000, "198.51.100.1");
	call(1000, "203.0.113.1");
	ck_assert_uint_eq(confirmed, 1);
	ck_assert_uint_eq(full, 1);
	ck_assert_uint_eq(elements(), 0);
	ck_assert(!stands(1000));
	call(3000 + ALLOWLISTS - 1, "203.0.113.2"); /* who has a list that is in shadow is held by it */
	settle();
	ck_assert(stands(3000 + ALLOWLISTS - 1));
}
END_TEST

START_TEST(a_clock_that_is_set_is_no_day_of_watching)
{
	static const int64_t wrong[] = { -NOW_S, -4 * 365 * DAY_S, 4 * 365 * DAY_S };

	wall_ahead_s = wrong[_i];
	tick(0);
	tick(600 * NS_PER_S);
	wall_ahead_s = 0;
	tick(NS_PER_S);
	call(1000, "203.0.113.1");
	ck_assert_uint_eq(confirmed, 0);
	for (int i = 0; i < 24; i++)
		tick(3600 * NS_PER_S);
	call(1000, "203.0.113.2");
	ck_assert_uint_eq(confirmed, 1);
}
END_TEST

static void look_up(const char *name, const char *to)
{
	static struct dns_message m;
	const struct addr resolver = craft_addr("10.0.0.53");

	memset(&m, 0, sizeof(m));
	m.client = craft_addr("10.0.0.1");
	m.server = resolver;
	m.client_port = 20000;
	m.type = DNS_TYPE_A;
	text_copy(m.name, sizeof(m.name), name);
	engine_set_resolvers(engine, &resolver, 1, now);
	engine_dns(engine, &m, now);
	m.answer = true;
	m.n_addresses = 1;
	m.addresses[0] = (struct dns_address){ craft_addr(to), 300 };
	engine_dns(engine, &m, now);
}

static void upload(uint32_t uid, const char *to, uint64_t bytes)
{
	struct flow_end f = { .tuple = { .src = craft_addr("10.0.0.1"), .dst = craft_addr(to), .sport = (uint16_t)(20000 + ++sport),
		.dport = 443, .proto = PROTO_TCP }, .direction = FLOW_OUT, .teller = TELLER_SOCKET, .proof = PROOF_LOCAL,
		.weight = 1, .packets = { 9, 9 }, .bytes = { [FLOW_THERE] = bytes, [FLOW_BACK] = 1000 }, .lasted_ns = NS_PER_S,
		.owner.uid = uid };

	engine_flow_end(engine, &f, now);
}

/* Somebody else has named the place of the nightly backup, and had it looked up here. */
START_TEST(a_backup_is_no_news_under_a_name_that_somebody_gave_its_place)
{
	struct reach_record r = { .actor = { .kind = ACTOR_USER, .uid = 1000 }, .uid = 1000, .to = craft_addr("198.51.100.1"),
		.name = "backup.example.com", .port = 443, .proto = PROTO_TCP, .count = 30, .days = 30,
		.bytes = { [FLOW_THERE] = UINT64_C(60) << 30 }, .day_most = UINT64_C(2) << 30, .first_s = NOW_S - 30 * DAY_S,
		.last_s = NOW_S - DAY_S };

	tick(0);
	engine_teach_reach(engine, &r, now);
	look_up("backup.example.com", "198.51.100.1");
	upload(1000, "198.51.100.1", UINT64_C(2) << 30);
	ck_assert_uint_eq(much, 0);
	tick(20 * 3600 * NS_PER_S);
	look_up("x.evil.example", "198.51.100.1");
	upload(1000, "198.51.100.1", UINT64_C(2) << 30);
	ck_assert_uint_eq(much, 0);
	look_up("x.evil.example", "198.51.100.2"); /* and no place becomes an old one by it */
	upload(1000, "198.51.100.2", UINT64_C(2) << 30);
	ck_assert_uint_eq(much, 1);
}
END_TEST

START_TEST(who_goes_through_a_list_does_not_drown_what_else_is_found)
{
	char to[20];

	tick(0);
	for (int i = 0; i < 26; i++)
		tick(3600 * NS_PER_S);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(to, sizeof(to), "203.0.%u.%u", 100 + i / 200, 1 + i % 200);
		call(1000, to);
		tick(NS_PER_S / 100);
	}
	ck_assert_uint_eq(listed, 64);
	ck_assert_uint_eq(notices, 1);
	ck_assert_uint_gt(confirmed, 64); /* they are witnesses all the same */
	tick(60 * NS_PER_S);
	call(1000, "203.0.113.250");
	ck_assert_uint_eq(listed, 65);
}
END_TEST

START_TEST(an_old_socket_does_not_take_the_group_of_a_list_away)
{
	struct owner_answer a = { .group = GROUP, .blame = { .level = 2, .owner = { .uid = 0, .cgroup = 77 } } };
	struct engine_rules *r = &conf.rules;
	struct allow_entry e = { .port_first = 443, .port_last = 443, .proto = PROTO_TCP };
	struct craft p = { .proto = PROTO_TCP, .tcp_flags = TCP_SYN, .src = craft_addr("10.0.0.1"),
		.dst = craft_addr("203.0.113.1"), .sport = 20000, .dport = 443 };
	uint8_t bytes[96], verdict;
	size_t len = craft_packet(&p, bytes, sizeof(bytes)), list;
	struct engine_input in = { .meta = { .at = now, .wire_len = (uint32_t)len, .hook = HOOK_OUTPUT, .held = true,
		.state_known = true, .uid_known = true, .uid = 0 }, .bytes = { bytes, len } };

	ck_assert_int_eq(allowlist_begin(&r->allow, "a", &list), 0);
	strcpy(r->allow.lists[list].group, GROUP);
	r->allow.lists[list].actor = (struct actor){ .kind = ACTOR_GROUP, .level = 2 };
	r->allow.lists[list].enforce = true;
	e.prefix = prefix_of(&p.dst, 32);
	ck_assert_int_eq(allowlist_add(&r->allow, list, &e), 0);
	tick(0);
	engine_swap_rules(engine, r);
	settle();
	engine_packets(engine, &in, 1, &verdict);
	ck_assert(engine_take_owner_question(engine, &a.tuple));
	engine_owner(engine, &a, now); /* nobody has said more: it is believed */
	ck_assert_uint_eq(engine_rules(engine)->allow.lists[list].actor.cgroup, 77);
	engine_bind_group(engine, GROUP, 78, now);
	in.meta.at = now = mono_add(now, 10 * NS_PER_S);
	engine_packets(engine, &in, 1, &verdict);
	ck_assert(engine_take_owner_question(engine, &a.tuple));
	engine_owner(engine, &a, now);
	ck_assert_uint_eq(engine_rules(engine)->allow.lists[list].actor.cgroup, 78);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine_leave");
	TCase *c = tcase_create("engine_leave");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, start, over);
	tcase_add_test(c, who_is_shut_in_keeps_what_he_may_reach_over_a_reload);
	tcase_add_test(c, nobody_is_shut_in_without_a_list);
	tcase_add_loop_test(c, a_clock_that_is_set_is_no_day_of_watching, 0, 3);
	tcase_add_test(c, a_backup_is_no_news_under_a_name_that_somebody_gave_its_place);
	tcase_add_test(c, who_goes_through_a_list_does_not_drown_what_else_is_found);
	tcase_add_test(c, an_old_socket_does_not_take_the_group_of_a_list_away);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
