/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop that everything else serves. A wake-up: receive a burst, judge it, send the verdicts; then, once, commit
 * what was decided, answer the door, and tell the kernel that we are alive. Nothing here waits, allocates or logs a
 * packet.
 */
#include "app/packets.h"

#include <stdlib.h>
#include <string.h>

#include "app/door_serve.h"
#include "app/packets_state.h"
#include "base/err.h"
#include "edge/clock.h"

#define TICK_NS (NS_PER_S / 10)
#define BURSTS_A_WAKEUP 16        /* then the other descriptors have their turn */
#define HOT 4                     /* changes that this thread commits itself: some 2 us each */
#define HOT_ROUNDS 64             /* of them at the end of one burst; the rest at the next wake-up */
#define OUTSTANDING 4096          /* errands under way: the worker's rings hold twice that */
#define ASKS_A_TICK 256           /* some 5 us each, for the worker */
#define LAST_ROUNDS 8             /* of BURSTS_A_WAKEUP bursts: more than the queues may hold */
#define FRESH_NS (10 * NS_PER_S)

/* Of a fresh drop only: what comes back after a repair or a restart has ended its flows when it was new, and each end is
 * a walk over all sockets. Where the worker has no room they are not reset, but starve behind the drop. */
static void end_flows(struct packets *p, const struct measure *m, mono_t now)
{
	struct errand e = { .kind = ERRAND_END_FLOWS, .peer = m->subject.source };

	if (m->response != RESPONSE_DROP || m->subject.kind != SUBJECT_SOURCE || m->again ||
		mono_since(now, m->since) > FRESH_NS)
		return;
	if (worker_send(p->o.worker, &e))
		worker_wake(p->o.worker);
}

static void answered(struct packets *p, const struct change *c, int result, mono_t now)
{
	if (result)
		p->stats.nft_errors++;
	else if (c->add && c->measure.trigger.ns && !c->measure.again)
		histogram_note(&p->stats.detect_to_enforce, mono_since(now, c->measure.trigger));
	engine_applied(p->o.engine, c, result, now);
	if (result || !c->add)
		return;
	end_flows(p, &c->measure, now);
	packets_first_look(p, &c->measure, now);
}

/* The machine has changed: whom its guards hold now is freed, and the kernel gets the new list. */
static void take_found(struct packets *p, mono_t now)
{
	const struct lookout_found *f = worker_found(p->o.worker);
	size_t cut = guards_set_machine(engine_guards(p->o.engine), &f->guards);

	if (cut)
		log_seldom(&p->nft_gate, now, 60 * NS_PER_S, LOG_LEVEL_WARNING,
			"%zu guards of this machine find no room beside those that were configured", cut);
	engine_guards_changed(p->o.engine, now);
	engine_set_neighbours(p->o.engine, f->subnets, f->n_subnets);
	engine_set_resolvers(p->o.engine, f->resolvers, f->n_resolvers, now);
	worker_set_guards(p->o.worker, engine_guards(p->o.engine));
	observer_set_own(p->o.observer, engine_guards(p->o.engine));
	worker_seen(p->o.worker, REPORT_GUARDS);
}

static void on_report(void *ctx, mono_t now)
{
	struct packets *p = ctx;
	struct report r;

	while (worker_report(p->o.worker, &r))
		switch (r.kind) {
		case REPORT_APPLIED:
			p->outstanding--;
			p->stats.transactions++;
			answered(p, &r.change, r.result, clock_mono());
			break;
		case REPORT_ALLOWED:
			p->outstanding--;
			p->allow_done++;
			engine_allowed(p->o.engine, &r.allow, r.result, now);
			break;
		case REPORT_GROUP:
			p->outstanding--;
			engine_bind_group(p->o.engine, r.group.path, r.group.id, now);
			break;
		case REPORT_ANSWER:
			p->outstanding--;
			engine_answer(p->o.engine, &r.answer, now);
			break;
		case REPORT_LISTENING:
			if (!listen_snapshot_equal(&p->listening, worker_listening(p->o.worker)))
				observer_set_listening(p->o.observer, worker_listening(p->o.worker));
			p->listening = *worker_listening(p->o.worker);
			engine_listening(p->o.engine, &p->listening, now);
			worker_seen(p->o.worker, r.kind);
			break;
		case REPORT_GUARDS:
			take_found(p, now);
			break;
		case REPORT_TABLE:
			packets_table_lost(p, r.who, now);
			break;
		case REPORT_GONE:
			packets_element_lost(p, &r, now);
			break;
		case REPORT_PART:
			packets_part_lost(p, &r, now);
			break;
		case REPORT_ADDED:
			packets_element_added(p, &r, now);
			break;
		case REPORT_LOOK:
			engine_looked(p->o.engine, &r.change.measure, &r.look, now);
			break;
		}
}

/* A prefix copies its whole interval set in the kernel, and what comes back comes in thousands: not here. */
static bool is_hot(const struct change *c)
{
	const struct prefix *s = &c->measure.subject.source;

	if (c->measure.again || c->measure.subject.kind == SUBJECT_ACTOR) /* allowances are ahead of it on the way */
		return false;
	if (c->measure.subject.kind != SUBJECT_SOURCE && c->measure.subject.kind != SUBJECT_DESTINATION)
		return true;
	return s->len == (s->addr.family == FAMILY_V4 ? 32 : 64);
}

static void commit_here(struct packets *p, const struct change *c, size_t n, mono_t now)
{
	int results[HOT];

	nft_apply(p->o.nft, c, n, now, results);
	p->stats.transactions++;
	now = clock_mono();
	for (size_t i = 0; i < n; i++)
		answered(p, &c[i], results[i], now);
}

/* Changes keep their order: while the worker has some of them, it gets the others too. */
static bool commit_there(struct packets *p, const struct change *c, size_t n, mono_t now)
{
	struct errand e = { .kind = ERRAND_CHANGE };

	for (size_t i = 0; i < n; i++) {
		e.change = c[i];
		if (worker_send(p->o.worker, &e))
			p->outstanding++;
		else
			engine_applied(p->o.engine, &c[i], ERR_AGAIN, now);
	}
	worker_wake(p->o.worker);
	return p->outstanding < OUTSTANDING;
}

static void commit(struct packets *p, mono_t now)
{
	struct change c[HOT];
	bool room = !p->lost && p->outstanding < OUTSTANDING && packets_send_allowances(p, now);

	for (int round = 0; room; round++) {
		bool hot = !p->outstanding && !worker_busy(p->o.worker) && !nft_busy(p->o.nft);
		size_t n = 0;

		while (n < HOT && engine_take_change(p->o.engine, &c[n]))
			hot &= is_hot(&c[n++]);
		if (!n)
			return;
		if (hot)
			commit_here(p, c, n, now);
		else
			room = commit_there(p, c, n, now);
		if (round >= HOT_ROUNDS) {
			loop_wake(p->loop);
			return;
		}
	}
}

static void on_queue(void *ctx, mono_t now)
{
	struct packets *p = ctx;

	for (int i = 0; i < BURSTS_A_WAKEUP; i++) {
		int n = nfq_receive(p->o.nfq, p->queue_burst, now);

		if (n <= 0)
			return;
		for (int k = 0; k < n; k++)
			p->inputs[k] = (struct engine_input){ .meta = p->queue_burst[k].meta,
				.bytes = p->queue_burst[k].payload };
		engine_packets(p->o.engine, p->inputs, (size_t)n, p->verdicts);
		nfq_verdicts(p->o.nfq, p->queue_burst, p->verdicts, (size_t)n);
		/* All of a burst wait for its one send. */
		histogram_note_many(&p->stats.verdict_latency, mono_since(clock_mono(), now), (uint64_t)n);
		commit(p, now);
		if (n < NFQ_BURST)
			return;
		now = clock_mono();
	}
}

void packets_on_log(void *ctx, mono_t now)
{
	struct packets *p = ctx;

	for (int i = 0; i < BURSTS_A_WAKEUP; i++) {
		int n = nflog_receive(p->o.nflog, p->log_burst, now);

		if (n <= 0)
			return;
		packets_take_copies(p, (size_t)n, now);
		if (n < NFLOG_BURST)
			return;
	}
}

static void send_asks(struct packets *p, mono_t now)
{
	struct errand e = { .kind = ERRAND_ASK };
	bool sent = false;

	for (int i = 0; i < ASKS_A_TICK && p->outstanding < OUTSTANDING &&
		engine_take_ask(p->o.engine, now, &e.ask); i++) {
		if (!worker_send(p->o.worker, &e))
			break;
		p->outstanding++;
		sent = true;
	}
	if (sent)
		worker_wake(p->o.worker);
}

/* The census before the holders, the flows before the second that they belong to. */
static void on_observed(void *ctx, mono_t now)
{
	struct packets *p = ctx;
	const struct observed *s;
	struct flow_end f;

	while (observer_flow_end(p->o.observer, &f))
		engine_flow_end(p->o.engine, &f, now);
	s = observer_second(p->o.observer);
	if (!s)
		return;
	if (s->walked)
		engine_census(p->o.engine, s->services, s->n, &s->pressure, now);
	if (s->walked && s->named)
		engine_holders(p->o.engine, s->holders, s->n_holders, now);
	if (s->served)
		engine_name_services(p->o.engine, s->names, s->n_names, now);
	engine_sample(p->o.engine, &s->sample, now);
	observer_seen(p->o.observer);
}

static void on_tick(void *ctx, mono_t now)
{
	struct packets *p = ctx;

	packets_mind_sleep(p, now);
	engine_tick(p->o.engine, now);
	if (p->o.nflog)
		packets_on_log(p, now); /* copies that a full wake-up left behind: epoll does not see them */
	send_asks(p, now);
	packets_send_looks(p, now);
	packets_tick_egress(p, now);
	observer_want_holders(p->o.observer, engine_wants_holders(p->o.engine));
}

static void after(void *ctx, mono_t now)
{
	struct packets *p = ctx;

	packets_ask_owners(p);
	commit(p, now);
	door_serve(p->door, p->o.engine, now);
	commit(p, now); /* what an administrator has just asked for is in force when he is told so */
	packets_let_answers(p, now);
	packets_stay_alive(p, now);
}

static int watch(struct packets *p)
{
	int err = loop_watch(p->loop, worker_fd(p->o.worker), on_report, p);

	if (!err)
		err = loop_watch(p->loop, observer_fd(p->o.observer), on_observed, p);
	if (!err)
		err = loop_watch(p->loop, observer_owner_fd(p->o.observer), packets_on_owner, p);
	if (!err && p->o.nfq)
		err = loop_watch(p->loop, nfq_fd(p->o.nfq), on_queue, p);
	if (!err && p->o.nflog)
		err = loop_watch(p->loop, nflog_fd(p->o.nflog), packets_on_log, p);
	if (!err && p->o.answers)
		err = loop_watch(p->loop, nfq_fd(p->o.answers), packets_on_answers, p);
	if (!err)
		err = loop_timer(p->loop, TICK_NS, on_tick, p, NULL);
	return err;
}

int packets_create(struct packets **out, const struct packets_opts *o)
{
	struct packets *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return ERR_MEMORY;
	p->o = *o;
	p->listening = *o->listening;
	p->panic = o->panic;
	p->asleep_ns = clock_asleep_ns();
	err = loop_create(&p->loop);
	if (!err) {
		loop_after(p->loop, after, p);
		err = watch(p);
	}
	if (err) {
		packets_destroy(p);
		return err;
	}
	*out = p;
	return 0;
}

void packets_destroy(struct packets *p)
{
	if (!p)
		return;
	if (p->loop)
		loop_destroy(p->loop);
	free(p);
}

bool packets_panics(const struct packets *p)
{
	return p->panic;
}

void packets_set_door(struct packets *p, struct door *d)
{
	p->door = d;
}

/* The gate is shut first, so that nobody waits in a queue that nobody reads. */
static void let_go(struct packets *p)
{
	nft_alive_end(p->o.nft);
	for (int i = 0; p->o.nfq && i < LAST_ROUNDS; i++)
		on_queue(p, clock_mono());
	packets_let_all_answers(p);
}

int packets_panic(struct packets *p, bool on, mono_t now)
{
	int err = 0;

	if (on == p->panic) {
		err = on ? nft_remove(p->o.nft) : 0; /* it may have failed before */
		return err ? err : ERR_EXISTS;
	}
	p->panic = on;
	worker_pause(p->o.worker, on);
	engine_panic(p->o.engine, on, now);
	if (on) {
		let_go(p);
		err = nft_remove(p->o.nft);
		p->stats.alive = false;
	} else {
		p->lost = true;
		p->repair_at = (mono_t){ 0 };
		packets_stay_alive(p, now);
	}
	return err;
}

void packets_run(struct packets *p)
{
	packets_stay_alive(p, clock_mono());
	if (loop_run(p->loop))
		log_die("the packet loop");
	let_go(p);
}

void packets_stop(struct packets *p)
{
	loop_stop(p->loop);
}

void packets_wake(struct packets *p)
{
	loop_wake(p->loop);
}

uint64_t packets_rounds(const struct packets *p)
{
	return loop_rounds(p->loop);
}

void packets_stats(const struct packets *p, struct packets_stats *out)
{
	*out = p->stats;
	out->kind = nft_queue_kind(p->o.nft);
	out->owned = nft_owned(p->o.nft);
	out->panic = p->panic;
	if (p->o.nfq)
		nfq_stats(p->o.nfq, &out->nfq);
	if (p->o.answers)
		nfq_stats(p->o.answers, &out->held);
	if (p->o.nflog)
		nflog_stats(p->o.nflog, &out->nflog);
}
