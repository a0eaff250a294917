/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a rule asks of a packet, as libnftnl's expressions: loads, comparisons, look-ups. In register 1 and on, as the
 * nft tool would write it.
 */
#include "codec/nft_rule_parts.h"

#include <limits.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "codec/nft_key.h"
#include "core/packet.h"

#define LO_INDEX 1 /* the loopback device is the first of every namespace */

struct nftnl_expr *nft_rule_expr(struct nft_rule_maker *m, const char *name)
{
	struct nftnl_expr *e = nftnl_expr_alloc(name);

	if (!e) {
		m->failed = true;
		return NULL;
	}
	nftnl_rule_add_expr(m->rule, e);
	return e;
}

static void load_meta(struct nft_rule_maker *m, uint32_t key, uint32_t reg)
{
	struct nftnl_expr *e = nft_rule_expr(m, "meta");

	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, reg);
}

static void load_payload(
	struct nft_rule_maker *m, uint32_t base, uint32_t offset, uint32_t len, uint32_t reg)
{
	struct nftnl_expr *e = nft_rule_expr(m, "payload");

	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, base);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, len);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, reg);
}

static void load_ct(struct nft_rule_maker *m, uint32_t key)
{
	struct nftnl_expr *e = nft_rule_expr(m, "ct");

	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_DREG, NFT_REG_1);
}

static void compare(struct nft_rule_maker *m, uint32_t op, const void *value, uint32_t len)
{
	struct nftnl_expr *e = nft_rule_expr(m, "cmp");

	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, op);
	nftnl_expr_set(e, NFTNL_EXPR_CMP_DATA, value, len);
}

static void compare_u8(struct nft_rule_maker *m, uint32_t op, uint8_t value)
{
	compare(m, op, &value, sizeof(value));
}

static void mask(struct nft_rule_maker *m, const void *bits, uint32_t len)
{
	static const uint8_t zeros[16];
	struct nftnl_expr *e = nft_rule_expr(m, "bitwise");

	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_LEN, len);
	nftnl_expr_set(e, NFTNL_EXPR_BITWISE_MASK, bits, len);
	nftnl_expr_set(e, NFTNL_EXPR_BITWISE_XOR, zeros, len);
}

static void match_device(struct nft_rule_maker *m, uint32_t key)
{
	uint32_t lo = LO_INDEX;

	load_meta(m, key, NFT_REG_1);
	compare(m, NFT_CMP_EQ, &lo, sizeof(lo));
}

static void match_l4proto(struct nft_rule_maker *m, uint32_t op, uint8_t proto)
{
	load_meta(m, NFT_META_L4PROTO, NFT_REG_1);
	compare_u8(m, op, proto);
}

static void match_state(struct nft_rule_maker *m, uint32_t states)
{
	uint32_t none = 0;

	load_ct(m, NFT_CT_STATE);
	mask(m, &states, sizeof(states));
	compare(m, NFT_CMP_NEQ, &none, sizeof(none));
}

static void match_not_state(struct nft_rule_maker *m, uint32_t state)
{
	load_ct(m, NFT_CT_STATE);
	compare(m, NFT_CMP_NEQ, &state, sizeof(state));
}

void nft_rule_label_bits(uint32_t bit, uint8_t out[NFT_RULE_LABEL_BYTES])
{
	unsigned long words[NFT_RULE_LABEL_BYTES / sizeof(unsigned long)] = { 0 };
	size_t width = sizeof(unsigned long) * CHAR_BIT;

	words[bit / width] = 1UL << bit % width;
	memcpy(out, words, NFT_RULE_LABEL_BYTES);
}

static void match_label(struct nft_rule_maker *m, uint32_t bit)
{
	static const uint8_t none[NFT_RULE_LABEL_BYTES];
	uint8_t bits[NFT_RULE_LABEL_BYTES];

	nft_rule_label_bits(bit, bits);
	load_ct(m, NFT_CT_LABELS);
	mask(m, bits, NFT_RULE_LABEL_BYTES);
	compare(m, NFT_CMP_NEQ, none, NFT_RULE_LABEL_BYTES);
}

static void match_direction(struct nft_rule_maker *m, uint8_t direction)
{
	load_ct(m, NFT_CT_DIRECTION);
	compare_u8(m, NFT_CMP_EQ, direction);
}

static void match_tcp_flags(struct nft_rule_maker *m, const struct nft_op *op)
{
	uint8_t bits = (uint8_t)op->a;

	match_l4proto(m, NFT_CMP_EQ, PROTO_TCP);
	load_payload(m, NFT_PAYLOAD_TRANSPORT_HEADER, 13, 1, NFT_REG_1);
	mask(m, &bits, sizeof(bits));
	compare_u8(m, op->kind == NFT_OP_TCP_FLAGS_NOT ? NFT_CMP_NEQ : NFT_CMP_EQ, (uint8_t)op->b);
}

static void match_port(struct nft_rule_maker *m, uint32_t offset, uint32_t port)
{
	const uint8_t bytes[2] = { (uint8_t)(port >> 8), (uint8_t)port };

	load_payload(m, NFT_PAYLOAD_TRANSPORT_HEADER, offset, sizeof(bytes), NFT_REG_1);
	compare(m, NFT_CMP_EQ, bytes, sizeof(bytes));
}

static void match_ports(struct nft_rule_maker *m, const struct nft_op *op)
{
	match_l4proto(m, NFT_CMP_EQ, (uint8_t)op->a);
	if (op->kind == NFT_OP_SPORT)
		match_port(m, 0, op->b);
	if (op->kind == NFT_OP_PORTS)
		match_port(m, 0, op->b >> 16);
	if (op->kind != NFT_OP_SPORT)
		match_port(m, 2, op->b & 0xffff);
}

static void match_icmp6_not(struct nft_rule_maker *m, uint8_t type)
{
	load_meta(m, NFT_META_NFPROTO, NFT_REG_1);
	compare_u8(m, NFT_CMP_EQ, NFPROTO_IPV6);
	match_l4proto(m, NFT_CMP_EQ, PROTO_ICMP6);
	load_payload(m, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1, NFT_REG_1);
	compare_u8(m, NFT_CMP_NEQ, type);
}

static void match_address_kind(struct nft_rule_maker *m, uint32_t kind)
{
	struct nftnl_expr *e = nft_rule_expr(m, "fib");

	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
	nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_FLAGS, NFTA_FIB_F_DADDR);
	nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_DREG, NFT_REG_1);
	compare(m, NFT_CMP_EQ, &kind, sizeof(kind));
}

/* Loads into the register that many words behind the first. */
static uint32_t word(uint32_t words)
{
	return words ? NFT_REG32_00 + words : NFT_REG_1;
}

static void load_address(struct nft_rule_maker *m, const struct nft_key_layout *k)
{
	static const uint8_t ones[8] = { 255, 255, 255, 255, 255, 255, 255, 255 };
	uint8_t bits[16] = { 0 };
	uint32_t len = k->family == 4 ? 4 : 16;
	uint32_t source = k->family == 4 ? 12 : 8;

	load_payload(m, NFT_PAYLOAD_NETWORK_HEADER, k->target ? source + len : source, len, word(k->who / 4));
	if (!k->mask_bits)
		return;
	memcpy(bits, ones, k->mask_bits / 8);
	mask(m, bits, len); /* never behind an actor */
}

/* In this machine's order, as the kernel has it; in intervals in the network's, as the nft tool wants those. */
static void load_actor(struct nft_rule_maker *m, const struct nft_key_layout *k, uint32_t level)
{
	struct nftnl_expr *e;

	if (k->who == 4)
		load_meta(m, NFT_META_SKUID, NFT_REG_1);
	if (k->who == 8) {
		e = nft_rule_expr(m, "socket");
		if (!e)
			return;
		nftnl_expr_set_u32(e, NFTNL_EXPR_SOCKET_KEY, NFT_SOCKET_CGROUPV2);
		nftnl_expr_set_u32(e, NFTNL_EXPR_SOCKET_LEVEL, level);
		nftnl_expr_set_u32(e, NFTNL_EXPR_SOCKET_DREG, NFT_REG_1);
	}
	if (k->fields == 1)
		return;
	e = nft_rule_expr(m, "byteorder");
	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_BYTEORDER_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BYTEORDER_DREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BYTEORDER_OP, NFT_BYTEORDER_HTON);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BYTEORDER_LEN, k->who);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BYTEORDER_SIZE, k->who);
}

void nft_rule_load_key(struct nft_rule_maker *m, enum nft_key key, uint32_t level)
{
	struct nft_key_layout k = nft_key_layout(key);
	uint32_t behind = k.who / 4 + (k.family == 0 ? 0 : k.family == 4 ? 1 : 4);

	if (key == NFT_KEY_NFPROTO)
		load_meta(m, NFT_META_NFPROTO, NFT_REG_1);
	if (key == NFT_KEY_L4PROTO)
		load_meta(m, NFT_META_L4PROTO, NFT_REG_1);
	if (k.family) { /* the packet must have an address of this family */
		load_meta(m, NFT_META_NFPROTO, NFT_REG_1);
		compare_u8(m, NFT_CMP_EQ, k.family == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6);
	}
	if (k.who)
		load_actor(m, &k, level);
	if (k.family)
		load_address(m, &k);
	if (!k.service)
		return;
	load_meta(m, NFT_META_L4PROTO, word(behind));
	load_payload(m, NFT_PAYLOAD_TRANSPORT_HEADER, key == NFT_KEY_OWN_SERVICE ? 0 : 2, 2, word(behind + 1));
}

static void look_up(struct nft_rule_maker *m, const struct nft_op *op)
{
	const struct nft_set_spec *s = &m->rs->sets[op->set];
	struct nftnl_expr *e;

	nft_rule_load_key(m, op->a ? (enum nft_key)op->a : s->key, op->b);
	e = nft_rule_expr(m, "lookup");
	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
	nftnl_expr_set_str(e, NFTNL_EXPR_LOOKUP_SET, s->name);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SET_ID, (uint32_t)op->set + 1);
	if (op->kind == NFT_OP_NOT_IN)
		nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
}

bool nft_rule_match(struct nft_rule_maker *m, const struct nft_op *op)
{
	switch (op->kind) {
	case NFT_OP_IIF_LO:
		match_device(m, NFT_META_IIF);
		return true;
	case NFT_OP_OIF_LO:
		match_device(m, NFT_META_OIF);
		return true;
	case NFT_OP_CT_STATE:
		match_state(m, op->a);
		return true;
	case NFT_OP_CT_NOT:
		match_not_state(m, op->a);
		return true;
	case NFT_OP_CT_LABEL:
		match_label(m, op->a);
		return true;
	case NFT_OP_CT_REPLY:
		match_direction(m, 1); /* IP_CT_DIR_REPLY */
		return true;
	case NFT_OP_CT_ORIGINAL:
		match_direction(m, 0);
		return true;
	case NFT_OP_L4PROTO:
		match_l4proto(m, NFT_CMP_EQ, (uint8_t)op->a);
		return true;
	case NFT_OP_L4PROTO_NOT:
		match_l4proto(m, NFT_CMP_NEQ, (uint8_t)op->a);
		return true;
	case NFT_OP_TCP_FLAGS:
	case NFT_OP_TCP_FLAGS_NOT:
		match_tcp_flags(m, op);
		return true;
	case NFT_OP_SPORT:
	case NFT_OP_DPORT:
	case NFT_OP_PORTS:
		match_ports(m, op);
		return true;
	case NFT_OP_ICMP6_NOT:
		match_icmp6_not(m, (uint8_t)op->a);
		return true;
	case NFT_OP_ADDRESS_KIND:
		match_address_kind(m, op->a);
		return true;
	case NFT_OP_NOT_TO_US:
		load_meta(m, NFT_META_PKTTYPE, NFT_REG_1);
		compare_u8(m, NFT_CMP_NEQ, 0);
		return true;
	case NFT_OP_IN:
	case NFT_OP_NOT_IN:
		look_up(m, op);
		return true;
	default:
		return false;
	}
}
