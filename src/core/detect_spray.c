/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many sources, few contacts each. The engine counts each fresh closed contact here and
 * asks once a tick; the alarm's subject is this host.
 */
#include "core/detect_spray.h"

#include <string.h>

#include "base/sketch.h"
#include "core/fixed.h"

#define CELLS_LOG2 12
#define CELLS (1 << CELLS_LOG2)
#define SHARE 3     /* contacts of one source that count in a tick */
#define HEIGHT 2    /* thresholds at which the sum stops: the alarm falls in minutes */
#define MOST_TICKS 65536 /* of one call: keeps the products below small */
#define Q16(x) ((int64_t)(x) << 16)

struct spray {
	struct hash_key key;
	bool begun, raised;
	mono_t since;      /* start of this tick */
	mono_t epoch;      /* the sum has been above 0 since then */
	uint32_t contacts; /* in this tick */
	int64_t level;     /* contacts a tick that are usual here, Q16 */
	int64_t sum;       /* CUSUM, Q16 */
	uint64_t few;      /* sources of the epoch: exact enough for some dozens */
	uint64_t many;     /* the same, coarse, for any number */
	uint8_t proto;     /* of all contacts of the epoch; 0: more than one */
	uint8_t n_ports;
	uint16_t ports[FINDING_PORTS];
	uint8_t share[CELLS]; /* contacts in this tick by keyed hash of the source */
};

size_t spray_bytes(void)
{
	return sizeof(struct spray);
}

void spray_create(struct spray **out, void *memory, const struct hash_key *key)
{
	struct spray *s = memory;

	memset(s, 0, sizeof(*s));
	s->key = *key;
	*out = s;
}

static void sample_port(struct spray *s, uint8_t proto, uint16_t port)
{
	if (!s->n_ports)
		s->proto = proto;
	else if (s->proto != proto)
		s->proto = 0;
	for (size_t i = 0; i < s->n_ports; i++)
		if (s->ports[i] == port)
			return;
	if (s->n_ports < FINDING_PORTS)
		s->ports[s->n_ports++] = port;
}

/*
 * One fast scanner is detect_scan's matter: here he weighs no more than any three
 * strangers' contacts in a tick, so that he alone can never be taken for many.
 */
void spray_count(struct spray *s, uint64_t source_key, uint8_t proto, uint16_t port)
{
	uint64_t hash = hash_u64(&s->key, source_key);
	uint8_t *share = &s->share[hash >> (64 - CELLS_LOG2)];

	if (*share >= SHARE)
		return;
	++*share;
	s->contacts = add_sat_u32(s->contacts, 1);
	hash = hash_u64(&s->key, hash); /* independent of the cell */
	bitmap64_add(&s->few, hash);
	hll16_add(&s->many, hash);
	sample_port(s, proto, port);
}

static uint32_t sources(const struct spray *s)
{
	uint32_t few = bitmap64_count(s->few);

	return few < 64 ? few : hll16_count(s->many);
}

static int64_t allowance(const struct spray *s, const struct spray_opts *o)
{
	int64_t noise = 3 * (int64_t)root_u64((uint64_t)s->level << 16) + Q16(4);

	return noise > Q16(o->allowance) ? noise : Q16(o->allowance);
}

/*
 * The alarm's own cause must not become usual; what lasts for a half-life is no attack
 * but what it is like here.
 */
static bool learns(const struct spray *s, const struct spray_opts *o)
{
	return !s->raised || mono_since(s->since, s->epoch) > o->level_half_life_ns;
}

/*
 * Several ticks at once where nobody asked for a while: what came is spread over them.
 * True where it was more than usual.
 */
static bool step(struct spray *s, const struct spray_opts *o, int64_t ticks)
{
	int64_t most = HEIGHT * Q16(o->threshold), came = Q16(s->contacts);
	int64_t excess = came - ticks * (s->level + allowance(s, o));

	s->sum += excess;
	if (s->sum < 0)
		s->sum = 0;
	if (s->sum > most)
		s->sum = most;
	if (learns(s, o))
		s->level = level_learn(s->level, came / ticks, ticks * o->tick_ns,
			o->level_half_life_ns);
	return excess > 0;
}

static void begin_tick(struct spray *s, mono_t since)
{
	s->since = since;
	s->contacts = 0;
	memset(s->share, 0, sizeof(s->share));
	if (s->sum)
		return;
	s->raised = false;
	s->epoch = since;
	s->few = s->many = 0;
	s->n_ports = 0;
}

static void fill(const struct spray *s, const struct spray_opts *o, int64_t score,
	mono_t now, struct finding *out)
{
	*out = (struct finding){
		.kind = FINDING_SPRAY,
		.proof = PROOF_CLAIMED,
		.rule = o->rule,
		.subject = { .kind = SUBJECT_HOST },
		.score = hundredths((uint64_t)score, 16),
		.threshold = hundredths((uint64_t)Q16(o->threshold), 16),
		.count = sources(s),
		.window_ns = mono_since(now, s->epoch),
		.first = s->epoch,
		.at = now,
		.proto = s->proto,
		.n_ports = s->n_ports,
	};
	memcpy(out->ports, s->ports, sizeof(out->ports));
}

/* With what has come in this tick so far. */
static int64_t sum_so_far(const struct spray *s, const struct spray_opts *o)
{
	return s->sum + Q16(s->contacts) - s->level - allowance(s, o);
}

static bool storms(const struct spray *s, const struct spray_opts *o)
{
	return !s->raised && o->rule.enabled && sum_so_far(s, o) >= Q16(o->threshold) &&
		sources(s) >= o->min_sources;
}

/* A storm need not wait for the end of its tick: what has come is over the threshold already. */
static bool storm(struct spray *s, const struct spray_opts *o, mono_t now, struct finding *out)
{
	int64_t sum = sum_so_far(s, o);

	if (!storms(s, o))
		return false;
	s->raised = true;
	fill(s, o, sum, now, out);
	return true;
}

bool spray_tick(struct spray *s, const struct spray_opts *o, mono_t now,
	struct finding *out)
{
	int64_t ticks;
	bool rising;

	if (!s->begun) {
		s->begun = true;
		s->since = s->epoch = now;
	}
	if (o->tick_ns <= 0)
		return false;
	if (mono_since(now, s->since) < o->tick_ns)
		return storm(s, o, now, out);
	ticks = mono_since(now, s->since) / o->tick_ns;
	rising = step(s, o, ticks < MOST_TICKS ? ticks : MOST_TICKS);
	begin_tick(s, mono_add(s->since, ticks * o->tick_ns));
	if (s->raised || !rising || !o->rule.enabled)
		return false;
	if (s->sum < Q16(o->threshold) || sources(s) < o->min_sources)
		return false;
	s->raised = true;
	fill(s, o, s->sum, now, out);
	return true;
}

/* Also where nothing has come: what comes next belongs to the tick that begins here. */
bool spray_is_due(const struct spray *s, const struct spray_opts *o, mono_t now)
{
	if (!s->begun)
		return true;
	if (o->tick_ns <= 0)
		return false;
	return mono_since(now, s->since) >= o->tick_ns || storms(s, o);
}

bool spray_raised(const struct spray *s)
{
	return s->raised;
}
