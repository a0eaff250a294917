/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the observer does by itself: a second's look at the host, and the flows that end. */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/observer_state.h"
#include "base/err.h"
#include "base/text.h"
#include "edge/clock.h"

#define FLOW_ROUNDS 16 /* of a batch, at one wake-up */
#define SENT_PERIOD (10 * NS_PER_S) /* the walk is dearer with bytes */
#define OWNERS_PERIOD (10 * NS_PER_S) /* two more dumps, and names */

static void ring_bell(struct observer *o)
{
	const uint64_t one = 1;

	if (write(o->fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		log_die("the observer's bell");
}

/* localtime_r alone reads where we are once and never again; who moves a host does not start us anew for it. */
static int32_t utc_offset(wall_t wall)
{
	time_t s = wall.ns / NS_PER_S;
	struct tm local;

	tzset();
	return localtime_r(&s, &local) ? (int32_t)local.tm_gmtoff : 0;
}

/* ---- the walk ---- */

static void put_name(struct observed *s, const struct service_owner *owner, const struct process_who *who)
{
	struct service_name *name = &s->names[s->n_names];
	char line[PROCESS_LINE];

	if (s->n_names == SERVICE_NAMES)
		return;
	process_text_line(who, line, sizeof(line));
	*name = (struct service_name){ .proto = owner->proto, .port = owner->port };
	text_copy(name->who, sizeof(name->who), line);
	s->n_names++;
}

/* Names are asked for after the walk, and outside of the lock: they may take milliseconds. */
static void take_owners(struct observer *o, struct observed *s, size_t n, mono_t now)
{
	const struct service_owner *list = o->walked;

	s->served = true;
	for (size_t i = 0; i < n; i++) {
		process_who(o->process, &list[i].owner, now, &o->named[i]);
		if (o->flow_ends && list[i].proto == PROTO_TCP)
			flow_ends_note_service(o->flow_ends, list[i].port, list[i].owner.uid);
		put_name(s, &list[i], &o->named[i]);
	}
	o->owners_at = now;
	pthread_mutex_lock(&o->lock);
	memcpy(o->owners, list, n * sizeof(list[0]));
	memcpy(o->who, o->named, n * sizeof(o->named[0]));
	o->n_owners = n;
	pthread_mutex_unlock(&o->lock);
}

static void note_walk(struct observer *o, const struct socket_walk *w, int err, int64_t next_ns)
{
	pthread_mutex_lock(&o->lock);
	o->stats.walks++;
	o->stats.walk_errors += err && err != ERR_FULL;
	o->stats.walk_ns = w->spent_ns;
	o->stats.walk_period_ns = next_ns;
	o->stats.sockets = w->sockets;
	o->stats.untold_holders = holders_untold(o->holders);
	pthread_mutex_unlock(&o->lock);
}

static bool stays_here(struct observer *o, const struct tuple *t)
{
	return addr_equal(&t->src, &t->dst) || observer_is_own(o, &t->dst);
}

/* Living flows that have sent much since they were told of last: a single long upload is not known at its end alone. */
static void tell_sent(struct observer *o, const struct socket_walk *w)
{
	for (size_t i = 0; i < w->n_sent; i++)
		if (!stays_here(o, &w->sent[i].tuple))
			ring_put(o->flows, &w->sent[i]); /* the second's bell rings for it */
}

static void walk(struct observer *o, struct observed *s, mono_t now)
{
	bool sent = o->conf.source != CONF_FLOWS_OFF && mono_since(now, o->sent_at) >= SENT_PERIOD;
	bool named = atomic_load(&o->want_holders), owned = mono_since(now, o->owners_at) >= OWNERS_PERIOD;
	struct socket_walk w = { .services = s->services, .max_services = FLOOD_SERVICES, .owners = owned ? o->walked : NULL,
		.max_owners = OBSERVER_OWNERS, .since = o->since, .holders = named ? o->holders : NULL,
		.uploads = sent ? &o->uploads : NULL, .sent = o->sent };
	int err = sockdiag_walk(o->sockdiag, &w, now);
	int64_t next = walk_pace_next(&o->pace, w.spent_ns);

	o->next_walk = mono_add(now, next - NS_PER_S / 2); /* the timer may be early */
	note_walk(o, &w, err, next);
	if (err && err != ERR_FULL) {
		log_seldom(&o->gate, now, 60 * NS_PER_S, LOG_LEVEL_WARNING, "the sockets could not be read: %s", err_text(err));
		return;
	}
	s->walked = true;
	if (sent)
		o->sent_at = now;
	tell_sent(o, &w);
	s->n = w.n_services;
	memcpy(o->states, w.states, sizeof(o->states));
	o->states_at = now;
	s->named = named;
	s->n_holders = named ? holders_end(o->holders, s->holders, HOLDERS_SERVICES) : 0;
	netstat_pressure(o->netstat, &s->pressure);
	if (owned)
		take_owners(o, s, w.n_owners, now);
}

/* ---- the second ---- */

/* Who serves a new port is asked at once. */
static void take_listening(struct observer *o)
{
	pthread_mutex_lock(&o->lock);
	if (o->listening_new && o->flow_ends)
		flow_ends_note_serves(o->flow_ends, &o->listening);
	if (o->listening_new)
		o->owners_at = (mono_t){ 0 };
	o->listening_new = false;
	pthread_mutex_unlock(&o->lock);
}

/* Whether all ends since the sample before were told. */
static bool flows_known(struct observer *o)
{
	struct flow_ends_stats f;
	uint64_t lost;
	bool known;

	if (!o->flow_ends)
		return false;
	flow_ends_stats(o->flow_ends, &f);
	lost = f.lost + ring_lost(o->flows);
	known = lost == o->lost_before && !f.paused;
	o->lost_before = lost;
	pthread_mutex_lock(&o->lock);
	o->stats.flows_open = true;
	o->stats.flows_paused = f.paused;
	o->stats.flows_missed = f.missed;
	o->stats.flows_lost = lost;
	pthread_mutex_unlock(&o->lock);
	return known;
}

static void fill_sample(struct observer *o, struct host_sample *s, mono_t now)
{
	host_counters_read(o->counters, s);
	s->wall = clock_wall();
	s->utc_offset_s = utc_offset(s->wall);
	if (flows_known(o))
		s->known |= KNOWN_FLOWS;
	if (!o->states_at.ns)
		return;
	s->known |= KNOWN_STATES;
	memcpy(s->states, o->states, sizeof(s->states));
	s->states_age_ms = (uint32_t)(mono_since(now, o->states_at) / NS_PER_MS);
}

static void count_second(struct observer *o, bool missed)
{
	struct host_counters_stats c;

	host_counters_stats(o->counters, &c);
	pthread_mutex_lock(&o->lock);
	o->stats.seconds++;
	o->stats.missed += missed;
	o->stats.errors = c.errors + c.malformed;
	pthread_mutex_unlock(&o->lock);
}

/* While the packet thread still has the second before, this one is missed: counters lose nothing by it. */
void observer_look(void *ctx, mono_t now)
{
	struct observer *o = ctx;
	struct observed *s = &o->second;
	bool missed = atomic_load(&o->out);

	count_second(o, missed);
	take_listening(o);
	if (o->flow_ends)
		observer_on_flows(o, now); /* a pause may be over */
	if (missed)
		return;
	s->walked = s->named = s->served = false;
	s->n = s->n_holders = s->n_names = 0;
	s->pressure = (struct pressure){ 0 };
	if (now.ns >= o->next_walk.ns)
		walk(o, s, now);
	fill_sample(o, &s->sample, now);
	atomic_store(&o->out, true);
	ring_bell(o);
}

/* ---- flows ---- */

static void hand_over(struct observer *o, const struct flow_end *ends, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ring_put(o->flows, &ends[i]);
	pthread_mutex_lock(&o->lock);
	o->stats.flows += n;
	pthread_mutex_unlock(&o->lock);
}

void observer_on_flows(void *ctx, mono_t now)
{
	const struct timespec rest = { .tv_nsec = FLOW_ENDS_REST_NS };
	struct observer *o = ctx;
	struct flow_end ends[FLOW_ENDS_BATCH];
	bool any = false;
	int err = ERR_FULL;

	nanosleep(&rest, NULL); /* half of what an end costs is to wake a reader for it alone */
	owner_desk_take_notes(o);
	for (int i = 0; i < FLOW_ROUNDS && err == ERR_FULL; i++) {
		size_t n = 0;

		err = flow_ends_read(o->flow_ends, now, ends, FLOW_ENDS_BATCH, &n);
		hand_over(o, ends, n);
		any |= n > 0;
	}
	if (any)
		ring_bell(o);
	if (!err || err == ERR_FULL)
		return;
	log_at(LOG_LEVEL_WARNING, "ends of flows are not told any more: %s", err_text(err));
	loop_unwatch(o->loop, flow_ends_fd(o->flow_ends));
	flow_ends_close(o->flow_ends);
	o->flow_ends = NULL;
	pthread_mutex_lock(&o->lock);
	o->stats.flows_open = o->stats.flows_paused = false;
	pthread_mutex_unlock(&o->lock);
}
