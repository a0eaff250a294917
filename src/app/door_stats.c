/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The numbers that come out of the door: those of the packet thread in one visit, those of the kernel beside it. */
#include <string.h>
#include <unistd.h>

#include "app/door_state.h"
#include "base/text.h"
#include "edge/clock.h"

struct stats_visit {
	struct packets *packets;
	struct packets_stats stats;
	size_t guards;
	door_fn fn; /* the caller's own look */
	void *ctx;
};

static void read_stats(void *ctx, struct engine *e, mono_t now)
{
	struct stats_visit *v = ctx;

	packets_stats(v->packets, &v->stats);
	v->guards = engine_guards(e)->n;
	if (v->fn)
		v->fn(v->ctx, e, now);
}

static void put_lanes(struct door_stats *out, const struct nfq_stats *s)
{
	for (size_t i = 0; i < s->queues && out->n_lanes < DOOR_LANES; i++)
		out->lanes[out->n_lanes++] = (struct door_lane){ .number = (uint16_t)(s->first_queue + i),
			.accepted = s->by_queue[i].accepted, .dropped = s->by_queue[i].dropped };
}

static void put_kernel_lane(struct door_stats *out, const struct nfq_queue_stats *k)
{
	for (size_t i = 0; i < out->n_lanes; i++) {
		struct door_lane *l = &out->lanes[i];

		if (l->number != k->queue)
			continue;
		l->waiting = k->waiting;
		l->full = k->queue_dropped;
		l->unread = k->user_dropped;
	}
}

/* False: they may not be read. */
static bool put_kernel(struct door_stats *out, const struct nfq *nfq)
{
	struct nfq_queue_stats kernel[NFQ_QUEUES];
	size_t n = 0;

	if (!nfq || nfq_kernel_stats(nfq, kernel, &n))
		return false;
	for (size_t i = 0; i < n; i++)
		put_kernel_lane(out, &kernel[i]);
	return true;
}

static void queue_stats(const struct door *d, const struct packets_stats *s, struct door_stats *out)
{
	out->queue.received = s->nfq.packets;
	out->queue.enobufs = s->nfq.overruns;
	out->queue.stale_verdicts = s->nfq.stale;
	out->queue_gaps = s->nfq.gaps;
	out->queue_errors = s->nfq.malformed + s->nfq.receive_errors;
	out->verdicts_refused = s->nfq.refused;
	out->verdicts_unsent = s->nfq.send_errors;
	put_lanes(out, &s->nfq);
	out->kernel_known = put_kernel(out, d->nfq);
	for (size_t i = 0; i < out->n_lanes; i++) {
		out->queue.dropped_kernel += out->lanes[i].full;
		out->queue.dropped_user += out->lanes[i].unread;
	}
	put_lanes(out, &s->held);
	put_kernel(out, d->answers);
}

void door_name_mechanism(bool owned, const struct packets_stats *s, char *out, size_t size)
{
	struct text t = text_over(out, size);

	if (s->panic) {
		text_add(&t, "panic: out of the kernel");
		return;
	}
	text_add(&t, nft_queue_kind_name(s->kind));
	if (owned)
		text_add(&t, s->owned ? ", table owned" : ", table not owned: this kernel cannot");
}

static void daemon_stats(struct door *d, struct door_stats *out)
{
	static const char *const takes[] = { "off", "copy", "queue" };
	const enum conf_take divert[HOOK_COUNT] = { d->conf.divert.input, d->conf.divert.forward,
		d->conf.divert.output };

	out->pid = getpid();
	out->start = d->start;
	out->uptime_ns = mono_since(clock_mono(), d->start);
	text_copy(out->config, sizeof(out->config), d->source.file);
	for (size_t i = 0; i < HOOK_COUNT; i++)
		text_copy(out->divert[i], sizeof(out->divert[i]), takes[divert[i]]);
	out->queue_length = d->conf.divert.queue_length;
	out->events_lost = ring_lost(d->events);
	pthread_mutex_lock(&d->conf_lock);
	text_copy(out->policy, sizeof(out->policy), d->conf.rules.policy.name);
	out->enforce_lasts = d->begun_enforcing || d->conf.enforce;
	out->reload_ok = d->reload_ok;
	out->reload_at = d->reload_at;
	pthread_mutex_unlock(&d->conf_lock);
}

int door_look(struct door *d, door_fn fn, void *ctx, struct door_stats *out)
{
	struct stats_visit v = { .packets = d->packets, .fn = fn, .ctx = ctx };
	int err;

	memset(out, 0, sizeof(*out));
	daemon_stats(d, out);
	err = door_call(d, read_stats, &v);
	if (err)
		return err; /* a packet thread that does not answer is told by 'alive' being false */
	queue_stats(d, &v.stats, out);
	out->copies = v.stats.nflog.packets;
	out->copies_lost = v.stats.nflog.lost;
	out->answers = v.stats.answers;
	out->answers_late = v.stats.answers_late;
	out->verdict_latency = v.stats.verdict_latency;
	out->detect_to_enforce = v.stats.detect_to_enforce;
	out->nft_transactions = v.stats.transactions;
	out->nft_errors = v.stats.nft_errors;
	out->nft_repairs = v.stats.repairs;
	out->guards = v.guards;
	out->alive = v.stats.alive;
	door_name_mechanism(d->conf.table_owned, &v.stats, out->mechanism, sizeof(out->mechanism));
	return 0;
}

void door_stats(struct door *d, struct door_stats *out)
{
	door_look(d, NULL, NULL, out);
}
