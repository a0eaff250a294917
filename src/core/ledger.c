/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ledger's memory and the questions that are put to it. What changes it stands in
 * ledger_want.c (decisions), ledger_time.c (ends) and ledger_change.c (the kernel).
 */
#include "core/ledger.h"

#include <string.h>

#include "base/err.h"
#include "core/ledger_state.h"

#define LINE 64 /* bytes of a cache line: each part begins on one */
#define SUBJECTS_MOST (1u << 24)

static size_t lined(size_t bytes)
{
	return (bytes + LINE - 1) & ~(size_t)(LINE - 1);
}

size_t ledger_bytes(size_t subjects)
{
	return lined(sizeof(struct ledger)) + lined(subjects * sizeof(struct slot)) +
		2 * lined(subjects * sizeof(uint32_t)) +
		lined(LEDGER_PREFIXES * sizeof(struct listed_prefix)) +
		lined(map_bytes(subjects));
}

static void *carve(uint8_t **at, size_t bytes)
{
	void *part = *at;

	*at += lined(bytes);
	return part;
}

int ledger_create(struct ledger **out, void *memory, size_t bytes, size_t subjects,
	const struct hash_key *key)
{
	uint8_t *at = memory;
	struct ledger *l;
	int err;

	if (!subjects || subjects > SUBJECTS_MOST || bytes < ledger_bytes(subjects))
		return ERR_RANGE;
	l = carve(&at, sizeof(*l));
	memset(l, 0, sizeof(*l));
	l->key = *key;
	l->capacity = subjects;
	l->slots = carve(&at, subjects * sizeof(struct slot));
	l->ends.at = carve(&at, subjects * sizeof(uint32_t));
	l->memories.at = carve(&at, subjects * sizeof(uint32_t));
	l->prefixes = carve(&at, LEDGER_PREFIXES * sizeof(struct listed_prefix));
	err = map_create(&l->map, at, map_bytes(subjects), subjects, &l->key);
	if (err)
		return err;
	memset(l->slots, 0, subjects * sizeof(struct slot));
	for (size_t i = 0; i < subjects; i++) {
		l->slots[i].m.id = (uint32_t)i;
		l->slots[i].next = i + 1 < subjects ? (uint32_t)(i + 1) : SLOT_NONE;
	}
	l->host = SLOT_NONE;
	l->retries = 1;
	l->queue = l->later = (struct slot_fifo){ .head = SLOT_NONE, .tail = SLOT_NONE };
	*out = l;
	return 0;
}

const char *measure_origin_name(enum measure_origin o)
{
	switch (o) {
	case ORIGIN_DETECTOR:
		return "detector";
	case ORIGIN_MANUAL:
		return "manual";
	case ORIGIN_ADOPTED:
		return "adopted";
	}
	return "unknown";
}

const char *measure_state_name(enum measure_state s)
{
	static const char *const names[] = {
		[MEASURE_FREE] = "free",
		[MEASURE_SHADOW] = "shadow",
		[MEASURE_WANTED] = "wanted",
		[MEASURE_SENT] = "sent",
		[MEASURE_APPLIED] = "applied",
		[MEASURE_REFUSED] = "refused",
		[MEASURE_COVERED] = "covered",
	};

	return (unsigned)s < sizeof(names) / sizeof(names[0]) ? names[s] : "unknown";
}

/* A slot that only waits for the kernel to let go is not known any more. */
static bool known(const struct slot *s)
{
	return s->used && (s->m.state != MEASURE_FREE || s->m.offences);
}

const struct measure *ledger_find(const struct ledger *l, const struct subject *s,
	enum scope scope)
{
	const struct slot *slot = ledger_slot_find(l, s, scope);

	return slot && known(slot) ? &slot->m : NULL;
}

bool ledger_in_kernel(const struct ledger *l, const struct subject *s, enum scope scope)
{
	const struct slot *slot = ledger_slot_find(l, s, scope);

	return slot && (slot->held | slot->asked | slot->gone);
}

static uint16_t offences_of(const struct slot *s, mono_t now)
{
	bool same = s->m.state != MEASURE_FREE && !s->descended &&
		s->m.origin == ORIGIN_DETECTOR && s->m.until.ns > now.ns;

	return (uint16_t)(same && s->m.offences ? s->m.offences - 1 : s->m.offences);
}

uint16_t ledger_offences(const struct ledger *l, const struct subject *s, mono_t now)
{
	struct subject whole = ledger_subject(s, SCOPE_SOURCE);
	uint32_t at = map_get(l->map, ledger_key(l, &whole));
	uint16_t most = 0;

	for (; at != SLOT_NONE; at = l->slots[at].next) {
		uint16_t n = offences_of(&l->slots[at], now);

		if (subject_equal(&l->slots[at].m.subject, &whole) && n > most)
			most = n;
	}
	return most;
}

static bool in_force(const struct measure *m, mono_t now)
{
	switch (m->state) {
	case MEASURE_WANTED:
	case MEASURE_SENT:
	case MEASURE_APPLIED:
	case MEASURE_COVERED:
		return m->until.ns > now.ns;
	case MEASURE_FREE:
	case MEASURE_SHADOW:
	case MEASURE_REFUSED:
		break;
	}
	return false;
}

static bool concerns(const struct measure *m, const struct ledger_flow *f)
{
	if (m->scope != SCOPE_SOURCE &&
		(m->subject.proto != f->proto || m->subject.port != f->port))
		return false;
	return m->subject.kind == SUBJECT_SOURCE &&
		prefix_holds(&m->subject.source, f->src);
}

/* The stronger of best and what the slots from at on, of one key, hold against the
 * flow. */
static struct measure *strongest(struct ledger *l, uint32_t at,
	const struct ledger_flow *f, mono_t now, struct measure *best)
{
	for (; at != SLOT_NONE; at = l->slots[at].next) {
		struct measure *m = &l->slots[at].m;

		if ((!best || m->response > best->response) && in_force(m, now) &&
			concerns(m, f))
			best = m;
	}
	return best;
}

void ledger_prefetch(const struct ledger *l, uint64_t hash)
{
	map_prefetch(l->map, hash);
}

struct measure *ledger_match(struct ledger *l, const struct ledger_flow *f, mono_t now)
{
	const struct prefix_lengths *lengths = &l->lengths[f->src->family == FAMILY_V6];
	uint32_t at = map_get_hashed(l->map, f->key, f->hash);
	struct measure *best = strongest(l, at, f, now, NULL);

	for (size_t i = 0; i < lengths->n; i++) {
		struct prefix p = prefix_of(f->src, lengths->in_use[i]);

		at = map_get(l->map, ledger_prefix_key(l, &p));
		best = strongest(l, at, f, now, best);
	}
	return best;
}

const struct measure *ledger_host(const struct ledger *l)
{
	const struct measure *m = l->host == SLOT_NONE ? NULL : &l->slots[l->host].m;

	return m && (m->state == MEASURE_WANTED || m->state == MEASURE_SENT ||
		m->state == MEASURE_APPLIED) ? m : NULL;
}

const struct measure *ledger_next(const struct ledger *l, size_t *at)
{
	while (*at < l->capacity) {
		const struct slot *s = &l->slots[(*at)++];

		if (known(s))
			return &s->m;
	}
	return NULL;
}

const struct measure *ledger_walk(const struct ledger *l, size_t *at, size_t *left)
{
	while (*left) {
		const struct slot *s = &l->slots[(*at)++ % l->capacity];

		(*left)--;
		if (known(s))
			return &s->m;
	}
	return NULL;
}

uint64_t ledger_count(const struct ledger *l, enum response r)
{
	return l->stats.by_response[r];
}

void ledger_stats(const struct ledger *l, struct ledger_stats *out)
{
	*out = l->stats;
	out->capacity = l->capacity;
}

double ledger_enforced_ratio(const struct ledger_stats *s)
{
	const uint64_t *n = s->by_state;
	uint64_t there = n[MEASURE_APPLIED] + n[MEASURE_COVERED];
	uint64_t all = there + n[MEASURE_WANTED] + n[MEASURE_SENT] + n[MEASURE_REFUSED];

	return all ? (double)there / (double)all : 1;
}

void ledger_looked(struct ledger *l, const struct measure *m, const struct ledger_look *k,
	mono_t now)
{
	struct measure *is;

	if (m->id >= l->capacity)
		return;
	is = &l->slots[m->id].m;
	if (is->version != m->version)
		return;
	is->kernel_packets = k->packets;
	is->kernel_bytes = k->bytes;
	is->bite = k->bite;
	is->leak = k->leak;
	is->looked = now;
}
