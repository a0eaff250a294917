/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pairs of a service and a peer stand densely, and each service's are chained; an index of twice as many slots leads to
 * them. So a walk of few sockets costs little, and one of very many no more than its bound. Whoever connects chooses the
 * keys, so the index is keyed.
 */
#include "core/holders.h"

#include <string.h>

#define SLOTS (2 * HOLDERS_PAIRS)
#define KNOWN 1024 /* services that are counted in one walk; ports that we serve, no stranger adds to them */
#define KNOWN_SLOTS (2 * KNOWN)
#define SLOW_WEIGHT 3

struct pair {
	uint64_t peer; /* source_key */
	uint32_t open, slow, close_wait;
	uint32_t next; /* of its service: 1 + index, 0 ends */
	uint16_t service;
};

struct service {
	uint32_t open, slow, close_wait, peers;
	uint32_t first; /* pair: 1 + index */
	uint16_t port;
	uint8_t proto;
};

struct holders {
	struct hash_key key;
	uint64_t untold;
	uint32_t n_pairs, n_services;
	struct service services[KNOWN];
	uint16_t known[KNOWN_SLOTS]; /* 1 + index; 0 free */
	uint32_t slots[SLOTS];       /* the same, of pairs */
	struct pair pairs[HOLDERS_PAIRS];
};

size_t holders_bytes(void)
{
	return sizeof(struct holders);
}

void holders_create(struct holders **out, void *memory, const struct hash_key *key)
{
	struct holders *h = memory;

	h->key = *key;
	h->untold = 0;
	holders_begin(h);
	*out = h;
}

void holders_begin(struct holders *h)
{
	h->n_pairs = h->n_services = 0;
	memset(h->known, 0, sizeof(h->known));
	memset(h->slots, 0, sizeof(h->slots));
}

static struct service *service_of(struct holders *h, uint8_t proto, uint16_t port)
{
	size_t i = hash_u64(&h->key, (uint64_t)proto << 16 | port) % KNOWN_SLOTS;

	for (; h->known[i]; i = (i + 1) % KNOWN_SLOTS) {
		struct service *s = &h->services[h->known[i] - 1];

		if (s->port == port && s->proto == proto)
			return s;
	}
	if (h->n_services == KNOWN)
		return NULL;
	h->services[h->n_services] = (struct service){ .port = port, .proto = proto };
	h->known[i] = (uint16_t)++h->n_services;
	return &h->services[h->n_services - 1];
}

static struct pair *pair_of(struct holders *h, struct service *s, uint64_t peer)
{
	const uint16_t service = (uint16_t)(s - h->services);
	const uint64_t words[2] = { peer, service };
	size_t i = hash_bytes(&h->key, words, sizeof(words)) % SLOTS;

	for (; h->slots[i]; i = (i + 1) % SLOTS) {
		struct pair *p = &h->pairs[h->slots[i] - 1];

		if (p->peer == peer && p->service == service)
			return p;
	}
	if (h->n_pairs == HOLDERS_PAIRS)
		return NULL;
	h->pairs[h->n_pairs] = (struct pair){ .peer = peer, .service = service, .next = s->first };
	h->slots[i] = s->first = ++h->n_pairs;
	s->peers++;
	return &h->pairs[h->n_pairs - 1];
}

static bool is_slow(const struct held_socket *s)
{
	return !s->close_wait && s->age_ms != UINT32_MAX && s->age_ms >= SLOW_AFTER_MS && s->received < SLOW_BYTES;
}

void holders_add(struct holders *h, const struct held_socket *s)
{
	const bool slow = is_slow(s);
	struct service *service = service_of(h, s->proto, s->port);
	struct pair *p;

	if (!service) {
		h->untold++;
		return;
	}
	service->open += !s->close_wait;
	service->close_wait += s->close_wait;
	service->slow += slow;
	if (s->peer.family == FAMILY_NONE || addr_is_link_local(&s->peer))
		return;
	p = pair_of(h, service, source_key(&s->peer));
	if (!p) {
		h->untold++;
		return;
	}
	p->open += !s->close_wait;
	p->close_wait += s->close_wait;
	p->slow += slow;
}

/* How many of a service's open counts share the bits above shift with prefix, by their next byte. */
static void count_bytes(const struct holders *h, const struct service *s, uint32_t prefix, unsigned shift,
	uint32_t counts[256])
{
	memset(counts, 0, 256 * sizeof(counts[0]));
	for (uint32_t at = s->first; at; at = h->pairs[at - 1].next) {
		const uint32_t open = h->pairs[at - 1].open;

		if (open && ((uint64_t)open >> (shift + 8)) == ((uint64_t)prefix >> (shift + 8)))
			counts[open >> shift & 0xff]++;
	}
}

/* The median byte by byte from the top: exact, in four passes whatever the numbers are, and without room to sort in. */
static uint32_t median(const struct holders *h, const struct service *s)
{
	uint32_t counts[256], prefix = 0, rank = 0;

	for (int shift = 24; shift >= 0; shift -= 8) {
		uint32_t byte = 0, all = 0;

		count_bytes(h, s, prefix, (unsigned)shift, counts);
		if (shift == 24) {
			for (size_t i = 0; i < 256; i++)
				all += counts[i];
			if (!all)
				return 0;
			rank = (all - 1) / 2;
		}
		while (counts[byte] <= rank)
			rank -= counts[byte++];
		prefix |= byte << shift;
	}
	return prefix;
}

static uint64_t weight(const struct holder *x)
{
	return x->open + SLOW_WEIGHT * (uint64_t)x->slow;
}

/* Then by what waits to be closed, so that a pile has its peers in order, too. */
static bool stands_before(const struct holder *a, const struct holder *b)
{
	if (weight(a) != weight(b))
		return weight(a) > weight(b);
	if (a->close_wait != b->close_wait)
		return a->close_wait > b->close_wait;
	if (a->peer.family != b->peer.family)
		return a->peer.family < b->peer.family;
	return memcmp(a->peer.bytes, b->peer.bytes, sizeof(a->peer.bytes)) < 0;
}

static void rank_holder(struct service_holders *out, const struct holder *x)
{
	uint32_t at = out->n_top;

	while (at > 0 && stands_before(x, &out->top[at - 1]))
		at--;
	if (at == HOLDERS_TOP)
		return;
	if (out->n_top < HOLDERS_TOP)
		out->n_top++;
	memmove(&out->top[at + 1], &out->top[at], (out->n_top - at - 1) * sizeof(out->top[0]));
	out->top[at] = *x;
}

static void tell_service(const struct holders *h, const struct service *s, struct service_holders *out)
{
	*out = (struct service_holders){ .proto = s->proto, .port = s->port, .open = s->open, .slow = s->slow,
		.close_wait = s->close_wait, .peers = s->peers, .median = median(h, s) };
	for (uint32_t at = s->first; at; at = h->pairs[at - 1].next) {
		const struct pair *p = &h->pairs[at - 1];
		struct holder x = { .open = p->open, .slow = p->slow, .close_wait = p->close_wait };

		x.peer = source_prefix(p->peer).addr;
		rank_holder(out, &x);
	}
}

static uint32_t by_port(const struct service *s)
{
	return (uint32_t)s->port << 8 | s->proto;
}

static bool is_busier(const struct service *a, const struct service *b)
{
	uint64_t all_a = (uint64_t)a->open + a->close_wait, all_b = (uint64_t)b->open + b->close_wait;

	return all_a != all_b ? all_a > all_b : by_port(a) < by_port(b);
}

static bool is_lower(const struct service *a, const struct service *b)
{
	return by_port(a) < by_port(b);
}

/* Inserts into a sorted list of at most max; the last one falls out. */
static size_t insert(const struct service **list, size_t n, size_t max, const struct service *s,
	bool (*before)(const struct service *, const struct service *))
{
	size_t at = n < max ? n++ : max;

	for (; at > 0 && before(s, list[at - 1]); at--)
		if (at < max)
			list[at] = list[at - 1];
	if (at < max)
		list[at] = s;
	return n;
}

size_t holders_end(struct holders *h, struct service_holders *out, size_t max)
{
	const struct service *busy[HOLDERS_SERVICES], *told[HOLDERS_SERVICES];
	size_t n = 0, m = 0;

	if (max > HOLDERS_SERVICES)
		max = HOLDERS_SERVICES;
	for (size_t i = 0; i < h->n_services; i++)
		n = insert(busy, n, max, &h->services[i], is_busier);
	for (size_t i = 0; i < n; i++)
		m = insert(told, m, n, busy[i], is_lower);
	for (size_t i = 0; i < m; i++)
		tell_service(h, told[i], &out[i]);
	return m;
}

uint64_t holders_untold(const struct holders *h)
{
	return h->untold;
}
