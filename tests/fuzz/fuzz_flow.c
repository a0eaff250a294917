/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a conversation: 12 of them a packet, between a handful of ends, so that states are reached; what follows
 * the quoted length is what an ICMP error quotes. Beyond not crashing: words are words, the table keeps its bounds and its
 * count, a fate belongs to something that began, a socket to something that was answered, and the census to flows.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/flow.h"

#define FLOWS 16
#define PORTS 4
#define MOST_ROWS 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(bool truth)
{
	if (!truth)
		abort();
}

struct world {
	struct flow_tracker *t;
	void *memory;
	mono_t now;
	bool begun[3][PORTS][2];    /* by protocol, port and family: some packet was called new */
	bool answered[3][PORTS][2]; /* we have said something there */
};

static const uint8_t protos[8] = { PROTO_TCP, PROTO_TCP, PROTO_TCP, PROTO_TCP, PROTO_UDP, PROTO_SCTP, PROTO_ICMP, 47 };

static int row_of(uint8_t proto)
{
	return proto == PROTO_TCP ? 0 : proto == PROTO_UDP ? 1 : proto == PROTO_SCTP ? 2 : -1;
}

static struct addr end(bool ours, bool v6)
{
	struct addr a = { .family = v6 ? FAMILY_V6 : FAMILY_V4 };

	a.bytes[0] = ours ? 10 : 9;
	return a;
}

static struct packet make(struct cursor *c, bool *ours, uint32_t *pass)
{
	const uint8_t who = cursor_u8(c), what = cursor_u8(c), port = who & (PORTS - 1);
	const bool v6 = who & 0x40;
	struct packet p = { .tcp_flags = cursor_u8(c), .proto = protos[what & 7], .icmp_type = what, .icmp_id = port };

	*ours = who & 0x80;
	*pass = cursor_u8(c);
	if (v6 && p.proto == PROTO_ICMP)
		p.proto = PROTO_ICMP6;
	p.src = end(*ours, v6);
	p.dst = end(!*ours, v6);
	if (row_of(p.proto) >= 0) {
		p.sport = *ours ? port : 1000;
		p.dport = *ours ? 1000 : port;
	}
	p.seq = (uint32_t)(int8_t)cursor_u8(c) * (who & 0x20 ? 65536U * 256U : 1U);
	p.ack = (uint32_t)(int8_t)cursor_u8(c) * (who & 0x10 ? 65536U * 256U : 1U);
	p.window = cursor_be16(c);
	p.scale = what >> 4;
	p.payload_len = cursor_u8(c);
	p.fragment = what == 0xff ? FRAGMENT_LATER : FRAGMENT_NONE;
	cursor_skip(c, 3);
	return p;
}

/* A copy that ends where the payload ends, so that a read past it is seen. */
static uint8_t *lend(struct cursor *c, struct packet *p)
{
	const size_t len = p->payload_len < cursor_left(c) ? p->payload_len : cursor_left(c);
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	if (len)
		memcpy(copy, c->at, len); /* and they are packets again afterwards */
	p->payload = (struct slice){ .at = copy, .len = len };
	return copy;
}

static void check_fate(const struct world *w, const struct packet *p, bool ours)
{
	const int row = row_of(p->proto);
	struct ask a = { .tuple = { .src = end(false, p->src.family == FAMILY_V6), .dst = end(true, p->src.family == FAMILY_V6),
		.sport = ours ? p->dport : p->sport, .dport = ours ? p->sport : p->dport, .proto = p->proto },
		.hook = p->window & 1 ? HOOK_FORWARD : HOOK_INPUT };
	enum ask_fate fate = FATE_GONE;
	bool silent = true, begun, answered;

	flow_fate(w->t, &a, w->now, &fate, &silent);
	if (row < 0) {
		hold(fate == FATE_UNKNOWN && !silent);
		return;
	}
	begun = w->begun[row][a.tuple.dport][p->src.family == FAMILY_V6];
	answered = w->answered[row][a.tuple.dport][p->src.family == FAMILY_V6];
	hold((unsigned)fate <= FATE_GONE);
	hold(begun || (fate == FATE_GONE && !silent));
	hold(answered || fate != FATE_SOCKET);
	hold(fate != FATE_SOCKET || (p->proto == PROTO_TCP && a.hook == HOOK_INPUT));
	hold(!silent || p->proto == PROTO_TCP);
}

static void check_table(struct world *w, uint64_t packets)
{
	struct service_census rows[MOST_ROWS];
	struct flow_stats s;
	uint64_t half_open = 0;
	const size_t n = flow_census(w->t, w->now, rows, MOST_ROWS);

	flow_stats(w->t, &s);
	hold(s.flows <= s.capacity);
	hold(s.begun[0] + s.begun[1] + s.begun[2] + s.invalid <= packets);
	hold(s.flows <= s.begun[0] + s.begun[1] + s.begun[2]);
	hold(n <= MOST_ROWS);
	for (size_t i = 0; i < n; i++) {
		hold(rows[i].half_open > 0 && rows[i].half_open_old <= rows[i].half_open && rows[i].port < PORTS);
		half_open += rows[i].half_open;
	}
	hold(half_open <= s.flows);
}

static void one(struct world *w, struct cursor *c)
{
	bool ours;
	uint32_t pass;
	struct packet p = make(c, &ours, &pass);
	uint8_t *copy = lend(c, &p);
	const int row = row_of(p.proto);
	const bool v6 = p.src.family == FAMILY_V6;
	uint64_t ref;
	enum flow_word word;

	/* Up to 4 minutes on, and sometimes back. */
	w->now = mono_add(w->now, (pass & 1 ? -1 : 1) * (int64_t)(pass >> 1) * (pass >> 1) * 16 * NS_PER_MS);
	ref = flow_refer(w->t, &p);
	flow_touch(w->t, ref);
	flow_touch_line(w->t, ref);
	hold(ref == flow_refer(w->t, &p));
	word = flow_packet(w->t, &p, ref, ours, w->now);
	hold((unsigned)word <= FLOW_RELATED);
	hold(word != FLOW_RELATED || p.proto == PROTO_ICMP || p.proto == PROTO_ICMP6);
	if (row >= 0) {
		w->begun[row][ours ? p.sport : p.dport][v6] |= word == FLOW_NEW;
		w->answered[row][ours ? p.sport : p.dport][v6] |= ours;
	}
	check_fate(w, &p, ours);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over((struct slice){ .at = data, .len = size });
	static const mono_t start = { .ns = 3600 * NS_PER_S };
	struct world w = { .now = start };
	const size_t bytes = flow_bytes(FLOWS);
	struct hash_key key;
	uint64_t packets = 0;

	w.memory = aligned_alloc(64, bytes);
	hash_key_from_seed(&key, 1);
	if (!w.memory || flow_create(&w.t, w.memory, bytes, FLOWS, &key))
		abort();
	while (cursor_left(&c) >= 12) {
		one(&w, &c);
		check_table(&w, ++packets);
	}
	free(w.memory);
	return 0;
}
