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

/* Native queue, xt target, without an owner, without bad elements, and one to spare. */
#define ATTEMPTS 5
#define KEPT_BYTES 512 /* of a kept measure's message */
#define GUARD_BYTES 256
#define PORTS_BYTES 192 /* of four ports' message */

struct install {
	struct nft *n;
	const struct nft_content *content;
	struct nft_ruleset rs;
	uint8_t *memory;
	size_t bytes;
	uint32_t *kept;  /* kept measure of each message behind the ruleset */
	bool *bad;       /* kept measures that are left out */
	size_t messages; /* of kept measures */
	bool wants_xt;
	bool wants_plain; /* a table that has no owner */
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

/* One message for each kept measure; those that have no elements are left out. */
static int put_kept(struct install *in, struct nft_batch *b)
{
	const struct nft_content *c = in->content;
	int r = 0;

	in->messages = 0;
	for (size_t i = 0; !r && i < c->n_kept; i++) {
		struct nft_elem e[NFT_ELEMS_PER_MEASURE];
		size_t n;

		if (in->bad[i])
			continue;
		if (nft_elem_of_measure(&c->kept[i], c->now, e, &n)) {
			in->bad[i] = true;
			continue;
		}
		r = nft_elem_add(b, e, n);
		in->kept[in->messages++] = (uint32_t)i;
	}
	return r;
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

static int prepare(struct install *in, const struct nft_opts *o)
{
	const struct nft_content *c = in->content;

	nft_ruleset_build(o, &in->rs);
	in->rs.native_queue = o->native_queue && any_queues(&in->rs);
	in->bytes = NFT_RULESET_BYTES + c->n_kept * KEPT_BYTES +
		(c->guards ? c->guards->n * GUARD_BYTES : 0) +
		(count_ports(c->listening) / NFT_ELEMS_PER_MESSAGE + 8) * PORTS_BYTES;
	in->memory = malloc(in->bytes);
	in->kept = calloc(c->n_kept + 1, sizeof(*in->kept));
	in->bad = calloc(c->n_kept + 1, sizeof(*in->bad));
	return in->memory && in->kept && in->bad ? 0 : ENOMEM;
}

static void release(struct install *in)
{
	free(in->memory);
	free(in->kept);
	free(in->bad);
}

static size_t count_bad(const struct install *in)
{
	size_t n = 0;

	for (size_t i = 0; i < in->content->n_kept; i++)
		n += in->bad[i];
	return n;
}

static void succeeded(struct install *in, size_t *left_out)
{
	nft_set_owned(in->n, in->rs.owned);
	in->n->kind = NFT_QUEUE_NONE;
	if (any_queues(&in->rs))
		in->n->kind = in->rs.native_queue ? NFT_QUEUE_NATIVE : NFT_QUEUE_XT;
	if (left_out)
		*left_out = count_bad(in);
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
		if (!error || in.failed ||
			!(in.wants_xt || in.wants_plain || in.some_bad))
			break;
		if (in.wants_plain)
			in.rs.owned = false;
		if (in.wants_xt)
			in.rs.native_queue = false;
		error = i + 1 < ATTEMPTS ? 0 : error;
	}
	if (error)
		r = explain(&in, in.failed ? in.error : error, &t);
	else
		succeeded(&in, left_out);
	release(&in);
	return r;
}
