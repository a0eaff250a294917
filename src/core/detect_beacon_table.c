/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bounded tables of who called whom. Who has called three times becomes a record with his fourth call. Sizes are known
 * when flows end, which may be minutes after the next call: flows that are open stand in a small table of their own until
 * then. Called by detect_beacon.c alone.
 */
#include "core/detect_beacon_parts.h"

#include <string.h>

#include "core/fixed.h"

#define SAME_CALL BEACON_UNITS(1) /* what comes so soon after the last one belongs to it */

uint32_t beacon_units(mono_t t)
{
	return (uint32_t)((uint64_t)t.ns >> BEACON_UNIT_BITS);
}

/* To the nearest. */
static uint32_t seconds_in(uint32_t units)
{
	return (uint32_t)((((uint64_t)units << BEACON_UNIT_BITS) + NS_PER_S / 2) / NS_PER_S);
}

uint32_t beacon_seconds(mono_t t)
{
	return (uint32_t)((uint64_t)t.ns / NS_PER_S);
}

uint32_t beacon_passed(uint32_t now, uint32_t then)
{
	return now - then > INT32_MAX ? 0 : now - then;
}

uint64_t beacon_key(const struct beacon *b, const struct tuple *t, const struct actor *a, const char *name)
{
	struct {
		uint64_t cgroup, who;
		uint32_t uid;
		uint16_t port;
		uint8_t proto, kind, named;
		uint8_t rest[7];
	} k = { .port = t->dport, .proto = t->proto, .kind = a->kind, .named = name[0] != '\0' };

	k.cgroup = a->kind == ACTOR_GROUP ? a->cgroup : 0;
	k.uid = a->kind == ACTOR_USER ? a->uid : 0;
	k.who = k.named ? hash_bytes(&b->key, name, strlen(name)) : source_key(&t->dst);
	return hash_bytes(&b->key, &k, sizeof(k)) | 1;
}

static size_t set_of(uint64_t key, size_t places)
{
	return (size_t)((key >> 32) * (places / BEACON_WAYS) >> 32) * BEACON_WAYS;
}

static struct beacon_record *find(struct beacon *b, uint64_t key)
{
	struct beacon_record *r = &b->records[set_of(key, BEACON_RECORDS)];

	for (size_t i = 0; i < BEACON_WAYS; i++)
		if (r[i].key == key)
			return &r[i];
	return NULL;
}

/* How long it is missed already, for what it is worth: the even ones are waited for, be it hours; the others are not. */
static uint64_t staleness(const struct beacon_record *r, uint32_t now)
{
	uint64_t worth = r->gaps.n + r->evenness / 16;

	if (!r->key)
		return UINT64_MAX;
	return ((uint64_t)beacon_passed(now, r->last) << 8) / (1 + worth * worth);
}

static struct beacon_record *room(struct beacon *b, uint64_t key, uint32_t now)
{
	struct beacon_record *r = &b->records[set_of(key, BEACON_RECORDS)], *stalest = r;

	for (size_t i = 1; i < BEACON_WAYS; i++)
		if (staleness(&r[i], now) > staleness(stalest, now))
			stalest = &r[i];
	b->stats.records += !stalest->key;
	b->stats.evicted += stalest->key && beacon_passed(now, stalest->last) < BEACON_DAY;
	return stalest;
}

static void admit(struct beacon *b, const struct beacon_candidate *k, mono_t at)
{
	struct beacon_record *r = room(b, k->key, beacon_units(at));

	*r = (struct beacon_record){
		.key = k->key,
		.last = k->calls[BEACON_CALLS - 1],
		.call = k->calls[BEACON_CALLS - 1],
		.calls = BEACON_CALLS,
		.first_s = beacon_seconds(at) - seconds_in(beacon_passed(beacon_units(at), k->calls[0])),
	};
	for (size_t i = 1; i < BEACON_CALLS; i++)
		rhythm_add(&r->gaps, k->calls[i] - k->calls[i - 1]);
}

/* Those who have called before are waited for longer. */
static struct beacon_candidate *candidate_of(struct beacon *b, uint64_t key, uint32_t now)
{
	struct beacon_candidate *c = &b->candidates[set_of(key, BEACON_CANDIDATES)], *stalest = c;
	uint32_t most = 0;

	for (size_t i = 0; i < BEACON_WAYS; i++) {
		uint32_t missed = c[i].key ? beacon_passed(now, c[i].last) / (uint32_t)(c[i].n * c[i].n) : UINT32_MAX;

		if (c[i].key == key)
			return &c[i];
		if (missed >= most) {
			most = missed;
			stalest = &c[i];
		}
	}
	*stalest = (struct beacon_candidate){ .key = key, .last = now, .calls = { now }, .n = 1 };
	return stalest;
}

/* True with the call that makes it a record. */
static bool court(struct beacon *b, uint64_t key, mono_t at)
{
	uint32_t now = beacon_units(at);
	struct beacon_candidate *c = candidate_of(b, key, now);
	bool same = beacon_passed(now, c->last) < SAME_CALL;

	c->last = now;
	if (same)
		return false;
	if (c->n < BEACON_CALLS) {
		c->calls[c->n++] = now;
		return false;
	}
	admit(b, c, at);
	*c = (struct beacon_candidate){ 0 };
	return true;
}

static void call(struct beacon_record *r, mono_t at)
{
	uint32_t now = beacon_units(at);
	bool same = beacon_passed(now, r->last) < SAME_CALL;

	r->last = now;
	if (same)
		return;
	rhythm_add(&r->gaps, beacon_passed(now, r->call));
	r->call = now;
	r->calls = add_sat_u32(r->calls, 1);
	r->evenness = (uint16_t)rhythm_evenness(&r->gaps);
}

struct beacon_record *beacon_meet(struct beacon *b, uint64_t key, mono_t at)
{
	struct beacon_record *r = find(b, key);

	if (!r && court(b, key, at))
		r = find(b, key);
	if (r)
		call(r, at);
	return r;
}

static struct beacon_flow *flow_of(struct beacon *b, uint64_t tuple)
{
	struct beacon_flow *f = &b->flows[set_of(tuple, BEACON_FLOWS)];

	for (size_t i = 0; i < BEACON_WAYS; i++)
		if (f[i].tuple == tuple)
			return &f[i];
	return NULL;
}

/* The newest stands first; the oldest falls out, and its size is not known then. */
void beacon_flow_opens(struct beacon *b, const struct tuple *t, uint64_t key)
{
	uint64_t tuple = tuple_hash(&b->key, t);
	struct beacon_flow *f = &b->flows[set_of(tuple, BEACON_FLOWS)], *known = flow_of(b, tuple);
	size_t last = 0;

	if (known) {
		known->key = key;
		return;
	}
	while (last < BEACON_WAYS - 1 && f[last].tuple)
		last++;
	memmove(f + 1, f, last * sizeof(*f));
	*f = (struct beacon_flow){ tuple, key };
}

struct beacon_record *beacon_flow_ends(struct beacon *b, const struct tuple *t)
{
	struct beacon_flow *f = flow_of(b, tuple_hash(&b->key, t));
	uint64_t key = f ? f->key : 0;

	if (!f)
		return NULL;
	*f = (struct beacon_flow){ 0 };
	return find(b, key);
}
