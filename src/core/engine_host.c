/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host says of itself: its services and who holds them, its counters, its flows that ended; and what these five
 * minutes were against what is normal.
 */
#include "core/baseline_say.h"
#include "core/engine_state.h"

bool engine_wants_census(const struct engine *e)
{
	return flood_wants_census(e->flood, &e->rules.flood);
}

bool engine_wants_holders(const struct engine *e)
{
	return hold_wants_holders(e->hold);
}

void engine_listening(struct engine *e, const struct listen_snapshot *s, mono_t now)
{
	engine_tell_input(e, &(struct observation){ .kind = OBSERVATION_LISTENING, .at = now, .listening = s });
	listen_update(e->listen, s, now);
	novel_listening(e->novel, &e->rules.novel, s, now, engine_raise, e);
}

void engine_census(struct engine *e, const struct service_census *c, size_t n,
	const struct pressure *p, mono_t now)
{
	engine_tell_input(e, &(struct observation){ .kind = OBSERVATION_CENSUS, .at = now, .census = { c, n, p } });
	meter_census(e->meter, c, n);
	flood_tick(e->flood, &e->rules.flood, c, n, p, now, engine_raise, e);
	hold_census(e->hold, &e->rules.hold, c, n, now, engine_raise, e);
}

/*
 * Anomalies of volume are no lesson. Those of single sources are, and probes of closed ports, of which a few that are forged
 * would do: scans and guessing are what the Internet is like, they never end, and a host that waited for an hour without
 * them would learn nothing.
 */
static bool spoils_lessons(enum finding_kind k)
{
	switch (k) {
	case FINDING_SERVICE_RATE:
	case FINDING_FLOOD:
	case FINDING_BRUTE_SPREAD:
	case FINDING_HOLD:
	case FINDING_SLOW:
		return true;
	case FINDING_NONE:
	case FINDING_SCAN:
	case FINDING_SPRAY:
	case FINDING_RATE:
	case FINDING_ODD:
	case FINDING_BRUTE:
	case FINDING_PILE:
	case FINDING_VOLUME:
	case FINDING_MIX:
	case FINDING_BASELINE:
	case FINDING_NOVEL:
	case FINDING_REACH:
	case FINDING_SWEEP:
	case FINDING_EXFIL:
	case FINDING_BEACON:
	case FINDING_TUNNEL:
	case FINDING_LISTED:
	case FINDING_EGRESS:
	case FINDING_REPORTED:
	case FINDING_KINDS:
		break;
	}
	return false;
}

/*
 * What has lasted for half a day is how this host lives: were it never learned, who floods us without end would keep us
 * from knowing anything.
 */
static void freeze(struct engine *e)
{
	if (e->frozen_slots < SLOTS_A_DAY / 2)
		meter_freeze(e->meter);
}

static void count_frozen(struct engine *e, bool frozen)
{
	if (frozen && e->frozen_slots < SLOTS_A_DAY)
		e->frozen_slots++;
	else if (!frozen && e->frozen_slots)
		e->frozen_slots--;
}

void engine_freeze(struct engine *e, const struct finding *f, const struct decision *d)
{
	int64_t lasts = d->ttl_ns > SLOT_S * NS_PER_S ? d->ttl_ns : SLOT_S * NS_PER_S;
	mono_t until = mono_add(f->at, lasts);

	if (!spoils_lessons(f->kind) || d->response == RESPONSE_OBSERVE)
		return;
	freeze(e);
	if (until.ns > e->frozen_until.ns)
		e->frozen_until = until;
}

struct slot_end {
	struct engine *e;
	mono_t now;
};

/* Said when it rises; while it lasts the incident is the same. */
static void depart(void *ctx, const struct departure *d)
{
	const struct slot_end *x = ctx;
	struct finding f;

	if (!d->rising)
		return;
	baseline_say(d, &x->e->rules.baseline, mono_add(x->now, -(int64_t)d->slots * SLOT_S * NS_PER_S), x->now, &f);
	engine_decide(x->e, &f);
}

static void end_slot(void *ctx, const struct slot *s)
{
	struct slot_end *x = ctx;
	struct engine *e = x->e;

	count_frozen(e, s->frozen);
	baseline_slot(e->baseline, &e->rules.baseline, s, depart, x);
	if (e->slot)
		e->slot(e->slot_ctx, s);
}

void engine_teach(struct engine *e, const struct slot *s)
{
	baseline_slot(e->baseline, &e->rules.baseline, s, NULL, NULL);
}

void engine_name_services(struct engine *e, const struct service_name *list, size_t n, mono_t now)
{
	if (!service_names_set(&e->names, list, n))
		return;
	engine_tell_input(e, &(struct observation){ .kind = OBSERVATION_NAMES, .at = now,
		.names = { e->names.list, e->names.n } });
}

void engine_forget_normal(struct engine *e)
{
	baseline_forget(e->baseline);
}

void engine_finish(struct engine *e)
{
	if (e->slot)
		meter_finish(e->meter, e->slot, e->slot_ctx);
}

const struct baseline *engine_baseline(const struct engine *e)
{
	return e->baseline;
}

/*
 * How full the table of connections is, in percent, where those who are connected to us fill the most of it. One that is
 * full of what anybody can forge, or of what is passed on, is nobody's here to be blamed for.
 */
static unsigned table_held(const struct host_sample *s)
{
	uint64_t held = (uint64_t)s->states[SOCKET_ESTABLISHED] + s->states[SOCKET_CLOSE_WAIT];

	if (!(s->known & KNOWN_CONNTRACK) || !s->conntrack_max || !(s->known & KNOWN_STATES) || held * 2 < s->conntrack)
		return 0;
	return (unsigned)((uint64_t)s->conntrack * 100 / s->conntrack_max);
}

void engine_sample(struct engine *e, const struct host_sample *s, mono_t now)
{
	struct slot_end end = { e, now };

	engine_tell_input(e, &(struct observation){ .kind = OBSERVATION_SAMPLE, .at = now, .sample = s });
	engine_egress_clock(e, s, now);
	hold_pressure(e->hold, table_held(s));
	volume_sample(e->volume, &e->rules.volume, s, now, engine_raise, e);
	meter_sample(e->meter, s, end_slot, &end);
	if (now.ns < e->frozen_until.ns)
		freeze(e);
}

void engine_flow_end(struct engine *e, const struct flow_end *f, mono_t now)
{
	if (f->direction == FLOW_OUT || brute_watches(&e->rules.brute, f->tuple.proto, f->tuple.dport))
		engine_tell_input(e, &(struct observation){ .kind = OBSERVATION_FLOW_END, .at = now, .flow_end = f });
	if (f->direction == FLOW_OUT)
		engine_egress_moved(e, f, now);
	if (f->so_far)
		return;
	meter_flow(e->meter, f);
	brute_flow(e->brute, &e->rules.brute, f, now, engine_raise, e);
}

void engine_tick_host(struct engine *e, mono_t now)
{
	brute_tick(e->brute, &e->rules.brute, now, engine_raise, e);
}

void engine_holders(struct engine *e, const struct service_holders *s, size_t n, mono_t now)
{
	engine_tell_input(e, &(struct observation){ .kind = OBSERVATION_HOLDERS, .at = now, .holders = { s, n } });
	hold_holders(e->hold, &e->rules.hold, s, n, now, engine_raise, e);
}
