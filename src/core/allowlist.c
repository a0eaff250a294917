/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allowlists as values: how they are put together, whose one is, and what an entry holds. What the kernel is to have of
 * them is allow_want.c's.
 */
#include "core/allowlist.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "core/packet.h"

size_t allowlist_find(const struct allowlists *l, const char *title)
{
	for (size_t i = 0; i < l->n_lists; i++)
		if (strcmp(l->lists[i].title, title) == 0)
			return i;
	return ALLOWLIST_NONE;
}

int allowlist_begin(struct allowlists *l, const char *title, size_t *list)
{
	struct allowlist *a = &l->lists[l->n_lists];
	size_t there = allowlist_find(l, title);

	if (there != ALLOWLIST_NONE) {
		*list = there;
		return ERR_EXISTS;
	}
	if (l->n_lists == ALLOWLISTS)
		return ERR_FULL;
	memset(a, 0, sizeof(*a));
	text_copy(a->title, sizeof(a->title), title);
	a->first = (uint16_t)l->n_entries;
	*list = l->n_lists++;
	return 0;
}

int allowlist_add(struct allowlists *l, size_t list, const struct allow_entry *e)
{
	size_t at = l->lists[list].first + l->lists[list].n;

	if (l->n_entries == ALLOWLIST_ENTRIES)
		return ERR_FULL;
	memmove(&l->entries[at + 1], &l->entries[at], (l->n_entries - at) * sizeof(*e));
	memcpy(&l->entries[at], e, sizeof(*e));
	l->entries[at].list = (uint8_t)list;
	if (e->proto == PROTO_ICMP) { /* which has no ports */
		l->entries[at].port_first = 0;
		l->entries[at].port_last = UINT16_MAX;
	}
	l->n_entries++;
	l->lists[list].n++;
	for (size_t i = list + 1; i < l->n_lists; i++)
		l->lists[i].first++;
	return 0;
}

void allowlist_clear(struct allowlists *l, size_t list)
{
	struct allowlist *a = &l->lists[list];
	size_t behind = a->first + a->n;

	memmove(&l->entries[a->first], &l->entries[behind], (l->n_entries - behind) * sizeof(l->entries[0]));
	l->n_entries -= a->n;
	/* Two values of the same lists are to be equal byte by byte. */
	memset(&l->entries[l->n_entries], 0, a->n * sizeof(l->entries[0]));
	for (size_t i = list + 1; i < l->n_lists; i++)
		l->lists[i].first = (uint16_t)(l->lists[i].first - a->n);
	a->n = 0;
}

size_t allowlist_bind(struct allowlists *l, const char *group, uint64_t cgroup)
{
	size_t changed = 0;

	for (size_t i = 0; i < l->n_lists; i++) {
		struct allowlist *a = &l->lists[i];

		if (a->actor.kind != ACTOR_GROUP || strcmp(a->group, group) != 0 || a->actor.cgroup == cgroup)
			continue;
		a->actor.cgroup = cgroup;
		changed++;
	}
	return changed;
}

/* "a/b" holds "a/b" and "a/b/c", not "a/bc". */
static bool path_holds(const char *outer, const char *inner)
{
	size_t len = strlen(outer);

	return strncmp(outer, inner, len) == 0 && (inner[len] == '\0' || inner[len] == '/');
}

/* How narrowly the list is about it; 0: not at all. */
static unsigned nearness(const struct allowlist *a, const struct allow_who *w)
{
	switch ((enum actor_kind)a->actor.kind) {
	case ACTOR_HOST:
		return 1;
	case ACTOR_USER:
		return a->actor.uid != OWNER_UNKNOWN && a->actor.uid == w->owner.uid ? 2 : 0;
	case ACTOR_GROUP:
		if (path_holds(a->group, w->group) || (a->actor.cgroup && a->actor.cgroup == w->owner.cgroup))
			return 2u + a->actor.level;
		return 0;
	case ACTOR_KINDS:
		break;
	}
	return 0;
}

size_t allowlist_of(const struct allowlists *l, const struct allow_who *w)
{
	size_t best = ALLOWLIST_NONE;
	unsigned near = 0;

	for (size_t i = 0; i < l->n_lists; i++) {
		unsigned n = nearness(&l->lists[i], w);

		if (n > near) {
			near = n;
			best = i;
		}
	}
	return best;
}

bool allow_name_holds(const char *pattern, const char *name)
{
	size_t tail, len = strlen(name);

	if (strncmp(pattern, "*.", 2) != 0)
		return *pattern && strcmp(pattern, name) == 0;
	pattern++;
	tail = strlen(pattern);
	return len > tail && strcmp(name + len - tail, pattern) == 0;
}

bool allow_entry_serves(const struct allow_entry *e, const struct addr *to, uint8_t proto, uint16_t port)
{
	if (e->proto == PROTO_ICMP)
		return proto == (to->family == FAMILY_V6 ? PROTO_ICMP6 : PROTO_ICMP);
	if (e->proto ? e->proto != proto : proto != PROTO_TCP && proto != PROTO_UDP)
		return false;
	return port >= e->port_first && port <= e->port_last;
}

bool allowlist_holds(const struct allowlists *l, size_t list, const struct addr *to, uint8_t proto, uint16_t port,
	const char *name)
{
	const struct allow_entry *e = &l->entries[l->lists[list].first], *end = e + l->lists[list].n;

	if (addr_is_loopback(to))
		return true;
	for (; e < end; e++) {
		if (!allow_entry_serves(e, to, proto, port))
			continue;
		if (e->name[0] ? allow_name_holds(e->name, name) : prefix_holds(&e->prefix, to))
			return true;
	}
	return false;
}
