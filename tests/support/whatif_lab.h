/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A daemon's engine on a stage, with clients and offenders, whose inputs go to whoever listens: for the tests of what-if,
 * which hold what is replayed against what was decided then.
 */
#ifndef TIDEGATE_TESTS_SUPPORT_WHATIF_LAB_H
#define TIDEGATE_TESTS_SUPPORT_WHATIF_LAB_H

#include <check.h>
#include <string.h>

#include "app/stage.h"
#include "app/whatif.h"
#include "codec/event_json.h"
#include "support/craft.h"

#define LAB_START (1000 * NS_PER_S)
#define LAB_WALL (INT64_C(1790000000) * NS_PER_S) /* wall minus mono */
#define LAB_RULES 7 /* the digest of what the daemon runs */

/* One line of EVE for each alert, one after the other. */
struct lab_alerts {
	char text[256 * 1024];
	size_t len, n;
};

struct lab {
	struct conf conf;             /* the daemon's */
	struct observation_run run;
	struct stage *live;
	mono_t now;
	struct lab_alerts decided;    /* by the daemon */
	struct log_entry entry;
	unsigned connections;         /* each from a port of its own */
	void (*take)(void *ctx, const struct obslog_item *item);
	void *ctx;
};

static inline void lab_load(struct conf *out, const char *policy)
{
	static struct conf_report report;
	struct conf_source src = { .file = "policies/tidegate.conf", .policy = policy };

	memset(&report, 0, sizeof(report));
	ck_assert_int_eq(conf_load(&src, out, &report), 0);
	out->sizes = (struct engine_sizes){ .sources = 1024, .rates = 256, .subjects = 256, .incidents = 128,
		.asks = 256 };
}

static inline struct stamp lab_stamp(mono_t at)
{
	return (struct stamp){ .mono = at, .wall = { at.ns + LAB_WALL } };
}

static inline void lab_keep_alert(struct lab_alerts *a, const struct event *e)
{
	const struct event_world w = { .stamp = lab_stamp(e->at), .host = "lab" };
	int len;

	if (e->kind != EVENT_FINDING)
		return;
	len = event_json(e, &w, a->text + a->len, sizeof(a->text) - a->len);
	ck_assert_int_gt(len, 0);
	a->len += (size_t)len;
	a->n++;
}

static inline void lab_on_event(void *ctx, const struct event *e)
{
	struct lab *l = ctx;

	lab_keep_alert(&l->decided, e);
}

static inline void lab_give(struct lab *l, enum obslog_kind kind)
{
	const struct obslog_item given = { .kind = kind, .run = &l->run, .stamp = lab_stamp(l->now),
		.entry = l->entry };

	l->take(l->ctx, &given);
}

static inline void lab_on_input(void *ctx, const struct observation *o)
{
	struct lab *l = ctx;

	l->entry = (struct log_entry){ .kind = LOG_OBSERVATION, .at = o->at, .observation = *o };
	lab_give(l, OBSLOG_ENTRY);
}

/* Whoever calls a port that is served gets in; nobody hides a word. */
static inline bool lab_fate(void *ctx, const struct ask *a, mono_t now, enum ask_fate *fate, bool *silent)
{
	(void)ctx;
	(void)now;
	*fate = a->tuple.dport == 22 || a->tuple.dport == 80 ? FATE_SOCKET : FATE_GONE;
	*silent = false;
	return true;
}

/* The daemon starts: with the configuration in l->conf, in its mode. */
static inline void lab_start(struct lab *l)
{
	static struct listen_snapshot ports;
	struct stage_opts o = { .conf = &l->conf, .start = l->now, .emit = lab_on_event, .emit_ctx = l,
		.observe = lab_on_input, .observe_ctx = l, .fate = lab_fate };

	hash_key_from_seed(&o.key, 3);
	l->run = (struct observation_run){ .id = l->run.id + 1, .boot = "boot", .start = l->now,
		.wall_ns = LAB_WALL, .key = o.key, .sizes = l->conf.sizes, .enforce = l->conf.enforce,
		.rules = LAB_RULES };
	lab_give(l, OBSLOG_RUN);
	ck_assert_int_eq(stage_create(&l->live, &o), 0);
	memset(&ports, 0, sizeof(ports));
	ports.known[LISTEN_TCP] = ports.known[LISTEN_UDP] = true;
	listen_snapshot_add(&ports, LISTEN_TCP, 22);
	listen_snapshot_add(&ports, LISTEN_TCP, 80);
	engine_listening(stage_engine(l->live), &ports, l->now);
}

static inline void lab_stop(struct lab *l)
{
	stage_flush(l->live);
	stage_destroy(l->live);
	l->live = NULL;
}

static inline void lab_pass(struct lab *l, int64_t ns)
{
	l->now = mono_add(l->now, ns);
	stage_until(l->live, l->now);
}

/* One SYN: held for its verdict, unless the daemon only gets copies. */
static inline void lab_syn(struct lab *l, const char *from, uint16_t sport, uint16_t dport)
{
	struct craft c = { .src = craft_addr(from), .dst = craft_addr("192.0.2.1"), .proto = PROTO_TCP,
		.sport = sport, .dport = dport, .tcp_flags = TCP_SYN };
	struct engine_input in = { .meta = { .at = l->now, .held = l->conf.divert.input == CONF_TAKE_QUEUE } };
	uint8_t bytes[128];

	in.bytes = (struct slice){ bytes, craft_packet(&c, bytes, sizeof(bytes)) };
	in.meta.wire_len = (uint32_t)in.bytes.len;
	stage_packet(l->live, &in);
}

/* What the daemon's host begins, and whose it is: nobody's where uid is OWNER_UNKNOWN. */
static inline void lab_leave(struct lab *l, const char *to, uint16_t sport, uint16_t dport, uint32_t uid)
{
	struct craft c = { .src = craft_addr("192.0.2.1"), .dst = craft_addr(to), .proto = PROTO_TCP, .sport = sport,
		.dport = dport, .tcp_flags = TCP_SYN };
	struct engine_input in = { .meta = { .at = l->now, .hook = HOOK_OUTPUT, .held = true } };
	struct owner_answer owner = { .tuple = { .src = c.src, .dst = c.dst, .sport = sport, .dport = dport,
		.proto = PROTO_TCP }, .blame.owner.uid = uid };
	uint8_t bytes[128];

	in.bytes = (struct slice){ bytes, craft_packet(&c, bytes, sizeof(bytes)) };
	in.meta.wire_len = (uint32_t)in.bytes.len;
	stage_packet(l->live, &in);
	stage_flush(l->live);
	if (uid != OWNER_UNKNOWN)
		engine_owner(stage_engine(l->live), &owner, l->now);
}

/* n connections, one each gap. */
static inline void lab_connect(struct lab *l, const char *from, uint16_t dport, unsigned n, int64_t gap_ns)
{
	for (unsigned i = 0; i < n; i++) {
		lab_syn(l, from, (uint16_t)(20000 + l->connections++ % 40000), dport);
		lab_pass(l, gap_ns);
	}
}

static inline void lab_scan(struct lab *l, const char *from, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		lab_syn(l, from, 40000, (uint16_t)(7000 + i));
		lab_pass(l, NS_PER_S / 10);
	}
}

#endif
