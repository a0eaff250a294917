/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the link decoder call of each other, and nobody else calls. Each takes headers off the front of a
 * frame: for LINK_IP the cursor stands at the IP packet, else where it stands says nothing.
 */
#ifndef TIDEGATE_CODEC_LINK_PARTS_H
#define TIDEGATE_CODEC_LINK_PARTS_H

#include "codec/link.h"

/* p has what the headers say beside the packet; its ip is not set here, its wire_len is where they tell it (else 0). */
typedef enum link_found link_peel_fn(struct cursor *c, struct link_packet *p);

/* What an Ethernet type, or a length in its place (LLC follows), stands before: tags, PPPoE, labels, IP. */
enum link_found link_peel_type(struct cursor *c, uint16_t type);

/* An LLC header (IEEE 802.2), as 802.11 has it without a length before it. */
enum link_found link_peel_llc(struct cursor *c);

/* As the receiver's address says. */
enum link_to link_to_mac(const uint8_t mac[6]);

/* IP by the version that its first byte says: where no header names what follows. */
enum link_found link_peel_version(const struct cursor *c);

/* IEEE 802.11: bare, and under what drivers put before it. */
link_peel_fn link_peel_80211, link_peel_radiotap, link_peel_prism, link_peel_avs;

/* Point to point: PPP (RFC 1661), its framing (RFC 1662), Cisco's HDLC (RFC 1547, 4.3.1). */
link_peel_fn link_peel_ppp, link_peel_ppp_serial, link_peel_ppp_pppd, link_peel_ppp_dir, link_peel_pppoe,
	link_peel_hdlc, link_peel_hdlc_dir;

/* What stands behind PPP's protocol number. */
enum link_found link_peel_ppp_protocol(struct cursor *c);

/* Labels down to the bottom of their stack (RFC 3032). */
enum link_found link_peel_mpls(struct cursor *c);

/* A message of the kernel's packet log. */
link_peel_fn link_peel_nflog;

#endif
