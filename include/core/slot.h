/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Five minutes of a host's traffic as values: what baselines learn, histories keep and graphs show. Slots begin at whole
 * multiples of five minutes since 1970, UTC; the local time that people live by stands beside.
 */
#ifndef TIDEGATE_CORE_SLOT_H
#define TIDEGATE_CORE_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "core/host_sample.h"

#define SLOT_S 300
#define SLOTS_A_DAY 288
#define SLOT_SERIES 256   /* of one slot */

/* What a series is about. These stand in files: never renumbered. */
enum series_kind {
	SERIES_HOST = 0, /* everything */
	SERIES_LINK,     /* one interface, by name */
	SERIES_PROTO,    /* one protocol (enum host_proto), one direction */
	SERIES_SERVICE,  /* one port that was called: ours (direction in), others' (out), or between others (forward) */
	SERIES_KINDS,
};

struct series_id {
	uint8_t kind;      /* enum series_kind */
	uint8_t direction; /* enum flow_direction; LINK and HOST: 0 */
	uint8_t proto;     /* SERVICE: IP protocol; PROTO: enum host_proto; else 0 */
	uint16_t port;     /* SERVICE */
	char link[LINK_NAME]; /* LINK; terminated */
};

/* What is measured of it. In files too. */
enum measure_of {
	OF_CONNECTIONS = 0, /* begun */
	OF_SOURCES,         /* distinct peers (IPv6 by its /64); going out: destinations */
	OF_NEWCOMERS,       /* of these, never met before */
	OF_PORTS,           /* distinct ports called */
	OF_PACKETS_IN, OF_PACKETS_OUT,
	OF_BYTES_IN, OF_BYTES_OUT,
	OF_ESTABLISHED,     /* states: the mean of the slot's seconds, in hundredths */
	OF_HALF_OPEN,
	OF_TIME_WAIT,
	OF_CLOSE_WAIT,
	OF_MEASURES,
};

struct slot_series {
	struct series_id id;
	uint32_t known;            /* bit i: value[i] is known; what is not measured is not 0 */
	uint64_t value[OF_MEASURES];
};

#define SLOT_PEERS 64 /* of one slot: those with most bytes; an estimate where there were many more (space saving) */

struct slot_peer {
	struct addr addr;    /* IPv6: its /64 */
	uint8_t direction;   /* enum flow_direction */
	uint64_t connections, bytes[HOST_WAYS];
};

struct slot {
	int64_t start_s;      /* since 1970, UTC */
	int32_t utc_offset_s; /* of local time, at its beginning */
	uint32_t watched_s;   /* of its 300 */
	bool frozen;          /* belongs to an incident: kept as history, never learned */
	const struct slot_series *series; /* borrowed */
	size_t n;
	const struct slot_peer *peers; /* most bytes first; borrowed */
	size_t n_peers;
};

bool series_equal(const struct series_id *a, const struct series_id *b);
int series_compare(const struct series_id *a, const struct series_id *b); /* a total order, as qsort wants it */

/*
 * "host", "link eth0", "proto udp in", "service 443/tcp in"; an IP protocol without a name as its number ("service
 * 0/47 forward"). Names of links are from outside: what is not printable ASCII stands as \xHH. series_parse reads what
 * series_format writes and leaves every unused field 0; ERR_INVALID.
 */
#define SERIES_TEXT 72
void series_format(const struct series_id *id, char *out, size_t size);
int series_parse(const char *text, struct series_id *out);

const char *measure_of_name(enum measure_of m); /* "connections", "bytes-in", "close-wait" */
int measure_of_parse(const char *name, enum measure_of *out); /* ERR_INVALID */

/* Local time of day, in slots (0 .. 287), and the hour of the local week (0 .. 167, from Monday 00:00); of any moment,
 * also before 1970. */
unsigned slot_of_day(int64_t start_s, int32_t utc_offset_s);
unsigned hour_of_week(int64_t start_s, int32_t utc_offset_s);

#endif
