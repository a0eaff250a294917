/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes out of a store, and goes into it. */
#include "core/reach_parts.h"

#include <string.h>

static bool makes_sense(const struct reach_record *x)
{
	if (x->actor.kind >= ACTOR_KINDS || (x->to.family != FAMILY_V4 && x->to.family != FAMILY_V6))
		return false;
	if (!memchr(x->unit, '\0', sizeof(x->unit)) || !memchr(x->name, '\0', sizeof(x->name)))
		return false;
	return x->days && x->first_s >= 0 && x->first_s <= x->last_s && x->last_s <= UINT32_MAX;
}

static struct reach_actor *teach_actor(struct reach *r, const struct reach_record *x)
{
	const uint32_t first_s = (uint32_t)x->first_s, last_s = (uint32_t)x->last_s;
	struct reach_actor *a = &r->actors[reach_actor_make(r, x->uid, x->unit, first_s)];

	if (!a->met)
		a->actor = x->actor;
	a->taught = true;
	a->first_s = first_s < a->first_s ? first_s : a->first_s;
	a->last_s = last_s > a->last_s ? last_s : a->last_s;
	a->days = x->days > a->days ? x->days : a->days;
	return a;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Both may know of the day on which the store was written last. */
static void merge(struct reach_entry *e, const struct reach_record *x, bool met)
{
	const bool same = x->last_s / REACH_DAY_S == e->last_s / REACH_DAY_S;
	const uint64_t days = (uint64_t)x->days + e->days - same;

	e->count = reach_sum(e->count, x->count);
	e->bytes[FLOW_THERE] = reach_sum(e->bytes[FLOW_THERE], x->bytes[FLOW_THERE]);
	e->bytes[FLOW_BACK] = reach_sum(e->bytes[FLOW_BACK], x->bytes[FLOW_BACK]);
	e->day_most = larger(e->day_most, x->day_most);
	if (same)
		e->day_bytes = reach_sum(e->day_bytes, x->day_bytes);
	else
		e->day_most = larger(e->day_most, x->day_bytes);
	e->days = days < UINT16_MAX ? (uint16_t)days : UINT16_MAX;
	e->taught = true;
	e->changed = met;
}

bool reach_teach(struct reach *r, const struct reach_record *x)
{
	const struct reach_target t = { .to = x->to, .name = x->name, .port = x->port, .proto = x->proto };
	struct reach_actor *a;
	struct reach_place *p;
	struct reach_entry *e;
	uint32_t actor, at;
	unsigned known;

	if (!makes_sense(x)) {
		r->stats.refused++;
		return false;
	}
	a = teach_actor(r, x);
	actor = (uint32_t)(a - r->actors);
	known = reach_known_facts(r, actor, &t);
	at = reach_entry_find(r, actor, &t);
	e = at == REACH_NONE ? reach_entry_make(r, actor, &t, (uint32_t)x->last_s, false) : &r->entries[at];
	if (!e || e->taught)
		return true;
	if (!(known & (1u << REACH_FACT_NET | 1u << REACH_FACT_DOMAIN)))
		reach_fresh_note(&a->fresh[REACH_ROAM_DESTINATIONS], (uint32_t)x->first_s);
	if (!(known & 1u << REACH_FACT_PORT))
		reach_fresh_note(&a->fresh[REACH_ROAM_PORTS], (uint32_t)x->first_s);
	merge(e, x, at != REACH_NONE);
	p = &r->places[e->place];
	e->first_s = (uint32_t)x->first_s < e->first_s ? (uint32_t)x->first_s : e->first_s;
	p->first_s = e->first_s < p->first_s ? e->first_s : p->first_s;
	r->stats.taught++;
	return true;
}

bool reach_next(const struct reach *r, size_t *at, struct reach_record *out)
{
	while (*at < REACH_RECORDS) {
		const struct reach_entry *e = &r->entries[(*at)++];

		if (!e->used)
			continue;
		reach_fill(r, e, out);
		return true;
	}
	return false;
}

void reach_hand(struct reach *r, size_t most, reach_put_fn put, void *ctx)
{
	for (size_t i = 0; i < most && i < REACH_RECORDS; i++) {
		struct reach_entry *e = &r->entries[r->hand];
		struct reach_record x;

		/* Not what a clock dates that is wrong: the store keeps the earliest. */
		if (e->used && e->changed && e->first_s >= REACH_CLOCK_SANE) {
			reach_fill(r, e, &x);
			if (!put(ctx, &x))
				return;
			e->changed = false;
		}
		r->hand = (r->hand + 1) % REACH_RECORDS;
	}
}
