/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists in a form in which each question costs what it finds: the entries with a name, those whose prefix holds another,
 * and where ranges of ports are cut. Two thousand entries against four thousand addresses, one by one, would take longer
 * than a packet may wait.
 */
#include "core/allow_want_parts.h"

#include <string.h>

#define ALIGNED(n) (((n) + 63) & ~(size_t)63)

size_t allow_plan_bytes(void)
{
	return 2 * ALIGNED(map_bytes(ALLOWLIST_ENTRIES));
}

void allow_plan_create(struct allow_plan *p, void *memory, const struct hash_key *key)
{
	uint8_t *at = memory;

	p->key = key;
	/* Both fail for a small memory alone, which is its caller's mistake and ours. */
	(void)map_create(&p->by_name, at, map_bytes(ALLOWLIST_ENTRIES), ALLOWLIST_ENTRIES, key);
	at += ALIGNED(map_bytes(ALLOWLIST_ENTRIES));
	(void)map_create(&p->by_prefix, at, map_bytes(ALLOWLIST_ENTRIES), ALLOWLIST_ENTRIES, key);
}

/* ---- keys ---- */

static uint64_t prefix_key(const struct allow_plan *p, size_t list, const struct prefix *x)
{
	uint8_t k[3 + sizeof(x->addr.bytes)] = { (uint8_t)list, x->addr.family, x->len };

	memcpy(k + 3, x->addr.bytes, sizeof(x->addr.bytes));
	return hash_bytes(p->key, k, sizeof(k));
}

static uint64_t name_key(const struct allow_plan *p, const char *name)
{
	return hash_bytes(p->key, name, strlen(name));
}

static uint64_t key_of(const struct allow_plan *p, const struct allow_entry *e)
{
	return e->name[0] ? name_key(p, e->name) : prefix_key(p, e->list, &e->prefix);
}

static struct map *map_of(struct allow_plan *p, const struct allow_entry *e)
{
	return e->name[0] ? p->by_name : p->by_prefix;
}

/* ---- making it ---- */

static bool same_shape(const struct allow_entry *a, const struct allow_entry *b)
{
	return a->proto == b->proto && a->port_first == b->port_first && a->port_last == b->port_last;
}

/* Named entries with the same ports cut the same: one of them is enough. */
static void note_shape(struct allow_plan *p, struct allow_plan_list *l, uint16_t entry)
{
	for (size_t i = 0; i < l->n_shapes; i++)
		if (same_shape(&p->lists->entries[p->shapes[l->first_shape + i]], &p->lists->entries[entry]))
			return;
	p->shapes[l->first_shape + l->n_shapes++] = entry;
}

/* In front of those that are alike. */
static void note_entry(struct allow_plan *p, uint16_t entry)
{
	const struct allow_entry *e = &p->lists->entries[entry];
	const uint64_t key = key_of(p, e);
	const uint32_t first = map_get(map_of(p, e), key);

	p->next[entry] = first == MAP_NONE ? ALLOW_NONE : (uint16_t)first;
	map_set(map_of(p, e), key, entry);
}

static void clear(struct allow_plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		map_remove(p->by_name, p->keys[i]);
		map_remove(p->by_prefix, p->keys[i]);
	}
	memset(p->of, 0, sizeof(p->of));
	memset(p->addresses, 0, sizeof(p->addresses));
}

void allow_plan_make(struct allow_plan *p, const struct allowlists *lists)
{
	clear(p);
	p->lists = lists;
	p->n = lists->n_entries;
	for (size_t i = 0; i < lists->n_lists; i++) {
		struct allow_plan_list *l = &p->of[i];
		const struct allowlist *a = &lists->lists[i];

		l->first_shape = a->first;
		for (uint16_t k = a->first; k < a->first + a->n; k++) {
			const struct allow_entry *e = &lists->entries[k];

			p->keys[k] = key_of(p, e);
			note_entry(p, k);
			if (e->name[0])
				note_shape(p, l, k);
			else
				l->lengths[e->prefix.addr.family == FAMILY_V6][e->prefix.len / 64] |= UINT64_C(1) << e->prefix.len % 64;
		}
	}
}

/* ---- asking it ---- */

/* The entries of one pattern after the other: the name itself, then "*" and what is behind each of its dots. */
static uint16_t next_head(const struct allow_plan *p, struct allow_match *m)
{
	char pattern[ALLOWLIST_NAME + 1];
	uint32_t head;

	if (!m->at) {
		m->at = m->name;
		head = map_get(p->by_name, name_key(p, m->name));
		if (head != MAP_NONE)
			return (uint16_t)head;
	}
	while ((m->at = strchr(m->at + 1, '.')) != NULL) {
		size_t len = strlen(m->at);

		if (len + 1 >= sizeof(pattern))
			continue;
		pattern[0] = '*';
		memcpy(pattern + 1, m->at, len + 1);
		head = map_get(p->by_name, name_key(p, pattern));
		if (head != MAP_NONE)
			return (uint16_t)head;
	}
	return ALLOW_NONE;
}

const struct allow_entry *allow_plan_next(const struct allow_plan *p, struct allow_match *m)
{
	const struct allow_entry *e;

	if (!p->lists || m->over)
		return NULL;
	do {
		m->entry = m->begun ? p->next[m->entry] : ALLOW_NONE;
		if (m->entry == ALLOW_NONE)
			m->entry = next_head(p, m);
		m->begun = m->entry != ALLOW_NONE;
		m->over = !m->begun;
		e = m->over ? NULL : &p->lists->entries[m->entry];
	} while (e && !allow_name_holds(e->name, m->name)); /* two names of one key: once in 2^64 */
	return e;
}

size_t allow_plan_around(const struct allow_plan *p, size_t list, const struct prefix *to, uint16_t *out)
{
	const uint64_t *lengths = p->of[list].lengths[to->addr.family == FAMILY_V6];
	size_t n = 0;

	for (unsigned len = 0; len <= to->len; len++) {
		struct prefix outer;
		uint32_t i;

		if (!(lengths[len / 64] >> len % 64 & 1))
			continue;
		outer = prefix_of(&to->addr, len);
		i = map_get(p->by_prefix, prefix_key(p, list, &outer));
		for (uint16_t k = i == MAP_NONE ? ALLOW_NONE : (uint16_t)i; k != ALLOW_NONE; k = p->next[k])
			if (p->lists->entries[k].list == list && prefix_equal(&p->lists->entries[k].prefix, &outer))
				out[n++] = k; /* and not one of the same key: once in 2^64 */
	}
	return n;
}
