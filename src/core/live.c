/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two snapshots become rates. Flows are met again by their ends, through a map; the id then tells whether it is the
 * same connection.
 */
#include "core/live.h"

#include <string.h>

#include "core/packet.h"

struct live_work {
	struct hash_key key;
	size_t map_room;
	struct map *map; /* behind this, in the same memory */
};

#define WORK_HEAD ((sizeof(struct live_work) + 63) / 64 * 64)

size_t live_work_bytes(void)
{
	return WORK_HEAD + map_bytes(LIVE_FLOWS);
}

struct live_work *live_work_create(void *memory, const struct hash_key *key)
{
	struct live_work *w = memory;

	*w = (struct live_work){ .key = *key, .map_room = map_bytes(LIVE_FLOWS) };
	return w;
}

static uint64_t rate(uint64_t before, uint64_t now, int64_t span_ns)
{
	uint64_t grown = now >= before ? now - before : now;

	/* In milliseconds: 2^64 bytes a second would be more than there is to count. */
	uint64_t ms = (uint64_t)(span_ns / NS_PER_MS);
	if (grown > UINT64_MAX / 1000)
		return grown / (ms ? ms : 1) * 1000;
	return grown * 1000 / (ms ? ms : 1);
}

static struct tuple ends_of(const struct live_flow *f)
{
	return (struct tuple){ .src = f->remote, .dst = f->local, .sport = f->remote_port, .dport = f->local_port,
		.proto = f->proto };
}

static void remember(struct live_work *w, const struct live_snapshot *before)
{
	/* The memory is of that size and the map fits: neither can fail. */
	if (map_create(&w->map, (uint8_t *)w + WORK_HEAD, w->map_room, LIVE_FLOWS, &w->key))
		return;
	for (uint32_t i = 0; i < before->n_flows; i++) {
		struct tuple t = ends_of(&before->flows[i]);

		map_set(w->map, tuple_hash(&w->key, &t), i);
	}
}

/* Index of the flow with the same ends, or MAP_NONE. */
static uint32_t meet_again(const struct live_work *w, const struct live_snapshot *before, const struct live_flow *f)
{
	struct tuple t = ends_of(f);
	uint32_t i = map_get(w->map, tuple_hash(&w->key, &t));
	struct tuple then;

	if (i == MAP_NONE)
		return MAP_NONE;
	then = ends_of(&before->flows[i]);
	return tuple_equal(&t, &then) ? i : MAP_NONE;
}

static void diff_flow(const struct live_work *w, const struct live_snapshot *before, const struct live_view *seen,
	const struct live_flow *f, struct live_flow_rate *out, int64_t span_ns)
{
	uint32_t at = meet_again(w, before, f);
	const struct live_flow *then = at == MAP_NONE ? NULL : &before->flows[at];
	static const struct live_flow nothing;

	if (then && (then->id == f->id || f->state == SOCKET_TIME_WAIT)) {
		out->since = seen->flows[at].since;
	} else if (!before->flows_cut || then) {
		out->fresh = true;
		then = &nothing;
	} else {
		return; /* perhaps it was there, and found no room: it counts nothing */
	}
	if (!f->counted)
		return;
	for (int way = 0; way < HOST_WAYS; way++)
		out->bytes[way] = rate(then->bytes[way], f->bytes[way], span_ns);
}

static void add_bytes(uint64_t to[HOST_WAYS], const uint64_t more[HOST_WAYS])
{
	for (int way = 0; way < HOST_WAYS; way++)
		to[way] += more[way];
}

static void add_up(const struct live_snapshot *now, struct live_view *out)
{
	for (uint32_t i = 0; i < now->n_flows; i++) {
		const struct live_flow *f = &now->flows[i];
		const struct live_flow_rate *r = &out->flows[i];

		if (f->service < now->n_services) {
			out->services[f->service].begun_centi += r->fresh;
			add_bytes(out->services[f->service].bytes, r->bytes);
		}
		if (f->process >= now->n_processes || f->loopback || f->state == SOCKET_TIME_WAIT)
			continue;
		out->processes[f->process].flows++;
		add_bytes(out->processes[f->process].bytes, r->bytes);
	}
	for (uint32_t i = 0; i < now->n_services && out->span_ns; i++)
		out->services[i].begun_centi = rate(0, out->services[i].begun_centi * 100, out->span_ns);
}

static const struct link_counters *same_link(const struct host_sample *s, const struct link_counters *l)
{
	for (uint32_t i = 0; i < s->n_links; i++)
		if (s->links[i].index == l->index && strncmp(s->links[i].name, l->name, LINK_NAME) == 0)
			return &s->links[i];
	return NULL;
}

static void diff_links(const struct host_sample *before, const struct host_sample *now, struct live_view *out)
{
	for (uint32_t i = 0; i < now->n_links; i++) {
		const struct link_counters *l = &now->links[i];
		const struct link_counters *then = before ? same_link(before, l) : NULL;
		struct live_link_rate *r = &out->links[i];

		memcpy(r->name, l->name, LINK_NAME);
		memcpy(r->total, l->bytes, sizeof(r->total));
		if (!then)
			continue; /* what it counted before it was met did not pass within this span */
		for (int way = 0; way < HOST_WAYS; way++) {
			r->bytes[way] = rate(then->bytes[way], l->bytes[way], out->span_ns);
			r->packets[way] = rate(then->packets[way], l->packets[way], out->span_ns);
			r->dropped[way] = rate(then->dropped[way], l->dropped[way], out->span_ns);
			r->errors[way] = rate(then->errors[way], l->errors[way], out->span_ns);
		}
	}
}

static void diff_protos(const struct host_sample *before, const struct host_sample *now, struct live_view *out)
{
	if (!(before->known & now->known & KNOWN_PROTOS))
		return;
	for (int p = 0; p < HOST_PROTOS; p++)
		for (int way = 0; way < HOST_WAYS; way++)
			out->packets[p][way] = rate(before->packets[p][way], now->packets[p][way], out->span_ns);
	for (int way = 0; way < HOST_WAYS; way++)
		out->opened[way] = rate(before->opened[way], now->opened[way], out->span_ns);
	out->resets_sent = rate(before->resets_sent, now->resets_sent, out->span_ns);
	out->unreachable_sent = rate(before->unreachable_sent, now->unreachable_sent, out->span_ns);
}

void live_diff(struct live_work *w, const struct live_snapshot *before, const struct live_view *seen,
	const struct live_snapshot *now, struct live_view *out)
{
	memset(out, 0, sizeof(*out));
	for (uint32_t i = 0; i < now->n_flows; i++)
		out->flows[i] = (struct live_flow_rate){ .flow = i, .since = now->at };
	if (before && mono_since(now->at, before->at) < NS_PER_MS)
		before = NULL; /* too near to each other to say anything */
	if (before)
		out->span_ns = mono_since(now->at, before->at);
	diff_links(before ? &before->sample : NULL, &now->sample, out);
	if (before)
		diff_protos(&before->sample, &now->sample, out);
	if (before && before->walked && now->walked) {
		remember(w, before);
		for (uint32_t i = 0; i < now->n_flows; i++)
			diff_flow(w, before, seen, &now->flows[i], &out->flows[i], out->span_ns);
	}
	add_up(now, out);
}

static bool same_process(const struct live_process *a, const struct live_process *b)
{
	if (a->pid || b->pid)
		return a->pid == b->pid;
	return a->uid == b->uid && a->cgroup == b->cgroup;
}

uint32_t live_process_of(struct live_snapshot *s, const struct live_process *p)
{
	for (uint32_t i = s->n_processes; i > 0; i--)
		if (same_process(&s->processes[i - 1], p))
			return i - 1;
	if (s->n_processes == LIVE_PROCESSES) {
		s->processes_cut++;
		return LIVE_NOBODY;
	}
	s->processes[s->n_processes] = *p;
	return s->n_processes++;
}

struct live_service *live_service_of(struct live_snapshot *s, uint8_t proto, uint16_t port)
{
	for (uint32_t i = 0; i < s->n_services; i++)
		if (s->services[i].port == port && s->services[i].proto == proto)
			return &s->services[i];
	return NULL;
}
