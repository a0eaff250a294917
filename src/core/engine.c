/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine's memory, its bursts, and what may be looked at. A burst goes through four stages, so that the
 * cache misses of its sources overlap: parse, touch the head line, touch the record, judge.
 */
#include "core/engine.h"

#include <string.h>

#include "base/err.h"
#include "core/engine_state.h"

#define ALIGN 64
#define STAGED 32 /* packets that go through the stages together: what they touch fits the first cache */

static size_t aligned(size_t bytes)
{
	return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

static size_t egress_bytes(void)
{
	return aligned(names_bytes()) + aligned(reach_bytes()) + aligned(tunnel_bytes()) + aligned(sweep_bytes()) +
		aligned(beacon_bytes()) + aligned(exfil_bytes()) + aligned(signals_bytes()) + aligned(outgoing_bytes()) +
		aligned(allow_want_bytes()) + aligned(allow_shadow_bytes());
}

size_t engine_bytes(const struct engine_sizes *s)
{
	return aligned(sizeof(struct engine)) + aligned(table_bytes(s->sources)) +
		aligned(table_bytes(s->rates)) + aligned(sizeof(struct rate_watch)) + aligned(sizeof(struct rate_answers)) +
		aligned(listen_bytes()) +
		aligned(recall_bytes()) + aligned(spray_bytes()) + aligned(reported_bytes()) + aligned(flood_bytes()) + aligned(hold_bytes()) +
		aligned(brute_bytes()) + aligned(volume_bytes()) + aligned(novel_bytes()) + aligned(meter_bytes()) +
		aligned(baseline_bytes()) + egress_bytes() +
		aligned(ledger_bytes(s->subjects)) + aligned(incidents_bytes(s->incidents)) +
		2 * aligned(s->asks * sizeof(struct ask));
}

/* Hands out the caller's memory front to back; engine_bytes added up the same pieces. */
struct arena {
	uint8_t *at;
};

static void *carve(struct arena *a, size_t bytes)
{
	void *piece = a->at;

	a->at += aligned(bytes);
	return piece;
}

static int sizes_check(const struct engine_sizes *s)
{
	const size_t least = 16, most = (size_t)1 << 26;
	const size_t all[] = { s->sources, s->rates, s->subjects, s->incidents, s->asks };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i] < least || all[i] > most)
			return ERR_RANGE;
	return 0;
}

static int lay_tables(struct engine *e, struct arena *a, const struct engine_sizes *s)
{
	size_t n = table_bytes(s->sources);
	int err = table_create(&e->sources, carve(a, n), n, s->sources, &e->key);

	if (err)
		return err;
	n = table_bytes(s->rates);
	err = table_create(&e->rates, carve(a, n), n, s->rates, &e->key);
	if (err)
		return err;
	n = ledger_bytes(s->subjects);
	err = ledger_create(&e->ledger, carve(a, n), n, s->subjects, &e->key);
	if (err)
		return err;
	n = incidents_bytes(s->incidents);
	return incidents_create(&e->incidents, carve(a, n), n, s->incidents, &e->key);
}

static void lay_egress(struct engine *e, struct arena *a)
{
	struct egress *g = &e->egress;

	names_create(&g->names, carve(a, names_bytes()), &e->key);
	reach_create(&g->reach, carve(a, reach_bytes()), &e->key);
	tunnel_create(&g->tunnel, carve(a, tunnel_bytes()), &e->key);
	sweep_create(&g->sweep, carve(a, sweep_bytes()), &e->key);
	beacon_create(&g->beacon, carve(a, beacon_bytes()), &e->key);
	exfil_create(&g->exfil, carve(a, exfil_bytes()), &e->key);
	signals_create(&g->signals, carve(a, signals_bytes()), &e->key);
	outgoing_create(&g->outgoing, carve(a, outgoing_bytes()), &e->key);
	allow_want_create(&g->want, carve(a, allow_want_bytes()), &e->key);
	allow_shadow_create(&g->shadow, carve(a, allow_shadow_bytes()), &e->key);
}

int engine_create(struct engine **out, void *memory, size_t bytes, const struct engine_opts *o)
{
	struct arena a = { .at = memory };
	struct engine *e;
	int err = sizes_check(&o->sizes);

	if (err || bytes < engine_bytes(&o->sizes))
		return ERR_RANGE;
	e = carve(&a, sizeof(*e));
	memset(e, 0, sizeof(*e));
	e->watch = carve(&a, sizeof(*e->watch));
	e->answers = carve(&a, sizeof(*e->answers));
	memset(e->answers, 0, sizeof(*e->answers));
	engine_put_rules(e, &o->rules);
	e->key = o->key;
	e->target.hash = hash_u64(&e->key, e->target.what);
	e->enforce = o->enforce;
	e->start = o->start;
	if (o->wall.ns)
		engine_clock(e, o->wall, o->start);
	e->emit = o->emit;
	e->emit_ctx = o->emit_ctx;
	e->observe = o->observe;
	e->observe_ctx = o->observe_ctx;
	e->slot = o->slot;
	e->slot_ctx = o->slot_ctx;
	err = lay_tables(e, &a, &o->sizes);
	if (err)
		return err;
	listen_create(&e->listen, carve(&a, listen_bytes()), 10 * 60 * NS_PER_S);
	recall_create(&e->recall, carve(&a, recall_bytes()), &e->key, RECALL_KEEP_NS);
	spray_create(&e->spray, carve(&a, spray_bytes()), &e->key);
	reported_create(&e->reported, carve(&a, reported_bytes()), &e->key);
	flood_create(&e->flood, carve(&a, flood_bytes()));
	hold_create(&e->hold, carve(&a, hold_bytes()));
	brute_create(&e->brute, carve(&a, brute_bytes()), &e->key);
	volume_create(&e->volume, carve(&a, volume_bytes()));
	novel_create(&e->novel, carve(&a, novel_bytes()));
	baseline_create(&e->baseline, carve(&a, baseline_bytes()));
	meter_create(&e->meter, carve(&a, meter_bytes()), &e->key);
	lay_egress(e, &a);
	e->soon = (struct ask_queue){ .size = o->sizes.asks };
	e->later = e->soon;
	e->soon.at = carve(&a, o->sizes.asks * sizeof(struct ask));
	e->later.at = carve(&a, o->sizes.asks * sizeof(struct ask));
	*out = e;
	return 0;
}

/* Stage one. What leaves this host is remembered, what comes in is looked up, the rest is counted. */
static void prepare(struct engine *e, const struct engine_input *in, struct look *l)
{
	enum packet_fault fault = packet_parse(in->bytes, in->meta.wire_len, &l->packet);

	l->judged = l->outgoing = false;
	e->counters.packets[in->meta.hook < HOOK_COUNT ? in->meta.hook : HOOK_INPUT]++;
	if (!in->meta.held)
		e->counters.copies++;
	if (fault != PACKET_FINE) {
		e->counters.faults[fault]++;
		return;
	}
	if (in->meta.hook == HOOK_OUTPUT) {
		recall_sent(e->recall, &l->packet, in->meta.at);
		l->outgoing = true;
		return;
	}
	if (addr_is_link_local(&l->packet.src))
		return; /* all neighbours of a link share that /64: one would answer for another */
	l->key = source_key(&l->packet.src);
	l->judged = true;
}

/*
 * Stage two: touches the head of the source's bucket. Apart from stage one, for a processor looks only so many
 * instructions ahead, and between two parsed packets there are too many for their misses to overlap.
 * Table and ledger were made with one key, so one hash serves both.
 */
static void touch_head(const struct engine *e, struct look *l)
{
	l->hash = table_prefetch(e->sources, l->key);
	if (e->enforce)
		ledger_prefetch(e->ledger, l->hash);
}

static void judge(struct engine *e, const struct engine_input *in, const struct look *l, uint8_t *verdict)
{
	enum verdict v = VERDICT_ACCEPT;

	if (l->judged)
		v = engine_judge(e, in, l);
	else if (l->outgoing)
		v = engine_judge_outgoing(e, in, &l->packet);
	*verdict = (uint8_t)v;
	if (in->meta.held)
		e->counters.verdicts[v]++;
}

static void pass_stages(struct engine *e, const struct engine_input *in, size_t n, uint8_t *verdicts)
{
	struct look looks[STAGED];

	for (size_t i = 0; i < n; i++)
		prepare(e, &in[i], &looks[i]);
	for (size_t i = 0; i < n; i++)
		if (looks[i].judged)
			touch_head(e, &looks[i]);
	for (size_t i = 0; i < n; i++)
		if (looks[i].judged)
			table_prefetch_record(e->sources, looks[i].key, looks[i].hash);
	for (size_t i = 0; i < n; i++)
		judge(e, &in[i], &looks[i], &verdicts[i]);
}

void engine_packets(struct engine *e, const struct engine_input *in, size_t n, uint8_t *verdicts)
{
	struct observation o = { .kind = OBSERVATION_PACKETS, .packets = { in, n } };

	if (n > ENGINE_BURST)
		o.packets.n = n = ENGINE_BURST;
	engine_look_up_packets(e, in, n);
	if (e->observe && n) {
		o.at = in[0].meta.at;
		engine_tell_input(e, &o);
	}
	for (size_t at = 0; at < n; at += STAGED)
		pass_stages(e, in + at, n - at < STAGED ? n - at : STAGED, verdicts + at);
}

void engine_put_rules(struct engine *e, const struct engine_rules *r)
{
	e->rules = *r;
	e->egress.rules_new = true;
	rate_watch_set(e->watch, &r->rate);
	e->soon.n = 0; /* those questions go by the old numbers of the rules */
	source_half_lives_set(&e->half_lives, r->scan.fast_half_life_ns,
		r->scan.slow_half_life_ns, r->odd.half_life_ns);
}

void engine_swap_rules(struct engine *e, const struct engine_rules *r)
{
	engine_trial_forget(e, TRIAL_RULES);
	engine_put_rules(e, r);
}

struct guards *engine_guards(struct engine *e)
{
	return &e->guards;
}

void engine_set_neighbours(struct engine *e, const struct prefix *p, size_t n)
{
	engine_tell_input(e, &(struct observation){ .kind = OBSERVATION_NEIGHBOURS, .neighbours = { p, n } });
	e->n_neighbours = n < NEIGHBOURS ? n : NEIGHBOURS;
	memcpy(e->neighbours, p, e->n_neighbours * sizeof(*p));
}

const struct reach *engine_reach(const struct engine *e)
{
	return e->egress.reach;
}

const struct names *engine_names(const struct engine *e)
{
	return e->egress.names;
}

const struct allow_shadow *engine_allow_shadow(const struct engine *e)
{
	return e->egress.shadow;
}

uint64_t engine_refused_count(const struct engine *e)
{
	return e->egress.refused;
}

const struct allow_want *engine_allow_want(const struct engine *e)
{
	return e->egress.want;
}

const struct engine_counters *engine_counters(const struct engine *e)
{
	return &e->counters;
}

void engine_source_stats(const struct engine *e, struct table_stats *out)
{
	table_stats(e->sources, out);
}

const struct ledger *engine_ledger(const struct engine *e)
{
	return e->ledger;
}

const struct recall *engine_recall(const struct engine *e)
{
	return e->recall;
}

struct incidents *engine_incidents(struct engine *e)
{
	return e->incidents;
}

const struct engine_rules *engine_rules(const struct engine *e)
{
	return &e->rules;
}

const struct excuses *engine_excuses(const struct engine *e)
{
	return &e->excuses;
}

const struct trial *engine_trial(const struct engine *e)
{
	return &e->trial;
}

bool engine_panics(const struct engine *e)
{
	return e->panic;
}

const struct budget *engine_budget(const struct engine *e)
{
	return &e->budget;
}

uint64_t engine_known_good(const struct engine *e)
{
	return e->known_good;
}

bool engine_enforces(const struct engine *e)
{
	return e->enforce;
}

const struct source *engine_source(struct engine *e, const struct addr *a, mono_t now)
{
	uint64_t key = source_key(a);
	struct source *s = table_find(e->sources, key, table_prefetch(e->sources, key));

	if (s)
		engine_touch(e, s, now);
	return s;
}

const struct source *engine_source_next(struct engine *e, size_t *at, size_t most, mono_t now)
{
	struct source *s = table_next_within(e->sources, at, most);

	if (s)
		engine_touch(e, s, now);
	return s;
}

const struct measure *engine_match(struct engine *e, const struct addr *a, uint8_t proto,
	uint16_t port, mono_t now)
{
	uint64_t key = source_key(a);
	const struct ledger_flow f = { .src = a, .key = key, .hash = hash_u64(&e->key, key),
		.port = port, .proto = proto };

	return ledger_match(e->ledger, &f, now);
}
