/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of the rule about what other programs say; rules/reported.conf gives the reasons. */
#include "base/time.h"
#include "conf/schema.h"
#include "core/detect_reported.h"

#define MINUTE (60 * NS_PER_S)

static const struct schema_key keys[] = {
	{ "high", KEY_UINT, FIELD(struct reported_opts, high),
	  .max = 1000, .unit = "points", .preset = "6",
	  .help = "of a signature of severity 1" },
	{ "medium", KEY_UINT, FIELD(struct reported_opts, medium),
	  .max = 1000, .unit = "points", .preset = "2",
	  .help = "of severity 2" },
	{ "low", KEY_UINT, FIELD(struct reported_opts, low),
	  .max = 1000, .unit = "points", .preset = "1",
	  .help = "of any other" },
	{ "limit", KEY_UINT, FIELD(struct reported_opts, limit),
	  .min = 1, .max = 100000, .unit = "points", .preset = "6",
	  .help = "of different signatures about one address, within about a half-life" },
	{ "half_life", KEY_TIME, FIELD(struct reported_opts, half_life_ns),
	  .min = MINUTE, .max = 24 * 60 * MINUTE, .unit = "", .preset = "\"10m\"",
	  .help = "in which points fade by half" },
};

const struct schema_section schema_reported = SECTION("rule", keys);
