/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ring in the order in which they began, and an index by tuple. */
#include "core/outgoing.h"

#include <string.h>

#include "base/map.h"

struct outgoing {
	struct hash_key key;
	struct map *map; /* hash of the tuple -> place */
	uint32_t seq;    /* of the next one */
	uint32_t waiting; /* all before this one are settled, or gone */
	struct outgoing_stats stats;
	struct outgoing_flow flows[OUTGOING_FLOWS];
};

static size_t head_bytes(void)
{
	return (sizeof(struct outgoing) + 63) / 64 * 64;
}

size_t outgoing_bytes(void)
{
	return head_bytes() + map_bytes(OUTGOING_FLOWS);
}

void outgoing_create(struct outgoing **out, void *memory, const struct hash_key *key)
{
	struct outgoing *o = memory;

	memset(o, 0, sizeof(*o));
	o->key = *key;
	map_create(&o->map, (uint8_t *)memory + head_bytes(), map_bytes(OUTGOING_FLOWS), OUTGOING_FLOWS, key);
	*out = o;
}

static struct outgoing_flow *place(struct outgoing *o, uint32_t seq)
{
	return &o->flows[seq % OUTGOING_FLOWS];
}

struct outgoing_flow *outgoing_find(struct outgoing *o, const struct tuple *t)
{
	uint32_t at = map_get(o->map, tuple_hash(&o->key, t));

	return at != MAP_NONE && tuple_equal(&o->flows[at].tuple, t) ? &o->flows[at] : NULL;
}

void outgoing_end(struct outgoing *o, struct outgoing_flow *f)
{
	uint64_t h = tuple_hash(&o->key, &f->tuple);

	if (map_get(o->map, h) == (uint32_t)(f - o->flows))
		map_remove(o->map, h);
	f->at = (mono_t){ 0 };
	o->stats.known--;
}

struct outgoing_flow *outgoing_begin(struct outgoing *o, const struct tuple *t, uint32_t uid, mono_t at)
{
	struct outgoing_flow *same = outgoing_find(o, t), *f = place(o, o->seq);

	if (same)
		outgoing_end(o, same);
	if (f->at.ns) {
		o->stats.crowded++;
		outgoing_end(o, f);
	}
	*f = (struct outgoing_flow){ .tuple = *t, .owner = { .uid = uid }, .at = at, .seq = o->seq };
	/* Two tuples of one hash: the younger is found. At most half of the index is ever full. */
	map_set(o->map, tuple_hash(&o->key, t), (uint32_t)(f - o->flows));
	o->seq++;
	if (o->seq - o->waiting > OUTGOING_FLOWS)
		o->waiting = o->seq - OUTGOING_FLOWS;
	o->stats.begun++;
	o->stats.known++;
	return f;
}

struct outgoing_flow *outgoing_overdue(struct outgoing *o, mono_t now, int64_t wait_ns)
{
	for (; o->waiting != o->seq; o->waiting++) {
		struct outgoing_flow *f = place(o, o->waiting);

		if (!f->at.ns || f->settled)
			continue;
		return mono_since(now, f->at) >= wait_ns ? f : NULL;
	}
	return NULL;
}

static bool alike(const struct outgoing_flow *f, uint32_t uid, const struct tuple *t)
{
	return f->at.ns && f->named && f->owner.uid == uid && f->tuple.proto == t->proto &&
		(f->tuple.dport == t->dport || addr_equal(&f->tuple.dst, &t->dst));
}

/* A vote (Boyer and Moore), and then whether it was the majority. */
uint32_t outgoing_most(const struct outgoing *o, uint32_t uid, const struct tuple *t)
{
	uint32_t first = 0, votes = 0, of_first = 0, all = 0;

	for (size_t i = 0; i < OUTGOING_FLOWS; i++) {
		if (!alike(&o->flows[i], uid, t))
			continue;
		if (!votes)
			first = o->flows[i].blame;
		votes = first == o->flows[i].blame ? votes + 1 : votes - 1;
	}
	for (size_t i = 0; i < OUTGOING_FLOWS; i++) {
		if (!alike(&o->flows[i], uid, t))
			continue;
		all++;
		of_first += o->flows[i].blame == first;
	}
	return of_first > all / 2 ? first : 0;
}

void outgoing_stats(const struct outgoing *o, struct outgoing_stats *out)
{
	*out = o->stats;
}
