/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The worker's errands: changes in bulk, questions about single connections, the end of live flows, and the guards.
 * Nothing here is waited for by the packet thread.
 */
#include <string.h>

#include "app/worker_state.h"
#include "base/err.h"
#include "edge/cgroup.h"
#include "edge/clock.h"

#define BATCH 512             /* changes a transaction: well under a millisecond in the kernel */
#define ALLOW_BATCH 256       /* nft_allow takes so many */
#define ERRANDS_A_WAKEUP 2048

/* One transaction for all changes that have come so far. */
static void apply(struct worker *w, const struct change *c, size_t n)
{
	int results[BATCH];
	mono_t now = clock_mono();

	if (!n)
		return;
	atomic_store(&w->busy, true);
	nft_apply(w->nft, c, n, now, results);
	atomic_store(&w->busy, false);
	for (size_t i = 0; i < n; i++) {
		struct report r = { .kind = REPORT_APPLIED, .change = c[i], .result = results[i] };

		worker_put_report(w, &r);
	}
}

static enum ask_fate fate_of(struct worker *w, const struct ask *a, bool *silent)
{
	enum ask_fate socket = FATE_UNKNOWN, tracked = FATE_UNKNOWN;

	if (a->hook == HOOK_OUTPUT) {
		conntrack_called(w->conntrack, &a->tuple, &tracked);
		return tracked;
	}
	if (a->hook == HOOK_INPUT)
		sockdiag_fate(w->sockdiag, &a->tuple, &socket);
	if (socket != FATE_HALF_OPEN) /* which says all */
		conntrack_fate(w->conntrack, &a->tuple, &tracked, silent);
	return fate_of_both(socket, tracked, silent);
}

static void ask(struct worker *w, const struct ask *a)
{
	struct report r = { .kind = REPORT_ANSWER, .answer = { .ask = *a } };

	r.answer.fate = fate_of(w, a, &r.answer.silent);
	worker_put_report(w, &r);
}

static void look_up_group(struct worker *w, const struct worker_group *g)
{
	struct report r = { .kind = REPORT_GROUP, .group = *g };

	if (!w->cgroups[0] && !cgroup_mount("", w->cgroups, sizeof(w->cgroups)))
		w->cgroups[0] = '\0';
	r.group.id = w->cgroups[0] ? cgroup_id(w->cgroups, g->path) : 0;
	worker_put_report(w, &r);
}

static void end_flows(struct worker *w, const struct prefix *peer)
{
	char text[PREFIX_TEXT];
	size_t killed = 0;
	int err = sockdiag_destroy_flows(w->sockdiag, peer, &killed);

	prefix_format(peer, text, sizeof(text));
	if (err)
		log_seldom(&w->gate, clock_mono(), 10 * NS_PER_S, LOG_LEVEL_WARNING,
			"live flows of %s could not be ended: %s; they starve behind the drop",
			text, err_text(err));
	else if (killed)
		log_at(LOG_LEVEL_INFO, "ended %zu live flows of %s", killed, text);
}

/* What waits for a transaction: of one kind at a time, so that their order stays. */
struct batch {
	struct change changes[BATCH];
	struct allow_change allowances[ALLOW_BATCH];
	size_t n, n_allow;
};

static void apply_allowances(struct worker *w, const struct allow_change *c, size_t n)
{
	struct allowance what[ALLOW_BATCH];
	bool add[ALLOW_BATCH];
	int results[ALLOW_BATCH];

	if (!n)
		return;
	for (size_t i = 0; i < n; i++) {
		what[i] = c[i].what;
		add[i] = c[i].op != ALLOW_REMOVE;
	}
	atomic_store(&w->busy, true);
	nft_allow(w->nft, what, add, n, clock_mono(), results);
	atomic_store(&w->busy, false);
	for (size_t i = 0; i < n; i++) {
		struct report r = { .kind = REPORT_ALLOWED, .allow = c[i], .result = results[i] };

		worker_put_report(w, &r);
	}
}

static void flush(struct worker *w, struct batch *b)
{
	apply(w, b->changes, b->n);
	apply_allowances(w, b->allowances, b->n_allow);
	b->n = b->n_allow = 0;
}

static void put_change(struct worker *w, struct batch *b, const struct change *c)
{
	if (b->n_allow || b->n == BATCH)
		flush(w, b);
	b->changes[b->n++] = *c;
}

static void put_allowance(struct worker *w, struct batch *b, const struct allow_change *c)
{
	if (b->n || b->n_allow == ALLOW_BATCH)
		flush(w, b);
	b->allowances[b->n_allow++] = *c;
}

static void drain(struct worker *w)
{
	struct batch b;
	struct errand e;
	size_t done = 0;

	b.n = b.n_allow = 0;
	while (done++ < ERRANDS_A_WAKEUP && ring_take(w->errands, &e))
		switch (e.kind) {
		case ERRAND_CHANGE:
			put_change(w, &b, &e.change);
			break;
		case ERRAND_ALLOW:
			put_allowance(w, &b, &e.allow);
			break;
		case ERRAND_ASK:
			ask(w, &e.ask);
			break;
		case ERRAND_LOOK:
			flush(w, &b); /* it may be among these */
			worker_look(w, &e.change.measure, clock_mono());
			break;
		case ERRAND_GROUP:
			look_up_group(w, &e.group);
			break;
		case ERRAND_END_FLOWS:
			flush(w, &b); /* block first */
			end_flows(w, &e.peer);
			break;
		}
	flush(w, &b);
	if (ring_count(w->errands))
		loop_wake(w->loop);
}

static void mirror_guards(struct worker *w)
{
	bool fresh;

	if (atomic_load(&w->paused))
		return;
	pthread_mutex_lock(&w->lock);
	fresh = w->guards_new;
	w->guards_new = false;
	if (fresh)
		w->mirrored = w->guards;
	pthread_mutex_unlock(&w->lock);
	if (!fresh)
		return;
	atomic_store(&w->busy, true);
	if (nft_set_guards(w->nft, &w->mirrored)) {
		log_seldom(&w->gate, clock_mono(), 10 * NS_PER_S, LOG_LEVEL_WARNING,
			"the guards could not be put into the kernel yet");
		pthread_mutex_lock(&w->lock);
		w->guards_new = true; /* with the next poll, a quarter of a second away */
		pthread_mutex_unlock(&w->lock);
	}
	atomic_store(&w->busy, false);
}

void worker_do_errands(struct worker *w)
{
	drain(w);
	mirror_guards(w);
}
