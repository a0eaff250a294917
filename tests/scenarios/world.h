/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The world of a scenario: the real engine with the shipped rules, under simulated time, between a model of the kernel's
 * sets and a model of the peers' fates. Everything that the daemon would do between two packets is done here.
 */
#ifndef TIDEGATE_TESTS_SCENARIOS_WORLD_H
#define TIDEGATE_TESTS_SCENARIOS_WORLD_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"
#include "core/engine.h"

#define WORLD_EVENTS 8192
#define WORLD_ELEMENTS 4096
#define WORLD_FATES 64

/* One element of the modelled kernel. */
struct element {
	struct subject subject;
	enum response response;
	enum scope scope;
	mono_t until;
};

struct fate {
	struct prefix who;
	enum ask_fate fate;
	bool silent;
};

struct world {
	struct conf conf;
	struct engine *engine;
	void *memory;
	mono_t now, next_tick, next_census;
	bool enforce;
	uint64_t seed;
	struct engine_sizes sizes;
	int kernel_result;  /* how the kernel answers changes */
	bool kernel_late;   /* it does not answer at all for now */
	bool census_on;
	struct service_census census[16];
	size_t n_census;
	struct pressure pressure;
	struct service_holders holders[4];
	size_t n_holders;
	struct listen_snapshot listening;
	struct fate fates[WORLD_FATES];
	size_t n_fates;
	struct element elements[WORLD_ELEMENTS];
	size_t n_elements;
	struct event *events;
	size_t n_events;
	struct blame blame;  /* whose is what this host sends */
	bool owned;          /* else nobody says */
	bool clock_on;       /* the host tells its time */
	struct addr resolver;
	uint32_t lookups;
	unsigned verdicts[2]; /* of the last send */
	uint8_t verdict;
};

/* Reads the shipped configuration with that policy; false (said on stderr) where it does not load. */
bool world_load(struct world *w, const char *config, const char *policy);
void world_start(struct world *w, size_t sources, size_t subjects);
void world_stop(struct world *w);
/* A new engine in place of the old one, whose memory the caller has freed. */
void world_again(struct world *w);

/* Lets time pass as the daemon would: ticks, questions, census, changes. */
void world_advance(struct world *w, int64_t ns);

/* One packet now. */
void world_packet(struct world *w, const uint8_t *bytes, size_t len, enum hook hook, bool held);

/* Hands the engine's wishes to the kernel's model. */
void world_settle(struct world *w);

const struct element *world_element(const struct world *w, const struct subject *s);

#endif
