/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model kernel: as little as rules/nft/tidegate.nft needs to be told apart from a
 * ledger that is wrong about it.
 */
#include "ledger_lab.h"

#include "base/err.h"

static bool interval(const struct subject *s)
{
	const struct prefix *p = &s->source;

	return s->kind == SUBJECT_SOURCE && p->len != (p->addr.family == FAMILY_V4 ?
		32 : 64);
}

/* The set where it lives, as a number: limit and refuse share those of single keys. */
static int set_of(const struct subject *s, enum scope scope, enum response r)
{
	if (r == RESPONSE_REFUSE && !interval(s))
		r = RESPONSE_LIMIT;
	return (int)r * 4 + (scope == SCOPE_SERVICE ? 2 : 0) + (interval(s) ? 1 : 0);
}

static bool same_ports(const struct subject *a, const struct subject *b)
{
	return a->proto == b->proto && a->port == b->port;
}

static size_t position(const struct model_kernel *k, const struct measure *m)
{
	size_t i = 0;

	for (; i < k->n; i++) {
		const struct model_element *e = &k->elements[i];

		if (subject_equal(&e->subject, &m->subject) && same_ports(&e->subject,
			&m->subject) &&
			set_of(&e->subject, e->scope, e->response) ==
			set_of(&m->subject, m->scope, m->response))
			break;
	}
	return i;
}

static bool overlap(const struct model_element *e, const struct measure *m)
{
	return interval(&e->subject) && interval(&m->subject) && same_ports(&e->subject,
		&m->subject) &&
		set_of(&e->subject, e->scope, e->response) ==
		set_of(&m->subject, m->scope, m->response) &&
		(prefix_covers(&e->subject.source, &m->subject.source) ||
		prefix_covers(&m->subject.source, &e->subject.source));
}

void model_pass(struct model_kernel *k, mono_t now)
{
	for (size_t i = 0; i < k->n;)
		if (k->elements[i].gone.ns <= now.ns)
			k->elements[i] = k->elements[--k->n];
		else
			i++;
}

int model_apply(struct model_kernel *k, const struct change *c, mono_t now)
{
	const struct measure *m = &c->measure;
	size_t at;

	model_pass(k, now);
	at = position(k, m);
	if (at < k->n)
		k->elements[at] = k->elements[--k->n];
	if (!c->add || m->until.ns <= now.ns)
		return 0;
	for (size_t i = 0; i < k->n; i++)
		if (overlap(&k->elements[i], m))
			return ERR_EXISTS;
	if (k->n >= k->most)
		return ERR_FULL;
	k->elements[k->n++] = (struct model_element){ .subject = m->subject,
		.scope = m->scope,
		.response = m->response, .until = m->until,
		.gone = mono_add(m->until,
			(int64_t)(random_next(&k->seed) % (30 * NS_PER_MS))) };
	return 0;
}

const struct model_element *model_find(const struct model_kernel *k,
	const struct measure *m)
{
	size_t at = position(k, m);

	return at < k->n ? &k->elements[at] : NULL;
}

bool model_overlaps(const struct model_kernel *k)
{
	for (size_t i = 0; i < k->n; i++)
		for (size_t j = i + 1; j < k->n; j++) {
			const struct model_element *e = &k->elements[j];
			struct measure m = { .subject = e->subject, .scope = e->scope,
				.response = e->response };

			if (overlap(&k->elements[i], &m))
				return true;
		}
	return false;
}
