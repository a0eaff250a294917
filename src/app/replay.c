/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ring of frames between the reader and the engine. What goes in is taken off its link and tells which ports are
 * served; what comes out, a few seconds of the capture later, goes through the flow tracker and perhaps to the engine.
 */
#include "app/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "app/replay_clock.h"
#include "app/replay_ends.h"
#include "app/replay_notes.h"
#include "app/stage.h"
#include "base/err.h"
#include "codec/link.h"
#include "core/diversion.h"
#include "core/guess.h"

#define SNAP 128             /* as much of a packet as the kernel copies to the daemon */
#define SLOTS 16384          /* frames that are read ahead, at most: 5 MiB; a power of two, as the next */
#define FEW_SLOTS 128        /* where nothing has to be guessed: they stay in the cache */
#define AHEAD_NS (3 * NS_PER_S) /* and this much time: an answer later than the second SYN-ACK is none */
#define LAG 32               /* frames between the first touch of a flow and its use */
#define HOME_FRAMES 8192     /* that are looked at before the home is guessed */
#define HOME_NS (10 * NS_PER_S) /* or so much time, where they come slowly */
#define HOME_FEW 100         /* but so many at least */
#define FLOWS ((size_t)1 << 20)
#define QUIET_NS (10 * NS_PER_S)
#define PROGRESS_FRAMES 65536

struct waiting {
	mono_t at;
	uint64_t flow; /* flow_refer */
	struct packet packet; /* its payload points into bytes */
	uint32_t wire_len, if_index;
	uint16_t len;
	uint8_t to;  /* enum link_to */
	bool within; /* the home talks to itself: a host, or a network that stands for one */
	struct replay_noted noted;
	uint8_t bytes[SNAP];
};

struct replay {
	struct replay_opts o;
	struct conf *conf;
	struct capture *capture;
	struct stage *stage;
	struct flow_tracker *flows;
	void *flows_memory;
	size_t flows_bytes;
	struct guess *guess;
	struct replay_notes *notes; /* NULL until a frame has one */
	struct home home;
	struct home_votes *votes; /* until the home is known */
	struct replay_clock clock;
	struct replay_ends ends;
	struct replay_stats stats;
	struct waiting *slots;
	size_t size, head, n;     /* the oldest is at head */
	int64_t ahead_ns;
	bool begun, ports_new;
};

/* ---- the world, as the capture tells it ---- */

static bool fate(void *ctx, const struct ask *a, mono_t now, enum ask_fate *out, bool *silent)
{
	struct replay *r = ctx;
	bool noted = false, known = r->notes && replay_notes_fate(r->notes, a, &noted, out, silent);

	if (noted)
		return known;
	flow_fate(r->flows, a, now, out, silent);
	return true;
}

static size_t census(void *ctx, mono_t now, struct service_census *out, size_t most, struct pressure *p)
{
	struct replay *r = ctx;

	(void)p; /* a capture does not tell of the kernel's pressure */
	return flow_census(r->flows, now, out, most);
}

static void emit(void *ctx, const struct event *e)
{
	struct replay *r = ctx;

	r->o.emit(r->o.ctx, e);
}

/* ---- out of the ring ---- */

static struct waiting *slot_at(struct replay *r, size_t i)
{
	return &r->slots[(r->head + i) & (r->size - 1)];
}

/* Whose packet is it? HOOK_COUNT: nobody's here. */
static enum hook hook_of(struct replay *r, struct waiting *s)
{
	bool ours = home_holds(&r->home, &s->packet.src), here = home_holds(&r->home, &s->packet.dst);

	s->within = ours && here;
	if (here)
		return HOOK_INPUT;
	if (ours || s->to == LINK_OUTGOING)
		return HOOK_OUTPUT;
	if (r->o.router)
		return HOOK_FORWARD;
	if (s->to == LINK_TO_ALL || s->to == LINK_TO_GROUP)
		return HOOK_INPUT; /* passed by diversion_of: it is for everybody */
	r->stats.strangers++;
	return HOOK_COUNT;
}

/* flow_packet, and whoever wants to see the packet sees it. */
static enum flow_word show(struct replay *r, const struct waiting *s, enum hook hook)
{
	struct replay_packet p = { .packet = &s->packet, .at = s->at, .hook = hook, .wire_len = s->wire_len,
		.within = s->within, .from = flow_from(r->flows, s->flow) };

	p.word = flow_packet(r->flows, &s->packet, s->flow, hook == HOOK_OUTPUT, s->at);
	r->o.packet(r->o.ctx, &p);
	return p.word;
}

/* What passes within a home is as a host's talk to itself: no chain of the kernel diverts that. */
static void give(struct replay *r, const struct waiting *s, enum hook hook)
{
	bool ours = hook == HOOK_OUTPUT;
	enum flow_word word = r->o.packet ? show(r, s, hook) :
		flow_packet(r->flows, &s->packet, s->flow, ours, s->at);
	bool to_host = s->to != LINK_TO_GROUP && s->to != LINK_TO_ALL && !addr_is_multicast(&s->packet.dst);
	enum diversion d = diversion_of(&s->packet, hook, word, to_host);
	struct engine_input in = {
		.meta = { .at = s->at, .wire_len = s->wire_len, .if_in = s->if_index, .hook = (uint8_t)hook,
			.held = d == DIVERSION_HOLD, .state_known = true },
		.bytes = { s->bytes, s->len },
	};

	if (!s->within && hook != HOOK_FORWARD)
		replay_ends_packet(&r->ends, r->flows, &s->packet, s->flow, ours, s->wire_len, s->at);
	*(s->within ? &r->stats.local : &r->stats.by_hook[hook]) += 1;
	if (d == DIVERSION_PASS || s->within)
		return;
	if (d == DIVERSION_HOLD)
		r->stats.diverted++;
	else
		r->stats.copied++;
	stage_packet(r->stage, &in);
}

/* What the daemon itself has seen is neither tracked nor guessed again. */
static void give_noted(struct replay *r, const struct waiting *s)
{
	const struct replay_noted *w = &s->noted;
	struct engine_input in = { .meta = replay_notes_meta(w, s->at, s->wire_len, s->if_index),
		.bytes = { s->bytes, s->len } };

	r->stats.by_hook[w->hook]++;
	*(w->held ? &r->stats.diverted : &r->stats.copied) += 1;
	stage_until(r->stage, s->at);
	stage_flush(r->stage);
	replay_notes_tell(r->notes, stage_engine(r->stage), w, &s->packet, s->at);
	stage_packet(r->stage, &in);
}

static void tell_ports(struct replay *r)
{
	if (!r->ports_new || r->notes)
		return;
	r->ports_new = false;
	stage_flush(r->stage);
	engine_listening(stage_engine(r->stage), replay_listening(r), r->n ? slot_at(r, 0)->at : r->clock.latest);
}

static void let_out(struct replay *r)
{
	struct waiting *s = slot_at(r, 0);
	enum hook hook;

	if (r->n > LAG) {
		flow_touch(r->flows, slot_at(r, LAG)->flow);
		flow_touch_line(r->flows, slot_at(r, LAG / 2)->flow);
	}
	r->head = (r->head + 1) & (r->size - 1);
	r->n--;
	if (s->noted.noted) {
		give_noted(r, s);
		return;
	}
	hook = hook_of(r, s);
	if (hook == HOOK_COUNT)
		return;
	replay_ends_until(&r->ends, s->at);
	stage_until(r->stage, s->at);
	give(r, s, hook);
}

/* ---- into the ring ---- */

static void learn(struct replay *r, const struct waiting *s)
{
	bool from, here;

	if (r->votes) {
		home_count(r->votes, &s->packet, s->to);
		return;
	}
	from = s->to == LINK_OUTGOING || home_holds(&r->home, &s->packet.src);
	here = home_holds(&r->home, &s->packet.dst);
	if (r->guess && from != here)
		r->ports_new |= guess_packet(r->guess, &s->packet, from);
}

static void take_note(struct replay *r, struct waiting *s, struct slice note)
{
	if (!r->notes && replay_notes_create(&r->notes, replay_listening(r), r->o.seed)) {
		s->noted.noted = false; /* no memory: as any other capture */
		return;
	}
	r->stats.noted++;
	replay_notes_remember(r->notes, note, &s->packet);
}

static void take_in(struct replay *r, const struct capture_frame *f)
{
	struct waiting *s = slot_at(r, r->n);
	struct link_packet l;
	enum link_found found = link_decode(f->link, f->bytes, f->wire_len, &l);
	mono_t at = replay_clock_time(&r->clock, f->at,
		!r->clock.begun && found == LINK_IP ? replay_notes_clock(l.note) : 0);

	r->stats.frames++;
	if (found != LINK_IP) {
		r->stats.not_ip += found == LINK_NO_IP;
		r->stats.cut += found == LINK_CUT;
		return;
	}
	s->at = at;
	s->to = (uint8_t)l.to;
	s->wire_len = l.wire_len;
	s->if_index = l.if_index;
	s->noted.noted = l.note.len && replay_notes_read(l.note, &s->noted, &s->wire_len);
	s->len = (uint16_t)(l.ip.len < SNAP ? l.ip.len : SNAP);
	memcpy(s->bytes, l.ip.at, s->len);
	if (packet_parse((struct slice){ s->bytes, s->len }, s->wire_len, &s->packet)) {
		r->stats.faults++;
		return;
	}
	if (s->packet.fragment == FRAGMENT_LATER) {
		r->stats.fragments++;
		return;
	}
	s->flow = flow_refer(r->flows, &s->packet);
	r->n++;
	if (s->noted.noted)
		take_note(r, s, l.note);
	learn(r, s);
}

static void move_on(struct replay *r)
{
	tell_ports(r);
	while (r->n > LAG && (r->n == r->size || mono_since(r->clock.latest, slot_at(r, 0)->at) >= r->ahead_ns))
		let_out(r);
}

/* ---- begin and end ---- */

/* The frames that were read for its sake have told nothing of ports yet. */
static int settle_home(struct replay *r, char why[CAPTURE_WHY])
{
	if (home_guess(r->votes, &r->home) && !r->notes) {
		snprintf(why, CAPTURE_WHY, "whose capture is this? None of its packets tells; say --home ADDRESS");
		return ERR_ABSENT;
	}
	free(r->votes);
	r->votes = NULL;
	for (size_t i = 0; i < r->n; i++)
		learn(r, slot_at(r, i));
	return 0;
}

static int begin(struct replay *r, char why[CAPTURE_WHY])
{
	struct stage_opts o = { .conf = r->conf, .start = { REPLAY_START_NS }, .emit = emit, .emit_ctx = r,
		.fate = fate, .census = census, .world_ctx = r };
	int err = r->votes ? settle_home(r, why) : 0;

	if (err)
		return err;
	if (r->notes && !r->o.fresh)
		o.start.ns = 1; /* nor was the daemon that wrote them young */
	hash_key_from_seed(&o.key, r->o.seed);
	err = stage_create(&r->stage, &o);
	if (!err)
		err = replay_ends_open(&r->ends, &r->conf->rules.brute, r->stage, r->o.seed);
	if (err) {
		snprintf(why, CAPTURE_WHY, "the engine's tables: %s", err_text(err));
		return err;
	}
	home_guard(&r->home, engine_guards(stage_engine(r->stage)));
	engine_set_neighbours(stage_engine(r->stage), r->home.nets, r->home.n_nets);
	engine_listening(stage_engine(r->stage), replay_listening(r), o.start);
	r->ports_new = false;
	r->begun = true;
	return 0;
}

static bool may_begin(const struct replay *r)
{
	return !r->votes || r->votes->packets >= HOME_FRAMES || r->n == r->size ||
		(r->votes->packets >= HOME_FEW && mono_since(r->clock.latest, r->clock.stamp.mono) >= HOME_NS);
}

static void finish(struct replay *r)
{
	mono_t end = mono_add(r->clock.latest, QUIET_NS);

	tell_ports(r);
	while (r->n)
		let_out(r);
	replay_ends_until(&r->ends, end);
	stage_until(r->stage, end);
	stage_flush(r->stage);
}

static int step(struct replay *r, const struct capture_frame *f, char why[CAPTURE_WHY])
{
	int err = 0;

	take_in(r, f);
	if (!r->begun && may_begin(r))
		err = begin(r, why);
	if (!err && r->begun)
		move_on(r);
	if (r->o.progress && r->stats.frames % PROGRESS_FRAMES == 0) {
		capture_progress(r->capture, &r->stats.progress);
		r->o.progress(r->o.ctx, &r->stats);
	}
	return err;
}

int replay_run(struct replay *r, char why[CAPTURE_WHY])
{
	struct capture_frame f;
	int got, err = 0;

	while (!err && (got = capture_next(r->capture, &f, why)) != 0) {
		if (got == ERR_TRUNCATED)
			r->o.warn(r->o.ctx, why);
		else if (got < 0)
			return got;
		else
			err = step(r, &f, why);
	}
	if (!err && !r->begun && r->stats.frames)
		err = begin(r, why);
	if (!err && r->begun)
		finish(r);
	return err;
}

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
