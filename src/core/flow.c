/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tracker of flows: its table, and the word on each packet.
 *
 * Eight-way buckets, a cache line a flow, and apart from them a byte of each flow's hash, eight in a word for a bucket: so
 * a flow is found with one look at that word (a byte a flow: they stay in the cache) and one at its line, and nobody's
 * line is touched in vain. base/table.h is not used: it admits by luck where it is sprayed at, which protects records of
 * sources, but a flow that was refused would stay "new" for ever and its answers would be "invalid".
 */
#include <string.h>

#include "base/err.h"
#include "core/flow_parts.h"

#define LINE 64
#define FLOWS_MOST ((size_t)1 << 30)
#define ROOM_ALIGNED(n) (((n) + LINE - 1) / LINE * LINE)
#define EVERY_BYTE UINT64_C(0x0101010101010101)
#define EVERY_TOP UINT64_C(0x8080808080808080)
#define ID_BITS ((UINT64_C(1) << 48) - 1)
#define REF_KIND UINT64_C(7) /* a reference to a flow: the hash of its key, but for the lowest bits, which say how it is meant */
#define REF_SWAPPED UINT64_C(8)
#define REF_MARKS (REF_KIND | REF_SWAPPED)
#define PROTO_GRE 47

/* Seconds, as in net.netfilter. */
enum {
	TIMEOUT_UDP = 30,
	TIMEOUT_UDP_STREAM = 120,
	TIMEOUT_ICMP = 30,
	TIMEOUT_GRE = 30,
	TIMEOUT_GRE_STREAM = 180,
	TIMEOUT_OTHER = 600,
	STREAM_AFTER = 2, /* a flow of datagrams that still speaks then is a stream */
};

/* Half as many again: three in a hundred of the flows that were asked for then meet a full bucket. */
static size_t buckets_for(size_t flows)
{
	return (flows + flows / 2 + FLOW_WAYS - 1) / FLOW_WAYS;
}

static size_t tags_bytes(size_t buckets)
{
	return ROOM_ALIGNED(buckets * sizeof(uint64_t));
}

size_t flow_bytes(size_t flows)
{
	if (flows == 0 || flows > FLOWS_MOST)
		return SIZE_MAX;
	return ROOM_ALIGNED(sizeof(struct flow_tracker)) + tags_bytes(buckets_for(flows)) +
		buckets_for(flows) * FLOW_WAYS * sizeof(struct flow);
}

int flow_create(struct flow_tracker **out, void *memory, size_t bytes, size_t flows, const struct hash_key *key)
{
	struct flow_tracker *t = memory;

	if (flows == 0 || flows > FLOWS_MOST || bytes < flow_bytes(flows))
		return ERR_RANGE;
	if ((uintptr_t)memory % LINE)
		return ERR_INVALID;
	memset(t, 0, sizeof(*t));
	t->key = *key;
	t->now.ns = INT64_MIN;
	t->buckets = buckets_for(flows);
	t->tags = (uint64_t *)(void *)((uint8_t *)memory + ROOM_ALIGNED(sizeof(*t)));
	t->flows = (struct flow *)(void *)((uint8_t *)t->tags + tags_bytes(t->buckets));
	/* The lines themselves are written before they are read: a way without a tag holds nothing. */
	memset(t->tags, 0, tags_bytes(t->buckets));
	t->oldest = t->newest = FLOW_NOWHERE;
	t->stats.capacity = t->buckets * FLOW_WAYS;
	*out = t;
	return 0;
}

/* ---- the table ---- */

/* By the upper bits of the hash; the identity in the line is 48 others. */
static size_t bucket_of(const struct flow_tracker *t, uint64_t hash)
{
	return (size_t)((hash >> 32) * t->buckets >> 32);
}

static uint64_t id_of(uint64_t hash)
{
	return hash >> 4 & ID_BITS; /* without the marks of a reference */
}

/* Never 0. Of bits that neither choose the bucket nor are all of the tag's neighbours. */
static uint8_t tag_of(uint64_t hash)
{
	const uint8_t tag = (uint8_t)(hash >> 8);

	return tag ? tag : 1;
}

/* The top bit of each byte that is 0, and no other bit: a way without a tag must never look like one with. */
static uint64_t zero_bytes(uint64_t word)
{
	return ~(((word & ~EVERY_TOP) + ~EVERY_TOP) | word | ~EVERY_TOP);
}

static uint64_t matches(uint64_t tags, uint64_t hash)
{
	return zero_bytes(tags ^ EVERY_BYTE * tag_of(hash));
}

static size_t way_of(uint64_t found)
{
	return (size_t)__builtin_ctzll(found) / 8;
}

static void set_tag(struct flow_tracker *t, size_t bucket, size_t way, uint8_t tag)
{
	t->tags[bucket] &= ~(UINT64_C(0xff) << way * 8);
	t->tags[bucket] |= (uint64_t)tag << way * 8;
}

struct flow *flow_find(const struct flow_tracker *t, uint64_t hash)
{
	const size_t bucket = bucket_of(t, hash);

	for (uint64_t m = matches(t->tags[bucket], hash); m; m &= m - 1) {
		struct flow *f = &t->flows[bucket * FLOW_WAYS + way_of(m)];

		if (f->id == id_of(hash))
			return flow_lives(t, f) ? f : NULL;
	}
	return NULL;
}

static void end_flow(struct flow_tracker *t, struct flow *f)
{
	const size_t slot = (size_t)(f - t->flows);

	flow_half_open_leave(t, f);
	set_tag(t, slot / FLOW_WAYS, slot % FLOW_WAYS, 0);
	t->stats.flows--;
}

/* How dear its loss would be: what nobody answers is what sprays are made of. */
static unsigned worth_of(const struct flow *f)
{
	if (!(f->flags & FLOW_REPLIED))
		return 0;
	return f->flags & (FLOW_CLOSING | FLOW_HALF_OPEN) ? 1 : 2;
}

/* A full bucket: the one that has expired, else the least worthy, and of these the one that ends first. */
static size_t make_room(struct flow_tracker *t, size_t bucket)
{
	struct flow *ways = &t->flows[bucket * FLOW_WAYS];
	size_t least = 0;

	for (size_t i = 0; i < FLOW_WAYS; i++) {
		const struct flow *f = &ways[i], *l = &ways[least];

		if (!flow_lives(t, f)) {
			end_flow(t, &ways[i]);
			return i;
		}
		if (worth_of(f) < worth_of(l) ||
		    (worth_of(f) == worth_of(l) && (int32_t)(f->expires - l->expires) < 0))
			least = i;
	}
	t->stats.evicted++;
	end_flow(t, &ways[least]);
	return least;
}

/* A place for a flow that is not there: the way that an expired one of the same hash holds, a free one, or room made. */
static struct flow *begin_flow(struct flow_tracker *t, uint64_t hash, bool high)
{
	const size_t bucket = bucket_of(t, hash);
	const uint64_t vacant = zero_bytes(t->tags[bucket]);
	size_t way = FLOW_WAYS;
	struct flow *f;

	for (uint64_t m = matches(t->tags[bucket], hash); m; m &= m - 1)
		if (t->flows[bucket * FLOW_WAYS + way_of(m)].id == id_of(hash))
			way = way_of(m);
	if (way < FLOW_WAYS)
		end_flow(t, &t->flows[bucket * FLOW_WAYS + way]);
	else
		way = vacant ? way_of(vacant) : make_room(t, bucket);
	f = &t->flows[bucket * FLOW_WAYS + way];
	*f = (struct flow){ .id = id_of(hash) & ID_BITS, .opened = t->tick, .flags = high ? FLOW_HIGH : 0 };
	set_tag(t, bucket, way, tag_of(hash));
	t->stats.flows++;
	return f;
}

/* ---- half-open handshakes, oldest first ---- */

static void link_flow(struct flow_tracker *t, uint32_t older, uint32_t newer)
{
	if (older == FLOW_NOWHERE)
		t->oldest = newer;
	else
		t->flows[older].newer = newer;
	if (newer == FLOW_NOWHERE)
		t->newest = older;
	else
		t->flows[newer].older = older;
}

void flow_half_open_enter(struct flow_tracker *t, struct flow *f)
{
	const uint32_t slot = (uint32_t)(f - t->flows);

	if (f->flags & FLOW_HALF_OPEN)
		return;
	f->flags |= FLOW_HALF_OPEN;
	f->opened = t->tick;
	link_flow(t, t->newest, slot);
	link_flow(t, slot, FLOW_NOWHERE);
}

void flow_half_open_leave(struct flow_tracker *t, struct flow *f)
{
	if (!(f->flags & FLOW_HALF_OPEN))
		return;
	f->flags &= (uint16_t)~FLOW_HALF_OPEN;
	f->asked_scale = 0;
	link_flow(t, f->older, f->newer);
}

/* ---- words ---- */

static uint32_t datagram_timeout(const struct flow_tracker *t, const struct flow *f, uint32_t plain, uint32_t stream)
{
	const bool still = (int32_t)(t->tick - f->opened) > (int32_t)FLOW_TICKS(STREAM_AFTER);

	return FLOW_TICKS(f->flags & FLOW_REPLIED && still ? stream : plain);
}

static enum flow_step step(struct flow_tracker *t, struct flow *f, const struct packet *p, unsigned dir, bool ours)
{
	switch (p->proto) {
	case PROTO_TCP:
		return flow_tcp_packet(t, f, p, dir, ours);
	case PROTO_SCTP:
		return flow_sctp_packet(t, f, p, dir);
	case PROTO_UDP:
		f->expires = t->tick + datagram_timeout(t, f, TIMEOUT_UDP, TIMEOUT_UDP_STREAM);
		return FLOW_STEP_PASS;
	case PROTO_GRE:
		f->expires = t->tick + datagram_timeout(t, f, TIMEOUT_GRE, TIMEOUT_GRE_STREAM);
		return FLOW_STEP_PASS;
	case PROTO_ICMP:
	case PROTO_ICMP6:
		f->expires = t->tick + FLOW_TICKS(TIMEOUT_ICMP);
		return FLOW_STEP_PASS;
	default:
		f->expires = t->tick + FLOW_TICKS(TIMEOUT_OTHER);
		return FLOW_STEP_PASS;
	}
}

static void count_begun(struct flow_tracker *t, uint8_t proto)
{
	t->stats.begun[proto == PROTO_TCP ? 0 : proto == PROTO_UDP ? 1 : 2]++;
}

static enum flow_word begin(struct flow_tracker *t, const struct packet *p, uint64_t hash, bool high, bool ours)
{
	struct flow *f = begin_flow(t, hash, high);

	if (step(t, f, p, 0, ours) != FLOW_STEP_PASS) {
		end_flow(t, f);
		return FLOW_INVALID;
	}
	count_begun(t, p->proto);
	return FLOW_NEW;
}

static enum flow_word go_on(struct flow_tracker *t, struct flow *f, const struct packet *p, uint64_t hash, bool swapped,
	bool ours)
{
	const unsigned dir = swapped != !!(f->flags & FLOW_HIGH);
	enum flow_word word = dir || f->flags & FLOW_REPLIED ? FLOW_ESTABLISHED : FLOW_NEW_AGAIN;

	switch (step(t, f, p, dir, ours)) {
	case FLOW_STEP_INVALID:
		return FLOW_INVALID;
	case FLOW_STEP_REOPEN:
		return begin(t, p, hash, swapped, ours);
	case FLOW_STEP_END:
		end_flow(t, f);
		return word;
	case FLOW_STEP_PASS:
		break;
	}
	if (dir)
		f->flags |= FLOW_REPLIED;
	return word;
}

static enum flow_word word_of(struct flow_tracker *t, const struct packet *p, uint64_t ref, bool ours)
{
	const enum flow_kind kind = (enum flow_kind)(ref & REF_KIND);
	const bool swapped = ref & REF_SWAPPED;
	struct flow *f;

	switch (kind) {
	case FLOW_KIND_NONE:
		return FLOW_INVALID;
	case FLOW_KIND_OUTSIDE:
		return FLOW_ESTABLISHED;
	case FLOW_KIND_QUOTE:
		return flow_find(t, ref) ? FLOW_RELATED : FLOW_INVALID;
	case FLOW_KIND_FLOW:
	case FLOW_KIND_ANSWER:
		break;
	}
	f = flow_find(t, ref);
	if (f)
		return go_on(t, f, p, ref, swapped, ours);
	return kind == FLOW_KIND_ANSWER ? FLOW_INVALID : begin(t, p, ref, swapped, ours);
}

uint64_t flow_refer(const struct flow_tracker *t, const struct packet *p)
{
	struct flow_key key;
	const enum flow_kind kind = flow_key_of_packet(p, &key);

	if (kind == FLOW_KIND_NONE || kind == FLOW_KIND_OUTSIDE)
		return kind;
	return (hash_bytes(&t->key, key.bytes, key.len) & ~REF_MARKS) | (key.swapped ? REF_SWAPPED : 0) | kind;
}

void flow_touch(const struct flow_tracker *t, uint64_t ref)
{
	__builtin_prefetch(&t->tags[bucket_of(t, ref)], 1);
}

void flow_touch_line(const struct flow_tracker *t, uint64_t ref)
{
	const size_t bucket = bucket_of(t, ref);
	const uint64_t tags = t->tags[bucket];
	const struct flow *ways = &t->flows[bucket * FLOW_WAYS];
	uint64_t found = matches(tags, ref);

	if (!found)
		found = zero_bytes(tags);
	if (found) {
		__builtin_prefetch(&ways[way_of(found)], 1);
		return;
	}
	for (size_t i = 0; i < FLOW_WAYS; i++) /* room will have to be made */
		__builtin_prefetch(&ways[i], 1);
}

enum flow_word flow_packet(struct flow_tracker *t, const struct packet *p, uint64_t ref, bool ours, mono_t at)
{
	enum flow_word word;

	if (at.ns > t->now.ns) {
		t->now = at;
		t->tick = mono_tick(at);
	}
	word = word_of(t, p, ref, ours);
	t->stats.invalid += word == FLOW_INVALID;
	return word;
}

enum flow_from flow_from(const struct flow_tracker *t, uint64_t ref)
{
	const enum flow_kind kind = (enum flow_kind)(ref & REF_KIND);
	const struct flow *f = kind == FLOW_KIND_FLOW || kind == FLOW_KIND_ANSWER ? flow_find(t, ref) : NULL;

	if (!f || f->flags & FLOW_LOOSE)
		return FLOW_FROM_UNKNOWN;
	return !!(ref & REF_SWAPPED) == !!(f->flags & FLOW_HIGH) ? FLOW_FROM_CALLER : FLOW_FROM_CALLED;
}

void flow_stats(const struct flow_tracker *t, struct flow_stats *out)
{
	*out = t->stats;
}
