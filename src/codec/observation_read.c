/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes of the log into entries. What is written by observation_write.c alone, and yet nothing of it is believed: whoever
 * can write into the folder must not gain more by it than a wrong answer.
 */
#include "codec/observation_log.h"

#include <string.h>

#include "base/err.h"
#include "codec/observation_parts.h"

#define TTL_MOST (INT64_C(1) << 62) /* a ban for ever is one for a hundred years */

static uint64_t get_number(struct cursor *c)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = cursor_u8(c);

		if (shift == 63 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	c->failed = true;
	return 0;
}

static int64_t get_signed(struct cursor *c)
{
	uint64_t value = get_number(c);

	return (int64_t)(value >> 1 ^ (value & 1 ? UINT64_MAX : 0));
}

/* A number that must not be over 'most'. */
static uint64_t get_below(struct cursor *c, uint64_t most)
{
	uint64_t value = get_number(c);

	if (value <= most)
		return value;
	c->failed = true;
	return 0;
}

static uint32_t get_u32(struct cursor *c)
{
	return (uint32_t)get_below(c, UINT32_MAX);
}

static uint64_t get_be64(struct cursor *c)
{
	uint64_t high = cursor_be32(c);

	return high << 32 | cursor_be32(c);
}

/* A time so far from another one. */
static int64_t get_after(struct cursor *c, int64_t before)
{
	int64_t at;

	if (!__builtin_add_overflow(before, get_signed(c), &at) && at >= 0 && at <= OBSERVATION_LATEST)
		return at;
	c->failed = true;
	return 0;
}

static bool get_bool(struct cursor *c)
{
	uint8_t byte = cursor_u8(c);

	c->failed |= byte > 1;
	return byte == 1;
}

/* Without what a reader of C's strings would not see. */
static void get_text(struct cursor *c, char *out, size_t size)
{
	size_t len = (size_t)get_below(c, size - 1);

	memset(out, 0, size);
	cursor_bytes(c, out, c->failed ? 0 : len);
	c->failed |= strnlen(out, size) != len;
}

static void get_family(struct cursor *c, struct addr *a)
{
	memset(a, 0, sizeof(*a));
	a->family = cursor_u8(c);
	c->failed |= a->family != FAMILY_NONE && a->family != FAMILY_V4 && a->family != FAMILY_V6;
}

static void get_prefix(struct cursor *c, struct prefix *out)
{
	struct prefix p = { .len = 0 };

	get_family(c, &p.addr);
	cursor_bytes(c, p.addr.bytes, c->failed ? 0 : addr_bits(&p.addr) / 8);
	p.len = cursor_u8(c);
	c->failed |= p.len > addr_bits(&p.addr);
	*out = p;
}

/* ---- packets ---- */

static void fill_sums(uint8_t *bytes, size_t len, unsigned flags, struct cursor *c)
{
	size_t ip = observation_ip_sum_at(bytes, len), tcp = observation_tcp_sum_at(bytes, len);
	uint16_t sum;

	c->failed |= (flags & FLAG_IP_SUM && !ip) || (flags & FLAG_TCP_SUM && !tcp);
	if (c->failed)
		return;
	if (flags & FLAG_TCP_SUM) {
		sum = observation_tcp_sum(bytes, len, tcp);
		bytes[tcp] = (uint8_t)(sum >> 8);
		bytes[tcp + 1] = (uint8_t)sum;
	}
	if (flags & FLAG_IP_SUM) {
		sum = observation_ip_sum(bytes);
		bytes[ip] = (uint8_t)(sum >> 8);
		bytes[ip + 1] = (uint8_t)sum;
	}
}

static void get_packet(struct observation_reader *r, mono_t before, struct engine_input *in, uint8_t *bytes)
{
	struct cursor *c = &r->at;
	unsigned flags = cursor_u8(c);
	struct packet_meta m = { .hook = flags & 3, .held = flags & FLAG_HELD, .state_known = flags & FLAG_STATE_KNOWN };
	size_t len;

	c->failed |= m.hook >= HOOK_COUNT;
	m.at.ns = get_after(c, before.ns);
	if (!(flags & FLAG_SAME_LINKS)) {
		r->links[0] = get_u32(c);
		r->links[1] = get_u32(c);
	}
	m.if_in = r->links[0];
	m.if_out = r->links[1];
	if (!(flags & FLAG_WIRE_LEN))
		m.wire_len = get_u32(c);
	len = (size_t)get_below(c, OBSERVATION_HEADERS);
	cursor_bytes(c, bytes, len);
	fill_sums(bytes, len, flags, c);
	if (c->failed)
		return;
	if (flags & FLAG_WIRE_LEN)
		m.wire_len = observation_stated(bytes, len);
	c->failed |= m.wire_len < len;
	*in = (struct engine_input){ .meta = m, .bytes = { bytes, len } };
}

static void get_packets(struct observation_reader *r, struct observation *o)
{
	struct observation_room *room = r->room;
	mono_t before = o->at;
	size_t n = (size_t)get_below(&r->at, ENGINE_BURST);

	r->at.failed |= n == 0;
	for (size_t i = 0; i < n && !r->at.failed; i++) {
		get_packet(r, before, &room->inputs[i], room->bytes[i]);
		before = room->inputs[i].meta.at;
	}
	o->packets.in = room->inputs;
	o->packets.n = n;
}

/* ---- the world's answers ---- */

static void get_answer(struct observation_reader *r, struct observation *o)
{
	struct cursor *c = &r->at;
	struct ask_answer *a = &r->room->answer;
	struct tuple *t = &a->ask.tuple;
	unsigned flags = cursor_u8(c);
	uint32_t rules;

	memset(a, 0, sizeof(*a));
	a->fate = (enum ask_fate)(flags & 7);
	a->silent = flags & ANSWER_SILENT;
	a->ask.hook = (uint8_t)(flags >> ANSWER_HOOK_SHIFT);
	a->ask.stack = cursor_u8(c);
	rules = get_u32(c);
	a->ask.rules = rules >> 2 | rules << 30;
	a->ask.due.ns = get_after(c, o->at.ns);
	t->proto = cursor_u8(c);
	get_family(c, &t->dst);
	get_family(c, &t->src);
	cursor_bytes(c, t->src.bytes, c->failed ? 0 : addr_bits(&t->src) / 8);
	cursor_bytes(c, t->dst.bytes, c->failed ? 0 : addr_bits(&t->dst) / 8);
	t->sport = cursor_be16(c);
	t->dport = cursor_be16(c);
	c->failed |= a->fate > FATE_GONE || a->ask.hook >= HOOK_COUNT;
	o->answer = a;
}

static void flip(uint64_t words[PORT_WORDS], size_t port)
{
	words[port >> 6] ^= UINT64_C(1) << (port & 63);
}

static void get_ports(struct cursor *c, uint64_t words[PORT_WORDS])
{
	size_t n = (size_t)get_below(c, PORTS_LISTED + 1), port = 0;

	for (size_t i = 0; n > PORTS_LISTED && i < PORT_WORDS; i++)
		words[i] ^= get_be64(c);
	for (size_t i = 0; n <= PORTS_LISTED && i < n && !c->failed; i++) {
		port += (size_t)get_below(c, UINT16_MAX);
		if (port > UINT16_MAX)
			c->failed = true;
		else
			flip(words, port);
	}
}

/* The room keeps what the block has said before: differences go on from there. */
static void get_listening(struct observation_reader *r, struct observation *o)
{
	struct listen_snapshot *s = &r->room->listening;
	unsigned known = cursor_u8(&r->at);

	r->at.failed |= known >> LISTEN_PROTOS != 0;
	for (size_t i = 0; i < LISTEN_PROTOS; i++) {
		s->known[i] = known >> i & 1;
		get_ports(&r->at, s->ports[i]);
	}
	o->listening = s;
}

static void get_census(struct observation_reader *r, struct observation *o, bool empty)
{
	struct observation_room *room = r->room;
	struct cursor *c = &r->at;
	size_t n = 0;

	memset(&room->pressure, 0, sizeof(room->pressure));
	if (!empty) {
		room->pressure.listen_overflows = get_u32(c);
		room->pressure.listen_drops = get_u32(c);
		room->pressure.cookies_sent = get_u32(c);
		room->pressure.queue_full = get_u32(c);
		n = (size_t)get_below(c, OBSERVATION_SERVICES);
	}
	for (size_t i = 0; i < n && !c->failed; i++) {
		struct service_census *s = &room->services[i];

		s->proto = cursor_u8(c);
		s->port = (uint16_t)get_below(c, UINT16_MAX);
		s->half_open = get_u32(c);
		s->half_open_old = get_u32(c);
		s->accept_queue = get_u32(c);
		s->backlog = get_u32(c);
	}
	o->census.services = room->services;
	o->census.n = n;
	o->census.pressure = &room->pressure;
}

static void get_guards(struct observation_reader *r, struct observation *o)
{
	struct guards *g = &r->room->guards;
	struct cursor *c = &r->at;

	g->n = (size_t)get_below(c, GUARDS);
	for (size_t i = 0; i < g->n && !c->failed; i++) {
		uint8_t kind = cursor_u8(c);

		c->failed |= kind >= GUARD_KINDS;
		g->list[i] = (struct guard){ .kind = (enum guard_kind)kind };
		get_prefix(c, &g->list[i].prefix);
	}
	o->guards = g;
}

static void get_neighbours(struct observation_reader *r, struct observation *o)
{
	struct prefix *list = r->room->neighbours;
	size_t n = (size_t)get_below(&r->at, sizeof(r->room->neighbours) / sizeof(list[0]));

	for (size_t i = 0; i < n; i++)
		get_prefix(&r->at, &list[i]);
	o->neighbours.list = list;
	o->neighbours.n = n;
}

static void get_ban(struct observation_reader *r, struct observation *o)
{
	struct ban *b = &r->room->ban;
	struct cursor *c = &r->at;
	uint8_t response;

	memset(b, 0, sizeof(*b));
	get_prefix(c, &b->prefix);
	b->ttl_ns = get_signed(c);
	c->failed |= b->ttl_ns < 0 || b->ttl_ns > TTL_MOST;
	response = cursor_u8(c);
	c->failed |= response >= RESPONSES;
	b->response = (enum response)response;
	b->limit_rate = get_u32(c);
	b->limit_burst = get_u32(c);
	get_text(c, b->reason, sizeof(b->reason));
	o->ban = b;
}

/* ---- entries ---- */

static void get_observation(struct observation_reader *r, unsigned tag, struct observation *o)
{
	o->kind = tag == TAG_CENSUS_EMPTY ? OBSERVATION_CENSUS : (enum observation_kind)tag;
	switch (o->kind) {
	case OBSERVATION_NONE:
	case OBSERVATION_SAMPLE:
	case OBSERVATION_FLOW_END:
	case OBSERVATION_HOLDERS:
	case OBSERVATION_KINDS:
		r->at.failed = true;
		break;
	case OBSERVATION_TICK:
		break;
	case OBSERVATION_PACKETS:
		get_packets(r, o);
		break;
	case OBSERVATION_ANSWER:
		get_answer(r, o);
		break;
	case OBSERVATION_LISTENING:
		get_listening(r, o);
		break;
	case OBSERVATION_CENSUS:
		get_census(r, o, tag == TAG_CENSUS_EMPTY);
		break;
	case OBSERVATION_GUARDS:
		get_guards(r, o);
		break;
	case OBSERVATION_NEIGHBOURS:
		get_neighbours(r, o);
		break;
	case OBSERVATION_MODE:
	case OBSERVATION_PANIC:
		o->on = get_bool(&r->at);
		break;
	case OBSERVATION_BAN:
		get_ban(r, o);
		break;
	case OBSERVATION_UNBAN:
	case OBSERVATION_WRONGED:
		get_prefix(&r->at, &o->unban.prefix);
		o->unban.forgive = get_bool(&r->at);
		break;
	}
}

static void get_entry(struct observation_reader *r, unsigned tag, struct log_entry *e)
{
	struct cursor *c = &r->at;

	switch (tag) {
	case TAG_STILL:
		e->kind = LOG_NOTHING;
		return;
	case TAG_LOSS:
		e->kind = LOG_LOSS;
		e->lost = get_number(c);
		return;
	case TAG_RULES:
		e->kind = LOG_RULES;
		e->rules.digest = get_be64(c);
		get_text(c, e->rules.policy, sizeof(e->rules.policy));
		return;
	case TAG_CLOCK:
		e->kind = LOG_CLOCK;
		e->wall_ns = get_signed(c);
		c->failed |= e->wall_ns > OBSERVATION_WALL_MOST || e->wall_ns < -OBSERVATION_WALL_MOST;
		return;
	case TAG_LINK:
		e->kind = LOG_LINK;
		e->link.index = get_u32(c);
		get_text(c, e->link.name, sizeof(e->link.name));
		return;
	default:
		break;
	}
	e->kind = tag & TAG_SNAPSHOT ? LOG_SNAPSHOT : LOG_OBSERVATION;
	tag &= ~(unsigned)TAG_SNAPSHOT;
	c->failed |= tag >= OBSERVATION_KINDS && tag != TAG_CENSUS_EMPTY;
	e->observation.at = e->at;
	if (!c->failed)
		get_observation(r, tag, &e->observation);
}

void observation_reader_begin(struct observation_reader *r, struct slice block, mono_t first,
	struct observation_room *room)
{
	*r = (struct observation_reader){ .at = cursor_over(block), .last_ns = first.ns, .room = room };
	memset(&room->listening, 0, sizeof(room->listening));
}

int observation_read(struct observation_reader *r, struct log_entry *out)
{
	struct log_entry e;
	unsigned tag;

	if (r->at.failed)
		return ERR_INVALID;
	if (!cursor_left(&r->at))
		return 0;
	memset(&e, 0, sizeof(e));
	tag = cursor_u8(&r->at);
	e.at.ns = get_after(&r->at, r->last_ns);
	if (!r->at.failed)
		get_entry(r, tag, &e);
	if (r->at.failed)
		return ERR_INVALID;
	r->last_ns = e.at.ns;
	*out = e;
	return 1;
}
