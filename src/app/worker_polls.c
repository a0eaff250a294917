/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the worker looks at by itself: which ports are served, and whom this machine lives by. */
#include <string.h>

#include "app/worker_state.h"

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
void worker_poll_listening(void *ctx, mono_t now)
{
	struct worker *w = ctx;
	struct report r = { .kind = REPORT_LISTENING };

	(void)now;
	worker_tell_rest(w);
	take_reinstalled(w);
	if (sockdiag_listening(w->sockdiag, &w->asked))
		return;
	if (!atomic_load(&w->paused) && !listen_snapshot_equal(&w->asked, &w->installed)) {
		atomic_store(&w->busy, true);
		if (!nft_set_listening(w->nft, &w->installed, &w->asked))
			remember_installed(w);
		atomic_store(&w->busy, false);
	}
	if (atomic_load(&w->listening_out))
		return; /* the last one is not read yet: a quarter of a second later then */
	w->listening = w->asked;
	atomic_store(&w->listening_out, true);
	worker_put_report(w, &r);
}

/* While the last word is not taken yet, the next one waits for it, a second at most. */
void worker_poll_guards(void *ctx, mono_t now)
{
	struct worker *w = ctx;
	struct report r = { .kind = REPORT_GUARDS };

	if (!lookout_look(w->lookout, now) || atomic_load(&w->found_out))
		return;
	lookout_take(w->lookout, &w->found);
	atomic_store(&w->found_out, true);
	worker_put_report(w, &r);
}
