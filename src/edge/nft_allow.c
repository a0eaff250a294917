/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where jailed actors may go. These are intervals of several fields, of which the kernel takes a wider one behind a
 * narrower but not the other way, and which it finds by their beginning: told to delete an interval that is not there
 * it deletes the wider one that this would lie in. So what is to be deleted is added first, which fails where such
 * a one stands, and nothing else is ever tried.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "codec/nft_elem.h"
#include "edge/nft.h"
#include "edge/nft_private.h"

#define CHUNK 256
#define MESSAGES 3 /* of one: add, delete, add */
#define ROUNDS 4   /* all, without the refused, without those that the rest has left no room, and one to spare */

struct allowing {
	const struct allowance *a;
	const bool *add;
	int *results;
	mono_t now;
	size_t n;
	struct nft_allow_order order[CHUNK];
	bool done[CHUNK];
	bool bare[CHUNK]; /* to be deleted without an add, for which there was no room: it is known to be there */
	int errors[CHUNK];
	uint16_t owner[CHUNK * MESSAGES];
	bool whole;
};

static int by_width(const void *left, const void *right)
{
	const struct nft_allow_order *a = left, *b = right;

	if (a->width != b->width)
		return a->width < b->width ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

/* Bits of hosts, then ports: what lies within another comes before it. */
void nft_allow_sort(const struct allowance *a, size_t n, struct nft_allow_order *order)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t bits = a[i].to.addr.family == FAMILY_V4 ? 32 : 128;
		uint32_t hosts = a[i].to.len <= bits ? bits - a[i].to.len : 0;

		order[i].width = hosts << 16 | (uint16_t)(a[i].port_last - a[i].port_first);
		order[i].index = (uint32_t)i;
	}
	if (n > 1)
		qsort(order, n, sizeof(*order), by_width);
}

static int put_one(struct allowing *k, struct nft_batch *b, size_t i)
{
	struct nft_elem e;
	int r = nft_elem_of_allowance(&k->a[i], k->now, &e);

	if (r)
		return r;
	if (k->bare[i])
		return nft_elem_delete(b, &e, 1);
	return k->add[i] ? nft_elem_set(b, &e, 1) : nft_elem_unset(b, &e, 1);
}

static void put_all(struct allowing *k, struct nft_batch *b)
{
	for (size_t at = 0; at < k->n; at++) {
		size_t i = k->order[at].index;
		size_t before = nft_batch_count(b);

		k->errors[i] = 0;
		if (k->done[i])
			continue;
		k->results[i] = put_one(k, b, i);
		k->done[i] = k->results[i] != 0;
		for (; before < nft_batch_count(b); before++)
			k->owner[before] = (uint16_t)i;
	}
}

static void refused(void *ctx, size_t message, int error)
{
	struct allowing *k = ctx;

	if (message == SIZE_MAX)
		k->whole = true;
	else if (!k->errors[k->owner[message]])
		k->errors[k->owner[message]] = error;
}

/* Whether exactly this interval stands. */
static bool stands(struct nft *n, const struct allowing *k, size_t i)
{
	struct nft_elem e, found;

	return !nft_elem_of_allowance(&k->a[i], k->now, &e) && !nft_fetch(n, &e, &found) &&
		memcmp(e.key, found.key, sizeof(e.key)) == 0 && memcmp(e.last, found.last, sizeof(e.last)) == 0;
}

static void settle(struct nft *n, struct allowing *k, size_t i)
{
	bool within = k->errors[i] == EEXIST || k->errors[i] == ENOTEMPTY;

	if (!k->add[i] && k->errors[i] == ENFILE && !k->bare[i]) {
		k->bare[i] = stands(n, k, i);
		k->done[i] = !k->bare[i];
		k->results[i] = 0;
		return;
	}
	k->done[i] = true;
	k->results[i] = within && !k->add[i] ? 0 : nft_result(k->errors[i]);
}

static void end_all(struct allowing *k, int result)
{
	for (size_t i = 0; i < k->n; i++) {
		if (!k->done[i])
			k->results[i] = result;
		k->done[i] = true;
	}
}

/* One transaction of what is left. True at the end. */
static bool try_all(struct nft *n, struct allowing *k)
{
	struct nft_batch b;
	bool some = false;
	int error;

	k->whole = false;
	nft_begin(n, &b);
	put_all(k, &b);
	if (!nft_batch_count(&b))
		return true;
	error = nft_transact(n, &b, refused, k);
	for (size_t i = 0; i < k->n; i++) {
		some |= k->errors[i] != 0;
		if (k->errors[i])
			settle(n, k, i);
	}
	if (error && some && !k->whole)
		return false;
	end_all(k, nft_result(error));
	return true;
}

/*
 * An allowance that begins within a wider one: puts the wider one behind it, with what is left of its time. What
 * stands of the allowance itself hides the wider one from a look, so that goes first; the wider one allows the same
 * meanwhile. Where the two begin at one address, or only overlap, the kernel has no room for both.
 */
static int make_room(struct nft *n, const struct allowing *k, size_t i)
{
	struct nft_elem e, wider;
	struct nft_batch b;
	int r = nft_elem_of_allowance(&k->a[i], k->now, &e);

	if (r)
		return r;
	nft_begin(n, &b);
	(void)nft_elem_unset(&b, &e, 1);
	(void)nft_transact(n, &b, NULL, NULL);
	if (nft_fetch(n, &e, &wider))
		return nft_result(EEXIST);
	nft_begin(n, &b);
	(void)nft_elem_delete(&b, &wider, 1);
	(void)nft_elem_add(&b, &e, 1);
	(void)nft_elem_add(&b, &wider, 1);
	return nft_result(nft_transact(n, &b, NULL, NULL));
}

static void allow_chunk(struct nft *n, struct allowing *k)
{
	bool over = false;

	nft_allow_sort(k->a, k->n, k->order);
	for (int round = 0; !over && round < ROUNDS; round++)
		over = try_all(n, k);
	end_all(k, ERR_AGAIN);
	for (size_t at = 0; at < k->n; at++) {
		size_t i = k->order[at].index;

		if (k->add[i] && k->results[i] == ERR_EXISTS)
			k->results[i] = make_room(n, k, i);
	}
}

int nft_allow(struct nft *n, const struct allowance *a, const bool *add, size_t count, mono_t now, int *results)
{
	for (size_t i = 0; i < count; i += CHUNK) {
		struct allowing k = { .a = a + i, .add = add + i, .results = results + i, .now = now,
			.n = count - i < CHUNK ? count - i : CHUNK };

		allow_chunk(n, &k);
	}
	for (size_t i = 0; i < count; i++) {
		if (results[i])
			return results[i];
	}
	return 0;
}
