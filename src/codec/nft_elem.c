/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures, guards and services -> elements of our sets -> netlink messages. Attributes
 * are written one by one with libmnl, because libnftnl allocates an object for each of
 * them. The way back from the kernel is nft_dump.
 */
#include "codec/nft_elem.h"

#include <endian.h>
#include <string.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "base/err.h"
#include "codec/nft_place.h"
#include "core/packet.h"

#define SHORTEST_MS 1

bool nft_elem_is_split(enum nft_set_id set)
{
	struct nft_set_spec s = nft_set_spec(set);

	return s.interval && nft_key_layout(s.key).fields == 1;
}

/* Sets the bits of a prefix's hosts in an address of that many bytes. */
static void fill_hosts(uint8_t *bytes, size_t n, unsigned prefix_len)
{
	for (size_t i = 0; i < n; i++) {
		unsigned before = (unsigned)i * 8;

		if (prefix_len <= before)
			bytes[i] = 0xff;
		else if (prefix_len < before + 8)
			bytes[i] |= (uint8_t)(0xff >> (prefix_len - before));
	}
}

/* Protocol and port, each in the first bytes of its four. */
static void put_service(uint8_t *out, uint8_t proto, uint16_t port)
{
	memset(out, 0, 8);
	out[0] = proto;
	out[4] = (uint8_t)(port >> 8);
	out[5] = (uint8_t)port;
}

/* The first and the last key that a prefix covers in its set. */
static void put_source(struct nft_elem *e, const struct prefix *p)
{
	size_t n = p->addr.family == FAMILY_V4 ? 4 : 16;

	memcpy(e->key, p->addr.bytes, n);
	memcpy(e->last, p->addr.bytes, n);
	if (nft_set_spec(e->set).interval)
		fill_hosts(e->last, n, p->len);
}

static uint64_t left_ms(mono_t until, mono_t now)
{
	int64_t ns = mono_since(until, now);

	if (ns < NS_PER_MS)
		return SHORTEST_MS;
	return (uint64_t)((ns + NS_PER_MS - 1) / NS_PER_MS);
}

static void elems_of_host(struct nft_elem out[2])
{
	out[1] = out[0];
	out[0].key[0] = out[0].last[0] = NFPROTO_IPV4;
	out[1].key[0] = out[1].last[0] = NFPROTO_IPV6;
}

/* In this machine's order, as the kernel loads them. */
static void put_actor(struct nft_elem *e, const struct actor *a)
{
	if (a->kind == ACTOR_USER)
		memcpy(e->key, &a->uid, sizeof(a->uid));
	if (a->kind == ACTOR_GROUP)
		memcpy(e->key, &a->cgroup, sizeof(a->cgroup));
	memcpy(e->last, e->key, sizeof(a->cgroup));
	e->level = a->kind == ACTOR_GROUP ? a->level : 0;
}

static void put_subject(struct nft_elem *e, const struct subject *s)
{
	struct nft_key_layout k = nft_key_layout(nft_set_spec(e->set).key);
	size_t at = k.bytes - 8U;

	if (k.who)
		put_actor(e, &s->actor);
	if (k.family)
		put_source(e, &s->source);
	if (!k.service)
		return;
	put_service(e->key + at, s->proto, s->port);
	put_service(e->last + at, s->proto, s->port);
}

static void put_rates(struct nft_elem *e, const struct measure *m)
{
	bool limit = m->response == RESPONSE_LIMIT || m->response == RESPONSE_EGRESS_LIMIT;
	bool bytes = e->set >= NFT_SET_EGRESS_BYTES4 && e->set <= NFT_SET_EGRESS_BYTES_GROUP;

	if (!limit || e->absent)
		return;
	if (bytes) {
		e->limit_kib = m->limit_kib;
		return;
	}
	e->limit_rate = m->limit_rate;
	e->limit_burst = m->limit_burst;
}

int nft_elem_of_measure(const struct measure *m, mono_t now,
	struct nft_elem out[NFT_ELEMS_PER_MEASURE], size_t *n)
{
	struct nft_places p;

	if (nft_place_all(m, &p))
		return ERR_UNSUPPORTED;
	for (size_t i = 0; i < p.n; i++) {
		out[i] = (struct nft_elem){
			.set = p.set[i],
			.timeout_ms = left_ms(m->until, now),
			.counter = true,
			.absent = !p.there[i],
		};
		put_rates(&out[i], m);
		put_subject(&out[i], &m->subject);
	}
	*n = p.n;
	if (out[0].set == NFT_SET_SHIELDALL || out[0].set == NFT_SET_JAIL_HOST) {
		elems_of_host(out);
		*n = 2;
	}
	return 0;
}

void nft_elem_of_switch(enum nft_set_id set, uint64_t timeout_ms, struct nft_elem out[2])
{
	out[0] = (struct nft_elem){ .set = set, .timeout_ms = timeout_ms };
	elems_of_host(out);
}

/* In the network's order: they are intervals, if of one. */
static void put_allowed_actor(struct nft_elem *e, const struct actor *a)
{
	uint32_t uid = htobe32(a->uid);
	uint64_t group = htobe64(a->cgroup);

	if (a->kind == ACTOR_USER)
		memcpy(e->key, &uid, sizeof(uid));
	if (a->kind == ACTOR_GROUP)
		memcpy(e->key, &group, sizeof(group));
	memcpy(e->last, e->key, sizeof(group));
}

static bool has_ports(uint8_t proto)
{
	return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP;
}

int nft_elem_of_allowance(const struct allowance *a, mono_t now, struct nft_elem *out)
{
	static const enum nft_set_id sets[ACTOR_KINDS] = { [ACTOR_HOST] = NFT_SET_ALLOW_HOST4,
		[ACTOR_USER] = NFT_SET_ALLOW_USER4, [ACTOR_GROUP] = NFT_SET_ALLOW_GROUP4 };
	bool v6 = a->to.addr.family == FAMILY_V6;
	size_t n = v6 ? 16 : 4;
	struct nft_elem e = { .timeout_ms = a->until.ns ? left_ms(a->until, now) : 0 };
	struct nft_key_layout k;

	if (!actor_valid(&a->actor) || a->to.addr.family == FAMILY_NONE || a->to.len > n * 8 || !a->proto ||
		a->port_first > a->port_last)
		return ERR_INVALID;
	e.set = (enum nft_set_id)(sets[a->actor.kind] + (v6 ? 1 : 0));
	k = nft_key_layout(nft_set_spec(e.set).key);
	put_allowed_actor(&e, &a->actor);
	memcpy(e.key + k.who, a->to.addr.bytes, n);
	memcpy(e.last + k.who, a->to.addr.bytes, n);
	fill_hosts(e.last + k.who, n, a->to.len);
	put_service(e.key + k.who + n, a->proto, has_ports(a->proto) ? a->port_first : 0);
	put_service(e.last + k.who + n, a->proto, has_ports(a->proto) ? a->port_last : UINT16_MAX);
	*out = e;
	return 0;
}

struct nft_elem nft_elem_of_guard(const struct prefix *p)
{
	struct nft_elem e = {
		.set = p->addr.family == FAMILY_V4 ? NFT_SET_GUARD4 : NFT_SET_GUARD6,
	};

	put_source(&e, p);
	return e;
}

struct nft_elem nft_elem_of_service(uint8_t proto, uint16_t port)
{
	struct nft_elem e = { .set = NFT_SET_LISTENING };

	put_service(e.key, proto, port);
	put_service(e.last, proto, port);
	return e;
}

struct nft_elem nft_elem_of_protocol(uint8_t proto)
{
	return (struct nft_elem){
		.set = NFT_SET_MAPPED, .key = { proto }, .last = { proto }
	};
}

struct nft_elem nft_elem_of_family(uint8_t nf_proto)
{
	return (struct nft_elem){
		.set = NFT_SET_ALIVE,
		.key = { nf_proto },
		.last = { nf_proto },
	};
}

static void put_u32(struct nlmsghdr *h, uint16_t type, uint32_t value)
{
	mnl_attr_put_u32(h, type, htonl(value));
}

static void put_u64(struct nlmsghdr *h, uint16_t type, uint64_t value)
{
	uint32_t be[2] = { htonl((uint32_t)(value >> 32)), htonl((uint32_t)value) };

	mnl_attr_put(h, type, sizeof(be), be);
}

static void put_key(struct nlmsghdr *h, uint16_t type, const uint8_t *key, size_t len)
{
	struct nlattr *data = mnl_attr_nest_start(h, type);

	mnl_attr_put(h, NFTA_DATA_VALUE, len, key);
	mnl_attr_nest_end(h, data);
}

/* A packet may be as long as the kernel joins segments: it must fit into what a limit of bytes lets through at
 * once, which for the kernel is this and a second's worth. */
#define BYTES_AT_ONCE 65536

static void put_limit(struct nlmsghdr *h, const struct nft_elem *e)
{
	bool bytes = e->limit_kib;
	struct nlattr *data;

	mnl_attr_put_strz(h, NFTA_EXPR_NAME, "limit");
	data = mnl_attr_nest_start(h, NFTA_EXPR_DATA);
	put_u64(h, NFTA_LIMIT_RATE, bytes ? (uint64_t)e->limit_kib * 1024 : e->limit_rate);
	put_u64(h, NFTA_LIMIT_UNIT, 1); /* a second */
	put_u32(h, NFTA_LIMIT_BURST, bytes ? BYTES_AT_ONCE : e->limit_burst);
	put_u32(h, NFTA_LIMIT_TYPE, bytes ? NFT_LIMIT_PKT_BYTES : NFT_LIMIT_PKTS);
	put_u32(h, NFTA_LIMIT_FLAGS, NFT_LIMIT_F_INV);
	mnl_attr_nest_end(h, data);
}

/* A limit before the counter: what the limit lets through is not a match, and is not
 * counted. One expression alone goes in the old attribute, which every kernel knows. */
static void put_expressions(struct nlmsghdr *h, const struct nft_elem *e)
{
	bool limit = e->limit_rate || e->limit_kib;
	bool both = limit && e->counter;
	struct nlattr *list = NULL;
	struct nlattr *one;

	if (!limit && !e->counter)
		return;
	if (both)
		list = mnl_attr_nest_start(h, NFTA_SET_ELEM_EXPRESSIONS);
	one = mnl_attr_nest_start(h, both ? NFTA_LIST_ELEM : NFTA_SET_ELEM_EXPR);
	if (limit)
		put_limit(h, e);
	else
		mnl_attr_put_strz(h, NFTA_EXPR_NAME, "counter");
	mnl_attr_nest_end(h, one);
	if (!both)
		return;
	one = mnl_attr_nest_start(h, NFTA_LIST_ELEM);
	mnl_attr_put_strz(h, NFTA_EXPR_NAME, "counter");
	mnl_attr_nest_end(h, one);
	mnl_attr_nest_end(h, list);
}

/* What the nft tool shows as a comment: its type 0, length, and a text with its zero. A group's id does not say how
 * deep it lies, and whoever adopts the element has to know. */
static void put_level(struct nlmsghdr *h, const struct nft_elem *e)
{
	uint8_t comment[] = { 0, 8, 'l', 'e', 'v', 'e', 'l', ' ', (uint8_t)('0' + e->level), 0 };

	if (e->level && e->level <= NFT_LEVELS)
		mnl_attr_put(h, NFTA_SET_ELEM_USERDATA, sizeof(comment), comment);
}

/* The key behind the interval; false where there is none: it reaches the top. */
static bool key_behind(const uint8_t *last, size_t len, uint8_t *out)
{
	memcpy(out, last, len);
	for (size_t i = len; i-- > 0;) {
		if (++out[i])
			return true;
	}
	return false;
}

static void put_elem(struct nlmsghdr *h, const struct nft_elem *e, bool whole)
{
	struct nft_set_spec s = nft_set_spec(e->set);
	size_t len = nft_key_layout(s.key).bytes;
	bool split = nft_elem_is_split(e->set);
	uint8_t behind[NFT_KEY_BYTES];
	struct nlattr *one = mnl_attr_nest_start(h, NFTA_LIST_ELEM);

	put_key(h, NFTA_SET_ELEM_KEY, e->key, len);
	if (s.interval && !split)
		put_key(h, NFTA_SET_ELEM_KEY_END, e->last, len);
	if (whole && e->timeout_ms)
		put_u64(h, NFTA_SET_ELEM_TIMEOUT, e->timeout_ms);
	if (whole) {
		put_expressions(h, e);
		put_level(h, e);
	}
	mnl_attr_nest_end(h, one);
	if (!split || !key_behind(e->last, len, behind))
		return;
	one = mnl_attr_nest_start(h, NFTA_LIST_ELEM);
	put_u32(h, NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
	put_key(h, NFTA_SET_ELEM_KEY, behind, len);
	mnl_attr_nest_end(h, one);
}

static void put_names(struct nlmsghdr *h, enum nft_set_id set)
{
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_TABLE, NFT_TABLE);
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, nft_set_spec(set).name);
}

static void put_elems(struct nlmsghdr *h, const struct nft_elem *e, size_t n, bool whole)
{
	struct nlattr *list;

	put_names(h, e->set);
	list = mnl_attr_nest_start(h, NFTA_SET_ELEM_LIST_ELEMENTS);
	for (size_t i = 0; i < n; i++)
		put_elem(h, &e[i], whole);
	mnl_attr_nest_end(h, list);
}

static int put_message(struct nft_batch *b, const struct nft_elem *e, size_t n,
	bool whole, unsigned flags)
{
	struct nlmsghdr *h = nft_batch_message(
		b, flags ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM, flags);

	if (!h)
		return ERR_FULL;
	put_elems(h, e, n, whole);
	nft_batch_commit(b, h);
	return 0;
}

int nft_elem_add(struct nft_batch *b, const struct nft_elem *e, size_t n)
{
	return put_message(b, e, n, true, NLM_F_CREATE);
}

int nft_elem_create(struct nft_batch *b, const struct nft_elem *e, size_t n)
{
	return put_message(b, e, n, true, NLM_F_CREATE | NLM_F_EXCL);
}

int nft_elem_delete(struct nft_batch *b, const struct nft_elem *e, size_t n)
{
	return put_message(b, e, n, false, 0);
}

int nft_elem_flush(struct nft_batch *b, enum nft_set_id set)
{
	struct nlmsghdr *h = nft_batch_message(b, NFT_MSG_DELSETELEM, 0);

	if (!h)
		return ERR_FULL;
	put_names(h, set);
	nft_batch_commit(b, h);
	return 0;
}

/* What is added only to be deleted is bare: a counter costs the kernel more than all the
 * rest of the element (one allocation for each CPU). */
int nft_elem_unset(struct nft_batch *b, const struct nft_elem *e, size_t n)
{
	int r = put_message(b, e, n, false, NLM_F_CREATE);

	return r ? r : nft_elem_delete(b, e, n);
}

int nft_elem_set(struct nft_batch *b, const struct nft_elem *e, size_t n)
{
	int r = nft_elem_unset(b, e, n);

	return r ? r : nft_elem_add(b, e, n);
}

static struct nlmsghdr *request(void *memory, uint32_t seq, uint16_t flags)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(memory);
	struct nfgenmsg *g;

	h->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETSETELEM;
	h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	h->nlmsg_seq = seq;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = NFPROTO_INET;
	g->version = NFNETLINK_V0;
	return h;
}

const struct nlmsghdr *nft_elem_get(const struct nft_elem *e, void *memory, uint32_t seq)
{
	struct nlmsghdr *h = request(memory, seq, NLM_F_ACK);

	put_elems(h, e, 1, false);
	return h;
}

const struct nlmsghdr *nft_elem_dump(enum nft_set_id set, void *memory, uint32_t seq)
{
	struct nlmsghdr *h = request(memory, seq, NLM_F_DUMP);

	put_names(h, set);
	return h;
}
