/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ring for what came before, an array for what came after, and the state of the ports as it goes along. Called by
 * app/evidence.c, on its thread.
 */
#include "app/evidence_gather.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "core/listen.h"

#define NEIGHBOURS 32
#define RECENT_NS (600 * NS_PER_S) /* as the engine takes it */

struct kept {
	struct evidence_packet packet; /* its bytes are in 'bytes' */
	struct tuple tuple;
	mono_t at;
	uint8_t bytes[EVIDENCE_SNAP];
};

struct gather {
	struct gather_opts o;
	uint64_t key; /* of a source */
	struct listen *listen;
	struct prefix neighbours[NEIGHBOURS];
	size_t n_neighbours;
	struct kept *before, *after; /* of the first the oldest is at head, once it is full */
	size_t head, n_before, n_after;
	uint32_t missing;
};

int gather_create(struct gather **out, const struct gather_opts *o)
{
	struct gather *g = calloc(1, sizeof(*g));

	if (!g)
		return ERR_MEMORY;
	g->o = *o;
	if (g->o.snap > EVIDENCE_SNAP)
		g->o.snap = EVIDENCE_SNAP;
	if (o->subject.kind == SUBJECT_SOURCE || o->subject.kind == SUBJECT_DESTINATION)
		g->key = source_key(&o->subject.source.addr);
	g->listen = malloc(listen_bytes());
	g->before = calloc(o->before ? o->before : 1, sizeof(*g->before));
	g->after = calloc(o->after ? o->after : 1, sizeof(*g->after));
	if (!g->listen || !g->before || !g->after) {
		gather_destroy(g);
		return ERR_MEMORY;
	}
	gather_restart(g);
	*out = g;
	return 0;
}

void gather_destroy(struct gather *g)
{
	if (!g)
		return;
	free(g->listen);
	free(g->before);
	free(g->after);
	free(g);
}

void gather_restart(struct gather *g)
{
	listen_create(&g->listen, g->listen, RECENT_NS);
	g->n_neighbours = 0;
	g->head = g->n_before = g->n_after = 0;
	g->missing = 0;
}

static struct kept *kept_at(const struct gather *g, size_t i)
{
	if (i >= g->n_before)
		return &g->after[i - g->n_before];
	return &g->before[(g->head + i) % g->o.before];
}

size_t gather_count(const struct gather *g)
{
	return g->n_before + g->n_after;
}

bool gather_full(const struct gather *g)
{
	return g->n_after == g->o.after && g->n_after;
}

struct evidence_packet gather_packet(const struct gather *g, size_t i)
{
	struct evidence_packet p = kept_at(g, i)->packet;

	p.bytes.at = kept_at(g, i)->bytes;
	if (i)
		return p;
	p.missing = g->missing;
	p.has_clock = true;
	p.clock_ns = kept_at(g, i)->at.ns % EVIDENCE_CLOCK_NS;
	return p;
}

/* ---- packets ---- */

static bool concerns(const struct gather *g, const struct packet *p, uint8_t hook, enum listen_state port)
{
	const struct subject *s = &g->o.subject;
	bool out = hook == HOOK_OUTPUT;

	switch (s->kind) {
	case SUBJECT_NONE:
		break;
	case SUBJECT_SOURCE:
		return source_key(out ? &p->dst : &p->src) == g->key;
	case SUBJECT_SERVICE:
		return !out && p->proto == s->proto && p->dport == s->port;
	case SUBJECT_DESTINATION:
		return source_key(out ? &p->dst : &p->src) == g->key;
	case SUBJECT_ACTOR:
		return out;
	case SUBJECT_HOST:
		return hook == HOOK_INPUT && port != LISTEN_OPEN;
	}
	return false;
}

static bool is_neighbour(const struct gather *g, const struct addr *a)
{
	for (size_t i = 0; i < g->n_neighbours; i++)
		if (prefix_holds(&g->neighbours[i], a))
			return true;
	return false;
}

/* Where the next one goes; NULL where there is no room for it any more. */
static struct kept *place_for(struct gather *g, wall_t at)
{
	if (at.ns > g->o.trigger.ns)
		return g->n_after < g->o.after ? &g->after[g->n_after++] : NULL;
	if (!g->o.before)
		return NULL;
	if (g->n_before < g->o.before)
		return &g->before[g->n_before++];
	g->head = (g->head + 1) % g->o.before;
	if (g->missing < UINT32_MAX)
		g->missing++;
	return &g->before[(g->head + g->n_before - 1) % g->o.before];
}

static void keep(struct gather *g, const struct engine_input *in, wall_t at)
{
	const struct packet_meta *m = &in->meta;
	enum listen_state port;
	struct packet p;
	struct kept *k;
	size_t len;

	if (packet_parse(in->bytes, m->wire_len, &p) != PACKET_FINE)
		return; /* nor did the engine make anything of it */
	port = listen_ask(g->listen, p.proto, p.dport, m->at);
	if (!concerns(g, &p, m->hook, port))
		return;
	k = place_for(g, at);
	if (!k)
		return;
	len = in->bytes.len < g->o.snap ? in->bytes.len : g->o.snap;
	memcpy(k->bytes, in->bytes.at, len);
	k->at = m->at;
	k->tuple = (struct tuple){ .src = p.src, .dst = p.dst, .sport = p.sport, .dport = p.dport, .proto = p.proto };
	k->packet = (struct evidence_packet){ .at = at, .hook = m->hook, .held = m->held,
		.state_known = m->state_known, .neighbour = m->hook != HOOK_OUTPUT && is_neighbour(g, &p.src),
		.port = port, .if_in = m->if_in, .if_out = m->if_out, .wire_len = m->wire_len,
		.bytes.len = len };
}

/* ---- answers ---- */

/* Questions wait in the order of their packets, so of packets that look alike the oldest has its answer first. */
static void answer(struct gather *g, const struct ask_answer *a)
{
	bool late = a->ask.rules & (ASK_SCAN | ASK_HISTORY);
	const struct evidence_end said = { .known = true, .silent = a->silent, .fate = a->fate };

	for (size_t i = 0; i < gather_count(g); i++) {
		struct kept *k = kept_at(g, i);
		struct evidence_end *e = late ? &k->packet.late : &k->packet.soon;

		if (k->packet.hook == HOOK_OUTPUT || e->known || !tuple_equal(&k->tuple, &a->ask.tuple))
			continue;
		*e = said;
		return;
	}
}

/* ---- the rest ---- */

static void learn(struct gather *g, const struct observation *o)
{
	if (o->kind == OBSERVATION_LISTENING)
		listen_update(g->listen, o->listening, o->at);
	if (o->kind == OBSERVATION_ANSWER)
		answer(g, o->answer);
	if (o->kind != OBSERVATION_NEIGHBOURS)
		return;
	g->n_neighbours = o->neighbours.n < NEIGHBOURS ? o->neighbours.n : NEIGHBOURS;
	if (g->n_neighbours)
		memcpy(g->neighbours, o->neighbours.list, g->n_neighbours * sizeof(g->neighbours[0]));
}

void gather_take(struct gather *g, const struct stamp *stamp, const struct log_entry *e)
{
	const struct observation *o = &e->observation;

	if (e->kind != LOG_OBSERVATION && e->kind != LOG_SNAPSHOT)
		return;
	if (o->kind != OBSERVATION_PACKETS) {
		learn(g, o);
		return;
	}
	for (size_t i = 0; i < o->packets.n; i++)
		keep(g, &o->packets.in[i], stamp_wall(stamp, o->packets.in[i].meta.at));
}
