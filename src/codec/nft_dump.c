/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel dumps -> elements -> measures, read with libnftnl: this happens at a
 * start only, where allocating is no harm.
 */
#include "codec/nft_dump.h"

#include <string.h>

#include <libmnl/libmnl.h>
#include <libnftnl/expr.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "base/err.h"
#include "codec/nft_place.h"

/* An element without an end, as newer kernels allow by hand, is adopted for so long. */
#define ENDLESS_NS (INT64_C(3600) * NS_PER_S)
/* A hundred years: in nanoseconds they fit into 63 bits. */
#define MOST_MS (UINT64_C(100) * 365 * 24 * 3600 * 1000)

bool nft_dump_next_set(size_t *at, enum nft_set_id *out)
{
	enum response response;
	enum scope scope;

	for (; *at < NFT_SETS; ++*at) {
		enum nft_set_id set = (enum nft_set_id)*at;

		if (nft_place_meaning(set, false, &response, &scope) &&
			nft_place_meaning(set, true, &response, &scope))
			continue;
		*out = set;
		++*at;
		return true;
	}
	return false;
}

static int find_set(const char *name, enum nft_set_id *out)
{
	for (size_t i = 0; name && i < NFT_SETS; i++) {
		if (strcmp(nft_set_spec((enum nft_set_id)i).name, name) != 0)
			continue;
		*out = (enum nft_set_id)i;
		return 0;
	}
	return ERR_INVALID;
}

struct reader {
	enum nft_set_id set;
	nft_dump_each each;
	void *ctx;
	int result;
};

static int read_expression(struct nftnl_expr *x, void *arg)
{
	struct nft_elem *e = arg;
	const char *name = nftnl_expr_get_str(x, NFTNL_EXPR_NAME);

	if (strcmp(name, "counter") == 0) {
		e->counter = true;
		e->packets = nftnl_expr_get_u64(x, NFTNL_EXPR_CTR_PACKETS);
	}
	if (strcmp(name, "limit") == 0) {
		uint64_t rate = nftnl_expr_get_u64(x, NFTNL_EXPR_LIMIT_RATE);
		uint64_t unit = nftnl_expr_get_u64(x, NFTNL_EXPR_LIMIT_UNIT);

		/* Ours are for a second; one an hour, by hand, is still a limit. */
		rate = unit > 1 ? (rate + unit - 1) / unit : rate;
		e->limit_rate = rate > UINT32_MAX ? UINT32_MAX : (uint32_t)rate;
		e->limit_burst = nftnl_expr_get_u32(x, NFTNL_EXPR_LIMIT_BURST);
	}
	return 0;
}

/* Copies a key of exactly the set's length. */
static int copy_key(struct nftnl_set_elem *x, uint16_t attr, size_t want, uint8_t *out)
{
	uint32_t len = 0;
	const void *key = nftnl_set_elem_get(x, attr, &len);

	if (!key || len != want)
		return ERR_INVALID;
	memcpy(out, key, len);
	return 0;
}

static int read_elem(struct nftnl_set_elem *x, void *arg)
{
	struct reader *r = arg;
	struct nft_elem e = { .set = r->set };
	struct nft_set_spec s = nft_set_spec(r->set);
	size_t len = nft_key_layout(s.key).bytes;
	uint32_t flags = 0;

	if (nftnl_set_elem_is_set(x, NFTNL_SET_ELEM_FLAGS))
		flags = nftnl_set_elem_get_u32(x, NFTNL_SET_ELEM_FLAGS);
	if (flags & NFT_SET_ELEM_CATCHALL)
		return 0;
	if (copy_key(x, NFTNL_SET_ELEM_KEY, len, e.key)) {
		r->result = ERR_INVALID;
		return 0;
	}
	if (copy_key(x, NFTNL_SET_ELEM_KEY_END, len, e.last))
		memcpy(e.last, e.key, len);
	if (nftnl_set_elem_is_set(x, NFTNL_SET_ELEM_EXPIRATION))
		e.timeout_ms = nftnl_set_elem_get_u64(x, NFTNL_SET_ELEM_EXPIRATION);
	else if (nftnl_set_elem_is_set(x, NFTNL_SET_ELEM_TIMEOUT))
		e.timeout_ms = nftnl_set_elem_get_u64(x, NFTNL_SET_ELEM_TIMEOUT);
	nftnl_set_elem_expr_foreach(x, read_expression, &e);
	r->each(r->ctx, &e, flags & NFT_SET_ELEM_INTERVAL_END);
	return 0;
}

int nft_dump_parse(const struct nlmsghdr *h, nft_dump_each each, void *ctx)
{
	struct nftnl_set *s = nftnl_set_alloc();
	struct reader r = { .each = each, .ctx = ctx };

	if (!s)
		return ERR_MEMORY;
	r.result = ERR_INVALID;
	if (nftnl_set_elems_nlmsg_parse(h, s) >= 0)
		r.result = find_set(nftnl_set_get_str(s, NFTNL_SET_NAME), &r.set);
	if (!r.result)
		nftnl_set_elem_foreach(s, read_elem, &r);
	nftnl_set_free(s);
	return r.result;
}

void nft_dump_join(struct nft_elem *e, const struct nft_elem *end)
{
	size_t len = nft_key_layout(nft_set_spec(e->set).key).bytes;

	if (!end) {
		memset(e->last, 0xff, len);
		return;
	}
	memcpy(e->last, end->key, len);
	for (size_t i = len; i-- > 0;) {
		if (e->last[i]--)
			return;
	}
}

/* The length of the prefix that is exactly first..last. */
static int prefix_length(
	const uint8_t *first, const uint8_t *last, unsigned bits, uint8_t *out)
{
	unsigned len = 0;

	while (len < bits && !((first[len / 8] ^ last[len / 8]) >> (7 - len % 8) & 1))
		len++;
	for (unsigned i = len; i < bits; i++) {
		bool low = first[i / 8] >> (7 - i % 8) & 1;
		bool high = last[i / 8] >> (7 - i % 8) & 1;

		if (low || !high)
			return ERR_RANGE;
	}
	*out = (uint8_t)len;
	return 0;
}

static int read_source(
	const struct nft_elem *e, const struct nft_key_layout *k, struct subject *out)
{
	unsigned bits = k->family == 4 ? 32 : 128;

	out->kind = SUBJECT_SOURCE;
	out->source.addr.family = k->family;
	out->source.len = k->mask_bits;
	memcpy(out->source.addr.bytes, e->key, bits / 8);
	if (k->mask_bits)
		return 0;
	return prefix_length(e->key, e->last, bits, &out->source.len);
}

/* How long an element still stands; what has no end gets one. */
static int64_t left_ns(const struct nft_elem *e)
{
	if (!e->timeout_ms)
		return ENDLESS_NS;
	if (e->timeout_ms > MOST_MS)
		return (int64_t)MOST_MS * NS_PER_MS;
	return (int64_t)e->timeout_ms * NS_PER_MS;
}

int nft_dump_measure(const struct nft_elem *e, mono_t now, struct measure *out)
{
	struct nft_key_layout k = nft_key_layout(nft_set_spec(e->set).key);
	int64_t left = left_ns(e);
	struct measure m = {
		.state = MEASURE_APPLIED,
		.origin = ORIGIN_ADOPTED,
		.since = now,
		.applied = now,
		.until = mono_add(now, left),
		.base_ttl_ns = left,
		.limit_rate = e->limit_rate,
		.limit_burst = e->limit_burst,
		.rungs = 1,
	};

	if (nft_place_meaning(e->set, e->limit_rate != 0, &m.response, &m.scope))
		return ERR_INVALID;
	m.ladder[0] = m.response;
	m.subject.kind = e->set == NFT_SET_SHIELDALL ? SUBJECT_HOST : SUBJECT_SERVICE;
	if (k.family && read_source(e, &k, &m.subject))
		return ERR_RANGE;
	if (k.service) {
		m.subject.proto = e->key[k.bytes - 8];
		m.subject.port = (uint16_t)(e->key[k.bytes - 4] << 8 |
			e->key[k.bytes - 3]);
	}
	*out = m;
	return 0;
}
