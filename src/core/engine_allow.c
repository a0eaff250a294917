/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allowlists in force and in shadow: what they say of each contact, whom the kernel is to hold by one, and what it is to let
 * through. Lists are those of the rules and, behind them, one for each actor that a policy has shut in: where it was known
 * to go before.
 *
 * A measure comes after the elements that it lets through (allow_want_settled), and lasts an hour at most: names of a list
 * change, and nobody follows them while the daemon is gone. While it works and the list is in force, it is renewed.
 */
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "core/engine_state.h"

#define HELD_NS (3600 * NS_PER_S)
#define RENEW_NS (HELD_NS / 2)
#define KNOWN_S 86400          /* whom an actor has reached for so long may be reached on */
#define REFUSED_A_MINUTE 16    /* that are said; all are counted */

static bool in_force(const struct engine *e)
{
	return e->enforce && !e->panic;
}

static uint32_t bits_in_force(const struct engine *e)
{
	const struct allowlists *l = &e->egress.lists;
	uint32_t bits = 0;

	for (size_t i = 0; in_force(e) && i < l->n_lists; i++)
		if (l->lists[i].enforce)
			bits |= UINT32_C(1) << i;
	return bits;
}

static void tell_want(struct engine *e, mono_t now)
{
	allow_want_rules(e->egress.want, &e->egress.lists, bits_in_force(e), now);
	allow_want_recall(e->egress.want, e->egress.names, now);
}

/* ---- whom the kernel holds ---- */

static struct subject subject_of(const struct actor *a)
{
	return (struct subject){ .kind = SUBJECT_ACTOR, .actor = *a };
}

static void release_actor(struct engine *e, const struct actor *a, mono_t now)
{
	struct subject s = subject_of(a);
	const struct measure *m = ledger_find(e->ledger, &s, SCOPE_SOURCE);

	if (!m || m->state == MEASURE_FREE || m->origin != ORIGIN_MANUAL)
		return;
	engine_release(e, m, now);
	ledger_end(e->ledger, &s, SCOPE_SOURCE, true, now);
}

static uint64_t record(struct engine *e, const struct allowlist *list, const struct decision *d, mono_t now)
{
	struct finding f = { .kind = FINDING_NONE, .proof = PROOF_LOCAL, .subject = d->subject, .first = now, .at = now,
		.actor = list->actor };
	struct incident *i = incidents_open(e->incidents, &d->subject, now);
	struct text why = text_over(f.rule.why, sizeof(f.rule.why));

	text_copy(f.rule.name, sizeof(f.rule.name), "allowlist");
	text_copy(f.rule.origin, sizeof(f.rule.origin), list->origin);
	text_addf(&why, "the allowlist %s is in force", list->title);
	incident_add_finding(i, &f);
	i->decision = *d;
	i->effect = EFFECT_SENT;
	i->effect_at = now;
	return i->id;
}

static void hold(struct engine *e, const struct allowlist *list, mono_t now)
{
	struct decision d = { .response = RESPONSE_EGRESS_ALLOWLIST, .ttl_ns = HELD_NS, .base_ttl_ns = HELD_NS, .rungs = 1,
		.ladder = { RESPONSE_EGRESS_ALLOWLIST }, .subject = subject_of(&list->actor) };
	const struct measure *m = ledger_find(e->ledger, &d.subject, SCOPE_SOURCE), *out;
	bool stands = m && m->state != MEASURE_FREE && m->response == RESPONSE_EGRESS_ALLOWLIST;

	if (stands && mono_since(m->until, now) > RENEW_NS)
		return;
	text_copy(d.policy, sizeof(d.policy), "allowlist");
	text_copy(d.origin, sizeof(d.origin), list->origin);
	ledger_want(e->ledger, &d, ORIGIN_MANUAL, stands ? m->incident : record(e, list, &d, now), false, (mono_t){ 0 }, now,
		&out);
}

static bool is_wanted(const struct engine *e, const struct allowlists *l, const struct actor *a)
{
	for (size_t i = 0; i < l->n_lists && in_force(e); i++)
		if (l->lists[i].enforce && actor_equal(&l->lists[i].actor, a))
			return true;
	return false;
}

/*
 * Those that were held for a list that is not in force any more, by these. True: the kernel holds none of them now; until
 * then it needs what they may reach, or they would reach nothing at all for a moment. In a panic it has no table.
 */
static bool free_others(struct engine *e, const struct allowlists *l, mono_t now)
{
	struct egress *g = &e->egress;
	size_t kept = 0;
	bool gone = true;

	for (size_t i = 0; i < g->n_held; i++) {
		const struct actor a = g->held[i];
		const struct subject s = subject_of(&a);
		bool wanted = is_wanted(e, l, &a), stays;

		if (!wanted)
			release_actor(e, &a, now);
		stays = !wanted && !e->panic && ledger_in_kernel(e->ledger, &s, SCOPE_SOURCE);
		gone = gone && !stays;
		if (wanted || stays)
			g->held[kept++] = a;
	}
	g->n_held = kept;
	return gone;
}

static void note_held(struct egress *g, const struct actor *a)
{
	for (size_t i = 0; i < g->n_held; i++)
		if (actor_equal(&g->held[i], a))
			return;
	if (g->n_held < ALLOWLISTS)
		g->held[g->n_held++] = *a;
}

static void hold_all(struct engine *e, mono_t now)
{
	struct egress *g = &e->egress;
	uint32_t bits = bits_in_force(e);

	for (size_t i = 0; i < g->n_configured; i++) {
		const struct allowlist *list = &g->lists.lists[i];

		if (!(bits >> i & 1) || !actor_valid(&list->actor) || !allow_want_settled(g->want, &list->actor))
			continue;
		note_held(g, &list->actor);
		hold(e, list, now);
	}
}

/* ---- lists come, and go ---- */

void engine_bind_group(struct engine *e, const char *path, uint64_t cgroup, mono_t now)
{
	size_t changed = allowlist_bind(&e->egress.lists, path, cgroup);

	allowlist_bind(&e->rules.allow, path, cgroup);
	allowlist_bind(&e->before.allow, path, cgroup);
	if (!changed)
		return;
	tell_want(e, now);
	(void)free_others(e, &e->egress.lists, now);
}

/* An owner's word is as old as its socket, which may be of a group that is gone: it is believed where nobody else's is. */
void engine_meet_group(struct engine *e, const char *path, uint64_t cgroup, mono_t now)
{
	const struct allowlists *l = &e->egress.lists;

	for (size_t i = 0; i < l->n_lists; i++)
		if (l->lists[i].actor.kind == ACTOR_GROUP && l->lists[i].actor.cgroup && strcmp(l->lists[i].group, path) == 0)
			return;
	engine_bind_group(e, path, cgroup, now);
}

/* A list that nobody wrote: where this actor was known to go. */
static bool add_known(struct engine *e, const struct actor *a)
{
	struct egress *g = &e->egress;
	struct reach_record r;
	char title[32] = "known destinations";
	size_t list;

	title[18] = (char)('A' + g->lists.n_lists);
	if (allowlist_begin(&g->lists, title, &list))
		return false;
	g->lists.lists[list].actor = *a;
	g->lists.lists[list].enforce = true;
	for (size_t at = 0; reach_next(g->reach, &at, &r);) {
		struct allow_entry entry = { .prefix = prefix_of(&r.to, addr_bits(&r.to)), .port_first = r.port,
			.port_last = r.port ? r.port : UINT16_MAX, .proto = r.proto };

		if (!actor_equal(&r.actor, a) || r.last_s - r.first_s < KNOWN_S)
			continue;
		if (r.name[0])
			text_copy(entry.name, sizeof(entry.name), r.name);
		if (allowlist_add(&g->lists, list, &entry))
			break; /* full: the rest has to wait until it is over */
	}
	return true;
}

static bool shut_in(struct engine *e, const struct actor *a)
{
	struct egress *g = &e->egress;

	for (size_t i = 0; i < g->lists.n_lists; i++)
		if (actor_equal(&g->lists.lists[i].actor, a)) {
			g->lists.lists[i].enforce = true;
			return true;
		}
	return add_known(e, a);
}

bool engine_allow_has_room(const struct engine *e, const struct actor *a)
{
	const struct egress *g = &e->egress;
	bool there = g->lists.n_lists < ALLOWLISTS;

	for (size_t i = 0; i < g->lists.n_lists; i++)
		there = there || actor_equal(&g->lists.lists[i].actor, a);
	return there;
}

void engine_allow_shut_in(struct engine *e, const struct actor *a, mono_t now)
{
	if (shut_in(e, a))
		tell_want(e, now);
}

static bool is_shut_in(const struct engine *e, size_t list)
{
	const struct egress *g = &e->egress;

	return list >= g->n_configured || (g->lists.lists[list].enforce && !e->rules.allow.lists[list].enforce);
}

static bool stands(const struct engine *e, const struct actor *a)
{
	struct subject s = subject_of(a);
	const struct measure *m = ledger_find(e->ledger, &s, SCOPE_SOURCE);

	return m && m->state != MEASURE_FREE && m->response == RESPONSE_EGRESS_ALLOWLIST;
}

/* Whom a policy has shut in, by what stands: new rules do not know of them, and their measures outlive a reload. */
static size_t shut_in_now(const struct engine *e, struct actor out[ALLOWLISTS])
{
	const struct measure *m;
	size_t n = 0;

	for (size_t at = 0; n < ALLOWLISTS && (m = ledger_next(e->ledger, &at));)
		if (m->subject.kind == SUBJECT_ACTOR && m->response == RESPONSE_EGRESS_ALLOWLIST &&
			m->origin == ORIGIN_DETECTOR && m->state != MEASURE_FREE && m->state != MEASURE_SHADOW)
			out[n++] = m->subject.actor;
	return n;
}

/* The machine's word on control groups stands, whatever is configured. */
static void bind_rules(struct engine *e)
{
	struct egress *g = &e->egress;

	for (size_t i = 0; i < e->rules.allow.n_lists; i++)
		for (size_t k = 0; k < g->n_configured; k++)
			if (!e->rules.allow.lists[i].actor.cgroup &&
				strcmp(e->rules.allow.lists[i].group, g->lists.lists[k].group) == 0)
				e->rules.allow.lists[i].actor.cgroup = g->lists.lists[k].actor.cgroup;
}

/* False: not yet, for somebody is held still by what goes. */
static bool take_rules(struct engine *e, mono_t now)
{
	struct egress *g = &e->egress;
	struct actor in[ALLOWLISTS];
	size_t n;

	bind_rules(e);
	if (!free_others(e, &e->rules.allow, now))
		return false;
	n = shut_in_now(e, in);
	allow_shadow_swap(g->shadow, &g->lists, &e->rules.allow);
	g->lists = e->rules.allow;
	g->n_configured = g->lists.n_lists;
	for (size_t i = 0; i < n; i++)
		shut_in(e, &in[i]);
	tell_want(e, now);
	return true;
}

/* Those whose measure has ended; the others' lists are made anew, for there is no hole in the middle of all entries. */
static void let_out(struct engine *e, mono_t now)
{
	struct egress *g = &e->egress;
	struct actor in[ALLOWLISTS];
	size_t n = 0, ended = 0;

	for (size_t i = 0; i < g->lists.n_lists; i++) {
		if (!is_shut_in(e, i))
			continue;
		if (stands(e, &g->lists.lists[i].actor))
			in[n++] = g->lists.lists[i].actor;
		else
			ended++;
	}
	if (!ended)
		return;
	g->lists = e->rules.allow;
	for (size_t i = 0; i < n; i++)
		shut_in(e, &in[i]);
	tell_want(e, now);
}

/* ---- what they say ---- */

static void note_shadow(struct engine *e, size_t list, const struct contact *c, bool refused, mono_t now)
{
	const struct allow_shadow_what what = { .list = list, .to = c->tuple.dst, .proto = c->tuple.proto,
		.port = c->tuple.dport, .refused = refused, .name = c->name,
		.who = e->egress.facts.any ? &e->egress.facts.blame : NULL };

	if (list < e->egress.n_configured)
		allow_shadow_note(e->egress.shadow, &what, now);
}

static void say_refused(struct engine *e, const struct contact *c, const char *list, mono_t now)
{
	struct egress *g = &e->egress;
	char said[sizeof(((struct event *)0)->text)], to[ADDR_TEXT];
	struct text t = text_over(said, sizeof(said));

	if (!g->minute.ns || mono_since(now, g->minute) >= 60 * NS_PER_S) {
		g->minute = now;
		g->said_refused = 0;
	}
	if (g->said_refused++ >= REFUSED_A_MINUTE)
		return;
	addr_format(&c->tuple.dst, to, sizeof(to));
	text_addf(&t, "refused to leave: %s to %s port %u", g->facts.blame.comm[0] ? g->facts.blame.comm : "a program",
		c->name[0] ? c->name : to, c->tuple.dport);
	if (list[0])
		text_addf(&t, " (allowlist %s)", list);
	engine_note(e, EVENT_NOTICE, true, said, now);
}

/* Guards and resolvers are the kernel's to let through, whatever a list says. */
static bool is_free(const struct engine *e, const struct contact *c)
{
	return addr_is_loopback(&c->tuple.dst) || addr_is_multicast(&c->tuple.dst) ||
		guards_find(&e->guards, &c->tuple.dst) != NULL;
}

void engine_allow_contact(struct engine *e, const struct contact *c, size_t list, bool refused, mono_t now)
{
	struct egress *g = &e->egress;

	if (refused) {
		g->refused++;
		say_refused(e, c, list < g->lists.n_lists ? g->lists.lists[list].title : "", now);
	}
	if (list >= g->lists.n_lists || is_free(e, c))
		return;
	if (refused || !allow_want_permits(g->want, list, &c->tuple.dst, c->tuple.proto, c->tuple.dport, now))
		note_shadow(e, list, c, refused, now);
}

void engine_allow_name(struct engine *e, const char *name, const struct addr *a, mono_t until, mono_t now)
{
	allow_want_name(e->egress.want, name, a, until, now);
}

void engine_allow_tick(struct engine *e, mono_t now)
{
	struct egress *g = &e->egress;

	if (g->rules_new)
		g->rules_new = !take_rules(e, now);
	allow_want_tick(g->want, now);
	if (g->rules_new)
		return; /* nobody is held anew by what goes */
	if (g->looked.ns && mono_since(now, g->looked) < NS_PER_S)
		return;
	g->looked = now;
	let_out(e, now);
	hold_all(e, now);
}

/* ---- the kernel's side ---- */

bool engine_take_allowance(struct engine *e, mono_t now, struct allow_change *out)
{
	return !e->panic && allow_want_take(e->egress.want, now, out);
}

void engine_allowances_lost(struct engine *e, mono_t now)
{
	allow_want_lost(e->egress.want, now);
}

void engine_allowed(struct engine *e, const struct allow_change *c, int result, mono_t now)
{
	allow_want_answer(e->egress.want, c, result, now);
}
