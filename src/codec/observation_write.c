/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of the log into bytes. Each one is written into what is left of the block and stays only where all of it found
 * room; what the block has said so far changes then alone.
 */
#include "codec/observation_log.h"

#include <string.h>

#include "base/err.h"
#include "codec/observation_parts.h"

/* Past its end nothing is written, and it is known that something should have been. */
struct pen {
	uint8_t *at, *end;
	bool full;
};

static void put_bytes(struct pen *p, const void *bytes, size_t len)
{
	if (p->full || len > (size_t)(p->end - p->at)) {
		p->full = true;
		return;
	}
	if (len)
		memcpy(p->at, bytes, len);
	p->at += len;
}

static void put_u8(struct pen *p, unsigned value)
{
	uint8_t byte = (uint8_t)value;

	put_bytes(p, &byte, 1);
}

static void put_be(struct pen *p, uint64_t value, size_t bytes)
{
	while (bytes--)
		put_u8(p, (uint8_t)(value >> bytes * 8));
}

static void put_number(struct pen *p, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		put_u8(p, (unsigned)(value & 0x7f) | 0x80);
	put_u8(p, (unsigned)value);
}

static void put_signed(struct pen *p, int64_t value)
{
	put_number(p, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

static void put_text(struct pen *p, const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	put_number(p, len);
	put_bytes(p, text, len);
}

static void put_addr(struct pen *p, const struct addr *a)
{
	put_u8(p, a->family);
	put_bytes(p, a->bytes, addr_bits(a) / 8);
}

static void put_prefix(struct pen *p, const struct prefix *x)
{
	put_addr(p, &x->addr);
	put_u8(p, x->len);
}

/* ---- packets ---- */

/* The bytes with zeros where a right checksum stood. */
static unsigned blank_sums(uint8_t *bytes, size_t len)
{
	size_t ip = observation_ip_sum_at(bytes, len), tcp = observation_tcp_sum_at(bytes, len);
	unsigned flags = 0;

	if (tcp && be16_at(bytes, tcp) == observation_tcp_sum(bytes, len, tcp)) {
		flags |= FLAG_TCP_SUM;
		memset(bytes + tcp, 0, 2);
	}
	if (ip && be16_at(bytes, ip) == observation_ip_sum(bytes)) {
		flags |= FLAG_IP_SUM;
		memset(bytes + ip, 0, 2);
	}
	return flags;
}

static void put_packet(struct pen *p, const struct engine_input *in, mono_t before, const uint32_t links[2])
{
	const struct packet_meta *m = &in->meta;
	size_t len = observation_headers(in->bytes, m->wire_len);
	bool same = m->if_in == links[0] && m->if_out == links[1];
	uint8_t bytes[OBSERVATION_HEADERS];
	unsigned flags;

	if (len)
		memcpy(bytes, in->bytes.at, len);
	flags = blank_sums(bytes, len) | (m->hook & 3) | (m->held ? FLAG_HELD : 0) | (same ? FLAG_SAME_LINKS : 0) |
		(m->state_known ? FLAG_STATE_KNOWN : 0);
	if (m->wire_len && m->wire_len == observation_stated(bytes, len))
		flags |= FLAG_WIRE_LEN;
	put_u8(p, flags);
	put_signed(p, mono_since(m->at, before));
	if (!same) {
		put_number(p, m->if_in);
		put_number(p, m->if_out);
	}
	if (!(flags & FLAG_WIRE_LEN))
		put_number(p, m->wire_len);
	put_number(p, len);
	put_bytes(p, bytes, len);
}

static void put_packets(struct pen *p, const struct observation *o, mono_t before, uint32_t links[2])
{
	put_number(p, o->packets.n);
	for (size_t i = 0; i < o->packets.n; i++) {
		const struct packet_meta *m = &o->packets.in[i].meta;

		put_packet(p, &o->packets.in[i], before, links);
		before = m->at;
		links[0] = m->if_in;
		links[1] = m->if_out;
	}
}

/* ---- the world's answers ---- */

static void put_answer(struct pen *p, const struct ask_answer *a, mono_t at)
{
	const struct tuple *t = &a->ask.tuple;

	put_u8(p, a->fate | (a->silent ? ANSWER_SILENT : 0) | (unsigned)a->ask.hook << ANSWER_HOOK_SHIFT);
	put_u8(p, a->ask.stack);
	put_number(p, (uint32_t)(a->ask.rules << 2 | a->ask.rules >> 30)); /* the two commonest bits are the highest */
	put_signed(p, mono_since(a->ask.due, at));
	put_u8(p, t->proto);
	put_u8(p, t->dst.family);
	put_u8(p, t->src.family);
	/* In the order in which they stand in the packet: so the packer finds them there. */
	put_bytes(p, t->src.bytes, addr_bits(&t->src) / 8);
	put_bytes(p, t->dst.bytes, addr_bits(&t->dst) / 8);
	put_be(p, t->sport, 2);
	put_be(p, t->dport, 2);
}

static size_t count_bits(const uint64_t words[PORT_WORDS])
{
	size_t n = 0;

	for (size_t i = 0; i < PORT_WORDS; i++)
		n += (size_t)__builtin_popcountll(words[i]);
	return n;
}

static void put_ports(struct pen *p, const uint64_t now[PORT_WORDS], const uint64_t before[PORT_WORDS])
{
	uint64_t news[PORT_WORDS];
	size_t n, last = 0;

	for (size_t i = 0; i < PORT_WORDS; i++)
		news[i] = now[i] ^ before[i];
	n = count_bits(news);
	put_number(p, n <= PORTS_LISTED ? n : PORTS_LISTED + 1);
	for (size_t i = 0; i < PORT_WORDS; i++) {
		if (n > PORTS_LISTED)
			put_be(p, news[i], 8);
		for (uint64_t w = n > PORTS_LISTED ? 0 : news[i]; w; w &= w - 1) {
			size_t port = i * 64 + (size_t)__builtin_ctzll(w);

			put_number(p, port - last);
			last = port;
		}
	}
}

static void put_listening(struct pen *p, const struct listen_snapshot *s, const struct listen_snapshot *before)
{
	unsigned known = 0;

	for (size_t i = 0; i < LISTEN_PROTOS; i++)
		known |= (unsigned)s->known[i] << i;
	put_u8(p, known);
	for (size_t i = 0; i < LISTEN_PROTOS; i++)
		put_ports(p, s->ports[i], before->ports[i]);
}

static bool is_empty(const struct observation *o)
{
	const struct pressure *p = o->census.pressure;

	return !o->census.n && !p->listen_overflows && !p->listen_drops && !p->cookies_sent && !p->queue_full;
}

static void put_census(struct pen *p, const struct observation *o)
{
	size_t n = o->census.n < OBSERVATION_SERVICES ? o->census.n : OBSERVATION_SERVICES;
	const struct pressure *x = o->census.pressure;

	put_number(p, x->listen_overflows);
	put_number(p, x->listen_drops);
	put_number(p, x->cookies_sent);
	put_number(p, x->queue_full);
	put_number(p, n);
	for (size_t i = 0; i < n; i++) {
		const struct service_census *s = &o->census.services[i];

		put_u8(p, s->proto);
		put_number(p, s->port);
		put_number(p, s->half_open);
		put_number(p, s->half_open_old);
		put_number(p, s->accept_queue);
		put_number(p, s->backlog);
	}
}

static void put_guards(struct pen *p, const struct guards *g)
{
	put_number(p, g->n);
	for (size_t i = 0; i < g->n; i++) {
		put_u8(p, g->list[i].kind);
		put_prefix(p, &g->list[i].prefix);
	}
}

static void put_neighbours(struct pen *p, const struct observation *o)
{
	size_t most = sizeof(((struct observation_room *)0)->neighbours) / sizeof(struct prefix);
	size_t n = o->neighbours.n < most ? o->neighbours.n : most;

	put_number(p, n);
	for (size_t i = 0; i < n; i++)
		put_prefix(p, &o->neighbours.list[i]);
}

static void put_ban(struct pen *p, const struct ban *b)
{
	put_prefix(p, &b->prefix);
	put_signed(p, b->ttl_ns);
	put_u8(p, b->response);
	put_number(p, b->limit_rate);
	put_number(p, b->limit_burst);
	put_text(p, b->reason, sizeof(b->reason));
}

/* ---- entries ---- */

static bool makes_sense(const struct log_entry *e)
{
	if (e->at.ns < 0)
		return false;
	if (e->kind != LOG_OBSERVATION && e->kind != LOG_SNAPSHOT)
		return true;
	if (e->observation.kind == OBSERVATION_PACKETS)
		return e->observation.packets.n && e->observation.packets.n <= ENGINE_BURST;
	return e->observation.kind > OBSERVATION_NONE && e->observation.kind < OBSERVATION_KINDS;
}

static unsigned tag_of(const struct log_entry *e)
{
	unsigned mark = e->kind == LOG_SNAPSHOT ? TAG_SNAPSHOT : 0;

	switch (e->kind) {
	case LOG_OBSERVATION:
	case LOG_SNAPSHOT:
		break;
	case LOG_NOTHING:
		return TAG_STILL;
	case LOG_LOSS:
		return TAG_LOSS;
	case LOG_RULES:
		return TAG_RULES;
	case LOG_CLOCK:
		return TAG_CLOCK;
	case LOG_LINK:
		return TAG_LINK;
	}
	if (e->observation.kind == OBSERVATION_CENSUS && is_empty(&e->observation))
		return TAG_CENSUS_EMPTY | mark;
	return e->observation.kind | mark;
}

static void put_observation(struct pen *p, const struct observation_writer *w, const struct log_entry *e,
	uint32_t links[2])
{
	const struct observation *o = &e->observation;

	switch (o->kind) {
	case OBSERVATION_NONE:
	case OBSERVATION_SAMPLE:
	case OBSERVATION_FLOW_END:
	case OBSERVATION_HOLDERS:
	case OBSERVATION_KINDS:
	case OBSERVATION_TICK:
		break;
	case OBSERVATION_PACKETS:
		put_packets(p, o, e->at, links);
		break;
	case OBSERVATION_ANSWER:
		put_answer(p, o->answer, e->at);
		break;
	case OBSERVATION_LISTENING:
		put_listening(p, o->listening, &w->listening);
		break;
	case OBSERVATION_CENSUS:
		if (!is_empty(o))
			put_census(p, o);
		break;
	case OBSERVATION_GUARDS:
		put_guards(p, o->guards);
		break;
	case OBSERVATION_NEIGHBOURS:
		put_neighbours(p, o);
		break;
	case OBSERVATION_MODE:
	case OBSERVATION_PANIC:
		put_u8(p, o->on);
		break;
	case OBSERVATION_BAN:
		put_ban(p, o->ban);
		break;
	case OBSERVATION_UNBAN:
	case OBSERVATION_WRONGED:
		put_prefix(p, &o->unban.prefix);
		put_u8(p, o->unban.forgive);
		break;
	}
}

static void put_entry(struct pen *p, const struct observation_writer *w, const struct log_entry *e, uint32_t links[2])
{
	switch (e->kind) {
	case LOG_NOTHING:
		break;
	case LOG_OBSERVATION:
	case LOG_SNAPSHOT:
		put_observation(p, w, e, links);
		break;
	case LOG_LOSS:
		put_number(p, e->lost);
		break;
	case LOG_RULES:
		put_be(p, e->rules.digest, 8);
		put_text(p, e->rules.policy, sizeof(e->rules.policy));
		break;
	case LOG_CLOCK:
		put_signed(p, e->wall_ns);
		break;
	case LOG_LINK:
		put_number(p, e->link.index);
		put_text(p, e->link.name, sizeof(e->link.name));
		break;
	}
}

void observation_writer_begin(struct observation_writer *w, uint8_t *memory, size_t size)
{
	memset(w, 0, sizeof(*w));
	w->at = memory;
	w->size = size;
}

static bool is_observation(const struct log_entry *e, enum observation_kind k)
{
	return (e->kind == LOG_OBSERVATION || e->kind == LOG_SNAPSHOT) && e->observation.kind == k;
}

int observation_write(struct observation_writer *w, const struct log_entry *e)
{
	struct pen p = { .at = w->at + w->len, .end = w->at + w->size };
	uint32_t links[2] = { w->links[0], w->links[1] };
	int64_t last = w->entries ? w->last_ns : e->at.ns;

	if (!makes_sense(e))
		return ERR_RANGE;
	put_u8(&p, tag_of(e));
	put_signed(&p, e->at.ns - last);
	put_entry(&p, w, e, links);
	if (p.full)
		return w->entries ? ERR_FULL : ERR_RANGE;
	if (!w->entries++)
		w->first = e->at;
	w->last_ns = e->at.ns;
	w->len = (size_t)(p.at - w->at);
	memcpy(w->links, links, sizeof(links));
	if (is_observation(e, OBSERVATION_LISTENING))
		w->listening = *e->observation.listening;
	return 0;
}
