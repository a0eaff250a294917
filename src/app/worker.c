/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The worker's life, and what other threads call of it. Nothing that it does is waited for by the packet thread, so it
 * may block in the kernel for milliseconds.
 */
#include "app/worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "app/worker_state.h"
#include "base/err.h"

#define LISTEN_PERIOD (NS_PER_S / 4)   /* a dump costs some 50 us */

static void after(void *ctx, mono_t now)
{
	(void)now;
	worker_do_errands(ctx);
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

static int open_sockets(struct worker *w, struct nft *share, char why[WHY_TEXT])
{
	int err = share ? nft_open_beside(share, &w->nft) : nft_open(&w->nft);

	if (err)
		return log_why(why, err, "the worker's nftables socket: %s", err_text(err));
	err = sockdiag_open(&w->sockdiag, why);
	if (!err)
		err = conntrack_open(&w->conntrack, why);
	return err;
}

static int make_loop(struct worker *w)
{
	int err = loop_create(&w->loop);

	if (err)
		return err;
	loop_after(w->loop, after, w);
	return loop_timer(w->loop, LISTEN_PERIOD, worker_poll_listening, w, NULL);
}

int worker_create(struct worker **out, struct nft *share, const struct listen_snapshot *first, char *why,
	size_t why_size)
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
		err = open_sockets(w, share, reason);
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

	pthread_setname_np(pthread_self(), "worker");
	if (loop_run(w->loop))
		log_die("the worker's loop");
	return NULL;
}

int worker_watch(struct worker *w, struct lookout *l)
{
	int err = loop_watch(w->loop, lookout_fd(l), worker_poll_guards, w);

	w->lookout = l;
	if (err)
		return err;
	return loop_timer(w->loop, LOOKOUT_PERIOD, worker_poll_guards, w, NULL);
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
	nft_watch_close(w->watch);
	bite_close(w->bite);
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

const struct lookout_found *worker_found(struct worker *w)
{
	return &w->found;
}

void worker_seen(struct worker *w, enum report_kind kind)
{
	if (kind == REPORT_LISTENING)
		atomic_store(&w->listening_out, false);
	else if (kind == REPORT_GUARDS)
		atomic_store(&w->found_out, false);
}

bool worker_busy(const struct worker *w)
{
	return atomic_load(&w->busy);
}

uint64_t worker_rounds(const struct worker *w)
{
	return loop_rounds(w->loop);
}

void worker_configure_guards(struct worker *w, const struct conf_guards *g)
{
	lookout_configure(w->lookout, g);
}

void worker_set_guards(struct worker *w, const struct guards *g)
{
	pthread_mutex_lock(&w->lock);
	w->guards = *g;
	w->guards_new = true;
	pthread_mutex_unlock(&w->lock);
	loop_wake(w->loop);
}

void worker_pause(struct worker *w, bool pause)
{
	atomic_store(&w->paused, pause);
}

void worker_reinstalled(struct worker *w, const struct listen_snapshot *ports)
{
	pthread_mutex_lock(&w->lock);
	w->reinstalled = *ports;
	w->reinstalled_new = true;
	pthread_mutex_unlock(&w->lock);
}
