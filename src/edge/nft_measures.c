/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures in the kernel: changes are applied, what stands is read back. The kernel takes a batch whole or not at all, but names every message that it
 * would not take: without those the rest goes in at once, so that one bad change (a full
 * set, an overlapping prefix) never holds up the others. Each refusal costs a grace
 * period of RCU, milliseconds, so changes are never tried one by one.
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
 * nearly. From 128 to 3000 it makes no difference to how long a bulk takes, but others of
 * nftables wait until one is done: about a millisecond with this. */
#define CHUNK 256
#define CHANGE_MESSAGES 3
/* All, what is not fresh after all as a whole, without the refused ones, with deletes
 * alone, and one to spare. */
#define ROUNDS 5
#define DUMP_ATTEMPTS 5

/* How a change is still to be tried. */
enum way {
	WAY_DONE = 0,
	WAY_FRESH,  /* add alone, which must not be there: a third of the work */
	WAY_WHOLE,  /* add, delete, add; or add, delete */
	WAY_DELETE, /* delete alone: the add before it had no room, or met a wider prefix
		     */
};

/* Some changes on their way into the kernel. */
struct chunk {
	const struct change *c;
	size_t n;
	mono_t now;
	int *results;
	enum way way[CHUNK];
	int errors[CHUNK];                       /* of this round */
	uint16_t owner[CHUNK * CHANGE_MESSAGES]; /* the change of each message */
	bool whole;                              /* the round failed as a whole */
};

static int put_change(
	struct nft_batch *b, const struct change *c, enum way way, mono_t now)
{
	struct nft_elem e[NFT_ELEMS_PER_MEASURE];
	size_t n;
	int r = nft_elem_of_measure(&c->measure, now, e, &n);

	if (r)
		return r;
	if (way == WAY_FRESH)
		return nft_elem_create(b, e, n);
	if (way == WAY_DELETE)
		return nft_elem_delete(b, e, n);
	return c->add ? nft_elem_set(b, e, n) : nft_elem_unset(b, e, n);
}

static void put_chunk(struct chunk *k, struct nft_batch *b)
{
	for (size_t i = 0; i < k->n; i++) {
		size_t before = nft_batch_count(b);

		k->errors[i] = 0;
		if (k->way[i] == WAY_DONE)
			continue;
		k->results[i] = put_change(b, &k->c[i], k->way[i], k->now);
		if (k->results[i])
			k->way[i] = WAY_DONE;
		for (; before < nft_batch_count(b); before++)
			k->owner[before] = (uint16_t)i;
	}
}

static void refused(void *ctx, size_t message, int error)
{
	struct chunk *k = ctx;
	int *first;

	if (message == SIZE_MAX) {
		k->whole = true;
		return;
	}
	first = &k->errors[k->owner[message]];
	if (!*first)
		*first = error;
}

/* What the kernel's word on one change means for it. */
static void settle(struct chunk *k, size_t i)
{
	int error = k->errors[i];
	bool no_room = error == ENFILE || error == EEXIST || error == ENOTEMPTY;

	/* It was there; or it overlaps another, which the next word will be about. */
	if (k->way[i] == WAY_FRESH && (error == EEXIST || error == ENOTEMPTY)) {
		k->way[i] = WAY_WHOLE;
		return;
	}
	if (!k->c[i].add && k->way[i] == WAY_WHOLE && no_room) {
		k->way[i] = WAY_DELETE;
		return;
	}
	/* That the set itself is there was known when its add had no room. */
	if (k->way[i] == WAY_DELETE && error == ENOENT)
		error = 0;
	k->way[i] = WAY_DONE;
	k->results[i] = nft_result(error);
}

/* Ends all that is still to be tried with one result. */
static void end_all(struct chunk *k, int result)
{
	for (size_t i = 0; i < k->n; i++) {
		if (k->way[i] != WAY_DONE)
			k->results[i] = result;
		k->way[i] = WAY_DONE;
	}
}

/* One transaction of what is left; the refused ones are settled. True at the end. */
static bool try_chunk(struct nft *n, struct chunk *k)
{
	struct nft_batch b;
	bool some = false;
	int error;

	nft_begin(n, &b);
	put_chunk(k, &b);
	if (!nft_batch_count(&b))
		return true;
	error = nft_transact(n, &b, refused, k);
	for (size_t i = 0; i < k->n; i++) {
		some |= k->errors[i] != 0;
		if (k->errors[i])
			settle(k, i);
	}
	if (error && some && !k->whole)
		return false;
	end_all(k, nft_result(error));
	return true;
}

static void apply_chunk(struct nft *n, struct chunk *k)
{
	for (size_t i = 0; i < k->n; i++)
		k->way[i] = k->c[i].add && k->c[i].fresh ? WAY_FRESH : WAY_WHOLE;
	for (int round = 0; round < ROUNDS; round++) {
		if (try_chunk(n, k))
			return;
	}
	end_all(k, ERR_AGAIN);
}

int nft_apply(
	struct nft *n, const struct change *c, size_t count, mono_t now, int *results)
{
	for (size_t i = 0; i < count; i += CHUNK) {
		struct chunk k = {
			.c = c + i,
			.n = count - i < CHUNK ? count - i : CHUNK,
			.now = now,
			.results = results + i,
		};

		apply_chunk(n, &k);
	}
	for (size_t i = 0; i < count; i++) {
		if (results[i])
			return results[i];
	}
	return 0;
}

/* The elements of one set while they are being dumped. */
struct heap {
	struct nft_piece *at;
	size_t n, room;
	bool failed;
};

static void collect(void *ctx, const struct nft_elem *e, bool is_end)
{
	struct heap *h = ctx;

	if (h->n == h->room) {
		size_t room = h->room ? h->room * 2 : 256;
		struct nft_piece *at = realloc(h->at, room * sizeof(*at));

		if (!at) {
			h->failed = true;
			return;
		}
		h->at = at;
		h->room = room;
	}
	h->at[h->n++] = (struct nft_piece){ .e = *e, .is_end = is_end };
}

static void collect_message(void *ctx, const struct nlmsghdr *h)
{
	(void)nft_dump_parse(h, collect, ctx);
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
	if (h->n > 1)
		qsort(h->at, h->n, sizeof(*h->at), nft_piece_order);
	nft_dump_join_all(h->at, h->n);
	for (size_t i = 0; i < h->n; i++) {
		const struct nft_piece *p = &h->at[i];
		struct measure m;

		if (p->is_end)
			continue;
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
