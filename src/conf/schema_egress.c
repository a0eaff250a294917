/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of the rules about what leaves. The presets are those whose reasons rules/egress.conf gives; they stand here too
 * so that a file of one's own need not repeat what it does not change.
 */
#include "conf/schema.h"

#include "base/time.h"
#include "core/detect_beacon.h"
#include "core/detect_sweep.h"

#define MINUTE (60 * NS_PER_S)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define NATS(x) ((int64_t)((x) * 64))

static const struct schema_key sweep_keys[] = {
	{ "threshold", KEY_NATS, FIELD(struct sweep_opts, threshold),
	  .min = NATS(5), .max = NATS(500), .unit = "nats", .preset = "25.0",
	  .help = "score of silence and hurry that is a scan" },
	{ "least_targets", KEY_UINT, FIELD(struct sweep_opts, least_targets),
	  .min = 4, .max = 1000, .unit = "", .preset = "12",
	  .help = "destinations of one port, or ports of one destination, below which it is none" },
	{ "window", KEY_TIME, FIELD(struct sweep_opts, window_ns),
	  .min = 10 * MINUTE, .max = DAY, .unit = "", .preset = "\"1h\"",
	  .help = "how long a destination is known, and in which scores fade by half" },
};

static const struct schema_key beacon_keys[] = {
	{ "timing", KEY_UINT, FIELD(struct beacon_opts, timing),
	  .min = 500, .max = 1000, .unit = "", .preset = "830",
	  .help = "least evenness of intervals, of 1000; where there are 32 of them, 30 less" },
	{ "size", KEY_UINT, FIELD(struct beacon_opts, size),
	  .max = 1000, .unit = "", .preset = "800",
	  .help = "least evenness of bytes sent, of 1000" },
	{ "least", KEY_UINT, FIELD(struct beacon_opts, least),
	  .min = 8, .max = 32, .unit = "calls", .preset = "16",
	  .help = "below which it is none" },
	{ "long", KEY_TIME, FIELD(struct beacon_opts, long_ns),
	  .min = HOUR, .max = 100 * DAY, .unit = "", .preset = "\"4h\"",
	  .help = "that a quiet connection lasts" },
};

const struct schema_section schema_egress_beacon = SECTION("rule", beacon_keys);
const struct schema_section schema_egress_sweep = SECTION("rule", sweep_keys);
