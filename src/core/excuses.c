/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom the administrator has called wronged; see the header. */
#include "core/excuses.h"

static struct excuse *find(struct excuses *x, const struct prefix *p)
{
	for (size_t i = 0; i < x->n; i++)
		if (prefix_equal(&x->list[i].prefix, p))
			return &x->list[i];
	return NULL;
}

static struct excuse *longest_ago(struct excuses *x)
{
	struct excuse *old = &x->list[0];

	for (size_t i = 1; i < x->n; i++)
		if (x->list[i].at.ns < old->at.ns)
			old = &x->list[i];
	x->forgotten++;
	return old;
}

void excuses_add(struct excuses *x, const struct prefix *p, uint32_t count, mono_t now)
{
	struct excuse *e = find(x, p);

	if (!e) {
		e = x->n < EXCUSES ? &x->list[x->n++] : longest_ago(x);
		*e = (struct excuse){ .prefix = *p };
	}
	e->count += count;
	e->at = now;
}

unsigned excuses_patience(const struct excuses *x, const struct addr *a)
{
	uint32_t most = 0;

	for (size_t i = 0; i < x->n; i++)
		if (x->list[i].count > most && prefix_holds(&x->list[i].prefix, a))
			most = x->list[i].count;
	return 1u << (most < EXCUSES_MOST ? most : EXCUSES_MOST);
}
