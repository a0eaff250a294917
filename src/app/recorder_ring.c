/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between the packet thread and the recorder's: an observation as it lies in the ring is a head, and then what it points
 * to, flat. Of packets no more bytes are copied than the kernel gives the daemon; which of them are headers is looked at
 * on the other side.
 */
#include <string.h>
#include <unistd.h>

#include "app/recorder_state.h"
#include "base/err.h"
#include "base/text.h"

#define LOST OBSERVATION_KINDS /* as a kind: n inputs found no room */

struct head {
	mono_t at;
	uint32_t kind, n;
	struct prefix prefix; /* UNBAN, WRONGED */
	bool flag;            /* on, idle, forgive */
};

struct flat_packet {
	struct packet_meta meta;
	uint32_t len; /* bytes of it, which stand behind all heads, one after the other */
};

struct flat_listed {
	struct addr addr;
	char list[LISTED_NAME];
	bool refuses;
};

struct flat_census {
	struct pressure pressure;
	struct service_census services[];
};

static size_t kept(const struct engine_input *in)
{
	return in->bytes.len < OBSERVATION_HEADERS ? in->bytes.len : OBSERVATION_HEADERS;
}

static size_t packets_size(const struct observation *o)
{
	size_t size = o->packets.n * sizeof(struct flat_packet);

	for (size_t i = 0; i < o->packets.n; i++)
		size += kept(&o->packets.in[i]);
	return size;
}

/* Bytes behind the head. */
static size_t size_of(const struct observation *o)
{
	switch (o->kind) {
	case OBSERVATION_PACKETS:
		return packets_size(o);
	case OBSERVATION_ANSWER:
		return sizeof(*o->answer);
	case OBSERVATION_LISTENING:
		return sizeof(*o->listening);
	case OBSERVATION_CENSUS:
		return sizeof(struct flat_census) + o->census.n * sizeof(*o->census.services);
	case OBSERVATION_GUARDS:
		return o->guards->n * sizeof(o->guards->list[0]);
	case OBSERVATION_NEIGHBOURS:
		return o->neighbours.n * sizeof(*o->neighbours.list);
	case OBSERVATION_BAN:
		return sizeof(*o->ban);
	case OBSERVATION_SAMPLE:
		return sizeof(*o->sample);
	case OBSERVATION_FLOW_END:
		return sizeof(*o->flow_end);
	case OBSERVATION_NAMES:
		return o->names.n * sizeof(*o->names.list);
	case OBSERVATION_OWNER:
		return sizeof(*o->owner);
	case OBSERVATION_DNS:
		return sizeof(*o->dns);
	case OBSERVATION_RESOLVERS:
		return o->resolvers.n * sizeof(*o->resolvers.list);
	case OBSERVATION_LISTED:
		return sizeof(struct flat_listed);
	case OBSERVATION_REPORTED:
		return sizeof(struct report_alert);
	case OBSERVATION_HOLDERS:
		return o->holders.n * sizeof(*o->holders.services);
	case OBSERVATION_NONE:
	case OBSERVATION_TICK:
	case OBSERVATION_MODE:
	case OBSERVATION_PANIC:
	case OBSERVATION_UNBAN:
	case OBSERVATION_WRONGED:
	case OBSERVATION_KINDS:
		break;
	}
	return 0;
}

static void copy(void *to, const void *from, size_t len)
{
	if (len)
		memcpy(to, from, len);
}

static void put_packets(const struct observation *o, void *to)
{
	struct flat_packet *flat = to;
	uint8_t *bytes = (uint8_t *)(flat + o->packets.n);

	for (size_t i = 0; i < o->packets.n; i++) {
		const struct engine_input *in = &o->packets.in[i];
		size_t len = kept(in);

		flat[i].meta = in->meta;
		flat[i].len = (uint32_t)len;
		copy(bytes, in->bytes.at, len);
		bytes += len;
	}
}

static void put_census(const struct observation *o, void *to)
{
	struct flat_census *flat = to;

	flat->pressure = *o->census.pressure;
	copy(flat->services, o->census.services, o->census.n * sizeof(flat->services[0]));
}

static void put_listed(const struct observation *o, void *to)
{
	struct flat_listed *flat = to;

	memset(flat, 0, sizeof(*flat));
	flat->addr = o->listed.addr;
	flat->refuses = o->listed.refuses;
	text_copy(flat->list, sizeof(flat->list), o->listed.list);
}

static void put_body(const struct observation *o, struct head *h, size_t size)
{
	void *to = h + 1;

	switch (o->kind) {
	case OBSERVATION_PACKETS:
		h->n = (uint32_t)o->packets.n;
		put_packets(o, to);
		break;
	case OBSERVATION_ANSWER:
		copy(to, o->answer, size);
		break;
	case OBSERVATION_LISTENING:
		copy(to, o->listening, size);
		break;
	case OBSERVATION_CENSUS:
		h->n = (uint32_t)o->census.n;
		put_census(o, to);
		break;
	case OBSERVATION_GUARDS:
		h->n = (uint32_t)o->guards->n;
		copy(to, o->guards->list, size);
		break;
	case OBSERVATION_NEIGHBOURS:
		h->n = (uint32_t)o->neighbours.n;
		copy(to, o->neighbours.list, size);
		break;
	case OBSERVATION_BAN:
		copy(to, o->ban, size);
		break;
	case OBSERVATION_SAMPLE:
		copy(to, o->sample, size);
		break;
	case OBSERVATION_FLOW_END:
		copy(to, o->flow_end, size);
		break;
	case OBSERVATION_NAMES:
		h->n = (uint32_t)o->names.n;
		copy(to, o->names.list, size);
		break;
	case OBSERVATION_OWNER:
		copy(to, o->owner, size);
		break;
	case OBSERVATION_DNS:
		copy(to, o->dns, size);
		break;
	case OBSERVATION_RESOLVERS:
		h->n = (uint32_t)o->resolvers.n;
		copy(to, o->resolvers.list, size);
		break;
	case OBSERVATION_LISTED:
		put_listed(o, to);
		break;
	case OBSERVATION_REPORTED:
		copy(to, o->reported, size);
		break;
	case OBSERVATION_HOLDERS:
		h->n = (uint32_t)o->holders.n;
		copy(to, o->holders.services, size);
		break;
	case OBSERVATION_TICK:
		h->flag = o->idle;
		break;
	case OBSERVATION_MODE:
	case OBSERVATION_PANIC:
		h->flag = o->on;
		break;
	case OBSERVATION_UNBAN:
	case OBSERVATION_WRONGED:
		h->prefix = o->unban.prefix;
		h->flag = o->unban.forgive;
		break;
	case OBSERVATION_NONE:
	case OBSERVATION_KINDS:
		break;
	}
}

/* What a flood consists of must leave room for what sets a state. */
static size_t spare(const struct observation *o)
{
	return o->kind == OBSERVATION_PACKETS || o->kind == OBSERVATION_TICK || o->kind == OBSERVATION_ANSWER ?
		RECORDER_SPARE : 0;
}

static void wake(const struct recorder *r)
{
	uint64_t one = 1;

	/* It can fail only where the counter is full: then it is readable all the same. */
	if (write(r->wake_fd, &one, sizeof(one)) < 0)
		return;
}

/* A call into the kernel at the quarter of a ring, once for each sleep of the other side. */
static void publish(struct recorder *r)
{
	if (bytering_publish(r->ring) > RECORDER_RING / 4 && atomic_exchange(&r->asleep, false))
		wake(r);
}

/* Only where the next one fits behind it: else a full ring would fill up with such words. */
static bool put_missed(struct recorder *r, mono_t at, size_t next)
{
	struct head *h = bytering_claim(r->ring, sizeof(*h), RECORDER_SPARE + next);

	if (!h)
		return false;
	*h = (struct head){ .at = at, .kind = LOST, .n = r->missed < UINT32_MAX ? (uint32_t)r->missed : UINT32_MAX };
	publish(r);
	r->missed = 0;
	return true;
}

static void miss(struct recorder *r, const struct observation *o)
{
	uint64_t n = o->kind == OBSERVATION_PACKETS ? o->packets.n : 1;

	r->missed += n;
	atomic_fetch_add_explicit(&r->lost, n, memory_order_relaxed);
	if (atomic_exchange(&r->asleep, false))
		wake(r);
}

void recorder_observe(void *recorder, const struct observation *o)
{
	struct recorder *r = recorder;
	size_t size = size_of(o);
	struct head *h;

	if (r->missed && !put_missed(r, o->at, size + 2 * sizeof(*h)) && spare(o)) {
		miss(r, o);
		return;
	}
	h = bytering_claim(r->ring, sizeof(*h) + size, spare(o));
	if (!h) {
		miss(r, o);
		return;
	}
	*h = (struct head){ .at = o->at, .kind = o->kind };
	put_body(o, h, size);
	publish(r);
}

/* ---- on the other side ---- */

static void take_packets(struct recorder *r, const struct head *h, struct observation *o)
{
	const struct flat_packet *flat = (const void *)(h + 1);
	const uint8_t *bytes = (const uint8_t *)(flat + h->n);

	for (size_t i = 0; i < h->n; i++) {
		r->room->inputs[i] = (struct engine_input){ .meta = flat[i].meta, .bytes = { bytes, flat[i].len } };
		bytes += flat[i].len;
	}
	o->packets.in = r->room->inputs;
	o->packets.n = h->n;
}

static void take_guards(struct recorder *r, const struct head *h, struct observation *o)
{
	struct guards *g = &r->room->guards;

	copy(g->list, h + 1, h->n * sizeof(g->list[0]));
	g->n = h->n;
	o->guards = g;
}

static void take_census(const struct head *h, struct observation *o)
{
	const struct flat_census *flat = (const void *)(h + 1);

	o->census.pressure = &flat->pressure;
	o->census.services = flat->services;
	o->census.n = h->n;
}

static void take_body(struct recorder *r, const struct head *h, struct observation *o)
{
	const void *body = h + 1;

	switch (o->kind) {
	case OBSERVATION_PACKETS:
		take_packets(r, h, o);
		break;
	case OBSERVATION_ANSWER:
		o->answer = body;
		break;
	case OBSERVATION_LISTENING:
		o->listening = body;
		break;
	case OBSERVATION_CENSUS:
		take_census(h, o);
		break;
	case OBSERVATION_GUARDS:
		take_guards(r, h, o);
		break;
	case OBSERVATION_NEIGHBOURS:
		o->neighbours.list = body;
		o->neighbours.n = h->n;
		break;
	case OBSERVATION_BAN:
		o->ban = body;
		break;
	case OBSERVATION_SAMPLE:
		o->sample = body;
		break;
	case OBSERVATION_FLOW_END:
		o->flow_end = body;
		break;
	case OBSERVATION_NAMES:
		o->names.list = body;
		o->names.n = h->n;
		break;
	case OBSERVATION_OWNER:
		o->owner = body;
		break;
	case OBSERVATION_DNS:
		o->dns = body;
		break;
	case OBSERVATION_RESOLVERS:
		o->resolvers.list = body;
		o->resolvers.n = h->n;
		break;
	case OBSERVATION_REPORTED:
		o->reported = body;
		break;
	case OBSERVATION_LISTED:
		o->listed.addr = ((const struct flat_listed *)body)->addr;
		o->listed.list = ((const struct flat_listed *)body)->list;
		o->listed.refuses = ((const struct flat_listed *)body)->refuses;
		break;
	case OBSERVATION_HOLDERS:
		o->holders.services = body;
		o->holders.n = h->n;
		break;
	case OBSERVATION_TICK:
		o->idle = h->flag;
		break;
	case OBSERVATION_MODE:
	case OBSERVATION_PANIC:
		o->on = h->flag;
		break;
	case OBSERVATION_UNBAN:
	case OBSERVATION_WRONGED:
		o->unban.prefix = h->prefix;
		o->unban.forgive = h->flag;
		break;
	case OBSERVATION_NONE:
	case OBSERVATION_KINDS:
		break;
	}
}

bool recorder_take(struct recorder *r, struct observation *o, uint64_t *lost)
{
	size_t len;
	const struct head *h = bytering_peek(r->ring, &len);

	*lost = 0;
	if (!h)
		return false;
	*o = (struct observation){ .kind = (enum observation_kind)h->kind, .at = h->at };
	if (h->kind == LOST) {
		o->kind = OBSERVATION_NONE;
		*lost = h->n;
	}
	take_body(r, h, o);
	return true;
}

void recorder_drop(struct recorder *r)
{
	bytering_drop(r->ring);
}
