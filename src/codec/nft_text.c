/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The description of our table in the nft tool's own words: one function for each sort of
 * operation, all of them in a table.
 */
#include "codec/nft_text.h"

#include <linux/rtnetlink.h>

#include "codec/nft_key.h"
#include "core/packet.h"

#define PROTO_IGMP 2

/* Names of bits in the nft tool's order, joined by commas. */
struct bit_name {
	uint32_t bit;
	const char *name;
};

static const struct bit_name state_names[] = {
	{ 1, "invalid" },
	{ 2, "established" },
	{ 4, "related" },
	{ 8, "new" },
};

static const struct bit_name flag_names[] = {
	{ 0x01, "fin" },
	{ 0x02, "syn" },
	{ 0x04, "rst" },
	{ 0x08, "psh" },
	{ 0x10, "ack" },
};

static const char *const key_texts[NFT_KEYS] = {
	[NFT_KEY_NONE] = "",
	[NFT_KEY_SADDR4] = "ip saddr",
	[NFT_KEY_SADDR6] = "ip6 saddr",
	[NFT_KEY_SNET6] = "ip6 saddr & ffff:ffff:ffff:ffff::",
	[NFT_KEY_DADDR4] = "ip daddr",
	[NFT_KEY_DADDR6] = "ip6 daddr",
	[NFT_KEY_DNET6] = "ip6 daddr & ffff:ffff:ffff:ffff::",
	[NFT_KEY_SERVICE] = "meta l4proto . th dport",
	[NFT_KEY_DADDR4_SERVICE] = "ip daddr . meta l4proto . th dport",
	[NFT_KEY_DADDR6_SERVICE] = "ip6 daddr . meta l4proto . th dport",
	[NFT_KEY_DNET6_SERVICE] = "ip6 daddr & ffff:ffff:ffff:ffff:: . meta l4proto . th dport",
	[NFT_KEY_OWN_SERVICE] = "meta l4proto . th sport",
	[NFT_KEY_USER] = "meta skuid",
	[NFT_KEY_GROUP] = "",
	[NFT_KEY_USER_DADDR4_SERVICE] = "meta skuid . ip daddr . meta l4proto . th dport",
	[NFT_KEY_USER_DADDR6_SERVICE] = "meta skuid . ip6 daddr . meta l4proto . th dport",
	[NFT_KEY_GROUP_DADDR4_SERVICE] = " . ip daddr . meta l4proto . th dport",
	[NFT_KEY_GROUP_DADDR6_SERVICE] = " . ip6 daddr . meta l4proto . th dport",
	[NFT_KEY_SADDR4_SERVICE] = "ip saddr . meta l4proto . th dport",
	[NFT_KEY_SADDR6_SERVICE] = "ip6 saddr . meta l4proto . th dport",
	[NFT_KEY_SNET6_SERVICE] =
		"ip6 saddr & ffff:ffff:ffff:ffff:: . meta l4proto . th dport",
	[NFT_KEY_SNET4_SERVICE] = "ip saddr & 255.255.255.0 . meta l4proto . th dport",
	[NFT_KEY_NFPROTO] = "meta nfproto",
	[NFT_KEY_L4PROTO] = "meta l4proto",
};

static const char *const key_types[NFT_KEYS] = {
	[NFT_KEY_NONE] = "",
	[NFT_KEY_SADDR4] = "ipv4_addr",
	[NFT_KEY_SADDR6] = "ipv6_addr",
	[NFT_KEY_SNET6] = "ipv6_addr",
	[NFT_KEY_DADDR4] = "ipv4_addr",
	[NFT_KEY_DADDR6] = "ipv6_addr",
	[NFT_KEY_DNET6] = "ipv6_addr",
	[NFT_KEY_SERVICE] = "inet_proto . inet_service",
	[NFT_KEY_DADDR4_SERVICE] = "ipv4_addr . inet_proto . inet_service",
	[NFT_KEY_DADDR6_SERVICE] = "ipv6_addr . inet_proto . inet_service",
	[NFT_KEY_DNET6_SERVICE] = "ipv6_addr . inet_proto . inet_service",
	[NFT_KEY_OWN_SERVICE] = "inet_proto . inet_service",
	[NFT_KEY_USER] = "uid",
	[NFT_KEY_GROUP] = "cgroupsv2",
	[NFT_KEY_USER_DADDR4_SERVICE] = "uid . ipv4_addr . inet_proto . inet_service",
	[NFT_KEY_USER_DADDR6_SERVICE] = "uid . ipv6_addr . inet_proto . inet_service",
	[NFT_KEY_GROUP_DADDR4_SERVICE] = "cgroupsv2 . ipv4_addr . inet_proto . inet_service",
	[NFT_KEY_GROUP_DADDR6_SERVICE] = "cgroupsv2 . ipv6_addr . inet_proto . inet_service",
	[NFT_KEY_SADDR4_SERVICE] = "ipv4_addr . inet_proto . inet_service",
	[NFT_KEY_SADDR6_SERVICE] = "ipv6_addr . inet_proto . inet_service",
	[NFT_KEY_SNET6_SERVICE] = "ipv6_addr . inet_proto . inet_service",
	[NFT_KEY_SNET4_SERVICE] = "ipv4_addr . inet_proto . inet_service",
	[NFT_KEY_NFPROTO] = "nf_proto",
	[NFT_KEY_L4PROTO] = "inet_proto",
};

static void write_bits(
	struct text *out, uint32_t mask, const struct bit_name *names, size_t n)
{
	const char *comma = "";

	for (size_t i = 0; i < n; i++) {
		if (!(mask & names[i].bit))
			continue;
		text_addf(out, "%s%s", comma, names[i].name);
		comma = ",";
	}
}

static void write_states(struct text *out, uint32_t mask)
{
	write_bits(out, mask, state_names, sizeof(state_names) / sizeof(state_names[0]));
}

static void write_flags(struct text *out, uint32_t mask)
{
	write_bits(out, mask, flag_names, sizeof(flag_names) / sizeof(flag_names[0]));
}

static const char *protocol_name(uint32_t proto)
{
	switch (proto) {
	case PROTO_ICMP:
		return "icmp";
	case PROTO_IGMP:
		return "igmp";
	case PROTO_TCP:
		return "tcp";
	case PROTO_UDP:
		return "udp";
	case PROTO_ICMP6:
		return "ipv6-icmp";
	}
	return "?";
}

static void write_protocol(struct text *out, const struct nft_op *op)
{
	text_addf(out, "meta l4proto %s%s", op->kind == NFT_OP_L4PROTO_NOT ? "!= " : "",
		protocol_name(op->a));
}

static void write_tcp_flags(struct text *out, const struct nft_op *op)
{
	text_add(out, op->kind == NFT_OP_TCP_FLAGS_NOT ? "tcp flags != " : op->b ? "tcp flags " : "tcp flags ! ");
	write_flags(out, op->b ? op->b : op->a);
	if (!op->b)
		return;
	text_add(out, " / ");
	write_flags(out, op->a);
}

static void write_ports(struct text *out, const struct nft_op *op)
{
	const char *proto = protocol_name(op->a);

	if (op->kind == NFT_OP_SPORT)
		text_addf(out, "%s sport %u", proto, op->b);
	if (op->kind == NFT_OP_PORTS)
		text_addf(out, "%s sport %u ", proto, op->b >> 16);
	if (op->kind != NFT_OP_SPORT)
		text_addf(out, "%s dport %u", proto, op->b & 0xffff);
}

static const char *kind_name(uint32_t address_kind)
{
	return address_kind == RTN_BROADCAST ? "broadcast" : "multicast";
}

/* The key's words; those of a control group with its level. */
static void write_key(struct text *out, enum nft_key key, uint32_t level)
{
	if (nft_key_layout(key).who != 8) {
		text_add(out, key_texts[key]);
		return;
	}
	text_addf(out, "socket cgroupv2 level %u%s", level, key_texts[key]);
}

/* nft 1.0.6 puts "==" where a masked key is looked up alone. */
static void write_lookup(
	const struct nft_ruleset *rs, struct text *out, const struct nft_op *op)
{
	const struct nft_set_spec *s = &rs->sets[op->set];
	enum nft_key key = op->a ? (enum nft_key)op->a : s->key;
	const char *equals = key == NFT_KEY_SNET6 || key == NFT_KEY_DNET6 ? "== " : "";

	if (op->kind == NFT_OP_NOT_IN)
		equals = "!= ";
	write_key(out, key, op->b);
	text_addf(out, " %s@%s", equals, s->name);
}

static void write_meter(
	const struct nft_ruleset *rs, struct text *out, const struct nft_op *op)
{
	const struct nft_set_spec *s = &rs->sets[op->set];

	text_addf(out, "update @%s { %s limit rate over %u/second burst %u packets }",
		s->name, key_texts[s->key], op->a, op->b);
}

/* The operations that need more than their own words. */
static void write_match(
	const struct nft_ruleset *rs, struct text *out, const struct nft_op *op)
{
	if (op->kind == NFT_OP_CT_STATE || op->kind == NFT_OP_CT_NOT) {
		text_add(out, op->kind == NFT_OP_CT_NOT ? "ct state != " : "ct state ");
		write_states(out, op->a);
	}
	if (op->kind == NFT_OP_L4PROTO || op->kind == NFT_OP_L4PROTO_NOT)
		write_protocol(out, op);
	if (op->kind == NFT_OP_TCP_FLAGS || op->kind == NFT_OP_TCP_FLAGS_NOT)
		write_tcp_flags(out, op);
	if (op->kind == NFT_OP_SPORT || op->kind == NFT_OP_DPORT || op->kind == NFT_OP_PORTS)
		write_ports(out, op);
	if (op->kind == NFT_OP_IN || op->kind == NFT_OP_NOT_IN)
		write_lookup(rs, out, op);
	if (op->kind == NFT_OP_METER)
		write_meter(rs, out, op);
	if (op->kind == NFT_OP_UPDATE)
		text_addf(out, "update @%s { %s }", rs->sets[op->set].name,
			key_texts[op->a]);
}

static void write_queue(
	const struct nft_ruleset *rs, struct text *out, const struct nft_op *op)
{
	if (rs->native_queue)
		text_addf(out, "queue %sto %u", op->b ? "" : "flags bypass ", op->a);
	else
		text_addf(out, "queue num %u%s", op->a, op->b ? "" : " bypass");
}

static void write_op(
	const struct nft_ruleset *rs, struct text *out, const struct nft_op *op)
{
	switch (op->kind) {
	case NFT_OP_END:
	case NFT_OPS:
		return;
	case NFT_OP_CT_STATE:
	case NFT_OP_CT_NOT:
	case NFT_OP_L4PROTO:
	case NFT_OP_L4PROTO_NOT:
	case NFT_OP_TCP_FLAGS:
	case NFT_OP_TCP_FLAGS_NOT:
	case NFT_OP_SPORT:
	case NFT_OP_DPORT:
	case NFT_OP_PORTS:
	case NFT_OP_IN:
	case NFT_OP_NOT_IN:
	case NFT_OP_METER:
	case NFT_OP_UPDATE:
		write_match(rs, out, op);
		return;
	case NFT_OP_IIF_LO:
		text_add(out, "iif \"lo\"");
		return;
	case NFT_OP_OIF_LO:
		text_add(out, "oif \"lo\"");
		return;
	case NFT_OP_CT_LABEL:
		text_addf(out, "ct label %u", op->a);
		return;
	case NFT_OP_CT_LABEL_SET:
		text_addf(out, "ct label set %u", op->a);
		return;
	case NFT_OP_CT_REPLY:
		text_add(out, "ct direction reply");
		return;
	case NFT_OP_CT_ORIGINAL:
		text_add(out, "ct direction original");
		return;
	case NFT_OP_ICMP6_NOT:
		text_add(out, "icmpv6 type != echo-request");
		return;
	case NFT_OP_ADDRESS_KIND:
		text_addf(out, "fib daddr type %s", kind_name(op->a));
		return;
	case NFT_OP_REJECT:
		text_add(out, op->a ? "reject with tcp reset" : "reject with icmpx admin-prohibited");
		return;
	case NFT_OP_NOT_TO_US:
		text_add(out, "meta pkttype != host");
		return;
	case NFT_OP_LIMIT:
		text_addf(out, "limit rate %u/second burst %u packets", op->a, op->b);
		return;
	case NFT_OP_COUNTER:
		text_add(out, "counter");
		return;
	case NFT_OP_LOG:
		text_addf(out, "log group %u snaplen %u", op->a, op->b);
		return;
	case NFT_OP_QUEUE:
		write_queue(rs, out, op);
		return;
	case NFT_OP_DROP:
		text_add(out, "drop");
		return;
	case NFT_OP_RETURN:
		text_add(out, "return");
		return;
	case NFT_OP_JUMP:
		text_addf(out, "jump %s", rs->chains[op->chain].name);
		return;
	case NFT_OP_GOTO:
		text_addf(out, "goto %s", rs->chains[op->chain].name);
		return;
	}
}

void nft_text_rule(
	const struct nft_ruleset *rs, const struct nft_rule *r, struct text *out)
{
	for (size_t i = 0; i < NFT_RULE_OPS && r->ops[i].kind != NFT_OP_END; i++) {
		if (i)
			text_add(out, " ");
		write_op(rs, out, &r->ops[i]);
	}
}

/* As the nft tool writes times: "1h", "2s500ms". */
static void write_time(struct text *out, uint32_t ms)
{
	static const struct {
		uint32_t ms;
		const char *unit;
	} units[] = { { 86400000, "d" }, { 3600000, "h" }, { 60000, "m" }, { 1000, "s" },
		{ 1, "ms" } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (ms < units[i].ms)
			continue;
		text_addf(out, "%u%s", ms / units[i].ms, units[i].unit);
		ms %= units[i].ms;
	}
}

static void write_set(const struct nft_set_spec *s, bool comments, struct text *out)
{
	if (comments && s->why[0])
		text_addf(out, "\t# %s\n", s->why);
	text_addf(out, "\tset %s {\n\t\ttype %s\n\t\tsize %u\n", s->name,
		key_types[s->key], s->size);
	if (s->interval || s->dynamic)
		text_addf(out, "\t\tflags %s%s\n", s->interval ? "interval" : "dynamic",
			s->timeout_ms || s->ends ? ",timeout" : "");
	if (s->timeout_ms) {
		text_add(out, "\t\ttimeout ");
		write_time(out, s->timeout_ms);
		text_add(out, "\n");
	}
	text_add(out, "\t}\n\n");
}

static void write_chain(
	const struct nft_ruleset *rs, size_t chain, bool comments, struct text *out)
{
	const struct nft_chain_spec *c = &rs->chains[chain];

	if (comments && c->why[0])
		text_addf(out, "\t# %s\n", c->why);
	text_addf(out, "\tchain %s {\n", c->name);
	if (c->hook >= 0)
		text_addf(out, "\t\ttype filter hook %s priority %s; policy accept;\n",
			c->hook_text, c->priority_text);
	for (size_t i = 0; i < rs->n_rules; i++) {
		const struct nft_rule *r = &rs->rules[i];

		if (r->chain != chain)
			continue;
		if (comments && r->why[0])
			text_addf(out, "\t\t# %s\n", r->why);
		text_add(out, "\t\t");
		nft_text_rule(rs, r, out);
		text_add(out, "\n");
	}
	text_add(out, "\t}\n");
}

void nft_text_write(const struct nft_ruleset *rs, bool comments, struct text *out)
{
	const char *gap = "";

	text_add(out, "table inet " NFT_TABLE " {\n");
	if (rs->owned)
		text_add(out, "\tflags owner,persist\n\n");
	for (size_t i = 0; i < NFT_SETS; i++)
		write_set(&rs->sets[i], comments, out);
	for (size_t i = 0; i < NFT_CHAINS; i++) {
		if (!rs->chain_used[i])
			continue;
		text_add(out, gap);
		write_chain(rs, i, comments, out);
		gap = "\n";
	}
	text_add(out, "}\n");
}
