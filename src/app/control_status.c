/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * status: how the daemon is, what it has seen and done, as one object. The numbers of the
 * engine are taken in one visit, so that they fit each other.
 */
#include "app/control_verbs.h"
#include "app/version.h"
#include "base/text.h"
#include "codec/ctl_json.h"
#include "codec/json_put.h"
#include "edge/clock.h"

struct view {
	bool enforce;
	struct engine_counters counters;
	struct ledger_stats ledger;
	struct table_stats sources;
	size_t incidents, guards;
	size_t guard_kinds[GUARD_KINDS];
	bool host_shield, panic;
	struct trial trial;
	size_t wronged;
	struct baseline_stats baseline;
	uint64_t budget_used[BUDGET_KNOWN_GOOD + 1];
	uint64_t budget_limits[BUDGET_KNOWN_GOOD + 1];
	char policy[32];
	struct control_leaves leaves;
};

static void copy_budgets(struct view *v, const struct engine *e, mono_t now)
{
	const struct budget_opts *o = &engine_rules(e)->budget;

	for (int w = BUDGET_PER_MINUTE; w <= BUDGET_KNOWN_GOOD; w++) {
		v->budget_used[w] =
			budget_used(engine_budget(e), (enum budget_word)w, now);
		v->budget_limits[w] =
			budget_bound(o, (enum budget_word)w, engine_known_good(e));
	}
	/* As engine_bounds.c counts it; in detect mode these are shadows. */
	v->budget_used[BUDGET_TOTAL] = v->enforce ? v->ledger.costly : 0;
}

static void copy_view(void *ctx, struct engine *e, mono_t now)
{
	struct view *v = ctx;
	const struct guards *g = engine_guards(e);

	v->enforce = engine_enforces(e);
	v->counters = *engine_counters(e);
	ledger_stats(engine_ledger(e), &v->ledger);
	engine_source_stats(e, &v->sources);
	v->incidents = incidents_count(engine_incidents(e));
	copy_budgets(v, e, now);
	v->panic = engine_panics(e);
	v->trial = *engine_trial(e);
	v->wronged = engine_excuses(e)->n;
	baseline_stats(engine_baseline(e), &v->baseline);
	control_look_leaves(&v->leaves, e);
	v->host_shield = ledger_host(engine_ledger(e)) != NULL;
	v->guards = g->n;
	for (size_t i = 0; i < g->n; i++)
		v->guard_kinds[g->list[i].kind % GUARD_KINDS]++;
	text_copy(v->policy, sizeof(v->policy), engine_rules(e)->policy.name);
}

static void put_daemon(json_t *o, const struct control_call *k,
	const struct door_stats *d)
{
	json_t *reload = json_object();
	char room[48];

	put_text(o, "version", TIDEGATE_VERSION);
	put_text(o, "host", k->control->host);
	put_int(o, "pid", d->pid);
	put_int(o, "uptime_s", d->uptime_ns / NS_PER_S);
	put_time(o, "now", &k->stamp, k->stamp.mono);
	put_text(o, "config", d->config);
	put_bool(reload, "ok", d->reload_ok);
	wall_format(d->reload_at, room, sizeof(room));
	put_text(reload, "at", room);
	put_value(o, "reload", reload);
}

static json_t *divert_value(const struct door_stats *d)
{
	json_t *o = json_object();

	put_text(o, "mechanism", d->mechanism);
	put_text(o, "input", d->divert[HOOK_INPUT]);
	put_text(o, "forward", d->divert[HOOK_FORWARD]);
	put_text(o, "output", d->divert[HOOK_OUTPUT]);
	put_bool(o, "alive", d->alive);
	return o;
}

static json_t *queue_value(const struct door_stats *d)
{
	json_t *o = json_object();

	put_count(o, "received", d->queue.received);
	put_count(o, "dropped_kernel", d->queue.dropped_kernel);
	put_count(o, "dropped_user", d->queue.dropped_user);
	put_count(o, "enobufs", d->queue.enobufs);
	put_count(o, "stale_verdicts", d->queue.stale_verdicts);
	put_count(o, "copies", d->copies);
	put_count(o, "copies_lost", d->copies_lost);
	put_count(o, "answers", d->answers);
	put_count(o, "answers_late", d->answers_late);
	return o;
}

static json_t *nft_value(const struct door_stats *d)
{
	json_t *o = json_object();

	put_count(o, "transactions", d->nft_transactions);
	put_count(o, "errors", d->nft_errors);
	put_count(o, "repairs", d->nft_repairs);
	put_count(o, "guards", d->guards);
	return o;
}

static json_t *guards_value(const struct view *v)
{
	json_t *o = json_object();

	put_count(o, "total", v->guards);
	for (size_t i = GUARD_OWN; i < GUARD_KINDS; i++)
		if (v->guard_kinds[i])
			put_count(o, guard_kind_name((enum guard_kind)i),
				v->guard_kinds[i]);
	return o;
}

static json_t *clients_value(const struct ctl_srv *srv)
{
	struct ctl_srv_stats s;
	json_t *o = json_object();

	ctl_srv_stats(srv, &s);
	put_count(o, "now", s.clients);
	put_count(o, "subscribers", s.subscribers);
	put_count(o, "accepted", s.accepted);
	put_count(o, "turned_away", s.turned_away);
	put_count(o, "bad_lines", s.bad_lines);
	put_count(o, "lost_lines", s.lost_lines);
	return o;
}

static json_t *events_value(const struct control *c, const struct door_stats *d)
{
	struct sink_stats s = { .written = 0 };
	json_t *o = json_object();

	if (c->sink)
		sink_stats(c->sink, &s);
	put_count(o, "total", c->n_recent);
	put_count(o, "lost", d->events_lost);
	put_count(o, "written", s.written);
	put_count(o, "unwritten", s.lost);
	put_bool(o, "file_failing", s.failing);
	put_value(o, "targets", outlets_value(c->outlets));
	return o;
}

static void put_budget(json_t *o, const char *name, enum budget_word w,
	const struct view *v)
{
	json_t *b = json_object();

	put_count(b, "used", v->budget_used[w]);
	put_count(b, "limit", v->budget_limits[w]);
	put_text(b, "text", budget_word_text(w));
	put_value(o, name, b);
}

static json_t *budgets_value(const struct view *v)
{
	json_t *o = json_object();

	put_budget(o, "per_minute", BUDGET_PER_MINUTE, v);
	put_budget(o, "total", BUDGET_TOTAL, v);
	put_budget(o, "known_good", BUDGET_KNOWN_GOOD, v);
	return o;
}

#define UNENFORCED_SHOWN 5

/* Whom, and why not: only where something is missing, for it walks the ledger. */
static void put_unenforced(struct control_call *k, json_t *o)
{
	struct control_page p = { .wish = CONTROL_UNENFORCED };
	json_t *list = json_array();

	if (control_page_next(k->control, &p) == 0)
		for (size_t i = 0; i < p.n && i < UNENFORCED_SHOWN; i++)
			json_array_append_new(
				list, ctl_json_measure(&p.list[i], &k->stamp));
	put_value(o, "unenforced", list);
	put_bool(o, "unenforced_more", p.n > UNENFORCED_SHOWN);
}

static void put_safety(struct control_call *k, json_t *o, const struct view *v)
{
	double ratio = v->panic ? 0 : ledger_enforced_ratio(&v->ledger);

	put_bool(o, "panic", v->panic);
	control_put_trial(k, o, &v->trial, v->enforce);
	put_value(o, "enforced_ratio", json_real(ratio));
	if (ratio < 1 && !v->panic)
		put_unenforced(k, o);
	put_value(o, "budgets", budgets_value(v));
	put_count(o, "wronged", v->wronged);
}

static void put_engine(json_t *o, const struct view *v)
{
	put_text(o, "mode", v->enforce ? "enforce" : "detect");
	put_text(o, "policy", v->policy);
	put_bool(o, "host_shield", v->host_shield);
	put_value(o, "engine", ctl_json_counters(&v->counters));
	put_value(o, "measures", ctl_json_ledger(&v->ledger));
	put_value(o, "sources", ctl_json_sources(&v->sources));
	put_count(o, "incidents", v->incidents);
	put_value(o, "baseline", control_baseline_value(&v->baseline));
	put_value(o, "guards", guards_value(v));
}

int control_status(struct control_call *k)
{
	struct view v = { .enforce = false };
	struct door_stats d;
	int err = door_call(k->control->door, copy_view, &v);

	door_stats(k->control->door, &d);
	json_t *o = json_object();
	put_daemon(o, k, &d);
	/* A packet thread that does not answer is the very thing that status is asked
	 * for. */
	put_bool(o, "responding", err == 0);
	if (err == 0) {
		put_engine(o, &v);
		put_safety(k, o, &v);
		put_value(o, "egress", control_leaves_value(&v.leaves, &d));
	}
	put_value(o, "divert", divert_value(&d));
	put_value(o, "queue", queue_value(&d));
	put_value(o, "nft", nft_value(&d));
	put_value(o, "verdict_latency", ctl_json_histogram(&d.verdict_latency));
	put_value(o, "detect_to_enforce", ctl_json_histogram(&d.detect_to_enforce));
	put_value(o, "events", events_value(k->control, &d));
	put_value(o, "clients", clients_value(k->control->srv));
	if (k->control->view)
		put_value(o, "viewers", clients_value(k->control->view));
	put_value(o, "store", control_store_value(k->control));
	put_value(o, "evidence", control_evidence_value(k->control));
	put_value(o, "observations", control_observations_value(k->control));
	put_value(o, "observer", control_observer_value(k->control));
	put_value(o, "history", control_history_value(k->control));
	put_value(o, "feeds", control_feeds_value(k->control));
	return control_send(k, json_pack("{s:o}", "status", o));
}
