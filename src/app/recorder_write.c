/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the recorder's thread makes of the ring: entries for the log, and between them what the reader needs to tell them
 * (the wall clock, names of interfaces, other rules). Ticks that did nothing are left out: whoever reads puts some in
 * again (edge/obslog.h). Where the packet thread stood still, the last of them is said, so that none is put in behind it.
 */
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "app/recorder_state.h"
#include "base/err.h"
#include "base/text.h"
#include "edge/clock.h"

#define BLOCK_NS (10 * NS_PER_S)        /* a crash loses no more */
#define LIGHT_NS (600 * NS_PER_S)       /* of ticks alone */
#define ALIVE_NS (60 * NS_PER_S)        /* a tick that did nothing, now and then: the log was kept */
#define NAME_NS (60 * NS_PER_S)         /* a name of an interface is asked for anew */
#define SAY_NS (60 * NS_PER_S)
#define A_TURN 4096                     /* observations; then clock, rules and the block's age are looked at */

/* ---- troubles ---- */

static void fail(struct recorder *r, int err, const char *why)
{
	mono_t now = clock_mono();

	pthread_mutex_lock(&r->lock);
	r->stats.failing = true;
	snprintf(r->stats.error, sizeof(r->stats.error), "%s: %.*s", err_text(err), WHY_TEXT - 40, why);
	pthread_mutex_unlock(&r->lock);
	r->failing = true;
	if (mono_since(now, r->said_at) < 0)
		return;
	r->said_at = mono_add(now, SAY_NS);
	log_at(LOG_LEVEL_ERROR, "observations cannot be written (%s); what comes until they can be is missing", why);
}

static void recover(struct recorder *r)
{
	pthread_mutex_lock(&r->lock);
	r->stats.failing = false;
	pthread_mutex_unlock(&r->lock);
	r->failing = false;
	log_at(LOG_LEVEL_NOTICE, "%s: observations are written again", r->folder);
}

static void after(struct recorder *r, int err, const char *why, uint64_t blocks_before)
{
	struct obslog_stats s;

	if (err) {
		fail(r, err, why);
		return;
	}
	if (!r->failing)
		return;
	obslog_stats(r->log, &s);
	if (s.blocks > blocks_before)
		recover(r);
}

static uint64_t blocks(const struct recorder *r)
{
	struct obslog_stats s = { .blocks = 0 };

	if (r->failing)
		obslog_stats(r->log, &s);
	return s.blocks;
}

static void put(struct recorder *r, struct log_entry *e)
{
	uint64_t before = blocks(r);
	char why[OBSLOG_WHY] = "";
	int err;

	if (e->at.ns < r->last.ns && e->kind != LOG_OBSERVATION)
		e->at = r->last;
	err = obslog_put(r->log, e, why);
	r->last = e->at;
	after(r, err, why, before);
}

/* ---- what stands between ---- */

static void put_clock(struct recorder *r)
{
	struct log_entry e = { .kind = LOG_CLOCK };
	struct stamp now = steady_now(r->steady);

	e.wall_ns = now.wall.ns - now.mono.ns;
	if (e.wall_ns == r->wall_ns)
		return;
	r->wall_ns = e.wall_ns;
	put(r, &e);
}

static void put_rules(struct recorder *r)
{
	struct log_entry e;

	pthread_mutex_lock(&r->lock);
	e = r->rules;
	r->rules.kind = LOG_NOTHING;
	pthread_mutex_unlock(&r->lock);
	if (e.kind != LOG_NOTHING)
		put(r, &e);
}

static struct recorder_link *link_of(struct recorder *r, uint32_t index)
{
	size_t i = 0;

	while (i < r->n_links && r->links[i].index != index)
		i++;
	if (i == RECORDER_LINKS)
		return NULL;
	if (i == r->n_links)
		r->links[r->n_links++] = (struct recorder_link){ .index = index };
	return &r->links[i];
}

static void put_name(struct recorder *r, uint32_t index, mono_t now)
{
	struct recorder_link *l = index ? link_of(r, index) : NULL;
	struct log_entry e = { .kind = LOG_LINK };
	char name[IF_NAMESIZE];

	if (!l || (l->asked.ns && mono_since(now, l->asked) < NAME_NS))
		return;
	l->asked = now;
	if (!if_indextoname(index, name) || !strcmp(name, l->name))
		return;
	text_copy(l->name, sizeof(l->name), name);
	e.link.index = index;
	text_copy(e.link.name, sizeof(e.link.name), name);
	put(r, &e);
}

static void put_names(struct recorder *r, const struct observation *o)
{
	uint32_t last = 0;

	for (size_t i = 0; o->kind == OBSERVATION_PACKETS && i < o->packets.n; i++) {
		const struct packet_meta *m = &o->packets.in[i].meta;

		if (m->if_in != last)
			put_name(r, m->if_in, m->at);
		last = m->if_in;
	}
}

/* ---- observations ---- */

/* Neighbours come without a time. */
static void put_observation(struct recorder *r, const struct observation *o)
{
	struct log_entry e = { .kind = LOG_OBSERVATION, .at = o->at, .observation = *o };

	if (o->kind == OBSERVATION_NEIGHBOURS)
		e.at = r->last;
	put_names(r, o);
	put(r, &e);
	r->written += o->kind == OBSERVATION_PACKETS ? o->packets.n : 1;
}

/* Says since when there was no tick, where a reader would think that there were some. */
static void put_stillness(struct recorder *r, mono_t at)
{
	struct log_entry e = { .kind = LOG_NOTHING, .at = r->idle.ns ? r->idle : r->last };

	r->idle = (mono_t){ 0 };
	if (e.at.ns && mono_since(at, e.at) > OBSLOG_FILL_NS)
		put(r, &e);
}

static void take(struct recorder *r, const struct observation *o, uint64_t lost)
{
	struct log_entry loss = { .kind = LOG_LOSS, .at = o->at, .lost = lost };

	if (lost) {
		put(r, &loss);
		return;
	}
	if (o->kind == OBSERVATION_TICK && o->idle && mono_since(o->at, r->alive) < ALIVE_NS) {
		r->idle = o->at;
		return;
	}
	if (o->kind == OBSERVATION_TICK)
		r->alive = o->at;
	if (o->kind != OBSERVATION_NEIGHBOURS)
		put_stillness(r, o->at);
	put_observation(r, o);
}

bool recorder_drain(struct recorder *r)
{
	struct observation o;
	uint64_t lost;
	size_t n = 0;

	put_clock(r);
	put_rules(r);
	for (; n < A_TURN && recorder_take(r, &o, &lost); n++) {
		take(r, &o, lost);
		recorder_drop(r);
	}
	return n > 0;
}

void recorder_flush(struct recorder *r, bool all)
{
	uint64_t before = blocks(r);
	char why[OBSLOG_WHY] = "";
	bool weighty = false;
	int64_t age = 0;
	mono_t since;

	if (obslog_waits(r->log, &since, &weighty))
		age = mono_since(clock_mono(), since);
	if (all || age >= (weighty ? BLOCK_NS : LIGHT_NS))
		after(r, obslog_flush(r->log, why), why, before);
}
