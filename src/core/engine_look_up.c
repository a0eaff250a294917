/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and lists: what this host looks up, and which of the addresses that it calls somebody has listed. */
#include <string.h>

#include "base/text.h"
#include "core/engine_state.h"

void engine_set_resolvers(struct engine *e, const struct addr *list, size_t n, mono_t now)
{
	struct egress *g = &e->egress;

	g->n_resolvers = n < NAMES_RESOLVERS ? n : NAMES_RESOLVERS;
	if (g->n_resolvers)
		memcpy(g->resolvers, list, g->n_resolvers * sizeof(list[0]));
	engine_tell_input(e, &(struct observation){ .kind = OBSERVATION_RESOLVERS, .at = now,
		.resolvers = { g->resolvers, g->n_resolvers } });
	names_resolvers(g->names, g->resolvers, g->n_resolvers);
}

struct learning {
	struct engine *e;
	mono_t now;
};

static void learned(void *ctx, const char *name, const struct addr *a, mono_t until)
{
	struct learning *l = ctx;

	engine_allow_name(l->e, name, a, until, l->now);
}

void engine_dns(struct engine *e, const struct dns_message *m, mono_t now)
{
	struct learning l = { e, now };

	engine_tell_input(e, &(struct observation){ .kind = OBSERVATION_DNS, .at = now, .dns = m });
	names_message(e->egress.names, m, now, learned, &l);
	e->egress.facts = (struct egress_facts){ .any = true, .known_s = -1,
		.blame.owner.uid = OWNER_UNKNOWN };
	text_copy(e->egress.facts.name, sizeof(e->egress.facts.name), m->name);
	tunnel_message(e->egress.tunnel, &e->rules.tunnel, m, now, engine_raise_egress, e);
	e->egress.facts.any = false;
}

void engine_use_listed(struct engine *e, const struct listed *l)
{
	e->egress.listed = l;
}

static bool was_hit(const struct egress *g, const struct addr *a)
{
	for (size_t i = 0; i < g->n_hits && i < EGRESS_HITS; i++)
		if (addr_equal(&g->hits[i].addr, a))
			return true;
	return false;
}

void engine_listed(struct engine *e, const struct addr *a, const char *list, mono_t now)
{
	struct egress *g = &e->egress;
	struct egress_hit *h;

	if (was_hit(g, a))
		return;
	engine_tell_input(e, &(struct observation){ .kind = OBSERVATION_LISTED, .at = now, .listed = { *a, list } });
	h = &g->hits[g->n_hits++ % EGRESS_HITS];
	h->addr = *a;
	h->told = (mono_t){ 0 };
	text_copy(h->list, sizeof(h->list), list);
}

void engine_look_up_listed(struct engine *e, const struct addr *a, mono_t now)
{
	const char *list = e->egress.listed ? listed_find(e->egress.listed, a) : NULL;

	if (list)
		engine_listed(e, a, list, now);
}
