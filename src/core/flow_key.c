/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which flow a packet belongs to: its ends, ordered, so that both directions have one key; for an ICMP error those of the
 * packet that it quotes. Which ICMP types conntrack tracks, and which it leaves alone. Called by flow.c and flow_fate.c.
 */
#include <string.h>

#include "core/flow_parts.h"
#include "core/packet_parts.h"

struct ends {
	const struct addr *src, *dst;
	uint16_t sport, dport;
	uint8_t proto;
	uint8_t kind; /* of ICMP: type and code of the request */
	uint8_t code;
	bool ordered; /* src is the first one whatever the addresses are */
};

static uint64_t v4_end(const struct addr *a, uint16_t port)
{
	return (uint64_t)be32_at(a->bytes, 0) << 16 | port;
}

static bool is_swapped(const struct ends *e)
{
	int order;

	if (e->src->family == FAMILY_V4)
		return v4_end(e->src, e->sport) > v4_end(e->dst, e->dport);
	order = memcmp(e->src->bytes, e->dst->bytes, sizeof(e->src->bytes));
	return order ? order > 0 : e->sport > e->dport;
}

/*
 * Written in whole words, because the hash reads words: where they were put together of bytes, each read would wait until
 * those are out of the store buffer, and that is a third of a packet's cost. The lengths keep the families apart.
 */
static void put_key(const struct ends *e, struct flow_key *out)
{
	const bool swapped = !e->ordered && is_swapped(e);
	const struct addr *one = swapped ? e->dst : e->src, *two = swapped ? e->src : e->dst;
	const uint64_t first = swapped ? e->dport : e->sport, second = swapped ? e->sport : e->dport;
	const uint64_t rest = (uint64_t)e->proto << 56;
	const uint64_t icmp = (uint64_t)e->kind << 56 | (uint64_t)e->code << 48;
	const uint64_t v4[2] = { v4_end(one, (uint16_t)first) | rest, v4_end(two, (uint16_t)second) | icmp };
	const uint64_t v6 = first | second << 16 | rest | icmp >> 16;

	out->swapped = swapped;
	if (e->src->family == FAMILY_V4) {
		memcpy(out->bytes, v4, sizeof(v4));
		out->len = sizeof(v4);
		return;
	}
	memcpy(out->bytes, one->bytes, sizeof(one->bytes));
	memcpy(out->bytes + sizeof(one->bytes), two->bytes, sizeof(two->bytes));
	memcpy(out->bytes + 2 * sizeof(one->bytes), &v6, sizeof(v6));
	out->len = sizeof(out->bytes);
}

void flow_key_of_tuple(const struct tuple *t, struct flow_key *out)
{
	const struct ends e = { .src = &t->src, .dst = &t->dst, .sport = t->sport, .dport = t->dport, .proto = t->proto };

	put_key(&e, out);
}

/* ---- ICMP ---- */

enum icmp_role {
	ICMP_UNKNOWN = 0,
	ICMP_REQUEST,
	ICMP_REPLY,
	ICMP_ERROR,
	ICMP_OUTSIDE,
};

struct icmp_type {
	uint8_t role;
	uint8_t request; /* that a reply answers */
};

/* RFC 792, 950: nothing else may begin a flow. */
static const struct icmp_type types4[19] = {
	[0] = { ICMP_REPLY, 8 },
	[3] = { ICMP_ERROR, 0 },
	[4] = { ICMP_ERROR, 0 },
	[5] = { ICMP_ERROR, 0 },
	[8] = { ICMP_REQUEST, 8 },
	[11] = { ICMP_ERROR, 0 },
	[12] = { ICMP_ERROR, 0 },
	[13] = { ICMP_REQUEST, 13 },
	[14] = { ICMP_REPLY, 13 },
	[15] = { ICMP_REQUEST, 15 },
	[16] = { ICMP_REPLY, 15 },
	[17] = { ICMP_REQUEST, 17 },
	[18] = { ICMP_REPLY, 17 },
};

/* RFC 4443, 4620, 4861, 2710, 3810. */
static struct icmp_type type6(uint8_t type)
{
	if (type < 128)
		return (struct icmp_type){ ICMP_ERROR, 0 };
	switch (type) {
	case 128:
		return (struct icmp_type){ ICMP_REQUEST, 128 };
	case 129:
		return (struct icmp_type){ ICMP_REPLY, 128 };
	case 139:
		return (struct icmp_type){ ICMP_REQUEST, 139 };
	case 140:
		return (struct icmp_type){ ICMP_REPLY, 139 };
	case 130:
	case 131:
	case 132:
	case 133:
	case 134:
	case 135:
	case 136:
	case 143:
		return (struct icmp_type){ ICMP_OUTSIDE, 0 };
	default:
		return (struct icmp_type){ ICMP_UNKNOWN, 0 };
	}
}

static struct icmp_type type_of(uint8_t family, uint8_t type)
{
	if (family == FAMILY_V6)
		return type6(type);
	return type < sizeof(types4) / sizeof(types4[0]) ? types4[type] : (struct icmp_type){ ICMP_UNKNOWN, 0 };
}

static bool is_icmp(const struct addr *src, uint8_t proto)
{
	return proto == (src->family == FAMILY_V4 ? PROTO_ICMP : PROTO_ICMP6);
}

/* A request, or a reply seen as its request: who asked comes first. */
static void put_icmp(const struct packet *p, struct icmp_type type, uint16_t id, struct flow_key *out)
{
	const bool reply = type.role == ICMP_REPLY;
	const struct ends e = { .src = reply ? &p->dst : &p->src, .dst = reply ? &p->src : &p->dst, .sport = id,
		.dport = id, .proto = p->proto, .kind = type.request, .code = p->icmp_code, .ordered = true };

	put_key(&e, out);
	out->swapped = reply;
}

static bool has_ports(uint8_t proto)
{
	return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP;
}

static void put_plain(const struct packet *p, uint16_t sport, uint16_t dport, struct flow_key *out)
{
	const struct ends e = { .src = &p->src, .dst = &p->dst, .sport = sport, .dport = dport, .proto = p->proto };

	put_key(&e, out);
}

/*
 * The packet that an error quotes is cut after 8 bytes of its transport in the worst case (RFC 792), so packet_parse would
 * call it short. Whoever is told of it must be its sender, or nobody's flow is meant.
 */
static enum flow_kind put_quoted(const struct packet *p, struct flow_key *out)
{
	struct packet q = { 0 };
	struct packet_walk walk;
	const uint8_t *head;
	struct icmp_type type;
	bool done = false;

	if (packet_read_ip(&walk, p->payload, UINT32_MAX, &q, &done) || done || q.src.family != p->src.family ||
	    !addr_equal(&q.src, &p->dst))
		return FLOW_KIND_NONE;
	if (!has_ports(q.proto) && !is_icmp(&q.src, q.proto)) {
		put_plain(&q, 0, 0, out);
		return FLOW_KIND_QUOTE;
	}
	head = cursor_peek(&walk.at, 8);
	if (!head)
		return FLOW_KIND_NONE;
	if (has_ports(q.proto)) {
		put_plain(&q, be16_at(head, 0), be16_at(head, 2), out);
		return FLOW_KIND_QUOTE;
	}
	type = type_of(q.src.family, head[0]);
	if (type.role != ICMP_REQUEST && type.role != ICMP_REPLY)
		return FLOW_KIND_NONE; /* errors about errors are not sent (RFC 1122, 3.2.2) */
	q.icmp_code = head[1];
	put_icmp(&q, type, be16_at(head, 4), out);
	return FLOW_KIND_QUOTE;
}

static enum flow_kind put_any_icmp(const struct packet *p, struct flow_key *out)
{
	const struct icmp_type type = type_of(p->src.family, p->icmp_type);

	switch ((enum icmp_role)type.role) {
	case ICMP_ERROR:
		return put_quoted(p, out);
	case ICMP_OUTSIDE:
		return FLOW_KIND_OUTSIDE;
	case ICMP_UNKNOWN:
		return FLOW_KIND_NONE;
	case ICMP_REQUEST:
	case ICMP_REPLY:
		break;
	}
	put_icmp(p, type, p->icmp_id, out);
	return type.role == ICMP_REPLY ? FLOW_KIND_ANSWER : FLOW_KIND_FLOW;
}

enum flow_kind flow_key_of_packet(const struct packet *p, struct flow_key *out)
{
	if (p->fragment == FRAGMENT_LATER)
		return FLOW_KIND_OUTSIDE;
	if (is_icmp(&p->src, p->proto))
		return put_any_icmp(p, out);
	put_plain(p, p->sport, p->dport, out);
	return FLOW_KIND_FLOW;
}
