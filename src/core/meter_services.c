/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The services that are being counted: found by a keyed hash, linear probing, rebuilt where one leaves. */
#include <string.h>

#include "core/meter_state.h"

uint32_t meter_service_key(uint8_t direction, uint8_t proto, uint16_t port)
{
	return UINT32_C(1) << 31 | (uint32_t)direction << 24 | (uint32_t)proto << 16 | port;
}

static uint32_t place_of(const struct meter *m, uint32_t key)
{
	return (uint32_t)hash_u64(&m->key, key) & (SERVICE_INDEX - 1);
}

static void put(struct meter *m, uint32_t at)
{
	uint32_t i = place_of(m, m->services[at].key);

	while (m->index[i])
		i = (i + 1) & (SERVICE_INDEX - 1);
	m->index[i] = (uint16_t)(at + 1);
}

static void rebuild(struct meter *m)
{
	memset(m->index, 0, sizeof(m->index));
	for (uint32_t i = 0; i < METER_SERVICES; i++)
		if (m->services[i].key)
			put(m, i);
}

/* A free place, or that of the service which has been silent longest. */
static uint32_t make_room(const struct meter *m)
{
	uint32_t best = METER_SERVICES, silent = ROOM_AFTER_SLOTS - 1;

	for (uint32_t i = 0; i < METER_SERVICES; i++) {
		const struct meter_service *s = &m->services[i];

		if (!s->key)
			return i;
		if (!s->busy && s->silent > silent) {
			best = i;
			silent = s->silent;
		}
	}
	return best;
}

struct meter_service *meter_service(struct meter *m, uint32_t key)
{
	uint32_t i = place_of(m, key), room;
	bool replaces;

	for (; m->index[i]; i = (i + 1) & (SERVICE_INDEX - 1))
		if (m->services[m->index[i] - 1].key == key)
			return &m->services[m->index[i] - 1];
	room = make_room(m);
	if (room == METER_SERVICES)
		return NULL;
	replaces = m->services[room].key != 0;
	m->services[room] = (struct meter_service){ .key = key };
	if (replaces)
		rebuild(m);
	else
		put(m, room);
	return &m->services[room];
}

void meter_services_age(struct meter *m)
{
	bool gone = false;

	for (uint32_t i = 0; i < METER_SERVICES; i++) {
		struct meter_service *s = &m->services[i];
		uint32_t silent = s->busy ? 0 : s->silent + 1;
		bool leaves = s->key && silent > SILENT_SLOTS;

		gone |= leaves;
		*s = (struct meter_service){ .key = leaves ? 0 : s->key, .silent = silent };
	}
	if (gone)
		rebuild(m);
}
