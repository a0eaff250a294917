/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures in the kernel: changes are applied, what stands is read back, hits are asked
 * for. A batch that the kernel refuses is taken apart, so that one bad change (a full
 * set, an overlapping prefix) never holds up the others.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "codec/nft_dump.h"
#include "codec/nft_elem.h"
#include "edge/nft.h"
#include "edge/nft_private.h"

/* Changes of one transaction: three messages of at most 600 bytes each fill the buffer
 * nearly, and a commit of that many holds up other users of nftables under a millisecond.
 */
#define CHUNK 256
#define DUMP_ATTEMPTS 5

/* Appends one change; 0 or an enum err, then nothing was appended. */
static int put_change(struct nft_batch *b, const struct change *c, mono_t now)
{
	struct nft_elem e[NFT_ELEMS_PER_MEASURE];
	size_t n;
	int r = nft_elem_of_measure(&c->measure, now, e, &n);

	if (r)
		return r;
	return c->add ? nft_elem_set(b, e, n) : nft_elem_unset(b, e, n);
}

/* A removal whose add failed (the set is full, or a wider prefix stands there): delete
 * alone, where an absent element is a success, but an absent table is not. */
static int delete_alone(struct nft *n, const struct change *c, mono_t now)
{
	struct nft_elem e[NFT_ELEMS_PER_MEASURE];
	struct nft_batch b;
	size_t count;
	int error;

	if (nft_elem_of_measure(&c->measure, now, e, &count))
		return ERR_UNSUPPORTED;
	nft_begin(n, &b);
	(void)nft_elem_delete(&b, e, count);
	error = nft_transact(n, &b, NULL, NULL);
	if (error == ENOENT)
		error = nft_ask_table(n);
	return nft_result(error);
}

static int apply_one(struct nft *n, const struct change *c, mono_t now)
{
	struct nft_batch b;
	int error;
	int r;

	nft_begin(n, &b);
	r = put_change(&b, c, now);
	if (r)
		return r;
	error = nft_transact(n, &b, NULL, NULL);
	if (error && !c->add && error != EPERM)
		return delete_alone(n, c, now);
	return nft_result(error);
}

static void apply_chunk(
	struct nft *n, const struct change *c, size_t count, mono_t now, int *results)
{
	struct nft_batch b;
	int error;

	nft_begin(n, &b);
	for (size_t i = 0; i < count; i++)
		results[i] = put_change(&b, &c[i], now);
	if (!nft_batch_count(&b))
		return;
	error = nft_transact(n, &b, NULL, NULL);
	if (!error)
		return;
	for (size_t i = 0; i < count; i++) {
		if (!results[i] && error == EPERM)
			results[i] = ERR_PERMISSION;
		else if (!results[i])
			results[i] = apply_one(n, &c[i], now);
	}
}

int nft_apply(
	struct nft *n, const struct change *c, size_t count, mono_t now, int *results)
{
	for (size_t i = 0; i < count; i += CHUNK)
		apply_chunk(n, c + i, count - i < CHUNK ? count - i : CHUNK, now,
			results + i);
	for (size_t i = 0; i < count; i++) {
		if (results[i])
			return results[i];
	}
	return 0;
}

/* The elements of one set while they are being dumped. */
struct heap {
	struct piece {
		struct nft_elem e;
		bool is_end;
	} * at;
	size_t n, room;
	bool failed;
};

static void collect(void *ctx, const struct nft_elem *e, bool is_end)
{
	struct heap *h = ctx;

	if (h->n == h->room) {
		size_t room = h->room ? h->room * 2 : 256;
		struct piece *at = realloc(h->at, room * sizeof(*at));

		if (!at) {
			h->failed = true;
			return;
		}
		h->at = at;
		h->room = room;
	}
	h->at[h->n++] = (struct piece){ .e = *e, .is_end = is_end };
}

static void collect_message(void *ctx, const struct nlmsghdr *h)
{
	(void)nft_dump_parse(h, collect, ctx);
}

/* By key; of two with the same key the end of one interval stands before the start of
 * the next. */
static int by_key(const void *left, const void *right)
{
	const struct piece *a = left;
	const struct piece *b = right;
	int d = memcmp(a->e.key, b->e.key, sizeof(a->e.key));

	return d ? d : b->is_end - a->is_end;
}

static int dump(struct nft *n, enum nft_set_id set, struct heap *h)
{
	int error = EINTR;

	for (int i = 0; error == EINTR && i < DUMP_ATTEMPTS; i++) {
		h->n = 0;
		n->seq++;
		error = nft_ask(
			n, nft_elem_dump(set, n->buffer, n->seq), collect_message, h);
	}
	if (h->failed)
		return ENOMEM;
	/* A set that an older table of ours did not have. */
	return error == ENOENT ? 0 : error;
}

static void hand_over(
	struct heap *h, enum nft_set_id set, mono_t now, nft_measure_each each, void *ctx)
{
	bool split = nft_elem_is_split(set);

	if (split)
		qsort(h->at, h->n, sizeof(*h->at), by_key);
	for (size_t i = 0; i < h->n; i++) {
		struct piece *p = &h->at[i];
		bool ended = i + 1 < h->n && h->at[i + 1].is_end;
		struct measure m;

		if (p->is_end)
			continue;
		if (split)
			nft_dump_join(&p->e, ended ? &h->at[i + 1].e : NULL);
		if (!nft_dump_measure(&p->e, now, &m))
			each(ctx, &m);
		if (set == NFT_SET_SHIELDALL)
			return; /* its two elements are one measure */
	}
}

int nft_read_measures(struct nft *n, mono_t now, nft_measure_each each, void *ctx)
{
	struct heap h = { 0 };
	int error = nft_ask_table(n);
	enum nft_set_id set;
	size_t at = 0;

	while (!error && nft_dump_next_set(&at, &set)) {
		error = dump(n, set, &h);
		if (!error)
			hand_over(&h, set, now, each, ctx);
	}
	free(h.at);
	return nft_result(error);
}

static void add_packets(void *ctx, const struct nft_elem *e, bool is_end)
{
	uint64_t *packets = ctx;

	if (!is_end)
		*packets += e->packets;
}

static void add_message(void *ctx, const struct nlmsghdr *h)
{
	(void)nft_dump_parse(h, add_packets, ctx);
}

int nft_hits(struct nft *n, const struct measure *m, uint64_t *packets)
{
	struct nft_elem e[NFT_ELEMS_PER_MEASURE];
	uint64_t sum = 0;
	size_t count;
	int error = 0;

	if (nft_elem_of_measure(m, (mono_t){ 0 }, e, &count))
		return ERR_ABSENT;
	for (size_t i = 0; !error && i < count; i++) {
		n->seq++;
		error = nft_ask(
			n, nft_elem_get(&e[i], n->buffer, n->seq), add_message, &sum);
	}
	if (!error)
		*packets = sum;
	return nft_result(error);
}
