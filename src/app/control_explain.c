/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explain: everything that is known of one address or one incident, as it is stored. For
 * an address that nothing stands against: how near each of its scores is, and who guards
 * it.
 */
#include <stdlib.h>
#include <string.h>

#include "app/control_verbs.h"
#include "base/err.h"
#include "codec/ctl_json.h"
#include "codec/json_put.h"
#include "codec/subject_text.h"

struct look {
	uint64_t id;          /* asked by incident; 0: by address */
	struct prefix prefix; /* asked by address, or taken from the incident */
	struct actor actor;   /* likewise */
	bool has_prefix, has_actor;
	bool has_incident, has_guard, has_source, has_excuse, enforce, panic;
	struct trial trial;
	struct excuse excuse; /* the one with the most wrongs */
	struct incident incident;
	struct guard guard;
	struct source source;
	struct nears nears;
	size_t guards;        /* that there are, of all kinds */
	size_t guard_kinds[GUARD_KINDS];
	json_t *stored; /* the incident, where only the store still has it; owned */
};

static const struct incident *later(const struct incident *a, const struct incident *b)
{
	if (!a || !b)
		return a ? a : b;
	return mono_since(a->last, b->last) >= 0 ? a : b;
}

/* Of what it does to us and what we do there the latest. */
static const struct incident *find_by_prefix(struct engine *e, const struct prefix *p)
{
	struct subject exact = { .kind = SUBJECT_SOURCE, .source = *p };
	struct subject there = { .kind = SUBJECT_DESTINATION, .source = *p };
	struct subject source = { .kind = SUBJECT_SOURCE,
		.source = source_prefix(source_key(&p->addr)) };
	const struct incident *i = later(incidents_by_subject(engine_incidents(e), &exact),
		incidents_by_subject(engine_incidents(e), &there));

	return i ? i : incidents_by_subject(engine_incidents(e), &source);
}

static const struct incident *find(const struct look *l, struct engine *e)
{
	struct subject who = { .kind = SUBJECT_ACTOR, .actor = l->actor };

	if (l->id)
		return incidents_by_id(engine_incidents(e), l->id);
	return l->has_actor ? incidents_by_subject(engine_incidents(e), &who) : find_by_prefix(e, &l->prefix);
}

static void look_at_excuses(struct look *l, const struct excuses *x)
{
	for (size_t i = 0; i < x->n; i++) {
		bool about = prefix_covers(&x->list[i].prefix, &l->prefix);
		if (!about || (l->has_excuse && x->list[i].count <= l->excuse.count))
			continue;
		l->has_excuse = true;
		l->excuse = x->list[i];
	}
}

static void look_at_source(struct look *l, struct engine *e, mono_t now)
{
	const struct guards *all = engine_guards(e);
	const struct guard *g = guards_overlap(all, &l->prefix);
	const struct source *s = engine_source(e, &l->prefix.addr, now);

	if (g) {
		l->has_guard = true;
		l->guard = *g;
	}
	if (s) {
		l->has_source = true;
		l->source = *s;
	}
	look_at_excuses(l, engine_excuses(e));
	engine_near(e, &l->prefix.addr, now, &l->nears);
	l->guards = all->n;
	for (size_t i = 0; i < all->n; i++)
		l->guard_kinds[all->list[i].kind % GUARD_KINDS]++;
}

static void take_subject(struct look *l, const struct subject *s)
{
	if (s->kind == SUBJECT_SOURCE || s->kind == SUBJECT_DESTINATION) {
		l->prefix = s->source;
		l->has_prefix = true;
	} else if (s->kind == SUBJECT_ACTOR) {
		l->actor = s->actor;
		l->has_actor = true;
	}
}

static void look_at(void *ctx, struct engine *e, mono_t now)
{
	struct look *l = ctx;
	const struct incident *i = find(l, e);

	l->enforce = engine_enforces(e);
	l->panic = engine_panics(e);
	l->trial = *engine_trial(e);
	if (i) {
		l->has_incident = true;
		l->incident = *i;
	}
	if (l->id && i)
		take_subject(l, &i->subject);
	if (l->has_prefix)
		look_at_source(l, e, now);
}

static const char *stored_subject(json_t *incident)
{
	static const char *const names[] = { "source", "destination", "actor" };
	const char *text = NULL;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !text; i++)
		text = json_string_value(json_object_get(incident, names[i]));
	return text;
}

/* As it was told then. False where the store has none, or there is no store. */
static bool look_in_store(struct control *c, struct look *l, uint64_t id)
{
	struct subject who = { .kind = SUBJECT_ACTOR, .actor = l->actor };
	struct subject wider = { .kind = SUBJECT_SOURCE, .source = source_prefix(source_key(&l->prefix.addr)) };
	const char *text;
	char *json = NULL;
	int err;

	if (!l->has_actor)
		who = (struct subject){ .kind = SUBJECT_SOURCE, .source = l->prefix };

	if (!c->keeper)
		return false;
	if (id)
		err = keeper_incident_by_id(c->keeper, id, &json);
	else
		err = keeper_incident_by_subject(c->keeper, &who, &json);
	if (err == ERR_ABSENT && !id && !l->has_actor)
		err = keeper_incident_by_subject(c->keeper, &wider, &json);
	if (err)
		return false;
	l->stored = json_loads(json, 0, NULL);
	free(json);
	text = stored_subject(l->stored);
	if (!l->has_prefix && !l->has_actor && text && subject_parse(text, &who) == 0)
		take_subject(l, &who);
	return l->stored != NULL;
}

/* A measure that a wider or another subject's incident led to brings that incident along.
 */
static void follow_measure(struct control *c, struct look *l,
	const struct control_page *p)
{
	for (size_t i = 0; i < p->n && !l->has_incident && !l->stored; i++) {
		if (p->list[i].incident == 0)
			continue;
		struct look by_id = { .id = p->list[i].incident };
		if (door_call(c->door, look_at, &by_id) == 0 && by_id.has_incident) {
			l->has_incident = true;
			l->incident = by_id.incident;
		} else {
			look_in_store(c, l, p->list[i].incident);
		}
	}
}

/* Only the control thread has the stored one, so that it may be added to. */
static void put_story(struct control_call *k, json_t *o, const struct look *l)
{
	json_t *story = NULL;
	const char *text;
	uint64_t id;

	if (l->has_incident)
		story = ctl_json_incident(&l->incident, &k->stamp);
	else if (l->stored)
		story = json_incref(l->stored);
	text = json_string_value(json_object_get(story, "incident"));
	if (text && incident_id_parse(text, &id) == 0)
		control_put_evidence(k->control, story, id);
	put_value(o, "incident", story);
}

/* Those that there are, so that "none holds it" can be believed. */
static json_t *guards_value(const struct look *l)
{
	json_t *o = json_object();

	for (size_t i = 0; i < GUARD_KINDS; i++)
		if (l->guard_kinds[i])
			put_count(o, guard_kind_name((enum guard_kind)i), l->guard_kinds[i]);
	return o;
}

static int send_look(struct control_call *k, const struct look *l,
	const struct control_page *p)
{
	char room[PREFIX_TEXT], actor[SUBJECT_TEXT];
	json_t *o = json_object();
	json_t *measures = json_array();

	if (l->has_prefix) {
		prefix_format(&l->prefix, room, sizeof(room));
		put_text(o, "address", room);
	}
	if (l->has_actor) {
		subject_format(&(struct subject){ .kind = SUBJECT_ACTOR, .actor = l->actor }, actor);
		put_text(o, "actor", actor);
	}
	for (size_t i = 0; i < p->n; i++)
		json_array_append_new(measures, ctl_json_measure(&p->list[i], &k->stamp));
	put_text(o, "mode", l->enforce ? "enforce" : "detect");
	put_bool(o, "panic", l->panic);
	control_put_trial(k, o, &l->trial, l->enforce);
	put_value(o, "measures", measures);
	if (l->has_guard)
		put_value(o, "guard", ctl_json_guard(&l->guard));
	if (l->has_excuse)
		put_value(o, "excuse", ctl_json_excuse(&l->excuse, &k->stamp));
	if (l->has_source)
		put_value(o, "source", ctl_json_source(&l->source, k->stamp.mono));
	if (l->has_prefix) {
		put_value(o, "near", ctl_json_nears(&l->nears));
		put_value(o, "guards", guards_value(l));
	}
	put_story(k, o, l);
	control_put_opinions(k, o, l->has_incident ? &l->incident : NULL, &l->nears);
	return control_send(k, json_pack("{s:o}", "explain", o));
}

/* An id where it is none of an address or an actor: none has a 'T-'. */
static int take_question(struct control_call *k, struct look *l)
{
	const char *what = ctl_request_text(k->request, "what");

	if (!what)
		return control_fail(k, CTL_USAGE, "which address or incident?");
	struct subject who;
	int err = subject_parse(what, &who);
	if (err == 0) {
		take_subject(l, &who);
		return CTL_OK;
	}
	if (err == ERR_RANGE)
		return control_fail(k, CTL_USAGE,
			"'%s': bits are set behind the prefix length", what);
	if (incident_id_parse(what, &l->id) || l->id == 0)
		return control_fail(k, CTL_USAGE, "'%s' is no address, no incident, and neither uid:N nor cgroup:N", what);
	return CTL_OK;
}

static int explain(struct control_call *k, struct look *l)
{
	struct control_page p = { .around = true };
	int err = door_call(k->control->door, look_at, l);

	if (err)
		return control_fail_door(k, err);
	if (l->id && !l->has_incident && !look_in_store(k->control, l, l->id))
		return control_fail(k, CTL_NONE, "no such incident is remembered");
	if (l->has_prefix || l->has_actor) {
		p.prefix = l->prefix;
		p.actor = l->has_actor ? &l->actor : NULL;
		err = control_page_next(k->control, &p);
		if (err)
			return control_fail_door(k, err);
		follow_measure(k->control, l, &p);
	}
	if (!l->has_incident && !l->stored)
		look_in_store(k->control, l, 0);
	return send_look(k, l, &p);
}

int control_explain(struct control_call *k)
{
	struct look l = { .id = 0 };
	int code = take_question(k, &l);

	if (code == CTL_OK)
		code = explain(k, &l);
	json_decref(l.stored);
	return code;
}
