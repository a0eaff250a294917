/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ring of frames between the reader and the engine. What goes in is taken off its link and tells which ports are
 * served; what comes out, a few seconds of the capture later, goes through the flow tracker and perhaps to the engine.
 */
#include "app/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/replay_state.h"
#include "base/err.h"
#include "codec/link.h"
#include "core/diversion.h"

#define LAG 32               /* frames between the first touch of a flow and its use */
#define HOME_FRAMES 8192     /* that are looked at before the home is guessed */
#define HOME_NS (10 * NS_PER_S) /* or so much time, where they come slowly */
#define HOME_FEW 100         /* but so many at least */
#define QUIET_NS (10 * NS_PER_S)
#define PROGRESS_FRAMES 65536

/* ---- the world, as the capture tells it ---- */

static bool fate(void *ctx, const struct ask *a, mono_t now, enum ask_fate *out, bool *silent)
{
	struct replay *r = ctx;
	bool noted = false, known = r->notes && replay_notes_fate(r->notes, a, &noted, out, silent);

	if (noted)
		return known;
	if (r->notes && a->hook == HOOK_OUTPUT)
		return false; /* what noted packets began is nowhere tracked */
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

/* A look-up of ours or its answer is copied beside all else. */
static void give_dns(struct replay *r, const struct waiting *s, enum hook hook, enum flow_word word)
{
	bool copied = !s->within && r->conf->divert.dns_copies && diversion_copies_dns(&s->packet, hook, word);

	if (copied)
		stage_flush(r->stage);
	replay_leave_give(&r->leave, copied ? stage_engine(r->stage) : NULL, hook == HOOK_OUTPUT, s->at);
}

static enum diversion divert(const struct replay *r, const struct waiting *s, enum hook hook, enum flow_word word)
{
	bool to_host = s->to != LINK_TO_GROUP && s->to != LINK_TO_ALL && !addr_is_multicast(&s->packet.dst);
	enum diversion d = diversion_of(&s->packet, hook, word, to_host);

	if (s->within || (hook == HOOK_OUTPUT && r->conf->divert.output == CONF_TAKE_OFF))
		return DIVERSION_PASS;
	if (hook == HOOK_OUTPUT && r->conf->divert.output == CONF_TAKE_QUEUE && diversion_holds_own(&s->packet, word, to_host))
		return DIVERSION_HOLD;
	return d;
}

/* What passes within a home is as a host's talk to itself: no chain of the kernel diverts that. */
static void give(struct replay *r, const struct waiting *s, enum hook hook)
{
	bool ours = hook == HOOK_OUTPUT;
	enum flow_word word = r->o.packet ? show(r, s, hook) :
		flow_packet(r->flows, &s->packet, s->flow, ours, s->at);
	enum diversion d = divert(r, s, hook, word);
	struct engine_input in = {
		.meta = { .at = s->at, .wire_len = s->wire_len, .if_in = s->if_index, .hook = (uint8_t)hook,
			.held = d == DIVERSION_HOLD, .state_known = true },
		.bytes = { s->bytes, s->len },
	};

	if (!s->within && hook != HOOK_FORWARD)
		replay_ends_packet(&r->ends, r->flows, &s->packet, s->flow, ours, s->wire_len, s->at);
	*(s->within ? &r->stats.local : &r->stats.by_hook[hook]) += 1;
	if (s->dns)
		give_dns(r, s, hook, word);
	if (d == DIVERSION_PASS)
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

static void tell_guesses(struct replay *r)
{
	mono_t now = r->n ? slot_at(r, 0)->at : r->clock.latest;

	if (r->leave.asked_new)
		replay_leave_tell(&r->leave, r->stage, now);
	if (!r->ports_new || r->notes)
		return;
	r->ports_new = false;
	stage_flush(r->stage);
	engine_listening(stage_engine(r->stage), replay_listening(r), now);
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
	if (hook == HOOK_COUNT) {
		if (s->dns)
			replay_leave_give(&r->leave, NULL, false, s->at);
		return;
	}
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
	if (from && !here)
		replay_leave_learn(&r->leave, &s->packet);
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
	s->len = (uint16_t)(l.ip.len < REPLAY_SNAP ? l.ip.len : REPLAY_SNAP);
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
	s->dns = replay_leave_is_dns(&s->packet) && !s->noted.noted && replay_leave_keep(&r->leave, l.ip, l.wire_len);
	r->n++;
	if (s->noted.noted)
		take_note(r, s, l.note);
	learn(r, s);
}

static void move_on(struct replay *r)
{
	tell_guesses(r);
	while (r->n > LAG && (r->n == r->size || !replay_leave_room(&r->leave) || mono_since(r->clock.latest, slot_at(r, 0)->at) >= r->ahead_ns))
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
	struct stamp clock = r->clock.stamp;
	struct stage_opts o = { .conf = r->conf, .start = { REPLAY_START_NS }, .emit = emit, .emit_ctx = r,
		.fate = fate, .census = census, .world_ctx = r, .clock = &clock };
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
		!replay_leave_room(&r->leave) || (r->votes->packets >= HOME_FEW && mono_since(r->clock.latest, r->clock.stamp.mono) >= HOME_NS);
}

static void finish(struct replay *r)
{
	mono_t end = mono_add(r->clock.latest, QUIET_NS);

	tell_guesses(r);
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
