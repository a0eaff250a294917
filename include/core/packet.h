/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes of an IP packet -> a view of what it says. Pure, allocates nothing, reads nothing
 * past the slice. Headers only: the slice may be cut (snap length), so lengths that the
 * headers state are held against wire_len. RFC 791, 8200 (extension headers), 9293 (TCP),
 * 768, 792, 4443, 9260 (SCTP).
 */
#ifndef TIDEGATE_CORE_PACKET_H
#define TIDEGATE_CORE_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"
#include "base/time.h"

/* Where the kernel took the packet. */
enum hook {
	HOOK_INPUT = 0,
	HOOK_FORWARD,
	HOOK_OUTPUT,
	HOOK_COUNT,
};

/* What comes with the bytes. */
struct packet_meta {
	mono_t at;
	uint32_t wire_len; /* on the wire; the slice may be shorter, never longer */
	uint32_t if_in;    /* interface index, 0 unknown */
	uint32_t if_out;
	uint8_t hook;      /* enum hook */
	bool held;         /* it waits for a verdict; else it is a copy */
	uint32_t uid;      /* HOOK_OUTPUT: whose socket it is (core/actor.h: OWNER_UNKNOWN); only where uid_known */
	bool uid_known;
	bool state_known;  /* conntrack looked at it: a new flow or an invalid packet */
};

enum {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
	TCP_ECE = 0x40,
	TCP_CWR = 0x80,
};

enum {
	PROTO_ICMP = 1,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_ICMP6 = 58,
	PROTO_SCTP = 132,
};

/* Why a packet was not understood; such a packet is counted by name and accepted. */
enum packet_fault {
	PACKET_FINE = 0,
	PACKET_EMPTY,              /* no byte */
	PACKET_VERSION,            /* neither 4 nor 6 */
	PACKET_SHORT_HEADER,       /* the IP header does not fit into the bytes */
	PACKET_BAD_HEADER_LENGTH,  /* IHL below 5 or over the total length */
	PACKET_BAD_TOTAL_LENGTH,   /* IP length over the wire's or below a header's */
	PACKET_EXTENSION_CHAIN,    /* of IPv6: cut, over 8 headers or over 256 bytes */
	PACKET_FRAGMENT_OVERRUN,   /* fragment that ends past 65535 */
	PACKET_SHORT_TRANSPORT,    /* the transport header is cut */
	PACKET_BAD_TRANSPORT,      /* TCP data offset below 5 or over its segment,
				    * UDP length below 8 or over its datagram */
	PACKET_FAULTS,             /* how many there are */
};

/* "short-header", for counters and events. */
const char *packet_fault_name(enum packet_fault f);

/* Things that no honest stack sends, and that still parse: bits of packet.odd. */
enum packet_odd {
	ODD_NULL = 1 << 0,        /* TCP without a flag */
	ODD_XMAS = 1 << 1,        /* FIN PSH URG without ACK */
	ODD_FIN = 1 << 2,         /* FIN without ACK */
	ODD_SYN_FIN = 1 << 3,
	ODD_SYN_RST = 1 << 4,
	ODD_PORT_ZERO = 1 << 5,   /* source or destination port 0 (TCP, UDP, SCTP) */
	ODD_LAND = 1 << 6,        /* source address and port equal destination's */
	ODD_MARTIAN = 1 << 7,     /* source is a group, broadcast, loopback or mapped, or
				   * unspecified save to a group (DHCP, DAD) */
	ODD_TINY_FRAGMENT = 1 << 8, /* a first fragment too small for its headers (ports
				     * may be 0), or the next, at byte 8 (RFC 1858) */
	ODD_SYN_DATA = 1 << 9,    /* SYN with payload, without TCP fast open's option */
};

const char *packet_odd_name(enum packet_odd bit);
const char *proto_name(uint8_t proto); /* "tcp", "icmp6"; NULL: it has none here */

enum fragment {
	FRAGMENT_NONE = 0,
	FRAGMENT_FIRST,
	FRAGMENT_LATER, /* no transport header: ports are 0 */
};

struct packet {
	struct addr src, dst;
	uint8_t proto;     /* transport, after the extension headers */
	uint8_t ttl;       /* or hop limit */
	uint8_t fragment;  /* enum fragment */
	uint8_t tcp_flags;
	uint16_t sport, dport; /* 0 where the protocol has none */
	uint8_t icmp_type, icmp_code;
	uint16_t ip_id;
	uint16_t odd;      /* enum packet_odd bits */
	uint32_t seq, ack;
	uint32_t payload_len; /* of the transport, as stated by the headers */
	uint16_t window;   /* of TCP, as it stands */
	uint16_t icmp_id;  /* the identifier of echo and its like; bytes 4 and 5 of any ICMP */
	struct slice payload; /* what of it is in the bytes */
	uint32_t stack;    /* fingerprint of the sender's stack (TTL class, TCP options,
			    * window) of a SYN, else 0; unkeyed: never an index */
	uint8_t scale;     /* of a SYN or SYN-ACK: 1 + the window scale that it offers (RFC
			    * 7323); 0 where it offers none */
};

/* Fills *out as far as it got; only PACKET_FINE makes all of it valid. A
 * FRAGMENT_LATER is fine. */
enum packet_fault packet_parse(struct slice bytes, uint32_t wire_len, struct packet *out);

/* An answer by its nature: SYN-ACK, RST, ICMP error or reply. Never evidence against
 * its sender. */
bool packet_is_answer(const struct packet *p);

#endif
