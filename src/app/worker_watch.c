/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The worker's eye on our table: what others do to it, as the kernel tells, and single elements that are looked up on
 * the packet thread's word. What is found goes there as reports; guards, listening ports and their like the worker
 * mirrors itself, and puts back itself.
 */
#include <stdio.h>
#include <string.h>

#include "app/worker_state.h"
#include "base/err.h"
#include "base/text.h"
#include "edge/clock.h"

#define CHECK_NS (30 * NS_PER_S)

/* Its name is the culprit's own choice. */
static void name_culprit(const struct nft_foreign *f, char *out, size_t size)
{
	struct text t = text_over(out, size);

	if (!f->pid) {
		text_add(&t, "who is not known");
		return;
	}
	text_add_escaped(&t, (struct slice){ (const uint8_t *)f->comm, strnlen(f->comm, sizeof(f->comm)) });
	text_addf(&t, ", process %u", f->pid);
}

static void report_each(struct worker *w, enum report_kind kind, const struct measure *m, size_t n,
	const char *who)
{
	struct report r = { .kind = kind };

	text_copy(r.who, sizeof(r.who), who);
	for (size_t i = 0; i < n; i++) {
		r.change.measure = m[i];
		w->untold |= !worker_spare_report(w, &r);
	}
}

/* What this thread puts back itself; but for the dead-man element, which is the packet thread's. */
static void report_part(struct worker *w, bool touched, const char *what, const char *who)
{
	struct report r = { .kind = REPORT_PART, .what = what };

	if (!touched)
		return;
	text_copy(r.who, sizeof(r.who), who);
	worker_put_report(w, &r);
}

void worker_tell_rest(struct worker *w)
{
	struct report r = { .kind = REPORT_TABLE };

	if (!w->untold)
		return;
	text_copy(r.who, sizeof(r.who), "more than could be told one by one");
	w->untold = !worker_spare_report(w, &r);
}

/* Where we cannot tell what is left, nothing is taken for granted: all of it is put back. */
void worker_on_foreign(void *ctx, mono_t now)
{
	struct worker *w = ctx;
	struct nft_foreign *f = &w->foreign;
	struct report r = { .kind = REPORT_TABLE };

	if (!nft_watch_read(w->watch, now, f) || atomic_load(&w->paused))
		return;
	name_culprit(f, r.who, sizeof(r.who));
	if (f->structure || f->overrun || f->many) {
		w->untold |= !worker_spare_report(w, &r);
		return;
	}
	report_each(w, REPORT_GONE, f->gone, f->n_gone, r.who);
	report_each(w, REPORT_ADDED, f->added, f->n_added, r.who);
	if (f->guards) {
		pthread_mutex_lock(&w->lock);
		w->guards_new = true;
		pthread_mutex_unlock(&w->lock);
	}
	report_part(w, f->guards, "guards", r.who);
	report_part(w, f->listening, "listening ports", r.who);
	report_part(w, f->allowed, "where jailed programs may go", r.who);
	report_part(w, f->alive, "the dead-man element", r.who);
	if (f->listening)
		memset(&w->installed, 0, sizeof(w->installed)); /* the next poll puts all of them in */
}

int worker_watch_table(struct worker *w, uint32_t other, bool diverts_forward, char why[WHY_TEXT])
{
	const uint32_t own[] = { nft_portid(w->nft), other };
	const struct bite_tools tools = { .nft = w->nft, .sockdiag = w->sockdiag,
		.conntrack = w->conntrack, .diverts_forward = diverts_forward };
	int err = bite_open(&w->bite, &tools, why);

	if (!err)
		err = nft_watch_open(&w->watch, why);
	if (err)
		return err;
	nft_watch_ignore(w->watch, own, sizeof(own) / sizeof(own[0]));
	return loop_watch(w->loop, nft_watch_fd(w->watch), worker_on_foreign, w);
}

/* A new measure is watched for a while, one that leaks until it holds. */
static bool worth_a_check(const struct worker *w, const struct measure *m, mono_t now)
{
	if (m->subject.kind != SUBJECT_SOURCE || mono_since(now, w->next_check) < 0)
		return false;
	return m->bite != BITE_HOLDS || mono_since(now, m->applied) < CHECK_NS;
}

/*
 * A check may walk all sockets and all that conntrack knows: a twentieth of our time is what it may cost. The look
 * for the element itself is cheap, and is never left out.
 */
void worker_look(struct worker *w, const struct measure *m, mono_t now)
{
	struct report r = { .kind = REPORT_LOOK, .change = { .measure = *m } };
	struct bite_result bite = { .bite = m->bite, .leak = m->leak };
	struct nft_found found = { .packets = 0 };
	int err = nft_look(w->nft, m, &found);

	bite.packets = found.packets;
	if (!err && worth_a_check(w, m, now)) {
		bite_check(w->bite, m, &w->mirrored, now, &bite);
		w->next_check = mono_add(now, 20 * mono_since(clock_mono(), now));
	}
	if (err == ERR_ABSENT) {
		r.kind = REPORT_GONE;
		text_copy(r.who, sizeof(r.who), "found by a look");
	} else if (err) {
		return;
	}
	r.look = (struct ledger_look){ .packets = bite.packets, .bytes = found.bytes,
		.bite = (uint8_t)bite.bite, .leak = (uint8_t)bite.leak };
	worker_spare_report(w, &r); /* the round comes by again */
}
