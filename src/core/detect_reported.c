/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of four places by a keyed hash of the address. */
#include "core/detect_reported.h"

#include <string.h>

#include "base/text.h"
#include "core/fixed.h"

#define WAYS 4
#define SETS 256
#define HEARD 16 /* signatures that are told apart */
#define ONE 256 /* a point, Q8 */

struct reportee {
	uint64_t key;      /* hashed; 0: free */
	uint64_t heard[HEARD]; /* signatures, a ring; 0: none */
	uint32_t last;     /* tick up to which points stand */
	uint32_t first;    /* tick */
	uint32_t points;   /* Q8 */
	uint32_t distinct; /* signatures since first; the place of the next one in the ring */
	bool raised;
};

struct reported {
	struct hash_key key;
	struct reportee sets[SETS][WAYS];
};

size_t reported_bytes(void)
{
	return sizeof(struct reported);
}

void reported_create(struct reported **out, void *memory, const struct hash_key *key)
{
	struct reported *r = memory;

	memset(r, 0, sizeof(*r));
	r->key = *key;
	*out = r;
}

static uint64_t hashed(const struct reported *r, uint64_t address_key)
{
	return hash_u64(&r->key, address_key) | 1;
}

static struct reportee *set_of(struct reported *r, uint64_t key)
{
	return r->sets[key >> 1 & (SETS - 1)];
}

static struct reportee *find(struct reported *r, uint64_t key)
{
	struct reportee *set = set_of(r, key);

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].key == key)
			return &set[i];
	return NULL;
}

static struct reportee *make(struct reported *r, uint64_t key, uint32_t tick)
{
	struct reportee *set = set_of(r, key), *oldest = set;

	for (size_t i = 1; i < WAYS; i++)
		if (!set[i].key || (oldest->key && (int32_t)(set[i].last - oldest->last) < 0))
			oldest = &set[i];
	*oldest = (struct reportee){ .key = key, .last = tick, .first = tick };
	return oldest;
}

/* Half a point less, for what has faded between the first and the last. */
static uint32_t threshold_of(const struct reported_opts *o)
{
	return o->limit > 1 ? o->limit * ONE - ONE / 2 : ONE;
}

/* Below half of the limit all begins anew: the same signature counts again. */
static void touch(const struct reported_opts *o, struct reportee *p, uint32_t tick)
{
	if ((int32_t)(tick - p->last) <= 0)
		return;
	p->points = fade_between(half_life_of(o->half_life_ns), p->points, p->last, tick);
	p->last = tick;
	if (p->points >= threshold_of(o) / 2)
		return;
	p->raised = false;
	if (p->points < ONE / 2)
		*p = (struct reportee){ .key = p->key, .last = tick, .first = tick };
}

static bool was_heard(const struct reportee *p, uint64_t signature)
{
	for (size_t i = 0; i < HEARD; i++)
		if (p->heard[i] == signature)
			return true;
	return false;
}

static uint32_t worth(const struct reported_opts *o, uint8_t severity)
{
	if (severity <= 1)
		return o->high * ONE;
	return (severity == 2 ? o->medium : o->low) * ONE;
}

static void fill(const struct reported_opts *o, const struct reportee *p, const struct report_alert *a, mono_t now,
	struct finding *out)
{
	*out = (struct finding){
		.kind = FINDING_REPORTED,
		.proof = PROOF_REPORTED,
		.rule = o->rule,
		.score = hundredths(p->points, 8),
		.threshold = hundredths(threshold_of(o), 8),
		.count = p->distinct,
		.window_ns = o->half_life_ns,
		.first = tick_time(p->first, now),
		.at = now,
		.src = a->tuple.src,
		.dst = a->tuple.dst,
		.sport = a->tuple.sport,
		.dport = a->tuple.dport,
		.proto = a->tuple.proto,
	};
	struct text t = text_over(out->about, sizeof(out->about));
	text_addf(&t, "%u:%u %s", (unsigned)a->gid, (unsigned)a->sid, a->text);
}

bool reported_count(struct reported *r, const struct reported_opts *o, const struct report_alert *a, uint64_t address_key,
	mono_t now, struct finding *out)
{
	const uint64_t key = hashed(r, address_key);
	const uint64_t signature = ((uint64_t)a->gid << 32 | a->sid) + 1; /* 0:0 is one, too */
	const uint32_t tick = mono_tick(now);
	struct reportee *p = find(r, key);

	if (!p)
		p = make(r, key, tick);
	touch(o, p, tick);
	if (was_heard(p, signature))
		return false;
	p->heard[p->distinct % HEARD] = signature;
	p->distinct = add_sat_u32(p->distinct, 1);
	p->points = add_sat_u32(p->points, worth(o, a->severity));
	if (!o->rule.enabled || p->raised || p->points < threshold_of(o))
		return false;
	p->raised = true;
	fill(o, p, a, now, out);
	return true;
}

void reported_rearm(struct reported *r, uint64_t address_key)
{
	struct reportee *p = find(r, hashed(r, address_key));

	if (!p)
		return;
	p->points /= 2;
	memset(p->heard, 0, sizeof(p->heard));
	p->raised = false;
}

void reported_near(struct reported *r, const struct reported_opts *o, uint64_t address_key, mono_t now,
	struct nears *out)
{
	const struct reportee *known = find(r, hashed(r, address_key));
	struct reportee p;

	if (!known)
		return;
	p = *known;
	touch(o, &p, mono_tick(now));
	near_add(out, &(struct near){ .rule = o->rule, .kind = FINDING_REPORTED, .proof = PROOF_REPORTED,
		.score = hundredths(p.points, 8), .threshold = hundredths(threshold_of(o), 8) });
}
