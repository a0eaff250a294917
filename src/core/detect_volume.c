/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Surges of interfaces and protocols: packets, and of interfaces bytes, either way, each against its own level
 * (core/surge.h). Of those that rise together the one is told that departs most.
 */
#include "core/detect_volume.h"

#include <string.h>

#include "base/text.h"
#include "core/fixed.h"
#include "core/mix.h"
#include "core/slot.h"
#include "core/surge.h"

#define STEP_NS (5 * NS_PER_S)
#define EARLY_NS (NS_PER_S / 2)      /* samples come once a second, more or less */
#define SAME_NS (30 * NS_PER_S)      /* what rises within that is the same news */
#define PRESSED_DROPS 50             /* packets of a step that were dropped or broken, and one in a hundred */
#define PRESSED_CONNTRACK 80         /* percent */

enum amount { PACKETS = 0, BYTES, AMOUNTS };

struct thing { /* an interface, or a protocol */
	char link[LINK_NAME];    /* "": a protocol */
	enum host_proto proto;
	uint32_t index;
	bool begun;
	bool met;                /* in this sample */
	mono_t first, last;      /* steps */
	uint64_t lost_before, lost; /* dropped and broken packets: the counter, and of this step */
	struct surge series[AMOUNTS][HOST_WAYS];
	bool rising[AMOUNTS][HOST_WAYS];
};

#define THINGS (HOST_PROTOS + SAMPLE_LINKS)

struct volume {
	bool begun;
	mono_t last;
	struct thing things[THINGS];  /* the protocols first */
	uint32_t n;
	mono_t told[HOST_WAYS];
	bool ever_told[HOST_WAYS], surges;
	struct mix mix[HOST_WAYS];
	uint64_t mixed[HOST_PROTOS][HOST_WAYS];
};

size_t volume_bytes(void)
{
	return sizeof(struct volume);
}

void volume_create(struct volume **out, void *memory)
{
	struct volume *v = memory;

	memset(v, 0, sizeof(*v));
	for (unsigned i = 0; i < HOST_PROTOS; i++)
		v->things[i].proto = (enum host_proto)i;
	v->n = HOST_PROTOS;
	*out = v;
}

static uint64_t least_of(const struct volume_opts *o, enum amount a)
{
	return a == BYTES ? o->least_bytes : o->least_packets;
}

static bool is_link(const struct thing *g)
{
	return g->link[0] != '\0';
}

static const char *word_of(enum amount a, enum host_way w)
{
	static const enum measure_of words[AMOUNTS][HOST_WAYS] = {
		[PACKETS] = { [HOST_IN] = OF_PACKETS_IN, [HOST_OUT] = OF_PACKETS_OUT },
		[BYTES] = { [HOST_IN] = OF_BYTES_IN, [HOST_OUT] = OF_BYTES_OUT },
	};

	return measure_of_name(words[a][w]);
}

static uint32_t shown(uint64_t rate, enum amount a)
{
	uint64_t r = a == BYTES ? rate >> 10 : rate;

	return r < UINT32_MAX ? (uint32_t)r : UINT32_MAX;
}

/* A link's name is whatever its maker wrote: it may hold anything but a slash and a blank. */
static void add_about(struct finding *f, const struct thing *g, enum amount a, enum host_way w, uint64_t usual)
{
	struct text t = text_over(f->about, sizeof(f->about));

	if (is_link(g)) {
		text_add(&t, "link ");
		text_add_escaped(&t, (struct slice){ (const uint8_t *)g->link, strlen(g->link) });
	} else {
		text_add(&t, host_proto_name(g->proto));
	}
	text_addf(&t, " %s, usual %u", word_of(a, w), shown(usual, a));
}

struct step {
	const struct volume_opts *o;
	int64_t elapsed_ns;
	mono_t now;
};

static struct finding finding_of(enum finding_kind kind, const struct rule *rule, mono_t now, int64_t window_ns)
{
	return (struct finding){ .kind = kind, .proof = PROOF_CLAIMED, .rule = *rule, .subject.kind = SUBJECT_HOST,
		.window_ns = window_ns, .first = mono_add(now, -window_ns), .at = now };
}

/* The one of a way that departs most of those that rise now and are news. */
struct loudest {
	const struct thing *thing;
	const struct surge *series;
	enum amount amount;
};

static struct loudest find_loudest(struct volume *v, enum host_way w, mono_t now)
{
	struct loudest l = { 0 };

	for (uint32_t i = 0; i < v->n; i++) {
		for (unsigned a = 0; a < AMOUNTS; a++) {
			struct surge *s = &v->things[i].series[a][w];
			bool louder = !l.series || surge_deviations(s) > surge_deviations(l.series);

			if (!v->things[i].rising[a][w])
				continue;
			if (louder && surge_is_news(s, now))
				l = (struct loudest){ .thing = &v->things[i], .series = s, .amount = (enum amount)a };
			s->told = s->root;
		}
	}
	return l;
}

/* Facts about our own resources. */
static bool pressed(const struct volume *v, const struct host_sample *s, int64_t elapsed_ns)
{
	if (s->known & KNOWN_CONNTRACK && s->conntrack_max &&
		(uint64_t)s->conntrack * 100 >= (uint64_t)s->conntrack_max * PRESSED_CONNTRACK)
		return true;
	for (uint32_t i = HOST_PROTOS; i < v->n; i++) {
		const struct thing *g = &v->things[i];
		uint64_t rate = g->series[PACKETS][HOST_IN].rate + g->series[PACKETS][HOST_OUT].rate;
		uint64_t passed = rate * (uint64_t)(elapsed_ns / NS_PER_S);

		if (g->met && g->lost >= PRESSED_DROPS && g->lost * 100 >= passed)
			return true;
	}
	return false;
}

static void tell_surge(struct volume *v, const struct step *t, const struct host_sample *s, enum host_way w,
	volume_raise_fn raise, void *ctx)
{
	struct loudest l = find_loudest(v, w, t->now);
	struct finding f;

	if (!l.series || !t->o->surge_rule.enabled)
		return;
	if (v->ever_told[w] && mono_since(t->now, v->told[w]) <= SAME_NS)
		return;
	v->told[w] = t->now;
	v->ever_told[w] = true;
	f = finding_of(FINDING_VOLUME, &t->o->surge_rule, t->now, t->o->steps * STEP_NS);
	add_about(&f, l.thing, l.amount, w, surge_usual(l.series));
	f.count = shown(l.series->rate, l.amount);
	f.score = surge_deviations(l.series);
	f.threshold = t->o->deviations * 100;
	f.if_in = w == HOST_IN ? l.thing->index : 0;
	if (f.rule.severity > 1 && pressed(v, s, t->elapsed_ns))
		f.rule.severity--;
	raise(ctx, &f);
}

static void tell_mix(struct volume *v, const struct step *t, const uint64_t packets[HOST_PROTOS], enum host_way w,
	volume_raise_fn raise, void *ctx)
{
	const struct mix_opts o = { .threshold = t->o->mix_threshold, .least = t->o->mix_least, .steps = t->o->steps,
		.learn_ns = t->o->learn_ns };
	struct mix_rise r;
	struct finding f;
	struct text about;

	if (!mix_step(&v->mix[w], &o, packets, t->elapsed_ns, t->now, &r) || !t->o->mix_rule.enabled)
		return;
	f = finding_of(FINDING_MIX, &t->o->mix_rule, t->now, t->o->steps * STEP_NS);
	about = text_over(f.about, sizeof(f.about));
	text_addf(&about, "%s of %s %u %%, usual %u %%", host_proto_name(r.proto), word_of(PACKETS, w), r.share, r.usual);
	for (unsigned i = 0; i < HOST_PROTOS; i++)
		f.count = add_sat_u32(f.count, packets[i] < UINT32_MAX ? (uint32_t)packets[i] : UINT32_MAX);
	f.score = hundredths((uint64_t)r.score, 16);
	f.threshold = hundredths((uint64_t)r.threshold, 16);
	raise(ctx, &f);
}

/* A room that is free, or that of an interface which is not there; there is one, since a sample holds no more. */
static struct thing *room_for(struct volume *v)
{
	struct thing *oldest = NULL;

	if (v->n < THINGS)
		return &v->things[v->n++];
	for (uint32_t i = HOST_PROTOS; i < v->n; i++) {
		struct thing *g = &v->things[i];

		if (!g->met && (!oldest || mono_since(oldest->last, g->last) > 0))
			oldest = g;
	}
	return oldest;
}

/* Interfaces are known by their names: one that was made anew goes on where it was. */
static struct thing *thing_of(struct volume *v, const struct link_counters *l)
{
	struct thing *g;

	for (uint32_t i = HOST_PROTOS; i < v->n; i++) {
		g = &v->things[i];
		if (strncmp(g->link, l->name, sizeof(g->link)) != 0)
			continue;
		g->index = l->index;
		return g;
	}
	g = room_for(v);
	if (!g)
		return NULL;
	*g = (struct thing){ .index = l->index };
	text_copy(g->link, sizeof(g->link), l->name);
	return g;
}

/* Its first step: where its counters stand, and nothing else. */
static bool begins(struct thing *g, const uint64_t counters[AMOUNTS][HOST_WAYS], mono_t now)
{
	if (g->begun)
		return false;
	g->begun = true;
	g->first = g->last = now;
	for (unsigned a = 0; a < AMOUNTS; a++)
		for (unsigned w = 0; w < HOST_WAYS; w++)
			g->series[a][w].before = counters[a][w];
	return true;
}

static void step_thing(struct thing *g, const struct volume_opts *o, const uint64_t counters[AMOUNTS][HOST_WAYS], mono_t now)
{
	struct surge_step t = { .deviations = o->deviations, .steps = o->steps, .now = now };

	g->met = true;
	if (begins(g, counters, now))
		return;
	t.elapsed_ns = mono_since(now, g->last);
	t.age_ns = mono_since(now, g->first);
	t.learning = t.age_ns < o->learn_ns;
	g->last = now;
	for (unsigned a = 0; a < AMOUNTS; a++) {
		t.least = least_of(o, (enum amount)a);
		for (unsigned w = 0; w < HOST_WAYS; w++)
			g->rising[a][w] = surge_step(&g->series[a][w], &t, counters[a][w]);
	}
}

static void step_links(struct volume *v, const struct volume_opts *o, const struct host_sample *s, mono_t now)
{
	for (uint32_t i = 0; i < s->n_links && i < SAMPLE_LINKS; i++)
		for (uint32_t k = HOST_PROTOS; k < v->n; k++)
			v->things[k].met |= strncmp(v->things[k].link, s->links[i].name, LINK_NAME) == 0;
	for (uint32_t i = 0; i < s->n_links && i < SAMPLE_LINKS; i++) {
		const struct link_counters *l = &s->links[i];
		const uint64_t counters[AMOUNTS][HOST_WAYS] = {
			[PACKETS] = { l->packets[HOST_IN], l->packets[HOST_OUT] },
			[BYTES] = { l->bytes[HOST_IN], l->bytes[HOST_OUT] },
		};
		uint64_t lost = l->dropped[HOST_IN] + l->dropped[HOST_OUT] + l->errors[HOST_IN] + l->errors[HOST_OUT];
		struct thing *g = l->name[0] ? thing_of(v, l) : NULL;

		if (!g)
			continue;
		g->lost = surge_since(&g->lost_before, lost);
		if (!g->begun)
			g->lost = 0;
		step_thing(g, o, counters, now);
	}
}

static void step_protos(struct volume *v, const struct volume_opts *o, const struct host_sample *s, mono_t now)
{
	for (unsigned i = 0; i < HOST_PROTOS; i++) {
		const uint64_t counters[AMOUNTS][HOST_WAYS] = {
			[PACKETS] = { s->packets[i][HOST_IN], s->packets[i][HOST_OUT] },
		};

		step_thing(&v->things[i], o, counters, now);
	}
}

/* What the protocols moved in this step. False: there is no step before it. */
static bool take_mix(struct volume *v, const struct host_sample *s, uint64_t moved[HOST_WAYS][HOST_PROTOS])
{
	bool begun = v->things[HOST_TCP].begun;

	for (unsigned i = 0; i < HOST_PROTOS; i++)
		for (unsigned w = 0; w < HOST_WAYS; w++)
			moved[w][i] = surge_since(&v->mixed[i][w], s->packets[i][w]);
	return begun;
}

/* What is not there any more does not surge. */
static void note_surges(struct volume *v, mono_t now)
{
	v->surges = false;
	for (uint32_t i = 0; i < v->n; i++) {
		struct thing *g = &v->things[i];

		for (unsigned a = 0; a < AMOUNTS && !g->met; a++)
			for (unsigned w = 0; w < HOST_WAYS; w++)
				if (g->series[a][w].raised && mono_since(now, g->last) >= SURGE_QUIET_STEPS * STEP_NS)
					surge_end(&g->series[a][w], now);
		v->surges |= g->series[PACKETS][HOST_IN].raised;
	}
}

void volume_sample(struct volume *v, const struct volume_opts *o, const struct host_sample *s, mono_t now,
	volume_raise_fn raise, void *ctx)
{
	struct step t = { .o = o, .elapsed_ns = mono_since(now, v->last), .now = now };
	uint64_t moved[HOST_WAYS][HOST_PROTOS];
	bool mixed = false;

	if (v->begun && t.elapsed_ns < STEP_NS - EARLY_NS)
		return;
	v->begun = true;
	v->last = now;
	for (uint32_t i = 0; i < v->n; i++) {
		v->things[i].met = false;
		memset(v->things[i].rising, 0, sizeof(v->things[i].rising));
	}
	if (s->known & KNOWN_PROTOS) {
		mixed = take_mix(v, s, moved);
		step_protos(v, o, s, now);
	}
	if (s->known & KNOWN_LINKS)
		step_links(v, o, s, now);
	note_surges(v, now);
	for (unsigned w = 0; w < HOST_WAYS; w++) {
		tell_surge(v, &t, s, (enum host_way)w, raise, ctx);
		if (mixed)
			tell_mix(v, &t, moved[w], (enum host_way)w, raise, ctx);
	}
}

bool volume_surges(const struct volume *v)
{
	return v->surges;
}
