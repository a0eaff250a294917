/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel's packet log (NFLOG) hands to libpcap: a short header, then attributes whose length and type are in
 * the byte order of this host (libpcap turns them where the file was written on another kind), their values in the
 * network's. The payload may be cut by the snap length; its attribute still says how long it was.
 */
#include "codec/link_parts.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <string.h>
#include <sys/socket.h>

enum { TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd };

struct message {
	bool ip, has_payload;
	struct slice payload;
	uint32_t payload_wire;
	uint32_t if_in, if_out;
};

static uint16_t host16_at(const uint8_t *at)
{
	uint16_t n;

	memcpy(&n, at, sizeof(n));
	return n;
}

static uint32_t be32_of(struct slice value)
{
	struct cursor c = cursor_over(value);

	return cursor_be32(&c);
}

static void take_packet_header(struct slice value, struct message *m, struct link_packet *p)
{
	struct cursor c = cursor_over(value);
	uint16_t type = cursor_be16(&c);
	uint8_t hook = cursor_u8(&c);

	if (c.failed)
		return;
	m->ip = m->ip || type == TYPE_IPV4 || type == TYPE_IPV6;
	if (hook == NF_INET_LOCAL_OUT)
		p->to = LINK_OUTGOING;
}

static void take_value(unsigned type, struct slice value, struct message *m, struct link_packet *p)
{
	const uint8_t *end;

	switch (type) {
	case NFULA_PACKET_HDR:
		take_packet_header(value, m, p);
		break;
	case NFULA_IFINDEX_INDEV:
		m->if_in = be32_of(value);
		break;
	case NFULA_IFINDEX_OUTDEV:
		m->if_out = be32_of(value);
		break;
	case NFULA_PREFIX: /* the kernel counts the terminator in */
		end = value.len ? memchr(value.at, 0, value.len) : NULL;
		p->note = (struct slice){ value.at, end ? (size_t)(end - value.at) : value.len };
		break;
	case NFULA_PAYLOAD:
		m->has_payload = true;
		m->payload = value;
		break;
	default:
		break;
	}
}

/* False where the message ends within an attribute, or one says less than its own header. */
static bool take_attributes(struct cursor *c, struct message *m, struct link_packet *p)
{
	while (cursor_left(c) >= 4) {
		const uint8_t *h = cursor_take(c, 4);
		const unsigned len = host16_at(h), type = host16_at(h + 2) & 0x7fff; /* the top bit: nested */
		size_t here, pad;

		if (len < 4)
			return false;
		here = len - 4 < cursor_left(c) ? len - 4 : cursor_left(c);
		if (here < len - 4 && type != NFULA_PAYLOAD)
			return false;
		if (type == NFULA_PAYLOAD)
			m->payload_wire = len - 4;
		take_value(type, cursor_slice(c, here), m, p);
		pad = (4 - len % 4) % 4;
		cursor_skip(c, pad < cursor_left(c) ? pad : cursor_left(c));
	}
	return true;
}

enum link_found link_peel_nflog(struct cursor *c, struct link_packet *p)
{
	struct message m = { .ip = false };
	const uint8_t *h = cursor_take(c, 4); /* family, version, group */
	enum link_found found;

	if (!h)
		return LINK_CUT;
	if (h[1] != 0)
		return LINK_NO_IP;
	m.ip = h[0] == AF_INET || h[0] == AF_INET6;
	if (!take_attributes(c, &m, p) && !m.has_payload)
		return LINK_CUT;
	if (!m.ip || !m.has_payload)
		return LINK_NO_IP;
	*c = cursor_over(m.payload);
	found = link_peel_version(c);
	if (found != LINK_IP)
		return found;
	p->wire_len = m.payload_wire;
	p->if_index = m.if_in ? m.if_in : m.if_out;
	return LINK_IP;
}
