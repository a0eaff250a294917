/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The observer's life, and what other threads call of it. */
#include "app/observer.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "app/observer_state.h"
#include "base/err.h"
#include "edge/clock.h"

static void *aligned(size_t bytes)
{
	return aligned_alloc(64, (bytes + 63) / 64 * 64);
}

/* Its own key: what it counts under it never leaves it but as names and numbers. */
static int make_tables(struct observer *o)
{
	size_t ring = ring_bytes(OBSERVER_FLOWS, sizeof(struct flow_end));
	struct hash_key key;

	if (getrandom(&key, sizeof(key), 0) != (ssize_t)sizeof(key))
		return ERR_IO;
	o->since_memory = aligned(held_since_bytes());
	o->holders_memory = aligned(holders_bytes());
	o->flows_memory = aligned(ring);
	if (!o->since_memory || !o->holders_memory || !o->flows_memory)
		return ERR_MEMORY;
	held_since_create(&o->since, o->since_memory, &key);
	holders_create(&o->holders, o->holders_memory, &key);
	return ring_create(&o->flows, o->flows_memory, ring, OBSERVER_FLOWS, sizeof(struct flow_end));
}

static int open_edges(struct observer *o, char why[WHY_TEXT])
{
	struct process_opts p = process_opts_default();
	int err = host_counters_open(&o->counters, NULL, why);

	if (!err)
		err = sockdiag_open(&o->sockdiag, why);
	if (!err)
		err = netstat_open(&o->netstat, NULL, why);
	if (!err)
		err = process_open(&o->process, &p, why);
	return err;
}

bool observer_is_own(void *ctx, const struct addr *a)
{
	struct observer *o = ctx;
	bool found = false;

	pthread_mutex_lock(&o->lock);
	for (size_t i = 0; i < o->n_own && !found; i++)
		found = addr_equal(&o->own[i], a);
	pthread_mutex_unlock(&o->lock);
	return found;
}

/* Where they cannot be had, all the rest is observed without them. */
static void open_flows(struct observer *o)
{
	static const enum flow_teller tellers[] = { [CONF_FLOWS_SOCKETS] = TELLER_SOCKET,
		[CONF_FLOWS_CONNTRACK] = TELLER_CONNTRACK };
	struct flow_ends_opts f = { .most = o->conf.most_per_second, .is_own = observer_is_own, .ctx = o };
	char why[WHY_TEXT];

	if (o->conf.source == CONF_FLOWS_OFF)
		return;
	f.teller = tellers[o->conf.source];
	if (o->conf.accounting && flow_ends_switch_on())
		log_at(LOG_LEVEL_WARNING, "conntrack's accounting cannot be switched on");
	else if (o->conf.accounting)
		log_at(LOG_LEVEL_NOTICE, "conntrack counts bytes and times from now on (flows.accounting); it stays so after us");
	if (flow_ends_open(&o->flow_ends, &f, clock_mono(), why))
		log_at(LOG_LEVEL_WARNING, "ends of flows are not told: %s", why);
}

static int make_loop(struct observer *o)
{
	int err = loop_create(&o->loop);

	if (!err)
		err = loop_timer(o->loop, NS_PER_S, observer_look, o, NULL);
	if (!err && o->flow_ends)
		err = loop_watch(o->loop, flow_ends_fd(o->flow_ends), observer_on_flows, o);
	return err;
}

int observer_create(struct observer **out, const struct conf *conf, char why[WHY_TEXT])
{
	struct observer *o = calloc(1, sizeof(*o));
	int err;

	if (!o)
		return log_why(why, ERR_MEMORY, "no memory to observe");
	pthread_mutex_init(&o->lock, NULL);
	o->conf = conf->flows;
	o->owners_desk.asked_fd = o->owners_desk.answered_fd = -1;
	o->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = o->fd < 0 ? ERR_IO : make_tables(o);
	if (err)
		log_why(why, err, "its tables: %s", err_text(err));
	else
		err = open_edges(o, why);
	if (!err)
		err = owner_desk_create(o, why);
	if (!err) {
		open_flows(o);
		err = make_loop(o);
		if (err)
			log_why(why, err, "its loop: %s", strerror(errno));
	}
	if (err) {
		observer_destroy(o);
		return err;
	}
	*out = o;
	return 0;
}

static void *run(void *ctx)
{
	struct observer *o = ctx;

	pthread_setname_np(pthread_self(), "observer");
	if (loop_run(o->loop))
		log_die("the observer's loop");
	return NULL;
}

int observer_start(struct observer *o)
{
	if (pthread_create(&o->thread, NULL, run, o))
		return ERR_MEMORY;
	o->started = true;
	return owner_desk_start(o);
}

void observer_destroy(struct observer *o)
{
	if (!o)
		return;
	if (o->started) {
		loop_stop(o->loop);
		pthread_join(o->thread, NULL);
	}
	owner_desk_destroy(o);
	if (o->loop)
		loop_destroy(o->loop);
	if (o->flow_ends)
		flow_ends_close(o->flow_ends);
	if (o->process)
		process_close(o->process);
	if (o->netstat)
		netstat_close(o->netstat);
	if (o->sockdiag)
		sockdiag_close(o->sockdiag);
	if (o->counters)
		host_counters_close(o->counters);
	if (o->fd >= 0)
		close(o->fd);
	pthread_mutex_destroy(&o->lock);
	free(o->since_memory);
	free(o->holders_memory);
	free(o->flows_memory);
	free(o);
}

int observer_fd(const struct observer *o)
{
	return o->fd;
}

const struct observed *observer_second(struct observer *o)
{
	return atomic_load(&o->out) ? &o->second : NULL;
}

void observer_seen(struct observer *o)
{
	atomic_store(&o->out, false);
}

/* Empties the eventfd before the last look: who puts one in meanwhile rings again. */
bool observer_flow_end(struct observer *o, struct flow_end *out)
{
	uint64_t n;

	if (ring_take(o->flows, out))
		return true;
	if (read(o->fd, &n, sizeof(n)) < 0 && errno != EAGAIN)
		return false;
	return ring_take(o->flows, out);
}

void observer_set_listening(struct observer *o, const struct listen_snapshot *s)
{
	pthread_mutex_lock(&o->lock);
	o->listening = *s;
	o->listening_new = true;
	pthread_mutex_unlock(&o->lock);
}

void observer_set_own(struct observer *o, const struct guards *g)
{
	pthread_mutex_lock(&o->lock);
	o->n_own = 0;
	for (size_t i = 0; i < g->n && o->n_own < OBSERVER_OWN; i++)
		if (g->list[i].kind == GUARD_OWN)
			o->own[o->n_own++] = g->list[i].prefix.addr;
	pthread_mutex_unlock(&o->lock);
}

void observer_want_holders(struct observer *o, bool wanted)
{
	atomic_store(&o->want_holders, wanted);
}

int observer_who_serves(struct observer *o, uint8_t proto, uint16_t port, struct process_who *out)
{
	int err = ERR_ABSENT;

	pthread_mutex_lock(&o->lock);
	for (size_t i = 0; i < o->n_owners && err; i++)
		if (o->owners[i].proto == proto && o->owners[i].port == port) {
			*out = o->who[i];
			err = 0;
		}
	pthread_mutex_unlock(&o->lock);
	return err;
}

void observer_stats(struct observer *o, struct observer_stats *out)
{
	pthread_mutex_lock(&o->lock);
	*out = o->stats;
	out->flows_wanted = o->conf.source != CONF_FLOWS_OFF;
	out->flows_by_conntrack = o->conf.source == CONF_FLOWS_CONNTRACK;
	pthread_mutex_unlock(&o->lock);
	owner_desk_stats(o, out);
}
