/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of destinations, and the two rules. */
#include "core/detect_exfil.h"

#include <string.h>

#include "core/detect_exfil_parts.h"
#include "core/domain.h"
#include "core/fixed.h"

#define DESTINATIONS 6000
#define SAMPLE 16
#define KIB 1024
#define LEAST_HOUR 32 /* an hour of a trickle holds that part of trickle_bytes: keep-alives are none */
#define DAY_S 86400

struct destination {
	uint64_t key;          /* 0: free */
	struct exfil_day day;
	int32_t first;         /* hour: this actor has known it since */
	int32_t trickle;       /* hour in which it was told as one; EXFIL_NEVER */
	uint32_t taught;       /* KiB in all, out of a store, of ... */
	int32_t taught_from, taught_to; /* ... these hours */
};

struct exfil {
	struct hash_key key;
	struct map *by_key;
	uint32_t used, victim;
	struct exfil_stats stats;
	struct exfil_sender senders[EXFIL_SENDERS];
	struct destination list[DESTINATIONS];
};

static size_t head_bytes(void)
{
	return (sizeof(struct exfil) + 63) / 64 * 64;
}

size_t exfil_bytes(void)
{
	return head_bytes() + map_bytes(DESTINATIONS);
}

void exfil_create(struct exfil **out, void *memory, const struct hash_key *key)
{
	struct exfil *x = memory;

	memset(x, 0, sizeof(*x));
	x->key = *key;
	/* It fails for a misaligned or small memory alone, which is its caller's mistake and ours. */
	(void)map_create(&x->by_key, (uint8_t *)memory + head_bytes(), map_bytes(DESTINATIONS), DESTINATIONS, key);
	*out = x;
}

/* ---- whose, and where to ---- */

static uint64_t actor_key(const struct exfil *x, uint32_t uid, const char *steady_unit)
{
	return unit_hash(&x->key, uid, steady_unit) | 1;
}

static uint64_t peer_key(const struct exfil *x, const struct addr *to, const char *name)
{
	const char *domain = domain_registered(name);

	return *name ? hash_bytes(&x->key, domain, strlen(domain)) : hash_u64(&x->key, source_key(to));
}

static uint64_t pair_key(const struct exfil *x, uint64_t actor, uint64_t peer)
{
	const uint64_t both[2] = { actor, peer };

	return hash_bytes(&x->key, both, sizeof(both)) | 1;
}

/* ---- destinations ---- */

/* What was sent on its greatest day, fading by half with each two days of silence. */
static uint64_t worth(const struct destination *d, int32_t hour)
{
	const int32_t idle = (hour - d->day.hour) / (2 * EXFIL_HOURS);
	const uint64_t most = d->day.most > d->day.out ? d->day.most : d->day.out;

	return idle > 31 ? 0 : most >> (idle > 0 ? idle : 0);
}

static struct destination *make_room(struct exfil *x, int32_t hour)
{
	struct destination *least = NULL;

	if (x->used < DESTINATIONS)
		return &x->list[x->used++];
	for (int i = 0; i < SAMPLE; i++) {
		struct destination *d = &x->list[x->victim];

		x->victim = (x->victim + 1) % DESTINATIONS;
		if (!least || worth(d, hour) < worth(least, hour))
			least = d;
	}
	map_remove(x->by_key, least->key);
	x->stats.forgotten++;
	return least;
}

static struct destination *meet(struct exfil *x, uint64_t key, bool make, mono_t now)
{
	const uint32_t at = map_get(x->by_key, key);
	const int32_t hour = exfil_hour(now);
	struct destination *d;

	if (at != MAP_NONE) {
		exfil_day_turn(&x->list[at].day, now);
		return &x->list[at];
	}
	if (!make)
		return NULL;
	d = make_room(x, hour);
	*d = (struct destination){ .key = key, .day = exfil_day_begin(now), .first = hour, .trickle = EXFIL_NEVER };
	map_set(x->by_key, key, (uint32_t)(d - x->list));
	return d;
}

static bool is_told(const struct destination *d, int32_t hour)
{
	return exfil_within_day(d->day.told, hour) || exfil_within_day(d->trickle, hour);
}

static bool is_new(const struct destination *d, const struct exfil_opts *o, int64_t known_s, int32_t hour)
{
	const int64_t own_s = (int64_t)(hour - d->first) * 3600;

	return (own_s > known_s ? own_s : known_s) < o->new_ns / NS_PER_S;
}

static uint64_t at_least(uint64_t bytes, const struct exfil_day *d, const struct exfil_opts *o)
{
	const uint64_t usual = (uint64_t)d->most * o->times;

	return bytes / KIB > usual ? bytes / KIB : usual;
}

/* ---- findings ---- */

/* One call of exfil_moved. */
struct look {
	struct exfil *x;
	const struct exfil_opts *o;
	const struct contact *c;
	mono_t now;
	int32_t hour;
	bool fresh;            /* the destination is new */
	exfil_raise_fn raise;
	void *ctx;
};

static struct finding finding_of(const struct look *l, const struct rule *rule, const struct exfil_sum *sum, uint64_t limit)
{
	return (struct finding){ .kind = FINDING_EXFIL, .proof = PROOF_LOCAL, .rule = *rule,
		.score = hundredths(sum->out, 0), .threshold = hundredths(limit, 0), .count = 1,
		.window_ns = mono_since(l->now, sum->since), .first = sum->since, .at = l->now, .src = l->c->tuple.src,
		.proto = l->c->tuple.proto, .actor = l->c->actor };
}

static void tell(const struct look *l, const struct rule *rule, const struct destination *d, const struct exfil_sum *sum,
	uint64_t limit)
{
	const struct tuple *tuple = &l->c->tuple;
	struct finding f = finding_of(l, rule, sum, limit);
	struct text t = text_over(f.about, sizeof(f.about));
	char address[ADDR_TEXT];

	f.subject = (struct subject){ .kind = SUBJECT_DESTINATION, .source = prefix_of(&tuple->dst, addr_bits(&tuple->dst)) };
	f.dst = tuple->dst;
	f.sport = tuple->sport;
	f.dport = tuple->dport;
	exfil_say(&t, sum, &d->day, l->now);
	addr_format(&tuple->dst, address, sizeof(address));
	text_add(&t, l->c->name && l->c->name[0] ? l->c->name : address);
	l->x->stats.told++;
	l->raise(l->ctx, &f);
}

static void judge_volume(const struct look *l, struct destination *d)
{
	const struct exfil_opts *o = l->o;
	const struct exfil_sum sum = exfil_day_sum(&d->day, o->ratio, 0);
	uint64_t limit;
	bool used;

	if (exfil_day_is_told(&d->day, sum.out))
		return;
	used = !l->fresh && d->day.most >= o->trickle_bytes / KIB;
	limit = at_least(used ? o->known_bytes : o->day_bytes, &d->day, o);
	if (sum.out <= limit)
		return;
	d->day.told = l->hour;
	if (o->volume_rule.enabled)
		tell(l, &o->volume_rule, d, &sum, limit);
}

static void judge_trickle(const struct look *l, struct destination *d)
{
	const struct exfil_opts *o = l->o;
	const struct exfil_sum sum = exfil_day_sum(&d->day, o->ratio, (uint32_t)(o->trickle_bytes / KIB / LEAST_HOUR));
	const uint64_t limit = at_least(o->trickle_bytes, &d->day, o);

	if (!l->fresh || sum.out < limit || sum.hours < o->trickle_hours || is_told(d, l->hour))
		return;
	d->trickle = l->hour;
	if (o->trickle_rule.enabled)
		tell(l, &o->trickle_rule, d, &sum, limit);
}

static void judge_sender(const struct look *l, struct exfil_sender *s)
{
	const struct exfil_opts *o = l->o;
	const struct exfil_sum sum = exfil_day_sum(&s->day, o->ratio, 0);
	uint64_t limit;
	uint32_t peers;
	struct finding f;
	struct text t;

	if (exfil_day_is_told(&s->day, sum.out))
		return;
	limit = at_least(o->day_bytes, &s->day, o);
	peers = exfil_sender_peers(s);
	if (sum.out <= limit || peers < 2)
		return;
	s->day.told = l->hour;
	if (!o->volume_rule.enabled)
		return;
	f = finding_of(l, &o->volume_rule, &sum, limit);
	f.subject = (struct subject){ .kind = SUBJECT_ACTOR, .actor = l->c->actor };
	f.count = peers;
	t = text_over(f.about, sizeof(f.about));
	exfil_say(&t, &sum, &s->day, l->now);
	text_addf(&t, "%u new destinations", peers);
	l->x->stats.told++;
	l->raise(l->ctx, &f);
}

/* What has been told of one destination is not told once more of all together. */
static void judge(const struct look *l, struct destination *d, uint64_t actor, uint64_t peer,
	const uint64_t bytes[FLOW_WAYS])
{
	const bool told = is_told(d, l->hour);
	struct exfil_sender *s = NULL;

	if (l->fresh && !told) {
		s = exfil_sender_meet(l->x->senders, actor, l->now);
		exfil_day_add(&s->day, bytes);
		exfil_sender_add(s, peer, l->now);
	}
	judge_volume(l, d);
	judge_trickle(l, d);
	if (!s)
		return;
	if (is_told(d, l->hour))
		exfil_day_take(&s->day, &d->day);
	else
		judge_sender(l, s);
}

void exfil_moved(struct exfil *x, const struct exfil_opts *o, const struct contact *c, const uint64_t bytes[FLOW_WAYS],
	int64_t known_s, mono_t now, exfil_raise_fn raise, void *ctx)
{
	struct look l = { .x = x, .o = o, .c = c, .now = now, .hour = exfil_hour(now), .raise = raise, .ctx = ctx };
	const uint64_t peer = peer_key(x, &c->tuple.dst, c->name ? c->name : "");
	char unit[UNIT_NAME];
	struct destination *d;
	uint64_t actor;

	unit_steady(c->unit ? c->unit : "", unit);
	actor = actor_key(x, c->owner.uid, unit);
	d = meet(x, pair_key(x, actor, peer), bytes[FLOW_THERE] > 0, now);
	if (!d)
		return;
	exfil_day_add(&d->day, bytes);
	l.fresh = is_new(d, o, known_s, l.hour);
	judge(&l, d, actor, peer, bytes);
}

bool exfil_knows(const struct exfil *x, const struct contact *c)
{
	char unit[UNIT_NAME];

	unit_steady(c->unit ? c->unit : "", unit);
	return map_get(x->by_key, pair_key(x, actor_key(x, c->owner.uid, unit),
		peer_key(x, &c->tuple.dst, c->name ? c->name : ""))) != MAP_NONE;
}

/* ---- out of a store ---- */

static uint32_t kib_of(uint64_t bytes)
{
	return bytes / KIB > UINT32_MAX ? UINT32_MAX : (uint32_t)(bytes / KIB);
}

static int32_t hour_at(int64_t s, mono_t now, int64_t wall_s)
{
	const int64_t ago = s < wall_s ? (wall_s - s) / 3600 : 0;

	return exfil_hour(now) - (int32_t)(ago < 1000000 ? ago : 1000000);
}

/* A destination has many addresses, each with days of its own: their mean together, where that is more than any one's most. */
static uint32_t usual(struct destination *d, const struct reach_record *r, int32_t from, int32_t to)
{
	const uint64_t sum = (uint64_t)d->taught + kib_of(r->bytes[FLOW_THERE]);
	const uint32_t one = kib_of(r->day_most > r->day_bytes ? r->day_most : r->day_bytes);
	uint64_t mean;

	d->taught_from = !d->taught || from < d->taught_from ? from : d->taught_from;
	d->taught_to = !d->taught || to > d->taught_to ? to : d->taught_to;
	d->taught = sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
	mean = d->taught / ((uint32_t)(d->taught_to - d->taught_from) / EXFIL_HOURS + 1);
	return mean > one ? (uint32_t)mean : one;
}

void exfil_teach(struct exfil *x, const struct reach_record *r, mono_t now, int64_t wall_s)
{
	const int32_t from = hour_at(r->first_s, now, wall_s), to = hour_at(r->last_s, now, wall_s);
	const uint64_t actor = actor_key(x, r->uid, r->unit), peer = peer_key(x, &r->to, r->name);
	struct destination *d;
	uint32_t most;

	if (to < from || r->bytes[FLOW_THERE] < KIB)
		return;
	d = meet(x, pair_key(x, actor, peer), true, now);
	most = usual(d, r, from, to);
	d->day.most = most > d->day.most ? most : d->day.most;
	d->first = from < d->first ? from : d->first;
}

void exfil_stats(const struct exfil *x, struct exfil_stats *out)
{
	*out = x->stats;
	out->destinations = x->used;
	out->actors = 0;
	for (size_t i = 0; i < EXFIL_SENDERS; i++)
		out->actors += x->senders[i].key != 0;
}
