/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gathers the metrics: what the packet thread knows in one visit, which copies numbers and walks no table, and what the other
 * threads keep behind locks of their own that nobody holds for long. On the control thread.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/chronicle.h"
#include "app/control_verbs.h"
#include "app/observer.h"
#include "app/version.h"
#include "base/err.h"
#include "base/text.h"
#include "codec/metrics.h"
#include "edge/clock.h"

#define PIECE 12288 /* of text; in JSON at most twice as long, and the tool takes no longer strings than 16 KiB */

_Static_assert(2 * PIECE + 1024 < CTL_LINE, "a piece fits a line of the protocol");
_Static_assert(METRICS_FEEDS >= CONF_FEEDS && METRICS_QUEUES >= DOOR_LANES, "all feeds and queues are told");

/* ---- of the packet thread ---- */

static void copy_budgets(struct metrics *m, const struct engine *e, mono_t now)
{
	const struct budget_opts *o = &engine_rules(e)->budget;

	for (int w = BUDGET_PER_MINUTE; w <= BUDGET_KNOWN_GOOD; w++) {
		m->budgets[w].used = budget_used(engine_budget(e), (enum budget_word)w, now);
		m->budgets[w].limit = budget_bound(o, (enum budget_word)w, engine_known_good(e));
	}
	/* As engine_bounds.c counts it; in detect mode these are shadows. */
	m->budgets[BUDGET_TOTAL].used = m->enforce ? m->ledger.costly : 0;
}

static void copy_lists(struct metrics *m, const struct engine *e)
{
	const struct allowlists *all = &engine_rules(e)->allow;
	struct allow_shadow_sum sum;

	for (m->n_lists = 0; m->n_lists < all->n_lists; m->n_lists++) {
		struct metrics_list *l = &m->lists[m->n_lists];

		allow_shadow_sum(engine_allow_shadow(e), m->n_lists, &sum);
		text_copy(l->name, sizeof(l->name), all->lists[m->n_lists].title);
		l->refused = sum.refused;
		l->would_refuse = sum.count - sum.refused;
	}
}

static void copy_engine(void *ctx, struct engine *e, mono_t now)
{
	struct metrics *m = ctx;
	const struct guards *g = engine_guards(e);

	m->enforce = engine_enforces(e);
	m->panic = engine_panics(e);
	m->trial = engine_trial(e)->kind != TRIAL_NONE;
	m->host_shield = ledger_host(engine_ledger(e)) != NULL;
	m->counters = *engine_counters(e);
	ledger_stats(engine_ledger(e), &m->ledger);
	engine_tables(e, m->tables);
	engine_source_stats(e, &m->sources);
	baseline_stats(engine_baseline(e), &m->baseline);
	m->models = m->baseline.models;
	m->known_good = engine_known_good(e);
	m->incidents = incidents_count(engine_incidents(e));
	m->incidents_opened = incidents_opened(engine_incidents(e));
	m->floods = engine_floods(e);
	m->excuses = engine_excuses(e)->n;
	m->egress_refusals = engine_egress_refusals(e);
	for (size_t i = 0; i < g->n; i++)
		m->guards[g->list[i].kind % GUARD_KINDS]++;
	copy_budgets(m, e, now);
	copy_lists(m, e);
	m->there[METRICS_ENGINE] = true;
}

static void put_diverts(struct metrics *m, const struct door_stats *d)
{
	static const char *const takes[] = { "off", "copy", "queue" };

	for (size_t hook = 0; hook < HOOK_COUNT; hook++)
		for (size_t i = 0; i < 3; i++)
			m->diverts[hook][i] = strcmp(d->divert[hook], takes[i]) == 0;
}

static void put_queues(struct metrics *m, const struct door_stats *d)
{
	for (m->n_queues = 0; m->n_queues < d->n_lanes; m->n_queues++) {
		const struct door_lane *l = &d->lanes[m->n_queues];

		m->queues[m->n_queues] = (struct metrics_queue){ .number = l->number, .accepted = l->accepted,
			.dropped = l->dropped, .waiting = l->waiting, .full = l->full, .unread = l->unread };
	}
	m->there[METRICS_KERNEL] = d->kernel_known;
	m->queue_limit = d->queue_length;
	m->queue_overruns = d->queue.enobufs;
	m->queue_gaps = d->queue_gaps;
	m->queue_errors = d->queue_errors;
	m->verdicts_stale = d->queue.stale_verdicts;
	m->verdicts_refused = d->verdicts_refused;
	m->verdicts_unsent = d->verdicts_unsent;
}

static void put_door(struct metrics *m, const struct door_stats *d)
{
	text_copy(m->policy, sizeof(m->policy), d->policy);
	m->reload_ok = d->reload_ok;
	m->reload_ns = d->reload_at.ns;
	m->events_lost = d->events_lost;
	put_diverts(m, d);
	put_queues(m, d);
	m->alive = d->alive;
	m->copies = d->copies;
	m->copies_lost = d->copies_lost;
	m->answers = d->answers;
	m->answers_late = d->answers_late;
	m->verdict_latency = d->verdict_latency;
	m->detect_to_enforce = d->detect_to_enforce;
	m->nft_transactions = d->nft_transactions;
	m->nft_errors = d->nft_errors;
	m->nft_repairs = d->nft_repairs;
}

/* Panic takes all of it out, and all of it should be there. */
static int64_t enforced_ratio(const struct metrics *m)
{
	return m->panic ? 0 : (int64_t)(ledger_enforced_ratio(&m->ledger) * (double)NS_PER_S);
}

/* ---- of the others ---- */

/* By files and clocks, for which the daemon has the right anyhow: of its system calls there is a list. */
static void put_process(struct metrics *m)
{
	FILE *f = fopen("/proc/self/statm", "re");
	uint64_t pages;

	m->processor_ns = clock_process_ns();
	if (!f)
		return;
	m->there[METRICS_MEMORY] = fscanf(f, "%*u %" SCNu64, &pages) == 1;
	if (m->there[METRICS_MEMORY])
		m->memory_bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE);
	fclose(f);
}

static void put_told(struct metrics *m, const struct control *c)
{
	struct ctl_srv_stats s;
	struct sink_stats sink;

	ctl_srv_stats(c->srv, &s);
	m->clients = s.clients;
	m->subscribers = s.subscribers;
	m->clients_turned_away = s.turned_away;
	m->bad_lines = s.bad_lines;
	m->lines_lost = s.lost_lines;
	if (!c->sink)
		return;
	sink_stats(c->sink, &sink);
	m->there[METRICS_EVENT_FILE] = true;
	m->events_written = sink.written;
	m->events_unwritten = sink.lost;
	m->events_failing = sink.failing;
}

static void put_store(struct metrics *m, struct keeper *keeper)
{
	struct keeper_stats s;

	if (!keeper)
		return;
	keeper_stats(keeper, &s);
	m->there[METRICS_STORE] = true;
	m->store_open = s.open;
	m->store_failing = s.failing;
	m->store_bytes = s.size.bytes;
	m->store_events = s.events;
	m->store_lost = s.events_lost;
	m->store_failures = s.failures;
	m->store_trimmed = s.trimmed;
}

static void put_evidence(struct metrics *m, struct evidence *evidence)
{
	struct evidence_stats s;

	evidence_stats(evidence, &s);
	m->there[METRICS_EVIDENCE] = s.enabled;
	m->evidence_files = s.files;
	m->evidence_bytes = s.bytes;
	m->evidence_waiting = s.waiting;
	m->evidence_written = s.written;
	m->evidence_failed = s.failed;
	m->evidence_lost = s.lost;
}

static void put_observations(struct metrics *m, struct recorder *recorder)
{
	struct recorder_stats s;

	recorder_stats(recorder, &s);
	m->there[METRICS_OBSERVATIONS] = s.enabled;
	m->observations_failing = s.failing;
	m->observations_bytes = s.bytes;
	m->observations_written = s.written;
	m->observations_lost = s.lost;
	m->observations_unwritten = s.unwritten;
}

static void put_observer(struct metrics *m, struct observer *observer)
{
	struct observer_stats s;

	if (!observer)
		return;
	observer_stats(observer, &s);
	m->there[METRICS_OBSERVER] = true;
	m->samples = s.seconds;
	m->samples_missed = s.missed;
	m->samples_failed = s.errors;
	m->walks = s.walks;
	m->walks_failed = s.walk_errors;
	m->walk_ns = s.walk_ns;
	m->sockets = s.sockets;
	m->ends = s.flows;
	m->ends_lost = s.flows_lost;
	m->ends_missed = s.flows_missed;
	m->owners_asked = s.owners_asked;
	m->owners_named = s.owners_named;
	m->owners_lost = s.owners_lost;
}

static void put_history(struct metrics *m, struct chronicle *chronicle)
{
	struct chronicle_stats s;

	if (!chronicle)
		return;
	chronicle_stats(chronicle, &s);
	m->there[METRICS_HISTORY] = true;
	m->history_open = s.open;
	m->history_written = s.written;
	m->history_failed = s.failed;
	m->history_lost = s.lost;
}

static void put_textfile(struct metrics *m, struct textfile *textfile)
{
	struct textfile_stats s;

	if (!textfile)
		return;
	textfile_stats(textfile, &s);
	m->there[METRICS_TEXTFILE] = true;
	m->textfile_written = s.written;
	m->textfile_failures = s.failures;
}

static void put_feeds(struct metrics *m, struct feeds *feeds)
{
	struct feed_brief briefs[CONF_FEEDS];

	m->n_feeds = feeds ? feeds_briefs(feeds, briefs) : 0;
	for (size_t i = 0; i < m->n_feeds; i++) {
		struct metrics_feed *f = &m->feeds[i];

		text_copy(f->name, sizeof(f->name), briefs[i].name);
		f->entries = briefs[i].entries;
		f->failing = briefs[i].failing;
		f->accepted = briefs[i].accepted;
	}
}

void control_gather(const struct control *c, struct metrics *m)
{
	struct door_stats d;
	struct stamp s;

	memset(m, 0, sizeof(*m));
	m->responding = door_look(c->door, copy_engine, m, &d) == 0;
	s = control_stamp(c);
	m->at_ns = s.wall.ns;
	m->started_ns = s.wall.ns - mono_since(s.mono, d.start); /* the same each time */
	text_copy(m->version, sizeof(m->version), TIDEGATE_VERSION);
	put_door(m, &d);
	m->enforced_ratio = enforced_ratio(m);
	put_process(m);
	put_told(m, c);
	put_store(m, c->keeper);
	put_evidence(m, c->evidence);
	put_observations(m, c->recorder);
	put_observer(m, c->observer);
	put_history(m, c->chronicle);
	put_textfile(m, c->textfile);
	put_feeds(m, c->feeds);
}

int control_metrics_text(const struct control *c, char **out, size_t *len)
{
	struct metrics *m = malloc(sizeof(*m));
	char *text = malloc(METRICS_TEXT);
	int err = m && text ? 0 : ERR_MEMORY;

	if (!err) {
		control_gather(c, m);
		err = metrics_write(m, text, METRICS_TEXT, len);
	}
	free(m);
	if (err)
		free(text);
	else
		*out = text;
	return err;
}

/* The first time comes soon, the others with the interval. */
static void begin_interval(struct control *c)
{
	if (c->textfile_begun)
		return;
	c->textfile_begun = true;
	loop_timer_stop(c->loop, c->textfile_timer);
	if (loop_timer(c->loop, c->textfile_ns, control_write_metrics, c, NULL))
		log_at(LOG_LEVEL_ERROR, "metrics: no timer; their file is not written again");
}

void control_write_metrics(void *ctx, mono_t now)
{
	struct control *c = ctx;
	size_t len;
	char *text;

	(void)now;
	begin_interval(c);
	if (control_metrics_text(c, &text, &len) == 0)
		textfile_give(c->textfile, text, len);
}

int control_metrics(struct control_call *k)
{
	char *text;
	size_t len, n;
	int code = CTL_OK, err = control_metrics_text(k->control, &text, &len);

	if (err)
		return control_fail(k, CTL_INTERNAL, "metrics: %s", err_text(err));
	for (size_t at = 0; at < len && !code; at += n) {
		n = metrics_piece(text + at, len - at, PIECE);
		code = control_send(k, json_pack("{s:s%}", "metrics", text + at, n));
	}
	free(text);
	return code;
}
