/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A day of a host in simulated time, through the whole engine with the shipped rules: honest programs that call by the clock,
 * by chance and in bursts, and implants among them. Each implant is confirmed by two signals, and nobody else is.
 */
#include "core/engine.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "conf/conf.h"
#include "support/craft.h"

#define DAY_S 86400
#define WALL_S 1700000000
#define START_S (20 * DAY_S)

struct caller {
	const char *what;
	const char *to;
	uint16_t port;
	const char *name;   /* looked up first; NULL: by its address alone */
	int period_s, jitter; /* of 100, taken away by chance; 0 period: by chance, 200 a day */
	uint32_t bytes, padding;
	int known_days;     /* this host has known it for so long; 0: new today */
	bool listed;
	bool implant;
	/* state */
	int64_t next_ns;
	unsigned confirmed;
};

static const struct caller day[] = {
	{ "ntp 1", "192.0.2.11", 123, "0.pool.ntp.org", 64, 0, 48, 0, 10, false, false, 0, 0 },
	{ "ntp 2", "192.0.2.12", 123, "1.pool.ntp.org", 1024, 3, 48, 0, 0, false, false, 0, 0 },
	{ "package timer", "192.0.2.20", 443, "deb.debian.org", 43200, 50, 2000, 500, 10, false, false, 0, 0 },
	{ "update check", "192.0.2.21", 443, "updates.example.com", 3600, 0, 900, 0, 10, false, false, 0, 0 },
	{ "monitoring by name", "198.51.100.7", 443, "push.example.net", 60, 0, 700, 10, 10, false, false, 0, 0 },
	{ "monitoring set up today", "198.51.100.8", 443, "push2.example.net", 60, 0, 700, 10, 0, false, false, 0, 0 },
	{ "metrics to a neighbour, new", "10.0.0.40", 9091, NULL, 15, 0, 5000, 50, 0, false, false, 0, 0 },
	{ "metrics to an address, known", "198.51.100.9", 9091, NULL, 30, 0, 5000, 50, 10, false, false, 0, 0 },
	{ "mail, fetched", "198.51.100.20", 993, "imap.example.org", 300, 0, 400, 20, 10, false, false, 0, 0 },
	{ "mail idle, renewed", "198.51.100.21", 993, "imap2.example.org", 1740, 0, 600, 30, 0, false, false, 0, 0 },
	{ "web 1", "192.0.2.101", 443, "a.example.com", 0, 0, 1500, 9000, 0, false, false, 0, 0 },
	{ "web 2", "192.0.2.102", 443, "b.example.com", 0, 0, 1500, 9000, 0, false, false, 0, 0 },
	{ "web 3", "192.0.2.103", 80, "c.example.com", 0, 0, 1500, 9000, 0, false, false, 0, 0 },
	{ "a peer by its address", "192.0.2.150", 51413, NULL, 0, 0, 800, 9000, 0, false, false, 0, 0 },
	{ "a list is wrong about a site", "192.0.2.104", 443, "d.example.com", 0, 0, 1500, 9000, 10, true, false, 0, 0 },
	{ "implant, listed, no jitter", "203.0.113.1", 443, "x1.example.org", 60, 0, 300, 0, 0, true, true, 0, 0 },
	{ "implant, listed, 20 %", "203.0.113.2", 443, "x2.example.org", 60, 20, 300, 40, 0, true, true, 0, 0 },
	{ "implant, listed, 37 %", "203.0.113.3", 443, "x3.example.org", 300, 37, 300, 40, 0, true, true, 0, 0 },
	{ "implant, listed, 50 %", "203.0.113.4", 443, "x4.example.org", 300, 50, 300, 40, 0, true, true, 0, 0 },
	{ "implant, strange, no jitter", "203.0.113.5", 4444, NULL, 60, 0, 300, 0, 0, false, true, 0, 0 },
	{ "implant, strange, 37 %", "203.0.113.6", 8081, NULL, 60, 37, 300, 40, 0, false, true, 0, 0 },
	{ "implant, strange, 50 %", "203.0.113.7", 1337, NULL, 120, 50, 300, 40, 0, false, true, 0, 0 },
};

#define N (sizeof(day) / sizeof(day[0]))

static struct caller callers[N];
static struct engine *engine;
static void *memory;
static uint64_t seed;
static uint16_t sport, look_ups;
static unsigned acted;

static uint64_t dice(uint64_t below)
{
	return below ? random_next(&seed) % below : 0;
}

static void hear(void *ctx, const struct event *e)
{
	(void)ctx;
	if (e->kind != EVENT_FINDING)
		return;
	acted += e->finding.kind != FINDING_EGRESS && e->decision.response != RESPONSE_OBSERVE;
	for (size_t i = 0; i < N && e->finding.kind == FINDING_EGRESS; i++) {
		struct addr to = craft_addr(callers[i].to);

		callers[i].confirmed += addr_equal(&e->finding.dst, &to);
	}
}

static mono_t mono_of(int64_t ns)
{
	return (mono_t){ START_S * NS_PER_S + ns };
}

static void start(void)
{
	static struct conf conf;
	static struct conf_report report;
	const struct conf_source src = { .file = "policies/tidegate.conf" };
	struct engine_opts o = { .sizes = { .sources = 1024, .rates = 256, .subjects = 256, .incidents = 128, .asks = 1024 },
		.start = mono_of(0), .emit = hear };
	const struct addr resolver = craft_addr("10.0.0.53");
	size_t size;

	ck_assert_int_eq(conf_load(&src, &conf, &report), 0);
	o.rules = conf.rules;
	hash_key_from_seed(&o.key, seed);
	size = (engine_bytes(&o.sizes) + 63) / 64 * 64;
	memory = aligned_alloc(64, size);
	ck_assert_ptr_nonnull(memory);
	ck_assert_int_eq(engine_create(&engine, memory, size, &o), 0);
	engine_set_resolvers(engine, &resolver, 1, o.start);
}

static void tell_time(int64_t ns)
{
	struct host_sample s = { .wall = { WALL_S * NS_PER_S + ns } };

	engine_sample(engine, &s, mono_of(ns));
}

/* What earlier days have taught; and that there were ten of them. */
static void teach(void)
{
	for (size_t i = 0; i < N; i++) {
		const struct caller *c = &callers[i];
		struct reach_record r = { .actor = { .kind = ACTOR_USER, .uid = 1000 }, .uid = 1000, .to = craft_addr(c->to),
			.port = c->port, .proto = c->port == 123 ? PROTO_UDP : PROTO_TCP, .count = 100, .days = 10,
			.first_s = WALL_S - c->known_days * DAY_S, .last_s = WALL_S - 3600 };

		if (!c->known_days)
			continue;
		text_copy(r.name, sizeof(r.name), c->name ? c->name : "");
		engine_teach_reach(engine, &r, mono_of(0));
	}
}

static void look_up(const struct caller *c, mono_t now)
{
	static struct dns_message m;

	memset(&m, 0, sizeof(m));
	m.client = craft_addr("10.0.0.1");
	m.server = craft_addr("10.0.0.53");
	m.client_port = (uint16_t)(20000 + ++look_ups % 30000);
	m.id = look_ups;
	m.type = DNS_TYPE_A;
	text_copy(m.name, sizeof(m.name), c->name);
	engine_dns(engine, &m, now);
	m.answer = true;
	m.n_addresses = 1;
	m.addresses[0] = (struct dns_address){ craft_addr(c->to), 300 };
	engine_dns(engine, &m, now);
}

static void call(const struct caller *c, mono_t now)
{
	struct craft p = { .proto = c->port == 123 ? PROTO_UDP : PROTO_TCP, .tcp_flags = TCP_SYN, .src = craft_addr("10.0.0.1"),
		.dst = craft_addr(c->to), .sport = (uint16_t)(20000 + ++sport % 40000), .dport = c->port };
	uint8_t bytes[96], verdict;
	size_t len = craft_packet(&p, bytes, sizeof(bytes));
	struct engine_input in = { .meta = { .at = now, .wire_len = (uint32_t)len, .hook = HOOK_OUTPUT, .held = true,
		.state_known = true, .uid_known = true, .uid = 1000 }, .bytes = { bytes, len } };
	struct owner_answer a = { .blame = { .owner = { .uid = 1000 } } };
	struct flow_end f = { .direction = FLOW_OUT, .teller = TELLER_SOCKET, .proof = PROOF_LOCAL, .weight = 1,
		.packets = { 8, 8 }, .lasted_ns = NS_PER_S, .owner.uid = OWNER_UNKNOWN };

	if (c->listed)
		engine_listed(engine, &p.dst, "drop", false, now);
	engine_packets(engine, &in, 1, &verdict);
	ck_assert_int_eq(verdict, VERDICT_ACCEPT); /* detect mode */
	while (engine_take_owner_question(engine, &a.tuple))
		engine_owner(engine, &a, now);
	f.tuple = (struct tuple){ p.src, p.dst, p.sport, p.dport, p.proto };
	f.bytes[FLOW_THERE] = c->bytes + dice(c->padding + 1);
	f.bytes[FLOW_BACK] = 4 * f.bytes[FLOW_THERE];
	engine_flow_end(engine, &f, mono_add(now, NS_PER_S));
}

static void answer_all(mono_t now)
{
	struct ask_answer a = { .fate = FATE_TRACKED };

	while (engine_take_ask(engine, now, &a.ask))
		engine_answer(engine, &a, now);
}

static int64_t pause_of(const struct caller *c)
{
	int64_t period = c->period_s * NS_PER_S;

	if (!c->period_s)
		return (int64_t)dice(864) * NS_PER_S;
	return period - period / 100 * (int64_t)dice((uint64_t)c->jitter + 1);
}

/* One call in twenty is lost. */
static void live(int64_t for_ns)
{
	const int64_t step = NS_PER_S / 2;

	for (int64_t now = 0; now < for_ns; now += step) {
		for (size_t i = 0; i < N; i++) {
			struct caller *c = &callers[i];

			if (now < c->next_ns)
				continue;
			c->next_ns += pause_of(c);
			if (dice(20) == 0)
				continue;
			if (c->name)
				look_up(c, mono_of(now));
			call(c, mono_of(now));
		}
		engine_tick(engine, mono_of(now));
		answer_all(mono_of(now));
		if (now % (30 * NS_PER_S) == 0)
			tell_time(now);
	}
}

START_TEST(implants_are_confirmed_and_nobody_else_is)
{
	seed = 1 + (uint64_t)_i * 7919;
	memcpy(callers, day, sizeof(callers));
	acted = 0;
	for (size_t i = 0; i < N; i++)
		callers[i].next_ns = (int64_t)dice(600) * NS_PER_S;
	start();
	tell_time(0);
	teach();
	live(DAY_S * NS_PER_S);
	for (size_t i = 0; i < N; i++)
		ck_assert_msg((callers[i].confirmed > 0) == callers[i].implant, "%s: confirmed %u times, seed %d",
			callers[i].what, callers[i].confirmed, _i);
	ck_assert_uint_eq(acted, 0); /* nothing that is one signal asks for more than to be observed */
	free(memory);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("egress_confirm");
	TCase *c = tcase_create("egress_confirm");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 120);
	tcase_add_loop_test(c, implants_are_confirmed_and_nobody_else_is, 0, 5);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
