/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures and their sets, as one table that is read in both directions.
 */
#include "codec/nft_place.h"

#include "base/err.h"

/* Sets of sources: single ones (an IPv4 address, an IPv6 /64), and any other prefix. */
static const struct place {
	enum response response;
	enum scope scope;
	enum nft_set_id one4, one6, net4, net6;
} places[] = {
	{ RESPONSE_SHIELD, SCOPE_SOURCE, NFT_SET_SHIELD4, NFT_SET_SHIELD6,
		NFT_SET_SHIELDNET4, NFT_SET_SHIELDNET6 },
	{ RESPONSE_LIMIT, SCOPE_SOURCE, NFT_SET_REFUSE4, NFT_SET_REFUSE6,
		NFT_SET_LIMITNET4, NFT_SET_LIMITNET6 },
	{ RESPONSE_REFUSE, SCOPE_SOURCE, NFT_SET_REFUSE4, NFT_SET_REFUSE6,
		NFT_SET_REFUSENET4, NFT_SET_REFUSENET6 },
	{ RESPONSE_LIMIT, SCOPE_SERVICE, NFT_SET_REFUSESVC4, NFT_SET_REFUSESVC6,
		NFT_SET_LIMITSVCNET4, NFT_SET_LIMITSVCNET6 },
	{ RESPONSE_REFUSE, SCOPE_SERVICE, NFT_SET_REFUSESVC4, NFT_SET_REFUSESVC6,
		NFT_SET_REFUSESVCNET4, NFT_SET_REFUSESVCNET6 },
	{ RESPONSE_DROP, SCOPE_SOURCE, NFT_SET_DROP4, NFT_SET_DROP6, NFT_SET_DROPNET4,
		NFT_SET_DROPNET6 },
};

#define PLACES (sizeof(places) / sizeof(places[0]))

static int place_source(
	const struct place *p, const struct prefix *source, enum nft_set_id *out)
{
	if (source->addr.family == FAMILY_V4) {
		*out = source->len == 32 ? p->one4 : p->net4;
		return 0;
	}
	if (source->addr.family == FAMILY_V6) {
		*out = source->len == 64 ? p->one6 : p->net6;
		return 0;
	}
	return ERR_UNSUPPORTED;
}

static int place_one(const struct measure *m, enum nft_set_id *out)
{
	if (m->subject.kind == SUBJECT_HOST && m->response == RESPONSE_SHIELD) {
		*out = NFT_SET_SHIELDALL;
		return 0;
	}
	if (m->subject.kind == SUBJECT_SERVICE && m->response == RESPONSE_SERVICE_LIMIT) {
		*out = NFT_SET_SVCLIMIT;
		return 0;
	}
	/* A limit of nothing a second would be an element without a limit: a refusal. */
	if (m->subject.kind != SUBJECT_SOURCE ||
		(m->response == RESPONSE_LIMIT && !m->limit_rate))
		return ERR_UNSUPPORTED;
	for (size_t i = 0; i < PLACES; i++) {
		if (places[i].response == m->response && places[i].scope == m->scope)
			return place_source(&places[i], &m->subject.source, out);
	}
	return ERR_UNSUPPORTED;
}

static void put_place(struct nft_places *p, int set, bool there)
{
	p->set[p->n] = (enum nft_set_id)set;
	p->there[p->n++] = there;
}

/* The four sets of each sort stand in this order. */
static int place_destination(const struct measure *m, struct nft_places *out)
{
	const struct prefix *to = &m->subject.source;
	bool v6 = to->addr.family == FAMILY_V6;
	int at = (v6 ? 1 : 0) + (m->scope == SCOPE_SERVICE ? 2 : 0);
	bool limit = m->response == RESPONSE_EGRESS_LIMIT;

	if (!limit && m->response != RESPONSE_EGRESS_REFUSE)
		return ERR_UNSUPPORTED;
	if ((limit && !m->limit_rate && !m->limit_kib) || to->len != (v6 ? 64 : 32) ||
		to->addr.family == FAMILY_NONE)
		return ERR_UNSUPPORTED;
	put_place(out, NFT_SET_EGRESS_REFUSE4 + at, !limit);
	put_place(out, NFT_SET_EGRESS_LIMIT4 + at, limit && m->limit_rate);
	put_place(out, NFT_SET_EGRESS_BYTES4 + at, limit && m->limit_kib);
	return 0;
}

static int place_actor(const struct measure *m, struct nft_places *out)
{
	static const enum nft_set_id jails[ACTOR_KINDS] = { [ACTOR_HOST] = NFT_SET_JAIL_HOST,
		[ACTOR_USER] = NFT_SET_JAIL_USER, [ACTOR_GROUP] = NFT_SET_JAIL_GROUP };
	const struct actor *a = &m->subject.actor;
	int at = a->kind == ACTOR_GROUP;

	if (m->scope != SCOPE_SOURCE || !actor_valid(a) || a->level > NFT_LEVELS)
		return ERR_UNSUPPORTED;
	if (m->response == RESPONSE_EGRESS_ALLOWLIST) {
		put_place(out, jails[a->kind], true);
		return 0;
	}
	if (m->response != RESPONSE_EGRESS_LIMIT || a->kind == ACTOR_HOST || (!m->limit_rate && !m->limit_kib))
		return ERR_UNSUPPORTED;
	put_place(out, NFT_SET_EGRESS_LIMIT_USER + at, m->limit_rate);
	put_place(out, NFT_SET_EGRESS_BYTES_USER + at, m->limit_kib);
	return 0;
}

int nft_place_all(const struct measure *m, struct nft_places *out)
{
	*out = (struct nft_places){ .n = 0 };
	if (m->subject.kind == SUBJECT_DESTINATION)
		return place_destination(m, out);
	if (m->subject.kind == SUBJECT_ACTOR)
		return place_actor(m, out);
	out->n = 1;
	out->there[0] = true;
	return place_one(m, &out->set[0]);
}

int nft_place_find(const struct measure *m, enum nft_set_id *out)
{
	struct nft_places p;
	int r = nft_place_all(m, &p);
	size_t i = 0;

	if (r)
		return r;
	while (!p.there[i])
		i++;
	*out = p.set[i];
	return 0;
}

static bool is_refusal(enum nft_set_id set)
{
	return set >= NFT_SET_EGRESS_REFUSE4 && set <= NFT_SET_EGRESS_REFUSESVC6;
}

static bool is_jail(enum nft_set_id set)
{
	return set >= NFT_SET_JAIL_USER && set <= NFT_SET_JAIL_HOST;
}

static bool is_flow_limit(enum nft_set_id set)
{
	return set >= NFT_SET_EGRESS_LIMIT4 && set <= NFT_SET_EGRESS_LIMIT_GROUP;
}

static bool is_byte_limit(enum nft_set_id set)
{
	return set >= NFT_SET_EGRESS_BYTES4 && set <= NFT_SET_EGRESS_BYTES_GROUP;
}

bool nft_place_switch(enum nft_set_id set, enum nft_set_id *out)
{
	*out = is_refusal(set) || is_jail(set) || is_byte_limit(set) ? NFT_SET_EGRESS_ON : NFT_SET_LIMIT_ON;
	return is_refusal(set) || is_jail(set) || is_byte_limit(set) || is_flow_limit(set);
}

/* Of a set of what leaves: destinations with a service are the third and fourth of each sort. */
static int egress_meaning(enum nft_set_id set, bool limited, enum response *response, enum scope *scope)
{
	int at = set - (is_refusal(set) ? NFT_SET_EGRESS_REFUSE4 :
			is_flow_limit(set) ? NFT_SET_EGRESS_LIMIT4 : NFT_SET_EGRESS_BYTES4);

	if (limited == (is_refusal(set) || is_jail(set)))
		return ERR_INVALID;
	*response = is_jail(set) ? RESPONSE_EGRESS_ALLOWLIST : is_refusal(set) ? RESPONSE_EGRESS_REFUSE :
										 RESPONSE_EGRESS_LIMIT;
	*scope = !is_jail(set) && (at == 2 || at == 3) ? SCOPE_SERVICE : SCOPE_SOURCE;
	return 0;
}

static bool holds(const struct place *p, enum nft_set_id set)
{
	return p->one4 == set || p->one6 == set || p->net4 == set || p->net6 == set;
}

int nft_place_meaning(
	enum nft_set_id set, bool limited, enum response *response, enum scope *scope)
{
	enum nft_set_id on;

	if (nft_place_switch(set, &on))
		return egress_meaning(set, limited, response, scope);
	if (set == NFT_SET_SHIELDALL || set == NFT_SET_SVCLIMIT) {
		*response = set == NFT_SET_SHIELDALL ? RESPONSE_SHIELD
						     : RESPONSE_SERVICE_LIMIT;
		*scope = SCOPE_SOURCE;
		return 0;
	}
	for (size_t i = 0; i < PLACES; i++) {
		if (!holds(&places[i], set) ||
			limited != (places[i].response == RESPONSE_LIMIT))
			continue;
		*response = places[i].response;
		*scope = places[i].scope;
		return 0;
	}
	return ERR_INVALID;
}
