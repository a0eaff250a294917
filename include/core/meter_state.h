/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the meter: meter.c (what comes in), meter_services.c (finding one), meter_peers.c (who moved most),
 * meter_slot.c (from counts to a slot).
 */
#ifndef TIDEGATE_CORE_METER_STATE_H
#define TIDEGATE_CORE_METER_STATE_H

#include "base/sketch.h"
#include "core/meter.h"

#define SERVICE_INDEX 512    /* a power of two, more than twice the services */
#define PEER_BUCKETS 128     /* a power of two */
#define PEER_WAYS 8
#define SILENT_SLOTS (7 * SLOTS_A_DAY)
#define ROOM_AFTER_SLOTS 12

struct gauge {
	uint64_t sum;
	uint32_t n;
};

struct meter_service {
	uint32_t key;         /* service_key; 0: free */
	uint32_t silent;      /* slots without anything */
	bool busy;            /* something came in this slot */
	uint64_t connections, newcomers;
	uint64_t packets[HOST_WAYS], bytes[HOST_WAYS];
	struct hll64 sources;
	struct gauge established, half_open, time_wait, close_wait;
};

struct meter_peer {
	struct addr addr; /* family NONE: free */
	uint8_t direction;
	uint64_t connections, bytes[HOST_WAYS];
};

struct meter_link {
	char name[LINK_NAME];
	struct link_counters before;
	uint64_t packets[HOST_WAYS], bytes[HOST_WAYS];
	bool here; /* in the sample before: there is something to subtract */
};

struct meter {
	struct hash_key key;
	struct meter_service services[METER_SERVICES];
	uint16_t index[SERVICE_INDEX]; /* place + 1; linear probing */
	struct meter_peer peers[PEER_BUCKETS][PEER_WAYS];
	uint64_t crowded;

	/* the host as a whole, of this slot */
	uint64_t connections, newcomers;
	struct hll64 sources, ports;
	struct gauge states[SOCKET_STATES];
	uint64_t opened[HOST_WAYS], packets[HOST_PROTOS][HOST_WAYS];
	struct meter_link links[SAMPLE_LINKS];
	uint32_t n_links;

	struct host_sample last; /* the sample before */
	bool begun;
	bool frozen;
	uint32_t known;   /* enum host_known, of every sample of this slot */
	int64_t start_s;
	int32_t utc_offset_s;
	uint32_t watched_s;

	struct slot_series series[SLOT_SERIES]; /* of the slot that is handed out */
	struct slot_peer top[SLOT_PEERS];
};

/* meter_services.c. Never 0. */
uint32_t meter_service_key(uint8_t direction, uint8_t proto, uint16_t port);
struct meter_service *meter_service(struct meter *m, uint32_t key); /* found or begun; NULL: no room */
void meter_services_age(struct meter *m); /* at the end of a slot: counts go, who is silent too long goes */

/* meter_peers.c */
void meter_peer_add(struct meter *m, const struct addr *a, uint8_t direction, uint32_t connections,
	const uint64_t bytes[HOST_WAYS]);
size_t meter_peers_top(struct meter *m, struct slot_peer *out, size_t max); /* and forgets all */

/* meter_slot.c */
void meter_end_slot(struct meter *m, meter_slot_fn fn, void *ctx);

#endif
