/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who reaches: what of a unit's name is steady, and the table of actors. */
#include "core/reach_parts.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"

/* ---- units ---- */

/* Numbers, and what is drawn by dice: containers, sessions, what a desktop begins. */
static bool is_drawn(const char *s, size_t len)
{
	bool digit = false, hex = len >= 8;

	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)s[i]))
			return false;
		digit |= isdigit((unsigned char)s[i]) != 0;
		hex &= isxdigit((unsigned char)s[i]) != 0;
	}
	if (!digit)
		return false;
	return hex || strspn(s, "0123456789") >= len || strspn(s + 1, "0123456789") >= len - 1;
}

/* "ssh@3-192.0.2.1:22.service" is an instance of "ssh@.service". */
static size_t instance_end(const char *s, size_t at)
{
	const char *end = strchr(s + at, '/');
	const size_t len = end ? (size_t)(end - s) : strlen(s);
	size_t dot = len;

	while (dot > at && s[dot] != '.')
		dot--;
	return dot > at ? dot : len;
}

static size_t word_end(const char *s, size_t at)
{
	return at + strcspn(s + at, "-./@:_");
}

void reach_steady_unit(const char *unit, char out[REACH_UNIT])
{
	struct text t = text_over(out, REACH_UNIT);
	size_t at = 0, end;

	while (unit[at]) {
		end = word_end(unit, at);
		if (is_drawn(unit + at, end - at))
			text_add(&t, "*");
		else
			text_addf(&t, "%.*s", (int)(end - at), unit + at);
		at = end;
		if (!unit[at])
			return;
		text_addf(&t, "%c", unit[at]);
		if (unit[at++] == '@') {
			text_add(&t, "*");
			at = instance_end(unit, at);
		}
	}
}

/* ---- actors ---- */

static uint64_t key_of(const struct reach *r, uint32_t uid, const char *unit)
{
	struct {
		char unit[REACH_UNIT];
		uint64_t uid;
	} id;

	memset(&id, 0, sizeof(id));
	id.uid = uid;
	text_copy(id.unit, sizeof(id.unit), unit);
	memset(id.unit + strlen(id.unit), 0, sizeof(id.unit) - strlen(id.unit));
	return hash_bytes(&r->key, &id, sizeof(id));
}

uint32_t reach_actor_find(const struct reach *r, uint32_t uid, const char *unit)
{
	return map_get(r->by_actor, key_of(r, uid, unit));
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
	const uint64_t key = key_of(r, uid, unit);
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
