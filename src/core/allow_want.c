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
	return ALIGNED(sizeof(struct allow_want)) + ALIGNED(map_bytes(ALLOW_WANT_ELEMENTS)) +
		ALIGNED(map_bytes(ALLOW_WANT_ADDRESSES)) + allow_plan_bytes();
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
	at += ALIGNED(map_bytes(ALLOW_WANT_ADDRESSES));
	allow_plan_create(&w->plan, at, &w->key);
	allow_elements_create(w);
	for (size_t i = 0; i < ALLOW_WANT_ADDRESSES; i++)
		w->addresses[i].next = i + 1 < ALLOW_WANT_ADDRESSES ? (uint16_t)(i + 1) : ALLOW_NONE;
	*out = w;
}

/* ---- pieces ---- */

/* One entry of one list, for one protocol of the transport. */
struct piece {
	const struct allow_entry *entries, *entry; /* of all lists; the one */
	struct allowance what; /* its ports: all of the entry's */
	const uint16_t *shapes;
	size_t n_covers, n_shapes;
	uint16_t covers[ALLOWLIST_ENTRIES]; /* whose prefix counts before this entry and holds all that it is about */
};

static bool same_proto(const struct allow_entry *e, const struct piece *p)
{
	return allow_entry_serves(e, &p->what.to.addr, p->what.proto, e->port_first);
}

static bool covers(const struct piece *p, const struct allow_entry *e)
{
	if (e == p->entry || !same_proto(e, p))
		return false;
	return p->entry->name[0] || e->prefix.len < p->what.to.len || e < p->entry;
}

static void find_covers(const struct allow_want *w, struct piece *p)
{
	const size_t around = allow_plan_around(&w->plan, p->entry->list, &p->what.to, p->covers);

	p->n_covers = 0;
	for (size_t i = 0; i < around; i++)
		if (covers(p, &p->entries[p->covers[i]]))
			p->covers[p->n_covers++] = p->covers[i];
}

/* The first port from 'at' on that is not covered; beyond the last where all are. */
static uint32_t skip_covered(const struct piece *p, uint32_t at)
{
	for (size_t i = 0; i < p->n_covers;) {
		const struct allow_entry *e = &p->entries[p->covers[i++]];

		if (at < e->port_first || at > e->port_last)
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

	for (size_t i = 0; i < p->n_covers; i++) {
		const struct allow_entry *e = &p->entries[p->covers[i]];

		if (e->port_first > at && e->port_first <= end)
			end = e->port_first - 1u;
	}
	for (size_t i = 0; i < p->n_shapes; i++) {
		const struct allow_entry *e = &p->entries[p->shapes[i]];

		if (!same_proto(e, p))
			continue;
		if (e->port_first > at && e->port_first <= end)
			end = e->port_first - 1u;
		if (e->port_last >= at && e->port_last < end)
			end = e->port_last;
	}
	return end;
}

static void claim_piece(struct allow_want *w, struct piece *p, mono_t now)
{
	struct allowance a = p->what;
	uint32_t at, end;

	find_covers(w, p);
	at = skip_covered(p, p->what.port_first);
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
	const struct allow_plan_list *plan = &w->plan.of[e->list];
	uint8_t icmp = to->addr.family == FAMILY_V6 ? PROTO_ICMP6 : PROTO_ICMP;
	struct piece p = {
		.entry = e, .entries = w->lists->entries, .shapes = &w->plan.shapes[plan->first_shape],
		.n_shapes = e->name[0] ? plan->n_shapes : 0, /* two prefixes are cut by what covers one of them */
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

/* The entry that a name is counted with, the narrowest that holds it; ALLOW_NONE: no list has it. */
static uint16_t head_of(const struct allow_want *w, const char *name)
{
	struct allow_match m = { .name = name };

	return allow_plan_next(&w->plan, &m) ? m.entry : ALLOW_NONE;
}

/* What is known of it, or by a name that is held by the same pattern: for what the lists say the two are one. */
static struct allow_address *known_as(struct allow_want *w, const char *name, uint16_t head, uint16_t i)
{
	struct allow_address *like = NULL;

	for (; i != ALLOW_NONE; i = w->addresses[i].next) {
		struct allow_address *x = &w->addresses[i];

		if (strcmp(x->name, name) == 0)
			return x;
		if (x->head == head)
			like = x;
	}
	return w->free_address == ALLOW_NONE || w->plan.addresses[head] >= ALLOW_WANT_A_PATTERN ? like : NULL;
}

static struct allow_address *admit(struct allow_want *w, const char *name, uint16_t head, const struct addr *a)
{
	uint16_t first = chain(w, a), i;
	struct allow_address *x = known_as(w, name, head, first);

	if (x)
		return x;
	i = w->free_address;
	if (i == ALLOW_NONE || w->plan.addresses[head] >= ALLOW_WANT_A_PATTERN) {
		w->stats.addresses_full++;
		return NULL;
	}
	x = &w->addresses[i];
	w->free_address = x->next;
	x->addr = *a;
	x->next = first;
	x->head = head;
	text_copy(x->name, sizeof(x->name), name);
	map_set(w->by_address, address_key(w, a), i);
	w->plan.addresses[head]++;
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
	if (x->head != ALLOW_NONE)
		w->plan.addresses[x->head]--;
	memset(x, 0, sizeof(*x));
	x->next = w->free_address;
	w->free_address = self;
	w->stats.addresses--;
}

static void claim_address(struct allow_want *w, const struct allow_address *x, mono_t now)
{
	struct prefix to = prefix_of(&x->addr, addr_bits(&x->addr));
	struct allow_match m = { .name = x->name };
	const struct allow_entry *e;

	while (w->in_force && (e = allow_plan_next(&w->plan, &m)) != NULL)
		claim(w, e, &to, x->until, now);
}

void allow_want_name(struct allow_want *w, const char *name, const struct addr *a, mono_t until, mono_t now)
{
	struct allow_address *x;
	uint16_t head;

	if (strlen(name) >= ALLOWLIST_NAME || until.ns <= now.ns)
		return;
	head = head_of(w, name);
	if (head == ALLOW_NONE)
		return;
	x = admit(w, name, head, a);
	if (!x)
		return;
	if (until.ns > x->until.ns)
		x->until = until;
	claim_address(w, x, now);
}

/* After the lists have changed. */
static void keep_or_forget(struct allow_want *w, struct allow_address *x, mono_t now)
{
	x->head = head_of(w, x->name);
	if (x->head == ALLOW_NONE) {
		forget(w, x);
		return;
	}
	w->plan.addresses[x->head]++;
	if (x->until.ns > now.ns)
		claim_address(w, x, now);
}

void allow_want_rules(struct allow_want *w, const struct allowlists *lists, uint32_t in_force, mono_t now)
{
	w->lists = lists;
	w->in_force = in_force;
	allow_plan_make(&w->plan, lists);
	allow_elements_begin(w);
	for (size_t i = 0; i < lists->n_entries; i++)
		if (!lists->entries[i].name[0])
			claim(w, &lists->entries[i], &lists->entries[i].prefix, (mono_t){ 0 }, now);
	for (size_t i = 0; i < ALLOW_WANT_ADDRESSES; i++)
		if (w->addresses[i].until.ns)
			keep_or_forget(w, &w->addresses[i], now);
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

static bool serves(const struct allow_want *w, size_t list, const struct allow_address *x, uint8_t proto, uint16_t port)
{
	struct allow_match m = { .name = x->name };
	const struct allow_entry *e;

	while ((e = allow_plan_next(&w->plan, &m)) != NULL)
		if (e->list == list && allow_entry_serves(e, &x->addr, proto, port))
			return true;
	return false;
}

bool allow_want_permits(const struct allow_want *w, size_t list, const struct addr *to, uint8_t proto, uint16_t port,
	mono_t now)
{
	if (list == ALLOWLIST_NONE || !w->lists || allowlist_holds(w->lists, list, to, proto, port, ""))
		return true;
	for (uint16_t i = chain(w, to); i != ALLOW_NONE; i = w->addresses[i].next)
		if (w->addresses[i].until.ns > now.ns && serves(w, list, &w->addresses[i], proto, port))
			return true;
	return false;
}

static bool list_names(const struct allow_want *w, size_t list, const char *name)
{
	struct allow_match m = { .name = name };
	const struct allow_entry *e;

	while ((e = allow_plan_next(&w->plan, &m)) != NULL)
		if (e->list == list)
			return true;
	return false;
}

size_t allow_want_known(const struct allow_want *w, size_t list, mono_t now)
{
	size_t n = 0;

	for (size_t i = 0; i < ALLOW_WANT_ADDRESSES; i++)
		n += w->addresses[i].until.ns > now.ns && list_names(w, list, w->addresses[i].name);
	return n;
}
