/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IEEE 802.11 data frames and what drivers put before them. Numbers are little-endian but in AVS. Of several packets
 * in one frame (A-MSDU) the first is taken; fragments after the first have no header of a packet.
 */
#include "codec/link_parts.h"

enum {
	/* first byte of the frame control */
	FC_VERSION_AND_KIND = 0x0f,
	FC_DATA = 0x08,
	FC_NO_DATA = 0x40,
	FC_QOS = 0x80,
	/* second byte */
	FC_TO_DS = 0x01,
	FC_FROM_DS = 0x02,
	FC_PROTECTED = 0x40,
	FC_ORDER = 0x80, /* with QoS: four bytes of HT control */
	QOS_SEVERAL = 0x80,
};

static unsigned le16_at(const uint8_t *at, size_t offset)
{
	return at[offset] | (unsigned)at[offset + 1] << 8;
}

static uint32_t le32_at(const uint8_t *at, size_t offset)
{
	return le16_at(at, offset) | (uint32_t)le16_at(at, offset + 2) << 16;
}

/* Behind the fixed 24 bytes: a fourth address, QoS, HT control, and the driver's padding to four bytes. Whether
 * several packets follow. */
static bool take_tail(struct cursor *c, const uint8_t *h, bool padded)
{
	const uint8_t both = FC_TO_DS | FC_FROM_DS;
	bool several = false;
	size_t len = 24;

	if ((h[1] & both) == both) {
		cursor_skip(c, 6);
		len += 6;
	}
	if (h[0] & FC_QOS) {
		several = cursor_u8(c) & QOS_SEVERAL;
		cursor_skip(c, 1);
		len += 2;
		if (h[1] & FC_ORDER)
			cursor_skip(c, 4);
	}
	if (padded && len % 4)
		cursor_skip(c, 4 - len % 4);
	return several;
}

static enum link_found peel_frame(struct cursor *c, struct link_packet *p, bool padded)
{
	const uint8_t *kind = cursor_peek(c, 2), *h, *to;

	if (!kind)
		return LINK_CUT;
	if ((kind[0] & FC_VERSION_AND_KIND) != FC_DATA || kind[0] & FC_NO_DATA || kind[1] & FC_PROTECTED)
		return LINK_NO_IP;
	h = cursor_take(c, 24);
	if (!h)
		return LINK_CUT;
	if (h[22] & 0x0f) /* a later fragment */
		return LINK_NO_IP;
	to = h[1] & FC_TO_DS ? h + 16 : h + 4;
	if (take_tail(c, h, padded)) {
		to = cursor_take(c, 6);
		cursor_skip(c, 6 + 2); /* sender and length */
	}
	if (c->failed)
		return LINK_CUT;
	p->to = link_to_mac(to);
	return link_peel_llc(c);
}

enum link_found link_peel_80211(struct cursor *c, struct link_packet *p)
{
	return peel_frame(c, p, false);
}

/* https://www.radiotap.org: words that say which fields follow; of them only the flags matter here, which stand first
 * but for the clock. The header was taken whole: its length is checked. */
static bool is_padded(const uint8_t *h, size_t len)
{
	enum { HAS_CLOCK = 1u << 0, HAS_FLAGS = 1u << 1, FLAG_PADDED = 0x20 };
	const uint32_t has = le32_at(h, 4);
	size_t at = 8;

	for (uint32_t word = has; word >> 31; at += 4) {
		if (at + 4 > len)
			return false;
		word = le32_at(h, at);
	}
	if (!(has & HAS_FLAGS))
		return false;
	if (has & HAS_CLOCK)
		at = ((at + 7) & ~(size_t)7) + 8;
	return at < len && h[at] & FLAG_PADDED;
}

enum link_found link_peel_radiotap(struct cursor *c, struct link_packet *p)
{
	const uint8_t *h = cursor_peek(c, 8);
	size_t len;

	if (!h)
		return LINK_CUT;
	if (h[0] != 0) /* the version */
		return LINK_NO_IP;
	len = le16_at(h, 2);
	if (len < 8 || !cursor_take(c, len))
		return LINK_CUT;
	return peel_frame(c, p, is_padded(h, len));
}

enum link_found link_peel_avs(struct cursor *c, struct link_packet *p)
{
	const uint8_t *h = cursor_take(c, 8);
	uint32_t len;

	if (!h)
		return LINK_CUT;
	len = be32_at(h, 4);
	if (len < 8)
		return LINK_CUT;
	cursor_skip(c, len - 8);
	return c->failed ? LINK_CUT : peel_frame(c, p, false);
}

/* Drivers write AVS under Prism's type, too: its magic number tells. */
enum link_found link_peel_prism(struct cursor *c, struct link_packet *p)
{
	const uint8_t *h = cursor_peek(c, 4);

	if (h && (be32_at(h, 0) & 0xfffff000) == 0x80211000)
		return link_peel_avs(c, p);
	cursor_skip(c, 144);
	return c->failed ? LINK_CUT : peel_frame(c, p, false);
}
