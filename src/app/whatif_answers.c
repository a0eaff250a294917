/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of connections, four places to a bucket, the oldest makes room; beside it a ring of the questions that wait, in
 * the order of their coming. A place of the ring names its connection by number and generation, so that one that was
 * pushed out is known as such.
 */
#include "app/whatif_answers.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/* A burst of 256 questions each tick, as the daemon asks at most, for twelve seconds. */
#define BUCKETS 8192 /* a power of two */
#define WAYS 4
#define WAITING (BUCKETS * WAYS)
#define LATE_NS (2 * NS_PER_S) /* what a worker under load, and a handshake's last repetition, may add */

enum class {
	SOON = 0, /* of a rate: a moment after the first packet */
	LATER,    /* of a scan, the record, or what leaves: when the handshake must be complete */
	CLASSES,
};

struct fate {
	mono_t at; /* 0: none */
	enum ask_fate fate;
	bool silent;
};

struct meeting {
	uint64_t tuple; /* keyed hash; 0: free */
	mono_t touched;
	uint32_t generation;
	struct fate told[CLASSES];
	struct ask asked[CLASSES];
	bool waits[CLASSES];
};

struct waiting {
	uint32_t meeting, generation;
	enum class class;
	mono_t since;
};

struct whatif_answers {
	struct hash_key key;
	int64_t wait_ns[CLASSES]; /* from the first packet to the question */
	int64_t patience_ns;
	struct meeting meetings[BUCKETS][WAYS];
	struct waiting ring[WAITING];
	size_t head, n;
	struct whatif_asked stats;
};

int whatif_answers_create(struct whatif_answers **out, const struct hash_key *key, const struct engine_rules *rules)
{
	struct whatif_answers *a = calloc(1, sizeof(*a));

	if (!a)
		return ERR_MEMORY;
	a->key = *key;
	a->wait_ns[SOON] = rules->proof_wait_ns;
	a->wait_ns[LATER] = rules->handshake_wait_ns;
	a->patience_ns = rules->handshake_wait_ns + LATE_NS;
	*out = a;
	return 0;
}

void whatif_answers_destroy(struct whatif_answers *a)
{
	free(a);
}

static enum class class_of(const struct ask *a)
{
	return a->rules & (ASK_SCAN | ASK_HISTORY | ASK_EGRESS) ? LATER : SOON;
}

/* A question that loses its place will get no answer any more. */
static void vacate(struct whatif_answers *a, struct meeting *m)
{
	const uint32_t generation = m->generation + 1;

	for (size_t c = 0; c < CLASSES; c++)
		if (m->waits[c]) {
			a->stats.unknown++;
			a->stats.waiting--;
		}
	*m = (struct meeting){ .generation = generation };
}

static struct meeting *meet(struct whatif_answers *a, const struct tuple *t, mono_t now)
{
	uint64_t tuple = tuple_hash(&a->key, t);
	struct meeting *bucket = a->meetings[tuple % BUCKETS], *oldest = &bucket[0];

	for (size_t i = 0; i < WAYS; i++) {
		if (bucket[i].tuple == tuple) {
			bucket[i].touched = now;
			return &bucket[i];
		}
		if (bucket[i].touched.ns < oldest->touched.ns)
			oldest = &bucket[i];
	}
	vacate(a, oldest);
	oldest->tuple = tuple;
	oldest->touched = now;
	return oldest;
}

static void answer(struct whatif_answers *a, const struct ask *ask, const struct fate *f, struct ask_answer *out)
{
	*out = (struct ask_answer){ .ask = *ask, .fate = f->fate, .silent = f->silent };
	a->stats.answered++;
}

/* Of this very connection, not of an earlier one with the same ports. */
static bool is_of(const struct whatif_answers *a, const struct fate *f, const struct ask *ask)
{
	return f->at.ns && f->at.ns >= ask->due.ns - a->wait_ns[class_of(ask)];
}

static void take_oldest(struct whatif_answers *a)
{
	a->head = (a->head + 1) % WAITING;
	a->n--;
}

static struct meeting *still_waits(struct whatif_answers *a, const struct waiting *w)
{
	struct meeting *m = &a->meetings[w->meeting / WAYS][w->meeting % WAYS];

	return m->generation == w->generation && m->waits[w->class] ? m : NULL;
}

static void wait_for(struct whatif_answers *a, struct meeting *m, const struct ask *ask, mono_t now)
{
	struct waiting w = { .class = class_of(ask), .since = now, .generation = m->generation,
		.meeting = (uint32_t)(m - &a->meetings[0][0]) };

	if (m->waits[w.class]) { /* its SYN came again: one answer will do for both */
		m->asked[w.class].rules |= ask->rules;
		a->stats.asked--;
		return;
	}
	if (a->n == WAITING) {
		struct meeting *first = still_waits(a, &a->ring[a->head]);

		if (first) {
			first->waits[a->ring[a->head].class] = false;
			a->stats.unknown++;
			a->stats.waiting--;
		}
		take_oldest(a);
	}
	m->asked[w.class] = *ask;
	m->waits[w.class] = true;
	a->stats.waiting++;
	a->ring[(a->head + a->n++) % WAITING] = w;
}

bool whatif_answers_ask(struct whatif_answers *a, const struct ask *ask, mono_t now, struct ask_answer *out)
{
	struct meeting *m = meet(a, &ask->tuple, now);
	const struct fate *f = &m->told[class_of(ask)];

	a->stats.asked++;
	if (is_of(a, f, ask)) {
		answer(a, ask, f, out);
		return true;
	}
	wait_for(a, m, ask, now);
	return false;
}

static void stop_waiting(struct whatif_answers *a, struct meeting *m, enum class c)
{
	m->waits[c] = false;
	a->stats.waiting--;
}

/* After the later kind of answer the sooner one does not come any more. */
size_t whatif_answers_told(struct whatif_answers *a, const struct ask_answer *told, mono_t now, struct ask_answer out[2])
{
	struct meeting *m = meet(a, &told->ask.tuple, now);
	enum class c = class_of(&told->ask);
	size_t n = 0;

	m->told[c] = (struct fate){ .at = now, .fate = told->fate, .silent = told->silent };
	for (enum class asked = SOON; asked <= c; asked++)
		if (m->waits[asked]) {
			stop_waiting(a, m, asked);
			answer(a, &m->asked[asked], &m->told[c], &out[n++]);
		}
	return n;
}

/*
 * What the other kind of question has brought. That a connection was made proves it for both; that it was not there yet
 * after 50 ms says nothing of three seconds later, while what was not there after three seconds was never there.
 */
static const struct fate *told_otherwise(const struct whatif_answers *a, const struct meeting *m, const struct ask *ask)
{
	enum class c = class_of(ask);
	const struct fate *f = &m->told[c == SOON ? LATER : SOON];

	if (!is_of(a, f, ask))
		return NULL;
	return c == SOON || f->fate == FATE_SOCKET || f->fate == FATE_TRACKED ? f : NULL;
}

bool whatif_answers_late(struct whatif_answers *a, mono_t now, struct ask_answer *out)
{
	while (a->n && mono_since(now, a->ring[a->head].since) >= a->patience_ns) {
		const struct waiting w = a->ring[a->head];
		struct meeting *m = still_waits(a, &w);
		const struct fate *f;

		take_oldest(a);
		if (!m)
			continue;
		stop_waiting(a, m, w.class);
		f = told_otherwise(a, m, &m->asked[w.class]);
		if (f) {
			answer(a, &m->asked[w.class], f, out);
			return true;
		}
		a->stats.unknown++;
	}
	return false;
}

void whatif_answers_stats(const struct whatif_answers *a, struct whatif_asked *out)
{
	*out = a->stats;
}
