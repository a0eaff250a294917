/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A short list that is kept in order. */
#include "core/near.h"

#include <stdbool.h>
#include <string.h>

static bool nearer(const struct near *a, const struct near *b)
{
	return (int64_t)a->score * b->threshold > (int64_t)b->score * a->threshold;
}

void near_add(struct nears *s, const struct near *n)
{
	size_t at = s->n;

	if (!n->rule.enabled || n->score <= 0 || n->threshold <= 0)
		return;
	while (at > 0 && nearer(n, &s->list[at - 1]))
		at--;
	if (at == NEARS)
		return;
	if (s->n < NEARS)
		s->n++;
	memmove(&s->list[at + 1], &s->list[at], (s->n - at - 1) * sizeof(s->list[0]));
	s->list[at] = *n;
}
