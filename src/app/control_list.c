/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists, a page a request: the client asks again from where the last page ended, so that
 * nobody keeps a cursor for it and no answer grows with the ledger.
 */
#include <string.h>

#include "app/control_verbs.h"
#include "base/err.h"
#include "codec/ctl_json.h"
#include "codec/json_put.h"

/* Remembered subjects that one visit looks at: some 50 us of the packet thread. */
#define VISITS 1024

#define INCIDENT_SLICE 16 /* an incident is some 2 KiB */

bool measure_blocks(const struct measure *m)
{
	bool stops = m->response == RESPONSE_SHIELD || m->response == RESPONSE_REFUSE ||
		m->response == RESPONSE_DROP;
	bool real = m->state == MEASURE_WANTED || m->state == MEASURE_SENT ||
		m->state == MEASURE_APPLIED || m->state == MEASURE_COVERED;

	return stops && real;
}

static bool is_wished(enum control_wish wish, const struct measure *m)
{
	enum response r = m->response;

	switch (wish) {
	case CONTROL_MEASURES:
		return true;
	case CONTROL_BLOCKS:
		return r == RESPONSE_SHIELD || r == RESPONSE_REFUSE || r == RESPONSE_DROP ||
			r == RESPONSE_EGRESS_REFUSE || r == RESPONSE_EGRESS_ALLOWLIST;
	case CONTROL_LIMITS:
		return response_has_rate(r);
	case CONTROL_UNENFORCED:
		return m->state == MEASURE_WANTED || m->state == MEASURE_SENT ||
			m->state == MEASURE_REFUSED;
	}
	return false;
}

static bool is_around(const struct measure *m, const struct prefix *p)
{
	const struct prefix *its = &m->subject.source;
	bool placed = m->subject.kind == SUBJECT_SOURCE || m->subject.kind == SUBJECT_DESTINATION;

	return placed && (prefix_covers(its, p) || prefix_covers(p, its));
}

static bool is_about(const struct control_page *p, const struct measure *m)
{
	if (p->actor)
		return m->subject.kind == SUBJECT_ACTOR && actor_equal(&m->subject.actor, p->actor);
	return !p->around || is_around(m, &p->prefix);
}

static void copy_page(void *ctx, struct engine *e, mono_t now)
{
	struct control_page *p = ctx;

	(void)now;
	p->panic = engine_panics(e);
	for (int visits = 0; visits < VISITS && p->n < DOOR_SLICE; visits++) {
		const struct measure *m = ledger_next(engine_ledger(e), &p->at);
		if (!m) {
			p->end = true;
			return;
		}
		if (m->state == MEASURE_FREE || !is_wished(p->wish, m))
			continue;
		if (is_about(p, m))
			p->list[p->n++] = *m;
	}
}

int control_page_next(struct control *c, struct control_page *p)
{
	p->n = 0;
	while (!p->end && p->n < DOOR_SLICE) {
		int err = door_call(c->door, copy_page, p);
		if (err)
			return err;
	}
	return 0;
}

static int send_next(struct control_call *k, bool end, size_t at)
{
	if (end)
		return CTL_OK;
	return control_send(k, json_pack("{s:I}", "next", (json_int_t)at));
}

static int list_measures(struct control_call *k, enum control_wish wish, size_t from)
{
	struct control_page p = { .wish = wish, .at = from };
	int err = control_page_next(k->control, &p);
	int code = CTL_OK;

	if (err)
		return control_fail_door(k, err);
	for (size_t i = 0; i < p.n && code == CTL_OK; i++) {
		json_t *o = ctl_json_measure(&p.list[i], &k->stamp);
		if (p.panic)
			put_bool(o, "panic", true);
		code = control_send(k, o);
	}
	return code ? code : send_next(k, p.end, p.at);
}

struct guard_page {
	bool allowed; /* only those of `allow add` */
	size_t at;
	bool end;
	size_t n;
	struct guard list[DOOR_SLICE];
};

static void copy_guards(void *ctx, struct engine *e, mono_t now)
{
	struct guard_page *p = ctx;
	const struct guards *g = engine_guards(e);

	(void)now;
	for (; p->at < g->n && p->n < DOOR_SLICE; p->at++)
		if (!p->allowed || g->list[p->at].kind == GUARD_ALLOWED)
			p->list[p->n++] = g->list[p->at];
	p->end = p->at >= g->n;
}

static int list_guards(struct control_call *k, bool allowed, size_t from)
{
	struct guard_page p = { .allowed = allowed, .at = from };
	int err = door_call(k->control->door, copy_guards, &p);
	int code = CTL_OK;

	if (err)
		return control_fail_door(k, err);
	for (size_t i = 0; i < p.n && code == CTL_OK; i++)
		code = control_send(k, ctl_json_guard(&p.list[i]));
	return code ? code : send_next(k, p.end, p.at);
}

struct excuse_page {
	size_t at;
	bool end;
	size_t n;
	struct excuse list[DOOR_SLICE];
};

static void copy_excuses(void *ctx, struct engine *e, mono_t now)
{
	struct excuse_page *p = ctx;
	const struct excuses *x = engine_excuses(e);

	(void)now;
	for (; p->at < x->n && p->n < DOOR_SLICE; p->at++)
		p->list[p->n++] = x->list[p->at];
	p->end = p->at >= x->n;
}

static int list_excuses(struct control_call *k, size_t from)
{
	struct excuse_page p = { .at = from };
	int err = door_call(k->control->door, copy_excuses, &p);
	int code = CTL_OK;

	if (err)
		return control_fail_door(k, err);
	for (size_t i = 0; i < p.n && code == CTL_OK; i++)
		code = control_send(k, ctl_json_excuse(&p.list[i], &k->stamp));
	return code ? code : send_next(k, p.end, p.at);
}

struct incident_page {
	size_t at;
	bool end;
	size_t n;
	struct incident list[INCIDENT_SLICE];
};

static void copy_incidents(void *ctx, struct engine *e, mono_t now)
{
	struct incident_page *p = ctx;

	(void)now;
	while (p->n < INCIDENT_SLICE) {
		const struct incident *i = incidents_next(engine_incidents(e), &p->at);
		if (!i) {
			p->end = true;
			return;
		}
		p->list[p->n++] = *i;
	}
}

static int list_incidents(struct control_call *k, size_t from)
{
	struct incident_page p = { .at = from };
	int err = door_call(k->control->door, copy_incidents, &p);
	int code = CTL_OK;

	if (err)
		return control_fail_door(k, err);
	for (size_t i = 0; i < p.n && code == CTL_OK; i++)
		code = control_send(k, ctl_json_incident_brief(&p.list[i], &k->stamp));
	return code ? code : send_next(k, p.end, p.at);
}

int control_list(struct control_call *k)
{
	const char *what = ctl_request_text(k->request, "what");
	int64_t number = ctl_request_number(k->request, "from", 0);
	size_t from = number > 0 ? (size_t)number : 0;

	if (!what || strcmp(what, "all") == 0)
		return list_measures(k, CONTROL_MEASURES, from);
	if (strcmp(what, "blocks") == 0)
		return list_measures(k, CONTROL_BLOCKS, from);
	if (strcmp(what, "limits") == 0)
		return list_measures(k, CONTROL_LIMITS, from);
	if (strcmp(what, "unenforced") == 0)
		return list_measures(k, CONTROL_UNENFORCED, from);
	if (strcmp(what, "excuses") == 0 || strcmp(what, "wronged") == 0)
		return list_excuses(k, from);
	if (strcmp(what, "guards") == 0)
		return list_guards(k, false, from);
	if (strcmp(what, "allow") == 0)
		return list_guards(k, true, from);
	if (strcmp(what, "incidents") == 0)
		return list_incidents(k, from);
	return control_fail(k, CTL_USAGE, "there is no list of that name");
}

/* The first page suffices: one measure that blocks decides, and few overlap with one
 * source. */
int control_check_ip(struct control_call *k)
{
	struct control_page p = { .wish = CONTROL_BLOCKS, .around = true };
	int code = control_prefix(k, "address", &p.prefix);

	if (code)
		return code;
	int err = control_page_next(k->control, &p);
	if (err)
		return control_fail_door(k, err);
	if (p.panic)
		return control_fail(k, CTL_NONE, "panic: nobody is blocked");
	for (size_t i = 0; i < p.n; i++) {
		/* Of a prefix that was asked for, all must be blocked. */
		const struct measure *m = &p.list[i];
		if (measure_blocks(m) && prefix_covers(&m->subject.source, &p.prefix))
			return control_send(k, ctl_json_measure(m, &k->stamp));
	}
	return CTL_NONE;
}
