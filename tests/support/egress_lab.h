/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An engine with the shipped rules whose host begins flows, whose owners are told or not, and a kernel that takes what it is
 * given: for the tests of what leaves.
 */
#ifndef TIDEGATE_TESTS_SUPPORT_EGRESS_LAB_H
#define TIDEGATE_TESTS_SUPPORT_EGRESS_LAB_H

#include "core/engine.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "conf/conf.h"
#include "support/craft.h"

#define EVENTS 512
#define HOME "10.0.0.1"
#define START (5000 * NS_PER_S)
#define WALL (INT64_C(1790000000) * NS_PER_S)

static struct conf conf;
static struct engine *e;
static void *memory;
static struct event *events;
static size_t n_events, n_inputs;
static enum observation_kind inputs[4096];
static mono_t now;

static inline void on_event(void *ctx, const struct event *v)
{
	(void)ctx;
	if (n_events < EVENTS)
		events[n_events++] = *v;
}

static inline void on_input(void *ctx, const struct observation *o)
{
	(void)ctx;
	if (n_inputs < sizeof(inputs) / sizeof(inputs[0]))
		inputs[n_inputs++] = o->kind;
}

static inline void tell_time(void)
{
	const struct host_sample s = { .wall = { WALL + now.ns } };

	engine_sample(e, &s, now);
}

static inline void start(uint64_t seed)
{
	struct engine_opts o = { .sizes = { .sources = 1024, .rates = 256, .subjects = 256, .incidents = 128, .asks = 64 },
		.enforce = true, .start = { START }, .emit = on_event, .observe = on_input };
	size_t size;

	o.rules = conf.rules;
	hash_key_from_seed(&o.key, seed);
	size = (engine_bytes(&o.sizes) + 63) / 64 * 64;
	memory = aligned_alloc(64, size);
	ck_assert_ptr_nonnull(memory);
	ck_assert_int_eq(engine_create(&e, memory, size, &o), 0);
	n_events = n_inputs = 0;
	now = o.start;
	tell_time();
}

static inline void setup(void)
{
	static struct conf_report report;
	struct conf_source src = { .file = "policies/tidegate.conf", .policy = "database" };

	memset(&report, 0, sizeof(report));
	ck_assert_int_eq(conf_load(&src, &conf, &report), 0);
	events = calloc(EVENTS, sizeof(*events));
	ck_assert_ptr_nonnull(events);
	start(5);
}

static inline void teardown(void)
{
	free(memory);
	free(events);
}

/* ---- the world ---- */

static inline struct tuple flow_to(const char *to, uint16_t sport, uint16_t dport)
{
	return (struct tuple){ .src = craft_addr(HOME), .dst = craft_addr(to), .sport = sport, .dport = dport,
		.proto = PROTO_TCP };
}

static inline uint8_t leave(const char *to, uint16_t sport, uint16_t dport)
{
	struct tuple t = flow_to(to, sport, dport);
	struct craft c = { .src = t.src, .dst = t.dst, .proto = PROTO_TCP, .sport = sport, .dport = dport, .tcp_flags = TCP_SYN };
	struct engine_input in = { .meta = { .at = now, .hook = HOOK_OUTPUT, .held = true } };
	uint8_t bytes[96], verdict;

	in.bytes = (struct slice){ bytes, craft_packet(&c, bytes, sizeof(bytes)) };
	in.meta.wire_len = (uint32_t)in.bytes.len;
	engine_packets(e, &in, 1, &verdict);
	return verdict;
}

static inline void owned(const char *to, uint16_t sport, uint16_t dport, uint32_t uid)
{
	const struct owner_answer a = { .tuple = flow_to(to, sport, dport), .blame.owner.uid = uid };

	engine_owner(e, &a, now);
}

/* What the kernel was asked for: allowances ahead of all else, as the daemon has it. */
static size_t allowed;
static bool held;
static bool stranded; /* somebody was held still, and what he may reach was gone already */

static inline void kernel(int allow_result)
{
	struct allow_change a;
	struct change c;

	while (engine_take_allowance(e, now, &a)) {
		allowed += a.op == ALLOW_ADD && !allow_result;
		stranded |= a.op == ALLOW_REMOVE && held;
		engine_allowed(e, &a, allow_result, now);
	}
	while (engine_take_change(e, &c)) {
		if (c.measure.response == RESPONSE_EGRESS_ALLOWLIST)
			held = c.add;
		engine_applied(e, &c, 0, now);
	}
}

static inline void pass_with(int64_t ns, int allow_result)
{
	for (mono_t end = mono_add(now, ns); now.ns < end.ns;) {
		now = mono_add(now, NS_PER_S / 10);
		engine_tick(e, now);
		kernel(allow_result);
	}
}

static inline void pass(int64_t ns)
{
	pass_with(ns, 0);
}

static inline size_t met(void)
{
	struct reach_record r;
	size_t n = 0;

	for (size_t at = 0; reach_next(engine_reach(e), &at, &r);)
		n++;
	return n;
}

static inline bool met_by(uint32_t uid)
{
	struct reach_record r;

	for (size_t at = 0; reach_next(engine_reach(e), &at, &r);)
		if (r.uid == uid)
			return true;
	return false;
}

static inline uint64_t bytes_met(void)
{
	struct reach_record r;
	uint64_t sum = 0;

	for (size_t at = 0; reach_next(engine_reach(e), &at, &r);)
		sum += r.bytes[FLOW_THERE];
	return sum;
}

static inline size_t count(const char *rule)
{
	size_t n = 0;

	for (size_t i = 0; i < n_events; i++)
		n += events[i].kind == EVENT_FINDING && strcmp(events[i].finding.rule.name, rule) == 0;
	return n;
}

static inline void moved(uint16_t sport, uint64_t mib, bool so_far)
{
	const struct flow_end f = { .tuple = flow_to("203.0.113.9", sport, 443), .direction = FLOW_OUT,
		.teller = TELLER_SOCKET, .proof = PROOF_LOCAL, .so_far = so_far, .weight = 1, .bytes = { mib << 20, 0 },
		.lasted_ns = NS_PER_S, .owner.uid = 1000 };

	engine_flow_end(e, &f, now);
}

#endif
