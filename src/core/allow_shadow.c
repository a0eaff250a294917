/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows stand in an array that is walked where one has to give way: only then, and a thousand are few. */
#include "core/allow_shadow.h"

#include <string.h>

#include "base/map.h"
#include "base/text.h"

#define ALIGNED(n) (((n) + 63) & ~(size_t)63)
#define OFTEN 3 /* met so often, it is no accident */

struct allow_shadow {
	struct hash_key key;
	struct map *index;
	size_t n;
	struct allow_shadow_sum sums[ALLOWLISTS];
	struct allow_shadow_row rows[ALLOW_SHADOW_ROWS];
};

size_t allow_shadow_bytes(void)
{
	return ALIGNED(sizeof(struct allow_shadow)) + map_bytes(ALLOW_SHADOW_ROWS);
}

void allow_shadow_create(struct allow_shadow **out, void *memory, const struct hash_key *key)
{
	struct allow_shadow *s = memory;

	memset(s, 0, sizeof(*s));
	s->key = *key;
	/* It fails for a small memory alone, which is its caller's mistake and ours. */
	(void)map_create(&s->index, (uint8_t *)memory + ALIGNED(sizeof(*s)), map_bytes(ALLOW_SHADOW_ROWS), ALLOW_SHADOW_ROWS,
		key);
	*out = s;
}

static uint64_t key_of(const struct allow_shadow *s, size_t list, const struct addr *to, uint8_t proto, uint16_t port)
{
	uint8_t k[sizeof(*to) + 4];

	memcpy(k, to, sizeof(*to));
	k[sizeof(*to)] = (uint8_t)list;
	k[sizeof(*to) + 1] = proto;
	k[sizeof(*to) + 2] = (uint8_t)(port >> 8);
	k[sizeof(*to) + 3] = (uint8_t)port;
	return hash_bytes(&s->key, k, sizeof(k));
}

static uint64_t row_key(const struct allow_shadow *s, const struct allow_shadow_row *r)
{
	return key_of(s, r->list, &r->to, r->proto, r->port);
}

/* The last row moves to its place. */
static void drop(struct allow_shadow *s, size_t i)
{
	map_remove(s->index, row_key(s, &s->rows[i]));
	s->n--;
	if (i == s->n)
		return;
	s->rows[i] = s->rows[s->n];
	map_set(s->index, row_key(s, &s->rows[i]), (uint32_t)i);
}

static uint64_t worth(const struct allow_shadow_row *r)
{
	return r->count < OFTEN ? r->count : OFTEN;
}

static void make_room(struct allow_shadow *s)
{
	size_t least = 0;

	for (size_t i = 1; i < s->n; i++) {
		const struct allow_shadow_row *r = &s->rows[i], *l = &s->rows[least];

		if (worth(r) < worth(l) || (worth(r) == worth(l) && r->last.ns < l->last.ns))
			least = i;
	}
	s->sums[s->rows[least].list].forgotten++;
	drop(s, least);
}

static struct allow_shadow_row *row_of(struct allow_shadow *s, const struct allow_shadow_what *n, mono_t now)
{
	uint64_t key = key_of(s, n->list, &n->to, n->proto, n->port);
	uint32_t i = map_get(s->index, key);
	struct allow_shadow_row *r;

	if (i != MAP_NONE)
		return &s->rows[i];
	if (s->n == ALLOW_SHADOW_ROWS)
		make_room(s);
	r = &s->rows[s->n];
	memset(r, 0, sizeof(*r));
	r->list = n->list;
	r->to = n->to;
	r->proto = n->proto;
	r->port = n->port;
	r->first = now;
	map_set(s->index, key, (uint32_t)s->n++);
	return r;
}

void allow_shadow_note(struct allow_shadow *s, const struct allow_shadow_what *n, mono_t now)
{
	struct allow_shadow_row *r;
	struct allow_shadow_sum *sum;

	if (n->list >= ALLOWLISTS)
		return;
	r = row_of(s, n, now);
	sum = &s->sums[n->list];
	if (!sum->count)
		sum->since = now;
	sum->count++;
	sum->refused += n->refused;
	r->count++;
	r->last = now;
	r->refused = n->refused;
	if (n->name[0])
		text_copy(r->name, sizeof(r->name), n->name);
	if (n->who && (n->who->unit[0] || n->who->comm[0])) {
		text_copy(r->unit, sizeof(r->unit), n->who->unit);
		text_copy(r->comm, sizeof(r->comm), n->who->comm);
	}
}

void allow_shadow_swap(struct allow_shadow *s, const struct allowlists *before, const struct allowlists *after)
{
	struct allow_shadow_sum sums[ALLOWLISTS];
	size_t to[ALLOWLISTS];

	memset(sums, 0, sizeof(sums));
	for (size_t i = 0; i < ALLOWLISTS; i++) {
		to[i] = i < before->n_lists ? allowlist_find(after, before->lists[i].title) : ALLOWLIST_NONE;
		if (to[i] != ALLOWLIST_NONE)
			sums[to[i]] = s->sums[i];
	}
	memcpy(s->sums, sums, sizeof(sums));
	/* Keys have the index of the list in them: all out, then those that stay in again. */
	for (size_t i = 0; i < s->n; i++)
		map_remove(s->index, row_key(s, &s->rows[i]));
	for (size_t i = 0; i < s->n;) {
		struct allow_shadow_row *r = &s->rows[i];
		size_t list = to[r->list];

		if (list == ALLOWLIST_NONE || allowlist_holds(after, list, &r->to, r->proto, r->port, r->name)) {
			*r = s->rows[--s->n];
			continue;
		}
		r->list = list;
		map_set(s->index, row_key(s, r), (uint32_t)i++);
	}
}

const struct allow_shadow_row *allow_shadow_next(const struct allow_shadow *s, size_t *at)
{
	return *at < s->n ? &s->rows[(*at)++] : NULL;
}

void allow_shadow_sum(const struct allow_shadow *s, size_t list, struct allow_shadow_sum *out)
{
	*out = s->sums[list];
}
