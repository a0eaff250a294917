/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host in simulated time whose programs call others: as by the clock, by chance, or as people do. For tests of
 * core/detect_beacon.h.
 */
#ifndef TIDEGATE_SUPPORT_BEACON_LAB_H
#define TIDEGATE_SUPPORT_BEACON_LAB_H

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/detect_beacon.h"
#include "core/packet.h"

#define SECOND 1.0
#define MINUTE 60.0
#define HOUR 3600.0
#define DAY 86400.0
#define SERIES_MOST 128
#define ENDS 8192          /* flows that have not ended; a power of two */
#define LINGER (130 * NS_PER_S) /* conntrack tells of an end after TIME_WAIT */

static const struct beacon_opts opts = {
	.rule = { .name = "egress.beacon", .enabled = true },
	.timing = 830, .size = 800, .least = 16,
	.long_ns = 4 * 3600 * NS_PER_S,
};

enum pace {
	PACE_EARLY = 0, /* period less up to spread of it: what implants call jitter */
	PACE_AROUND,    /* period and up to spread of it, either way */
	PACE_CHANCE,    /* exponential */
	PACE_PEOPLE,    /* sessions of some minutes with pages in them; nights between days */
};

struct series {
	const char *what;
	enum pace pace;
	double period, spread;  /* s, share */
	double loss;            /* share of calls that are not made */
	uint32_t size, padding; /* bytes sent: size and up to padding more */
	unsigned burst;         /* connections a call, half a second from one to the next; 0: 1 */
	uint8_t proto;
	uint16_t port;
	const char *name;       /* NULL: by its address alone */
	bool rotates;           /* another address with each call */
	/* state */
	uint32_t to;
	double next;
	unsigned calls, raised, raised_calls;
	char about[FINDING_ABOUT];
};

struct lab {
	struct beacon *beacon;
	struct beacon_opts o;
	double now, begin;      /* s */
	uint64_t seed;
	struct actor actor;
	struct series series[SERIES_MOST];
	size_t n;
	struct { struct tuple tuple; mono_t at; uint32_t bytes; } ends[ENDS];
	size_t head, tail;
	uint16_t sport;
	unsigned raised;
	struct finding found;
	struct series *calling;
};

static inline mono_t at_of(double s)
{
	return (mono_t){ .ns = (int64_t)(s * 1e9) };
}

static inline double chance(struct lab *l)
{
	return (double)(random_next(&l->seed) >> 11) / (double)(UINT64_C(1) << 53);
}

static inline struct lab *lab(uint64_t seed)
{
	struct lab *l = calloc(1, sizeof(*l));
	struct hash_key key;

	l->o = opts;
	l->now = l->begin = 100 * DAY;
	l->seed = seed;
	l->actor = (struct actor){ .kind = ACTOR_USER, .uid = 1000 };
	hash_key_from_seed(&key, seed);
	beacon_create(&l->beacon, malloc(beacon_bytes()), &key);
	return l;
}

static inline void end(struct lab *l)
{
	free(l->beacon);
	free(l);
}

static inline void take(void *ctx, const struct finding *f)
{
	struct lab *l = ctx;

	l->raised++;
	l->found = *f;
	for (size_t i = 0; i < l->n; i++) {
		struct series *s = &l->series[i];

		if (s->port != f->dport)
			continue;
		if (!s->raised++)
			s->raised_calls = s->calls;
		memcpy(s->about, f->about, sizeof(s->about));
	}
}

static inline struct addr address(uint32_t n)
{
	return addr_v4((const uint8_t[4]){ (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n });
}

static inline struct flow_end flow_end_of(const struct tuple *t, uint64_t bytes)
{
	return (struct flow_end){
		.tuple = *t, .direction = FLOW_OUT, .teller = TELLER_CONNTRACK, .weight = 1,
		.packets = { 10, 10 }, .bytes = { bytes, 4000 }, .lasted_ns = LINGER,
	};
}

static inline void flows_end(struct lab *l, mono_t now)
{
	for (; l->tail != l->head; l->tail++) {
		size_t i = l->tail % ENDS;
		struct flow_end f;

		if (mono_since(now, l->ends[i].at) < LINGER)
			return;
		f = flow_end_of(&l->ends[i].tuple, l->ends[i].bytes);
		beacon_end(l->beacon, &l->o, &f, &l->actor, mono_add(l->ends[i].at, LINGER), take, l);
	}
}

/* One connection; bytes 0: nobody ever tells how much it carried. */
static inline void connection(struct lab *l, uint8_t proto, uint32_t to, uint16_t port, const char *name, uint32_t bytes)
{
	struct contact c = {
		.tuple = { .src = address(0xc0000201), .dst = address(to), .sport = ++l->sport, .dport = port, .proto = proto },
		.owner = { .uid = l->actor.uid }, .actor = l->actor, .name = name ? name : "", .list = "", .at = at_of(l->now),
	};

	flows_end(l, c.at);
	beacon_contact(l->beacon, &l->o, &c, take, l);
	if (!bytes)
		return;
	ck_assert_uint_lt(l->head - l->tail, ENDS);
	l->ends[l->head % ENDS].tuple = c.tuple;
	l->ends[l->head % ENDS].at = c.at;
	l->ends[l->head++ % ENDS].bytes = bytes;
}

/* Ports tell series apart. */
static inline struct series clock_of(double period)
{
	return (struct series){ .what = "a clock", .period = period, .size = 400 };
}

static inline struct series *add(struct lab *l, struct series s)
{
	struct series *to = &l->series[l->n];

	ck_assert_uint_lt(l->n, SERIES_MOST);
	*to = s;
	to->to = 0x50000000 + (uint32_t)l->n * 65536;
	if (!to->port)
		to->port = (uint16_t)(10000 + l->n);
	if (!to->proto)
		to->proto = PROTO_TCP;
	to->next = l->begin + chance(l) * (s.period < HOUR ? s.period : HOUR);
	l->n++;
	return to;
}

/* Eight in the morning to eleven at night. */
static inline bool is_night(const struct lab *l)
{
	double hour = fmod(l->now - l->begin, DAY) / HOUR;

	return hour >= 15;
}

static inline double pause_of(struct lab *l, const struct series *s)
{
	switch (s->pace) {
	case PACE_EARLY:
		return s->period * (1 - s->spread * chance(l));
	case PACE_AROUND:
		return s->period * (1 + s->spread * (2 * chance(l) - 1));
	case PACE_CHANCE:
		return -s->period * log(1 - chance(l));
	case PACE_PEOPLE:
		break;
	}
	if (is_night(l))
		return 9 * HOUR + chance(l) * HOUR;
	/* Of ten pauses nine are between pages, one until the next visit; both lie around their middle by factors. */
	return (chance(l) < .9 ? 20 : s->period) * exp(1.2 * sqrt(-2 * log(1 - chance(l))) * cos(6.2831853 * chance(l)));
}

static inline void makes_call(struct lab *l, struct series *s)
{
	uint32_t to = s->rotates ? s->to + (uint32_t)(chance(l) * 65536) : s->to;

	if (chance(l) < s->loss)
		return;
	s->calls++;
	for (unsigned i = 0; i < (s->burst ? s->burst : 1); i++)
		connection(l, s->proto, to, s->port, s->name, s->size ? s->size + (uint32_t)(chance(l) * s->padding) : 0);
}

static inline void run(struct lab *l, double seconds)
{
	double until = l->now + seconds;

	while (l->n) {
		struct series *first = &l->series[0];

		for (size_t i = 1; i < l->n; i++)
			if (l->series[i].next < first->next)
				first = &l->series[i];
		if (first->next > until)
			break;
		l->now = first->next;
		makes_call(l, first);
		first->next = l->now + pause_of(l, first);
	}
	l->now = until;
	flows_end(l, mono_add(at_of(until), LINGER));
}

#endif
