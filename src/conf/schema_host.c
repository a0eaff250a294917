/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of the rules about the host itself: how much it moves, what it has never done, and what is not normal for it.
 * The presets are those whose reasons rules/volume.conf, rules/novel.conf and rules/baseline.conf give; they stand here
 * too so that a file of one's own need not repeat what it does not change.
 */
#include "conf/schema.h"

#include "base/time.h"
#include "core/baseline.h"
#include "core/detect_novel.h"
#include "core/detect_volume.h"

#define MINUTE (60 * NS_PER_S)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define YEAR (52 * 7 * DAY)

static const struct schema_key surge_keys[] = {
	{ "deviations", KEY_UINT, FIELD(struct volume_opts, deviations),
	  .min = 3, .max = 100, .unit = "", .preset = "8",
	  .help = "above the usual level that are a surge" },
	{ "steps", KEY_UINT, FIELD(struct volume_opts, steps),
	  .min = 1, .max = 60, .unit = "", .preset = "3",
	  .help = "of five seconds, one after the other; of the mix too" },
	{ "least_packets", KEY_UINT, FIELD(struct volume_opts, least_packets),
	  .min = 1, .max = UINT32_MAX, .unit = "packets/s", .preset = "2000",
	  .help = "under which nothing is a surge" },
	{ "least_bytes", KEY_UINT, FIELD(struct volume_opts, least_bytes),
	  .min = 1, .max = INT64_C(1) << 40, .unit = "bytes/s", .preset = "2097152",
	  .help = "under which nothing is a surge" },
	{ "learn", KEY_TIME, FIELD(struct volume_opts, learn_ns),
	  .min = 10 * NS_PER_S, .max = 7 * DAY, .unit = "", .preset = "\"10m\"",
	  .help = "before an interface or protocol is judged; of the mix too" },
};

static const struct schema_key mix_keys[] = {
	{ "threshold", KEY_UINT, FIELD(struct volume_opts, mix_threshold),
	  .min = 1, .max = 1000000, .unit = "", .preset = "300",
	  .help = "chi-square of the shares, as of a thousand packets" },
	{ "least", KEY_UINT, FIELD(struct volume_opts, mix_least),
	  .min = 1, .max = UINT32_MAX, .unit = "packets", .preset = "1000",
	  .help = "in five seconds, under which shares say nothing" },
};

static const struct schema_key service_keys[] = {
	{ "learn", KEY_TIME, FIELD(struct novel_opts, learn_ns),
	  .max = 30 * DAY, .unit = "", .preset = "\"1h\"",
	  .help = "after the first look, in silence; of protocols too" },
	{ "settle", KEY_TIME, FIELD(struct novel_opts, settle_ns),
	  .max = HOUR, .unit = "", .preset = "\"10s\"",
	  .help = "that a port must be served" },
	{ "forget", KEY_TIME, FIELD(struct novel_opts, forget_ns),
	  .min = HOUR, .max = 10 * YEAR, .unit = "", .preset = "\"90d\"",
	  .help = "a port that was not served for so long is new again" },
	{ "ephemeral_from", KEY_UINT, FIELD(struct novel_opts, ephemeral_from),
	  .min = 1024, .max = 65535, .unit = "", .preset = "32768",
	  .help = "UDP ports from there on are those of clients" },
};

static const struct schema_key baseline_keys[] = {
	{ "deviations", KEY_UINT, FIELD(struct baseline_opts, deviations),
	  .min = 2, .max = 50, .unit = "", .preset = "4",
	  .help = "standard ones, above what is expected, that are beyond the band" },
	{ "windows", KEY_UINT, FIELD(struct baseline_opts, windows),
	  .min = 1, .max = 144, .unit = "", .preset = "3",
	  .help = "of five minutes beyond the band, one after the other" },
	{ "learning_days", KEY_UINT, FIELD(struct baseline_opts, learning_days),
	  .min = 2, .max = 60, .unit = "days", .preset = "7",
	  .help = "of a series, before it can be unusual" },
	{ "slow_windows", KEY_UINT, FIELD(struct baseline_opts, slow_windows),
	  .min = 3, .max = 240, .unit = "", .preset = "12",
	  .help = "of five minutes beyond growth_percent, one after the other" },
	{ "growth_percent", KEY_UINT, FIELD(struct baseline_opts, growth_percent),
	  .min = 150, .max = 100000, .unit = "percent", .preset = "300",
	  .help = "of the same hour in the last four weeks: a ramp, whatever the band is used to" },
};

const struct schema_section schema_volume_surge = SECTION("rule", surge_keys);
const struct schema_section schema_volume_mix = SECTION("rule", mix_keys);
const struct schema_section schema_novel_service = SECTION("rule", service_keys);
const struct schema_section schema_novel_protocol = { "rule", NULL, 0 };
const struct schema_section schema_baseline = SECTION("rule", baseline_keys);
