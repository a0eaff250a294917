/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Peers that moved most: space saving (Metwally 2005) in buckets of eight. A newcomer takes the place of the least in its
 * bucket and inherits what that had, so that who is heavy cannot be pushed out by many that are not; it may be told too
 * high by that, never too low.
 */
#include <string.h>

#include "core/meter_state.h"

static uint64_t weight(const struct meter_peer *p)
{
	return p->bytes[HOST_IN] + p->bytes[HOST_OUT] + p->connections;
}

static struct meter_peer *place_of(struct meter *m, const struct addr *a, uint8_t direction)
{
	uint64_t hash = hash_u64(&m->key, source_key(a) ^ direction);
	struct meter_peer *bucket = m->peers[hash & (PEER_BUCKETS - 1)], *least = bucket;

	for (size_t i = 0; i < PEER_WAYS; i++) {
		struct meter_peer *p = &bucket[i];

		if (p->addr.family && p->direction == direction && addr_equal(&p->addr, a))
			return p;
		if (weight(p) < weight(least) || (!p->addr.family && least->addr.family))
			least = p;
	}
	least->addr = *a;
	least->direction = direction;
	return least;
}

void meter_peer_add(struct meter *m, const struct addr *a, uint8_t direction, uint32_t connections,
	const uint64_t bytes[HOST_WAYS])
{
	struct addr net = source_prefix(source_key(a)).addr;
	struct meter_peer *p = place_of(m, &net, direction);

	p->connections += connections;
	for (size_t w = 0; w < HOST_WAYS; w++)
		p->bytes[w] += bytes[w];
}

/* Below 0 where x comes first. No two are equal. */
static int heavier(const struct slot_peer *x, const struct slot_peer *y)
{
	uint64_t of_x = x->bytes[HOST_IN] + x->bytes[HOST_OUT], of_y = y->bytes[HOST_IN] + y->bytes[HOST_OUT];

	if (of_x != of_y)
		return of_x > of_y ? -1 : 1;
	if (x->connections != y->connections)
		return x->connections > y->connections ? -1 : 1;
	if (x->direction != y->direction)
		return x->direction < y->direction ? -1 : 1;
	return source_key(&x->addr) < source_key(&y->addr) ? -1 : 1;
}

static void keep(struct slot_peer *out, size_t *n, size_t max, const struct meter_peer *p)
{
	struct slot_peer one = { .addr = p->addr, .direction = p->direction, .connections = p->connections,
		.bytes = { p->bytes[HOST_IN], p->bytes[HOST_OUT] } };
	size_t at = *n;

	if (*n == max && heavier(&one, &out[max - 1]) > 0)
		return;
	if (*n < max)
		(*n)++;
	else
		at = max - 1;
	for (; at && heavier(&one, &out[at - 1]) < 0; at--)
		out[at] = out[at - 1];
	out[at] = one;
}

size_t meter_peers_top(struct meter *m, struct slot_peer *out, size_t max)
{
	size_t n = 0;

	for (size_t b = 0; b < PEER_BUCKETS; b++)
		for (size_t i = 0; i < PEER_WAYS; i++)
			if (m->peers[b][i].addr.family)
				keep(out, &n, max, &m->peers[b][i]);
	memset(m->peers, 0, sizeof(m->peers));
	return n;
}
