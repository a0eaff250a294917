/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of the rules about guessing. The presets are those whose reasons rules/brute.conf gives; they stand here too so
 * that a file of one's own need not repeat what it does not change.
 */
#include "conf/schema.h"

#include "base/time.h"
#include "core/detect_brute.h"

static const struct schema_key login_keys[] = {
	{ "ports", KEY_UINT, ARRAY(struct brute_opts, ports, n_ports),
	  .min = 1, .max = 65535, .unit = "", .preset = "[22, 2222, 3389]",
	  .help = "login services that all rules about guessing watch" },
	{ "least_bytes", KEY_UINT, FIELD(struct brute_opts, least_bytes),
	  .max = 1000000, .unit = "bytes", .preset = "600",
	  .help = "said by the client, below which it is no attempt" },
	{ "short_bytes", KEY_UINT, FIELD(struct brute_opts, short_bytes),
	  .min = 100, .max = 10000000, .unit = "bytes", .preset = "8192",
	  .help = "both ways, from which it is no attempt" },
	{ "answer_bytes", KEY_UINT, FIELD(struct brute_opts, answer_bytes),
	  .min = 1, .max = 10000000, .unit = "bytes", .preset = "1750",
	  .help = "said by the server, less half of the client's, from which it got in" },
	{ "short", KEY_TIME, FIELD(struct brute_opts, short_ns),
	  .min = NS_PER_S, .max = 120 * NS_PER_S, .unit = "", .preset = "\"30s\"",
	  .help = "an attempt takes no longer" },
	{ "fast_limit", KEY_UINT, FIELD(struct brute_opts, fast_limit),
	  .min = 3, .max = 10000, .unit = "attempts", .preset = "8",
	  .help = "of one source; their number fades by half in 10m" },
	{ "slow_limit", KEY_UINT, FIELD(struct brute_opts, slow_limit),
	  .min = 3, .max = 10000, .unit = "attempts", .preset = "20",
	  .help = "of one source; their number fades by half in 1d" },
};

static const struct schema_key known_keys[] = {
	{ "robot_limit", KEY_UINT, FIELD(struct brute_opts, robot_limit),
	  .min = 3, .max = 100000, .unit = "attempts", .preset = "60",
	  .help = "fading by half in 10m, from which good sessions excuse nothing" },
};

static const struct schema_key spread_keys[] = {
	{ "allowance", KEY_UINT, FIELD(struct brute_opts, spread_allowance),
	  .min = 1, .max = 1000000, .unit = "attempts", .preset = "2",
	  .help = "a minute of all sources, borne above the usual level" },
	{ "threshold", KEY_UINT, FIELD(struct brute_opts, spread_limit),
	  .min = 1, .max = 1000000, .unit = "attempts", .preset = "40",
	  .help = "sum of what was beyond that at which it is a wave" },
};

const struct schema_section schema_brute_login = SECTION("rule", login_keys);
const struct schema_section schema_brute_known = SECTION("rule", known_keys);
const struct schema_section schema_brute_spread = SECTION("rule", spread_keys);
