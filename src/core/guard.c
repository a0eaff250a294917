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

int guards_add_from(struct guards *g, const struct prefix *p, enum guard_kind k,
	const char *from)
{
	if (position(g, p, k) < g->n)
		return ERR_EXISTS;
	if (g->n == GUARDS)
		return ERR_FULL;
	g->list[g->n++] = (struct guard){ .prefix = *p, .kind = k, .from = from };
	return 0;
}

int guards_add(struct guards *g, const struct prefix *p, enum guard_kind k)
{
	return guards_add_from(g, p, k, NULL);
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

static bool is_peoples(enum guard_kind k)
{
	return k == GUARD_NEVER_BLOCK || k == GUARD_ALLOWED;
}

size_t guards_set_machine(struct guards *g, const struct guards *found)
{
	size_t kept = 0, room = GUARDS_OF_MACHINE, taken;

	for (size_t i = 0; i < g->n; i++)
		if (is_peoples(g->list[i].kind))
			g->list[kept++] = g->list[i];
	if (room > GUARDS - kept)
		room = GUARDS - kept;
	taken = found->n < room ? found->n : room;
	for (size_t i = 0; i < taken; i++)
		g->list[kept++] = found->list[i];
	g->n = kept;
	return found->n - taken;
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

/* Whether its key says all of a prefix: what overlaps it has the same key, or is wider. */
static bool is_one_source(const struct prefix *p)
{
	return p->len >= (p->addr.family == FAMILY_V4 ? 32 : 64);
}

/* Shell's sort with Ciura's gaps: a thousand keys in some 30 us, and no recursion. */
static void sort(uint64_t *keys, size_t n)
{
	static const size_t gaps[] = { 701, 301, 132, 57, 23, 10, 4, 1 };

	for (size_t g = 0; g < sizeof(gaps) / sizeof(gaps[0]); g++)
		for (size_t i = gaps[g]; i < n; i++) {
			uint64_t key = keys[i];
			size_t at = i;

			for (; at >= gaps[g] && keys[at - gaps[g]] > key; at -= gaps[g])
				keys[at] = keys[at - gaps[g]];
			keys[at] = key;
		}
}

void guard_index_build(struct guard_index *x, const struct guards *g)
{
	x->guards = g;
	x->n = x->n_wide = 0;
	for (size_t i = 0; i < g->n; i++)
		if (is_one_source(&g->list[i].prefix))
			x->keys[x->n++] = source_key(&g->list[i].prefix.addr);
		else
			x->wide[x->n_wide++] = (uint16_t)i;
	sort(x->keys, x->n);
}

static bool has_key(const struct guard_index *x, uint64_t key)
{
	size_t low = 0, high = x->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (x->keys[middle] < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low < x->n && x->keys[low] == key;
}

bool guard_index_overlaps(const struct guard_index *x, const struct prefix *p)
{
	struct prefix whole = source_prefix(source_key(&p->addr));

	if (!prefix_equal(&whole, p))
		return guards_overlap(x->guards, p);
	if (has_key(x, source_key(&p->addr)))
		return true;
	for (size_t i = 0; i < x->n_wide; i++)
		if (prefix_covers(&x->guards->list[x->wide[i]].prefix, p))
			return true;
	return false;
}
