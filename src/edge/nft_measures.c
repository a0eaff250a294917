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
#include "codec/nft_place.h"
#include "edge/nft.h"
#include "edge/nft_private.h"

/* Changes of one transaction: nine messages of some 150 bytes each (a destination's three places) fill two thirds
 * of the buffer. From 128 to 3000 it makes no difference to how long a bulk takes, but others of
 * nftables wait until one is done: about a millisecond with this. */
#define CHUNK 256
#define CHANGE_MESSAGES (3 * NFT_ELEMS_PER_MEASURE)
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
	uint16_t owner[CHUNK * CHANGE_MESSAGES]; /* the change of each message behind the first */
	size_t first;                            /* messages of switches */
	bool whole;                              /* the round failed as a whole */
};

/* One element of a change. What must be absent is taken away with an add, and is none of a fresh one's business. */
static int put_element(struct nft_batch *b, const struct nft_elem *e, enum way way, bool add)
{
	if (way == WAY_FRESH)
		return e->absent ? 0 : nft_elem_create(b, e, 1);
	if (way == WAY_DELETE)
		return e->absent ? 0 : nft_elem_delete(b, e, 1);
	return add && !e->absent ? nft_elem_set(b, e, 1) : nft_elem_unset(b, e, 1);
}

static int put_change(
	struct nft_batch *b, const struct change *c, enum way way, mono_t now)
{
	struct nft_elem e[NFT_ELEMS_PER_MEASURE];
	size_t n;
	int r = nft_elem_of_measure(&c->measure, now, e, &n);

	for (size_t i = 0; !r && i < n; i++)
		r = put_element(b, &e[i], way, c->add);
	return r;
}

void nft_light_for(struct nft_lights *l, const struct nft_elem *e)
{
	enum nft_set_id on;

	if (!e->absent && nft_place_switch(e->set, &on) && l->ms[on] < e->timeout_ms)
		l->ms[on] = e->timeout_ms;
}

int nft_put_lights(struct nft_batch *b, const struct nft_lights *l)
{
	int r = 0;

	for (size_t i = 0; !r && i < NFT_SETS; i++) {
		struct nft_elem e[2];

		if (!l->ms[i])
			continue;
		nft_elem_of_switch((enum nft_set_id)i, l->ms[i], e);
		r = nft_elem_set(b, e, 2);
	}
	return r;
}

/* A switch is lit as long as the longest measure that it is for, so never for less than it stands. The kernel knows
 * that better than we: another thread, or an earlier run, may have lit it. */
static void light(struct nft *n, const struct chunk *k, struct nft_lights *l)
{
	for (size_t i = 0; i < k->n; i++) {
		struct nft_elem e[NFT_ELEMS_PER_MEASURE];
		size_t count;

		if (!k->c[i].add || k->way[i] == WAY_DONE || nft_elem_of_measure(&k->c[i].measure, k->now, e, &count))
			continue;
		for (size_t at = 0; at < count; at++)
			nft_light_for(l, &e[at]);
	}
	for (size_t i = 0; i < NFT_SETS; i++) {
		struct nft_elem e[2], found;

		if (!l->ms[i])
			continue;
		nft_elem_of_switch((enum nft_set_id)i, l->ms[i], e);
		if (!nft_fetch(n, &e[0], &found) && found.timeout_ms > l->ms[i])
			l->ms[i] = found.timeout_ms;
	}
}

static void put_chunk(struct chunk *k, struct nft_batch *b)
{
	k->first = nft_batch_count(b);
	for (size_t i = 0; i < k->n; i++) {
		size_t before = nft_batch_count(b) - k->first;

		k->errors[i] = 0;
		if (k->way[i] == WAY_DONE)
			continue;
		k->results[i] = put_change(b, &k->c[i], k->way[i], k->now);
		if (k->results[i])
			k->way[i] = WAY_DONE;
		for (; before < nft_batch_count(b) - k->first; before++)
			k->owner[before] = (uint16_t)i;
	}
}

static void refused(void *ctx, size_t message, int error)
{
	struct chunk *k = ctx;
	int *first;

	if (message == SIZE_MAX || message < k->first) {
		k->whole = true;
		return;
	}
	first = &k->errors[k->owner[message - k->first]];
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
	struct nft_lights lights = { { 0 } };
	struct nft_batch b;
	bool some = false;
	int error;

	k->whole = false;
	light(n, k, &lights);
	nft_begin(n, &b);
	(void)nft_put_lights(&b, &lights); /* the first in an empty buffer: there is room */
	put_chunk(k, &b);
	if (nft_batch_count(&b) == k->first)
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

/* The other rate of the same egress-limit; 0 where it has none. */
static bool find_other(struct nft *n, const struct measure *m, enum nft_set_id not_in, struct nft_elem *out)
{
	struct measure both = *m;
	struct nft_elem e[NFT_ELEMS_PER_MEASURE];
	size_t count;

	both.limit_rate = both.limit_kib = 1;
	if (nft_elem_of_measure(&both, (mono_t){ 0 }, e, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!e[i].absent && e[i].set != not_in)
			return nft_fetch(n, &e[i], out) == 0;
	}
	return false;
}

/* An egress-limit of flows and bytes is two elements and one measure: told with its limit of flows. */
static bool is_told_here(struct nft *n, const struct nft_elem *e, struct measure *m, mono_t now)
{
	struct nft_elem other;

	if (m->response != RESPONSE_EGRESS_LIMIT || !find_other(n, m, e->set, &other))
		return true;
	if (e->limit_kib)
		return false;
	m->limit_kib = other.limit_kib;
	if (other.timeout_ms > e->timeout_ms)
		m->until = mono_add(now, (int64_t)other.timeout_ms * NS_PER_MS);
	return true;
}

static void hand_over(struct nft *n,
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
		if (!nft_dump_measure(&p->e, now, &m) && is_told_here(n, &p->e, &m, now))
			each(ctx, &m);
		if (set == NFT_SET_SHIELDALL || set == NFT_SET_JAIL_HOST)
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
			hand_over(n, &h, set, now, each, ctx);
	}
	free(h.at);
	return nft_result(error);
}
