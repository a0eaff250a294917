/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host in simulated time that makes contacts whose fates are known three seconds later. For tests of core/detect_sweep.h.
 */
#ifndef TIDEGATE_SUPPORT_SWEEP_LAB_H
#define TIDEGATE_SUPPORT_SWEEP_LAB_H

#include "core/detect_sweep.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/packet.h"

#define MS NS_PER_MS
#define MINUTE (60 * NS_PER_S)
#define HOUR (60 * MINUTE)
#define WAITING 4096
#define SEEDS 40

static const struct sweep_opts opts = {
	.rule = { .name = "egress.sweep", .enabled = true },
	.threshold = 25 * 64,
	.least_targets = 12,
	.window_ns = HOUR,
};

struct pending {
	struct contact c;
	enum ask_fate fate;
};

struct host {
	struct sweep *sweep;
	struct sweep_opts o;
	mono_t now;
	struct contact next; /* whose the next contacts are */
	struct pending waiting[WAITING]; /* a ring: fates are known three seconds later */
	unsigned head, tail;
	unsigned contacts, asked, raised, raised_at; /* the contacts made when it was raised first */
	struct finding found;
	uint64_t seed;
};

static inline struct host *host(uint64_t seed)
{
	struct host *h = calloc(1, sizeof(*h));
	struct hash_key key;

	*h = (struct host){ .o = opts, .now = { .ns = 1000 * NS_PER_S }, .seed = seed };
	h->next = (struct contact){
		.tuple = { .src = addr_v4((const uint8_t[4]){ 192, 0, 2, 1 }), .sport = 40000, .proto = PROTO_TCP },
		.owner = { .uid = 1000 },
		.actor = { .kind = ACTOR_USER, .uid = 1000 },
		.name = "", .list = "",
	};
	hash_key_from_seed(&key, seed);
	sweep_create(&h->sweep, malloc(sweep_bytes()), &key);
	return h;
}

static inline void end(struct host *h)
{
	free(h->sweep);
	free(h);
}

static inline void take(void *ctx, const struct finding *f)
{
	struct host *h = ctx;

	if (!h->raised++)
		h->raised_at = h->contacts;
	h->found = *f;
}

static inline void outcomes(struct host *h)
{
	for (; h->tail != h->head; h->tail++) {
		const struct pending *p = &h->waiting[h->tail % WAITING];

		if (mono_since(h->now, p->c.at) < 3 * NS_PER_S)
			return;
		sweep_outcome(h->sweep, &h->o, &p->c, p->fate, mono_add(p->c.at, 3 * NS_PER_S), take, h);
	}
}

static inline void after(struct host *h, int64_t ns)
{
	h->now = mono_add(h->now, ns);
	outcomes(h);
}

static inline void contact(struct host *h, uint32_t to, uint16_t port, enum ask_fate fate)
{
	struct contact c = h->next;

	c.tuple.dst = addr_v4((const uint8_t[4]){ (uint8_t)(to >> 24), (uint8_t)(to >> 16), (uint8_t)(to >> 8), (uint8_t)to });
	c.tuple.dport = port;
	c.at = h->now;
	h->contacts++;
	if (!sweep_contact(h->sweep, &h->o, &c, take, h))
		return;
	h->asked++;
	ck_assert_uint_lt(h->head - h->tail, WAITING);
	h->waiting[h->head++ % WAITING] = (struct pending){ c, fate };
}

static inline bool chance(struct host *h, unsigned percent)
{
	return (random_next(&h->seed) >> 32) % 100 < percent;
}

static inline enum ask_fate answers(struct host *h, unsigned percent)
{
	return chance(h, percent) ? FATE_SOCKET : FATE_GONE;
}

#define LAN 0x0a000000

/* How many contacts it took; 0: it was not found. */
static inline unsigned sweep_of(struct host *h, unsigned targets, uint16_t port, unsigned answering, int64_t pause_ns)
{
	for (uint32_t i = 0; i < targets; i++) {
		contact(h, LAN + 1 + i, port, answers(h, answering));
		after(h, pause_ns);
	}
	after(h, 4 * NS_PER_S);
	return h->raised_at;
}

/* A page with all its servers; apt, pip and git are less of the same. */
static inline void page(struct host *h, uint32_t number)
{
	for (uint32_t i = 0; i < 60; i++) {
		contact(h, 0x40000000 + number * 1000 + i, i % 6 ? 443 : 80, answers(h, 98));
		after(h, 5 * NS_PER_S / 60);
	}
	after(h, 20 * NS_PER_S);
}

static inline void mailing(struct host *h, uint32_t number)
{
	for (uint32_t i = 0; i < 500; i++) {
		contact(h, 0x50000000 + number * 500 + i, 25, answers(h, 85));
		after(h, 120 * MS);
	}
	after(h, HOUR - MINUTE);
}

/* Peers choose their ports; some keep the customary one. Of a swarm's addresses the greater part does not answer. */
static inline unsigned swarm(uint64_t seed, unsigned customary, int64_t pause_ns)
{
	struct host *h = host(seed);
	unsigned raised;

	for (uint32_t i = 0; i < 2000; i++) {
		uint16_t port = chance(h, customary) ? 6881 : (uint16_t)(1024 + (random_next(&h->seed) >> 32) % 64000);

		contact(h, (uint32_t)random_next(&h->seed), port, answers(h, 45));
		after(h, pause_ns);
	}
	raised = h->raised;
	end(h);
	return raised;
}

static inline struct actor group(uint64_t id)
{
	return (struct actor){ .kind = ACTOR_GROUP, .cgroup = id, .level = 2 };
}

#endif
