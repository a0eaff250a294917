/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packet parser's outside: the way through both halves, and what can be said about a
 * whole packet. The engine calls it for each packet of a burst.
 */
#include "core/packet.h"

#include <stddef.h>
#include <string.h>

#include "core/packet_parts.h"

static const char *const fault_names[PACKET_FAULTS] = {
	[PACKET_FINE] = "fine",
	[PACKET_EMPTY] = "empty",
	[PACKET_VERSION] = "version",
	[PACKET_SHORT_HEADER] = "short-header",
	[PACKET_BAD_HEADER_LENGTH] = "bad-header-length",
	[PACKET_BAD_TOTAL_LENGTH] = "bad-total-length",
	[PACKET_EXTENSION_CHAIN] = "extension-chain",
	[PACKET_FRAGMENT_OVERRUN] = "fragment-overrun",
	[PACKET_SHORT_TRANSPORT] = "short-transport",
	[PACKET_BAD_TRANSPORT] = "bad-transport",
};

static bool is_mapped(const struct addr *a)
{
	static const uint8_t head[12] = { [10] = 0xff, [11] = 0xff };

	return a->family == FAMILY_V6 && memcmp(a->bytes, head, sizeof(head)) == 0;
}

/* DHCP, duplicate address detection and group membership reports speak before their
 * sender has an address (RFC 2131, 4862, 3376, 3810), always to a group. */
static bool source_is_martian(const struct packet *p)
{
	const uint8_t first = p->src.bytes[0];

	if (first != 0 && first != 127 && first < 224) /* nearly all */
		return false;
	if (addr_is_unspecified(&p->src))
		return !addr_is_multicast(&p->dst);
	if (addr_is_multicast(&p->src) || addr_is_loopback(&p->src))
		return true;
	return is_mapped(&p->src);
}

static bool icmp4_is_answer(uint8_t type)
{
	switch (type) {
	case 0:  /* echo reply */
	case 3:  /* destination unreachable */
	case 4:  /* source quench */
	case 5:  /* redirect */
	case 11: /* time exceeded */
	case 12: /* parameter problem */
	case 14: /* timestamp reply */
	case 16: /* information reply */
	case 18: /* address mask reply */
		return true;
	default:
		return false;
	}
}

/* Errors have the high bit clear (RFC 4443, 2.1); echo reply; neighbour advertisement. */
static bool icmp6_is_answer(uint8_t type)
{
	return type < 128 || type == 129 || type == 136;
}

/* By the first chunk (RFC 9260, 3.2): what a peer sends only after it was spoken to. */
static bool sctp_is_answer(const struct packet *p)
{
	if (p->payload.len == 0)
		return false;
	switch (p->payload.at[0]) {
	case 2:  /* INIT ACK */
	case 5:  /* HEARTBEAT ACK */
	case 6:  /* ABORT */
	case 8:  /* SHUTDOWN ACK */
	case 9:  /* ERROR */
	case 11: /* COOKIE ACK */
	case 14: /* SHUTDOWN COMPLETE */
		return true;
	default:
		return false;
	}
}

/* Whoever adds a SYN to a RST, or a FIN to a SYN, answers nobody. */
static bool tcp_is_answer(uint8_t flags)
{
	if (flags & TCP_RST)
		return !(flags & TCP_SYN);
	return (flags & (TCP_SYN | TCP_ACK | TCP_FIN)) == (TCP_SYN | TCP_ACK);
}

const char *packet_fault_name(enum packet_fault f)
{
	if ((unsigned)f >= PACKET_FAULTS)
		return "unknown";
	return fault_names[f];
}

const char *packet_odd_name(enum packet_odd bit)
{
	switch (bit) {
	case ODD_NULL:
		return "null";
	case ODD_XMAS:
		return "xmas";
	case ODD_FIN:
		return "fin";
	case ODD_SYN_FIN:
		return "syn-fin";
	case ODD_SYN_RST:
		return "syn-rst";
	case ODD_PORT_ZERO:
		return "port-zero";
	case ODD_LAND:
		return "land";
	case ODD_MARTIAN:
		return "martian";
	case ODD_TINY_FRAGMENT:
		return "tiny-fragment";
	case ODD_SYN_DATA:
		return "syn-data";
	}
	return "unknown";
}

const char *proto_name(uint8_t proto)
{
	switch (proto) {
	case PROTO_TCP:
		return "tcp";
	case PROTO_UDP:
		return "udp";
	case PROTO_SCTP:
		return "sctp";
	case PROTO_ICMP:
		return "icmp";
	case PROTO_ICMP6:
		return "icmp6";
	default:
		return NULL;
	}
}

/* A copy of this is six vector moves; a memset of that size becomes a slow rep stos. */
static const struct packet nothing;

enum packet_fault packet_parse(struct slice bytes, uint32_t wire_len, struct packet *out)
{
	struct packet_walk walk;
	enum packet_fault fault;
	bool done = false;

	*out = nothing;
	fault = packet_read_ip(&walk, bytes, wire_len, out, &done);
	if (fault)
		return fault;
	if (source_is_martian(out))
		out->odd |= ODD_MARTIAN;
	if (done)
		return PACKET_FINE;
	return packet_read_transport(&walk, out);
}

bool packet_is_answer(const struct packet *p)
{
	if (p->fragment == FRAGMENT_LATER || p->odd & ODD_TINY_FRAGMENT)
		return false;
	switch (p->proto) {
	case PROTO_TCP:
		return tcp_is_answer(p->tcp_flags);
	case PROTO_ICMP:
		return p->src.family == FAMILY_V4 && icmp4_is_answer(p->icmp_type);
	case PROTO_ICMP6:
		return p->src.family == FAMILY_V6 && icmp6_is_answer(p->icmp_type);
	case PROTO_SCTP:
		return sctp_is_answer(p);
	default:
		return false;
	}
}
