/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of the log into bytes. Each one is written into what is left of the block and stays only where all of it found
 * room; what the block has said so far changes then alone.
 */
#include "codec/observation_log.h"

#include <string.h>

#include "base/err.h"
#include "codec/observation_egress.h"
#include "codec/observation_host.h"
#include "codec/observation_numbers.h"
#include "codec/observation_parts.h"

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
	flags = blank_sums(bytes, len) | (m->uid_known ? HOOK_WITH_UID : m->hook & 3) | (m->held ? FLAG_HELD : 0) | (same ? FLAG_SAME_LINKS : 0) |
		(m->state_known ? FLAG_STATE_KNOWN : 0);
	if (m->wire_len && m->wire_len == observation_stated(bytes, len))
		flags |= FLAG_WIRE_LEN;
	pen_u8(p, flags);
	pen_signed(p, mono_since(m->at, before));
	if (m->uid_known)
		pen_number(p, m->uid);
	if (!same) {
		pen_number(p, m->if_in);
		pen_number(p, m->if_out);
	}
	if (!(flags & FLAG_WIRE_LEN))
		pen_number(p, m->wire_len);
	pen_number(p, len);
	pen_bytes(p, bytes, len);
}

static void put_packets(struct pen *p, const struct observation *o, mono_t before, uint32_t links[2])
{
	pen_number(p, o->packets.n);
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

	pen_u8(p, a->fate | (a->silent ? ANSWER_SILENT : 0) | (unsigned)a->ask.hook << ANSWER_HOOK_SHIFT);
	pen_u8(p, a->ask.stack);
	pen_number(p, (uint32_t)(a->ask.rules << 2 | a->ask.rules >> 30)); /* the two commonest bits are the highest */
	pen_signed(p, mono_since(a->ask.due, at));
	pen_u8(p, t->proto);
	pen_u8(p, t->dst.family);
	pen_u8(p, t->src.family);
	/* In the order in which they stand in the packet: so the packer finds them there. */
	pen_bytes(p, t->src.bytes, addr_bits(&t->src) / 8);
	pen_bytes(p, t->dst.bytes, addr_bits(&t->dst) / 8);
	pen_be(p, t->sport, 2);
	pen_be(p, t->dport, 2);
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
	pen_number(p, n <= PORTS_LISTED ? n : PORTS_LISTED + 1);
	for (size_t i = 0; i < PORT_WORDS; i++) {
		if (n > PORTS_LISTED)
			pen_be(p, news[i], 8);
		for (uint64_t w = n > PORTS_LISTED ? 0 : news[i]; w; w &= w - 1) {
			size_t port = i * 64 + (size_t)__builtin_ctzll(w);

			pen_number(p, port - last);
			last = port;
		}
	}
}

static void put_listening(struct pen *p, const struct listen_snapshot *s, const struct listen_snapshot *before)
{
	unsigned known = 0;

	for (size_t i = 0; i < LISTEN_PROTOS; i++)
		known |= (unsigned)s->known[i] << i;
	pen_u8(p, known);
	for (size_t i = 0; i < LISTEN_PROTOS; i++)
		put_ports(p, s->ports[i], before->ports[i]);
}

static void put_guards(struct pen *p, const struct guards *g)
{
	pen_number(p, g->n);
	for (size_t i = 0; i < g->n; i++) {
		pen_u8(p, g->list[i].kind);
		pen_prefix(p, &g->list[i].prefix);
	}
}

static void put_neighbours(struct pen *p, const struct observation *o)
{
	size_t most = sizeof(((struct observation_room *)0)->neighbours) / sizeof(struct prefix);
	size_t n = o->neighbours.n < most ? o->neighbours.n : most;

	pen_number(p, n);
	for (size_t i = 0; i < n; i++)
		pen_prefix(p, &o->neighbours.list[i]);
}

static void put_ban(struct pen *p, const struct ban *b)
{
	pen_prefix(p, &b->prefix);
	pen_signed(p, b->ttl_ns);
	pen_u8(p, b->response);
	pen_number(p, b->limit_rate);
	pen_number(p, b->limit_burst);
	pen_text(p, b->reason, sizeof(b->reason));
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

static unsigned tag_of(const struct observation_writer *w, const struct log_entry *e)
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
	if (e->observation.kind == OBSERVATION_CENSUS && census_is_empty(&e->observation))
		return TAG_CENSUS_EMPTY | mark;
	if (e->observation.kind == OBSERVATION_CENSUS && census_is_same(&e->observation, &w->host))
		return TAG_CENSUS_SAME | mark;
	return e->observation.kind | mark;
}

static void put_observation(struct pen *p, const struct observation_writer *w, const struct log_entry *e,
	uint32_t links[2])
{
	const struct observation *o = &e->observation;

	switch (o->kind) {
	case OBSERVATION_NONE:
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
		if (!census_is_empty(o) && !census_is_same(o, &w->host))
			host_put_census(p, o, OBSERVATION_SERVICES, &w->host);
		break;
	case OBSERVATION_SAMPLE:
		host_put_sample(p, o->sample, &w->host.sample);
		break;
	case OBSERVATION_FLOW_END:
		host_put_flow_end(p, o->flow_end);
		break;
	case OBSERVATION_NAMES:
		host_put_names(p, o);
		break;
	case OBSERVATION_HOLDERS:
		host_put_holders(p, o);
		break;
	case OBSERVATION_OWNER:
		egress_put_owner(p, o->owner);
		break;
	case OBSERVATION_DNS:
		egress_put_dns(p, o->dns);
		break;
	case OBSERVATION_RESOLVERS:
		egress_put_resolvers(p, o);
		break;
	case OBSERVATION_LISTED:
		egress_put_listed(p, o);
		break;
	case OBSERVATION_REPORTED:
		egress_put_reported(p, o->reported);
		break;
	case OBSERVATION_GUARDS:
		put_guards(p, o->guards);
		break;
	case OBSERVATION_NEIGHBOURS:
		put_neighbours(p, o);
		break;
	case OBSERVATION_MODE:
	case OBSERVATION_PANIC:
		pen_u8(p, o->on);
		break;
	case OBSERVATION_BAN:
		put_ban(p, o->ban);
		break;
	case OBSERVATION_UNBAN:
	case OBSERVATION_WRONGED:
		pen_prefix(p, &o->unban.prefix);
		pen_u8(p, o->unban.forgive);
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
		pen_number(p, e->lost);
		break;
	case LOG_RULES:
		pen_be(p, e->rules.digest, 8);
		pen_text(p, e->rules.policy, sizeof(e->rules.policy));
		break;
	case LOG_CLOCK:
		pen_signed(p, e->wall_ns);
		break;
	case LOG_LINK:
		pen_number(p, e->link.index);
		pen_text(p, e->link.name, sizeof(e->link.name));
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
	pen_u8(&p, tag_of(w, e));
	pen_signed(&p, e->at.ns - last);
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
	if (is_observation(e, OBSERVATION_CENSUS))
		host_said_census(&w->host, e->observation.census.services, e->observation.census.n);
	if (is_observation(e, OBSERVATION_SAMPLE))
		w->host.sample = *e->observation.sample;
	return 0;
}
