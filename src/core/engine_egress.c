/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What leaves: a flow begins (its first packet), becomes a contact once its owner is known or was waited for in vain, is
 * answered or not, carries bytes, ends. Contacts go to the egress detectors; what these find is a signal, and two make an
 * anomaly (core/signals.h).
 */
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "core/engine_state.h"

#define OWNER_WAIT_NS NS_PER_S    /* then a flow is its user's, or the host's */
#define QUESTIONS_A_SECOND 500    /* each costs the observer some 10 to 100 us */
#define REPEAT_NS (3 * NS_PER_S)  /* the same ports within this are the same SYN, sent again */
#define LISTED_EVERY_NS (3600 * NS_PER_S) /* the same destination is told again */
#define LISTED_A_MINUTE 64        /* findings: who goes through a whole list shall not drown what else is found */
#define STRANGE_S 86400           /* a destination that this host has known for less ... */
#define WATCHED_S 86400           /* ... after it was watched for so long */

/* ---- contacts ---- */

static struct egress_hit *hit_of(struct egress *g, const struct addr *a)
{
	for (size_t i = 0; i < g->n_hits && i < EGRESS_HITS; i++)
		if (addr_equal(&g->hits[i].addr, a))
			return &g->hits[i];
	return NULL;
}

static struct contact contact_of(struct engine *e, const struct outgoing_flow *f)
{
	const struct egress_hit *hit = hit_of(&e->egress, &f->tuple.dst);
	const struct blame *b = blames_get(&e->egress.blames, f->blame);
	struct contact c = { .tuple = f->tuple, .owner = f->owner, .actor = actor_of(&f->owner, f->level),
		.unit = b ? b->unit : "", .at = f->at };

	c.name = names_of(e->egress.names, &f->tuple.dst, f->at);
	c.list = hit ? hit->list : "";
	return c;
}

/* What findings about this contact are to say beside themselves. */
static void look_at(struct engine *e, const struct contact *c, const struct blame *b, const uint64_t bytes[FLOW_WAYS])
{
	struct egress_facts *x = &e->egress.facts;

	*x = (struct egress_facts){ .any = true };
	if (b)
		x->blame = *b;
	x->blame.owner = c->owner;
	text_copy(x->name, sizeof(x->name), c->name);
	if (bytes)
		memcpy(x->bytes, bytes, sizeof(x->bytes));
	x->known_s = reach_known_s(e->egress.reach, &c->tuple.dst, engine_wall_s(e, c->at));
}

static void look_away(struct engine *e)
{
	e->egress.facts.any = false;
}

static struct finding finding_of(const struct contact *c, enum finding_kind kind, const struct rule *rule, mono_t now)
{
	struct finding f = { .kind = kind, .proof = PROOF_LOCAL, .rule = *rule, .score = 100, .threshold = 100, .count = 1,
		.first = c->at, .at = now, .src = c->tuple.src, .dst = c->tuple.dst, .sport = c->tuple.sport,
		.dport = c->tuple.dport, .proto = c->tuple.proto, .actor = c->actor };

	f.subject = (struct subject){ .kind = SUBJECT_DESTINATION, .source = source_prefix(source_key(&c->tuple.dst)) };
	return f;
}

/* Ports of which everybody has some: a new one behind these is no news. */
static bool is_common(uint16_t port)
{
	static const uint16_t common[] = { 20, 21, 22, 25, 43, 53, 80, 88, 110, 123, 143, 389, 443, 465, 514, 587, 636, 853,
		873, 989, 990, 993, 995, 1194, 3478, 5060, 5061, 5222, 5223, 5228, 6514, 8080, 8443, 9418, 11371, 51820 };

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		if (common[i] == port)
			return true;
	return false;
}

static bool is_strange(const struct engine *e, const struct contact *c)
{
	const struct egress_facts *x = &e->egress.facts;

	return !c->name[0] && !is_common(c->tuple.dport) && !addr_is_private(&c->tuple.dst) &&
		engine_watched_s(e, c->at) >= WATCHED_S && x->known_s < STRANGE_S;
}

/* Beyond the bound it is said once, and they are witnesses still. */
static bool may_tell_listed(struct engine *e, mono_t now)
{
	struct egress *g = &e->egress;

	if (!g->listed_minute.ns || mono_since(now, g->listed_minute) >= 60 * NS_PER_S) {
		g->listed_minute = now;
		g->listed_told = 0;
	}
	if (g->listed_told > LISTED_A_MINUTE || g->listed_told++ < LISTED_A_MINUTE)
		return g->listed_told <= LISTED_A_MINUTE;
	engine_note(e, EVENT_NOTICE, false, "more listed destinations are called than are told one by one", now);
	return false;
}

static void note_listed(struct engine *e, const struct contact *c, mono_t now)
{
	struct finding f = finding_of(c, FINDING_LISTED, &e->rules.listed, now);
	struct egress_hit *hit = hit_of(&e->egress, &c->tuple.dst);
	struct text t = text_over(f.about, sizeof(f.about));

	if (!hit || !e->rules.listed.enabled)
		return;
	text_addf(&t, "listed by %s", hit->list);
	if ((hit->told.ns && mono_since(now, hit->told) < LISTED_EVERY_NS) || !may_tell_listed(e, now)) {
		engine_say_who(&f, &e->egress.facts.blame);
		engine_speak(e, SIGNAL_LISTED, &f);
		return;
	}
	hit->told = now;
	engine_raise_egress(e, &f);
}

static void note_signals(struct engine *e, const struct contact *c, mono_t now)
{
	struct finding f = finding_of(c, FINDING_EGRESS, &e->rules.signals.rule, now);

	engine_say_who(&f, &e->egress.facts.blame);
	if (engine_is_new_place(e, c->at))
		engine_speak(e, SIGNAL_NEW, &f);
	if (is_strange(e, c))
		engine_speak(e, SIGNAL_STRANGE, &f);
}

static void ask_answered(struct engine *e, const struct contact *c, mono_t now)
{
	engine_ask_later(e, &(struct ask){ .tuple = c->tuple, .due = mono_add(now, e->rules.handshake_wait_ns),
		.rules = ASK_EGRESS, .hook = HOOK_OUTPUT });
}

static size_t list_of(const struct outgoing_flow *f)
{
	return f->list ? f->list - 1u : ALLOWLIST_NONE;
}

static void find_list(struct engine *e, struct outgoing_flow *f, const char *group)
{
	const struct allow_who who = { .owner = f->owner, .group = group };
	size_t list = allowlist_of(&e->egress.lists, &who);

	f->list = list == ALLOWLIST_NONE ? 0 : (uint8_t)(list + 1);
}

/* What was refused is no contact of anybody's; that a list names the place is told all the same. */
static void settle(struct engine *e, struct outgoing_flow *f, mono_t now)
{
	struct contact c = contact_of(e, f);

	f->settled = true;
	if (!f->list)
		find_list(e, f, "");
	look_at(e, &c, blames_get(&e->egress.blames, f->blame), NULL);
	if (f->refused) {
		note_listed(e, &c, now);
		engine_allow_contact(e, &c, list_of(f), true, now);
		look_away(e);
		return;
	}
	if (e->egress.wall_offset_s) /* else it would be known since 1970 */
		reach_contact(e->egress.reach, &e->rules.reach, &c, engine_wall_s(e, f->at), engine_raise_egress, e);
	note_signals(e, &c, now);
	f->asked = sweep_contact(e->egress.sweep, &e->rules.sweep, &c, engine_raise_egress, e);
	if (f->asked)
		ask_answered(e, &c, now);
	beacon_contact(e->egress.beacon, &e->rules.beacon, &c, engine_raise_egress, e);
	note_listed(e, &c, now);
	engine_allow_contact(e, &c, list_of(f), false, now);
	look_away(e);
}

void engine_egress_answer(struct engine *e, const struct ask_answer *a, mono_t now)
{
	struct outgoing_flow *f = outgoing_find(e->egress.outgoing, &a->ask.tuple);
	struct contact c;

	if (!f)
		return;
	c = contact_of(e, f);
	look_at(e, &c, blames_get(&e->egress.blames, f->blame), NULL);
	sweep_outcome(e->egress.sweep, &e->rules.sweep, &c, a->fate, now, engine_raise_egress, e);
	look_away(e);
	f->asked = false;
	if (f->over)
		outgoing_end(e->egress.outgoing, f);
}

/* ---- a flow begins ---- */

static bool ask_owner(struct egress *g, const struct tuple *t, mono_t now)
{
	int64_t second = now.ns / NS_PER_S;

	if (second != g->second) {
		g->second = second;
		g->in_second = 0;
	}
	if (g->in_second >= QUESTIONS_A_SECOND || g->asked - g->taken >= OWNER_QUESTIONS)
		return false;
	g->in_second++;
	g->questions[g->asked++ % OWNER_QUESTIONS] = *t;
	return true;
}

bool engine_take_owner_question(struct engine *e, struct tuple *out)
{
	struct egress *g = &e->egress;

	if (g->taken == g->asked)
		return false;
	*out = g->questions[g->taken++ % OWNER_QUESTIONS];
	return true;
}

static bool is_resolver(const struct egress *g, const struct addr *a)
{
	for (size_t i = 0; i < g->n_resolvers; i++)
		if (addr_equal(&g->resolvers[i], a))
			return true;
	return false;
}

/* Look-ups are heard of by what they ask; groups and the host itself are nobody's destination. */
bool engine_is_contact(const struct engine *e, const struct packet *p)
{
	return engine_opens_flow(p) && !addr_is_loopback(&p->dst) && !addr_is_multicast(&p->dst) &&
		!addr_is_unspecified(&p->dst) && !(p->dport == 53 && is_resolver(&e->egress, &p->dst));
}

enum verdict engine_judge_outgoing(struct engine *e, const struct engine_input *in, const struct packet *p)
{
	struct tuple t = { .src = p->src, .dst = p->dst, .sport = p->sport, .dport = p->dport, .proto = p->proto };
	uint32_t uid = in->meta.uid_known ? in->meta.uid : OWNER_UNKNOWN;
	struct outgoing_flow *f;
	enum verdict v;

	if (!engine_is_contact(e, p))
		return VERDICT_ACCEPT;
	v = engine_stands_outgoing(e, in, p);
	f = outgoing_find(e->egress.outgoing, &t);
	if (f && !f->over && mono_since(in->meta.at, f->at) < REPEAT_NS)
		return v; /* a SYN that is repeated */
	f = outgoing_begin(e->egress.outgoing, &t, uid, in->meta.at);
	f->refused = v == VERDICT_DROP; /* by us instead of by the kernel */
	if (!ask_owner(&e->egress, &t, in->meta.at))
		settle(e, f, in->meta.at);
	return v;
}

/* Within a flow that had begun: nothing begins, and what it carried until now has been told. */
static void refuse_within(struct engine *e, const struct outgoing_flow *f, mono_t now)
{
	struct contact c = contact_of(e, f);

	look_at(e, &c, blames_get(&e->egress.blames, f->blame), NULL);
	engine_allow_contact(e, &c, list_of(f), true, now);
	look_away(e);
}

void engine_refused(struct engine *e, const struct engine_input *in, mono_t now)
{
	struct packet p;
	struct outgoing_flow *f;
	struct tuple t;

	if (packet_parse(in->bytes, in->meta.wire_len, &p) != PACKET_FINE)
		return;
	t = (struct tuple){ .src = p.src, .dst = p.dst, .sport = p.sport, .dport = p.dport, .proto = p.proto };
	f = outgoing_find(e->egress.outgoing, &t);
	if (f && f->refused && mono_since(now, f->at) < REPEAT_NS)
		return;
	if (f && !f->refused && !engine_opens_flow(&p)) {
		refuse_within(e, f, now);
		return;
	}
	f = outgoing_begin(e->egress.outgoing, &t, in->meta.uid_known ? in->meta.uid : OWNER_UNKNOWN, now);
	f->refused = true;
	if (!ask_owner(&e->egress, &t, now))
		settle(e, f, now);
}

void engine_owner(struct engine *e, const struct owner_answer *a, mono_t now)
{
	struct outgoing_flow *f;

	engine_tell_input(e, &(struct observation){ .kind = OBSERVATION_OWNER, .at = now, .owner = a });
	f = outgoing_find(e->egress.outgoing, &a->tuple);
	if (!f || f->settled)
		return; /* too late */
	if (a->blame.owner.uid != OWNER_UNKNOWN)
		f->owner.uid = a->blame.owner.uid;
	f->owner.inode = a->blame.owner.inode;
	f->owner.cgroup = a->blame.owner.cgroup;
	f->level = a->blame.level;
	f->blame = blames_keep(&e->egress.blames, &a->blame);
	f->named = a->blame.pid != 0;
	if (a->group[0] && a->blame.owner.cgroup)
		engine_meet_group(e, a->group, a->blame.owner.cgroup, now);
	find_list(e, f, a->group);
	settle(e, f, now);
}

/* ---- bytes, and the end ---- */

static uint64_t more(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

/* Of one that nobody saw begin, the kernel may still say whose it was. */
static struct outgoing_flow *flow_of(struct engine *e, const struct flow_end *f, mono_t now)
{
	struct outgoing_flow *o = outgoing_find(e->egress.outgoing, &f->tuple);
	mono_t began = f->lasted_ns > 0 ? mono_add(now, -f->lasted_ns) : now;

	if (o)
		return o;
	o = outgoing_begin(e->egress.outgoing, &f->tuple, f->owner.uid, began.ns > 0 ? began : now);
	o->owner = f->owner;
	o->settled = true;
	return o;
}

/* Who scans gives up on silence, or is refused, before anybody has asked what became of it: until then it is remembered. */
static void end_of(struct engine *e, struct outgoing_flow *o)
{
	o->over = true;
	if (!o->asked)
		outgoing_end(e->egress.outgoing, o);
}

/*
 * A name that was looked up before we began, or that is kept in somebody's cache for a day: what went there the nights before
 * went there by that name.
 */
static void remember_name(const struct engine *e, struct contact *c, struct reach_record *known)
{
	if (!c->name[0] && reach_find(e->egress.reach, c, known))
		c->name = known->name;
}

void engine_egress_moved(struct engine *e, const struct flow_end *f, mono_t now)
{
	struct outgoing_flow *o;
	struct reach_record known;
	struct contact c;
	uint64_t bytes[FLOW_WAYS];

	if (addr_is_loopback(&f->tuple.dst) || addr_is_multicast(&f->tuple.dst))
		return;
	o = flow_of(e, f, now);
	if (!o->settled)
		settle(e, o, now);
	c = contact_of(e, o);
	remember_name(e, &c, &known);
	for (size_t w = 0; w < FLOW_WAYS; w++) {
		bytes[w] = more(f->bytes[w] * (f->weight ? f->weight : 1), o->told[w]);
		o->told[w] += bytes[w];
	}
	look_at(e, &c, blames_get(&e->egress.blames, o->blame), o->told);
	if (bytes[FLOW_THERE] || bytes[FLOW_BACK]) {
		const struct contact place = engine_old_place(e, &c, engine_wall_s(e, now), now);

		exfil_moved(e->egress.exfil, &e->rules.exfil, &place, bytes, e->egress.facts.known_s, now, engine_raise_egress, e);
		reach_bytes_moved(e->egress.reach, &c, bytes, engine_wall_s(e, now));
	}
	if (!f->so_far) {
		beacon_end(e->egress.beacon, &e->rules.beacon, f, &c.actor, now, engine_raise_egress, e);
		end_of(e, o);
	}
	look_away(e);
}

/* ---- time ---- */

void engine_egress_tick(struct engine *e, mono_t now)
{
	struct outgoing_flow *f;

	while ((f = outgoing_overdue(e->egress.outgoing, now, OWNER_WAIT_NS)) != NULL)
		settle(e, f, now);
}
