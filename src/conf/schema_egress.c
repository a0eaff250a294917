/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of the rules about what leaves. The presets are those whose reasons rules/egress.conf gives; they stand here too
 * so that a file of one's own need not repeat what it does not change.
 */
#include "conf/schema.h"

#include "base/time.h"
#include "core/detect_beacon.h"
#include "core/detect_exfil.h"
#include "core/detect_sweep.h"
#include "core/detect_tunnel.h"
#include "core/reach.h"
#include "core/signals.h"

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

static const struct schema_key volume_keys[] = {
	{ "day_mib", KEY_MIB, FIELD(struct exfil_opts, day_bytes),
	  .min = INT64_C(1) << 20, .max = INT64_C(1) << 40, .unit = "MiB", .preset = "64",
	  .help = "to one destination, or to all new ones of one actor, in 24 hours, below which it is nothing" },
	{ "known_mib", KEY_MIB, FIELD(struct exfil_opts, known_bytes),
	  .min = INT64_C(1) << 20, .max = INT64_C(1) << 40, .unit = "MiB", .preset = "2048",
	  .help = "the same of a destination that is no longer new and gets data on other days" },
	{ "times", KEY_UINT, FIELD(struct exfil_opts, times),
	  .min = 1, .max = 100, .unit = "", .preset = "4",
	  .help = "of the most of any day before, below which it is usual" },
	{ "ratio", KEY_UINT, FIELD(struct exfil_opts, ratio),
	  .max = 100, .unit = "%", .preset = "50",
	  .help = "an hour counts in which out less in is that part of both" },
	{ "new", KEY_TIME, FIELD(struct exfil_opts, new_ns),
	  .min = HOUR, .max = 365 * DAY, .unit = "", .preset = "\"7d\"",
	  .help = "a destination is new for so long" },
};

static const struct schema_key trickle_keys[] = {
	{ "least_mib", KEY_MIB, FIELD(struct exfil_opts, trickle_bytes),
	  .min = INT64_C(1) << 20, .max = INT64_C(1) << 40, .unit = "MiB", .preset = "8",
	  .help = "to one new destination in 24 hours, below which it is nothing" },
	{ "hours", KEY_UINT, FIELD(struct exfil_opts, trickle_hours),
	  .min = 2, .max = 24, .unit = "", .preset = "6",
	  .help = "different ones in which it must flow" },
};

static const struct schema_key tunnel_keys[] = {
	{ "hour_bytes", KEY_UINT, FIELD(struct tunnel_opts, hour_bytes),
	  .min = 256, .max = 100000000, .unit = "bytes", .preset = "2048",
	  .help = "of information in names below one domain in an hour" },
	{ "day_bytes", KEY_UINT, FIELD(struct tunnel_opts, day_bytes),
	  .min = 256, .max = 1000000000, .unit = "bytes", .preset = "16384",
	  .help = "the same in a day" },
	{ "least_names", KEY_UINT, FIELD(struct tunnel_opts, least_names),
	  .min = 8, .max = 1000000, .unit = "names", .preset = "64",
	  .help = "different ones below which it is none" },
	{ "down_bytes", KEY_UINT, FIELD(struct tunnel_opts, down_bytes),
	  .min = 4096, .max = 1000000000, .unit = "bytes", .preset = "131072",
	  .help = "of different answers in TXT, NULL and the like in a day" },
	{ "exempt", KEY_NAME, ARRAY(struct tunnel_opts, exempt, n_exempt),
	  .min = 1, .unit = "", .preset = "[]",
	  .help = "domains that may be asked for any number of names" },
};

static const struct schema_key new_keys[] = {
	{ "learning", KEY_TIME, FIELD(struct reach_opts, learn_ns),
	  .min = HOUR, .max = 90 * DAY, .unit = "", .preset = "\"1d\"",
	  .help = "how long an actor's destinations are learned in silence" },
	{ "many", KEY_UINT, FIELD(struct reach_opts, many),
	  .min = 1, .max = 60000, .unit = "", .preset = "32",
	  .help = "new destinations (or ports) on one of 16 days, above which an actor is told no more of such" },
};

const struct schema_section schema_egress_beacon = SECTION("rule", beacon_keys);
const struct schema_section schema_egress_new = SECTION("rule", new_keys);
static const struct schema_key signals_keys[] = {
	{ "within", KEY_TIME, FIELD(struct signals_opts, within_ns),
	  .min = MINUTE, .max = 30 * DAY, .unit = "", .preset = "\"1d\"",
	  .help = "of each other, two signals make an anomaly" },
	{ "new", KEY_TIME, FIELD(struct signals_opts, new_ns),
	  .min = NS_PER_S, .max = 90 * DAY, .unit = "", .preset = "\"7d\"",
	  .help = "a destination is new for so long, on a host that was watched for as long" },
};

const struct schema_section schema_egress_signals = SECTION("rule", signals_keys);
const struct schema_section schema_egress_listed = { "rule", NULL, 0 };
const struct schema_section schema_egress_sweep = SECTION("rule", sweep_keys);
const struct schema_section schema_egress_trickle = SECTION("rule", trickle_keys);
const struct schema_section schema_egress_tunnel = SECTION("rule", tunnel_keys);
const struct schema_section schema_egress_volume = SECTION("rule", volume_keys);
