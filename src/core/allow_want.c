/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From lists and addresses to elements. An address that a name stands for becomes an element for each port range of the
 * entries with that name, cut so that no two elements of one actor overlap: what a prefix of the list covers is left out,
 * and ranges end where another named entry's begins, for the two may share an address.
 */
#include "core/allow_want_parts.h"

#include <string.h>

#include "base/text.h"
#include "core/packet.h"

#define SIXTEENTHS 16
#define ALIGNED(n) (((n) + 63) & ~(size_t)63)

size_t allow_want_bytes(void)
{
	return ALIGNED(sizeof(struct allow_want)) + ALIGNED(map_bytes(ALLOW_WANT_ELEMENTS)) + map_bytes(ALLOW_WANT_ADDRESSES);
}

void allow_want_create(struct allow_want **out, void *memory, const struct hash_key *key)
{
	struct allow_want *w = memory;
	uint8_t *at = (uint8_t *)memory + ALIGNED(sizeof(*w));

	memset(w, 0, sizeof(*w));
	w->key = *key;
	/* Both fail for a small memory alone, which is its caller's mistake and ours. */
	(void)map_create(&w->by_element, at, map_bytes(ALLOW_WANT_ELEMENTS), ALLOW_WANT_ELEMENTS, key);
	at += ALIGNED(map_bytes(ALLOW_WANT_ELEMENTS));
	(void)map_create(&w->by_address, at, map_bytes(ALLOW_WANT_ADDRESSES), ALLOW_WANT_ADDRESSES, key);
	allow_elements_create(w);
	for (size_t i = 0; i < ALLOW_WANT_ADDRESSES; i++)
		w->addresses[i].next = i + 1 < ALLOW_WANT_ADDRESSES ? (uint16_t)(i + 1) : ALLOW_NONE;
	*out = w;
}

/* ---- pieces ---- */

/* One entry of one list, for one protocol of the transport. */
struct piece {
	const struct allowlist *list;
	const struct allow_entry *entries, *entry; /* of the list; the one */
	struct allowance what; /* its ports: all of the entry's */
};

static bool same_proto(const struct allow_entry *e, const struct piece *p)
{
	return allow_entry_serves(e, &p->what.to.addr, p->what.proto, e->port_first);
}

/* The prefix of an entry that counts before it holds all that this piece is about. */
static bool covers(const struct piece *p, const struct allow_entry *e)
{
	if (e->name[0] || e == p->entry || !same_proto(e, p) || !prefix_covers(&e->prefix, &p->what.to))
		return false;
	return p->entry->name[0] || e->prefix.len < p->what.to.len || e < p->entry;
}

/* The first port from 'at' on that is not covered; beyond the last where all are. */
static uint32_t skip_covered(const struct piece *p, uint32_t at)
{
	for (size_t i = 0; i < p->list->n;) {
		const struct allow_entry *e = &p->entries[i++];

		if (at < e->port_first || at > e->port_last || !covers(p, e))
			continue;
		at = (uint32_t)e->port_last + 1;
		i = 0;
	}
	return at;
}

/* Where a range that begins at 'at' has to end. */
static uint32_t range_end(const struct piece *p, uint32_t at)
{
	uint32_t end = p->what.port_last;

	for (size_t i = 0; i < p->list->n; i++) {
		const struct allow_entry *e = &p->entries[i];
		bool cuts = p->entry->name[0] && e->name[0] && same_proto(e, p);

		if (e->port_first > at && e->port_first <= end && (cuts || covers(p, e)))
			end = e->port_first - 1u;
		if (cuts && e->port_last >= at && e->port_last < end)
			end = e->port_last;
	}
	return end;
}

static void claim_piece(struct allow_want *w, const struct piece *p, mono_t now)
{
	struct allowance a = p->what;
	uint32_t at = skip_covered(p, p->what.port_first), end;

	for (; at <= p->what.port_last; at = skip_covered(p, end + 1)) {
		end = range_end(p, at);
		a.port_first = (uint16_t)at;
		a.port_last = (uint16_t)end;
		allow_elements_claim(w, &a, now);
	}
}

static void claim(struct allow_want *w, const struct allow_entry *e, const struct prefix *to, mono_t until, mono_t now)
{
	const struct allowlist *l = &w->lists->lists[e->list];
	uint8_t icmp = to->addr.family == FAMILY_V6 ? PROTO_ICMP6 : PROTO_ICMP;
	struct piece p = {
		.list = l, .entry = e, .entries = &w->lists->entries[l->first],
		.what = { .actor = l->actor, .to = *to, .port_first = e->port_first, .port_last = e->port_last,
			.proto = e->proto == PROTO_ICMP ? icmp : e->proto ? e->proto : PROTO_TCP, .until = until },
	};

	if (!(w->in_force >> e->list & 1) || !actor_valid(&l->actor))
		return;
	claim_piece(w, &p, now);
	if (e->proto == 0) {
		p.what.proto = PROTO_UDP;
		claim_piece(w, &p, now);
	}
}

/* ---- addresses ---- */

static uint64_t address_key(const struct allow_want *w, const struct addr *a)
{
	return hash_bytes(&w->key, a, sizeof(*a));
}

/* The first of its chain, or ALLOW_NONE. */
static uint16_t chain(const struct allow_want *w, const struct addr *a)
{
	uint32_t i = map_get(w->by_address, address_key(w, a));

	return i == MAP_NONE ? ALLOW_NONE : (uint16_t)i;
}

static struct allow_address *admit(struct allow_want *w, const char *name, const struct addr *a)
{
	uint16_t first = chain(w, a), i = first;
	struct allow_address *x;

	for (; i != ALLOW_NONE; i = w->addresses[i].next)
		if (strcmp(w->addresses[i].name, name) == 0)
			return &w->addresses[i];
	i = w->free_address;
	if (i == ALLOW_NONE) {
		w->stats.addresses_full++;
		return NULL;
	}
	x = &w->addresses[i];
	w->free_address = x->next;
	x->addr = *a;
	x->next = first;
	text_copy(x->name, sizeof(x->name), name);
	map_set(w->by_address, address_key(w, a), i);
	w->stats.addresses++;
	w->stats.learned++;
	return x;
}

static void forget(struct allow_want *w, struct allow_address *x)
{
	uint16_t self = (uint16_t)(x - w->addresses), i = chain(w, &x->addr);

	if (i == self && x->next == ALLOW_NONE)
		map_remove(w->by_address, address_key(w, &x->addr));
	else if (i == self)
		map_set(w->by_address, address_key(w, &x->addr), x->next);
	while (i != self && w->addresses[i].next != self)
		i = w->addresses[i].next;
	if (i != self)
		w->addresses[i].next = x->next;
	memset(x, 0, sizeof(*x));
	x->next = w->free_address;
	w->free_address = self;
	w->stats.addresses--;
}

static bool is_named(const struct allow_want *w, const char *name)
{
	for (size_t i = 0; w->lists && i < w->lists->n_entries; i++)
		if (allow_name_holds(w->lists->entries[i].name, name))
			return true;
	return false;
}

static void claim_address(struct allow_want *w, const struct allow_address *x, mono_t now)
{
	struct prefix to = prefix_of(&x->addr, addr_bits(&x->addr));

	for (size_t i = 0; w->in_force && i < w->lists->n_entries; i++)
		if (allow_name_holds(w->lists->entries[i].name, x->name))
			claim(w, &w->lists->entries[i], &to, x->until, now);
}

void allow_want_name(struct allow_want *w, const char *name, const struct addr *a, mono_t until, mono_t now)
{
	struct allow_address *x;

	if (strlen(name) >= ALLOWLIST_NAME || until.ns <= now.ns || !is_named(w, name))
		return;
	x = admit(w, name, a);
	if (!x)
		return;
	if (until.ns > x->until.ns)
		x->until = until;
	claim_address(w, x, now);
}

void allow_want_rules(struct allow_want *w, const struct allowlists *lists, uint32_t in_force, mono_t now)
{
	w->lists = lists;
	w->in_force = in_force;
	allow_elements_begin(w);
	for (size_t i = 0; i < lists->n_entries; i++)
		if (!lists->entries[i].name[0])
			claim(w, &lists->entries[i], &lists->entries[i].prefix, (mono_t){ 0 }, now);
	for (size_t i = 0; i < ALLOW_WANT_ADDRESSES; i++) {
		struct allow_address *x = &w->addresses[i];

		if (x->until.ns && !is_named(w, x->name))
			forget(w, x);
		else if (x->until.ns > now.ns)
			claim_address(w, x, now);
	}
	allow_elements_end(w, now);
}

void allow_want_tick(struct allow_want *w, mono_t now)
{
	size_t part = w->hand++ % SIXTEENTHS, n = ALLOW_WANT_ADDRESSES / SIXTEENTHS;

	for (size_t i = part * n; i < (part + 1) * n; i++) {
		struct allow_address *x = &w->addresses[i];

		if (!x->until.ns || x->until.ns > now.ns)
			continue;
		forget(w, x);
		w->stats.lapsed++;
	}
	allow_elements_look(w, part, now);
}

bool allow_want_permits(const struct allow_want *w, size_t list, const struct addr *to, uint8_t proto, uint16_t port,
	mono_t now)
{
	if (list == ALLOWLIST_NONE || !w->lists || allowlist_holds(w->lists, list, to, proto, port, ""))
		return true;
	for (uint16_t i = chain(w, to); i != ALLOW_NONE; i = w->addresses[i].next) {
		const struct allow_address *x = &w->addresses[i];

		if (x->until.ns > now.ns && allowlist_holds(w->lists, list, to, proto, port, x->name))
			return true;
	}
	return false;
}

static bool list_names(const struct allowlists *l, size_t list, const char *name)
{
	const struct allow_entry *e = &l->entries[l->lists[list].first];

	for (size_t i = 0; i < l->lists[list].n; i++)
		if (allow_name_holds(e[i].name, name))
			return true;
	return false;
}

size_t allow_want_known(const struct allow_want *w, size_t list, mono_t now)
{
	size_t n = 0;

	for (size_t i = 0; w->lists && i < ALLOW_WANT_ADDRESSES; i++)
		n += w->addresses[i].until.ns > now.ns && list_names(w->lists, list, w->addresses[i].name);
	return n;
}
