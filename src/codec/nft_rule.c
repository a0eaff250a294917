/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One rule of the description -> libnftnl's expressions, written as the nft tool would
 * write it (a test holds its listing against nft_text). What it asks of the packet stands in nft_rule_match.c.
 */
#include "codec/nft_rule.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libnftnl/expr.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/xt_NFQUEUE.h>

#include "codec/nft_rule_parts.h"

static void set_label(struct nft_rule_maker *m, uint32_t bit)
{
	uint8_t bits[NFT_RULE_LABEL_BYTES];
	struct nftnl_expr *value = nft_rule_expr(m, "immediate");
	struct nftnl_expr *e = nft_rule_expr(m, "ct");

	if (!value || !e)
		return;
	nft_rule_label_bits(bit, bits);
	nftnl_expr_set_u32(value, NFTNL_EXPR_IMM_DREG, NFT_REG_1);
	nftnl_expr_set(value, NFTNL_EXPR_IMM_DATA, bits, NFT_RULE_LABEL_BYTES);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_KEY, NFT_CT_LABELS);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_SREG, NFT_REG_1);
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
static struct nftnl_expr *update(struct nft_rule_maker *m, const struct nft_op *op)
{
	struct nftnl_expr *e = nft_rule_expr(m, "dynset");

	if (!e)
		return NULL;
	nftnl_expr_set_u32(e, NFTNL_EXPR_DYNSET_SREG_KEY, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_DYNSET_OP, NFT_DYNSET_OP_UPDATE);
	nftnl_expr_set_str(e, NFTNL_EXPR_DYNSET_SET_NAME, m->rs->sets[op->set].name);
	nftnl_expr_set_u32(e, NFTNL_EXPR_DYNSET_SET_ID, (uint32_t)op->set + 1);
	return e;
}

static void meter(struct nft_rule_maker *m, const struct nft_op *op)
{
	struct nftnl_expr *limit = nftnl_expr_alloc("limit");
	struct nftnl_expr *e;

	nft_rule_load_key(m, m->rs->sets[op->set].key, 0);
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

static void limit(struct nft_rule_maker *m, const struct nft_op *op)
{
	struct nftnl_expr *e = nft_rule_expr(m, "limit");

	if (e)
		fill_limit(e, op->a, op->b, 0);
}

static void copy_to_log(struct nft_rule_maker *m, const struct nft_op *op)
{
	struct nftnl_expr *e = nft_rule_expr(m, "log");

	if (!e)
		return;
	nftnl_expr_set_u16(e, NFTNL_EXPR_LOG_GROUP, (uint16_t)op->a);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOG_SNAPLEN, op->b);
}

static void queue_native(struct nft_rule_maker *m, const struct nft_op *op)
{
	struct nftnl_expr *e = nft_rule_expr(m, "queue");

	if (!e)
		return;
	nftnl_expr_set_u16(e, NFTNL_EXPR_QUEUE_NUM, (uint16_t)op->a);
	nftnl_expr_set_u16(e, NFTNL_EXPR_QUEUE_TOTAL, 1);
	nftnl_expr_set_u16(
		e, NFTNL_EXPR_QUEUE_FLAGS, op->b ? 0 : NFT_QUEUE_FLAG_BYPASS);
}

static void queue_xt(struct nft_rule_maker *m, const struct nft_op *op)
{
	struct xt_NFQ_info_v3 info = {
		.queuenum = (uint16_t)op->a,
		.queues_total = 1,
		.flags = op->b ? 0 : NFQ_FLAG_BYPASS,
	};
	struct nftnl_expr *e = nft_rule_expr(m, "target");
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

static void reject(struct nft_rule_maker *m, bool reset)
{
	struct nftnl_expr *e = nft_rule_expr(m, "reject");

	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_REJECT_TYPE, reset ? NFT_REJECT_TCP_RST : NFT_REJECT_ICMPX_UNREACH);
	nftnl_expr_set_u8(e, NFTNL_EXPR_REJECT_CODE, reset ? 0 : NFT_REJECT_ICMPX_ADMIN_PROHIBITED);
}

static void verdict(struct nft_rule_maker *m, int code, const char *chain)
{
	struct nftnl_expr *e = nft_rule_expr(m, "immediate");

	if (!e)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT, (uint32_t)code);
	if (chain)
		nftnl_expr_set_str(e, NFTNL_EXPR_IMM_CHAIN, chain);
}

static void make_op(struct nft_rule_maker *m, const struct nft_op *op)
{
	if (nft_rule_match(m, op))
		return;
	switch (op->kind) {
	case NFT_OP_CT_LABEL_SET:
		set_label(m, op->a);
		return;
	case NFT_OP_METER:
		meter(m, op);
		return;
	case NFT_OP_UPDATE:
		nft_rule_load_key(m, (enum nft_key)op->a, 0);
		update(m, op);
		return;
	case NFT_OP_LIMIT:
		limit(m, op);
		return;
	case NFT_OP_COUNTER:
		nft_rule_expr(m, "counter");
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
	case NFT_OP_REJECT:
		reject(m, op->a);
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
	default: /* nft_rule_match has written it, or there is nothing to write */
		return;
	}
}

struct nftnl_rule *nft_rule_make(const struct nft_ruleset *rs, const struct nft_rule *r)
{
	struct nft_rule_maker m = { .rs = rs, .rule = nftnl_rule_alloc() };

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
