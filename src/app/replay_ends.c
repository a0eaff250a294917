/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of counts beside the flow tracker, for the flows that somebody asks about: one for login services, and one for
 * what this host begins, so that neither crowds the other. Called by replay.c alone.
 */
#include "app/replay_ends.h"

#include <stdlib.h>

#include "base/err.h"
#include "core/uploads.h"

static int make(struct flow_count **out, uint64_t seed)
{
	void *memory = malloc(flow_count_bytes());
	struct hash_key key;

	if (!memory)
		return ERR_MEMORY;
	hash_key_from_seed(&key, seed ^ UINT64_C(0x656e6473)); /* another key than the engine's */
	if (!flow_count_create(out, memory, &key))
		return 0;
	free(memory);
	return ERR_MEMORY;
}

int replay_ends_open(struct replay_ends *e, const struct brute_opts *o, struct stage *s, uint64_t seed)
{
	if (make(&e->logins, seed) || make(&e->own, seed))
		return ERR_MEMORY; /* what there is, replay_ends_close frees */
	flow_count_step(e->own, UPLOADS_STEP);
	e->stage = s;
	e->due.ns = INT64_MAX;
	for (size_t i = 0; i < o->n_ports; i++)
		port_bits_add(&e->ports, o->ports[i]);
	return 0;
}

void replay_ends_close(struct replay_ends *e)
{
	free(e->logins);
	free(e->own);
	e->logins = e->own = NULL;
}

static void hand_in(struct replay_ends *e, const struct flow_end *f, mono_t at)
{
	stage_until(e->stage, at);
	stage_flush(e->stage);
	engine_flow_end(stage_engine(e->stage), f, at);
}

/* From a port of a login service this host may have begun something, too: that is the other table's. */
static void login_ended(void *ctx, const struct flow_end *f, mono_t at)
{
	if (f->direction == FLOW_IN)
		hand_in(ctx, f, at);
}

/* Of these the payload is counted, which live is what the socket tells. */
static void own_moved(void *ctx, const struct flow_end *f, mono_t at)
{
	struct flow_end told = *f;

	told.teller = TELLER_SOCKET;
	if (f->direction == FLOW_OUT)
		hand_in(ctx, &told, at);
}

static mono_t earlier(mono_t a, mono_t b)
{
	return a.ns < b.ns ? a : b;
}

static void look_ahead(struct replay_ends *e)
{
	e->due = earlier(flow_count_due(e->logins), flow_count_due(e->own));
}

/* Both tables in one order of time. */
void replay_ends_tell(struct replay_ends *e, mono_t now)
{
	while (e->due.ns <= now.ns) {
		flow_count_until(e->logins, e->due, login_ended, e);
		flow_count_until(e->own, e->due, own_moved, e);
		look_ahead(e);
	}
}

void replay_ends_login(struct replay_ends *e, const struct flow_tracker *t, const struct packet *p, uint64_t ref, bool ours,
	uint32_t wire_len, mono_t at)
{
	flow_count_packet(e->logins, t, p, ref, ours, wire_len, at, login_ended, e);
	look_ahead(e);
}

void replay_ends_own(struct replay_ends *e, const struct flow_tracker *t, const struct packet *p, uint64_t ref, bool ours,
	mono_t at)
{
	flow_count_packet(e->own, t, p, ref, ours, p->payload_len, at, own_moved, e);
	look_ahead(e);
}
