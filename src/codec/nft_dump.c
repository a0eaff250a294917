/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel dumps -> elements -> measures, attribute by attribute with libmnl:
 * libnftnl allocates, and falls over an expression without a name.
 */
#include "codec/nft_dump.h"

#include <endian.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "base/err.h"
#include "codec/nft_place.h"

/* An element without an end, as newer kernels allow by hand, is adopted for so long. */
#define ENDLESS_NS (INT64_C(3600) * NS_PER_S)
/* A hundred years: in nanoseconds they fit into 63 bits. */
#define MOST_MS (UINT64_C(100) * 365 * 24 * 3600 * 1000)

#define MOST_ATTR 16 /* of an element 11, of the others fewer */

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

int nft_dump_find_set(const char *name, enum nft_set_id *out)
{
	for (size_t i = 0; name && i < NFT_SETS; i++) {
		if (strcmp(nft_set_spec((enum nft_set_id)i).name, name) != 0)
			continue;
		*out = (enum nft_set_id)i;
		return 0;
	}
	return ERR_INVALID;
}

/* The first attribute of each type up to MOST_ATTR. */
struct attrs {
	const struct nlattr *at[MOST_ATTR + 1];
};

static int keep(const struct nlattr *a, void *data)
{
	struct attrs *all = data;
	uint16_t type = mnl_attr_get_type(a);

	if (type <= MOST_ATTR && !all->at[type])
		all->at[type] = a;
	return MNL_CB_OK;
}

/* What stands inside of an attribute; nothing where there is none. */
static struct attrs inside(const struct nlattr *a)
{
	struct attrs all = { { NULL } };

	if (a)
		(void)mnl_attr_parse_nested(a, keep, &all);
	return all;
}

static uint32_t number32(const struct nlattr *a)
{
	if (!a || mnl_attr_validate(a, MNL_TYPE_U32) < 0)
		return 0;
	return be32toh(mnl_attr_get_u32(a));
}

static uint64_t number64(const struct nlattr *a)
{
	if (!a || mnl_attr_validate(a, MNL_TYPE_U64) < 0)
		return 0;
	return be64toh(mnl_attr_get_u64(a));
}

static const char *name_in(const struct nlattr *a)
{
	return a && mnl_attr_validate(a, MNL_TYPE_NUL_STRING) >= 0 ? mnl_attr_get_str(a)
								   : "";
}

static int read_expression(const struct nlattr *a, void *arg)
{
	struct nft_elem *e = arg;
	struct attrs x = inside(a);
	struct attrs data = inside(x.at[NFTA_EXPR_DATA]);

	if (strcmp(name_in(x.at[NFTA_EXPR_NAME]), "counter") == 0) {
		e->counter = true;
		e->packets = number64(data.at[NFTA_COUNTER_PACKETS]);
		e->bytes = number64(data.at[NFTA_COUNTER_BYTES]);
	}
	if (strcmp(name_in(x.at[NFTA_EXPR_NAME]), "limit") == 0) {
		uint64_t rate = number64(data.at[NFTA_LIMIT_RATE]);
		uint64_t unit = number64(data.at[NFTA_LIMIT_UNIT]);

		/* Ours are for a second; one an hour, by hand, is still a limit. */
		if (unit > 1)
			rate = rate / unit + (rate % unit != 0);
		if (number32(data.at[NFTA_LIMIT_TYPE]) == NFT_LIMIT_PKT_BYTES) {
			rate = rate / 1024 + (rate % 1024 != 0);
			e->limit_kib = rate > UINT32_MAX ? UINT32_MAX : (uint32_t)rate;
			return MNL_CB_OK;
		}
		e->limit_rate = rate > UINT32_MAX ? UINT32_MAX : (uint32_t)rate;
		e->limit_burst = number32(data.at[NFTA_LIMIT_BURST]);
	}
	return MNL_CB_OK;
}

/* One expression in an attribute of its own, or a list of them. */
static void read_expressions(const struct attrs *x, struct nft_elem *e)
{
	if (x->at[NFTA_SET_ELEM_EXPR])
		(void)read_expression(x->at[NFTA_SET_ELEM_EXPR], e);
	if (x->at[NFTA_SET_ELEM_EXPRESSIONS])
		(void)mnl_attr_parse_nested(
			x->at[NFTA_SET_ELEM_EXPRESSIONS], read_expression, e);
}

/* The comment that nft_elem writes; anything else is no level. */
static uint8_t read_level(const struct nlattr *a)
{
	const uint8_t *at = a ? mnl_attr_get_payload(a) : NULL;

	if (!at || mnl_attr_get_payload_len(a) < 10 || memcmp(at, "\0\10level ", 8) != 0 || at[9] != 0)
		return 0;
	return at[8] >= '1' && at[8] < '1' + NFT_LEVELS ? (uint8_t)(at[8] - '0') : 0;
}

/* Copies a key of exactly the set's length. */
static int copy_key(const struct nlattr *a, size_t want, uint8_t *out)
{
	const struct nlattr *value = inside(a).at[NFTA_DATA_VALUE];

	if (!value || mnl_attr_get_payload_len(value) != want)
		return ERR_INVALID;
	memcpy(out, mnl_attr_get_payload(value), want);
	return 0;
}

struct reader {
	enum nft_set_id set;
	nft_dump_each each;
	void *ctx;
	int result;
};

static int read_elem(const struct nlattr *a, void *arg)
{
	struct reader *r = arg;
	struct attrs x = inside(a);
	struct nft_elem e = { .set = r->set };
	size_t len = nft_key_layout(nft_set_spec(r->set).key).bytes;
	uint32_t flags = number32(x.at[NFTA_SET_ELEM_FLAGS]);

	if (flags & NFT_SET_ELEM_CATCHALL ||
		copy_key(x.at[NFTA_SET_ELEM_KEY], len, e.key)) {
		r->result = ERR_INVALID;
		return MNL_CB_OK;
	}
	if (copy_key(x.at[NFTA_SET_ELEM_KEY_END], len, e.last))
		memcpy(e.last, e.key, len);
	if (x.at[NFTA_SET_ELEM_EXPIRATION])
		e.timeout_ms = number64(x.at[NFTA_SET_ELEM_EXPIRATION]);
	else
		e.timeout_ms = number64(x.at[NFTA_SET_ELEM_TIMEOUT]);
	read_expressions(&x, &e);
	e.level = read_level(x.at[NFTA_SET_ELEM_USERDATA]);
	r->each(r->ctx, &e, flags & NFT_SET_ELEM_INTERVAL_END);
	return MNL_CB_OK;
}

int nft_dump_parse(const struct nlmsghdr *h, nft_dump_each each, void *ctx)
{
	struct attrs x = { { NULL } };
	struct reader r = { .each = each, .ctx = ctx };

	if (mnl_nlmsg_get_payload_len(h) < sizeof(struct nfgenmsg) ||
		mnl_attr_parse(h, sizeof(struct nfgenmsg), keep, &x) < 0 ||
		nft_dump_find_set(name_in(x.at[NFTA_SET_ELEM_LIST_SET]), &r.set))
		return ERR_INVALID;
	if (x.at[NFTA_SET_ELEM_LIST_ELEMENTS])
		(void)mnl_attr_parse_nested(
			x.at[NFTA_SET_ELEM_LIST_ELEMENTS], read_elem, &r);
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

/* Of two with the same key the end of one interval stands before the start of the next. */
int nft_piece_order(const void *left, const void *right)
{
	const struct nft_piece *a = left;
	const struct nft_piece *b = right;
	int d = (int)a->e.set - (int)b->e.set;

	if (!d)
		d = memcmp(a->e.key, b->e.key, sizeof(a->e.key));
	return d ? d : b->is_end - a->is_end;
}

void nft_dump_join_all(struct nft_piece *at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct nft_piece *next = i + 1 < n ? &at[i + 1] : NULL;

		if (at[i].is_end || !nft_elem_is_split(at[i].e.set))
			continue;
		if (next && (!next->is_end || next->e.set != at[i].e.set))
			next = NULL;
		nft_dump_join(&at[i].e, next ? &next->e : NULL);
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

	out->kind = k->target ? SUBJECT_DESTINATION : SUBJECT_SOURCE;
	out->source.addr.family = k->family;
	out->source.len = k->mask_bits;
	memcpy(out->source.addr.bytes, e->key, bits / 8);
	if (k->mask_bits)
		return 0;
	return prefix_length(e->key, e->last, bits, &out->source.len);
}

static void read_actor(const struct nft_elem *e, struct subject *out)
{
	struct actor a = { .kind = ACTOR_HOST };

	if (e->set != NFT_SET_JAIL_HOST)
		a.kind = nft_key_layout(nft_set_spec(e->set).key).who == 4 ? ACTOR_USER : ACTOR_GROUP;
	if (a.kind == ACTOR_USER)
		memcpy(&a.uid, e->key, sizeof(a.uid));
	if (a.kind == ACTOR_GROUP)
		memcpy(&a.cgroup, e->key, sizeof(a.cgroup));
	a.level = a.kind == ACTOR_GROUP ? e->level : 0;
	out->kind = SUBJECT_ACTOR;
	out->actor = a;
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

/* False for what only a stranger puts there: a single address among the prefixes, which
 * we would look for elsewhere, or bits behind a prefix's length, which nothing matches. */
static bool is_at_home(const struct nft_elem *e, const struct measure *m)
{
	const struct prefix *p = &m->subject.source;
	enum nft_set_id set;
	struct prefix clean;

	if (nft_place_find(m, &set) || set != e->set)
		return false;
	if (m->subject.kind != SUBJECT_SOURCE && m->subject.kind != SUBJECT_DESTINATION)
		return true;
	clean = prefix_of(&p->addr, p->len);
	return prefix_equal(&clean, p);
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
		.limit_kib = e->limit_kib,
		.rungs = 1,
	};

	if (nft_place_meaning(e->set, e->limit_rate || e->limit_kib, &m.response, &m.scope))
		return ERR_INVALID;
	m.ladder[0] = m.response;
	m.subject.kind = e->set == NFT_SET_SHIELDALL ? SUBJECT_HOST : SUBJECT_SERVICE;
	if (k.who || e->set == NFT_SET_JAIL_HOST)
		read_actor(e, &m.subject);
	if (k.family && read_source(e, &k, &m.subject))
		return ERR_RANGE;
	if (k.service) {
		m.subject.proto = e->key[k.bytes - 8];
		m.subject.port = (uint16_t)(e->key[k.bytes - 4] << 8 |
			e->key[k.bytes - 3]);
	}
	if (!is_at_home(e, &m))
		return ERR_RANGE;
	*out = m;
	return 0;
}
