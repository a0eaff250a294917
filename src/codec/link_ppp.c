/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Point to point: PPP as it stands in captures (not octet-stuffed), PPPoE sessions, Cisco's HDLC; and MPLS labels,
 * which PPP may carry as Ethernet does.
 */
#include "codec/link_parts.h"

enum {
	PPP_IPV4 = 0x0021,
	PPP_IPV6 = 0x0057,
	PPP_MPLS = 0x0281,
	PPP_MPLS_MULTICAST = 0x0283,
};

#define MOST_LABELS 8

enum link_found link_peel_mpls(struct cursor *c)
{
	for (unsigned labels = 0; labels < MOST_LABELS; labels++) {
		uint32_t label = cursor_be32(c);

		if (c->failed)
			return LINK_CUT;
		if (label & 0x100) /* the bottom: nothing names what follows, but the version does */
			return link_peel_version(c);
	}
	return LINK_NO_IP;
}

enum link_found link_peel_ppp_protocol(struct cursor *c)
{
	uint16_t protocol = cursor_u8(c);

	if (!(protocol & 1)) /* only the last byte is odd: the first may be left out (RFC 1661, 6.5) */
		protocol = (uint16_t)(protocol << 8 | cursor_u8(c));
	if (c->failed)
		return LINK_CUT;
	switch (protocol) {
	case PPP_IPV4:
	case PPP_IPV6:
		return LINK_IP;
	case PPP_MPLS:
	case PPP_MPLS_MULTICAST:
		return link_peel_mpls(c);
	default:
		return LINK_NO_IP;
	}
}

/* Address and control (RFC 1662) may have been left out by agreement. */
enum link_found link_peel_ppp(struct cursor *c, struct link_packet *p)
{
	const uint8_t *b = cursor_peek(c, 2);

	(void)p;
	if (!b) /* one byte alone could be either */
		return LINK_CUT;
	if (b[0] == 0xff && b[1] == 0x03)
		cursor_skip(c, 2);
	return link_peel_ppp_protocol(c);
}

enum link_found link_peel_hdlc(struct cursor *c, struct link_packet *p)
{
	uint16_t type;

	(void)p;
	cursor_skip(c, 2); /* address and control */
	type = cursor_be16(c);
	if (c->failed)
		return LINK_CUT;
	return type <= 1500 ? LINK_NO_IP : link_peel_type(c, type);
}

/* Both framings occur under this type; Cisco's has an address of its own. */
enum link_found link_peel_ppp_serial(struct cursor *c, struct link_packet *p)
{
	const uint8_t *b = cursor_peek(c, 1);

	if (b && (b[0] == 0x0f || b[0] == 0x8f))
		return link_peel_hdlc(c, p);
	return link_peel_ppp(c, p);
}

/* One byte before it all: zero for what came in. */
static void take_direction(struct cursor *c, struct link_packet *p)
{
	p->to = cursor_u8(c) ? LINK_OUTGOING : LINK_TO_HOST;
}

/* Here the direction stands in place of the address. */
enum link_found link_peel_ppp_pppd(struct cursor *c, struct link_packet *p)
{
	take_direction(c, p);
	cursor_skip(c, 1);
	return link_peel_ppp_protocol(c);
}

enum link_found link_peel_ppp_dir(struct cursor *c, struct link_packet *p)
{
	take_direction(c, p);
	return link_peel_ppp(c, p);
}

enum link_found link_peel_hdlc_dir(struct cursor *c, struct link_packet *p)
{
	take_direction(c, p);
	return link_peel_hdlc(c, p);
}

/* RFC 2516: version and type 1, code 0 is data; then session, length, PPP's protocol. */
enum link_found link_peel_pppoe(struct cursor *c, struct link_packet *p)
{
	const uint8_t *b = cursor_take(c, 6);

	(void)p;
	if (!b)
		return LINK_CUT;
	if (b[0] != 0x11 || b[1] != 0)
		return LINK_NO_IP;
	return link_peel_ppp_protocol(c);
}
