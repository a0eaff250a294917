/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The link layer of a captured frame, taken off: which bytes are the IP packet, and for whom the frame was. Pure, reads
 * nothing past the slice, allocates nothing. Link types are the LINKTYPE_ numbers of https://www.tcpdump.org/linktypes.html
 * as files carry them (libpcap's DLT_ number, where it differs, is accepted too).
 *
 * Ethernet II and 802.3 with LLC/SNAP (RFC 1042), 802.1Q and 802.1ad tags in any number up to eight, PPPoE sessions (RFC
 * 2516), MPLS labels above IP (RFC 3032), Linux cooked v1 and v2, raw IP, BSD loopback of either byte order, PPP, Cisco
 * HDLC, 802.11 data frames that are not encrypted (bare, under radiotap, Prism, AVS or PPI), NFLOG.
 */
#ifndef TIDEGATE_CODEC_LINK_H
#define TIDEGATE_CODEC_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"

/* As the sender addressed the frame; LINK_OUTGOING where the capture says that this host sent it (cooked captures). */
enum link_to {
	LINK_TO_UNKNOWN = 0, /* the link type does not tell: as good as LINK_TO_HOST */
	LINK_TO_HOST,        /* one receiver, perhaps not this host */
	LINK_TO_GROUP,       /* multicast */
	LINK_TO_ALL,         /* broadcast */
	LINK_OUTGOING,
};

enum link_found {
	LINK_IP = 0,
	LINK_NO_IP, /* ARP, LLDP, spanning tree, encrypted 802.11, ...: whole, but not ours */
	LINK_CUT,   /* the frame ends within its link header, or the header contradicts itself */
};

struct link_packet {
	struct slice ip;   /* from the IP version on; may be cut by the snap length */
	uint32_t wire_len; /* of ip on the wire, never less than ip.len. Ethernet's padding is inside */
	enum link_to to;
	uint32_t if_index; /* where the link type tells (cooked v2, NFLOG); else 0 */
	struct slice note; /* NFLOG: the prefix, without its NUL; else empty */
};

/* Whether frames of that link type can be taken apart here. */
bool link_known(int link);

/* *out is written for LINK_IP alone. LINK_NO_IP for a type that is not known. */
enum link_found link_decode(int link, struct slice frame, uint32_t wire_len, struct link_packet *out);

#endif
