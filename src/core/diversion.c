/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The chains that divert, as a function; in their order. Called by replay. */
#include "core/diversion.h"

static bool is_icmp(const struct packet *p)
{
	return p->proto == PROTO_ICMP || p->proto == PROTO_ICMP6;
}

/* Flags that no honest stack sends, whatever conntrack says of them. */
static bool odd_flags(const struct packet *p)
{
	uint8_t f = p->tcp_flags;

	if (p->proto != PROTO_TCP)
		return false;
	return !(f & (TCP_SYN | TCP_RST | TCP_ACK)) || (f & (TCP_FIN | TCP_SYN)) == (TCP_FIN | TCP_SYN) ||
		(f & (TCP_SYN | TCP_RST)) == (TCP_SYN | TCP_RST);
}

#define PORT_DNS 53
#define PORT_DHCP_SERVER 67
#define PORT_DHCP6_SERVER 547

/* What a host needs to have an address and names waits for nobody. */
static bool is_vital(const struct packet *p)
{
	if (p->proto == PROTO_TCP)
		return p->dport == PORT_DNS;
	return p->proto == PROTO_UDP &&
		(p->dport == PORT_DNS || p->dport == PORT_DHCP_SERVER || p->dport == PORT_DHCP6_SERVER);
}

/* One-way flows stay new; their first packet is enough. */
static enum diversion outgoing(enum flow_word word)
{
	return word == FLOW_NEW ? DIVERSION_COPY : DIVERSION_PASS;
}

bool diversion_holds_own(const struct packet *p, enum flow_word word, bool to_host)
{
	return word == FLOW_NEW && to_host && !is_icmp(p) && !is_vital(p);
}

bool diversion_copies_dns(const struct packet *p, enum hook hook, enum flow_word word)
{
	if (p->proto != PROTO_UDP)
		return false;
	if (hook == HOOK_OUTPUT)
		return p->dport == PORT_DNS;
	return hook == HOOK_INPUT && p->sport == PORT_DNS && word == FLOW_ESTABLISHED;
}

enum diversion diversion_of(const struct packet *p, enum hook hook, enum flow_word word, bool to_host)
{
	if (hook == HOOK_OUTPUT)
		return outgoing(word);
	if (word == FLOW_ESTABLISHED || word == FLOW_RELATED || !to_host)
		return DIVERSION_PASS;
	if (odd_flags(p))
		return DIVERSION_HOLD;
	if (is_icmp(p))
		return DIVERSION_COPY;
	if (word == FLOW_INVALID)
		return DIVERSION_PASS;
	return p->proto == PROTO_TCP || word == FLOW_NEW ? DIVERSION_HOLD : DIVERSION_PASS;
}
