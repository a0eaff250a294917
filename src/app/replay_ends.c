/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of counts beside the flow tracker, for the few flows that somebody asks about. Called by replay.c alone.
 */
#include "app/replay_ends.h"

#include <stdlib.h>

#include "base/err.h"

int replay_ends_open(struct replay_ends *e, const struct brute_opts *o, struct stage *s, uint64_t seed)
{
	void *memory = malloc(flow_count_bytes());
	struct hash_key key;

	if (!memory)
		return ERR_MEMORY;
	hash_key_from_seed(&key, seed ^ UINT64_C(0x656e6473)); /* another key than the engine's */
	if (flow_count_create(&e->count, memory, &key)) {
		free(memory);
		return ERR_MEMORY;
	}
	e->stage = s;
	e->due.ns = INT64_MAX;
	for (size_t i = 0; i < o->n_ports; i++)
		e->ports[o->ports[i] / 64] |= UINT64_C(1) << o->ports[i] % 64;
	return 0;
}

void replay_ends_close(struct replay_ends *e)
{
	free(e->count);
	e->count = NULL;
}

static void hand_in(void *ctx, const struct flow_end *f, mono_t at)
{
	struct replay_ends *e = ctx;

	stage_until(e->stage, at);
	stage_flush(e->stage);
	engine_flow_end(stage_engine(e->stage), f, at);
}

void replay_ends_tell(struct replay_ends *e, mono_t now)
{
	flow_count_until(e->count, now, hand_in, e);
	e->due = flow_count_due(e->count);
}

void replay_ends_count(struct replay_ends *e, const struct flow_tracker *t, const struct packet *p, uint64_t ref, bool ours,
	uint32_t wire_len, mono_t at)
{
	flow_count_packet(e->count, t, p, ref, ours, wire_len, at, hand_in, e);
	e->due = flow_count_due(e->count);
}
