/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes of a DNS message over UDP -> struct dns_message (RFC 1035; 2181: lifetimes; 9619: one question). Pure,
 * allocates nothing, reads nothing past the slice, and a message of whatever bytes costs a bounded number of steps.
 *
 * Aliases are followed from the question: an address belongs to the name that was asked for, or to the end of the
 * chain of aliases that begins there. All else (additional records, authority, other names) is nobody's word. DNAMEs
 * are not looked at: the server says the CNAME that follows from one as well (RFC 6672, 3.1), and programs read that.
 * Nor are the addresses that HTTPS records hint at: who may connect to them asks for A and AAAA, too (RFC 9460, 7.3).
 */
#ifndef TIDEGATE_CODEC_DNS_MSG_H
#define TIDEGATE_CODEC_DNS_MSG_H

#include <stdbool.h>

#include "base/cursor.h"
#include "core/dns.h"
#include "core/packet.h"

#define DNS_MSG_PORT 53
#define DNS_MSG_RECORDS 128 /* of the answer that are read; more fit into no datagram that is sent */
#define DNS_MSG_ALIASES 12  /* resolvers give up at 8 to 17 */

/*
 * The payload of a datagram; it may be a copy that was cut: the question must be whole, of the answer counts what is
 * there. Fills all but client, server and client_port, which are 0. 0; ERR_TRUNCATED: the question is cut;
 * ERR_INVALID: no message; ERR_UNSUPPORTED: an update, a notification, several questions, none, or of another class
 * than the internet's. *out is written on success alone.
 */
int dns_msg_parse(struct slice bytes, struct dns_message *out);

/*
 * A datagram from or to port 53, as packet_parse left it. Who is client and who is server is in the ports; a question
 * from port 53, or an answer to it, from a higher port, is none. False: no DNS message. Over TCP: false.
 */
bool dns_message_of_packet(const struct packet *p, struct dns_message *out);

#endif
