/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tidegate in the row of its rivals: the engine itself, enforcing, with the shipped configuration, fed with the bytes of
 * each first packet as the kernel would hand them over. Questions about connections are answered by the stream's endings,
 * after the same waits as live. What the daemon has besides is left out, which makes it harder: no guard for the
 * resolvers, no neighbours.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "core/engine.h"
#include "rival.h"
#include "support/craft.h"

#define TICK (NS_PER_S / 4)
#define RECENT 65536 /* contacts that may still be asked about; a power of two */
#define AFTERWARDS (10 * NS_PER_S) /* until the last question is answered */

struct state {
	struct engine *engine;
	void *memory;
	const struct stream *stream;
	struct court *court;
	mono_t now, next_tick;
	bool down; /* what was told last of the service that restarts */
	const struct visit *recent[RECENT];
};

static const struct conf *shipped(void)
{
	static struct conf conf;
	static struct conf_report report;
	static bool loaded;
	struct conf_source src = { .file = "policies/tidegate.conf" };

	if (loaded)
		return &conf;
	if (conf_load(&src, &conf, &report)) {
		conf_check_print(&report, stderr);
		exit(70);
	}
	loaded = true;
	return &conf;
}

static uint32_t number_of(const struct addr *a)
{
	return (uint32_t)a->bytes[0] << 24 | (uint32_t)a->bytes[1] << 16 | (uint32_t)a->bytes[2] << 8 | a->bytes[3];
}

static struct addr address_of(uint32_t n)
{
	return addr_v4((const uint8_t[]){ (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n });
}

static bool costs_service(enum response r)
{
	return r == RESPONSE_LIMIT || r == RESPONSE_REFUSE || r == RESPONSE_DROP || r == RESPONSE_SERVICE_LIMIT;
}

static void heard(void *ctx, const struct event *e)
{
	struct state *o = ctx;
	const struct decision *d = &e->decision;

	if (e->kind != EVENT_FINDING || d->response == RESPONSE_OBSERVE || e->guard)
		return;
	switch (d->subject.kind) {
	case SUBJECT_SOURCE:
		court_accuse(o->court, number_of(&d->subject.source.addr), e->at.ns,
			costs_service(d->response) ? PACKET_BY_PACKET : 0);
		break;
	case SUBJECT_SERVICE:
		o->court->services = true;
		break;
	case SUBJECT_HOST:
		o->court->host = true;
		break;
	case SUBJECT_DESTINATION:
	case SUBJECT_ACTOR:
	case SUBJECT_NONE:
		break;
	}
}

static void tell_listening(struct state *o)
{
	static struct listen_snapshot now;

	memset(&now, 0, sizeof(now));
	now.known[LISTEN_TCP] = now.known[LISTEN_UDP] = true;
	for (size_t i = 0; i < sizeof(o->stream->open) / sizeof(o->stream->open[0]); i++)
		if (o->stream->open[i] && !(o->down && o->stream->open[i] == o->stream->down_port))
			listen_snapshot_add(&now, LISTEN_TCP, o->stream->open[i]);
	engine_listening(o->engine, &now, o->now);
}

static void settle(struct state *o)
{
	struct change c;

	while (engine_take_change(o->engine, &c))
		engine_applied(o->engine, &c, 0, o->now);
}

static size_t slot(uint32_t src, uint16_t sport, uint16_t dport)
{
	uint64_t mixed = ((uint64_t)src << 32 | (uint32_t)sport << 16 | dport) * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(mixed >> 48) & (RECENT - 1);
}

static enum ask_fate fate_of(const struct visit *c)
{
	switch ((enum ending)c->ending) {
	case ENDING_SERVED:
		return FATE_SOCKET;
	case ENDING_BARE: /* too short for anybody to see the socket: conntrack's word */
		return FATE_TRACKED;
	case ENDING_SILENT:
		return FATE_HALF_OPEN;
	case ENDING_RESET:
	case ENDING_REFUSED:
	case ENDING_NONE:
		break;
	}
	return FATE_GONE;
}

static void answer(struct state *o)
{
	struct ask_answer a;

	while (engine_take_ask(o->engine, o->now, &a.ask)) {
		const struct tuple *t = &a.ask.tuple;
		const struct visit *c = o->recent[slot(number_of(&t->src), t->sport, t->dport)];
		bool same = c && c->src == number_of(&t->src) && c->sport == t->sport && c->dport == t->dport;

		a.fate = same ? fate_of(c) : FATE_UNKNOWN;
		a.silent = same && c->ending == ENDING_BARE;
		engine_answer(o->engine, &a, o->now);
	}
	settle(o);
}

static void advance(struct state *o, int64_t to)
{
	while (o->next_tick.ns <= to) {
		bool down;

		o->now = o->next_tick;
		down = o->now.ns >= o->stream->down_from && o->now.ns < o->stream->down_until;
		if (down != o->down) {
			o->down = down;
			tell_listening(o);
		}
		engine_tick(o->engine, o->now);
		answer(o);
		o->next_tick = mono_add(o->next_tick, TICK);
	}
	o->now = (mono_t){ to };
}

static void *create(const struct stream *s, uint64_t seed, struct court *k)
{
	struct state *o = calloc(1, sizeof(*o));
	struct engine_opts opts = { .rules = shipped()->rules, .enforce = true, .emit = heard, .emit_ctx = o,
		.start = { STREAM_START - HOUR }, .sizes = { .sources = 16384, .rates = 4096,
		.subjects = 1024, .incidents = 256, .asks = 4096 } };
	size_t bytes = engine_bytes(&opts.sizes);

	if (!o)
		exit(70);
	hash_key_from_seed(&opts.key, seed);
	o->memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
	if (!o->memory || engine_create(&o->engine, o->memory, bytes, &opts)) {
		fprintf(stderr, "rivals: the engine cannot be made\n");
		exit(70);
	}
	o->stream = s;
	o->court = k;
	o->now = (mono_t){ STREAM_START - MINUTE };
	o->next_tick = o->now;
	tell_listening(o);
	return o;
}

static void destroy(void *state)
{
	struct state *o = state;

	advance(o, o->now.ns + AFTERWARDS);
	free(o->memory);
	free(o);
}

static void begins(void *state, const struct visit *c)
{
	struct state *o = state;
	const struct addr peer = address_of(c->src), own = address_of(UINT32_C(0xc0000201)); /* 192.0.2.1 */
	struct craft packet = { .src = c->sent ? own : peer, .dst = c->sent ? peer : own, .proto = c->proto,
		.sport = c->sport, .dport = c->dport, .tcp_flags = c->flags };
	uint8_t bytes[128], verdict;
	size_t len = craft_packet(&packet, bytes, sizeof(bytes));
	struct engine_input in = { .bytes = { bytes, len }, .meta = { .at = { c->at }, .wire_len = (uint32_t)len,
		.if_in = 2, .hook = c->sent ? HOOK_OUTPUT : HOOK_INPUT, .held = !c->sent, .state_known = true } };

	advance(o, c->at);
	o->recent[slot(c->src, c->sport, c->dport)] = c;
	engine_packets(o->engine, &in, 1, &verdict);
	settle(o);
	o->court->refused = !c->sent && verdict == VERDICT_DROP;
}

/* Sessions at the login service, as a capture of real ones had them: the kernel counts their bytes and tells at the end. */
static void ended(void *state, const struct visit *c)
{
	static const struct {
		uint32_t there, back;
		int64_t lasted_ns;
	} said[] = {
		[LOGIN_NONE] = { 21, 1177, 10 * NS_PER_MS },       /* a look at the banner */
		[LOGIN_FAILED] = { 3097, 2997, 2100 * NS_PER_MS }, /* ssh, a wrong password */
		[LOGIN_GOOD] = { 3673, 4169, 260 * NS_PER_MS },    /* ssh HOST true: the shortest that gets in */
	};
	struct state *o = state;
	struct flow_end f = { .tuple = { .src = address_of(c->src), .dst = address_of(UINT32_C(0xc0000201)),
		.sport = c->sport, .dport = c->dport, .proto = c->proto },
		.direction = FLOW_IN, .teller = TELLER_SOCKET, .weight = 1, .packets = { 20, 20 },
		.bytes = { said[c->login].there, said[c->login].back }, .lasted_ns = said[c->login].lasted_ns,
		.owner.uid = OWNER_UNKNOWN };

	if (c->sent || !c->service || c->dport != 22 || c->flags != TCP_SYN)
		return;
	f.proof = c->ending == ENDING_SERVED || c->ending == ENDING_BARE ? PROOF_ANSWERED : PROOF_CLAIMED;
	if (c->ended > o->now.ns)
		advance(o, c->ended);
	engine_flow_end(o->engine, &f, o->now);
	settle(o);
}

const struct rival ours = { .name = "tidegate", .scans = true, .logins = true,
	.create = create, .destroy = destroy, .begins = begins, .ended = ended };
