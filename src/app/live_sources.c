/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows by source key, from two sides: the flows of the snapshot, and a rolling search through the engine's table whose best
 * are kept from one refresh to the next.
 */
#include "app/live_sources.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/err.h"
#include "base/map.h"
#include "codec/json_put.h"

#define FOLDED 4096       /* distinct sources of one snapshot */
#define KEPT 128          /* of the search, nearest to a limit first */
#define PLACES 4096       /* of the engine's table, one visit: their heads are 36 KiB of memory */
#define RECORDS 192       /* of these, that are looked at: some 30 us */
#define NEAR_PERCENT 10   /* of a limit: below that nobody is worth a row who has no traffic */
#define SEARCH_VISITS 32  /* a table of a million is gone through in eight refreshes */

struct row {
	uint64_t key;
	uint64_t bytes[HOST_WAYS];
	uint32_t flows, half_open;
	bool remembered, enforced;  /* by the engine; in the kernel */
	bool has_measure, shadow;
	enum response response;
	uint64_t incident;
	uint32_t percent;           /* of the limit that it is nearest to */
	const char *of;             /* that limit's rule; borrowed */
	struct source source;
};

struct live_sources {
	struct map *map;      /* key to index into rows */
	void *map_memory;
	struct hash_key hash;
	size_t n, cut;
	size_t at;            /* of the search */
	size_t n_kept;
	uint64_t kept[KEPT];
	uint32_t kept_percent[KEPT];
	struct row rows[FOLDED + KEPT];
};

int live_sources_create(struct live_sources **out)
{
	struct live_sources *s = calloc(1, sizeof(*s));

	if (!s)
		return ERR_MEMORY;
	s->map_memory = malloc(map_bytes(FOLDED + KEPT));
	if (!s->map_memory || getrandom(&s->hash, sizeof(s->hash), 0) != (ssize_t)sizeof(s->hash)) {
		live_sources_destroy(s);
		return ERR_MEMORY;
	}
	*out = s;
	return 0;
}

void live_sources_destroy(struct live_sources *s)
{
	if (!s)
		return;
	free(s->map_memory);
	free(s);
}

/* NULL: there is no room. */
static struct row *row_of(struct live_sources *s, uint64_t key, size_t most)
{
	uint32_t at = map_get(s->map, key);

	if (at != MAP_NONE)
		return &s->rows[at];
	if (s->n >= most || map_set(s->map, key, (uint32_t)s->n)) {
		s->cut++;
		return NULL;
	}
	s->rows[s->n] = (struct row){ .key = key };
	return &s->rows[s->n++];
}

void live_sources_fold(struct live_sources *s, const struct live_snapshot *now, const struct live_view *v)
{
	s->n = s->cut = 0;
	if (map_create(&s->map, s->map_memory, map_bytes(FOLDED + KEPT), FOLDED + KEPT, &s->hash))
		return;
	for (uint32_t i = 0; i < now->n_flows; i++) {
		const struct live_flow *f = &now->flows[i];
		struct row *r;

		if (f->direction != FLOW_IN || f->loopback || f->state == SOCKET_TIME_WAIT)
			continue;
		r = row_of(s, source_key(&f->remote), FOLDED);
		if (!r)
			continue;
		r->flows += f->state != SOCKET_SYN_RECV;
		r->half_open += f->state == SOCKET_SYN_RECV;
		for (int way = 0; way < HOST_WAYS; way++)
			r->bytes[way] += v->flows[i].bytes[way];
	}
}

static uint32_t percent(int64_t score, int64_t limit)
{
	int64_t p = limit > 0 && score > 0 ? score * 100 / limit : 0;

	return (uint32_t)(p < 999 ? p : 999);
}

static uint32_t nearest(const struct source *r, const struct engine_rules *rules, const char **of)
{
	const struct {
		const char *name;
		uint32_t percent;
	} near[] = {
		{ "scan.fast", percent(r->fast, rules->scan.fast_threshold) },
		{ "scan.slow", percent(r->slow, rules->scan.slow_threshold) },
		{ "odd", percent(r->odd, (int64_t)rules->odd.limit * 256) },
	};
	size_t best = 0;

	for (size_t i = 1; i < sizeof(near) / sizeof(near[0]); i++)
		if (near[i].percent > near[best].percent)
			best = i;
	*of = near[best].name;
	return near[best].percent;
}

struct find {
	uint64_t key;
	uint32_t percent;
};

struct search {
	size_t at;
	size_t n;
	struct find found[DOOR_SLICE];
};

/* On the packet thread. */
static void search(void *ctx, struct engine *e, mono_t now)
{
	struct search *f = ctx;
	const struct engine_rules *rules = engine_rules(e);
	const size_t end = f->at + PLACES;
	const char *of;

	for (int looked = 0; looked < RECORDS && f->at < end && f->n < DOOR_SLICE; looked++) {
		const struct source *s = engine_source_next(e, &f->at, end - f->at, now);
		uint32_t p;

		if (!s)
			return;
		p = nearest(s, rules, &of);
		if (p >= NEAR_PERCENT)
			f->found[f->n++] = (struct find){ s->key, p };
	}
}

/* The farthest from its limit makes room. */
static void keep(struct live_sources *s, uint64_t key, uint32_t p)
{
	size_t least = 0;

	for (size_t i = 0; i < s->n_kept; i++) {
		if (s->kept[i] == key) {
			s->kept_percent[i] = p;
			return;
		}
		if (s->kept_percent[i] < s->kept_percent[least])
			least = i;
	}
	if (s->n_kept < KEPT)
		least = s->n_kept++;
	else if (s->kept_percent[least] >= p)
		return;
	s->kept[least] = key;
	s->kept_percent[least] = p;
}

struct latest {
	size_t n;
	uint64_t keys[DOOR_SLICE];
};

/* On the packet thread: whoever is spoken of, however far the search is from him. */
static void look_at_incidents(void *ctx, struct engine *e, mono_t now)
{
	struct latest *l = ctx;
	const struct incident *i;
	size_t at = 0;

	(void)now;
	while (l->n < DOOR_SLICE && (i = incidents_next(engine_incidents(e), &at)))
		if (i->subject.kind == SUBJECT_SOURCE)
			l->keys[l->n++] = source_key(&i->subject.source.addr);
}

static int search_on(struct live_sources *s, struct door *d)
{
	struct latest l = { .n = 0 };

	if (door_call(d, look_at_incidents, &l))
		return ERR_AGAIN;
	for (size_t i = 0; i < l.n; i++)
		keep(s, l.keys[i], NEAR_PERCENT);
	for (int i = 0; i < SEARCH_VISITS; i++) {
		struct search f = { .at = s->at };
		int err = door_call(d, search, &f);

		if (err)
			return err;
		for (size_t n = 0; n < f.n; n++)
			keep(s, f.found[n].key, f.found[n].percent);
		s->at = f.at;
		if (f.at == 0)
			break; /* once around: that will do for this time */
	}
	return 0;
}

struct question {
	struct row *rows;
	size_t n;
};

static void look_at_measure(struct row *r, struct engine *e, const struct addr *a, mono_t now)
{
	struct subject subject = { .kind = SUBJECT_SOURCE, .source = source_prefix(r->key) };
	const struct measure *m = engine_match(e, a, 0, 0, now);

	if (!m)
		m = ledger_find(engine_ledger(e), &subject, SCOPE_SOURCE);
	if (!m || m->state == MEASURE_FREE)
		return;
	r->has_measure = true;
	r->shadow = m->state == MEASURE_SHADOW;
	r->response = m->response;
	r->incident = m->incident;
}

/* On the packet thread. */
static void look_up(void *ctx, struct engine *e, mono_t now)
{
	struct question *q = ctx;

	for (size_t i = 0; i < q->n; i++) {
		struct row *r = &q->rows[i];
		struct prefix p = source_prefix(r->key);
		const struct source *s = engine_source(e, &p.addr, now);

		look_at_measure(r, e, &p.addr, now);
		if (!s)
			continue;
		r->remembered = true;
		r->source = *s;
		r->percent = nearest(s, engine_rules(e), &r->of);
	}
}

static int by_traffic(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	uint64_t p = x->bytes[0] + x->bytes[1], q = y->bytes[0] + y->bytes[1];

	if (p != q)
		return p < q ? 1 : -1;
	if (x->half_open + x->flows != y->half_open + y->flows)
		return x->half_open + x->flows < y->half_open + y->flows ? 1 : -1;
	return x->key < y->key ? -1 : x->key > y->key;
}

static int by_nearness(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->has_measure != y->has_measure)
		return x->has_measure ? -1 : 1;
	if (x->percent != y->percent)
		return x->percent < y->percent ? 1 : -1;
	return by_traffic(a, b);
}

static json_t *row_value(const struct row *r)
{
	struct prefix p = source_prefix(r->key);
	char address[PREFIX_TEXT];
	json_t *o = json_object();

	put_text(o, "view", "sources");
	prefix_format(&p, address, sizeof(address));
	put_text(o, "address", address);
	put_count(o, "in_bytes_s", r->bytes[HOST_IN]);
	put_count(o, "out_bytes_s", r->bytes[HOST_OUT]);
	put_count(o, "flows", r->flows);
	put_count(o, "half_open", r->half_open);
	if (r->remembered) {
		put_count(o, "percent", r->percent);
		if (r->percent)
			put_text(o, "of", r->of);
		put_hundredths(o, "connections_s", (int32_t)((uint64_t)r->source.rate_5s * 100 / 256 * 693 / 5000));
		put_count(o, "closed_ports", r->source.closed);
		put_bool(o, "proven", r->source.flags & SOURCE_PROVEN);
	}
	if (r->has_measure) {
		put_text(o, "measure", response_name(r->response));
		put_bool(o, "shadow", r->shadow);
		put_incident(o, "incident", r->incident);
	}
	return o;
}

/* What was kept and is near to nothing any more makes room for others. */
static void forget_the_far(struct live_sources *s)
{
	for (size_t i = 0; i < s->n_kept;) {
		uint32_t at = map_get(s->map, s->kept[i]);

		s->kept_percent[i] = at == MAP_NONE ? s->kept_percent[i] : s->rows[at].percent;
		if (s->kept_percent[i] >= NEAR_PERCENT || (at != MAP_NONE && s->rows[at].has_measure)) {
			i++;
			continue;
		}
		s->n_kept--;
		s->kept[i] = s->kept[s->n_kept];
		s->kept_percent[i] = s->kept_percent[s->n_kept];
	}
}

int live_sources_rows(struct live_sources *s, struct door *d, size_t most, json_t *out)
{
	int err = search_on(s, d);

	qsort(s->rows, s->n, sizeof(s->rows[0]), by_traffic);
	if (s->n > most)
		s->n = most;
	if (map_create(&s->map, s->map_memory, map_bytes(FOLDED + KEPT), FOLDED + KEPT, &s->hash))
		return ERR_MEMORY;
	for (size_t i = 0; i < s->n; i++)
		map_set(s->map, s->rows[i].key, (uint32_t)i);
	for (size_t i = 0; i < s->n_kept; i++)
		row_of(s, s->kept[i], FOLDED + KEPT);
	for (size_t i = 0; i < s->n && !err; i += DOOR_SLICE) {
		struct question q = { .rows = s->rows + i, .n = s->n - i < DOOR_SLICE ? s->n - i : DOOR_SLICE };

		err = door_call(d, look_up, &q);
	}
	forget_the_far(s);
	qsort(s->rows, s->n, sizeof(s->rows[0]), by_nearness);
	for (size_t i = 0; i < s->n && i < most; i++)
		json_array_append_new(out, row_value(&s->rows[i]));
	return err;
}
