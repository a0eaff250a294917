/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From counts to the values of a slot, and to nothing again. */
#include <string.h>

#include "core/meter_state.h"

static void give(struct slot_series *s, enum measure_of m, uint64_t value)
{
	s->known |= UINT32_C(1) << m;
	s->value[m] = value;
}

static void give_gauge(struct slot_series *s, enum measure_of m, const struct gauge *g, uint32_t seconds)
{
	uint32_t n = g->n > seconds ? g->n : seconds; /* a second in which a service had none was not told */

	give(s, m, n ? g->sum * 100 / n : 0);
}

static void give_host(const struct meter *m, struct slot_series *s)
{
	s->id = (struct series_id){ .kind = SERIES_HOST };
	give(s, OF_CONNECTIONS, m->connections);
	give(s, OF_NEWCOMERS, m->newcomers);
	give(s, OF_SOURCES, hll64_count(&m->sources));
	give(s, OF_PORTS, hll64_count(&m->ports));
	if (!(m->known & KNOWN_STATES))
		return;
	give_gauge(s, OF_ESTABLISHED, &m->states[SOCKET_ESTABLISHED], 0);
	give_gauge(s, OF_HALF_OPEN, &m->states[SOCKET_SYN_RECV], 0);
	give_gauge(s, OF_TIME_WAIT, &m->states[SOCKET_TIME_WAIT], 0);
	give_gauge(s, OF_CLOSE_WAIT, &m->states[SOCKET_CLOSE_WAIT], 0);
}

static void give_link(const struct meter_link *l, struct slot_series *s)
{
	s->id = (struct series_id){ .kind = SERIES_LINK };
	memcpy(s->id.link, l->name, LINK_NAME);
	give(s, OF_PACKETS_IN, l->packets[HOST_IN]);
	give(s, OF_PACKETS_OUT, l->packets[HOST_OUT]);
	give(s, OF_BYTES_IN, l->bytes[HOST_IN]);
	give(s, OF_BYTES_OUT, l->bytes[HOST_OUT]);
}

/* Packets of both ways stand in the first series of a protocol; what it was called and calls, in one each. */
static size_t give_protos(const struct meter *m, struct slot_series *s)
{
	size_t n = 0;

	for (uint8_t p = 0; p < HOST_PROTOS; p++, n++) {
		s[n] = (struct slot_series){ .id = { .kind = SERIES_PROTO, .direction = FLOW_IN, .proto = p } };
		give(&s[n], OF_PACKETS_IN, m->packets[p][HOST_IN]);
		give(&s[n], OF_PACKETS_OUT, m->packets[p][HOST_OUT]);
		if (p == HOST_TCP)
			give(&s[n], OF_CONNECTIONS, m->opened[HOST_IN]);
	}
	s[n] = (struct slot_series){ .id = { .kind = SERIES_PROTO, .direction = FLOW_OUT, .proto = HOST_TCP } };
	give(&s[n++], OF_CONNECTIONS, m->opened[HOST_OUT]);
	return n;
}

static void give_service(const struct meter *m, const struct meter_service *v, struct slot_series *s)
{
	uint8_t direction = v->key >> 24 & 0x7f, proto = v->key >> 16 & 0xff;

	*s = (struct slot_series){ .id = { .kind = SERIES_SERVICE, .direction = direction, .proto = proto,
		.port = (uint16_t)v->key } };
	give(s, OF_CONNECTIONS, v->connections);
	give(s, OF_SOURCES, hll64_count(&v->sources));
	if (m->known & KNOWN_FLOWS) {
		give(s, OF_PACKETS_IN, v->packets[HOST_IN]);
		give(s, OF_PACKETS_OUT, v->packets[HOST_OUT]);
		give(s, OF_BYTES_IN, v->bytes[HOST_IN]);
		give(s, OF_BYTES_OUT, v->bytes[HOST_OUT]);
	}
	if (direction != FLOW_IN)
		return;
	give(s, OF_NEWCOMERS, v->newcomers);
	if (!(m->known & KNOWN_STATES))
		return;
	give_gauge(s, OF_ESTABLISHED, &v->established, m->states[0].n);
	give_gauge(s, OF_HALF_OPEN, &v->half_open, m->states[0].n);
	give_gauge(s, OF_TIME_WAIT, &v->time_wait, m->states[0].n);
	give_gauge(s, OF_CLOSE_WAIT, &v->close_wait, m->states[0].n);
}

static size_t fill(struct meter *m)
{
	size_t n = 0;

	memset(m->series, 0, sizeof(m->series));
	give_host(m, &m->series[n++]);
	for (uint32_t i = 0; i < m->n_links && m->known & KNOWN_LINKS; i++)
		give_link(&m->links[i], &m->series[n++]);
	if (m->known & KNOWN_PROTOS)
		n += give_protos(m, &m->series[n]);
	for (uint32_t i = 0; i < METER_SERVICES; i++)
		if (m->services[i].key)
			give_service(m, &m->services[i], &m->series[n++]);
	return n;
}

_Static_assert(1 + SAMPLE_LINKS + HOST_PROTOS + 1 + METER_SERVICES <= SLOT_SERIES, "all of them find room");

/* Interfaces that are gone leave; the others keep what to subtract. */
static void begin_links(struct meter *m)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < m->n_links; i++) {
		if (!m->links[i].here)
			continue;
		m->links[kept] = m->links[i];
		memset(m->links[kept].packets, 0, sizeof(m->links[kept].packets));
		memset(m->links[kept].bytes, 0, sizeof(m->links[kept].bytes));
		kept++;
	}
	m->n_links = kept;
}

static void begin_anew(struct meter *m)
{
	meter_services_age(m);
	begin_links(m);
	m->connections = m->newcomers = 0;
	memset(&m->sources, 0, sizeof(m->sources));
	memset(&m->ports, 0, sizeof(m->ports));
	memset(m->states, 0, sizeof(m->states));
	memset(m->opened, 0, sizeof(m->opened));
	memset(m->packets, 0, sizeof(m->packets));
	m->frozen = false;
}

/* A slot in which nobody watched is none. */
void meter_end_slot(struct meter *m, meter_slot_fn fn, void *ctx)
{
	struct slot s = { .start_s = m->start_s, .utc_offset_s = m->utc_offset_s, .frozen = m->frozen,
		.watched_s = m->watched_s > SLOT_S ? SLOT_S : m->watched_s, .series = m->series, .peers = m->top };

	s.n = fill(m);
	s.n_peers = meter_peers_top(m, m->top, SLOT_PEERS);
	if (m->watched_s)
		fn(ctx, &s);
	begin_anew(m);
}
