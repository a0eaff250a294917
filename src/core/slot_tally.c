/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sums of a tally as series. The first ones stand at fixed places: the host, each protocol, TCP that we opened. */
#include "core/slot_tally.h"

#include <string.h>

#include "core/flow_end.h"

enum place {
	AT_HOST = 0,
	AT_PROTOS,                          /* one for each enum host_proto */
	AT_OPENED = AT_PROTOS + HOST_PROTOS, /* TCP going out */
	AT_SERVICES,
};

_Static_assert((int)TALLY_IN == (int)FLOW_IN && (int)TALLY_OUT == (int)FLOW_OUT &&
	(int)TALLY_FORWARD == (int)FLOW_FORWARD, "both call directions by the same numbers");

static void add(struct slot_series *s, enum measure_of m, uint64_t value)
{
	s->known |= UINT32_C(1) << m;
	s->value[m] += value;
}

/* What came in is from who called where we were called, and between others. */
static enum tally_way way_in(const struct tally_series *t)
{
	return t->direction == TALLY_OUT ? TALLY_BACK : TALLY_THERE;
}

static enum tally_way way_out(const struct tally_series *t)
{
	return t->direction == TALLY_OUT ? TALLY_THERE : TALLY_BACK;
}

static enum host_proto proto_of(uint8_t proto)
{
	switch (proto) {
	case PROTO_TCP:
		return HOST_TCP;
	case PROTO_UDP:
		return HOST_UDP;
	case PROTO_ICMP:
	case PROTO_ICMP6:
		return HOST_ICMP;
	default:
		return HOST_OTHER;
	}
}

static void add_proto(struct slot_series *room, const struct tally_series *t)
{
	struct slot_series *s = &room[AT_PROTOS + proto_of(t->proto)];

	if (t->direction == TALLY_FORWARD)
		return; /* not this host's */
	add(s, OF_PACKETS_IN, t->packets[way_in(t)]);
	add(s, OF_PACKETS_OUT, t->packets[way_out(t)]);
	if (t->direction == TALLY_OUT && t->proto == PROTO_TCP)
		add(&room[AT_OPENED], OF_CONNECTIONS, t->connections);
}

static void add_service(struct slot_series *s, const struct tally_series *t)
{
	*s = (struct slot_series){ .id = { .kind = SERIES_SERVICE, .direction = t->direction, .proto = t->proto,
		.port = t->port } };
	add(s, OF_CONNECTIONS, t->connections);
	add(s, OF_SOURCES, hll64_count(&t->peers));
	add(s, OF_PACKETS_IN, t->packets[way_in(t)]);
	add(s, OF_PACKETS_OUT, t->packets[way_out(t)]);
	add(s, OF_BYTES_IN, t->bytes[way_in(t)]);
	add(s, OF_BYTES_OUT, t->bytes[way_out(t)]);
}

/* The service with the fewest connections, whose place another one may need more. */
static size_t find_least(const struct slot_series *room)
{
	size_t least = AT_SERVICES;

	for (size_t i = AT_SERVICES + 1; i < SLOT_SERIES; i++)
		if (room[i].value[OF_CONNECTIONS] < room[least].value[OF_CONNECTIONS])
			least = i;
	return least;
}

static void begin(struct slot_series *room)
{
	memset(room, 0, AT_SERVICES * sizeof(*room));
	add(&room[AT_HOST], OF_CONNECTIONS, 0);
	add(&room[AT_HOST], OF_SOURCES, 0);
	add(&room[AT_HOST], OF_PORTS, 0);
	for (int p = 0; p < HOST_PROTOS; p++) {
		room[AT_PROTOS + p].id = (struct series_id){ .kind = SERIES_PROTO, .proto = (uint8_t)p };
		add(&room[AT_PROTOS + p], OF_PACKETS_IN, 0);
		add(&room[AT_PROTOS + p], OF_PACKETS_OUT, 0);
	}
	add(&room[AT_PROTOS + HOST_TCP], OF_CONNECTIONS, 0);
	room[AT_OPENED].id = (struct series_id){ .kind = SERIES_PROTO, .direction = FLOW_OUT, .proto = HOST_TCP };
	add(&room[AT_OPENED], OF_CONNECTIONS, 0);
}

/* Of a port that answered, as the meter counts them: to ports of ours that are open. */
static void add_called(struct slot_series *room, const struct tally_series *t, struct hll64 *sources)
{
	if (t->direction != TALLY_IN)
		return;
	add(&room[AT_HOST], OF_CONNECTIONS, t->connections);
	add(&room[AT_HOST], OF_PORTS, t->connections > 0);
	if (t->proto == PROTO_TCP)
		add(&room[AT_PROTOS + HOST_TCP], OF_CONNECTIONS, t->connections);
	hll64_merge(sources, &t->peers);
}

size_t slot_from_tally(const struct tally_slot *t, int32_t utc_offset_s, struct slot_series room[SLOT_SERIES],
	struct slot *out)
{
	const int64_t watched = (t->until.ns - t->from.ns) / NS_PER_S;
	struct hll64 sources = { { 0 } };
	size_t n = AT_SERVICES, left_out = 0;

	begin(room);
	for (size_t i = 0; i < t->n; i++) {
		const struct tally_series *series = &t->series[i];
		size_t place;

		if (series->scope == TALLY_ALL)
			add_proto(room, series);
		if (series->scope != TALLY_SERVICE)
			continue;
		add_called(room, series, &sources);
		if (n < SLOT_SERIES) {
			add_service(&room[n++], series);
			continue;
		}
		left_out++;
		place = find_least(room);
		if (room[place].value[OF_CONNECTIONS] < series->connections)
			add_service(&room[place], series);
	}
	add(&room[AT_HOST], OF_SOURCES, hll64_count(&sources));
	*out = (struct slot){ .start_s = t->start_s, .utc_offset_s = utc_offset_s, .frozen = t->frozen, .series = room,
		.n = n, .watched_s = watched < 0 ? 0 : watched > SLOT_S ? SLOT_S : (uint32_t)watched };
	return left_out;
}
