/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names, their addresses, and the way back. A binding is one address of one name: it stands in the list of its name,
 * and in the list of all names of its address, where the one that was looked up last is first. Names stand in the
 * order in which they were looked up; where room is wanted, the oldest goes with all its addresses: an answer costs a
 * bounded number of steps, and no name can push out another one that is asked for more often.
 */
#include "core/names_parts.h"

#include <string.h>

#include "base/text.h"

#define SWEPT 4 /* bindings a message: all of them within two thousand */

static uint64_t key_of_name(const struct names_book *b, const char *name)
{
	return hash_bytes(b->key, name, strlen(name));
}

static uint64_t key_of_addr(const struct names_book *b, const struct addr *a)
{
	return hash_bytes(b->key, a, sizeof(*a));
}

void names_book_clear(struct names_book *b)
{
	for (size_t i = 0; i < NAMES_KNOWN; i++)
		b->names[i].older = i + 1 < NAMES_KNOWN ? (uint16_t)(i + 1) : NAMES_NONE;
	for (size_t i = 0; i < NAMES_ADDRESSES; i++)
		b->bindings[i].next = i + 1 < NAMES_ADDRESSES ? (uint16_t)(i + 1) : NAMES_NONE;
	b->free_name = b->free_binding = 0;
	b->newest = b->oldest = NAMES_NONE;
}

/* ---- names by when they were looked up ---- */

static void leave_order(struct names_book *b, uint16_t i)
{
	const struct names_name *n = &b->names[i];

	if (n->newer == NAMES_NONE)
		b->newest = n->older;
	else
		b->names[n->newer].older = n->older;
	if (n->older == NAMES_NONE)
		b->oldest = n->newer;
	else
		b->names[n->older].newer = n->newer;
}

static void become_newest(struct names_book *b, uint16_t i)
{
	struct names_name *n = &b->names[i];

	n->newer = NAMES_NONE;
	n->older = b->newest;
	if (b->newest == NAMES_NONE)
		b->oldest = i;
	else
		b->names[b->newest].newer = i;
	b->newest = i;
}

/* ---- bindings at an address ---- */

static void leave_addr(struct names_book *b, uint16_t i)
{
	const struct names_binding *v = &b->bindings[i];

	if (v->after != NAMES_NONE)
		b->bindings[v->after].before = v->before;
	if (v->before != NAMES_NONE)
		b->bindings[v->before].after = v->after;
	else if (v->after != NAMES_NONE)
		(void)map_set(b->by_addr, key_of_addr(b, &v->addr), v->after);
	else
		map_remove(b->by_addr, key_of_addr(b, &v->addr));
}

static void become_latest(struct names_book *b, uint16_t i)
{
	struct names_binding *v = &b->bindings[i];
	uint64_t key = key_of_addr(b, &v->addr);
	uint32_t first = map_get(b->by_addr, key);

	v->before = NAMES_NONE;
	v->after = first == MAP_NONE ? NAMES_NONE : (uint16_t)first;
	if (first != MAP_NONE)
		b->bindings[first].before = i;
	/* There is room: no more addresses than bindings. */
	(void)map_set(b->by_addr, key, i);
}

/* ---- what goes ---- */

static void forget_name(struct names_book *b, uint16_t i)
{
	map_remove(b->by_name, key_of_name(b, b->names[i].text));
	leave_order(b, i);
	b->names[i].older = b->free_name;
	b->free_name = i;
}

/* Out of the list of its name, which goes too where it was the last, unless it is to get another one at once. */
static void forget_binding(struct names_book *b, uint16_t i, bool name_too)
{
	struct names_binding *v = &b->bindings[i];
	struct names_name *n = &b->names[v->name];
	uint16_t *link = &n->first;

	while (*link != i)
		link = &b->bindings[*link].next;
	*link = v->next;
	n->count--;
	leave_addr(b, i);
	v->addr = (struct addr){ .family = FAMILY_NONE };
	v->next = b->free_binding;
	b->free_binding = i;
	b->used--;
	if (n->count == 0 && name_too)
		forget_name(b, v->name);
}

static void evict_oldest(struct names_book *b, mono_t now)
{
	uint16_t oldest = b->oldest;

	for (uint16_t left = b->names[oldest].count; left > 0; left--) {
		uint16_t first = b->names[oldest].first;

		b->evicted += b->bindings[first].until.ns >= now.ns;
		forget_binding(b, first, true);
	}
}

static void evict_soonest(struct names_book *b, uint16_t name, mono_t now)
{
	uint16_t soonest = b->names[name].first;

	for (uint16_t i = soonest; i != NAMES_NONE; i = b->bindings[i].next)
		if (b->bindings[i].until.ns < b->bindings[soonest].until.ns)
			soonest = i;
	b->evicted += b->bindings[soonest].until.ns >= now.ns;
	forget_binding(b, soonest, false);
}

/* ---- what comes ---- */

uint16_t names_book_find(const struct names_book *b, const char *name)
{
	uint32_t i = map_get(b->by_name, key_of_name(b, name));

	/* Two names of one key: once in 2^64. */
	return i == MAP_NONE || strcmp(b->names[i].text, name) != 0 ? NAMES_NONE : (uint16_t)i;
}

static uint16_t make_name(struct names_book *b, const char *name, mono_t now)
{
	struct names_name *n;
	uint16_t i;

	if (b->free_name == NAMES_NONE)
		evict_oldest(b, now);
	i = b->free_name;
	n = &b->names[i];
	b->free_name = n->older;
	text_copy(n->text, sizeof(n->text), name);
	n->first = NAMES_NONE;
	n->count = 0;
	(void)map_set(b->by_name, key_of_name(b, name), i);
	become_newest(b, i);
	return i;
}

static uint16_t find_binding(const struct names_book *b, uint16_t name, const struct addr *a)
{
	uint16_t i = b->names[name].first;

	while (i != NAMES_NONE && !addr_equal(&b->bindings[i].addr, a))
		i = b->bindings[i].next;
	return i;
}

/* The name is the newest: it is the oldest as well only where it is alone, and then there is room. */
static uint16_t make_binding(struct names_book *b, uint16_t name, const struct addr *a, mono_t now)
{
	struct names_name *n = &b->names[name];
	struct names_binding *v;
	uint16_t i;

	if (n->count == NAMES_PER_NAME)
		evict_soonest(b, name, now);
	if (b->free_binding == NAMES_NONE)
		evict_oldest(b, now);
	i = b->free_binding;
	v = &b->bindings[i];
	b->free_binding = v->next;
	*v = (struct names_binding){ .addr = *a, .name = name, .next = n->first };
	n->first = i;
	n->count++;
	b->used++;
	become_latest(b, i);
	return i;
}

mono_t names_book_learn(struct names_book *b, const char *name, const struct addr *a, mono_t until, mono_t now)
{
	uint16_t n = names_book_find(b, name), i;
	struct names_binding *v;

	if (n == NAMES_NONE) {
		n = make_name(b, name, now);
	} else {
		leave_order(b, n);
		become_newest(b, n);
	}
	i = find_binding(b, n, a);
	if (i == NAMES_NONE) {
		i = make_binding(b, n, a, now);
	} else {
		leave_addr(b, i);
		become_latest(b, i);
	}
	v = &b->bindings[i];
	if (v->until.ns < until.ns)
		v->until = until;
	return v->until;
}

void names_book_sweep(struct names_book *b, mono_t now)
{
	for (size_t n = 0; n < SWEPT; n++) {
		const struct names_binding *v = &b->bindings[b->swept];

		if (v->addr.family != FAMILY_NONE && v->until.ns < now.ns)
			forget_binding(b, b->swept, true);
		b->swept = (uint16_t)((b->swept + 1) % NAMES_ADDRESSES);
	}
}

const char *names_book_of(const struct names_book *b, const struct addr *a, mono_t now)
{
	uint32_t first = map_get(b->by_addr, key_of_addr(b, a));
	uint16_t i = first == MAP_NONE ? NAMES_NONE : (uint16_t)first;

	for (; i != NAMES_NONE; i = b->bindings[i].after) {
		const struct names_binding *v = &b->bindings[i];

		if (v->until.ns >= now.ns && addr_equal(&v->addr, a))
			return b->names[v->name].text;
	}
	return "";
}
