/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SYN floods, a service each. The engine counts SYNs here as they come and hands in the
 * census of half-open sockets once a second, while flood_wants_census says so.
 */
#include "core/detect_flood.h"

#include <string.h>

#include "core/fixed.h"
#include "core/flood_signs.h"

#define HEIGHT 2       /* thresholds at which the sum stops */
#define QUIET_TICKS 10 /* without a sign of the flood, until its alarm falls */
#define IDLE_TICKS 600 /* without anything, until a service is forgotten */
#define BACKLOG_TICKS 2
#define Q16(x) ((int64_t)(x) << 16)

struct service {
	uint16_t port;
	bool raised;
	uint8_t backlog_ticks; /* in a row with too much of the backlog half-open */
	uint8_t quiet_ticks;
	uint16_t idle_ticks;
	uint32_t syns, newcomers;    /* since the last tick */
	uint32_t syns_before, newcomers_before; /* a second, in the tick before */
	struct service_census seen;  /* of this tick, all sockets of the port together */
	uint32_t old_before;         /* half_open_old of the tick before */
	struct flood_signs arrivals;
	int64_t level;               /* usual half_open_old, Q16 */
	int64_t sum;                 /* CUSUM, Q16 */
	mono_t epoch;                /* the sum has been above 0 since then */
};

struct flood {
	mono_t last; /* tick */
	bool begun;
	bool restless;      /* some service had half-open sockets, a sum, or an alarm */
	uint32_t busiest;   /* SYNs to one service since the last tick */
	uint64_t untracked; /* SYNs to services beyond the bound */
	uint32_t n;
	struct service list[FLOOD_SERVICES];
	uint16_t index[65536]; /* port -> place in list + 1 */
};

size_t flood_bytes(void)
{
	return sizeof(struct flood);
}

void flood_create(struct flood **out, void *memory)
{
	struct flood *f = memory;

	memset(f, 0, sizeof(*f));
	*out = f;
}

static struct service *service_of(struct flood *f, uint16_t port)
{
	uint16_t at = f->index[port];

	if (at)
		return &f->list[at - 1];
	if (f->n == FLOOD_SERVICES)
		return NULL;
	f->list[f->n] = (struct service){ .port = port };
	f->index[port] = (uint16_t)++f->n;
	return &f->list[f->n - 1];
}

/* The last one takes its place. */
static void forget(struct flood *f, uint32_t at)
{
	struct service *last = &f->list[--f->n];

	f->index[f->list[at].port] = 0;
	if (last == &f->list[at])
		return;
	f->list[at] = *last;
	f->index[last->port] = (uint16_t)(at + 1);
}

void flood_syn(struct flood *f, uint16_t port, bool newcomer)
{
	struct service *s = service_of(f, port);

	if (!s) {
		f->untracked++;
		return;
	}
	s->syns = add_sat_u32(s->syns, 1);
	s->newcomers = add_sat_u32(s->newcomers, newcomer);
	if (s->syns > f->busiest)
		f->busiest = s->syns;
}

/* Sockets of one port on several addresses are one service; each has its own backlog. */
static void take_census(struct flood *f, const struct service_census *census, size_t n)
{
	for (uint32_t i = 0; i < f->n; i++)
		f->list[i].seen = (struct service_census){ .proto = PROTO_TCP };
	for (size_t i = 0; i < n; i++) {
		const struct service_census *c = &census[i];
		struct service *s = c->proto == PROTO_TCP ? service_of(f, c->port) : NULL;

		if (!s)
			continue;
		s->seen.half_open = add_sat_u32(s->seen.half_open, c->half_open);
		s->seen.half_open_old =
			add_sat_u32(s->seen.half_open_old, c->half_open_old);
		s->seen.accept_queue = add_sat_u32(s->seen.accept_queue, c->accept_queue);
		s->seen.backlog = add_sat_u32(s->seen.backlog, c->backlog);
	}
}

static int64_t allowance(const struct service *s, const struct flood_opts *o)
{
	int64_t noise = 3 * (int64_t)root_u64((uint64_t)s->level << 16);

	return noise > Q16(o->allowance) ? noise : Q16(o->allowance);
}

static void add_up(struct service *s, const struct flood_opts *o, int64_t excess,
	mono_t tick_start)
{
	int64_t most = HEIGHT * Q16(o->threshold);

	if (!s->sum)
		s->epoch = tick_start;
	s->sum += excess;
	if (s->sum < 0)
		s->sum = 0;
	if (s->sum > most)
		s->sum = most;
}

/*
 * Too much of the backlog held by handshakes that do not complete, twice in a row. Where
 * most are young, it is only far-away clients in great number.
 */
static bool fills_backlog(struct service *s, const struct flood_opts *o)
{
	uint64_t part = (uint64_t)s->seen.half_open * 100;
	bool old = s->seen.half_open_old >= s->seen.half_open / 2;

	if (!old || !s->seen.backlog ||
		part <= (uint64_t)s->seen.backlog * o->backlog_percent)
		s->backlog_ticks = 0;
	else if (s->backlog_ticks < BACKLOG_TICKS)
		s->backlog_ticks++;
	return s->backlog_ticks == BACKLOG_TICKS;
}

static bool pressed(const struct pressure *p)
{
	return p->listen_overflows || p->listen_drops || p->cookies_sent || p->queue_full;
}

/*
 * The second, independent sign. Where the accept queue is full, the kernel throws away
 * the last ACK of honest clients: their handshakes stay half-open because our own
 * program is slow, and every counter shows it. Then only strangers make a flood of it.
 */
static bool confirmed(const struct service *s, const struct flood_opts *o,
	const struct pressure *p)
{
	bool stalled = s->seen.backlog && s->seen.accept_queue >= s->seen.backlog;

	if (flood_signs_strangers(&s->arrivals, o))
		return true;
	return !stalled && (pressed(p) || flood_signs_unfinished(&s->arrivals, o));
}

/* An unfinished handshake is told from a young one a second after its SYN: what has grown now came a tick before. */
static void note_arrivals(struct service *s, uint32_t seconds)
{
	int64_t grown = (int64_t)s->seen.half_open_old - s->old_before;

	flood_signs_add(&s->arrivals, &(struct flood_second){ .syns = s->syns_before,
		.newcomers = s->newcomers_before, .grown = (int32_t)(grown / seconds) },
		s->seen.half_open_old);
}

static void fill(const struct service *s, const struct flood_opts *o, mono_t now,
	struct finding *out)
{
	*out = (struct finding){
		.kind = FINDING_FLOOD,
		.proof = PROOF_CLAIMED,
		.rule = o->rule,
		.subject.kind = SUBJECT_SERVICE,
		.subject.proto = PROTO_TCP,
		.subject.port = s->port,
		.score = hundredths((uint64_t)s->sum, 16),
		.threshold = hundredths((uint64_t)Q16(o->threshold), 16),
		.count = s->seen.half_open,
		.window_ns = mono_since(now, s->epoch),
		.first = s->epoch,
		.at = now,
		.dport = s->port,
		.proto = PROTO_TCP,
		.ports = { s->port },
		.n_ports = 1,
	};
	if (s->sum >= Q16(o->threshold))
		return;
	/* the backlog spoke before the sum did */
	out->score = hundredths(s->seen.half_open, 0);
	out->threshold =
		hundredths((uint64_t)s->seen.backlog * o->backlog_percent / 100, 0);
}

/* True where the alarm rises now. */
static bool judge(struct service *s, const struct flood_opts *o, const struct pressure *p,
	uint32_t seconds, mono_t now)
{
	int64_t excess = Q16(s->seen.half_open_old) - s->level - allowance(s, o);
	bool backlog = fills_backlog(s, o), agreed, signs;

	add_up(s, o, excess, mono_add(now, -(int64_t)seconds * NS_PER_S));
	note_arrivals(s, seconds);
	signs = backlog || (excess > 0 && s->sum >= Q16(o->threshold));
	if (s->raised) {
		s->quiet_ticks = signs ? 0 : (uint8_t)(s->quiet_ticks + 1);
		s->raised = s->quiet_ticks < QUIET_TICKS;
		return false;
	}
	agreed = signs && confirmed(s, o, p);
	s->level = level_learn(s->level, Q16(s->seen.half_open_old), seconds * NS_PER_S, o->level_half_life_ns);
	if (!agreed || !o->rule.enabled)
		return false;
	s->raised = true;
	s->quiet_ticks = 0;
	return true;
}

static bool restless(const struct service *s)
{
	return s->raised || s->sum || s->seen.half_open;
}

static void end_tick(struct service *s, uint32_t seconds)
{
	bool idle = !s->syns && !restless(s);
	uint32_t idle_ticks = idle ? s->idle_ticks + seconds : 0;

	s->idle_ticks = idle_ticks > IDLE_TICKS ? IDLE_TICKS : (uint16_t)idle_ticks;
	s->syns_before = s->syns / seconds;
	s->newcomers_before = s->newcomers / seconds;
	s->old_before = s->seen.half_open_old;
	s->syns = s->newcomers = 0;
}

static uint32_t seconds_since(struct flood *f, mono_t now)
{
	int64_t seconds = (mono_since(now, f->last) + NS_PER_S / 2) / NS_PER_S;

	if (!f->begun || seconds < 1)
		seconds = 1;
	f->begun = true;
	f->last = now;
	return seconds > UINT16_MAX ? UINT16_MAX : (uint32_t)seconds;
}

void flood_tick(struct flood *f, const struct flood_opts *o,
	const struct service_census *census, size_t n, const struct pressure *p,
	mono_t now, void (*raise)(void *ctx, const struct finding *), void *ctx)
{
	uint32_t seconds = seconds_since(f, now);

	take_census(f, census, n);
	f->busiest = 0;
	f->restless = false;
	for (uint32_t i = f->n; i-- > 0;) {
		struct service *s = &f->list[i];
		struct finding found;

		if (judge(s, o, p, seconds, now)) {
			fill(s, o, now, &found);
			raise(ctx, &found);
		}
		f->restless |= restless(s);
		end_tick(s, seconds);
		if (s->idle_ticks == IDLE_TICKS)
			forget(f, i);
	}
}

size_t flood_alarms(const struct flood *f)
{
	size_t n = 0;

	for (uint32_t i = 0; i < f->n; i++)
		n += f->list[i].raised;
	return n;
}

bool flood_raised(const struct flood *f, uint16_t port)
{
	uint16_t at = f->index[port];

	return at && f->list[at - 1].raised;
}

bool flood_wants_census(const struct flood *f, const struct flood_opts *o)
{
	return f->restless || (f->busiest && f->busiest >= o->min_syns / 10);
}

uint64_t flood_untracked(const struct flood *f)
{
	return f->untracked;
}
