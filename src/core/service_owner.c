/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owners of services in order. Few are moved: listeners are counted in dozens. */
#include "core/service_owner.h"

#include <string.h>

#include "base/err.h"

static int order(const struct service_owner *a, const struct service_owner *b)
{
	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	if (a->owner.uid != b->owner.uid)
		return a->owner.uid < b->owner.uid ? -1 : 1;
	if (a->owner.cgroup != b->owner.cgroup)
		return a->owner.cgroup < b->owner.cgroup ? -1 : 1;
	return 0;
}

/* The first that does not stand before o. */
static size_t place(const struct service_owner *list, size_t n, const struct service_owner *o)
{
	size_t low = 0;

	while (low < n) {
		size_t middle = low + (n - low) / 2;

		if (order(&list[middle], o) < 0)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
}

int service_owners_add(struct service_owner *list, size_t *n, size_t max, const struct service_owner *o)
{
	size_t at = place(list, *n, o);

	if (at < *n && order(&list[at], o) == 0) {
		if (o->owner.inode && (!list[at].owner.inode || o->owner.inode < list[at].owner.inode))
			list[at].owner.inode = o->owner.inode;
		return 0;
	}
	if (*n == max)
		return ERR_FULL;
	memmove(&list[at + 1], &list[at], (*n - at) * sizeof(list[0]));
	list[at] = *o;
	++*n;
	return 0;
}
