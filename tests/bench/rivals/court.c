/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs one detector over one stream: beginnings and endings merged by time, and what comes of them noted. */
#include <stdio.h>
#include <stdlib.h>

#include "rival.h"

void court_accuse(struct court *k, uint32_t src, int64_t now, int64_t refused_for)
{
	struct accused *a;

	k->accused.record = sizeof(*a);
	a = tally_at(&k->accused, src);
	a->reported = true;
	a->harmed |= refused_for != 0;
	if (refused_for > 0 && now + refused_for > a->until)
		a->until = now + refused_for;
	if (role_of(src) == ROLE_ATTACKER && !k->probes_needed)
		k->probes_needed = k->probes;
}

const struct accused *court_of(struct court *k, uint32_t src)
{
	k->accused.record = sizeof(struct accused);
	return tally_at(&k->accused, src);
}

size_t court_count(const struct court *k, enum role r, bool harmed)
{
	const struct accused *a = (const void *)k->accused.records;
	size_t n = 0;

	for (size_t i = 0; i < k->accused.room; i++)
		n += k->accused.keys[i] && role_of((uint32_t)k->accused.keys[i]) == r &&
			a[i].reported && (a[i].harmed || !harmed);
	return n;
}

void court_close(struct court *k)
{
	tally_free(&k->accused);
}

struct by_end {
	int64_t ended;
	uint32_t i;
};

static int ended_earlier(const void *a, const void *b)
{
	const struct by_end *x = a, *y = b;

	if (x->ended != y->ended)
		return x->ended < y->ended ? -1 : 1;
	return (x->i > y->i) - (x->i < y->i);
}

struct run {
	const struct rival *r;
	const struct stream *s;
	struct court *k;
	void *state;
	bool *refused; /* by contact: it never came in, so it has no ending either */
};

/* Whoever is refused is not seen either: a firewall in front of the detector lets nothing of him through. */
static void begins(struct run *run, size_t i)
{
	const struct visit *c = &run->s->list[i];

	run->k->probes += role_of(c->src) == ROLE_ATTACKER;
	run->k->refused = !c->sent && court_of(run->k, c->src)->until > c->at;
	if (!run->k->refused && run->r->begins)
		run->r->begins(run->state, c);
	run->refused[i] = run->k->refused;
	run->k->refused_counted += c->counted && run->k->refused;
}

static void ended(struct run *run, size_t i)
{
	if (!run->refused[i] && run->r->ended)
		run->r->ended(run->state, &run->s->list[i]);
}

static struct by_end *order_of_ends(const struct stream *s)
{
	struct by_end *ends = calloc(s->n ? s->n : 1, sizeof(*ends));

	if (!ends)
		return NULL;
	for (size_t i = 0; i < s->n; i++)
		ends[i] = (struct by_end){ s->list[i].ended, (uint32_t)i };
	qsort(ends, s->n, sizeof(*ends), ended_earlier);
	return ends;
}

void rival_run(const struct rival *r, const struct stream *s, uint64_t seed, struct court *k)
{
	struct by_end *ends = order_of_ends(s);
	struct run run = { r, s, k, NULL, calloc(s->n ? s->n : 1, sizeof(bool)) };
	size_t e = 0;

	if (!ends || !run.refused) {
		fprintf(stderr, "rivals: no memory for a stream of %zu\n", s->n);
		exit(70);
	}
	run.state = r->create(s, seed, k);
	for (size_t i = 0; i < s->n; i++) {
		for (; e < s->n && ends[e].ended <= s->list[i].at; e++)
			ended(&run, ends[e].i);
		begins(&run, i);
	}
	for (; e < s->n; e++)
		ended(&run, ends[e].i);
	r->destroy(run.state);
	free(run.refused);
	free(ends);
}

void *memory_create(struct court *k, size_t source, size_t seen)
{
	struct memory *z = calloc(1, sizeof(*z));

	if (!z)
		exit(70);
	*z = (struct memory){ .court = k, .sources.record = source, .seen.record = seen };
	return z;
}

void memory_destroy(void *memory)
{
	struct memory *z = memory;

	tally_free(&z->sources);
	tally_free(&z->seen);
	free(z);
}
