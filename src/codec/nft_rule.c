/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One rule of the description -> libnftnl's expressions, written as the nft tool would
 * write it (a test holds its listing against nft_text): in register 1 and on.
 */
#include "codec/nft_rule.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libnftnl/expr.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/xt_NFQUEUE.h>

#include "codec/nft_key.h"
#include "core/packet.h"

#define LO_INDEX 1 /* the loopback device is the first of every namespace */
#define LABEL_BYTES 16

/* A rule in the making; the first failure sticks. */
struct maker {
	struct nftnl_rule *rule;
	const struct nft_ruleset *rs;
	bool failed;
};

/* A new expression at the end of the rule, or NULL; the rule owns it. */
static struct nftnl_expr *expr(struct maker *m, const char *name)
{
	struct nftnl_expr *e = nftnl_expr_alloc(name);

	if (!e) {
		m->failed = true;
		return NULL;
	}
	nftnl_rule_add_expr(m->rule, e);
	return e;
}

static void load_meta(struct maker *m, uint32_t key, uint32_t reg)
{
	struct nftnl_expr *e = expr(m, "meta");

	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, reg);
}

static void load_payload(
	struct maker *m, uint32_t base, uint32_t offset, uint32_t len, uint32_t reg)
{
	struct nftnl_expr *e = expr(m, "payload");

	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, base);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, len);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, reg);
}

static void load_ct(struct maker *m, uint32_t key)
{
	struct nftnl_expr *e = expr(m, "ct");

	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_DREG, NFT_REG_1);
}

static void compare(struct maker *m, uint32_t op, const void *value, uint32_t len)
{
	struct nftnl_expr *e = expr(m, "cmp");

	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, op);
	nftnl_expr_set(e, NFTNL_EXPR_CMP_DATA, value, len);
}

static void compare_u8(struct maker *m, uint32_t op, uint8_t value)
{
	compare(m, op, &value, sizeof(value));
}

static void mask(struct maker *m, const void *bits, uint32_t len)
{
	static const uint8_t zeros[16];
	struct nftnl_expr *e = expr(m, "bitwise");

	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_LEN, len);
	nftnl_expr_set(e, NFTNL_EXPR_BITWISE_MASK, bits, len);
	nftnl_expr_set(e, NFTNL_EXPR_BITWISE_XOR, zeros, len);
}

static void match_device(struct maker *m, uint32_t key)
{
	uint32_t lo = LO_INDEX;

	load_meta(m, key, NFT_REG_1);
	compare(m, NFT_CMP_EQ, &lo, sizeof(lo));
}

static void match_l4proto(struct maker *m, uint32_t op, uint8_t proto)
{
	load_meta(m, NFT_META_L4PROTO, NFT_REG_1);
	compare_u8(m, op, proto);
}

static void match_state(struct maker *m, uint32_t states)
{
	uint32_t none = 0;

	load_ct(m, NFT_CT_STATE);
	mask(m, &states, sizeof(states));
	compare(m, NFT_CMP_NEQ, &none, sizeof(none));
}

static void match_not_state(struct maker *m, uint32_t state)
{
	load_ct(m, NFT_CT_STATE);
	compare(m, NFT_CMP_NEQ, &state, sizeof(state));
}

/* A label is a bit of an array of longs, in this machine's own order. */
static void label_bits(uint32_t bit, uint8_t out[LABEL_BYTES])
{
	unsigned long words[LABEL_BYTES / sizeof(unsigned long)] = { 0 };
	size_t width = sizeof(unsigned long) * CHAR_BIT;

	words[bit / width] = 1UL << bit % width;
	memcpy(out, words, LABEL_BYTES);
}

static void match_label(struct maker *m, uint32_t bit)
{
	static const uint8_t none[LABEL_BYTES];
	uint8_t bits[LABEL_BYTES];

	label_bits(bit, bits);
	load_ct(m, NFT_CT_LABELS);
	mask(m, bits, LABEL_BYTES);
	compare(m, NFT_CMP_NEQ, none, LABEL_BYTES);
}

static void set_label(struct maker *m, uint32_t bit)
{
	uint8_t bits[LABEL_BYTES];
	struct nftnl_expr *value = expr(m, "immediate");
	struct nftnl_expr *e = expr(m, "ct");

	if (!value || !e)
		return;
	label_bits(bit, bits);
	nftnl_expr_set_u32(value, NFTNL_EXPR_IMM_DREG, NFT_REG_1);
	nftnl_expr_set(value, NFTNL_EXPR_IMM_DATA, bits, LABEL_BYTES);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_KEY, NFT_CT_LABELS);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_SREG, NFT_REG_1);
}

static void match_reply(struct maker *m)
{
	load_ct(m, NFT_CT_DIRECTION);
	compare_u8(m, NFT_CMP_EQ, 1); /* IP_CT_DIR_REPLY */
}

static void match_tcp_flags(struct maker *m, uint8_t bits, uint8_t value)
{
	match_l4proto(m, NFT_CMP_EQ, PROTO_TCP);
	load_payload(m, NFT_PAYLOAD_TRANSPORT_HEADER, 13, 1, NFT_REG_1);
	mask(m, &bits, sizeof(bits));
	compare_u8(m, NFT_CMP_EQ, value);
}

/* An address, after a check that the packet has one of this family. */
static void load_address(struct maker *m, const struct nft_key_layout *k)
{
	static const uint8_t ones[8] = { 255, 255, 255, 255, 255, 255, 255, 255 };
	uint8_t bits[16] = { 0 };
	bool v4 = k->family == 4;
	uint32_t len = v4 ? 4 : 16;
	uint32_t source = v4 ? 12 : 8;

	load_meta(m, NFT_META_NFPROTO, NFT_REG_1);
	compare_u8(m, NFT_CMP_EQ, v4 ? NFPROTO_IPV4 : NFPROTO_IPV6);
	load_payload(m, NFT_PAYLOAD_NETWORK_HEADER, k->target ? source + len : source,
		len, NFT_REG_1);
	if (!k->mask_bits)
		return;
	memcpy(bits, ones, k->mask_bits / 8);
	mask(m, bits, len);
}

/* Loads what a set is looked up with into register 1 and those behind it. */
static void load_key(struct maker *m, enum nft_key key)
{
	struct nft_key_layout k = nft_key_layout(key);
	uint32_t behind = k.family == 0 ? 0 : k.family == 4 ? 1 : 4;

	if (key == NFT_KEY_NFPROTO)
		load_meta(m, NFT_META_NFPROTO, NFT_REG_1);
	if (key == NFT_KEY_L4PROTO)
		load_meta(m, NFT_META_L4PROTO, NFT_REG_1);
	if (k.family)
		load_address(m, &k);
	if (!k.service)
		return;
	load_meta(m, NFT_META_L4PROTO, NFT_REG32_00 + behind);
	load_payload(m, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, NFT_REG32_01 + behind);
}

static void look_up(struct maker *m, const struct nft_op *op)
{
	const struct nft_set_spec *s = &m->rs->sets[op->set];
	struct nftnl_expr *e;

	load_key(m, s->key);
	e = expr(m, "lookup");
	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
	nftnl_expr_set_str(e, NFTNL_EXPR_LOOKUP_SET, s->name);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SET_ID, (uint32_t)op->set + 1);
	if (op->kind == NFT_OP_NOT_IN)
		nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
}

static void fill_limit(
	struct nftnl_expr *e, uint32_t rate, uint32_t burst, uint32_t flags)
{
	nftnl_expr_set_u64(e, NFTNL_EXPR_LIMIT_RATE, rate);
	nftnl_expr_set_u64(e, NFTNL_EXPR_LIMIT_UNIT, 1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LIMIT_BURST, burst);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LIMIT_TYPE, NFT_LIMIT_PKTS);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LIMIT_FLAGS, flags);
}

/* The element for what is in register 1 and on, made or renewed. */
static struct nftnl_expr *update(struct maker *m, const struct nft_op *op)
{
	struct nftnl_expr *e = expr(m, "dynset");

	if (!e)
		return NULL;
	nftnl_expr_set_u32(e, NFTNL_EXPR_DYNSET_SREG_KEY, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_DYNSET_OP, NFT_DYNSET_OP_UPDATE);
	nftnl_expr_set_str(e, NFTNL_EXPR_DYNSET_SET_NAME, m->rs->sets[op->set].name);
	nftnl_expr_set_u32(e, NFTNL_EXPR_DYNSET_SET_ID, (uint32_t)op->set + 1);
	return e;
}

static void meter(struct maker *m, const struct nft_op *op)
{
	struct nftnl_expr *limit = nftnl_expr_alloc("limit");
	struct nftnl_expr *e;

	load_key(m, m->rs->sets[op->set].key);
	e = update(m, op);
	if (!limit || !e) {
		m->failed = true;
		if (limit)
			nftnl_expr_free(limit);
		return;
	}
	fill_limit(limit, op->a, op->b, NFT_LIMIT_F_INV);
	nftnl_expr_add_expr(e, NFTNL_EXPR_DYNSET_EXPRESSIONS, limit);
}

static void limit(struct maker *m, const struct nft_op *op)
{
	struct nftnl_expr *e = expr(m, "limit");

	if (e)
		fill_limit(e, op->a, op->b, 0);
}

static void copy_to_log(struct maker *m, const struct nft_op *op)
{
	struct nftnl_expr *e = expr(m, "log");

	if (!e)
		return;
	nftnl_expr_set_u16(e, NFTNL_EXPR_LOG_GROUP, (uint16_t)op->a);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOG_SNAPLEN, op->b);
}

static void queue_native(struct maker *m, const struct nft_op *op)
{
	struct nftnl_expr *e = expr(m, "queue");

	if (!e)
		return;
	nftnl_expr_set_u16(e, NFTNL_EXPR_QUEUE_NUM, (uint16_t)op->a);
	nftnl_expr_set_u16(e, NFTNL_EXPR_QUEUE_TOTAL, 1);
	nftnl_expr_set_u16(
		e, NFTNL_EXPR_QUEUE_FLAGS, op->b ? 0 : NFT_QUEUE_FLAG_BYPASS);
}

static void queue_xt(struct maker *m, const struct nft_op *op)
{
	struct xt_NFQ_info_v3 info = {
		.queuenum = (uint16_t)op->a,
		.queues_total = 1,
		.flags = op->b ? 0 : NFQ_FLAG_BYPASS,
	};
	struct nftnl_expr *e = expr(m, "target");
	uint8_t *padded = calloc(1, 8); /* xtables rounds up to eight */

	if (!e || !padded) {
		m->failed = true;
		free(padded);
		return;
	}
	memcpy(padded, &info, sizeof(info));
	nftnl_expr_set_str(e, NFTNL_EXPR_TG_NAME, "NFQUEUE");
	nftnl_expr_set_u32(e, NFTNL_EXPR_TG_REV, 3);
	/* Taken, and freed with the rule. */
	nftnl_expr_set(e, NFTNL_EXPR_TG_INFO, padded, 8);
} /* NOLINT(clang-analyzer-unix.Malloc): the analyser does not see into libnftnl */

static void verdict(struct maker *m, int code, const char *chain)
{
	struct nftnl_expr *e = expr(m, "immediate");

	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT, (uint32_t)code);
	if (chain)
		nftnl_expr_set_str(e, NFTNL_EXPR_IMM_CHAIN, chain);
}

static void make_op(struct maker *m, const struct nft_op *op)
{
	switch (op->kind) {
	case NFT_OP_END:
	case NFT_OPS:
		return;
	case NFT_OP_IIF_LO:
		match_device(m, NFT_META_IIF);
		return;
	case NFT_OP_OIF_LO:
		match_device(m, NFT_META_OIF);
		return;
	case NFT_OP_CT_STATE:
		match_state(m, op->a);
		return;
	case NFT_OP_CT_NOT:
		match_not_state(m, op->a);
		return;
	case NFT_OP_CT_LABEL:
		match_label(m, op->a);
		return;
	case NFT_OP_CT_LABEL_SET:
		set_label(m, op->a);
		return;
	case NFT_OP_CT_REPLY:
		match_reply(m);
		return;
	case NFT_OP_L4PROTO:
		match_l4proto(m, NFT_CMP_EQ, (uint8_t)op->a);
		return;
	case NFT_OP_L4PROTO_NOT:
		match_l4proto(m, NFT_CMP_NEQ, (uint8_t)op->a);
		return;
	case NFT_OP_TCP_FLAGS:
		match_tcp_flags(m, (uint8_t)op->a, (uint8_t)op->b);
		return;
	case NFT_OP_NOT_TO_US:
		load_meta(m, NFT_META_PKTTYPE, NFT_REG_1);
		compare_u8(m, NFT_CMP_NEQ, 0);
		return;
	case NFT_OP_IN:
	case NFT_OP_NOT_IN:
		look_up(m, op);
		return;
	case NFT_OP_METER:
		meter(m, op);
		return;
	case NFT_OP_UPDATE:
		load_key(m, (enum nft_key)op->a);
		update(m, op);
		return;
	case NFT_OP_LIMIT:
		limit(m, op);
		return;
	case NFT_OP_COUNTER:
		expr(m, "counter");
		return;
	case NFT_OP_LOG:
		copy_to_log(m, op);
		return;
	case NFT_OP_QUEUE:
		if (m->rs->native_queue)
			queue_native(m, op);
		else
			queue_xt(m, op);
		return;
	case NFT_OP_DROP:
		verdict(m, NF_DROP, NULL);
		return;
	case NFT_OP_RETURN:
		verdict(m, NFT_RETURN, NULL);
		return;
	case NFT_OP_JUMP:
		verdict(m, NFT_JUMP, m->rs->chains[op->chain].name);
		return;
	case NFT_OP_GOTO:
		verdict(m, NFT_GOTO, m->rs->chains[op->chain].name);
		return;
	}
}

struct nftnl_rule *nft_rule_make(const struct nft_ruleset *rs, const struct nft_rule *r)
{
	struct maker m = { .rs = rs, .rule = nftnl_rule_alloc() };

	if (!m.rule)
		return NULL;
	nftnl_rule_set_str(m.rule, NFTNL_RULE_TABLE, NFT_TABLE);
	nftnl_rule_set_str(m.rule, NFTNL_RULE_CHAIN, rs->chains[r->chain].name);
	for (size_t i = 0; i < NFT_RULE_OPS && r->ops[i].kind != NFT_OP_END; i++)
		make_op(&m, &r->ops[i]);
	if (!m.failed)
		return m.rule;
	nftnl_rule_free(m.rule);
	return NULL;
}
