/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What leaves this host: who may not is refused at once, who leaves too fast is held back, what begins is held or
 * copied, and questions for names are copied. Order within a chain is meaning, as in nft_ruleset.c.
 *
 * Refusals look at what this host began itself (conntrack's original direction), live or new, so that a live upload
 * ends; an answer to others, an administrator's session above all, never meets one. Conntrack takes whoever it sees
 * first for the one who began: of a connection older than its memory that is told by the port, see add_jails.
 */
#include "codec/nft_ruleset_parts.h"

#include <linux/rtnetlink.h>

#include "core/packet.h"

#define PORT_DNS 53
#define PORT_DHCP_CLIENT 68
#define PORT_DHCP_SERVER 67
#define PORT_DHCP6_CLIENT 546
#define PORT_DHCP6_SERVER 547
#define PROTO_IGMP 2
#define ICMP6_ECHO_REQUEST 128

#define REFUSED_RATE 100  /* copies of what was refused, a second */
#define DNS_BYTES 1500    /* of a message: with all its names */

static struct nft_op copy_to(const struct nft_opts *o, enum nft_group group, uint32_t bytes)
{
	return with(NFT_OP_LOG, (uint32_t)o->log_group + group, bytes);
}

static struct nft_op by_key(enum nft_set_id set, enum nft_key key, uint32_t level)
{
	return (struct nft_op){ .kind = NFT_OP_IN, .set = set, .a = key, .b = level };
}

/* What is never refused, whatever stands. */
static void add_exempt(struct nft_ruleset *rs, enum nft_chain_id chain)
{
	add2(rs, chain, plain(NFT_OP_OIF_LO), plain(NFT_OP_RETURN));
	add2(rs, chain, by_key(NFT_SET_GUARD4, NFT_KEY_DADDR4, 0), plain(NFT_OP_RETURN));
	add2(rs, chain, by_key(NFT_SET_GUARD6, NFT_KEY_DADDR6, 0), plain(NFT_OP_RETURN));
}

/* Without DHCP the host loses its address, without ICMPv6 its neighbours, without IGMP its groups. An echo request
 * is none of that, and carries whatever one likes. */
static void add_deny(struct nft_ruleset *rs, const struct nft_opts *o)
{
	const uint32_t dhcp = PORT_DHCP_CLIENT << 16 | PORT_DHCP_SERVER;
	const uint32_t dhcp6 = PORT_DHCP6_CLIENT << 16 | PORT_DHCP6_SERVER;
	const struct nft_op told[NFT_RULE_OPS] = { with(NFT_OP_LIMIT, REFUSED_RATE, REFUSED_RATE),
		copy_to(o, NFT_GROUP_REFUSED, o->copy_bytes) };
	const struct nft_op tcp[NFT_RULE_OPS] = { protocol(PROTO_TCP), plain(NFT_OP_COUNTER),
		with(NFT_OP_REJECT, 1, 0) };
	enum nft_chain_id chain = NFT_CHAIN_DENY;
	bool can = !(o->lacks & NFT_LACKS_REJECT);

	add_exempt(rs, chain);
	add2(rs, chain, with(NFT_OP_PORTS, PROTO_UDP, dhcp), plain(NFT_OP_RETURN));
	add2(rs, chain, with(NFT_OP_PORTS, PROTO_UDP, dhcp6), plain(NFT_OP_RETURN));
	add2(rs, chain, with(NFT_OP_ICMP6_NOT, ICMP6_ECHO_REQUEST, 0), plain(NFT_OP_RETURN));
	add2(rs, chain, protocol(PROTO_IGMP), plain(NFT_OP_RETURN));
	add(rs, chain, "", told);
	if (can)
		add(rs, chain, "", tcp);
	add2(rs, chain, plain(NFT_OP_COUNTER), can ? plain(NFT_OP_REJECT) : plain(NFT_OP_DROP));
}

static void add_hold_back(struct nft_ruleset *rs)
{
	add_exempt(rs, NFT_CHAIN_HOLD_BACK);
	add2(rs, NFT_CHAIN_HOLD_BACK, plain(NFT_OP_COUNTER), plain(NFT_OP_DROP));
}

/* What the actor may reach returns, and goes on as long as it lasts: an address that a name has left, or that a daemon
 * which was just started does not know yet, ends no live flow. All else is refused, live flows from before the jail, too. */
static void add_jailed(struct nft_ruleset *rs, enum nft_chain_id chain, enum nft_set_id allow4, uint32_t level)
{
	const uint32_t label = NFT_LABEL_ALLOWED + (uint32_t)(chain - NFT_CHAIN_JAILED_HOST);
	const struct nft_op goes_on[NFT_RULE_OPS] = { state(STATE_ESTABLISHED), with(NFT_OP_CT_LABEL, label, 0),
		plain(NFT_OP_RETURN) };
	struct nft_op allowed[NFT_RULE_OPS] = { by_key(allow4, NFT_KEY_NONE, level), with(NFT_OP_CT_LABEL_SET, label, 0),
		plain(NFT_OP_RETURN) };

	add(rs, chain, "", goes_on);
	add(rs, chain, "", allowed);
	allowed[0].set = (enum nft_set_id)(allow4 + 1); /* the IPv6 half stands behind it */
	add(rs, chain, "", allowed);
	add2(rs, chain, to(NFT_OP_GOTO, NFT_CHAIN_DENY), plain(NFT_OP_END));
}

static enum nft_chain_id jailed_group(uint32_t level)
{
	return (enum nft_chain_id)(NFT_CHAIN_JAILED_GROUP1 + level - 1);
}

static bool has_groups(const struct nft_opts *o)
{
	return !(o->lacks & NFT_LACKS_GROUPS);
}

/* Of a connection that conntrack first saw in its middle: one from a port that we serve was begun by the other. As
 * long as nobody knows what we serve none of them is refused. */
static void add_picked(struct nft_ruleset *rs)
{
	const struct nft_op picked = with(NFT_OP_CT_LABEL, NFT_LABEL_PICKED, 0);
	const struct nft_op unknown[NFT_RULE_OPS] = { picked, in_set(NFT_OP_NOT_IN, NFT_SET_MAPPED),
		plain(NFT_OP_RETURN) };
	const struct nft_op served[NFT_RULE_OPS] = { picked, by_key(NFT_SET_LISTENING, NFT_KEY_OWN_SERVICE, 0),
		plain(NFT_OP_RETURN) };

	add(rs, NFT_CHAIN_JAILS, "", unknown);
	add(rs, NFT_CHAIN_JAILS, "", served);
}

static void add_jails(struct nft_ruleset *rs, const struct nft_opts *o)
{
	enum nft_chain_id chain = NFT_CHAIN_JAILS;

	add2(rs, chain, plain(NFT_OP_OIF_LO), plain(NFT_OP_RETURN));
	add_picked(rs);
	for (int set = NFT_SET_EGRESS_REFUSE4; set <= NFT_SET_EGRESS_REFUSESVC6; set++)
		add2(rs, chain, in_set(NFT_OP_IN, (enum nft_set_id)set), to(NFT_OP_GOTO, NFT_CHAIN_DENY));
	add2(rs, chain, in_set(NFT_OP_IN, NFT_SET_JAIL_HOST), to(NFT_OP_JUMP, NFT_CHAIN_JAILED_HOST));
	add2(rs, chain, in_set(NFT_OP_IN, NFT_SET_JAIL_USER), to(NFT_OP_JUMP, NFT_CHAIN_JAILED_USER));
	add_jailed(rs, NFT_CHAIN_JAILED_HOST, NFT_SET_ALLOW_HOST4, 0);
	add_jailed(rs, NFT_CHAIN_JAILED_USER, NFT_SET_ALLOW_USER4, 0);
	for (uint32_t level = 1; has_groups(o) && level <= NFT_LEVELS; level++) {
		add2(rs, chain, by_key(NFT_SET_JAIL_GROUP, NFT_KEY_NONE, level),
			to(NFT_OP_JUMP, jailed_group(level)));
		add_jailed(rs, jailed_group(level), NFT_SET_ALLOW_GROUP4, level);
	}
}

/* The sets first .. first + 5: destinations, with a service, a user, a control group. */
static void add_held_back(struct nft_ruleset *rs, const struct nft_opts *o, enum nft_chain_id chain,
	enum nft_set_id first)
{
	enum nft_set_id group = (enum nft_set_id)(first + 5);

	add2(rs, chain, plain(NFT_OP_OIF_LO), plain(NFT_OP_RETURN));
	for (int set = first; set < (int)group; set++)
		add2(rs, chain, in_set(NFT_OP_IN, (enum nft_set_id)set), to(NFT_OP_GOTO, NFT_CHAIN_HOLD_BACK));
	for (uint32_t level = 1; has_groups(o) && level <= NFT_LEVELS; level++)
		add2(rs, chain, by_key(group, NFT_KEY_NONE, level), to(NFT_OP_GOTO, NFT_CHAIN_HOLD_BACK));
}

/* A program that has its answer connects within microseconds: the addresses in it have to be allowed before. */
static void add_held_answers(struct nft_ruleset *rs, const struct nft_opts *o)
{
	const struct nft_op held[NFT_RULE_OPS] = { with(NFT_OP_LIMIT, o->dns_rate, o->dns_rate), plain(NFT_OP_COUNTER),
		with(NFT_OP_QUEUE, (uint32_t)o->queue_num + 4, 0) };

	add2(rs, NFT_CHAIN_ANSWERS, in_set(NFT_OP_NOT_IN, NFT_SET_ALIVE), plain(NFT_OP_RETURN));
	add(rs, NFT_CHAIN_ANSWERS, "", held);
}

/* Both the questions and the answers, so they share one limit. */
static void add_dns(struct nft_ruleset *rs, const struct nft_opts *o)
{
	const struct nft_op copied[NFT_RULE_OPS] = { with(NFT_OP_LIMIT, o->dns_rate, o->dns_rate),
		plain(NFT_OP_COUNTER), copy_to(o, NFT_GROUP_DNS, DNS_BYTES) };

	add2(rs, NFT_CHAIN_DNS, in_set(NFT_OP_NOT_IN, NFT_SET_ALIVE), plain(NFT_OP_RETURN));
	add(rs, NFT_CHAIN_DNS, "", copied);
}

static void add_copy_out(struct nft_ruleset *rs, const struct nft_opts *o)
{
	const struct nft_op copied[NFT_RULE_OPS] = { with(NFT_OP_LIMIT, o->outgoing_rate, o->outgoing_rate),
		with(NFT_OP_CT_LABEL_SET, NFT_LABEL_SEEN, 0), plain(NFT_OP_COUNTER),
		copy_to(o, NFT_GROUP_PLAIN, o->copy_bytes) };

	add(rs, NFT_CHAIN_COPY_OUT, "", copied);
	add2(rs, NFT_CHAIN_COPY_OUT, plain(NFT_OP_COUNTER), plain(NFT_OP_END));
}

void nft_ruleset_add_egress(struct nft_ruleset *rs, const struct nft_opts *o)
{
	add_deny(rs, o);
	add_hold_back(rs);
	add_jails(rs, o);
	add_held_back(rs, o, NFT_CHAIN_BYTES, NFT_SET_EGRESS_BYTES4);
	add_held_back(rs, o, NFT_CHAIN_LIMITS, NFT_SET_EGRESS_LIMIT4);
	if (o->dns)
		add_dns(rs, o);
	if (o->dns && o->hold_answers)
		add_held_answers(rs, o);
	if (o->output != DIVERT_OFF)
		add_copy_out(rs, o);
}

/* Of loopback, too: a question over it is copied where it leaves, with the one who asks, and its answer where it
 * arrives, so each of them once. */
void nft_ruleset_add_answers(struct nft_ruleset *rs, const struct nft_opts *o)
{
	const struct nft_op answer[NFT_RULE_OPS] = { with(NFT_OP_SPORT, PROTO_UDP, PORT_DNS),
		state(STATE_ESTABLISHED), plain(NFT_OP_CT_REPLY), to(NFT_OP_JUMP, NFT_CHAIN_DNS) };
	const struct nft_op awaited[NFT_RULE_OPS] = { in_set(NFT_OP_IN, NFT_SET_EGRESS_ON), answer[0], answer[1], answer[2],
		to(NFT_OP_JUMP, NFT_CHAIN_ANSWERS) };

	if (o->dns && o->hold_answers)
		add(rs, NFT_CHAIN_INPUT, "", awaited);
	if (o->dns)
		add(rs, NFT_CHAIN_INPUT, "", answer);
}

/* What goes on passes after one look into a set that is empty while nothing stands against it; so does what is begun. */
static void add_responses(struct nft_ruleset *rs)
{
	const struct nft_op goes_on[NFT_RULE_OPS] = { state(STATE_ESTABLISHED | STATE_RELATED),
		in_set(NFT_OP_NOT_IN, NFT_SET_EGRESS_ON), plain(NFT_OP_RETURN) };
	const struct nft_op picked[NFT_RULE_OPS] = { state(STATE_NEW),
		with(NFT_OP_TCP_FLAGS_NOT, TCP_SYN | TCP_ACK, TCP_SYN), with(NFT_OP_CT_LABEL_SET, NFT_LABEL_PICKED, 0) };
	const struct nft_op jails[NFT_RULE_OPS] = { in_set(NFT_OP_IN, NFT_SET_EGRESS_ON), plain(NFT_OP_CT_ORIGINAL),
		to(NFT_OP_JUMP, NFT_CHAIN_JAILS) };
	const struct nft_op tcp[NFT_RULE_OPS] = { state(STATE_NEW), flags(TCP_SYN | TCP_ACK, TCP_SYN),
		in_set(NFT_OP_IN, NFT_SET_LIMIT_ON), to(NFT_OP_JUMP, NFT_CHAIN_LIMITS) };
	const struct nft_op other[NFT_RULE_OPS] = { state(STATE_NEW), with(NFT_OP_L4PROTO_NOT, PROTO_TCP, 0),
		in_set(NFT_OP_IN, NFT_SET_LIMIT_ON), to(NFT_OP_JUMP, NFT_CHAIN_LIMITS) };
	enum nft_chain_id chain = NFT_CHAIN_OUTPUT;

	add(rs, chain, "what goes on, while nothing stands against it", goes_on);
	add(rs, chain, "conntrack never saw its beginning", picked);
	add(rs, chain, "", jails);
	add2(rs, chain, in_set(NFT_OP_IN, NFT_SET_EGRESS_ON), to(NFT_OP_JUMP, NFT_CHAIN_BYTES));
	add(rs, chain, "", tcp);
	add(rs, chain, "", other);
}

/* Held: what a verdict may wait for. Never what the host needs to have an address, names and neighbours; a packet
 * for several receivers is dropped by the kernel when it is queued; and ICMP loses what is held together. */
static void add_held(struct nft_ruleset *rs, const struct nft_opts *o)
{
	const struct nft_op held[NFT_RULE_OPS] = { with(NFT_OP_LIMIT, o->outgoing_rate, o->outgoing_rate),
		with(NFT_OP_CT_LABEL_SET, NFT_LABEL_SEEN, 0), plain(NFT_OP_COUNTER),
		with(NFT_OP_QUEUE, (uint32_t)o->queue_num + 3, 0) };
	const struct nft_op copied = to(NFT_OP_GOTO, NFT_CHAIN_COPY_OUT);
	enum nft_chain_id chain = NFT_CHAIN_OUTPUT;

	add2(rs, chain, with(NFT_OP_ADDRESS_KIND, RTN_BROADCAST, 0), copied);
	add2(rs, chain, with(NFT_OP_ADDRESS_KIND, RTN_MULTICAST, 0), copied);
	add2(rs, chain, with(NFT_OP_DPORT, PROTO_UDP, PORT_DHCP_SERVER), copied);
	add2(rs, chain, with(NFT_OP_DPORT, PROTO_UDP, PORT_DHCP6_SERVER), copied);
	add2(rs, chain, with(NFT_OP_DPORT, PROTO_UDP, PORT_DNS), copied);
	add2(rs, chain, with(NFT_OP_DPORT, PROTO_TCP, PORT_DNS), copied);
	add(rs, chain, "", held);
	add2(rs, chain, plain(NFT_OP_COUNTER), plain(NFT_OP_END));
}

static bool holds(const struct nft_opts *o)
{
	return o->output == DIVERT_QUEUE && !(o->lacks & NFT_LACKS_ADDRESS_KIND);
}

static void add_icmp_out(struct nft_ruleset *rs)
{
	add2(rs, NFT_CHAIN_OUTPUT, protocol(PROTO_ICMP), to(NFT_OP_GOTO, NFT_CHAIN_COPY));
	add2(rs, NFT_CHAIN_OUTPUT, protocol(PROTO_ICMP6), to(NFT_OP_GOTO, NFT_CHAIN_COPY));
}

void nft_ruleset_add_output(struct nft_ruleset *rs, const struct nft_opts *o)
{
	enum nft_chain_id chain = NFT_CHAIN_OUTPUT;

	if (o->dns)
		add2(rs, chain, with(NFT_OP_DPORT, PROTO_UDP, PORT_DNS), to(NFT_OP_JUMP, NFT_CHAIN_DNS));
	add_responses(rs);
	if (o->output == DIVERT_OFF)
		return;
	add2(rs, chain, with(NFT_OP_CT_NOT, STATE_NEW, 0), plain(NFT_OP_RETURN));
	add2(rs, chain, plain(NFT_OP_OIF_LO), plain(NFT_OP_RETURN));
	add2(rs, chain, in_set(NFT_OP_NOT_IN, NFT_SET_ALIVE), plain(NFT_OP_RETURN));
	if (o->output == DIVERT_QUEUE)
		add_icmp_out(rs);
	add2(rs, chain, with(NFT_OP_CT_LABEL, NFT_LABEL_SEEN, 0), plain(NFT_OP_RETURN));
	if (holds(o))
		add_held(rs, o);
	else
		add2(rs, chain, to(NFT_OP_GOTO, NFT_CHAIN_COPY_OUT), plain(NFT_OP_END));
}
