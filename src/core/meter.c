/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What comes in, second by second and packet by packet. Nothing here knows the time but from samples.
 */
#include "core/meter.h"

#include <string.h>

#include "core/meter_state.h"

size_t meter_bytes(void)
{
	return sizeof(struct meter);
}

void meter_create(struct meter **out, void *memory, const struct hash_key *key)
{
	struct meter *m = memory;

	memset(m, 0, sizeof(*m));
	m->key = *key;
	*out = m;
}

void meter_connection(struct meter *m, uint8_t proto, uint16_t port, uint64_t source_key, bool newcomer)
{
	uint64_t source = hash_u64(&m->key, source_key);
	uint32_t key = meter_service_key(FLOW_IN, proto, port);
	struct meter_service *s = meter_service(m, key);

	m->connections++;
	m->newcomers += newcomer;
	hll64_add(&m->sources, source);
	hll64_add(&m->ports, hash_u64(&m->key, key));
	if (!s) {
		m->crowded++;
		return;
	}
	s->busy = true;
	s->connections++;
	s->newcomers += newcomer;
	hll64_add(&s->sources, source);
}

/* Who called was counted when he did, where it was us; nobody else counts what we call. */
void meter_flow(struct meter *m, const struct flow_end *f)
{
	bool in = f->direction == FLOW_IN;
	const struct addr *peer = in ? &f->tuple.src : &f->tuple.dst;
	enum host_way there = in ? HOST_IN : HOST_OUT, back = in ? HOST_OUT : HOST_IN;
	uint32_t key = meter_service_key(f->direction, f->tuple.proto, f->tuple.dport);
	struct meter_service *s;
	uint64_t bytes[HOST_WAYS];

	if (f->so_far)
		return; /* all of it is told once more at its end */
	bytes[there] = f->bytes[FLOW_THERE] * f->weight;
	bytes[back] = f->bytes[FLOW_BACK] * f->weight;
	meter_peer_add(m, peer, f->direction, f->weight, bytes);
	s = meter_service(m, key);
	if (!s) {
		m->crowded++;
		return;
	}
	s->busy = true;
	s->packets[there] += f->packets[FLOW_THERE] * f->weight;
	s->packets[back] += f->packets[FLOW_BACK] * f->weight;
	s->bytes[there] += bytes[there];
	s->bytes[back] += bytes[back];
	if (in)
		return;
	s->connections += f->weight;
	hll64_add(&s->sources, hash_u64(&m->key, source_key(peer)));
}

static void read_gauge(struct gauge *g, uint32_t value)
{
	g->sum += value;
	g->n++;
}

/* A service with nothing but a listener is none yet. */
void meter_census(struct meter *m, const struct service_census *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool busy = c[i].established || c[i].half_open || c[i].close_wait;
		struct meter_service *s = busy ? meter_service(m, meter_service_key(FLOW_IN, c[i].proto, c[i].port)) : NULL;

		if (!s)
			continue;
		s->busy = true;
		read_gauge(&s->established, c[i].established);
		read_gauge(&s->half_open, c[i].half_open);
		read_gauge(&s->time_wait, c[i].time_wait);
		read_gauge(&s->close_wait, c[i].close_wait);
	}
}

/* A counter that went back began anew. */
static uint64_t grown(uint64_t before, uint64_t now)
{
	return now < before ? now : now - before;
}

static struct meter_link *link_of(struct meter *m, const char *name)
{
	for (uint32_t i = 0; i < m->n_links; i++)
		if (strncmp(m->links[i].name, name, LINK_NAME) == 0)
			return &m->links[i];
	if (m->n_links == SAMPLE_LINKS)
		return NULL;
	m->links[m->n_links] = (struct meter_link){ 0 };
	memcpy(m->links[m->n_links].name, name, LINK_NAME);
	return &m->links[m->n_links++];
}

static void read_links(struct meter *m, const struct host_sample *s, bool counts)
{
	bool here[SAMPLE_LINKS] = { false };

	if (!(s->known & KNOWN_LINKS))
		return;
	for (uint32_t i = 0; i < s->n_links && i < SAMPLE_LINKS; i++) {
		struct meter_link *l = link_of(m, s->links[i].name);

		if (!l)
			continue;
		for (size_t w = 0; w < HOST_WAYS && counts && l->here; w++) {
			l->packets[w] += grown(l->before.packets[w], s->links[i].packets[w]);
			l->bytes[w] += grown(l->before.bytes[w], s->links[i].bytes[w]);
		}
		l->before = s->links[i];
		here[l - m->links] = true;
	}
	for (uint32_t i = 0; i < m->n_links; i++)
		m->links[i].here = here[i];
}

static void read_protos(struct meter *m, const struct host_sample *s)
{
	if (!(s->known & m->last.known & KNOWN_PROTOS))
		return;
	for (size_t w = 0; w < HOST_WAYS; w++) {
		m->opened[w] += grown(m->last.opened[w], s->opened[w]);
		for (size_t p = 0; p < HOST_PROTOS; p++)
			m->packets[p][w] += grown(m->last.packets[p][w], s->packets[p][w]);
	}
}

static int64_t slot_of(wall_t wall)
{
	int64_t s = wall.ns / NS_PER_S;

	return s - s % SLOT_S;
}

static void begin_slot(struct meter *m, const struct host_sample *s)
{
	m->start_s = slot_of(s->wall);
	m->utc_offset_s = s->utc_offset_s;
	m->known = ~UINT32_C(0);
	m->watched_s = 0;
}

/* What is between this sample and the one before, to the slot that is being counted. */
static void read_sample(struct meter *m, const struct host_sample *s, int64_t gap_ns)
{
	bool counts = gap_ns <= METER_GAP_S * NS_PER_S;

	read_links(m, s, counts);
	if (!counts)
		return;
	m->known &= s->known;
	m->watched_s += (uint32_t)((gap_ns + NS_PER_S / 2) / NS_PER_S);
	read_protos(m, s);
	for (size_t i = 0; i < SOCKET_STATES && s->known & KNOWN_STATES; i++)
		read_gauge(&m->states[i], s->states[i]);
}

static void drop_slot(void *ctx, const struct slot *s)
{
	(void)ctx;
	(void)s;
}

/* Clocks may say anything. */
static int64_t gap_to(const struct meter *m, wall_t wall)
{
	int64_t gap;

	return __builtin_sub_overflow(wall.ns, m->last.wall.ns, &gap) ? INT64_MAX : gap;
}

void meter_sample(struct meter *m, const struct host_sample *s, meter_slot_fn fn, void *ctx)
{
	int64_t gap = gap_to(m, s->wall);
	bool back = m->begun && slot_of(s->wall) < m->start_s;

	if (!m->begun) {
		read_links(m, s, false);
		begin_slot(m, s);
	} else if (back) {
		meter_end_slot(m, drop_slot, NULL);
		read_links(m, s, false);
		begin_slot(m, s);
	} else {
		read_sample(m, s, gap < 0 ? 0 : gap);
		if (slot_of(s->wall) != m->start_s) {
			meter_end_slot(m, fn, ctx);
			begin_slot(m, s);
		}
	}
	m->last = *s;
	m->begun = true;
}

void meter_finish(struct meter *m, meter_slot_fn fn, void *ctx)
{
	if (m->begun)
		meter_end_slot(m, fn, ctx);
	m->begun = false;
}

void meter_freeze(struct meter *m)
{
	m->frozen = true;
}

uint64_t meter_crowded(const struct meter *m)
{
	return m->crowded;
}
