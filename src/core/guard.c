/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of addresses that are never acted on. Linear: it is short, and asked for a
 * decision, not for a packet.
 */
#include "core/guard.h"

#include "base/err.h"

const char *guard_kind_name(enum guard_kind k)
{
	static const char *const names[GUARD_KINDS] = {
		[GUARD_NONE] = "none",
		[GUARD_OWN] = "own",
		[GUARD_GATEWAY] = "gateway",
		[GUARD_RESOLVER] = "resolver",
		[GUARD_ADMIN] = "admin",
		[GUARD_NEVER_BLOCK] = "never-block",
		[GUARD_ALLOWED] = "allowed",
		[GUARD_TIME] = "time",
		[GUARD_DHCP] = "dhcp",
	};

	return (unsigned)k < GUARD_KINDS ? names[k] : "unknown";
}

/* Where exactly this one stands, or n. */
static size_t position(const struct guards *g, const struct prefix *p, enum guard_kind k)
{
	size_t i = 0;

	while (i < g->n && !(g->list[i].kind == k && prefix_equal(&g->list[i].prefix, p)))
		i++;
	return i;
}

int guards_add(struct guards *g, const struct prefix *p, enum guard_kind k)
{
	if (position(g, p, k) < g->n)
		return ERR_EXISTS;
	if (g->n == GUARDS)
		return ERR_FULL;
	g->list[g->n++] = (struct guard){ .prefix = *p, .kind = k };
	return 0;
}

int guards_remove(struct guards *g, const struct prefix *p, enum guard_kind k)
{
	size_t at = position(g, p, k);

	if (at == g->n)
		return ERR_ABSENT;
	for (g->n--; at < g->n; at++)
		g->list[at] = g->list[at + 1];
	return 0;
}

void guards_clear(struct guards *g, enum guard_kind k)
{
	size_t kept = 0;

	for (size_t i = 0; i < g->n; i++)
		if (g->list[i].kind != k)
			g->list[kept++] = g->list[i];
	g->n = kept;
}

const struct guard *guards_find(const struct guards *g, const struct addr *a)
{
	for (size_t i = 0; i < g->n; i++)
		if (prefix_holds(&g->list[i].prefix, a))
			return &g->list[i];
	return NULL;
}

/* Both ways: a block of 10.0.0.0/8 would hit the gateway in it, one of 10.0.0.1 a guarded
 * 10.0.0.0/8. */
const struct guard *guards_overlap(const struct guards *g, const struct prefix *p)
{
	for (size_t i = 0; i < g->n; i++)
		if (prefix_covers(&g->list[i].prefix, p) || prefix_covers(p,
			&g->list[i].prefix))
			return &g->list[i];
	return NULL;
}
