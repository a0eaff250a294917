/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Held connections, a service each: the gate (hold_gate), then the peers (hold_peers), and what our own program leaves
 * (hold_pile). Here is who remembers services and who has been named, and what a finding says.
 */
#include "core/detect_hold.h"

#include <string.h>

#include "base/text.h"
#include "core/fixed.h"
#include "core/hold_gate.h"
#include "core/hold_peers.h"
#include "core/hold_pile.h"
#include "core/source.h"

#define NAMED 32         /* peers of one service that are remembered to be named */
#define QUIET_S 60       /* no longer too much, until one is forgotten and may be named again */
#define YET_MORE 4       /* a quarter more than when it was named */
#define CROWD_QUIET 10   /* looks without pressure until the word of a crowd falls */
#define IDLE_S 3600      /* out of the census, until a service is forgotten */

struct named {
	uint64_t key;    /* of its source; 0: free */
	enum finding_kind kind;
	mono_t over;     /* last too much */
	uint32_t count;  /* when it was named */
	bool ended;      /* the measure that came of it */
};

struct service {
	uint16_t port;
	uint8_t proto;
	uint8_t pressure;  /* enum hold_pressure, of this second */
	bool met;          /* in this census */
	bool crowd;        /* told */
	uint8_t crowd_quiet;
	mono_t last;       /* census that named it */
	mono_t since;      /* pressure */
	struct service_census seen;
	struct hold_gate gate;
	struct hold_calm calm;
	struct hold_pile pile;
	struct named named[NAMED];
};

struct hold {
	unsigned conntrack_percent;
	bool wants, begun;
	mono_t at, holders_at;
	uint32_t n;
	uint64_t untracked;
	struct service list[HOLD_SERVICES];
};

/* What a finding needs beside its numbers. */
struct telling {
	const struct hold *hold;
	const struct hold_opts *o;
	mono_t now;
	hold_raise_fn raise;
	void *ctx;
};

size_t hold_bytes(void)
{
	return sizeof(struct hold);
}

void hold_create(struct hold **out, void *memory)
{
	struct hold *h = memory;

	memset(h, 0, sizeof(*h));
	*out = h;
}

static struct service *find(struct hold *h, uint8_t proto, uint16_t port)
{
	for (uint32_t i = 0; i < h->n; i++)
		if (h->list[i].port == port && h->list[i].proto == proto)
			return &h->list[i];
	return NULL;
}

/* Where all places are taken: the one that was out of the census for longest, if it is out. */
static struct service *admit(struct hold *h, uint8_t proto, uint16_t port, mono_t now)
{
	struct service *s = find(h, proto, port), *idle = NULL;

	if (s)
		return s;
	for (uint32_t i = 0; i < h->n; i++)
		if (mono_since(now, h->list[i].last) >= IDLE_S * NS_PER_S &&
			(!idle || h->list[i].last.ns < idle->last.ns))
			idle = &h->list[i];
	if (!idle && h->n == HOLD_SERVICES) {
		h->untracked++;
		return NULL;
	}
	s = idle ? idle : &h->list[h->n++];
	*s = (struct service){ .proto = proto, .port = port, .last = now };
	return s;
}

static bool any_named(const struct service *s)
{
	for (size_t i = 0; i < NAMED; i++)
		if (s->named[i].key)
			return true;
	return false;
}

/* Sockets of one port on several addresses are one service. */
static void take_census(struct hold *h, const struct service_census *c, size_t n, mono_t now)
{
	for (uint32_t i = 0; i < h->n; i++) {
		h->list[i].met = false;
		h->list[i].seen = (struct service_census){ .proto = h->list[i].proto, .port = h->list[i].port };
	}
	for (size_t i = 0; i < n; i++) {
		struct service *s = admit(h, c[i].proto, c[i].port, now);

		if (!s)
			continue;
		s->met = true;
		s->last = now;
		s->seen.accept_queue = add_sat_u32(s->seen.accept_queue, c[i].accept_queue);
		s->seen.backlog = add_sat_u32(s->seen.backlog, c[i].backlog);
		s->seen.established = add_sat_u32(s->seen.established, c[i].established);
		s->seen.close_wait = add_sat_u32(s->seen.close_wait, c[i].close_wait);
	}
}

/* What all findings of a service have in common. */
static struct finding about_service(const struct telling *t, const struct service *s, enum finding_kind kind,
	const struct rule *rule)
{
	return (struct finding){
		.kind = kind,
		.proof = PROOF_CLAIMED,
		.rule = *rule,
		.subject = { .kind = SUBJECT_SERVICE, .proto = s->proto, .port = s->port },
		.at = t->now,
		.dport = s->port,
		.proto = s->proto,
		.ports = { s->port },
		.n_ports = 1,
	};
}

static const char *pressure_text(uint8_t bits)
{
	if (bits & HOLD_QUEUE)
		return "accept queue filling";
	if (bits & HOLD_TRACKS)
		return "conntrack nearly full";
	return "far above its usual";
}

static void tell_pile(const struct telling *t, const struct service *s)
{
	struct finding f = about_service(t, s, FINDING_PILE, &t->o->wait_rule);

	f.proof = PROOF_LOCAL;
	f.score = hundredths(s->seen.close_wait, 0);
	f.threshold = hundredths(t->o->wait_least, 0);
	f.count = s->seen.close_wait;
	f.window_ns = t->o->wait_ns;
	f.first = mono_add(t->now, -t->o->wait_ns);
	t->raise(t->ctx, &f);
}

/* So few connections that it is not asked who holds them. */
static bool is_quiet(const struct hold_opts *o, const struct service *s)
{
	uint32_t busy = o->slow_floor < o->peer_floor ? o->slow_floor : o->peer_floor;

	return !s->pressure && s->seen.established < busy;
}

static void look_at(const struct telling *t, struct service *s, int64_t elapsed_ns)
{
	uint8_t before = s->pressure;
	bool pile = hold_pile_look(&s->pile, s->seen.close_wait, t->o->wait_least, t->o->wait_ns, t->now);

	s->pressure = hold_gate_look(&s->gate, t->o, &s->seen, t->hold->conntrack_percent, any_named(s) || s->crowd,
		elapsed_ns);
	if (!before && s->pressure)
		s->since = t->now;
	if (is_quiet(t->o, s))
		hold_calm_quiet(&s->calm, s->seen.established, elapsed_ns);
	if (pile && t->o->wait_rule.enabled)
		tell_pile(t, s);
}

void hold_census(struct hold *h, const struct hold_opts *o, const struct service_census *c, size_t n, mono_t now,
	hold_raise_fn raise, void *ctx)
{
	struct telling t = { .hold = h, .o = o, .now = now, .raise = raise, .ctx = ctx };
	int64_t elapsed = h->begun ? mono_since(now, h->at) : NS_PER_S;

	take_census(h, c, n, now);
	h->begun = true;
	h->at = now;
	h->wants = false;
	for (uint32_t i = 0; i < h->n; i++) {
		struct service *s = &h->list[i];

		look_at(&t, s, elapsed > 0 ? elapsed : 0);
		h->wants |= !is_quiet(o, s);
	}
}

void hold_pressure(struct hold *h, unsigned conntrack_percent)
{
	h->conntrack_percent = conntrack_percent;
}

bool hold_wants_holders(const struct hold *h)
{
	return h->wants;
}

static struct named *named_of(struct service *s, uint64_t key, enum finding_kind kind)
{
	for (size_t i = 0; i < NAMED; i++)
		if (s->named[i].key == key && s->named[i].kind == kind)
			return &s->named[i];
	return NULL;
}

/* A free place, or that of whoever was too much longest ago. */
static struct named *place_for(struct service *s)
{
	struct named *oldest = &s->named[0];

	for (size_t i = 0; i < NAMED; i++) {
		if (!s->named[i].key)
			return &s->named[i];
		if (s->named[i].over.ns < oldest->over.ns)
			oldest = &s->named[i];
	}
	return oldest;
}

/*
 * Whether it is to be said now. Again after the measure that came of it, where clients are turned away or it has taken
 * yet more: else the service has room, and who sits there still may sit.
 */
static bool is_news(struct service *s, uint64_t key, enum finding_kind kind, uint32_t count, mono_t now)
{
	struct named *n = named_of(s, key, kind);
	bool worse;

	if (!n) {
		n = place_for(s);
		*n = (struct named){ .key = key, .kind = kind, .over = now, .count = count };
		return true;
	}
	n->over = now;
	worse = s->pressure & HOLD_HARD || count > n->count + n->count / YET_MORE;
	if (!n->ended || !worse)
		return false;
	n->ended = false;
	n->count = count;
	return true;
}

static void forget_quiet(struct service *s, mono_t now)
{
	for (size_t i = 0; i < NAMED; i++)
		if (s->named[i].key && mono_since(now, s->named[i].over) >= QUIET_S * NS_PER_S)
			s->named[i] = (struct named){ 0 };
}

/* Its sockets are established: our own sequence numbers were acknowledged from this address. */
static void tell_peer(const struct telling *t, const struct service *s, const struct service_holders *all,
	const struct holder *who, bool slow, uint32_t limit)
{
	struct finding f = about_service(t, s, slow ? FINDING_SLOW : FINDING_HOLD,
		slow ? &t->o->slow_rule : &t->o->flood_rule);
	struct text about = text_over(f.about, sizeof(f.about));

	f.proof = PROOF_ANSWERED;
	f.subject = (struct subject){ .kind = SUBJECT_SOURCE, .source = source_prefix(source_key(&who->peer)) };
	f.src = who->peer;
	f.count = slow ? who->slow : who->open;
	f.score = hundredths(f.count, 0);
	f.threshold = hundredths(limit, 0);
	f.first = s->since;
	f.window_ns = mono_since(t->now, s->since);
	text_addf(&about, "of %u of %u peers; %s", all->open, all->peers, pressure_text(s->pressure));
	t->raise(t->ctx, &f);
}

/* Whether this peer holds too much; where it is both, its slow ones are what it is about. */
static bool judge_peer(const struct telling *t, struct service *s, const struct service_holders *all,
	const struct holder *who)
{
	uint64_t key = source_key(&who->peer);
	uint32_t slow = hold_slow_limit(t->o, all, &s->calm, s->pressure, who);
	uint32_t open = hold_open_limit(t->o, all, &s->calm, s->pressure);
	bool is_slow = t->o->slow_rule.enabled && who->slow > slow;
	bool is_many = !is_slow && t->o->flood_rule.enabled && who->open > open;

	if (!is_slow && !is_many)
		return false;
	if (is_news(s, key, is_slow ? FINDING_SLOW : FINDING_HOLD, is_slow ? who->slow : who->open,
		t->now))
		tell_peer(t, s, all, who, is_slow, is_slow ? slow : open);
	return true;
}

static void tell_crowd(const struct telling *t, const struct service *s, const struct service_holders *all)
{
	struct finding f = about_service(t, s, FINDING_HOLD, &t->o->flood_rule);
	struct text about = text_over(f.about, sizeof(f.about));

	f.count = all->open;
	f.score = hundredths(all->open, 0);
	f.threshold = hundredths(hold_gate_limit(&s->gate, t->o), 0);
	f.first = s->since;
	f.window_ns = mono_since(t->now, s->since);
	text_addf(&about, "of %u peers, none with too many; %s", all->peers, pressure_text(s->pressure));
	t->raise(t->ctx, &f);
}

/* Far more than usual and clients turned away, and nobody in particular to blame. */
static void judge_crowd(const struct telling *t, struct service *s, const struct service_holders *all)
{
	bool is = s->pressure & HOLD_OPEN && s->pressure & HOLD_HARD && all->peers >= HOLD_CROWD;

	if (s->crowd) {
		s->crowd_quiet = is ? 0 : (uint8_t)(s->crowd_quiet + 1);
		s->crowd = s->crowd_quiet < CROWD_QUIET;
		return;
	}
	if (!is || !t->o->flood_rule.enabled || any_named(s))
		return;
	s->crowd = true;
	s->crowd_quiet = 0;
	tell_crowd(t, s, all);
}

void hold_holders(struct hold *h, const struct hold_opts *o, const struct service_holders *list, size_t n, mono_t now,
	hold_raise_fn raise, void *ctx)
{
	struct telling t = { .hold = h, .o = o, .now = now, .raise = raise, .ctx = ctx };
	int64_t elapsed = h->holders_at.ns ? mono_since(now, h->holders_at) : NS_PER_S;

	h->holders_at = now;
	/* A walk that was not wanted for a while says nothing of the time between. */
	if (elapsed < 0 || elapsed > 10 * NS_PER_S)
		elapsed = NS_PER_S;
	for (size_t i = 0; i < n; i++) {
		struct service *s = find(h, list[i].proto, list[i].port);
		bool too_much = false;

		if (!s || !s->met)
			continue;
		for (uint32_t k = 0; s->pressure && k < list[i].n_top; k++)
			too_much |= judge_peer(&t, s, &list[i], &list[i].top[k]);
		if (!s->pressure && !any_named(s))
			hold_calm_learn(&s->calm, &list[i], elapsed);
		forget_quiet(s, now);
		if (!too_much)
			judge_crowd(&t, s, &list[i]);
	}
}

void hold_rearm(struct hold *h, const struct subject *subject)
{
	uint64_t key = subject->kind == SUBJECT_SOURCE ? source_key(&subject->source.addr) : 0;

	for (uint32_t i = 0; i < h->n; i++) {
		struct service *s = &h->list[i];

		if (subject->kind == SUBJECT_SERVICE && s->proto == subject->proto && s->port == subject->port)
			s->crowd = false;
		for (size_t k = 0; key && k < NAMED; k++)
			if (s->named[k].key == key)
				s->named[k].ended = true;
	}
}

uint64_t hold_untracked(const struct hold *h)
{
	return h->untracked;
}
