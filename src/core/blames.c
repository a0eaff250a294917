/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/blames.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* A process is one whatever socket it opens. */
static bool same(const struct blame *a, const struct blame *b)
{
	return a->pid == b->pid && a->owner.uid == b->owner.uid && a->owner.cgroup == b->owner.cgroup &&
		a->level == b->level && strcmp(a->comm, b->comm) == 0 && strcmp(a->user, b->user) == 0 &&
		strcmp(a->exe, b->exe) == 0 && strcmp(a->parent, b->parent) == 0 && strcmp(a->unit, b->unit) == 0;
}

uint32_t blames_keep(struct blames *b, const struct blame *x)
{
	uint32_t oldest = b->n > BLAMES ? b->n - BLAMES : 0;

	for (uint32_t i = b->n; i > oldest; i--)
		if (same(&b->list[(i - 1) % BLAMES], x))
			return i;
	b->list[b->n++ % BLAMES] = *x;
	return b->n;
}

const struct blame *blames_get(const struct blames *b, uint32_t number)
{
	return number && number <= b->n && b->n - number < BLAMES ? &b->list[(number - 1) % BLAMES] : NULL;
}
