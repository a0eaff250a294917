/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of our table: a const table for what never changes, a few functions for what
 * the options choose. Order within a chain is meaning: whatever returns early is
 * what the rest of the chain must never touch.
 */
#include "codec/nft_ruleset.h"

#include "codec/nft_objects.h"
#include "codec/nft_ruleset_parts.h"
#include "core/packet.h"

/*
 * Rules of the form "this set: that verdict", in the order of their chains. Who is found in one goes to the chain
 * that strikes, so that guards cost only those who are about to be struck.
 */
static const struct set_rule {
	enum nft_chain_id chain;
	enum nft_op_kind match;
	enum nft_set_id set;
	enum nft_op_kind verdict;
} set_rules[] = {
	{ NFT_CHAIN_EARLY, NFT_OP_IN, NFT_SET_DROP4, NFT_OP_GOTO },
	{ NFT_CHAIN_EARLY, NFT_OP_IN, NFT_SET_DROP6, NFT_OP_GOTO },
	{ NFT_CHAIN_EARLY, NFT_OP_IN, NFT_SET_DROPNET4, NFT_OP_GOTO },
	{ NFT_CHAIN_EARLY, NFT_OP_IN, NFT_SET_DROPNET6, NFT_OP_GOTO },
	{ NFT_CHAIN_SHIELDS, NFT_OP_NOT_IN, NFT_SET_MAPPED, NFT_OP_RETURN },
	{ NFT_CHAIN_SHIELDS, NFT_OP_IN, NFT_SET_LISTENING, NFT_OP_RETURN },
	{ NFT_CHAIN_SHIELDS, NFT_OP_IN, NFT_SET_SHIELD4, NFT_OP_GOTO },
	{ NFT_CHAIN_SHIELDS, NFT_OP_IN, NFT_SET_SHIELD6, NFT_OP_GOTO },
	{ NFT_CHAIN_SHIELDS, NFT_OP_IN, NFT_SET_SHIELDNET4, NFT_OP_GOTO },
	{ NFT_CHAIN_SHIELDS, NFT_OP_IN, NFT_SET_SHIELDNET6, NFT_OP_GOTO },
	{ NFT_CHAIN_SHIELDS, NFT_OP_IN, NFT_SET_SHIELDALL, NFT_OP_GOTO },
	/* Refusals before limits: what is refused anyway must not use up a share. */
	{ NFT_CHAIN_MEASURES, NFT_OP_IN, NFT_SET_REFUSENET4, NFT_OP_GOTO },
	{ NFT_CHAIN_MEASURES, NFT_OP_IN, NFT_SET_REFUSENET6, NFT_OP_GOTO },
	{ NFT_CHAIN_MEASURES, NFT_OP_IN, NFT_SET_REFUSESVCNET4, NFT_OP_GOTO },
	{ NFT_CHAIN_MEASURES, NFT_OP_IN, NFT_SET_REFUSESVCNET6, NFT_OP_GOTO },
	{ NFT_CHAIN_MEASURES, NFT_OP_IN, NFT_SET_REFUSE4, NFT_OP_GOTO },
	{ NFT_CHAIN_MEASURES, NFT_OP_IN, NFT_SET_REFUSE6, NFT_OP_GOTO },
	{ NFT_CHAIN_MEASURES, NFT_OP_IN, NFT_SET_REFUSESVC4, NFT_OP_GOTO },
	{ NFT_CHAIN_MEASURES, NFT_OP_IN, NFT_SET_REFUSESVC6, NFT_OP_GOTO },
	{ NFT_CHAIN_MEASURES, NFT_OP_IN, NFT_SET_LIMITSVCNET4, NFT_OP_GOTO },
	{ NFT_CHAIN_MEASURES, NFT_OP_IN, NFT_SET_LIMITSVCNET6, NFT_OP_GOTO },
	{ NFT_CHAIN_MEASURES, NFT_OP_IN, NFT_SET_LIMITNET4, NFT_OP_GOTO },
	{ NFT_CHAIN_MEASURES, NFT_OP_IN, NFT_SET_LIMITNET6, NFT_OP_GOTO },
};

static struct nft_op strike(void)
{
	return to(NFT_OP_GOTO, NFT_CHAIN_STRIKE);
}

static void add_set_rules(struct nft_ruleset *rs, enum nft_chain_id chain)
{
	for (size_t i = 0; i < sizeof(set_rules) / sizeof(set_rules[0]); i++) {
		const struct set_rule *r = &set_rules[i];

		if (r->chain == chain)
			add2(rs, chain, in_set(r->match, r->set),
				r->verdict == NFT_OP_GOTO ? strike() : plain(r->verdict));
	}
}

/* TCP only: no datagram proves where it comes from. */
static void spare(struct nft_ruleset *rs, enum nft_set_id served)
{
	const struct nft_op ops[NFT_RULE_OPS] = { protocol(PROTO_TCP),
		in_set(NFT_OP_IN, served), plain(NFT_OP_COUNTER),
		plain(NFT_OP_RETURN) };

	add(rs, NFT_CHAIN_SHARE, "", ops);
}

/*
 * Strangers share. A peer that was served lately is under no share, or whoever forges his
 * name, or one of his /24, would use it up for him. What the forger has instead is that
 * SYNs in that name are not limited here: he could have that in his own name, and SYN
 * cookies are what bears it. A peer that offends meets what stands against himself.
 */
static void add_share(struct nft_ruleset *rs, const struct nft_opts *o)
{
	struct nft_op meter = with(NFT_OP_METER, o->service_rate, o->service_burst);

	spare(rs, NFT_SET_SERVED4);
	spare(rs, NFT_SET_SERVED6);
	meter.set = NFT_SET_SHARE4;
	add2(rs, NFT_CHAIN_SHARE, meter, strike());
	meter.set = NFT_SET_SHARE6;
	add2(rs, NFT_CHAIN_SHARE, meter, strike());
}

static void add_served(struct nft_ruleset *rs)
{
	struct nft_op to_it = with(NFT_OP_UPDATE, NFT_KEY_DADDR4, 0);

	to_it.set = NFT_SET_SERVED4;
	add2(rs, NFT_CHAIN_SERVED, to_it, plain(NFT_OP_END));
	to_it = with(NFT_OP_UPDATE, NFT_KEY_DNET6, 0);
	to_it.set = NFT_SET_SERVED6;
	add2(rs, NFT_CHAIN_SERVED, to_it, plain(NFT_OP_END));
}

static void add_strike(struct nft_ruleset *rs)
{
	add2(rs, NFT_CHAIN_STRIKE, plain(NFT_OP_IIF_LO), plain(NFT_OP_RETURN));
	add2(rs, NFT_CHAIN_STRIKE, in_set(NFT_OP_IN, NFT_SET_GUARD4), plain(NFT_OP_RETURN));
	add2(rs, NFT_CHAIN_STRIKE, in_set(NFT_OP_IN, NFT_SET_GUARD6), plain(NFT_OP_RETURN));
	add2(rs, NFT_CHAIN_STRIKE, plain(NFT_OP_DROP), plain(NFT_OP_END));
}

/* Packets for a multicast or broadcast address are shared by several receivers: the
 * kernel drops them when they are queued before conntrack has confirmed them. And without
 * a living daemon nothing is diverted. */
static void add_gate(
	struct nft_ruleset *rs, enum nft_chain_id chain, struct nft_op without)
{
	add2(rs, chain, plain(NFT_OP_NOT_TO_US), plain(NFT_OP_RETURN));
	add2(rs, chain, in_set(NFT_OP_NOT_IN, NFT_SET_ALIVE), without);
}

static bool is_closed(const struct nft_opts *o, enum divert how)
{
	return o->fail_closed && how == DIVERT_QUEUE;
}

/* Where nobody watches and nothing may begin: what goes on is one-way flows that we have
 * let in, flows that conntrack has forgotten, and ICMP, without which IPv6 has no
 * neighbours and nobody learns the size of a path. */
static void add_closed(struct nft_ruleset *rs)
{
	const struct nft_op tcp[NFT_RULE_OPS] = { state(STATE_NEW),
		flags(TCP_SYN | TCP_ACK, TCP_SYN), strike() };
	const struct nft_op other[NFT_RULE_OPS] = { state(STATE_NEW),
		with(NFT_OP_L4PROTO_NOT, PROTO_TCP, 0), strike() };
	enum nft_chain_id chain = NFT_CHAIN_CLOSED;

	add2(rs, chain, protocol(PROTO_ICMP), plain(NFT_OP_RETURN));
	add2(rs, chain, protocol(PROTO_ICMP6), plain(NFT_OP_RETURN));
	add2(rs, chain, with(NFT_OP_CT_LABEL, NFT_LABEL_SEEN, 0), plain(NFT_OP_RETURN));
	add(rs, chain, "", tcp);
	add(rs, chain, "", other);
}

/* queue: 0 new TCP, 1 other new flows, 2 what no honest stack sends. */
static struct nft_op take(
	const struct nft_opts *o, enum divert how, uint16_t queue, bool closed)
{
	if (how == DIVERT_QUEUE)
		return with(NFT_OP_QUEUE, (uint32_t)o->queue_num + queue, closed);
	return with(NFT_OP_LOG, o->log_group, o->copy_bytes);
}

static void add_odd(struct nft_ruleset *rs, const struct nft_opts *o,
	enum nft_chain_id chain, enum divert how)
{
	bool ours = chain == NFT_CHAIN_ODD_INPUT;

	add2(rs, chain, to(NFT_OP_JUMP, ours ? NFT_CHAIN_BEGIN : NFT_CHAIN_MEASURES),
		plain(NFT_OP_END));
	if (how == DIVERT_OFF)
		return;
	add_gate(rs, chain, is_closed(o, how) ? strike() : plain(NFT_OP_RETURN));
	add2(rs, chain, plain(NFT_OP_COUNTER), take(o, how, 2, is_closed(o, how)));
}

static void add_copy(struct nft_ruleset *rs, const struct nft_opts *o)
{
	const struct nft_op ops[NFT_RULE_OPS] = {
		state(STATE_NEW | STATE_INVALID),
		with(NFT_OP_LIMIT, o->icmp_rate, o->icmp_rate),
		plain(NFT_OP_COUNTER),
		with(NFT_OP_LOG, o->log_group, o->copy_bytes),
	};

	add(rs, NFT_CHAIN_COPY, "", ops);
}

static void add_icmp(struct nft_ruleset *rs, enum nft_chain_id chain)
{
	add2(rs, chain, protocol(PROTO_ICMP), to(NFT_OP_GOTO, NFT_CHAIN_COPY));
	add2(rs, chain, protocol(PROTO_ICMP6), to(NFT_OP_GOTO, NFT_CHAIN_COPY));
}

/* What both the input and the forward chain divert, once measures have let it pass. */
static void add_divert(struct nft_ruleset *rs, const struct nft_opts *o,
	enum nft_chain_id chain, enum divert how)
{
	bool closed = is_closed(o, how);
	const struct nft_op tcp[NFT_RULE_OPS] = { protocol(PROTO_TCP),
		plain(NFT_OP_COUNTER), take(o, how, 0, closed) };
	const struct nft_op seen[NFT_RULE_OPS] = {
		with(NFT_OP_CT_LABEL, NFT_LABEL_SEEN, 0), plain(NFT_OP_RETURN) };
	const struct nft_op other[NFT_RULE_OPS] = {
		with(NFT_OP_CT_LABEL_SET, NFT_LABEL_SEEN, 0), plain(NFT_OP_COUNTER),
		take(o, how, 1, closed) };

	add_gate(rs, chain,
		closed ? to(NFT_OP_GOTO, NFT_CHAIN_CLOSED) : plain(NFT_OP_RETURN));
	add_icmp(rs, chain);
	add2(rs, chain, with(NFT_OP_CT_NOT, STATE_NEW, 0), plain(NFT_OP_RETURN));
	add(rs, chain, "", tcp);
	add(rs, chain, "one-way flows stay new: their first packet is enough", seen);
	add(rs, chain, "", other);
}

/* A TCP segment without SYN that conntrack calls new belongs to a flow that is older than
 * its memory: no measure but drop may cut that. */
static void add_begin(struct nft_ruleset *rs, enum nft_chain_id chain,
	enum nft_chain_id begin)
{
	const struct nft_op tcp[NFT_RULE_OPS] = { state(STATE_NEW),
		flags(TCP_SYN | TCP_ACK, TCP_SYN), to(NFT_OP_JUMP, begin) };
	const struct nft_op other[NFT_RULE_OPS] = { state(STATE_NEW),
		with(NFT_OP_L4PROTO_NOT, PROTO_TCP, 0), to(NFT_OP_JUMP, begin) };

	add(rs, chain, "", tcp);
	add(rs, chain, "", other);
}

/*
 * Before anything else: these packets belong to established flows. Whoever was called
 * sends data and FINs out of a socket alone, which only the exact initial sequence number
 * makes of a SYN. The kernel itself remembers to whom: questions about single SYNs could
 * not keep a peer proven while a flood in his name asks a thousand times as many. What it
 * remembers goes with the table: in a new one all are strangers until the next data.
 */
static void add_witness(struct nft_ruleset *rs, enum nft_chain_id chain)
{
	const struct nft_op end[NFT_RULE_OPS] = {
		flags(TCP_FIN | TCP_RST, TCP_FIN),
		plain(NFT_OP_CT_REPLY),
		with(NFT_OP_CT_LABEL_SET, NFT_LABEL_ENDED, 0),
		to(NFT_OP_JUMP, NFT_CHAIN_SERVED),
	};
	const struct nft_op data[NFT_RULE_OPS] = {
		flags(TCP_FIN | TCP_RST | TCP_PSH, TCP_PSH),
		plain(NFT_OP_CT_REPLY),
		to(NFT_OP_JUMP, NFT_CHAIN_SERVED),
	};

	add(rs, chain, "the end of a real connection: proof that it was one", end);
	add(rs, chain, "", data);
}

static void add_incoming(struct nft_ruleset *rs, const struct nft_opts *o,
	enum nft_chain_id chain, enum divert how)
{
	bool ours = chain == NFT_CHAIN_INPUT;
	enum nft_chain_id begin = ours ? NFT_CHAIN_BEGIN : NFT_CHAIN_MEASURES;
	struct nft_op odd =
		to(NFT_OP_GOTO, ours ? NFT_CHAIN_ODD_INPUT : NFT_CHAIN_ODD_FORWARD);

	if (!ours)
		add_witness(rs, chain);
	if (ours && o->dns)
		nft_ruleset_add_answers(rs, o);
	/* First what is most of all traffic. */
	add2(rs, chain, state(STATE_ESTABLISHED | STATE_RELATED), plain(NFT_OP_RETURN));
	if (ours)
		add2(rs, chain, plain(NFT_OP_IIF_LO), plain(NFT_OP_RETURN));
	add2(rs, chain, flags(TCP_SYN | TCP_RST | TCP_ACK, 0), odd);
	add2(rs, chain, flags(TCP_SYN | TCP_FIN, TCP_SYN | TCP_FIN), odd);
	add2(rs, chain, flags(TCP_SYN | TCP_RST, TCP_SYN | TCP_RST), odd);
	add_begin(rs, chain, begin);
	if (how != DIVERT_OFF)
		add_divert(rs, o, chain, how);
}

struct nft_opts nft_opts_default(void)
{
	return (struct nft_opts){
		.input = DIVERT_QUEUE,
		.native_queue = true,
		.queue_num = 4100, /* queue 0 is what everybody else takes */
		.log_group = 4100,
		.copy_bytes = 128,
		.icmp_rate = 1000,
		.outgoing_rate = 10000,
		.dns_rate = 2000,
		.service_rate = 20, /* a /24 of busy browsers opens fewer */
		.service_burst = 60,
		.alive_ms = 2000,
	};
}

static void fill_sets(struct nft_ruleset *rs, const struct nft_opts *o)
{
	for (size_t i = 0; i < NFT_SETS; i++)
		rs->sets[i] = nft_objects_set((enum nft_set_id)i, o->set_size);
	rs->sets[NFT_SET_ALIVE].timeout_ms = o->alive_ms;
}

static bool has_witness(const struct nft_opts *o)
{
	return o->output != DIVERT_OFF || o->input != DIVERT_OFF;
}

static void fill_chains(struct nft_ruleset *rs, const struct nft_opts *o)
{
	for (size_t i = 0; i < NFT_CHAINS; i++) {
		rs->chains[i] = nft_objects_chain((enum nft_chain_id)i);
		rs->chain_used[i] = true;
	}
	rs->chain_used[NFT_CHAIN_FORWARD] = o->forward != DIVERT_OFF;
	rs->chain_used[NFT_CHAIN_ODD_FORWARD] = o->forward != DIVERT_OFF;
	rs->chain_used[NFT_CHAIN_SERVED] = rs->chain_used[NFT_CHAIN_FORWARD] || has_witness(o);
	rs->chain_used[NFT_CHAIN_DNS] = o->dns;
	rs->chain_used[NFT_CHAIN_ANSWERS] = o->dns && o->hold_answers;
	rs->chain_used[NFT_CHAIN_COPY_OUT] = o->output != DIVERT_OFF;
	for (size_t i = 0; i < NFT_LEVELS; i++)
		rs->chain_used[NFT_CHAIN_JAILED_GROUP1 + i] = !(o->lacks & NFT_LACKS_GROUPS);
	rs->chain_used[NFT_CHAIN_CLOSED] =
		is_closed(o, o->input) || is_closed(o, o->forward);
	rs->chain_used[NFT_CHAIN_COPY] = o->input != DIVERT_OFF ||
		o->forward != DIVERT_OFF || o->output == DIVERT_QUEUE;
}

void nft_ruleset_build(const struct nft_opts *o, struct nft_ruleset *out)
{
	const struct nft_op nothing = plain(NFT_OP_END);

	*out = (struct nft_ruleset){
		.native_queue = o->native_queue,
		.owned = o->owned,
	};
	fill_sets(out, o);
	fill_chains(out, o);
	add_set_rules(out, NFT_CHAIN_EARLY);
	add_strike(out);
	add_share(out, o);
	if (out->chain_used[NFT_CHAIN_SERVED])
		add_served(out);
	add_set_rules(out, NFT_CHAIN_MEASURES);
	add2(out, NFT_CHAIN_MEASURES, in_set(NFT_OP_IN, NFT_SET_SVCLIMIT),
		to(NFT_OP_JUMP, NFT_CHAIN_SHARE));
	add_set_rules(out, NFT_CHAIN_SHIELDS);
	add2(out, NFT_CHAIN_BEGIN, to(NFT_OP_JUMP, NFT_CHAIN_SHIELDS), nothing);
	add2(out, NFT_CHAIN_BEGIN, to(NFT_OP_JUMP, NFT_CHAIN_MEASURES), nothing);
	add_odd(out, o, NFT_CHAIN_ODD_INPUT, o->input);
	if (out->chain_used[NFT_CHAIN_COPY])
		add_copy(out, o);
	if (out->chain_used[NFT_CHAIN_CLOSED])
		add_closed(out);
	add_incoming(out, o, NFT_CHAIN_INPUT, o->input);
	if (o->forward != DIVERT_OFF) {
		add_odd(out, o, NFT_CHAIN_ODD_FORWARD, o->forward);
		add_incoming(out, o, NFT_CHAIN_FORWARD, o->forward);
	}
	nft_ruleset_add_egress(out, o);
	if (has_witness(o))
		add_witness(out, NFT_CHAIN_OUTPUT);
	nft_ruleset_add_output(out, o);
}

const char *nft_op_kernel_option(enum nft_op_kind k, bool native_queue)
{
	static const char *const options[NFT_OPS] = {
		[NFT_OP_CT_STATE] = "CONFIG_NFT_CT",
		[NFT_OP_CT_NOT] = "CONFIG_NFT_CT",
		[NFT_OP_CT_REPLY] = "CONFIG_NFT_CT",
		[NFT_OP_CT_ORIGINAL] = "CONFIG_NFT_CT",
		[NFT_OP_REJECT] = "CONFIG_NFT_REJECT with CONFIG_NFT_REJECT_INET",
		[NFT_OP_ADDRESS_KIND] = "CONFIG_NFT_FIB_INET",
		[NFT_OP_CT_LABEL] = "CONFIG_NFT_CT with CONFIG_NF_CONNTRACK_LABELS",
		[NFT_OP_CT_LABEL_SET] = "CONFIG_NFT_CT with CONFIG_NF_CONNTRACK_LABELS",
		[NFT_OP_METER] = "CONFIG_NFT_LIMIT",
		[NFT_OP_LIMIT] = "CONFIG_NFT_LIMIT",
		[NFT_OP_LOG] = "CONFIG_NFT_LOG with CONFIG_NETFILTER_NETLINK_LOG",
		[NFT_OP_QUEUE] = "CONFIG_NFT_COMPAT with CONFIG_NETFILTER_XT_TARGET_NFQUEUE",
	};

	if (k == NFT_OP_QUEUE && native_queue)
		return "CONFIG_NFT_QUEUE";
	return options[k] ? options[k] : "";
}

unsigned nft_op_lack(enum nft_op_kind k, enum nft_key key)
{
	if (k == NFT_OP_REJECT)
		return NFT_LACKS_REJECT;
	if (k == NFT_OP_ADDRESS_KIND)
		return NFT_LACKS_ADDRESS_KIND;
	if (k == NFT_OP_IN && (key == NFT_KEY_GROUP || key == NFT_KEY_GROUP_DADDR4_SERVICE ||
			key == NFT_KEY_GROUP_DADDR6_SERVICE))
		return NFT_LACKS_GROUPS;
	return 0;
}

const char *nft_lack_kernel_option(enum nft_lack lack)
{
	switch (lack) {
	case NFT_LACKS_REJECT:
		return nft_op_kernel_option(NFT_OP_REJECT, false);
	case NFT_LACKS_GROUPS:
		return "CONFIG_NFT_SOCKET with CONFIG_SOCK_CGROUP_DATA";
	case NFT_LACKS_ADDRESS_KIND:
		return nft_op_kernel_option(NFT_OP_ADDRESS_KIND, false);
	}
	return "";
}
