/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bounded table of registered domains. Where room is wanted, the domain of least information goes: names by the
 * thousand, a new domain each, push out each other and no tunnel.
 *
 * A name's weight is cut into units; each unit is a thing of its own to a HyperLogLog, under the name's hash: so the
 * count of distinct units is the sum of the weights of distinct names, and to ask for the same name again changes
 * nothing. (A count of names times their mean length would fall with each repetition of a short name, which whoever
 * tunnels can have as often as he likes.)
 */
#include "core/tunnel_parts.h"

#include <string.h>

static bool is_over(const struct tunnel_window *w, int64_t length_ns, mono_t now)
{
	return w->begin.ns == 0 || mono_since(now, w->begin) >= length_ns;
}

static struct tunnel_domain *least_of(struct tunnel_domain *set, mono_t now)
{
	struct tunnel_domain *least = set;
	uint32_t worth = UINT32_MAX;

	for (struct tunnel_domain *d = set; d < set + TUNNEL_WAYS; d++) {
		uint32_t its = d->key == 0 || is_over(&d->day, TUNNEL_DAY_NS, now) ? 0 : 1 + d->worth;

		if (its < worth) {
			least = d;
			worth = its;
		}
	}
	return least;
}

struct tunnel_domain *tunnel_domain_of(struct tunnel_domains *all, uint64_t hash, mono_t now)
{
	const uint64_t key = hash | 1;
	struct tunnel_domain *set = all->sets[hash >> 1 & (TUNNEL_SETS - 1)], *d;

	for (d = set; d < set + TUNNEL_WAYS; d++)
		if (d->key == key)
			return d;
	d = least_of(set, now);
	all->evicted += d->key != 0 && !is_over(&d->day, TUNNEL_DAY_NS, now);
	memset(d, 0, sizeof(*d));
	d->key = key;
	return d;
}

static void roll(struct tunnel_window *w, int64_t length_ns, mono_t now)
{
	if (!is_over(w, length_ns, now))
		return;
	memset(w, 0, sizeof(*w));
	w->begin = now;
}

void tunnel_domain_roll(struct tunnel_domain *d, mono_t now)
{
	if (is_over(&d->day, TUNNEL_DAY_NS, now)) {
		memset(&d->down, 0, sizeof(d->down));
		d->raised = 0;
		d->worth = 0;
	}
	roll(&d->day, TUNNEL_DAY_NS, now);
	roll(&d->hour, TUNNEL_HOUR_NS, now);
}

void tunnel_domain_add(struct tunnel_domain *d, const struct hash_key *key, uint64_t name, uint32_t units)
{
	for (uint32_t i = 0; i < units; i++) {
		uint64_t unit = hash_u64(key, name + i);

		hll64_add(&d->hour.units, unit);
		hll64_add(&d->day.units, unit);
	}
	hll64_add(&d->hour.names, name);
	hll64_add(&d->day.names, name);
	d->worth = hll64_count(&d->day.units);
}

void tunnel_domain_add_down(struct tunnel_domain *d, const struct hash_key *key, uint64_t answer, uint32_t units)
{
	for (uint32_t i = 0; i < units; i++)
		hll64_add(&d->down, hash_u64(key, answer + i));
}
