/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The listening ports in the kernel, as differences. New ports go in before a protocol is
 * called known, and old ones leave after: a shield never meets a live service that is
 * missing in the set.
 */
#include <string.h>

#include "base/err.h"
#include "codec/nft_elem.h"
#include "core/packet.h"
#include "edge/nft.h"
#include "edge/nft_private.h"

static const uint8_t protocols[LISTEN_PROTOS] = {
	[LISTEN_TCP] = PROTO_TCP,
	[LISTEN_UDP] = PROTO_UDP,
	[LISTEN_SCTP] = PROTO_SCTP,
};

/* Elements that wait for their message. */
struct writer {
	const struct nft_ports *to;
	struct nft_elem group[NFT_ELEMS_PER_MESSAGE];
	size_t n;
	bool add;
	int result;
};

static void flush(struct writer *w)
{
	struct nft_batch *b = w->to->b;

	if (w->result || !w->n)
		return;
	w->result = w->add ? nft_elem_add(b, w->group, w->n)
			   : nft_elem_unset(b, w->group, w->n);
	w->n = 0;
	if (w->result || !w->to->n || b->size - b->len > 4 * NFT_MESSAGE_MAX)
		return;
	w->result = nft_result(nft_transact(w->to->n, b, NULL, NULL));
	nft_begin(w->to->n, b);
}

static void put(struct writer *w, const struct nft_elem *e)
{
	w->group[w->n++] = *e;
	if (w->n == NFT_ELEMS_PER_MESSAGE)
		flush(w);
}

/* Ports of one protocol that stand in one word of here and not of there. */
static void put_word(
	struct writer *w, uint8_t proto, size_t word, uint64_t here, uint64_t there)
{
	uint64_t bits = here & ~there;

	while (bits && !w->result) {
		unsigned bit = (unsigned)__builtin_ctzll(bits);
		struct nft_elem e = nft_elem_of_service(
			proto, (uint16_t)(word * 64 + bit));

		put(w, &e);
		bits &= bits - 1;
	}
}

static void put_protocol(struct writer *w, enum listen_proto p)
{
	static const struct listen_snapshot nothing;
	const struct listen_snapshot *now = w->to->now;
	const struct listen_snapshot *old = w->to->old ? w->to->old : &nothing;
	const struct listen_snapshot *here = w->add ? now : old;
	const struct listen_snapshot *there = w->add ? old : now;

	if (!now->known[p])
		return;
	for (size_t i = 0; i < 1024; i++)
		put_word(w, protocols[p], i, here->ports[p][i], there->ports[p][i]);
	flush(w);
}

static void put_known(struct writer *w, enum listen_proto p)
{
	struct nft_elem e = nft_elem_of_protocol(protocols[p]);

	if (w->to->now->known[p] && !(w->to->old && w->to->old->known[p]))
		put(w, &e);
}

int nft_put_ports(const struct nft_ports *p)
{
	struct writer w = { .to = p, .add = true };

	if (!p->now)
		return 0;
	for (int i = 0; i < LISTEN_PROTOS; i++)
		put_protocol(&w, (enum listen_proto)i);
	for (int i = 0; i < LISTEN_PROTOS; i++)
		put_known(&w, (enum listen_proto)i);
	flush(&w);
	w.add = false;
	for (int i = 0; i < LISTEN_PROTOS; i++)
		put_protocol(&w, (enum listen_proto)i);
	return w.result;
}

int nft_set_listening(struct nft *n, const struct listen_snapshot *old,
	const struct listen_snapshot *now)
{
	struct nft_batch b;
	const struct nft_ports p = { .n = n, .b = &b, .old = old, .now = now };
	int r;

	nft_begin(n, &b);
	r = nft_put_ports(&p);
	if (r || !nft_batch_count(&b))
		return r;
	return nft_result(nft_transact(n, &b, NULL, NULL));
}
