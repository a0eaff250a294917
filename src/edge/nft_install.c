/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole table in one transaction. What the kernel refuses is known by the number of
 * its message: a queue expression that it does not have leads to the other one, a kept
 * element that it cannot hold is left out, all else is the caller's to hear by name.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "codec/nft_elem.h"
#include "codec/nft_encode.h"
#include "edge/nft.h"
#include "edge/nft_private.h"

/* Native queue, xt target, without an owner, without what the kernel lacks, without bad elements, and one to
 * spare. */
#define ATTEMPTS 6
#define KEPT_BYTES 768 /* of a kept measure's messages */
#define ALLOW_BYTES 256
#define GUARD_BYTES 256
#define PORTS_BYTES 192 /* of four ports' message */

struct install {
	struct nft *n;
	const struct nft_content *content;
	struct nft_opts opts;
	struct nft_ruleset rs;
	uint8_t *memory;
	size_t bytes;
	struct nft_allow_order *order; /* of allowances */
	uint32_t *kept;  /* kept measure of each message behind the ruleset, or, behind these, allowance */
	bool *bad;       /* kept measures and, behind these, allowances that are left out */
	size_t messages; /* of both */
	bool wants_xt;
	bool wants_plain; /* a table that has no owner */
	unsigned lacks;   /* enum nft_lack, of this attempt */
	bool some_bad;
	bool failed; /* hard: message and error say what */
	size_t message;
	int error;
};

static bool rule_queues(const struct nft_rule *r)
{
	for (size_t i = 0; i < NFT_RULE_OPS; i++) {
		if (r->ops[i].kind == NFT_OP_QUEUE)
			return true;
	}
	return false;
}

static bool any_queues(const struct nft_ruleset *rs)
{
	for (size_t i = 0; i < rs->n_rules; i++) {
		if (rule_queues(&rs->rules[i]))
			return true;
	}
	return false;
}

/* The elements of one kept measure, a message each. */
static int put_one_kept(struct install *in, struct nft_batch *b, size_t i, struct nft_lights *lights)
{
	const struct nft_content *c = in->content;
	struct nft_elem e[NFT_ELEMS_PER_MEASURE];
	size_t n = 0;
	int r = 0;

	in->bad[i] |= nft_elem_of_measure(&c->kept[i], c->now, e, &n) != 0;
	for (size_t k = 0; !r && !in->bad[i] && k < n; k++) {
		if (e[k].absent)
			continue;
		nft_light_for(lights, &e[k]);
		r = nft_elem_add(b, &e[k], 1);
		in->kept[in->messages++] = (uint32_t)i;
	}
	return r;
}

static int put_allowed(struct install *in, struct nft_batch *b)
{
	const struct nft_content *c = in->content;
	int r = 0;

	for (size_t i = 0; !r && i < c->n_allow; i++) {
		size_t which = in->order[i].index;
		struct nft_elem e;

		if (in->bad[c->n_kept + which])
			continue;
		if (nft_elem_of_allowance(&c->allow[which], c->now, &e)) {
			in->bad[c->n_kept + which] = true;
			continue;
		}
		r = nft_elem_add(b, &e, 1);
		in->kept[in->messages++] = (uint32_t)(c->n_kept + which);
	}
	return r;
}

/* What stays in force; what has no elements is left out. */
static int put_kept(struct install *in, struct nft_batch *b)
{
	struct nft_lights lights = { { 0 } };
	int r = 0;

	in->messages = 0;
	for (size_t i = 0; !r && i < in->content->n_kept; i++)
		r = in->bad[i] ? 0 : put_one_kept(in, b, i, &lights);
	if (!r)
		r = put_allowed(in, b);
	return r ? r : nft_put_lights(b, &lights);
}

/* What can be given up of a rule that the kernel does not understand. */
static unsigned rule_lacks(const struct nft_ruleset *rs, const struct nft_rule *r)
{
	unsigned lacks = 0;

	for (size_t i = 0; i < NFT_RULE_OPS && r->ops[i].kind != NFT_OP_END; i++)
		lacks |= nft_op_lack(r->ops[i].kind, rs->sets[r->ops[i].set].key);
	return lacks;
}

/* The kernel's word on one message. */
static void refused(void *ctx, size_t message, int error)
{
	struct install *in = ctx;
	bool absent = error == ENOENT || error == EOPNOTSUPP;
	size_t which = 0;
	enum nft_object o = NFT_OBJECT_TABLE;

	if (in->wants_plain)
		return; /* without the table all else is refused, too */
	if (message != SIZE_MAX)
		o = nft_encode_object(&in->rs, message, &which);
	if (o == NFT_OBJECT_ELEMENT && which < in->messages) {
		in->bad[in->kept[which]] = in->some_bad = true;
		return;
	}
	if (o == NFT_OBJECT_RULE && absent && in->rs.native_queue &&
		rule_queues(&in->rs.rules[which])) {
		in->wants_xt = true;
		return;
	}
	if (o == NFT_OBJECT_TABLE && in->rs.owned &&
		(error == EOPNOTSUPP || error == EINVAL)) {
		in->wants_plain = true;
		return;
	}
	if (o == NFT_OBJECT_RULE && absent && rule_lacks(&in->rs, &in->rs.rules[which])) {
		in->lacks |= rule_lacks(&in->rs, &in->rs.rules[which]);
		return;
	}
	if (in->failed)
		return;
	in->failed = true;
	in->message = message;
	in->error = error;
}

/* 0, or a positive errno; in->failed where refused() knows which message. */
static int attempt(struct install *in)
{
	const struct nft_content *c = in->content;
	struct nft_batch b;
	const struct nft_ports ports = { .b = &b, .now = c->listening };
	int r;

	in->wants_xt = in->wants_plain = in->some_bad = in->failed = false;
	in->lacks = 0;
	nft_batch_begin(&b, in->memory, in->bytes, in->n->seq + 1);
	r = nft_encode_install(&b, &in->rs);
	if (!r)
		r = put_kept(in, &b);
	if (!r)
		r = nft_put_guards(&b, c->guards);
	if (!r)
		r = nft_put_ports(&ports);
	if (r)
		return ENOMEM;
	return nft_transact(in->n, &b, refused, in);
}

/* The options that the rule's operations ask for, each once. */
static void name_options(
	const struct install *in, const struct nft_rule *r, struct text *t)
{
	const char *before = "; needs ";
	const char *last = "";

	for (size_t i = 0; i < NFT_RULE_OPS && r->ops[i].kind != NFT_OP_END; i++) {
		const char *o = nft_op_kernel_option(r->ops[i].kind, in->rs.native_queue);

		if (!o[0] || strcmp(o, last) == 0)
			continue;
		text_addf(t, "%s%s", before, o);
		before = ", ";
		last = o;
	}
}

static int explain_whole(int error, struct text *t)
{
	if (error == EPERM) {
		text_add(t, "no right to change nftables here: CAP_NET_ADMIN is missing");
		return ERR_PERMISSION;
	}
	if (error == EOPNOTSUPP || error == EAFNOSUPPORT) {
		text_add(t, "this kernel has no nftables; needs CONFIG_NF_TABLES");
		return ERR_UNSUPPORTED;
	}
	text_addf(t, "table inet " NFT_TABLE ": %s", strerror(error));
	return nft_result(error);
}

/* Says in one line what the kernel would not do. */
static int explain(const struct install *in, int error, struct text *t)
{
	bool missing = error == ENOENT || error == EOPNOTSUPP || error == EAFNOSUPPORT;
	size_t which;
	enum nft_object o;

	if (!in->failed || in->message == SIZE_MAX)
		return explain_whole(error, t);
	o = nft_encode_object(&in->rs, in->message, &which);
	nft_encode_name(&in->rs, in->message, t);
	if (error == EPERM) {
		text_add(t, ": it belongs to another process, which lives");
		return ERR_PERMISSION;
	}
	text_addf(t, ": %s", strerror(error));
	if (!missing)
		return nft_result(error);
	if (o == NFT_OBJECT_RULE)
		name_options(in, &in->rs.rules[which], t);
	else
		text_add(t, "; needs CONFIG_NF_TABLES with CONFIG_NF_TABLES_INET");
	return ERR_UNSUPPORTED;
}

static size_t count_ports(const struct listen_snapshot *s)
{
	size_t n = 0;

	for (size_t p = 0; s && p < LISTEN_PROTOS; p++) {
		for (size_t i = 0; i < 1024; i++)
			n += (size_t)__builtin_popcountll(s->ports[p][i]);
	}
	return n;
}

static void build(struct install *in)
{
	nft_ruleset_build(&in->opts, &in->rs);
	in->rs.native_queue = in->opts.native_queue && any_queues(&in->rs);
}

static int prepare(struct install *in, const struct nft_opts *o)
{
	const struct nft_content *c = in->content;

	in->opts = *o;
	build(in);
	in->bytes = NFT_RULESET_BYTES + c->n_kept * KEPT_BYTES + c->n_allow * ALLOW_BYTES +
		(c->guards ? c->guards->n * GUARD_BYTES : 0) +
		(count_ports(c->listening) / NFT_ELEMS_PER_MESSAGE + 8) * PORTS_BYTES;
	in->memory = malloc(in->bytes);
	in->kept = calloc(c->n_kept * NFT_ELEMS_PER_MEASURE + c->n_allow + 1, sizeof(*in->kept));
	in->bad = calloc(c->n_kept + c->n_allow + 1, sizeof(*in->bad));
	in->order = calloc(c->n_allow + 1, sizeof(*in->order));
	if (!in->memory || !in->kept || !in->bad || !in->order)
		return ENOMEM;
	nft_allow_sort(c->allow, c->n_allow, in->order);
	return 0;
}

static void release(struct install *in)
{
	free(in->memory);
	free(in->kept);
	free(in->bad);
	free(in->order);
}

static size_t count_bad(const struct install *in)
{
	size_t n = 0;

	for (size_t i = 0; i < in->content->n_kept + in->content->n_allow; i++)
		n += in->bad[i];
	return n;
}

static void succeeded(struct install *in, size_t *left_out)
{
	nft_set_owned(in->n, in->rs.owned);
	in->n->lacks = in->opts.lacks;
	in->n->kind = NFT_QUEUE_NONE;
	if (any_queues(&in->rs))
		in->n->kind = in->rs.native_queue ? NFT_QUEUE_NATIVE : NFT_QUEUE_XT;
	if (left_out)
		*left_out = count_bad(in);
}

/* What the last attempt has taught; false where it has taught nothing. */
static bool adapt(struct install *in)
{
	if (in->failed || !(in->wants_xt || in->wants_plain || in->lacks || in->some_bad))
		return false;
	in->opts.owned &= !in->wants_plain;
	in->opts.native_queue &= !in->wants_xt;
	in->opts.lacks |= in->lacks;
	build(in);
	return true;
}

int nft_install(struct nft *n, const struct nft_opts *o, const struct nft_content *c,
	size_t *left_out, char *why, size_t why_size)
{
	struct install in = { .n = n, .content = c };
	struct text t = text_over(why, why_size);
	int error = prepare(&in, o);
	int r = 0;

	for (int i = 0; !error && i < ATTEMPTS; i++) {
		error = attempt(&in);
		if (!error || !adapt(&in))
			break;
		error = i + 1 < ATTEMPTS ? 0 : error;
	}
	if (error)
		r = explain(&in, in.failed ? in.error : error, &t);
	else
		succeeded(&in, left_out);
	release(&in);
	return r;
}
