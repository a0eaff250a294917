/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fills a file of history as a daemon would have that ran until now: probe_history FILE NOW MONTHS MOST-MIB LINKS. NOW is
 * in seconds since 1970; local time is UTC + 1 h, all year. Traffic follows the clock so that a script can add it up:
 *
 *	eth0, a slot:  in  = 1000000 * (1 + hour of the day), half of it on Saturdays and Sundays; out = 10 * in
 *	443/tcp in:    the same, and hour + 1 connections of 4 sources
 *
 * LINKS more interfaces (veth0 ..) carry 1000 bytes each way. Peers: 203.0.113.7 with half of eth0, 2001:db8:5::/64 with a
 * tenth, and 30 others that change with every slot.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/packet.h"
#include "edge/store_history.h"

#define OFFSET 3600
#define MOST 128
#define DAY_S 86400

static struct slot_series series[MOST];
static struct slot_peer peers[32];

static void measure(struct slot_series *s, enum measure_of m, uint64_t value)
{
	s->known |= 1U << m;
	s->value[m] = value;
}

static void carry(struct slot_series *s, uint64_t in, uint64_t out)
{
	measure(s, OF_BYTES_IN, in);
	measure(s, OF_BYTES_OUT, out);
	measure(s, OF_PACKETS_IN, in / 100);
	measure(s, OF_PACKETS_OUT, out / 1000);
}

static size_t fill_series(uint64_t in, unsigned hour, unsigned links)
{
	size_t n = 0;

	memset(series, 0, sizeof(series));
	series[n].id.kind = SERIES_HOST;
	measure(&series[n], OF_CONNECTIONS, hour + 1);
	measure(&series[n], OF_SOURCES, 4);
	measure(&series[n++], OF_ESTABLISHED, 100 * hour);
	series[n].id.kind = SERIES_LINK;
	memcpy(series[n].id.link, "eth0", 5);
	carry(&series[n++], in, 10 * in);
	series[n].id = (struct series_id){ .kind = SERIES_PROTO, .proto = HOST_TCP };
	measure(&series[n], OF_PACKETS_IN, in / 100);
	measure(&series[n++], OF_PACKETS_OUT, in / 100);
	series[n].id = (struct series_id){ .kind = SERIES_SERVICE, .proto = PROTO_TCP, .port = 443 };
	carry(&series[n], in, 10 * in);
	measure(&series[n], OF_SOURCES, 4);
	measure(&series[n++], OF_CONNECTIONS, hour + 1);
	series[n].id = (struct series_id){ .kind = SERIES_SERVICE, .direction = 1, .proto = PROTO_UDP, .port = 53 };
	measure(&series[n++], OF_CONNECTIONS, 7);
	for (unsigned i = 0; i < links && n < MOST; i++, n++) {
		series[n].id.kind = SERIES_LINK;
		snprintf(series[n].id.link, sizeof(series[n].id.link), "veth%u", i);
		carry(&series[n], 1000, 1000);
	}
	return n;
}

static size_t fill_peers(uint64_t in, int64_t start_s)
{
	const uint8_t busy[4] = { 203, 0, 113, 7 }, v6[16] = { 0x20, 1, 0xd, 0xb8, 0, 5 };

	peers[0] = (struct slot_peer){ .addr = addr_v4(busy), .connections = 1, .bytes = { in / 2, in * 5 } };
	peers[1] = (struct slot_peer){ .addr = addr_v6(v6), .connections = 1, .bytes = { in / 10, in } };
	for (unsigned i = 2; i < 32; i++) {
		const uint32_t odd = (uint32_t)(start_s / SLOT_S * 30 + i);
		const uint8_t other[4] = { 198, 18, (uint8_t)(odd >> 8), (uint8_t)odd };

		peers[i] = (struct slot_peer){ .addr = addr_v4(other), .bytes = { 1000, 2000 } };
	}
	return 32;
}

static int add(struct history *h, int64_t start_s, unsigned links, bool recent)
{
	const unsigned hour = hour_of_week(start_s, OFFSET) % 24, day = hour_of_week(start_s, OFFSET) / 24;
	const uint64_t in = UINT64_C(1000000) * (1 + hour) / (day >= 5 ? 2 : 1);
	const struct slot s = { .start_s = start_s, .utc_offset_s = OFFSET, .watched_s = SLOT_S,
		.series = series, .n = fill_series(in, hour, links),
		.peers = peers, .n_peers = recent ? fill_peers(in, start_s) : 0 };

	return history_add(h, &s);
}

static int fill(struct history *h, int64_t now_s, int months, unsigned links)
{
	/* A daemon commits each slot. Here a month may be lost; where room is short, a quarter of a day. */
	const int batch = links ? SLOTS_A_DAY / 4 : 30 * SLOTS_A_DAY;
	const int64_t first = period_move(PERIOD_MONTH, period_begin(PERIOD_DAY, now_s + OFFSET), -months) - OFFSET;
	int err = 0, n = 0;

	for (int64_t t = first; t + SLOT_S <= now_s && !err; t += SLOT_S) {
		if (n == 0)
			err = history_begin(h);
		if (!err)
			err = add(h, t, links, now_s - t < 2 * DAY_S);
		if (!err && ++n == batch) {
			err = history_commit(h);
			n = 0;
		}
		if (!err && n == 0)
			err = history_prune(h, t);
	}
	if (!err && n)
		err = history_commit(h);
	return err ? err : history_prune(h, now_s);
}

int main(int argc, char **argv)
{
	struct history_opts o = { .make = true, .keep_slots_s = 35 * DAY_S, .keep_hours_s = 400 * DAY_S };
	char aside[STORE_PATH], why[WHY_TEXT];
	struct history *h;
	int err;

	if (argc != 6) {
		fprintf(stderr, "usage: probe_history FILE NOW MONTHS MOST-MIB LINKS\n");
		return 64;
	}
	o.max_bytes = (uint64_t)strtoull(argv[4], NULL, 10) << 20;
	if (history_open(&h, argv[1], &o, aside, why)) {
		fprintf(stderr, "%s: %s\n", argv[1], why);
		return 1;
	}
	err = fill(h, strtoll(argv[2], NULL, 10), atoi(argv[3]), (unsigned)atoi(argv[5]));
	if (err)
		fprintf(stderr, "%s: %d, %s\n", argv[1], err, history_error(h));
	history_close(h);
	return err ? 1 : 0;
}
