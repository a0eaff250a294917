/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One measure's element, looked up in the kernel. Where a set holds intervals the kernel
 * answers with whatever interval the key lies in, so both of its ends are asked for and
 * compared.
 */
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "codec/nft_dump.h"
#include "codec/nft_elem.h"
#include "edge/nft.h"
#include "edge/nft_private.h"

struct look {
	const struct nft_elem *want;
	struct nft_piece found[2]; /* where it is split: its start and its end */
	size_t n;
};

static void take(void *ctx, const struct nft_elem *e, bool is_end)
{
	struct look *l = ctx;

	if (l->n < 2 && e->set == l->want->set)
		l->found[l->n++] = (struct nft_piece){ .e = *e, .is_end = is_end };
}

static void take_message(void *ctx, const struct nlmsghdr *h)
{
	(void)nft_dump_parse(h, take, ctx);
}

/* The same keys, and the same kind of measure: a limit and a refusal share their place. */
static bool is_wanted(struct look *l)
{
	struct nft_elem *e = &l->found[0].e;

	if (!l->n || l->found[0].is_end)
		return false;
	if (nft_elem_is_split(e->set))
		nft_dump_join(e, l->n == 2 ? &l->found[1].e : NULL);
	return memcmp(e->key, l->want->key, sizeof(e->key)) == 0 &&
		memcmp(e->last, l->want->last, sizeof(e->last)) == 0 &&
		e->limit_rate == l->want->limit_rate && e->limit_kib == l->want->limit_kib;
}

/* What the kernel answers when it is asked for this key. 0 or a positive errno. */
static int ask(struct nft *n, struct look *l)
{
	n->seq++;
	return nft_ask(n, nft_elem_get(l->want, n->buffer, n->seq), take_message, l);
}

int nft_fetch(struct nft *n, const struct nft_elem *want, struct nft_elem *out)
{
	struct look l = { .want = want };
	int error = ask(n, &l);

	if (!error && !l.n)
		error = ENOENT;
	if (!error)
		*out = l.found[0].e;
	return error;
}

int nft_look(struct nft *n, const struct measure *m, struct nft_found *out)
{
	struct nft_elem e[NFT_ELEMS_PER_MEASURE];
	struct nft_found sum = { .left_ms = UINT64_MAX };
	size_t count;

	if (nft_elem_of_measure(m, (mono_t){ 0 }, e, &count))
		return ERR_ABSENT;
	for (size_t i = 0; i < count; i++) {
		struct look l = { .want = &e[i] };
		int error;

		if (e[i].absent)
			continue;
		error = ask(n, &l);
		if (error || !is_wanted(&l))
			return error ? nft_result(error) : ERR_ABSENT;
		sum.packets += l.found[0].e.packets;
		sum.bytes += l.found[0].e.bytes;
		if (l.found[0].e.timeout_ms && l.found[0].e.timeout_ms < sum.left_ms)
			sum.left_ms = l.found[0].e.timeout_ms;
	}
	if (sum.left_ms == UINT64_MAX)
		sum.left_ms = 0;
	*out = sum;
	return 0;
}
