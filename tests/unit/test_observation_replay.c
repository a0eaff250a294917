/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heart of the log of observations: an engine that lives through some hours of everything, with a recorder at its
 * side, and a second one that is given the log, tell the same events, byte for byte, as event_json writes them.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/recorder_state.h"
#include "base/err.h"
#include "codec/event_json.h"
#include "edge/clock.h"
#include "support/craft.h"

#define MS NS_PER_MS
#define LINES 20000

struct world {
	struct engine *engine;
	void *memory;
	struct stamp stamp;
	char **lines;
	size_t n;
};

static struct conf conf;
static struct conf_report report;
static struct steady steady;
static struct hash_key key;
static struct recorder *recorder;
static struct world live, again;
static char folder[64], why[OBSLOG_WHY];
static mono_t now;
static uint64_t dice;

static void begin(void)
{
	struct conf_source src = { .file = "policies/tidegate.conf" };

	strcpy(folder, "/tmp/test_observation_replay.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(conf_load(&src, &conf, &report), 0);
	conf.sizes = (struct engine_sizes){ .sources = 4096, .rates = 1024, .subjects = 512, .incidents = 256,
		.asks = 1024 };
	conf.enforce = true;
	conf.rules.budget.per_minute = 30; /* so that it is used up now and then */
	conf.observations.keep_ns = INT64_C(364) * 86400 * NS_PER_S;
	strcpy(conf.paths.state_dir, folder);
	hash_key_from_seed(&key, 77);
	steady_now(&steady);
	now = clock_mono(); /* the age of a block is by the real clock: none is ever old here */
	dice = 5;
}

static void end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* A trial is no observation, the modes that it sets are: only its own words are missing in the log. */
static bool is_of_a_trial(const struct event *e)
{
	return e->kind == EVENT_NOTICE && (strstr(e->text, "trial") || strstr(e->text, "nobody has confirmed"));
}

/* What the kernel made of a change is no observation. */
static void keep(void *ctx, const struct event *e)
{
	struct world *w = ctx;
	struct event_world names = { .stamp = w->stamp, .host = "here" };
	char line[EVENT_LINE];

	if (e->kind == EVENT_APPLIED || e->kind == EVENT_REFUSED || is_of_a_trial(e) || w->n == LINES)
		return;
	ck_assert_int_gt(event_json(e, &names, line, sizeof(line)), 0);
	w->lines[w->n++] = strdup(line);
}

static void make(struct world *w, mono_t start, const struct hash_key *k, bool enforce)
{
	struct engine_opts o = { .sizes = conf.sizes, .rules = conf.rules, .enforce = enforce, .start = start, .key = *k,
		.emit = keep, .emit_ctx = w };
	size_t size = (engine_bytes(&o.sizes) + 63) / 64 * 64;

	if (w == &live) {
		o.observe = recorder_observe;
		o.observe_ctx = recorder;
	}
	memset(w, 0, sizeof(*w));
	w->lines = calloc(LINES, sizeof(*w->lines));
	w->memory = aligned_alloc(64, size);
	ck_assert(w->lines && w->memory);
	ck_assert_int_eq(engine_create(&w->engine, w->memory, size, &o), 0);
}

static void unmake(struct world *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->lines[i]);
	free(w->lines);
	free(w->memory);
}

static void settle(struct world *w, mono_t at)
{
	struct change c;

	while (engine_take_change(w->engine, &c))
		engine_applied(w->engine, &c, 0, at);
}

static unsigned roll(unsigned sides)
{
	return (unsigned)(random_next(&dice) >> 33) % sides;
}

/* ---- the life of the first one ---- */

static void answer_asks(void)
{
	struct ask_answer a;

	while (engine_take_ask(live.engine, now, &a.ask)) {
		/* A source keeps to its ways: half of them complete, some of these in silence. */
		unsigned ways = a.ask.tuple.src.bytes[3] % 8;

		a.fate = ways < 4 ? FATE_SOCKET : ways == 4 ? FATE_TRACKED : ways == 5 ? FATE_HALF_OPEN : FATE_GONE;
		a.silent = ways == 1 || ways == 4;
		engine_answer(live.engine, &a, now);
	}
}

/* Time passes as it does in the daemon: a tick each 100 ms, now and then late. */
static void pass(int64_t ns)
{
	int64_t end_ns = now.ns + ns;

	while (now.ns < end_ns) {
		now.ns += roll(50) ? 100 * MS + roll(300) * 1000 : 0; /* or stands still */
		if (roll(5000) == 0)
			now.ns += (int64_t)roll(4000) * MS; /* the machine was busy */
		engine_tick(live.engine, now);
		answer_asks();
		settle(&live, now);
		while (recorder_drain(recorder))
			;
		recorder_flush(recorder, roll(3000) == 0);
	}
}

static void send(struct craft *c, enum hook hook, bool held, size_t n)
{
	static uint8_t bytes[ENGINE_BURST][128];
	struct engine_input in[ENGINE_BURST];
	uint8_t verdicts[ENGINE_BURST];

	for (size_t i = 0; i < n; i++) {
		c->sport = (uint16_t)(1024 + roll(60000));
		c->seq = roll(1u << 31);
		in[i] = (struct engine_input){ .bytes = { bytes[i], craft_packet(c, bytes[i], 128) },
			.meta = { .at = now, .hook = (uint8_t)hook, .held = held, .state_known = true, .if_in = 1 } };
		in[i].meta.wire_len = (uint32_t)in[i].bytes.len;
		if (roll(40) == 0)
			bytes[i][roll(40)] ^= 0x11; /* rubbish */
		now.ns += roll(1000);
	}
	engine_packets(live.engine, in, n, verdicts);
	settle(&live, now);
	recorder_drain(recorder);
}

static struct addr source(unsigned n)
{
	struct addr a = craft_addr("203.0.113.0");

	a.bytes[2] = (uint8_t)(n >> 8);
	a.bytes[3] = (uint8_t)n;
	return a;
}

static void scan(unsigned who, unsigned ports)
{
	struct craft c = { .src = source(who), .dst = craft_addr("192.0.2.1"), .proto = roll(3) ? PROTO_TCP : PROTO_UDP,
		.tcp_flags = roll(4) ? TCP_SYN : TCP_FIN };

	for (unsigned i = 0; i < ports; i++) {
		c.dport = (uint16_t)(1 + roll(9000));
		send(&c, HOOK_INPUT, true, 1);
		if (roll(3) == 0)
			pass(roll(3000) * MS);
	}
}

static void visit(unsigned who, unsigned times)
{
	struct craft c = { .src = source(who), .dst = craft_addr("192.0.2.1"), .proto = PROTO_TCP, .tcp_flags = TCP_SYN,
		.dport = roll(3) ? 80 : 22 };

	for (unsigned i = 0; i < times; i++) {
		send(&c, roll(10) ? HOOK_INPUT : HOOK_FORWARD, true, 1 + roll(ENGINE_BURST));
		pass(roll(500) * MS);
	}
}

static void speak(void)
{
	struct craft c = { .src = craft_addr("192.0.2.1"), .dst = source(roll(3000)), .proto = PROTO_UDP, .dport = 53 };

	send(&c, HOOK_OUTPUT, false, 1 + roll(8));
}

static void spray(void)
{
	for (unsigned i = 0; i < 400; i++) {
		scan(1000 + roll(20000), 1);
		if (roll(8) == 0)
			pass(100 * MS);
	}
}

static void census(void)
{
	struct service_census s[2] = { { .proto = PROTO_TCP, .port = 80, .half_open = roll(3000),
		.half_open_old = roll(2000), .backlog = 128 }, { .proto = PROTO_TCP, .port = 22, .half_open = roll(5) } };
	struct pressure p = { .listen_drops = roll(4) ? 0 : roll(100), .cookies_sent = roll(50) };

	for (int i = 0; i < 20; i++) {
		visit(5, 1);
		engine_census(live.engine, s, roll(3), &p, now);
		settle(&live, now);
		pass(NS_PER_S);
	}
}

static void change_ports(struct listen_snapshot *l)
{
	l->known[LISTEN_TCP] = l->known[LISTEN_UDP] = true;
	listen_snapshot_add(l, LISTEN_TCP, 22);
	listen_snapshot_add(l, LISTEN_TCP, 80);
	l->ports[LISTEN_TCP][roll(100)] ^= UINT64_C(1) << roll(64);
	engine_listening(live.engine, l, now);
}

static void administer(void)
{
	struct addr who = source(roll(60));
	struct prefix p = prefix_of(&who, 32);
	struct ban b = { .prefix = p, .ttl_ns = 600 * NS_PER_S, .response = RESPONSE_DROP, .reason = "by hand" };
	const struct measure *m;
	const struct guard *g;

	switch (roll(10)) {
	case 0:
		engine_ban(live.engine, &b, now, &g, &m);
		break;
	case 1:
		engine_unban(live.engine, &p, roll(2), now);
		break;
	case 2:
		engine_false_positive(live.engine, &p, now);
		break;
	case 3:
		guards_add(engine_guards(live.engine), &p, GUARD_ALLOWED);
		engine_guards_changed(live.engine, now);
		break;
	case 4:
		guards_clear(engine_guards(live.engine), GUARD_ALLOWED);
		engine_guards_changed(live.engine, now);
		break;
	case 5:
		engine_set_mode(live.engine, roll(5) > 0, now);
		break;
	case 6:
		engine_set_neighbours(live.engine, &p, 1);
		break;
	case 7:
		engine_try_mode(live.engine, !engine_enforces(live.engine), (1 + roll(60)) * NS_PER_S, now);
		break;
	case 8:
		engine_confirm(live.engine, now);
		break;
	default:
		engine_panic(live.engine, roll(2), now);
		break;
	}
	settle(&live, now);
}

static void live_on(unsigned steps)
{
	struct listen_snapshot *l = calloc(1, sizeof(*l));

	ck_assert_ptr_nonnull(l);
	change_ports(l);
	for (unsigned i = 0; i < steps; i++) {
		unsigned what = roll(32);

		if (what < 10)
			scan(roll(60), 1 + roll(20));
		else if (what < 18)
			visit(roll(60), 1 + roll(30));
		else if (what < 22)
			speak();
		else if (what < 24)
			census();
		else if (what < 25)
			spray();
		else if (what < 27)
			change_ports(l);
		else if (what < 29)
			administer();
		else
			pass((int64_t)roll(1200) * NS_PER_S);
		pass((int64_t)roll(20) * NS_PER_S / 10);
	}
	free(l);
}

/* ---- and of the second ---- */

static void put(const struct obslog_item *item)
{
	const struct observation *o = &item->entry.observation;
	uint8_t verdicts[ENGINE_BURST];

	again.stamp = item->stamp;
	engine_observe(again.engine, o, verdicts);
	settle(&again, o->at);
}

static void replay(void)
{
	struct obslog_look look = { .path = folder };
	struct obslog_reader *r;
	struct obslog_item item;
	size_t runs = 0;

	ck_assert_msg(obslog_open(&r, &look, why) == 0, "%s", why);
	while (obslog_next(r, &item, why)) {
		ck_assert_int_ne(item.kind, OBSLOG_GAP);
		if (item.kind == OBSLOG_RUN) {
			runs++;
			make(&again, item.run->start, &item.run->key, item.run->enforce);
			continue; /* it has no entry */
		}
		ck_assert_int_ne(item.entry.kind, LOG_LOSS);
		if (item.entry.kind == LOG_OBSERVATION)
			put(&item);
	}
	ck_assert_uint_eq(runs, 1);
	obslog_close(r);
}

static void compare(size_t least)
{
	ck_assert_uint_ge(live.n, least);
	for (size_t i = 0; i < live.n && i < again.n; i++)
		ck_assert_msg(!strcmp(live.lines[i], again.lines[i]), "event %zu of %zu\nwas   %sis now %s", i, live.n,
			live.lines[i], again.lines[i]);
	ck_assert_uint_eq(live.n, again.n);
}

static void record(void)
{
	struct recorder_opts o = { .conf = &conf, .key = &key, .start = now, .steady = &steady };

	ck_assert_int_eq(recorder_create(&recorder, &o), 0);
	make(&live, now, &key, conf.enforce);
	live.stamp.wall.ns = steady_offset(&steady);
}

static void close_log(void)
{
	struct recorder_stats s;

	recorder_stats(recorder, &s);
	ck_assert_uint_eq(s.lost, 0);
	while (recorder_drain(recorder))
		;
	recorder_flush(recorder, true);
	ck_assert(recorder_destroy(recorder));
}

START_TEST(a_second_engine_decides_out_of_the_log_what_the_first_decided)
{
	dice = (uint64_t)_i;
	record();
	live_on(150);
	close_log();
	replay();
	compare(50);
	unmake(&live);
	unmake(&again);
}
END_TEST

/* The bound is what a day costs: 64 MiB for a month would be 90 KB an hour. */
START_TEST(an_idle_hour_costs_a_few_kilobytes)
{
	struct obslog_stats s;
	struct listen_snapshot *l = calloc(1, sizeof(*l));

	record();
	change_ports(l);
	pass(10 * NS_PER_S);
	scan(1, 10); /* so that the level of what is usual is not 0 */
	recorder_flush(recorder, true);
	obslog_stats(recorder->log, &s);
	pass(3600 * NS_PER_S);
	recorder_flush(recorder, true);
	obslog_stats(recorder->log, &s);
	printf("an idle hour: %llu bytes, %llu entries\n", (unsigned long long)s.packed, (unsigned long long)s.entries);
	ck_assert_uint_le(s.packed, 8192);
	close_log();
	replay();
	compare(1);
	unmake(&live);
	unmake(&again);
	free(l);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("observation_replay");
	TCase *t = tcase_create("observation_replay");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, begin, end);
	tcase_set_timeout(t, 280);
	tcase_add_loop_test(t, a_second_engine_decides_out_of_the_log_what_the_first_decided, 1, 25);
	tcase_add_test(t, an_idle_hour_costs_a_few_kilobytes);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
