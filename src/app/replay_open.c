/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A replay's memory, from its options to its end. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "app/replay_state.h"
#include "base/err.h"

#define SLOTS 16384          /* frames that are read ahead, at most: 5 MiB; a power of two, as the next */
#define FEW_SLOTS 128        /* where nothing has to be guessed: they stay in the cache */
#define AHEAD_NS (3 * NS_PER_S) /* and this much time: an answer later than the second SYN-ACK is none */
#define FLOWS ((size_t)1 << 20)

static int make_flows(struct replay *r)
{
	struct hash_key key;

	hash_key_from_seed(&key, r->o.seed ^ UINT64_C(0x666c6f7773)); /* another key than the engine's */
	r->flows_bytes = flow_bytes(FLOWS);
	r->flows_memory = mmap(NULL, r->flows_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (r->flows_memory == MAP_FAILED) {
		r->flows_memory = NULL;
		return ERR_MEMORY;
	}
	madvise(r->flows_memory, r->flows_bytes, MADV_HUGEPAGE);
	return flow_create(&r->flows, r->flows_memory, r->flows_bytes, FLOWS, &key);
}

static int make_guess(struct replay *r)
{
	void *memory = malloc(guess_bytes());

	if (!memory)
		return ERR_MEMORY;
	guess_create(&r->guess, memory);
	r->ahead_ns = AHEAD_NS;
	return 0;
}

static int make(struct replay *r)
{
	int err;

	r->conf = malloc(sizeof(*r->conf));
	r->size = r->o.listening && r->o.home ? FEW_SLOTS : SLOTS;
	r->slots = malloc(r->size * sizeof(*r->slots));
	if (!r->conf || !r->slots)
		return ERR_MEMORY;
	*r->conf = *r->o.conf;
	if (!r->o.fresh)
		r->conf->rules.stray_ack_after_ns = 0; /* who was there before the capture, the guess knows */
	if (r->o.home)
		r->home = *r->o.home;
	else if (!(r->votes = calloc(1, sizeof(*r->votes))))
		return ERR_MEMORY;
	err = make_flows(r);
	if (!err)
		err = replay_leave_open(&r->leave);
	return err || r->o.listening ? err : make_guess(r);
}

int replay_open(struct replay **out, const struct replay_opts *o, char why[CAPTURE_WHY])
{
	struct replay *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return ERR_MEMORY;
	r->o = *o;
	err = make(r);
	if (err)
		snprintf(why, CAPTURE_WHY, "memory for replay: %s", err_text(err));
	else
		err = capture_open(&r->capture, o->paths, o->n_paths, o->filter, why);
	if (err) {
		replay_close(r);
		return err;
	}
	*out = r;
	return 0;
}

void replay_close(struct replay *r)
{
	if (!r)
		return;
	replay_ends_close(&r->ends);
	replay_leave_close(&r->leave);
	stage_destroy(r->stage);
	capture_close(r->capture);
	if (r->flows_memory)
		munmap(r->flows_memory, r->flows_bytes);
	replay_notes_destroy(r->notes);
	free(r->guess);
	free(r->votes);
	free(r->slots);
	free(r->conf);
	free(r);
}

const struct stamp *replay_stamp(const struct replay *r)
{
	return &r->clock.stamp;
}

const struct home *replay_home(const struct replay *r)
{
	return &r->home;
}

const struct listen_snapshot *replay_listening(const struct replay *r)
{
	if (r->notes)
		return replay_notes_listening(r->notes);
	return r->o.listening ? r->o.listening : guess_listening(r->guess);
}

struct engine *replay_engine(struct replay *r)
{
	return r->stage ? stage_engine(r->stage) : NULL;
}

void replay_stats(const struct replay *r, struct replay_stats *out)
{
	*out = r->stats;
	out->first = r->clock.first;
	out->last = r->clock.last;
	out->back_steps = r->clock.back_steps;
	out->farthest_back_ns = r->clock.farthest_back_ns;
	out->notes_lost = r->notes ? replay_notes_lost(r->notes) : 0;
	flow_stats(r->flows, &out->flows);
	capture_progress(r->capture, &out->progress);
}
