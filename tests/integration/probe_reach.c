/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes into a file of history whom a host has reached for long, as a daemon would have that ran all the time:
 *
 *	probe_reach FILE NOW UID ADDRESS NAME PORT DAYS MIB
 *
 * Each night for so many days the user has sent so much to that address, and last night for the last time.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "core/packet.h"
#include "edge/store_reach.h"

#define DAY_S 86400
#define MIB (UINT64_C(1) << 20)

static bool record_of(char **args, struct reach_record *r)
{
	const int64_t now_s = strtoll(args[0], NULL, 10);
	const unsigned long days = strtoul(args[5], NULL, 10);
	const uint64_t bytes = strtoull(args[6], NULL, 10) * MIB;

	*r = (struct reach_record){ .uid = (uint32_t)strtoul(args[1], NULL, 10), .port = (uint16_t)strtoul(args[4], NULL, 10),
		.proto = PROTO_TCP, .count = days, .bytes = { bytes * days, 1000 * days }, .day_bytes = bytes, .day_most = bytes,
		.first_s = now_s - (int64_t)days * DAY_S, .last_s = now_s - DAY_S, .days = (uint16_t)days };
	text_copy(r->name, sizeof(r->name), args[3]);
	r->actor = (struct actor){ .kind = ACTOR_USER, .uid = r->uid };
	return days > 1 && addr_parse(args[2], &r->to) == 0;
}

int main(int argc, char **argv)
{
	struct history_opts o = { .make = true, .keep_slots_s = 35 * DAY_S, .keep_hours_s = 400 * DAY_S, .max_bytes = 64 * MIB };
	char aside[STORE_PATH], why[WHY_TEXT];
	struct reach_record r;
	struct history *h;
	int err;

	if (argc != 9 || !record_of(argv + 2, &r)) {
		fprintf(stderr, "usage: probe_reach FILE NOW UID ADDRESS NAME PORT DAYS MIB\n");
		return 64;
	}
	if (history_open(&h, argv[1], &o, aside, why)) {
		fprintf(stderr, "%s: %s\n", argv[1], why);
		return 1;
	}
	err = history_begin(h);
	if (!err)
		err = history_put_reach(h, &r);
	if (!err)
		err = history_commit(h);
	if (err)
		fprintf(stderr, "%s: %d, %s\n", argv[1], err, history_error(h));
	history_close(h);
	return err ? 1 : 0;
}
