/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who reaches: the table of actors, and how many new ones each meets a day. */
#include "core/reach_parts.h"

#include <string.h>

#include "base/text.h"

uint32_t reach_actor_find(const struct reach *r, uint32_t uid, const char *unit)
{
	return map_get(r->by_actor, unit_hash(&r->key, uid, unit));
}

static void drop_actor(struct reach *r, uint32_t at)
{
	for (uint32_t i = 0; i < REACH_RECORDS; i++)
		if (r->entries[i].used && r->entries[i].actor == at)
			reach_entry_drop(r, &r->entries[i]);
	map_remove(r->by_actor, r->actors[at].key);
	r->stats.actors--;
	r->stats.forgotten_actors++;
}

static uint32_t room_for_actor(struct reach *r)
{
	uint32_t least = 0;

	for (uint32_t i = 0; i < REACH_ACTORS; i++) {
		const struct reach_actor *a = &r->actors[i], *b = &r->actors[least];

		if (!a->used)
			return i;
		if (reach_worth(a->last_s, a->days) < reach_worth(b->last_s, b->days))
			least = i;
	}
	drop_actor(r, least);
	return least;
}

uint32_t reach_actor_make(struct reach *r, uint32_t uid, const char *unit, uint32_t now_s)
{
	const uint64_t key = unit_hash(&r->key, uid, unit);
	uint32_t at = map_get(r->by_actor, key);

	if (at != MAP_NONE)
		return at;
	at = room_for_actor(r);
	r->actors[at] = (struct reach_actor){ .key = key, .used = true, .uid = uid, .first_s = now_s, .last_s = now_s,
		.days = 1 };
	text_copy(r->actors[at].unit, REACH_UNIT, unit);
	map_set(r->by_actor, key, at);
	r->stats.actors++;
	return at;
}

/* ---- how many new ones a day ---- */

static uint16_t day_of(uint32_t s)
{
	return (uint16_t)(s / REACH_DAY_S);
}

void reach_fresh_note(struct reach_fresh *f, uint32_t now_s)
{
	const uint16_t day = day_of(now_s);
	const size_t at = day % REACH_DAYS;

	if (f->day[at] > day && f->n[at])
		return; /* out of a store, and long ago */
	if (f->day[at] != day)
		f->n[at] = 0;
	f->day[at] = day;
	if (f->n[at] < UINT16_MAX)
		f->n[at]++;
}

bool reach_fresh_many(const struct reach_fresh *f, uint32_t many, uint32_t now_s)
{
	const uint16_t day = day_of(now_s);

	for (size_t i = 0; i < REACH_DAYS; i++)
		if (f->n[i] > many && f->day[i] <= day && day - f->day[i] < REACH_DAYS)
			return true;
	return false;
}
