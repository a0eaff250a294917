/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is new of a contact, and whether it is told. */
#include "core/reach_parts.h"

#include <string.h>

#include "base/text.h"
#include "core/unit.h"

#define NS_PER_MINUTE (60 * NS_PER_S)
#define COMMON_PORTS 1024

static size_t aligned(size_t bytes)
{
	return (bytes + 63) / 64 * 64;
}

size_t reach_bytes(void)
{
	return aligned(sizeof(struct reach)) + aligned(map_bytes(REACH_ACTORS)) + 2 * aligned(map_bytes(REACH_RECORDS)) +
		aligned(map_bytes(REACH_FACTS));
}

static uint8_t *lay_map(struct map **out, uint8_t *memory, size_t entries, const struct hash_key *key)
{
	/* It fails for a misaligned or small memory alone, which is its caller's mistake and ours. */
	(void)map_create(out, memory, map_bytes(entries), entries, key);
	return memory + aligned(map_bytes(entries));
}

void reach_create(struct reach **out, void *memory, const struct hash_key *key)
{
	struct reach *r = memory;
	uint8_t *at = (uint8_t *)memory + aligned(sizeof(*r));

	memset(r, 0, sizeof(*r));
	r->key = *key;
	at = lay_map(&r->by_actor, at, REACH_ACTORS, key);
	at = lay_map(&r->by_place, at, REACH_RECORDS, key);
	at = lay_map(&r->by_entry, at, REACH_RECORDS, key);
	lay_map(&r->facts, at, REACH_FACTS, key);
	for (uint32_t i = 0; i < REACH_RECORDS; i++)
		r->places[i].next = r->entries[i].place = i + 1;
	*out = r;
}

/* ---- who, and where to ---- */

static bool has_ports(uint8_t proto)
{
	return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP;
}

static struct reach_target target_of(const struct contact *c)
{
	return (struct reach_target){ .to = c->tuple.dst, .name = c->name ? c->name : "", .proto = c->tuple.proto,
		.port = has_ports(c->tuple.proto) ? c->tuple.dport : 0 };
}

static uint32_t find_actor(const struct reach *r, const struct contact *c)
{
	char unit[REACH_UNIT];

	unit_steady(c->unit ? c->unit : "", unit);
	return reach_actor_find(r, c->owner.uid, unit);
}

static uint32_t find_entry(const struct reach *r, const struct contact *c)
{
	const struct reach_target t = target_of(c);
	const uint32_t actor = find_actor(r, c);

	return actor == REACH_NONE ? REACH_NONE : reach_entry_find(r, actor, &t);
}

static struct reach_actor *meet_actor(struct reach *r, const struct contact *c, uint32_t now_s)
{
	char unit[REACH_UNIT];
	struct reach_actor *a;

	unit_steady(c->unit ? c->unit : "", unit);
	a = &r->actors[reach_actor_make(r, c->owner.uid, unit, now_s)];
	if (!a->met)
		a->begun = c->at;
	a->met = true;
	a->actor = c->actor;
	a->first_s = reach_first(a->first_s, now_s);
	a->days = (uint16_t)(a->days + (a->last_s / REACH_DAY_S != now_s / REACH_DAY_S && a->days < UINT16_MAX));
	a->last_s = now_s;
	return a;
}

/* Our own clock counts since we run, the wall's only what a store knows: it may be set. */
static bool learns(const struct reach_actor *a, const struct reach_opts *o, mono_t at, uint32_t now_s)
{
	if (mono_since(at, a->begun) > o->learn_ns)
		return false;
	return !a->taught || (int64_t)now_s - a->first_s <= o->learn_ns / NS_PER_S;
}

/* ---- records ---- */

static void touch(struct reach *r, struct reach_entry *e, uint32_t now_s)
{
	struct reach_place *p = &r->places[e->place];

	p->first_s = reach_first(p->first_s, now_s);
	e->first_s = reach_first(e->first_s, now_s);
	e->changed = true;
	if (e->last_s / REACH_DAY_S != now_s / REACH_DAY_S) {
		e->days = (uint16_t)(e->days + (e->days < UINT16_MAX));
		e->day_most = e->day_bytes > e->day_most ? e->day_bytes : e->day_most;
		e->day_bytes = 0;
	}
	e->last_s = now_s;
}

/* ---- what is new ---- */

static unsigned news_of(const struct reach *r, uint32_t actor, const struct reach_target *t)
{
	const unsigned known = reach_known_facts(r, actor, t);
	/* It may be anybody's, so all know for it. */
	const bool elsewhere = r->actors[actor].uid == OWNER_UNKNOWN && reach_place_find(r, &t->to) != REACH_NONE;
	unsigned news = 0;

	if (!elsewhere && !(known & (1u << REACH_FACT_NET | 1u << REACH_FACT_DOMAIN)))
		news |= REACH_NEW_DESTINATION;
	if (has_ports(t->proto) && !(known & 1u << REACH_FACT_PORT))
		news |= REACH_NEW_PORT;
	if (!(known & 1u << REACH_FACT_PROTOCOL))
		news |= REACH_NEW_PROTOCOL;
	return news;
}

/* Without that which an actor does all day; counts it as one more of the day. */
static unsigned less_usual(struct reach *r, struct reach_actor *a, const struct reach_opts *o, unsigned news,
	uint16_t port, uint32_t now_s)
{
	unsigned left = news;

	if (news & REACH_NEW_DESTINATION) {
		reach_fresh_note(&a->fresh[REACH_ROAM_DESTINATIONS], now_s);
		if (reach_fresh_many(&a->fresh[REACH_ROAM_DESTINATIONS], o->many, now_s))
			left &= ~(unsigned)REACH_NEW_DESTINATION;
	}
	if (news & REACH_NEW_PORT) {
		reach_fresh_note(&a->fresh[REACH_ROAM_PORTS], now_s);
		if (port >= COMMON_PORTS && reach_fresh_many(&a->fresh[REACH_ROAM_PORTS], o->many, now_s))
			left &= ~(unsigned)REACH_NEW_PORT;
	}
	r->stats.roamed += news && !left;
	return left;
}

static bool may_tell(struct reach *r, mono_t now)
{
	if (mono_since(now, r->minute) >= NS_PER_MINUTE) {
		r->minute = now;
		r->told = 0;
	}
	if (r->told == REACH_A_MINUTE) {
		r->stats.untold++;
		return false;
	}
	r->told++;
	r->stats.told++;
	return true;
}

static void add_service(struct text *t, uint8_t proto, uint16_t port, unsigned news)
{
	const char *name = proto_name(proto);

	if (name)
		text_add(t, name);
	else
		text_addf(t, news & REACH_NEW_PROTOCOL ? "%u" : "protocol %u", proto);
	if (has_ports(proto))
		text_addf(t, "/%u", port);
}

static void tell(const struct contact *c, const struct reach_opts *o, const struct reach_target *to, unsigned news,
	reach_raise_fn raise, void *ctx)
{
	struct finding f = {
		.kind = FINDING_REACH, .proof = PROOF_LOCAL, .rule = o->rule,
		.subject = { .kind = SUBJECT_DESTINATION, .source = prefix_of(&to->to, addr_bits(&to->to)) },
		.score = 100, .threshold = 100, .count = 1, .first = c->at, .at = c->at, .src = c->tuple.src, .dst = to->to,
		.sport = c->tuple.sport, .dport = to->port, .proto = to->proto, .actor = c->actor,
	};
	struct text t = text_over(f.about, sizeof(f.about));
	char address[ADDR_TEXT];

	if (news & REACH_NEW_PROTOCOL)
		text_add(&t, "new protocol ");
	else if (news & REACH_NEW_PORT)
		text_add(&t, "new port ");
	add_service(&t, to->proto, to->port, news);
	addr_format(&to->to, address, sizeof(address));
	text_addf(&t, " at %s", address);
	if (to->name[0])
		text_addf(&t, " (%s)", to->name);
	raise(ctx, &f);
}

unsigned reach_contact(struct reach *r, const struct reach_opts *o, const struct contact *c, int64_t wall_s,
	reach_raise_fn raise, void *ctx)
{
	const uint32_t now_s = reach_seconds(wall_s);
	const struct reach_target t = target_of(c);
	struct reach_actor *a = meet_actor(r, c, now_s);
	const uint32_t actor = (uint32_t)(a - r->actors), at = reach_entry_find(r, actor, &t);
	struct reach_entry *e = at == REACH_NONE ? NULL : &r->entries[at];
	unsigned news = 0, left;

	if (e) {
		reach_entry_name(r, e, t.name);
	} else {
		news = news_of(r, actor, &t);
		e = reach_entry_make(r, actor, &t, now_s, true);
	}
	touch(r, e, now_s);
	e->count++;
	left = news ? less_usual(r, a, o, news, t.port, now_s) : 0;
	if (left && o->rule.enabled && !learns(a, o, c->at, now_s) && may_tell(r, c->at))
		tell(c, o, &t, left, raise, ctx);
	return news;
}

void reach_bytes_moved(struct reach *r, const struct contact *c, const uint64_t bytes[FLOW_WAYS], int64_t wall_s)
{
	const uint32_t at = find_entry(r, c);
	struct reach_entry *e = at == REACH_NONE ? NULL : &r->entries[at];

	if (!e)
		return;
	touch(r, e, reach_seconds(wall_s));
	e->bytes[FLOW_THERE] = reach_sum(e->bytes[FLOW_THERE], bytes[FLOW_THERE]);
	e->bytes[FLOW_BACK] = reach_sum(e->bytes[FLOW_BACK], bytes[FLOW_BACK]);
	e->day_bytes = reach_sum(e->day_bytes, bytes[FLOW_THERE]);
}

bool reach_find(const struct reach *r, const struct contact *c, struct reach_record *out)
{
	const uint32_t at = find_entry(r, c);

	if (at == REACH_NONE)
		return false;
	reach_fill(r, &r->entries[at], out);
	return true;
}

int64_t reach_known_s(const struct reach *r, const struct addr *to, int64_t wall_s)
{
	const uint32_t at = reach_place_find(r, to), now_s = reach_seconds(wall_s);

	return at == REACH_NONE ? -1 : (int64_t)now_s - reach_first(r->places[at].first_s, now_s);
}

void reach_stats(const struct reach *r, struct reach_stats *out)
{
	*out = r->stats;
}
