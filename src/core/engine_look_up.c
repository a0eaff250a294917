/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and lists: what this host looks up, and which of the addresses that it calls somebody has listed. */
#include <string.h>

#include "base/text.h"
#include "core/engine_state.h"

#define REFUSE_NS (3600 * NS_PER_S) /* and again with the next attempt */

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

/*
 * Whoever has a name of his own looked up, a mail's sender for one, may name an address of ours by it. Under a name that
 * nobody here has sent to, an old place goes by its address and what is usually sent there: a backup is not told for its
 * new name, and what else has that name does not gain by it.
 */
struct contact engine_old_place(struct engine *e, const struct contact *c, int64_t wall_s, mono_t now)
{
	struct egress *g = &e->egress;
	struct contact place = *c;
	struct reach_record r;

	if (!c->name[0] || g->facts.known_s < e->rules.exfil.new_ns / NS_PER_S || exfil_knows(g->exfil, c) ||
		!reach_find(g->reach, c, &r))
		return *c;
	place.name = "";
	r.name[0] = '\0';
	if (!exfil_knows(g->exfil, &place))
		exfil_teach(g->exfil, &r, now, wall_s);
	return place;
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

/* The administrator has said that this list is proof enough. */
static void refuse(struct engine *e, const struct addr *a, const char *list, mono_t now)
{
	struct decision d = { .response = RESPONSE_EGRESS_REFUSE, .ttl_ns = REFUSE_NS, .base_ttl_ns = REFUSE_NS, .rungs = 1,
		.ladder = { RESPONSE_EGRESS_REFUSE } };
	struct finding f = { .kind = FINDING_LISTED, .proof = PROOF_LOCAL, .rule = e->rules.listed, .first = now, .at = now,
		.dst = *a };
	struct text t = text_over(f.about, sizeof(f.about));
	const struct measure *m;
	struct incident *i;

	d.subject = f.subject = (struct subject){ .kind = SUBJECT_DESTINATION, .source = source_prefix(source_key(a)) };
	if (engine_guard_of(e, &d.subject)) {
		e->counters.guarded++;
		return;
	}
	text_addf(&t, "listed by %s, which is refused", list);
	text_copy(d.policy, sizeof(d.policy), "feed");
	i = incidents_open(e->incidents, &d.subject, now);
	incident_add_finding(i, &f);
	if (!engine_within_budget(e, &d, &f) || ledger_want(e->ledger, &d, ORIGIN_DETECTOR, i->id, !e->enforce || e->panic, now,
		now, &m))
		return;
	i->decision = d;
	i->effect = e->enforce && !e->panic ? EFFECT_SENT : EFFECT_SHADOW;
	i->effect_at = now;
}

void engine_listed(struct engine *e, const struct addr *a, const char *list, bool refuses, mono_t now)
{
	struct egress *g = &e->egress;
	struct egress_hit *h;

	if (was_hit(g, a) && !refuses)
		return;
	engine_tell_input(e, &(struct observation){ .kind = OBSERVATION_LISTED, .at = now, .listed = { *a, list, refuses } });
	if (refuses)
		refuse(e, a, list, now);
	if (was_hit(g, a))
		return;
	h = &g->hits[g->n_hits++ % EGRESS_HITS];
	h->addr = *a;
	h->told = (mono_t){ 0 };
	text_copy(h->list, sizeof(h->list), list);
}

void engine_look_up_listed(struct engine *e, const struct addr *a, mono_t now)
{
	const char *list = e->egress.listed ? listed_find(e->egress.listed, a) : NULL;

	if (list)
		engine_listed(e, a, list, listed_refuses(e->egress.listed, a), now);
}

/* Ahead of the packets themselves, in the record too: read again, without the lists, the packets shall meet what they met. */
void engine_look_up_packets(struct engine *e, const struct engine_input *in, size_t n)
{
	struct packet p;

	if (!e->egress.listed)
		return;
	for (size_t i = 0; i < n; i++)
		if (in[i].meta.hook == HOOK_OUTPUT && packet_parse(in[i].bytes, in[i].meta.wire_len, &p) == PACKET_FINE &&
			engine_is_contact(e, &p))
			engine_look_up_listed(e, &p.dst, in[i].meta.at);
}
