/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records, the places that they lead to, and the facts that follow from them: a map from a keyed hash to how many records
 * stand for it, so that what is forgotten is new again.
 */
#include "core/reach_parts.h"

#include <string.h>

#include "base/text.h"
#include "core/domain.h"

#define SAMPLE 16
#define WORTH_DAYS 90
#define PORT_DRAWN 32768                /* from here on ports are drawn by dice (ip_local_port_range) */

uint32_t reach_seconds(int64_t s)
{
	return s < 0 ? 0 : s > UINT32_MAX ? UINT32_MAX : (uint32_t)s;
}

uint32_t reach_first(uint32_t first_s, uint32_t now_s)
{
	if (first_s > now_s || (first_s < REACH_CLOCK_SANE && now_s >= REACH_CLOCK_SANE))
		return now_s;
	return first_s;
}

uint64_t reach_sum(uint64_t a, uint64_t b)
{
	return a + b < a ? UINT64_MAX : a + b;
}

uint64_t reach_worth(uint32_t last_s, uint16_t days)
{
	return (uint64_t)last_s + (uint64_t)(days < WORTH_DAYS ? days : WORTH_DAYS) * REACH_DAY_S;
}

/* ---- facts ---- */

/* No padding: hashed as bytes. */
struct fact {
	uint64_t actor;
	uint8_t kind, value[23];
};

static uint64_t hash_fact(const struct reach *r, uint32_t actor, enum reach_fact kind, const void *value, size_t len)
{
	struct fact f;

	memset(&f, 0, sizeof(f));
	f.actor = r->actors[actor].key;
	f.kind = (uint8_t)kind;
	memcpy(f.value, value, len);
	return hash_bytes(&r->key, &f, sizeof(f));
}

static uint64_t net_fact(const struct reach *r, uint32_t actor, const struct addr *to)
{
	const struct prefix net = prefix_of(to, to->family == FAMILY_V4 ? 24 : 48);
	uint8_t value[17] = { net.addr.family };

	memcpy(value + 1, net.addr.bytes, sizeof(net.addr.bytes));
	return hash_fact(r, actor, REACH_FACT_NET, value, sizeof(value));
}

static uint64_t domain_fact(const struct reach *r, uint32_t actor, const char *name)
{
	const char *domain = domain_registered(name);
	uint64_t h;

	if (!*name)
		return 0;
	h = hash_bytes(&r->key, domain, strlen(domain));
	return hash_fact(r, actor, REACH_FACT_DOMAIN, &h, sizeof(h)) | 1;
}

static uint64_t port_fact(const struct reach *r, uint32_t actor, uint8_t proto, uint16_t port)
{
	const uint16_t one = port < PORT_DRAWN ? port : PORT_DRAWN;
	const uint8_t value[3] = { proto, (uint8_t)(one >> 8), (uint8_t)one };

	return hash_fact(r, actor, REACH_FACT_PORT, value, sizeof(value));
}

static uint64_t protocol_fact(const struct reach *r, uint32_t actor, uint8_t proto)
{
	return hash_fact(r, actor, REACH_FACT_PROTOCOL, &proto, 1);
}

static void stand(struct reach *r, uint64_t fact)
{
	const uint32_t n = map_get(r->facts, fact);

	map_set(r->facts, fact, n == MAP_NONE ? 1 : n + 1); /* four a record: it cannot be full */
}

static void fall(struct reach *r, uint64_t fact)
{
	const uint32_t n = map_get(r->facts, fact);

	if (n == MAP_NONE)
		return;
	if (n == 1)
		map_remove(r->facts, fact);
	else
		map_set(r->facts, fact, n - 1);
}

static void each_fact(struct reach *r, const struct reach_entry *e, void (*fn)(struct reach *, uint64_t))
{
	fn(r, net_fact(r, e->actor, &r->places[e->place].to));
	fn(r, port_fact(r, e->actor, e->proto, e->port));
	fn(r, protocol_fact(r, e->actor, e->proto));
	if (e->domain)
		fn(r, e->domain);
}

static unsigned known(const struct reach *r, uint64_t fact, enum reach_fact kind)
{
	return map_get(r->facts, fact) != MAP_NONE ? 1u << kind : 0;
}

unsigned reach_known_facts(const struct reach *r, uint32_t actor, const struct reach_target *t)
{
	const uint64_t domain = domain_fact(r, actor, t->name);

	return known(r, net_fact(r, actor, &t->to), REACH_FACT_NET) |
		(domain ? known(r, domain, REACH_FACT_DOMAIN) : 0) |
		known(r, port_fact(r, actor, t->proto, t->port), REACH_FACT_PORT) |
		known(r, protocol_fact(r, actor, t->proto), REACH_FACT_PROTOCOL);
}

/* ---- places ---- */

static uint64_t place_key(const struct reach *r, const struct addr *to)
{
	uint8_t bytes[17] = { to->family };

	memcpy(bytes + 1, to->bytes, sizeof(to->bytes));
	return hash_bytes(&r->key, bytes, sizeof(bytes));
}

uint32_t reach_place_find(const struct reach *r, const struct addr *to)
{
	return map_get(r->by_place, place_key(r, to));
}

/* There are as many as there are records, and a record to be made has one free. */
static uint32_t take_place(struct reach *r, const struct addr *to, uint32_t now_s)
{
	const uint64_t key = place_key(r, to);
	uint32_t at = map_get(r->by_place, key);

	if (at == MAP_NONE) {
		at = r->free_place;
		r->free_place = r->places[at].next;
		r->places[at] = (struct reach_place){ .key = key, .to = *to, .first_s = now_s };
		map_set(r->by_place, key, at);
		r->stats.destinations++;
	}
	r->places[at].refs++;
	return at;
}

static void give_place(struct reach *r, uint32_t at)
{
	struct reach_place *p = &r->places[at];

	if (--p->refs)
		return;
	map_remove(r->by_place, p->key);
	p->next = r->free_place;
	r->free_place = at;
	r->stats.destinations--;
}

/* ---- records ---- */

static uint64_t entry_key(const struct reach *r, uint32_t actor, const struct reach_target *t)
{
	struct {
		uint64_t actor, place;
		uint16_t port, proto;
		uint32_t zero;
	} id = { .actor = r->actors[actor].key, .place = place_key(r, &t->to), .port = t->port, .proto = t->proto };

	return hash_bytes(&r->key, &id, sizeof(id));
}

uint32_t reach_entry_find(const struct reach *r, uint32_t actor, const struct reach_target *t)
{
	return map_get(r->by_entry, entry_key(r, actor, t));
}

void reach_entry_drop(struct reach *r, struct reach_entry *e)
{
	each_fact(r, e, fall);
	map_remove(r->by_entry, e->key);
	give_place(r, e->place);
	*e = (struct reach_entry){ .place = r->free_entry };
	r->free_entry = (uint32_t)(e - r->entries);
	r->stats.records--;
}

/* The least worthy of a few: all of them are looked at in turn, so nobody can aim at one. */
static void make_room(struct reach *r)
{
	struct reach_entry *least = NULL;

	for (int i = 0; i < SAMPLE; i++) {
		struct reach_entry *e = &r->entries[r->victim];

		r->victim = (r->victim + 1) % REACH_RECORDS;
		if (!least || reach_worth(e->last_s, e->days) < reach_worth(least->last_s, least->days))
			least = e;
	}
	reach_entry_drop(r, least);
	r->stats.forgotten++;
}

struct reach_entry *reach_entry_make(struct reach *r, uint32_t actor, const struct reach_target *t, uint32_t now_s,
	bool makes_room)
{
	struct reach_entry *e;

	if (r->stats.records == REACH_RECORDS) {
		if (!makes_room)
			return NULL;
		make_room(r);
	}
	e = &r->entries[r->free_entry];
	r->free_entry = e->place;
	*e = (struct reach_entry){ .key = entry_key(r, actor, t), .used = true, .actor = (uint16_t)actor, .port = t->port,
		.proto = t->proto, .first_s = now_s, .last_s = now_s, .days = 1, .place = take_place(r, &t->to, now_s) };
	each_fact(r, e, stand);
	reach_entry_name(r, e, t->name);
	map_set(r->by_entry, e->key, (uint32_t)(e - r->entries));
	r->stats.records++;
	return e;
}

void reach_entry_name(struct reach *r, struct reach_entry *e, const char *name)
{
	const uint64_t domain = domain_fact(r, e->actor, name);

	if (!domain)
		return; /* its name has run out; it is still the one it was */
	text_copy(r->places[e->place].name, REACH_NAME, name);
	if (domain == e->domain)
		return;
	if (e->domain)
		fall(r, e->domain);
	stand(r, domain);
	e->domain = domain;
}

void reach_fill(const struct reach *r, const struct reach_entry *e, struct reach_record *out)
{
	const struct reach_actor *a = &r->actors[e->actor];
	const struct reach_place *p = &r->places[e->place];

	*out = (struct reach_record){ .actor = a->actor, .uid = a->uid, .to = p->to, .port = e->port, .proto = e->proto,
		.count = e->count, .bytes = { e->bytes[FLOW_THERE], e->bytes[FLOW_BACK] }, .day_bytes = e->day_bytes,
		.day_most = e->day_most, .first_s = e->first_s, .last_s = e->last_s, .days = e->days };
	memcpy(out->unit, a->unit, sizeof(out->unit));
	memcpy(out->name, p->name, sizeof(out->name));
}
