/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ethernet and its types, cooked captures, loopback, raw IP. The rest stands in link_ppp.c, link_80211.c and
 * link_nflog.c. Lengths that a link header states are not held against the frame: IP states its own, and offloads make
 * frames whose link header still has the length of the first segment.
 */
#include "codec/link.h"

#include "codec/link_parts.h"

/* https://www.tcpdump.org/linktypes.html */
enum {
	LINKTYPE_NULL = 0,
	LINKTYPE_ETHERNET = 1,
	LINKTYPE_PPP = 9,
	DLT_RAW_MOST = 12, /* libpcap's number for raw IP nearly everywhere, ... */
	DLT_RAW_BSD = 14,  /* ... and on OpenBSD */
	LINKTYPE_PPP_HDLC = 50,
	LINKTYPE_PPP_ETHER = 51,
	LINKTYPE_RAW = 101,
	LINKTYPE_C_HDLC = 104,
	LINKTYPE_IEEE802_11 = 105,
	LINKTYPE_LOOP = 108,
	LINKTYPE_LINUX_SLL = 113,
	LINKTYPE_IEEE802_11_PRISM = 119,
	LINKTYPE_IEEE802_11_RADIOTAP = 127,
	LINKTYPE_IEEE802_11_AVS = 163,
	LINKTYPE_PPP_PPPD = 166,
	LINKTYPE_PPI = 192,
	LINKTYPE_PPP_WITH_DIR = 204,
	LINKTYPE_C_HDLC_WITH_DIR = 205,
	LINKTYPE_IPV4 = 228,
	LINKTYPE_IPV6 = 229,
	LINKTYPE_NFLOG = 239,
	LINKTYPE_LINUX_SLL2 = 276,
};

enum {
	TYPE_LENGTH_MOST = 1500, /* IEEE 802.3: up to here it is a length, and LLC follows */
	TYPE_IPV4 = 0x0800,
	TYPE_VLAN = 0x8100,
	TYPE_IPV6 = 0x86dd,
	TYPE_MPLS = 0x8847,
	TYPE_MPLS_UPSTREAM = 0x8848, /* RFC 5332 */
	TYPE_PPPOE = 0x8864,
	TYPE_VLAN_AD = 0x88a8,
	TYPE_VLAN_OLD = 0x9100, /* stacked tags before 802.1ad */
	TYPE_OTHER = 0xffff,    /* reserved: stands for what is not ours */
};

#define ETHERNET_HEADER 14
#define MOST_TAGS 8 /* nobody stacks more than three; a bound on what a forged frame costs */

enum link_to link_to_mac(const uint8_t mac[6])
{
	if (!(mac[0] & 1))
		return LINK_TO_HOST;
	return (mac[0] & mac[1] & mac[2] & mac[3] & mac[4] & mac[5]) == 0xff ? LINK_TO_ALL : LINK_TO_GROUP;
}

enum link_found link_peel_version(const struct cursor *c)
{
	const uint8_t *b = cursor_peek(c, 1);

	if (!b)
		return LINK_CUT;
	return b[0] >> 4 == 4 || b[0] >> 4 == 6 ? LINK_IP : LINK_NO_IP;
}

/* IEEE 802.2 with SNAP (RFC 1042), or the access point 6 that RFC 948 gave to IP. */
static uint16_t take_llc(struct cursor *c)
{
	const uint8_t *llc = cursor_take(c, 3), *snap;

	if (!llc)
		return TYPE_OTHER;
	if (llc[0] == 6 && llc[1] == 6 && llc[2] == 3)
		return TYPE_IPV4;
	if (llc[0] != 0xaa || llc[1] != 0xaa || llc[2] != 3)
		return TYPE_OTHER;
	snap = cursor_take(c, 5);
	if (!snap)
		return TYPE_OTHER;
	/* 00-00-F8 is the bridge tunnel of 802.1H: what it carries is the same */
	if (snap[0] || snap[1] || (snap[2] && snap[2] != 0xf8))
		return TYPE_OTHER;
	return be16_at(snap, 3);
}

enum link_found link_peel_type(struct cursor *c, uint16_t type)
{
	for (unsigned tags = 0; tags <= MOST_TAGS; tags++) {
		switch (type) {
		case TYPE_IPV4:
		case TYPE_IPV6:
			return LINK_IP;
		case TYPE_VLAN:
		case TYPE_VLAN_AD:
		case TYPE_VLAN_OLD:
			cursor_skip(c, 2); /* priority and number of the network */
			type = cursor_be16(c);
			break;
		case TYPE_PPPOE:
			return link_peel_pppoe(c, NULL);
		case TYPE_MPLS:
		case TYPE_MPLS_UPSTREAM:
			return link_peel_mpls(c);
		default:
			if (type > TYPE_LENGTH_MOST)
				return LINK_NO_IP;
			type = take_llc(c);
		}
		if (c->failed)
			return LINK_CUT;
	}
	return LINK_NO_IP;
}

enum link_found link_peel_llc(struct cursor *c)
{
	return link_peel_type(c, TYPE_LENGTH_MOST);
}

static enum link_found peel_ethernet(struct cursor *c, struct link_packet *p)
{
	const uint8_t *header = cursor_take(c, ETHERNET_HEADER);

	if (!header)
		return LINK_CUT;
	p->to = link_to_mac(header);
	return link_peel_type(c, be16_at(header, 12));
}

/* Cooked captures: what Linux knows of the frame in place of its header. */
static enum link_to to_of_cooked(unsigned type)
{
	static const enum link_to to[] = { LINK_TO_HOST, LINK_TO_ALL, LINK_TO_GROUP, LINK_TO_HOST, LINK_OUTGOING };

	return type < sizeof(to) / sizeof(to[0]) ? to[type] : LINK_TO_UNKNOWN;
}

/* What follows the cooked header depends on the hardware, too (if_arp.h). */
static enum link_found peel_cooked(struct cursor *c, struct link_packet *p, unsigned hardware, uint16_t type)
{
	enum { HARDWARE_FRAD = 770, HARDWARE_80211 = 801, HARDWARE_RADIOTAP = 803, HARDWARE_NETLINK = 824 };
	enum { COOKED_LLC = 4 }; /* ETH_P_802_2; the other small numbers are protocols that are not ours */

	if (c->failed)
		return LINK_CUT;
	if (hardware == HARDWARE_RADIOTAP)
		return link_peel_radiotap(c, p);
	if (hardware == HARDWARE_80211)
		return link_peel_80211(c, p);
	if (hardware == HARDWARE_NETLINK || hardware == HARDWARE_FRAD)
		return LINK_NO_IP;
	if (type <= TYPE_LENGTH_MOST)
		return type == COOKED_LLC ? link_peel_llc(c) : LINK_NO_IP;
	return link_peel_type(c, type);
}

static enum link_found peel_sll(struct cursor *c, struct link_packet *p)
{
	unsigned hardware;

	p->to = to_of_cooked(cursor_be16(c));
	hardware = cursor_be16(c);
	cursor_skip(c, 2 + 8); /* the sender's address */
	return peel_cooked(c, p, hardware, cursor_be16(c));
}

static enum link_found peel_sll2(struct cursor *c, struct link_packet *p)
{
	uint16_t type = cursor_be16(c);
	unsigned hardware;

	cursor_skip(c, 2);
	p->if_index = cursor_be32(c);
	hardware = cursor_be16(c);
	p->to = to_of_cooked(cursor_u8(c));
	cursor_skip(c, 1 + 8);
	return peel_cooked(c, p, hardware, type);
}

/* The address family in the byte order of whoever captured, or the network's; no family is above 65535. The number of
 * IPv6 is each system's own. */
static enum link_found peel_loopback(struct cursor *c, struct link_packet *p)
{
	enum { INET = 2, INET6_LINUX = 10, INET6_WINDOWS = 23, INET6_NETBSD = 24, INET6_FREEBSD = 28, INET6_DARWIN = 30 };
	uint32_t family = cursor_be32(c);

	(void)p;
	if (c->failed)
		return LINK_CUT;
	if (family > UINT16_MAX)
		family = __builtin_bswap32(family);
	switch (family) {
	case INET:
	case INET6_LINUX:
	case INET6_WINDOWS:
	case INET6_NETBSD:
	case INET6_FREEBSD:
	case INET6_DARWIN:
		return LINK_IP;
	default:
		return LINK_NO_IP;
	}
}

static enum link_found peel_raw(struct cursor *c, struct link_packet *p)
{
	(void)p;
	return link_peel_version(c);
}

static enum link_found peel_nothing(struct cursor *c, struct link_packet *p)
{
	(void)p;
	return cursor_left(c) ? LINK_IP : LINK_CUT;
}

static link_peel_fn *const peels[] = {
	[LINKTYPE_NULL] = peel_loopback,
	[LINKTYPE_ETHERNET] = peel_ethernet,
	[LINKTYPE_PPP] = link_peel_ppp,
	[DLT_RAW_MOST] = peel_raw,
	[DLT_RAW_BSD] = peel_raw,
	[LINKTYPE_PPP_HDLC] = link_peel_ppp_serial,
	[LINKTYPE_PPP_ETHER] = link_peel_pppoe,
	[LINKTYPE_RAW] = peel_raw,
	[LINKTYPE_C_HDLC] = link_peel_hdlc,
	[LINKTYPE_IEEE802_11] = link_peel_80211,
	[LINKTYPE_LOOP] = peel_loopback,
	[LINKTYPE_LINUX_SLL] = peel_sll,
	[LINKTYPE_IEEE802_11_PRISM] = link_peel_prism,
	[LINKTYPE_IEEE802_11_RADIOTAP] = link_peel_radiotap,
	[LINKTYPE_IEEE802_11_AVS] = link_peel_avs,
	[LINKTYPE_PPP_PPPD] = link_peel_ppp_pppd,
	[LINKTYPE_PPP_WITH_DIR] = link_peel_ppp_dir,
	[LINKTYPE_C_HDLC_WITH_DIR] = link_peel_hdlc_dir,
	[LINKTYPE_IPV4] = peel_nothing,
	[LINKTYPE_IPV6] = peel_nothing,
	[LINKTYPE_NFLOG] = link_peel_nflog,
	[LINKTYPE_LINUX_SLL2] = peel_sll2,
};

static link_peel_fn *peel_of(uint32_t link)
{
	return link < sizeof(peels) / sizeof(peels[0]) ? peels[link] : NULL;
}

bool link_known(int link)
{
	return link == LINKTYPE_PPI || peel_of((uint32_t)link);
}

/* PPI names the link type of what it stands before; another PPI it is not (its text forbids it). Little-endian. */
static int take_ppi(struct cursor *c)
{
	const uint8_t *b = cursor_take(c, 8);
	unsigned len;

	if (!b)
		return -1;
	len = b[2] | (unsigned)b[3] << 8;
	if (len < 8)
		c->failed = true;
	else
		cursor_skip(c, len - 8);
	return b[5] | b[6] | b[7] ? -1 : b[4];
}

static enum link_found decode_any(int link, struct slice frame, uint32_t wire_len, struct link_packet *out)
{
	struct link_packet p = { .to = LINK_TO_UNKNOWN };
	struct cursor c = cursor_over(frame);
	enum link_found found;
	link_peel_fn *peel;

	if (link == LINKTYPE_PPI) {
		link = take_ppi(&c);
		if (c.failed)
			return LINK_CUT;
	}
	peel = peel_of((uint32_t)link);
	if (!peel)
		return LINK_NO_IP;
	found = peel(&c, &p);
	if (found != LINK_IP)
		return found;
	p.ip = cursor_rest(&c);
	if (!p.wire_len && wire_len > frame.len)
		p.wire_len = (uint32_t)(wire_len - frame.len + p.ip.len);
	if (p.wire_len < p.ip.len)
		p.wire_len = (uint32_t)p.ip.len;
	*out = p;
	return LINK_IP;
}

enum link_found link_decode(int link, struct slice frame, uint32_t wire_len, struct link_packet *out)
{
	uint16_t type;

	/* Nearly all that is ever captured, so it is asked for first. */
	if (link != LINKTYPE_ETHERNET || frame.len < ETHERNET_HEADER)
		return decode_any(link, frame, wire_len, out);
	type = be16_at(frame.at, 12);
	if (type != TYPE_IPV4 && type != TYPE_IPV6)
		return decode_any(link, frame, wire_len, out);
	*out = (struct link_packet){
		.ip = { frame.at + ETHERNET_HEADER, frame.len - ETHERNET_HEADER },
		.wire_len = (wire_len > frame.len ? wire_len : (uint32_t)frame.len) - ETHERNET_HEADER,
		.to = link_to_mac(frame.at),
	};
	return LINK_IP;
}
