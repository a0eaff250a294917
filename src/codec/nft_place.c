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

int nft_place_find(const struct measure *m, enum nft_set_id *out)
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

static bool holds(const struct place *p, enum nft_set_id set)
{
	return p->one4 == set || p->one6 == set || p->net4 == set || p->net6 == set;
}

int nft_place_meaning(
	enum nft_set_id set, bool limited, enum response *response, enum scope *scope)
{
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
