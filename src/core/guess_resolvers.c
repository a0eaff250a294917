/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Votes by questions. Called by replay, for each packet to port 53. */
#include "core/guess_resolvers.h"

#define PORT_DNS 53
#define SHARE 10       /* of the questions that the first one gets */
#define LOOK_AGAIN 64  /* questions, after which shares may be others */

static struct resolver_vote *find(struct resolver_votes *v, const struct addr *a)
{
	for (size_t i = 0; i < v->n; i++)
		if (addr_equal(&v->list[i].addr, a))
			return &v->list[i];
	return NULL;
}

/* Who was asked least makes room. */
static struct resolver_vote *room(struct resolver_votes *v)
{
	struct resolver_vote *least = &v->list[0];

	if (v->n < RESOLVER_VOTES)
		return &v->list[v->n++];
	for (size_t i = 1; i < v->n; i++)
		if (v->list[i].asked < least->asked)
			least = &v->list[i];
	return least;
}

bool guess_resolvers_packet(struct resolver_votes *v, const struct packet *p)
{
	const struct addr *server = &p->dst;
	struct resolver_vote *r;
	bool met;

	if (p->proto != PROTO_UDP || p->dport != PORT_DNS || p->sport == PORT_DNS || p->fragment == FRAGMENT_LATER ||
		addr_is_multicast(server) || addr_is_unspecified(server))
		return false;
	r = find(v, server);
	met = r != NULL;
	if (!met) {
		r = room(v);
		*r = (struct resolver_vote){ .addr = *server };
	}
	r->asked++;
	return ++v->questions % LOOK_AGAIN == 0 || !met;
}

size_t guess_resolvers(const struct resolver_votes *v, struct addr out[NAMES_RESOLVERS])
{
	bool taken[RESOLVER_VOTES] = { false };
	uint32_t most = 0;
	size_t n = 0;

	for (; n < NAMES_RESOLVERS; n++) {
		size_t best = RESOLVER_VOTES;

		for (size_t i = 0; i < v->n; i++)
			if (!taken[i] && (best == RESOLVER_VOTES || v->list[i].asked > v->list[best].asked))
				best = i;
		if (best == RESOLVER_VOTES || (uint64_t)v->list[best].asked * SHARE < most)
			break;
		if (!n)
			most = v->list[best].asked;
		taken[best] = true;
		out[n] = v->list[best].addr;
	}
	return n;
}
