/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cookies stand densely, so that the end of a walk looks at those that live and at nothing else; an index leads to them. */
#include "core/held_since.h"

#include <assert.h>

#include "base/map.h"

struct known {
	uint64_t cookie;
	int64_t first_ns;
	uint32_t walk; /* that met it last */
};

struct held_since {
	mono_t now;
	uint64_t full;
	uint32_t walk;
	uint32_t n;
	struct map *index;
	struct known known[HELD_SINCE_SOCKETS];
	_Alignas(16) uint8_t map[];
};

size_t held_since_bytes(void)
{
	return sizeof(struct held_since) + map_bytes(HELD_SINCE_SOCKETS);
}

void held_since_create(struct held_since **out, void *memory, const struct hash_key *key)
{
	struct held_since *h = memory;
	int err;

	h->now = (mono_t){ 0 };
	h->full = 0;
	h->walk = h->n = 0;
	err = map_create(&h->index, h->map, map_bytes(HELD_SINCE_SOCKETS), HELD_SINCE_SOCKETS, key);
	assert(!err);
	(void)err;
	*out = h;
}

void held_since_begin(struct held_since *h, mono_t now)
{
	h->now = now;
	h->walk++;
}

uint32_t held_since_age_ms(struct held_since *h, uint64_t cookie)
{
	uint32_t at = map_get(h->index, cookie);
	int64_t age;

	if (at == MAP_NONE) {
		if (h->n == HELD_SINCE_SOCKETS) {
			h->full++;
			return 0;
		}
		h->known[h->n] = (struct known){ .cookie = cookie, .first_ns = h->now.ns, .walk = h->walk };
		(void)map_set(h->index, cookie, h->n++);
		return 0;
	}
	h->known[at].walk = h->walk;
	age = (h->now.ns - h->known[at].first_ns) / NS_PER_MS;
	if (age < 0)
		return 0;
	return age < UINT32_MAX ? (uint32_t)age : UINT32_MAX - 1;
}

void held_since_end(struct held_since *h)
{
	uint32_t i = 0;

	while (i < h->n) {
		if (h->known[i].walk == h->walk) {
			i++;
			continue;
		}
		(void)map_remove(h->index, h->known[i].cookie);
		h->n--;
		if (i == h->n)
			return;
		h->known[i] = h->known[h->n];
		(void)map_set(h->index, h->known[i].cookie, i);
	}
}

size_t held_since_count(const struct held_since *h)
{
	return h->n;
}

uint64_t held_since_full(const struct held_since *h)
{
	return h->full;
}
