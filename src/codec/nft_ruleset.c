/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The description of our table: const tables for what never changes, a few functions for
 * what the options choose. Order within a chain is meaning: whatever returns early is
 * what the rest of the chain must never touch.
 */
#include "codec/nft_ruleset.h"

#include <linux/netfilter.h>

#include "core/packet.h"

/* States of conntrack as nftables' bits (NF_CT_STATE_BIT of the kernel). */
enum {
	STATE_INVALID = 1,
	STATE_ESTABLISHED = 2,
	STATE_RELATED = 4,
	STATE_NEW = 8,
};

#define SET_SIZE 65536
#define NET_SIZE 16384 /* an interval is two elements on kernels before 6.13 */
#define GUARD_SIZE 4096 /* GUARDS twice, and room */
#define HOUR_MS 3600000
#define SHARE_MS 60000 /* an idle meter has long been full again by then */

/* Every port of three protocols: a port that found no room would be shielded. */
#define LISTEN_SIZE (3 * 65536)

/* How a set is made, and by that its size where the row says 0. */
enum set_kind {
	SINGLE = 0,
	INTERVAL,
	METERS,
};

static const struct set_row {
	const char *name;
	enum nft_key key;
	enum set_kind kind;
	uint32_t size, timeout_ms;
	const char *why;
} set_rows[NFT_SETS] = {
	[NFT_SET_GUARD4] = { "guard4", NFT_KEY_SADDR4, INTERVAL, GUARD_SIZE, 0,
		"never acted on: own addresses, gateways, resolvers, administrators" },
	[NFT_SET_GUARD6] = { "guard6", NFT_KEY_SADDR6, INTERVAL, GUARD_SIZE, 0, "" },
	[NFT_SET_DROP4] = { "drop4", NFT_KEY_SADDR4, SINGLE, 0, HOUR_MS,
		"drop: nothing passes, live flows neither; IPv6 sources are /64s" },
	[NFT_SET_DROP6] = { "drop6", NFT_KEY_SNET6, SINGLE, 0, HOUR_MS, "" },
	[NFT_SET_DROPNET4] = { "dropnet4", NFT_KEY_SADDR4, INTERVAL, 0, HOUR_MS,
		"the same for prefixes of any other length" },
	[NFT_SET_DROPNET6] = { "dropnet6", NFT_KEY_SADDR6, INTERVAL, 0, HOUR_MS, "" },
	[NFT_SET_REFUSE4] = { "refuse4", NFT_KEY_SADDR4, SINGLE, 0, HOUR_MS,
		"refuse: no new flow; limit: no more than the element's own rate" },
	[NFT_SET_REFUSE6] = { "refuse6", NFT_KEY_SNET6, SINGLE, 0, HOUR_MS, "" },
	[NFT_SET_REFUSENET4] = { "refusenet4", NFT_KEY_SADDR4, INTERVAL, 0, HOUR_MS,
		"refuse, for prefixes" },
	[NFT_SET_REFUSENET6] = { "refusenet6", NFT_KEY_SADDR6, INTERVAL, 0, HOUR_MS, "" },
	[NFT_SET_LIMITNET4] = { "limitnet4", NFT_KEY_SADDR4, INTERVAL, 0, HOUR_MS,
		"limit, for prefixes: one rate for the whole prefix" },
	[NFT_SET_LIMITNET6] = { "limitnet6", NFT_KEY_SADDR6, INTERVAL, 0, HOUR_MS, "" },
	[NFT_SET_REFUSESVC4] = { "refusesvc4", NFT_KEY_SADDR4_SERVICE, SINGLE, 0, HOUR_MS,
		"refuse and limit, at one service only" },
	[NFT_SET_REFUSESVC6] = { "refusesvc6", NFT_KEY_SNET6_SERVICE, SINGLE, 0, HOUR_MS,
		"" },
	[NFT_SET_REFUSESVCNET4] = {
		"refusesvcnet4", NFT_KEY_SADDR4_SERVICE, INTERVAL, 0, HOUR_MS, "" },
	[NFT_SET_REFUSESVCNET6] = {
		"refusesvcnet6", NFT_KEY_SADDR6_SERVICE, INTERVAL, 0, HOUR_MS, "" },
	[NFT_SET_LIMITSVCNET4] = {
		"limitsvcnet4", NFT_KEY_SADDR4_SERVICE, INTERVAL, 0, HOUR_MS, "" },
	[NFT_SET_LIMITSVCNET6] = {
		"limitsvcnet6", NFT_KEY_SADDR6_SERVICE, INTERVAL, 0, HOUR_MS, "" },
	[NFT_SET_SHIELD4] = { "shield4", NFT_KEY_SADDR4, SINGLE, 0, HOUR_MS,
		"shield: no new flow to a port that nobody listens on" },
	[NFT_SET_SHIELD6] = { "shield6", NFT_KEY_SNET6, SINGLE, 0, HOUR_MS, "" },
	[NFT_SET_SHIELDNET4] = { "shieldnet4", NFT_KEY_SADDR4, INTERVAL, 0, HOUR_MS, "" },
	[NFT_SET_SHIELDNET6] = { "shieldnet6", NFT_KEY_SADDR6, INTERVAL, 0, HOUR_MS, "" },
	[NFT_SET_SHIELDALL] = { "shieldall", NFT_KEY_NFPROTO, SINGLE, 2, HOUR_MS,
		"the shield against everybody" },
	[NFT_SET_SVCLIMIT] = { "svclimit", NFT_KEY_SERVICE, SINGLE, 4096, HOUR_MS,
		"service-limit: services whose new flows are shared out fairly" },
	[NFT_SET_SHARE4] = { "share4", NFT_KEY_SNET4_SERVICE, METERS, 0, SHARE_MS,
		"their meters, one for each /24 or /64; filled by the packets" },
	[NFT_SET_SHARE6] = { "share6", NFT_KEY_SNET6_SERVICE, METERS, 0, SHARE_MS, "" },
	[NFT_SET_LISTENING] = { "listening", NFT_KEY_SERVICE, SINGLE, LISTEN_SIZE, 0,
		"ports that somebody listens on, for strangers" },
	[NFT_SET_MAPPED] = { "mapped", NFT_KEY_L4PROTO, SINGLE, 8, 0,
		"protocols whose listening ports are known; shields see no other" },
	[NFT_SET_ALIVE] = { "alive", NFT_KEY_NFPROTO, SINGLE, 2, 0,
		"refreshed while the daemon works; nothing is diverted without" },
};

static const struct nft_chain_spec chains[NFT_CHAINS] = {
	[NFT_CHAIN_EARLY] = {
		"early", "before conntrack: a dropped source costs next to nothing",
		NF_INET_PRE_ROUTING, -450, "prerouting", "-450" },
	[NFT_CHAIN_STRIKE] = {
		"strike", "the one place that drops: loopback and guards come through",
		-1, 0, "", "" },
	[NFT_CHAIN_SHARE] = { "share", "", -1, 0, "", "" },
	[NFT_CHAIN_MEASURES] = { "measures", "", -1, 0, "", "" },
	[NFT_CHAIN_SHIELDS] = { "shields", "", -1, 0, "", "" },
	[NFT_CHAIN_BEGIN] = {
		"begin", "only what would begin a flow, and odd packets, ever come here",
		-1, 0, "", "" },
	[NFT_CHAIN_ODD_INPUT] = {
		"odd_input", "TCP flags that no honest stack sends; conntrack: invalid",
		-1, 0, "", "" },
	[NFT_CHAIN_ODD_FORWARD] = { "odd_forward", "", -1, 0, "", "" },
	[NFT_CHAIN_COPY] = {
		"copy", "ICMP is never held: conntrack loses echo requests that were",
		-1, 0, "", "" },
	[NFT_CHAIN_INPUT] = {
		"input", "", NF_INET_LOCAL_IN, -149, "input", "mangle + 1" },
	[NFT_CHAIN_FORWARD] = {
		"forward", "", NF_INET_FORWARD, -149, "forward", "mangle + 1" },
	[NFT_CHAIN_OUTPUT] = {
		"output", "what we end, and what we begin: remembered, so that late answers are known",
		NF_INET_LOCAL_OUT, -149, "output", "mangle + 1" },
};

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

/* A rule of up to six operations; the list ends early with NFT_OP_END. */
static void add(struct nft_ruleset *rs, enum nft_chain_id chain, const char *why,
	const struct nft_op ops[NFT_RULE_OPS])
{
	struct nft_rule *r = &rs->rules[rs->n_rules++];

	r->chain = chain;
	r->why = why;
	for (size_t i = 0; i < NFT_RULE_OPS; i++)
		r->ops[i] = ops[i];
}

static struct nft_op plain(enum nft_op_kind kind)
{
	return (struct nft_op){ .kind = kind };
}

static struct nft_op with(enum nft_op_kind kind, uint32_t a, uint32_t b)
{
	return (struct nft_op){ .kind = kind, .a = a, .b = b };
}

static struct nft_op state(uint32_t mask)
{
	return with(NFT_OP_CT_STATE, mask, 0);
}

static struct nft_op protocol(uint8_t proto)
{
	return with(NFT_OP_L4PROTO, proto, 0);
}

static struct nft_op flags(uint8_t mask, uint8_t value)
{
	return with(NFT_OP_TCP_FLAGS, mask, value);
}

static struct nft_op to(enum nft_op_kind kind, enum nft_chain_id chain)
{
	return (struct nft_op){ .kind = kind, .chain = chain };
}

static struct nft_op in_set(enum nft_op_kind kind, enum nft_set_id set)
{
	return (struct nft_op){ .kind = kind, .set = set };
}

static struct nft_op strike(void)
{
	return to(NFT_OP_GOTO, NFT_CHAIN_STRIKE);
}

/* At most two operations, which is most rules. */
static void add2(struct nft_ruleset *rs, enum nft_chain_id chain, struct nft_op first,
	struct nft_op second)
{
	const struct nft_op ops[NFT_RULE_OPS] = { first, second };

	add(rs, chain, "", ops);
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

static void add_share(struct nft_ruleset *rs, const struct nft_opts *o)
{
	struct nft_op meter = with(NFT_OP_METER, o->service_rate, o->service_burst);

	meter.set = NFT_SET_SHARE4;
	add2(rs, NFT_CHAIN_SHARE, meter, strike());
	meter.set = NFT_SET_SHARE6;
	add2(rs, NFT_CHAIN_SHARE, meter, strike());
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
static void add_gate(struct nft_ruleset *rs, enum nft_chain_id chain)
{
	add2(rs, chain, plain(NFT_OP_NOT_TO_US), plain(NFT_OP_RETURN));
	add2(rs, chain, in_set(NFT_OP_NOT_IN, NFT_SET_ALIVE), plain(NFT_OP_RETURN));
}

/* queue: 0 new TCP, 1 other new flows, 2 what no honest stack sends. */
static struct nft_op take(const struct nft_opts *o, enum divert how, uint16_t queue)
{
	if (how == DIVERT_QUEUE)
		return with(NFT_OP_QUEUE, (uint32_t)o->queue_num + queue, 0);
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
	add_gate(rs, chain);
	add2(rs, chain, plain(NFT_OP_COUNTER), take(o, how, 2));
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
	const struct nft_op tcp[NFT_RULE_OPS] = { protocol(PROTO_TCP),
		plain(NFT_OP_COUNTER), take(o, how, 0) };
	const struct nft_op seen[NFT_RULE_OPS] = {
		with(NFT_OP_CT_LABEL, NFT_LABEL_SEEN, 0), plain(NFT_OP_RETURN) };
	const struct nft_op other[NFT_RULE_OPS] = {
		with(NFT_OP_CT_LABEL_SET, NFT_LABEL_SEEN, 0), plain(NFT_OP_COUNTER),
		take(o, how, 1) };

	add_gate(rs, chain);
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

/* Before anything else: these packets belong to established flows. */
static void add_witness(struct nft_ruleset *rs, enum nft_chain_id chain)
{
	const struct nft_op ops[NFT_RULE_OPS] = {
		flags(TCP_FIN | TCP_RST, TCP_FIN),
		plain(NFT_OP_CT_REPLY),
		with(NFT_OP_CT_LABEL_SET, NFT_LABEL_ENDED, 0),
	};

	add(rs, chain, "the end of a real connection: proof that it was one", ops);
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

static void add_output(struct nft_ruleset *rs, const struct nft_opts *o)
{
	const struct nft_op copy[NFT_RULE_OPS] = {
		with(NFT_OP_LIMIT, o->icmp_rate, o->icmp_rate),
		with(NFT_OP_CT_LABEL_SET, NFT_LABEL_SEEN, 0),
		plain(NFT_OP_COUNTER),
		take(o, DIVERT_COPY, 1),
	};
	const struct nft_op hold[NFT_RULE_OPS] = {
		with(NFT_OP_CT_LABEL_SET, NFT_LABEL_SEEN, 0),
		plain(NFT_OP_COUNTER),
		take(o, DIVERT_QUEUE, 1),
	};
	enum nft_chain_id chain = NFT_CHAIN_OUTPUT;

	add_witness(rs, chain);
	if (o->output == DIVERT_OFF)
		return;
	add2(rs, chain, with(NFT_OP_CT_NOT, STATE_NEW, 0), plain(NFT_OP_RETURN));
	add2(rs, chain, plain(NFT_OP_OIF_LO), plain(NFT_OP_RETURN));
	add2(rs, chain, in_set(NFT_OP_NOT_IN, NFT_SET_ALIVE), plain(NFT_OP_RETURN));
	if (o->output == DIVERT_QUEUE)
		add_icmp(rs, chain);
	add2(rs, chain, with(NFT_OP_CT_LABEL, NFT_LABEL_SEEN, 0), plain(NFT_OP_RETURN));
	add(rs, chain, "", o->output == DIVERT_QUEUE ? hold : copy);
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
		.service_rate = 20, /* a /24 of busy browsers opens fewer */
		.service_burst = 60,
		.alive_ms = 2000,
	};
}

static struct nft_set_spec spec_of(enum nft_set_id id, uint32_t size)
{
	const struct set_row *r = &set_rows[id];
	uint32_t room = r->kind == INTERVAL ? NET_SIZE : size;

	return (struct nft_set_spec){
		.name = r->name,
		.why = r->why,
		.key = r->key,
		.interval = r->kind == INTERVAL,
		.dynamic = r->kind == METERS,
		.size = r->size ? r->size : room,
		.timeout_ms = r->timeout_ms,
	};
}

struct nft_set_spec nft_set_spec(enum nft_set_id id)
{
	return spec_of(id, SET_SIZE);
}

static void fill_sets(struct nft_ruleset *rs, const struct nft_opts *o)
{
	uint32_t size = o->set_size ? o->set_size : SET_SIZE;

	for (size_t i = 0; i < NFT_SETS; i++)
		rs->sets[i] = spec_of((enum nft_set_id)i, size);
	rs->sets[NFT_SET_ALIVE].timeout_ms = o->alive_ms;
}

static void fill_chains(struct nft_ruleset *rs, const struct nft_opts *o)
{
	for (size_t i = 0; i < NFT_CHAINS; i++) {
		rs->chains[i] = chains[i];
		rs->chain_used[i] = true;
	}
	rs->chain_used[NFT_CHAIN_FORWARD] = o->forward != DIVERT_OFF;
	rs->chain_used[NFT_CHAIN_ODD_FORWARD] = o->forward != DIVERT_OFF;
	rs->chain_used[NFT_CHAIN_OUTPUT] = o->output != DIVERT_OFF || o->input != DIVERT_OFF;
	rs->chain_used[NFT_CHAIN_COPY] = o->input != DIVERT_OFF ||
		o->forward != DIVERT_OFF || o->output == DIVERT_QUEUE;
}

void nft_ruleset_build(const struct nft_opts *o, struct nft_ruleset *out)
{
	const struct nft_op nothing = plain(NFT_OP_END);

	*out = (struct nft_ruleset){ .native_queue = o->native_queue };
	fill_sets(out, o);
	fill_chains(out, o);
	add_set_rules(out, NFT_CHAIN_EARLY);
	add_strike(out);
	add_share(out, o);
	add_set_rules(out, NFT_CHAIN_MEASURES);
	add2(out, NFT_CHAIN_MEASURES, in_set(NFT_OP_IN, NFT_SET_SVCLIMIT),
		to(NFT_OP_JUMP, NFT_CHAIN_SHARE));
	add_set_rules(out, NFT_CHAIN_SHIELDS);
	add2(out, NFT_CHAIN_BEGIN, to(NFT_OP_JUMP, NFT_CHAIN_SHIELDS), nothing);
	add2(out, NFT_CHAIN_BEGIN, to(NFT_OP_JUMP, NFT_CHAIN_MEASURES), nothing);
	add_odd(out, o, NFT_CHAIN_ODD_INPUT, o->input);
	if (out->chain_used[NFT_CHAIN_COPY])
		add_copy(out, o);
	add_incoming(out, o, NFT_CHAIN_INPUT, o->input);
	if (o->forward != DIVERT_OFF) {
		add_odd(out, o, NFT_CHAIN_ODD_FORWARD, o->forward);
		add_incoming(out, o, NFT_CHAIN_FORWARD, o->forward);
	}
	if (out->chain_used[NFT_CHAIN_OUTPUT])
		add_output(out, o);
}

const char *nft_op_kernel_option(enum nft_op_kind k, bool native_queue)
{
	static const char *const options[NFT_OPS] = {
		[NFT_OP_CT_STATE] = "CONFIG_NFT_CT",
		[NFT_OP_CT_NOT] = "CONFIG_NFT_CT",
		[NFT_OP_CT_REPLY] = "CONFIG_NFT_CT",
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
