/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes of the log into entries. What is written by observation_write.c alone, and yet nothing of it is believed: whoever
 * can write into the folder must not gain more by it than a wrong answer.
 */
#include "codec/observation_log.h"

#include <string.h>

#include "base/err.h"
#include "codec/observation_egress.h"
#include "codec/observation_host.h"
#include "codec/observation_numbers.h"
#include "codec/observation_parts.h"

#define TTL_MOST (INT64_C(1) << 62) /* a ban for ever is one for a hundred years */

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

	m.at.ns = take_after(c, before.ns);
	m.uid_known = m.hook == HOOK_WITH_UID;
	if (m.uid_known) {
		m.hook = HOOK_OUTPUT;
		m.uid = take_u32(c);
	}
	if (!(flags & FLAG_SAME_LINKS)) {
		r->links[0] = take_u32(c);
		r->links[1] = take_u32(c);
	}
	m.if_in = r->links[0];
	m.if_out = r->links[1];
	if (!(flags & FLAG_WIRE_LEN))
		m.wire_len = take_u32(c);
	len = (size_t)take_below(c, OBSERVATION_HEADERS);
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
	size_t n = (size_t)take_below(&r->at, ENGINE_BURST);

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
	rules = take_u32(c);
	a->ask.rules = rules >> 2 | rules << 30;
	a->ask.due.ns = take_after(c, o->at.ns);
	t->proto = cursor_u8(c);
	take_family(c, &t->dst);
	take_family(c, &t->src);
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
	size_t n = (size_t)take_below(c, PORTS_LISTED + 1), port = 0;

	for (size_t i = 0; n > PORTS_LISTED && i < PORT_WORDS; i++)
		words[i] ^= take_be64(c);
	for (size_t i = 0; n <= PORTS_LISTED && i < n && !c->failed; i++) {
		port += (size_t)take_below(c, UINT16_MAX);
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

static void get_census(struct observation_reader *r, struct observation *o, unsigned tag)
{
	struct observation_room *room = r->room;

	memset(&room->pressure, 0, sizeof(room->pressure));
	o->census.services = room->services;
	o->census.pressure = &room->pressure;
	if (tag == OBSERVATION_CENSUS)
		o->census.n = host_take_census(&r->at, room->services, OBSERVATION_SERVICES, &room->pressure, &r->room->said);
	else if (tag == TAG_CENSUS_SAME)
		o->census.n = room->said.n;
	if (tag == TAG_CENSUS_SAME)
		memcpy(room->services, room->said.services, room->said.n * sizeof(room->services[0]));
	if (!r->at.failed)
		host_said_census(&room->said, room->services, o->census.n);
}

static void get_sample(struct observation_reader *r, struct observation *o)
{
	host_take_sample(&r->at, &r->room->sample, &r->room->said.sample);
	r->room->said.sample = r->room->sample;
	o->sample = &r->room->sample;
}

static void get_flow_end(struct observation_reader *r, struct observation *o)
{
	host_take_flow_end(&r->at, &r->room->flow_end);
	o->flow_end = &r->room->flow_end;
}

static void get_holders(struct observation_reader *r, struct observation *o)
{
	o->holders.n = host_take_holders(&r->at, r->room->holders, HOLDERS_SERVICES);
	o->holders.services = r->room->holders;
}

static void get_guards(struct observation_reader *r, struct observation *o)
{
	struct guards *g = &r->room->guards;
	struct cursor *c = &r->at;

	g->n = (size_t)take_below(c, GUARDS);
	for (size_t i = 0; i < g->n && !c->failed; i++) {
		uint8_t kind = cursor_u8(c);

		c->failed |= kind >= GUARD_KINDS;
		g->list[i] = (struct guard){ .kind = (enum guard_kind)kind };
		take_prefix(c, &g->list[i].prefix);
	}
	o->guards = g;
}

static void get_neighbours(struct observation_reader *r, struct observation *o)
{
	struct prefix *list = r->room->neighbours;
	size_t n = (size_t)take_below(&r->at, sizeof(r->room->neighbours) / sizeof(list[0]));

	for (size_t i = 0; i < n; i++)
		take_prefix(&r->at, &list[i]);
	o->neighbours.list = list;
	o->neighbours.n = n;
}

static void get_ban(struct observation_reader *r, struct observation *o)
{
	struct ban *b = &r->room->ban;
	struct cursor *c = &r->at;
	uint8_t response;

	memset(b, 0, sizeof(*b));
	take_prefix(c, &b->prefix);
	b->ttl_ns = take_signed(c);
	c->failed |= b->ttl_ns < 0 || b->ttl_ns > TTL_MOST;
	response = cursor_u8(c);
	c->failed |= response >= RESPONSES;
	b->response = (enum response)response;
	b->limit_rate = take_u32(c);
	b->limit_burst = take_u32(c);
	take_text(c, b->reason, sizeof(b->reason));
	o->ban = b;
}

/* ---- entries ---- */

static bool is_census(unsigned tag)
{
	return tag == OBSERVATION_CENSUS || tag == TAG_CENSUS_EMPTY || tag == TAG_CENSUS_SAME;
}

static void get_observation(struct observation_reader *r, unsigned tag, struct observation *o)
{
	o->kind = is_census(tag) ? OBSERVATION_CENSUS : (enum observation_kind)tag;
	switch (o->kind) {
	case OBSERVATION_NONE:
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
		get_census(r, o, tag);
		break;
	case OBSERVATION_SAMPLE:
		get_sample(r, o);
		break;
	case OBSERVATION_FLOW_END:
		get_flow_end(r, o);
		break;
	case OBSERVATION_NAMES:
		o->names.n = host_take_names(&r->at, r->room->names, SERVICE_NAMES);
		o->names.list = r->room->names;
		break;
	case OBSERVATION_HOLDERS:
		get_holders(r, o);
		break;
	case OBSERVATION_OWNER:
		egress_take_owner(&r->at, &r->room->owner);
		o->owner = &r->room->owner;
		break;
	case OBSERVATION_DNS:
		egress_take_dns(&r->at, &r->room->dns);
		o->dns = &r->room->dns;
		break;
	case OBSERVATION_RESOLVERS:
		o->resolvers.n = egress_take_resolvers(&r->at, r->room->resolvers, NAMES_RESOLVERS);
		o->resolvers.list = r->room->resolvers;
		break;
	case OBSERVATION_LISTED:
		egress_take_listed(&r->at, o, r->room->list);
		break;
	case OBSERVATION_REPORTED:
		egress_take_reported(&r->at, &r->room->reported);
		o->reported = &r->room->reported;
		break;
	case OBSERVATION_GUARDS:
		get_guards(r, o);
		break;
	case OBSERVATION_NEIGHBOURS:
		get_neighbours(r, o);
		break;
	case OBSERVATION_MODE:
	case OBSERVATION_PANIC:
		o->on = take_bool(&r->at);
		break;
	case OBSERVATION_BAN:
		get_ban(r, o);
		break;
	case OBSERVATION_UNBAN:
	case OBSERVATION_WRONGED:
		take_prefix(&r->at, &o->unban.prefix);
		o->unban.forgive = take_bool(&r->at);
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
		e->lost = take_number(c);
		return;
	case TAG_RULES:
		e->kind = LOG_RULES;
		e->rules.digest = take_be64(c);
		take_text(c, e->rules.policy, sizeof(e->rules.policy));
		return;
	case TAG_CLOCK:
		e->kind = LOG_CLOCK;
		e->wall_ns = take_signed(c);
		c->failed |= e->wall_ns > OBSERVATION_WALL_MOST || e->wall_ns < -OBSERVATION_WALL_MOST;
		return;
	case TAG_LINK:
		e->kind = LOG_LINK;
		e->link.index = take_u32(c);
		take_text(c, e->link.name, sizeof(e->link.name));
		return;
	default:
		break;
	}
	e->kind = tag & TAG_SNAPSHOT ? LOG_SNAPSHOT : LOG_OBSERVATION;
	tag &= ~(unsigned)TAG_SNAPSHOT;
	c->failed |= tag >= OBSERVATION_KINDS && !is_census(tag);
	e->observation.at = e->at;
	if (!c->failed)
		get_observation(r, tag, &e->observation);
}

void observation_reader_begin(struct observation_reader *r, struct slice block, mono_t first,
	struct observation_room *room)
{
	*r = (struct observation_reader){ .at = cursor_over(block), .last_ns = first.ns, .room = room };
	memset(&room->listening, 0, sizeof(room->listening));
	memset(&room->said, 0, sizeof(room->said));
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
	e.at.ns = take_after(&r->at, r->last_ns);
	if (!r->at.failed)
		get_entry(r, tag, &e);
	if (r->at.failed)
		return ERR_INVALID;
	r->last_ns = e.at.ns;
	*out = e;
	return 1;
}
