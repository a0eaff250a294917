/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who comes into the table, and who must go for it. An attacker chooses what he sends, in
 * any number and under any name; so what he has not proven can only ever cost others who
 * have proven nothing either, and those only by luck that shrinks as he sends more.
 */
#include "base/table.h"

#include <string.h>

#include "base/sketch.h"
#include "base/table_parts.h"

#define TICKS_A_DAY (UINT32_C(86400) * 16)
#define ARRIVALS_HALF_LIFE 44 /* ticks: 2.75 s, so that the sum is 4 s of arrivals */
#define ARRIVALS_SECONDS 4
#define RESIDENCE_SECONDS 300

/* A newcomer on its way in. */
struct newcomer {
	uint64_t hash;
	uint32_t tick;
	bool proven;
};

static void set_class(struct table *t, struct head *h, unsigned way,
	enum table_class class)
{
	t->used[h->class[way]]--;
	h->class[way] = (uint8_t)class;
	t->used[class]++;
}

/* How dear a record is: its score, fading while it is idle. Nothing is worth 0 at
 * once, so that among those without a score the idle ones go first. */
static uint32_t worth(uint8_t score, uint32_t idle)
{
	return decay_steps((score + UINT32_C(1)) << 16, idle / (GHOST_HALF_LIFE / 16));
}

/* Ticks since the last touch. Answers of the world may be stamped a little earlier than
 * the packets that they are about. */
static uint32_t idle_of(const struct head *h, unsigned way, uint32_t tick)
{
	const uint32_t idle = tick - h->touched[way];

	return idle > UINT32_MAX / 2 ? 0 : idle;
}

/* A proof of a day ago no longer keeps strangers out: else a bucket that was once full of
 * proven sources would be blind for ever. */
static bool may_go(enum table_class class, uint32_t idle, bool for_proven)
{
	switch (class) {
	case TABLE_CLAIMED:
		return true;
	case TABLE_PROVEN:
		return for_proven || idle > TICKS_A_DAY;
	case TABLE_PINNED:
		return false;
	}
	return false;
}

/* The way of a full bucket that goes first: by class, then worth, then idleness; WAYS for
 * none. *least is its worth. */
static unsigned choose_victim(const struct head *h, const struct newcomer *n,
	uint32_t *least)
{
	uint64_t lowest = UINT64_MAX;
	unsigned victim = WAYS;

	for (unsigned way = 0; way < WAYS; way++) {
		const enum table_class class = h->class[way];
		const uint32_t idle = idle_of(h, way, n->tick);
		const uint32_t dear = worth(h->score[way], idle);
		/* worth is at most 2^24 */
		const uint64_t rank = ((uint64_t)class << 25 | dear) << 32 |
			(UINT32_MAX - idle);

		if (!may_go(class, idle, n->proven) || rank >= lowest)
			continue;
		lowest = rank;
		victim = way;
		*least = dear;
	}
	return victim;
}

/* The dice of RAP: chance = claimed slots * 0.5 / (300 s * new sources a second). */
static bool dice_admit(struct table *t)
{
	const uint64_t slots = t->n_buckets * WAYS - t->used[TABLE_PROVEN] -
		t->used[TABLE_PINNED];
	const uint64_t n = slots * (256 * ARRIVALS_SECONDS / 2);
	const uint64_t of = (uint64_t)t->arrivals * RESIDENCE_SECONDS;

	if (of <= n)
		return true;
	return (random_next(&t->random) >> 40) < (n << 24) / of;
}

/* Who is still dearer than the victim, though he was once evicted, needs no luck. */
static bool outlives(struct table *t, size_t at, const struct newcomer *n, uint32_t least)
{
	const uint8_t ghost = ghost_look(&t->ghosts[at], n->hash, n->tick);

	return ghost && worth(ghost, 0) > least;
}

static void fade_arrivals(struct table *t, uint32_t tick)
{
	t->arrivals = decay_between(t->arrivals, t->arrivals_tick, tick,
		ARRIVALS_HALF_LIFE);
	t->arrivals_tick = tick;
}

/* Room for a newcomer: a free way, or that of a victim, whose ghost stays; WAYS for
 * none. */
static unsigned make_room(struct table *t, size_t at, const struct newcomer *n)
{
	struct head *h = &t->buckets[at].head;
	uint32_t least = 0;
	unsigned way;

	for (way = 0; way < WAYS; way++) {
		if (tag_at(h, way) == 0)
			return way;
	}
	way = choose_victim(h, n, &least);
	if (way == WAYS)
		return WAYS;
	if (!n->proven && !outlives(t, at, n, least) && !dice_admit(t))
		return WAYS;
	if (h->class[way] == TABLE_PROVEN)
		t->evicted_proven++;
	else
		t->evicted++;
	t->used[h->class[way]]--;
	return way;
}

/* What the evicted record at this way was worth goes to the ghosts. */
static void leave_ghost(struct table *t, size_t at, unsigned way, uint32_t tick)
{
	const struct bucket *b = &t->buckets[at];
	const uint32_t idle = idle_of(&b->head, way, tick);
	const uint32_t left = worth(b->head.score[way], idle) >> 16;

	if (tag_at(&b->head, way) && left > 1)
		ghost_put(&t->ghosts[at], hash_u64(&t->key, b->records[way].key),
			(uint8_t)(left - 1), tick);
}

static void *admit(struct table *t, uint64_t key, const struct newcomer *n,
	uint8_t *ghost)
{
	const size_t at = bucket_of(t, n->hash);
	struct bucket *b = &t->buckets[at];
	unsigned way;

	fade_arrivals(t, n->tick);
	way = make_room(t, at, n);
	if (t->arrivals <= UINT32_MAX - 256) /* behind the dice: one alone is no rate */
		t->arrivals += 256;
	if (way == WAYS) {
		t->refused++;
		return NULL;
	}
	*ghost = ghost_take(&t->ghosts[at], n->hash, n->tick);
	t->ghosts_returned += *ghost != 0;
	leave_ghost(t, at, way, n->tick);
	set_tag(&b->head, way, tag_of(n->hash));
	b->head.score[way] = *ghost;
	b->head.class[way] = n->proven ? TABLE_PROVEN : TABLE_CLAIMED;
	b->head.touched[way] = n->tick;
	memset(&b->records[way], 0, sizeof(b->records[way]));
	b->records[way].key = key;
	t->used[b->head.class[way]]++;
	t->admitted++;
	return &b->records[way];
}

static void *find_or_admit(struct table *t, uint64_t key, const struct newcomer *n,
	bool *fresh, uint8_t *ghost)
{
	struct bucket *b = &t->buckets[bucket_of(t, n->hash)];
	const unsigned way = find_way(b, key, tag_of(n->hash));

	*ghost = 0;
	*fresh = way == WAYS;
	if (way == WAYS)
		return admit(t, key, n, ghost);
	b->head.touched[way] = n->tick;
	if (n->proven && b->head.class[way] == TABLE_CLAIMED)
		set_class(t, &b->head, way, TABLE_PROVEN);
	return &b->records[way];
}

void *table_admit(struct table *t, uint64_t key, uint64_t hash, mono_t now, bool *fresh,
	uint8_t *ghost)
{
	const struct newcomer n = { .hash = hash, .tick = mono_tick(now) };

	return find_or_admit(t, key, &n, fresh, ghost);
}

void *table_admit_proven(struct table *t, uint64_t key, uint64_t hash, mono_t now,
	bool *fresh, uint8_t *ghost)
{
	const struct newcomer n = {
		.hash = hash,
		.tick = mono_tick(now),
		.proven = true,
	};

	return find_or_admit(t, key, &n, fresh, ghost);
}

void table_rate(struct table *t, uint64_t key, uint64_t hash, enum table_class class,
	uint8_t score, mono_t now)
{
	struct bucket *b = &t->buckets[bucket_of(t, hash)];
	const unsigned way = find_way(b, key, tag_of(hash));

	if (way == WAYS)
		return;
	set_class(t, &b->head, way, class);
	b->head.score[way] = score;
	b->head.touched[way] = mono_tick(now);
}
