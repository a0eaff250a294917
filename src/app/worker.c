/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The worker thread. Nothing here is waited for by the packet thread, so it may block in the kernel for milliseconds.
 */
#include "app/worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/err.h"
#include "base/ring.h"
#include "edge/clock.h"
#include "edge/conntrack.h"
#include "edge/log.h"
#include "edge/loop.h"
#include "edge/netstat.h"
#include "edge/nft.h"
#include "edge/sockdiag.h"

#define RING_SLOTS 8192
#define BATCH 512                      /* changes a transaction: well under a millisecond in the kernel */
#define ERRANDS_A_WAKEUP 2048
#define LISTEN_PERIOD (NS_PER_S / 4)   /* a dump costs some 50 us */
#define CENSUS_PERIOD NS_PER_S

struct worker {
	struct loop *loop;
	struct nft *nft;
	struct sockdiag *sockdiag;
	struct conntrack *conntrack;
	struct netstat *netstat;
	struct ring *errands, *reports;
	void *errands_memory, *reports_memory;
	int report_fd;
	pthread_t thread;
	bool started;
	atomic_bool busy, half_open;

	/* Handed to the packet thread while 'out' is set. */
	struct listen_snapshot listening;
	struct census census;
	atomic_bool listening_out, census_out;
	struct listen_snapshot installed; /* what the kernel's set holds */
	struct listen_snapshot asked;

	pthread_mutex_t lock; /* what others hand over: held for a copy only */
	struct guards guards;
	bool guards_new;
	struct listen_snapshot reinstalled;
	bool reinstalled_new;
	struct log_gate gate;
};

static void report(struct worker *w, const struct report *r)
{
	uint64_t one = 1;

	if (!ring_put(w->reports, r)) {
		log_seldom(&w->gate, clock_mono(), 10 * NS_PER_S, LOG_LEVEL_WARNING,
			"the packet thread does not take its reports; one is lost");
		return;
	}
	if (write(w->report_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		log_at(LOG_LEVEL_ERROR, "eventfd: %s", strerror(errno));
}

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

		report(w, &r);
	}
}

/* The socket knows best; conntrack remembers those that are closed already. */
static void ask(struct worker *w, const struct ask *a)
{
	struct report r = { .kind = REPORT_ANSWER, .answer = { .ask = *a } };
	enum ask_fate fate = FATE_UNKNOWN;

	if (a->hook == HOOK_INPUT)
		sockdiag_fate(w->sockdiag, &a->tuple, &fate);
	if (fate == FATE_UNKNOWN || fate == FATE_GONE)
		conntrack_fate(w->conntrack, &a->tuple, &fate);
	r.answer.fate = fate;
	report(w, &r);
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

static void do_errands(void *ctx, mono_t now)
{
	struct worker *w = ctx;
	struct change changes[BATCH];
	struct errand e;
	size_t n = 0, done = 0;

	(void)now;
	while (done++ < ERRANDS_A_WAKEUP && ring_take(w->errands, &e))
		switch (e.kind) {
		case ERRAND_CHANGE:
			changes[n++] = e.change;
			if (n < BATCH)
				break;
			apply(w, changes, n);
			n = 0;
			break;
		case ERRAND_ASK:
			ask(w, &e.ask);
			break;
		case ERRAND_END_FLOWS:
			apply(w, changes, n); /* block first */
			n = 0;
			end_flows(w, &e.peer);
			break;
		}
	apply(w, changes, n);
	if (ring_count(w->errands))
		loop_wake(w->loop);
}

static void mirror_guards(struct worker *w)
{
	struct guards copy;
	bool fresh;

	pthread_mutex_lock(&w->lock);
	fresh = w->guards_new;
	w->guards_new = false;
	copy = w->guards;
	pthread_mutex_unlock(&w->lock);
	if (!fresh)
		return;
	atomic_store(&w->busy, true);
	if (nft_set_guards(w->nft, &copy)) {
		log_seldom(&w->gate, clock_mono(), 10 * NS_PER_S, LOG_LEVEL_WARNING,
			"the guards could not be put into the kernel yet");
		pthread_mutex_lock(&w->lock);
		w->guards_new = true; /* with the next poll, a quarter of a second away */
		pthread_mutex_unlock(&w->lock);
	}
	atomic_store(&w->busy, false);
}

static void after(void *ctx, mono_t now)
{
	do_errands(ctx, now);
	mirror_guards(ctx);
}

/* A protocol that could not be asked about keeps the ports that the kernel's set still holds of it. */
static void remember_installed(struct worker *w)
{
	for (size_t p = 0; p < LISTEN_PROTOS; p++)
		if (w->asked.known[p]) {
			memcpy(w->installed.ports[p], w->asked.ports[p], sizeof(w->asked.ports[p]));
			w->installed.known[p] = true;
		}
}

/* The table was put back with what the packet thread knew, which may be older than what we put in. */
static void take_reinstalled(struct worker *w)
{
	pthread_mutex_lock(&w->lock);
	if (w->reinstalled_new)
		w->installed = w->reinstalled;
	w->reinstalled_new = false;
	pthread_mutex_unlock(&w->lock);
}

/* A port that is served now must leave the shields' reach before anybody is judged by the old set. */
static void poll_listening(void *ctx, mono_t now)
{
	struct worker *w = ctx;
	struct report r = { .kind = REPORT_LISTENING };

	(void)now;
	take_reinstalled(w);
	if (sockdiag_listening(w->sockdiag, &w->asked))
		return;
	if (!listen_snapshot_equal(&w->asked, &w->installed)) {
		atomic_store(&w->busy, true);
		if (!nft_set_listening(w->nft, &w->installed, &w->asked))
			remember_installed(w);
		atomic_store(&w->busy, false);
	}
	if (atomic_load(&w->listening_out))
		return; /* the last one is not read yet: a quarter of a second later then */
	w->listening = w->asked;
	atomic_store(&w->listening_out, true);
	report(w, &r);
}

static void poll_census(void *ctx, mono_t now)
{
	struct worker *w = ctx;
	struct report r = { .kind = REPORT_CENSUS };

	(void)now;
	if (atomic_load(&w->census_out))
		return;
	w->census.n = 0;
	w->census.pressure = (struct pressure){ 0 };
	sockdiag_census(w->sockdiag, atomic_load(&w->half_open), w->census.services,
		FLOOD_SERVICES, &w->census.n);
	netstat_pressure(w->netstat, &w->census.pressure);
	atomic_store(&w->census_out, true);
	report(w, &r);
}

static int make_rings(struct worker *w)
{
	size_t e = ring_bytes(RING_SLOTS, sizeof(struct errand));
	size_t r = ring_bytes(RING_SLOTS, sizeof(struct report));

	w->errands_memory = aligned_alloc(64, (e + 63) / 64 * 64);
	w->reports_memory = aligned_alloc(64, (r + 63) / 64 * 64);
	if (!w->errands_memory || !w->reports_memory)
		return ERR_MEMORY;
	if (ring_create(&w->errands, w->errands_memory, e, RING_SLOTS, sizeof(struct errand)))
		return ERR_MEMORY;
	return ring_create(&w->reports, w->reports_memory, r, RING_SLOTS, sizeof(struct report));
}

static int open_sockets(struct worker *w, char why[WHY_TEXT])
{
	int err = nft_open(&w->nft);

	if (err)
		return log_why(why, err, "the worker's nftables socket: %s", err_text(err));
	err = sockdiag_open(&w->sockdiag, why);
	if (!err)
		err = conntrack_open(&w->conntrack, why);
	if (!err)
		err = netstat_open(&w->netstat, NULL, why);
	return err;
}

static int make_loop(struct worker *w)
{
	int err = loop_create(&w->loop);

	if (err)
		return err;
	loop_after(w->loop, after, w);
	err = loop_timer(w->loop, LISTEN_PERIOD, poll_listening, w, NULL);
	if (err)
		return err;
	return loop_timer(w->loop, CENSUS_PERIOD, poll_census, w, NULL);
}

int worker_create(struct worker **out, const struct listen_snapshot *first, char *why, size_t why_size)
{
	struct worker *w = calloc(1, sizeof(*w));
	char reason[WHY_TEXT] = "no memory";
	int err = ERR_MEMORY;

	if (!w)
		return ERR_MEMORY;
	pthread_mutex_init(&w->lock, NULL);
	w->installed = *first;
	w->report_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->report_fd >= 0)
		err = make_rings(w);
	if (!err)
		err = open_sockets(w, reason);
	if (!err && make_loop(w))
		err = log_why(reason, ERR_IO, "its loop: %s", strerror(errno));
	if (err) {
		snprintf(why, why_size, "%s", reason);
		worker_destroy(w);
		return err;
	}
	*out = w;
	return 0;
}

static void *run(void *ctx)
{
	struct worker *w = ctx;

	loop_run(w->loop);
	return NULL;
}

int worker_start(struct worker *w)
{
	if (pthread_create(&w->thread, NULL, run, w))
		return ERR_MEMORY;
	w->started = true;
	return 0;
}

void worker_destroy(struct worker *w)
{
	if (!w)
		return;
	if (w->started) {
		loop_stop(w->loop);
		pthread_join(w->thread, NULL);
	}
	if (w->loop)
		loop_destroy(w->loop);
	if (w->netstat)
		netstat_close(w->netstat);
	if (w->conntrack)
		conntrack_close(w->conntrack);
	if (w->sockdiag)
		sockdiag_close(w->sockdiag);
	if (w->nft)
		nft_close(w->nft);
	if (w->report_fd >= 0)
		close(w->report_fd);
	pthread_mutex_destroy(&w->lock);
	free(w->errands_memory);
	free(w->reports_memory);
	free(w);
}

bool worker_send(struct worker *w, const struct errand *e)
{
	return ring_put(w->errands, e);
}

void worker_wake(struct worker *w)
{
	loop_wake(w->loop);
}

int worker_fd(const struct worker *w)
{
	return w->report_fd;
}

bool worker_report(struct worker *w, struct report *out)
{
	uint64_t n;

	if (ring_take(w->reports, out))
		return true;
	/* Empty the eventfd, then look once more: a report may have come in between. */
	if (read(w->report_fd, &n, sizeof(n)) < 0 && errno != EAGAIN)
		return false;
	return ring_take(w->reports, out);
}

const struct listen_snapshot *worker_listening(struct worker *w)
{
	return &w->listening;
}

const struct census *worker_census(struct worker *w)
{
	return &w->census;
}

void worker_seen(struct worker *w, enum report_kind kind)
{
	if (kind == REPORT_LISTENING)
		atomic_store(&w->listening_out, false);
	else if (kind == REPORT_CENSUS)
		atomic_store(&w->census_out, false);
}

bool worker_busy(const struct worker *w)
{
	return atomic_load(&w->busy);
}

void worker_want_census(struct worker *w, bool half_open)
{
	atomic_store(&w->half_open, half_open);
}

void worker_set_guards(struct worker *w, const struct guards *g)
{
	pthread_mutex_lock(&w->lock);
	w->guards = *g;
	w->guards_new = true;
	pthread_mutex_unlock(&w->lock);
	loop_wake(w->loop);
}

void worker_reinstalled(struct worker *w, const struct listen_snapshot *ports)
{
	pthread_mutex_lock(&w->lock);
	w->reinstalled = *ports;
	w->reinstalled_new = true;
	pthread_mutex_unlock(&w->lock);
}
