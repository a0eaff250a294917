/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is done with one transaction: the dead-man element, guards, removal. How it is
 * spoken stands in nft_socket.c.
 */
#include "edge/nft.h"

#include <errno.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "base/err.h"
#include "codec/nft_elem.h"
#include "codec/nft_encode.h"
#include "edge/nft_private.h"

int nft_result(int error)
{
	switch (error) {
	case 0:
		return 0;
	case EPERM:
		return ERR_PERMISSION;
	case ENOENT:
		return ERR_ABSENT;
	case ENFILE:
		return ERR_FULL;
	case EEXIST:
	case ENOTEMPTY: /* a part of an interval is there already */
		return ERR_EXISTS;
	case EINVAL:
	case EOVERFLOW:
	case ERANGE:
		return ERR_INVALID;
	case EOPNOTSUPP:
	case EAFNOSUPPORT:
	case EPROTONOSUPPORT:
		return ERR_UNSUPPORTED;
	case ENOMEM:
	case ENOBUFS:
		return ERR_MEMORY;
	case EAGAIN:
	case EINTR:
	case EBUSY:
	case ERESTART:
		return ERR_AGAIN;
	}
	return ERR_IO;
}

void nft_begin(struct nft *n, struct nft_batch *b)
{
	nft_batch_begin(b, n->buffer, NFT_BUFFER_BYTES, n->seq + 1);
}

int nft_ask_table(struct nft *n)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(n->buffer);
	struct nfgenmsg *g;

	h->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	h->nlmsg_seq = ++n->seq;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = NFPROTO_INET;
	mnl_attr_put_strz(h, NFTA_TABLE_NAME, NFT_TABLE);
	return nft_ask(n, h, NULL, NULL);
}

enum nft_queue_kind nft_queue_kind(const struct nft *n)
{
	return n->kind;
}

unsigned nft_lacks(const struct nft *n)
{
	return n->lacks;
}

const char *nft_queue_kind_name(enum nft_queue_kind k)
{
	switch (k) {
	case NFT_QUEUE_NONE:
		return "none";
	case NFT_QUEUE_NATIVE:
		return "native queue";
	case NFT_QUEUE_XT:
		return "xt NFQUEUE target";
	}
	return "?";
}

static void alive_elems(struct nft_elem out[2])
{
	out[0] = nft_elem_of_family(NFPROTO_IPV4);
	out[1] = nft_elem_of_family(NFPROTO_IPV6);
}

int nft_alive(struct nft *n)
{
	struct nft_elem e[2];
	struct nft_batch b;

	alive_elems(e);
	nft_begin(n, &b);
	(void)nft_elem_set(&b, e, 2);
	return nft_result(nft_transact(n, &b, NULL, NULL));
}

int nft_alive_end(struct nft *n)
{
	struct nft_elem e[2];
	struct nft_batch b;

	alive_elems(e);
	nft_begin(n, &b);
	(void)nft_elem_unset(&b, e, 2);
	return nft_result(nft_transact(n, &b, NULL, NULL));
}

int nft_put_guards(struct nft_batch *b, const struct guards *g)
{
	int r = 0;

	for (size_t i = 0; !r && g && i < g->n; i++) {
		const struct prefix *p = &g->list[i].prefix;
		bool covered = false;
		struct nft_elem e;

		/* Of two that are the same the first stays; prefixes either nest or are
		 * apart. */
		for (size_t k = 0; !covered && k < g->n; k++)
			covered = k != i && prefix_covers(&g->list[k].prefix, p) &&
				(k < i || !prefix_equal(&g->list[k].prefix, p));
		if (covered)
			continue;
		e = nft_elem_of_guard(p);
		r = nft_elem_add(b, &e, 1);
	}
	return r;
}

int nft_set_guards(struct nft *n, const struct guards *g)
{
	struct nft_batch b;

	nft_begin(n, &b);
	(void)nft_elem_flush(&b, NFT_SET_GUARD4);
	(void)nft_elem_flush(&b, NFT_SET_GUARD6);
	(void)nft_put_guards(&b, g);
	return nft_result(nft_transact(n, &b, NULL, NULL));
}

int nft_remove(struct nft *n)
{
	struct nft_batch b;
	int r;

	nft_begin(n, &b);
	r = nft_encode_remove(&b);
	if (r)
		return r;
	r = nft_transact(n, &b, NULL, NULL);
	n->kind = NFT_QUEUE_NONE;
	if (!r || r == ENOENT)
		nft_set_owned(n, false);
	return r == ENOENT ? 0 : nft_result(r);
}
