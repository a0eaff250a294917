/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is found about that which leaves: told with whose it is, and heard as one of two witnesses (core/signals.h). */
#include "base/text.h"
#include "core/engine_state.h"

static bool signal_of(enum finding_kind k, enum signal *out)
{
	switch (k) {
	case FINDING_LISTED:
		*out = SIGNAL_LISTED;
		return true;
	case FINDING_BEACON:
		*out = SIGNAL_TIMING;
		return true;
	case FINDING_EXFIL:
		*out = SIGNAL_VOLUME;
		return true;
	case FINDING_TUNNEL:
		*out = SIGNAL_TUNNEL;
		return true;
	default:
		return false;
	}
}

/* "curl (pid 812, bob, ssh.service)", as far as it is known and fits. */
void engine_say_who(struct finding *f, const struct blame *b)
{
	struct text t = text_over(f->who, sizeof(f->who));
	const char *between = "";

	if (!b->comm[0] && !b->user[0] && !b->unit[0])
		return;
	text_add(&t, b->comm[0] ? b->comm : "a process");
	text_add(&t, " (");
	if (b->pid) {
		text_addf(&t, "pid %u", b->pid);
		between = ", ";
	}
	if (b->user[0]) {
		text_addf(&t, "%s%s", between, b->user);
		between = ", ";
	}
	if (b->unit[0])
		text_addf(&t, "%s%s", between, b->unit);
	text_add(&t, ")");
}

/* Of the destination that is looked at. */
bool engine_is_new_place(const struct engine *e, mono_t at)
{
	int64_t young = e->rules.signals.new_ns / NS_PER_S;

	return engine_watched_s(e, at) >= young && e->egress.facts.known_s < young;
}

void engine_speak(struct engine *e, enum signal kind, const struct finding *f)
{
	struct finding both;

	if (signals_note(e->egress.signals, &e->rules.signals, kind, f, &both))
		engine_decide(e, &both);
}

/* The flow at hand is one of hundreds, and may have been refused before it could be asked for, or be another program's. */
static void blame_searcher(struct engine *e, const struct finding *f)
{
	const struct tuple t = { .dst = f->dst, .dport = f->dport, .proto = f->proto };
	struct blame *known = &e->egress.facts.blame;
	const struct blame *b = blames_get(&e->egress.blames, outgoing_most(e->egress.outgoing, known->owner.uid, &t));

	if (b)
		*known = *b;
}

void engine_raise_egress(void *engine, const struct finding *f)
{
	struct engine *e = engine;
	struct finding copy = *f;
	enum signal kind;

	copy.proof = PROOF_LOCAL;
	if (f->kind == FINDING_SWEEP)
		blame_searcher(e, f);
	engine_say_who(&copy, &e->egress.facts.blame);
	engine_decide(e, &copy);
	if (f->subject.kind != SUBJECT_DESTINATION || !signal_of(f->kind, &kind))
		return;
	/* Its flow may have begun before it was known what is new here, or before there was anybody to see it. */
	if (kind == SIGNAL_VOLUME && engine_is_new_place(e, f->at))
		engine_speak(e, SIGNAL_NEW, &copy);
	engine_speak(e, kind, &copy);
}

void engine_signal_reported(struct engine *e, const struct report_alert *a, mono_t now)
{
	struct finding f = { .kind = FINDING_REPORTED, .proof = PROOF_LOCAL, .first = now, .at = now, .src = a->tuple.src,
		.dst = a->tuple.dst, .sport = a->tuple.sport, .dport = a->tuple.dport, .proto = a->tuple.proto };

	text_copy(f.about, sizeof(f.about), a->text);
	engine_speak(e, SIGNAL_REPORTED, &f);
}

void engine_rearm_egress(struct engine *e, const struct subject *s)
{
	if (s->kind == SUBJECT_DESTINATION) {
		signals_rearm(e->egress.signals, &s->source);
		beacon_rearm(e->egress.beacon, &s->source);
	}
	if (s->kind == SUBJECT_ACTOR)
		sweep_rearm(e->egress.sweep, &e->rules.sweep, &s->actor);
}
