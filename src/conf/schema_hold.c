/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of the rules about held connections. The presets are those whose reasons rules/hold.conf gives; they stand here
 * too so that a file of one's own need not repeat what it does not change.
 */
#include "conf/schema.h"

#include "base/time.h"
#include "core/detect_hold.h"

#define MINUTE (60 * NS_PER_S)
#define DAY (24 * 60 * MINUTE)

static const struct schema_key flood_keys[] = {
	{ "queue_percent", KEY_UINT, FIELD(struct hold_opts, queue_percent),
	  .min = 1, .max = 100, .unit = "percent", .preset = "70",
	  .help = "of the accept queue in use that is pressure" },
	{ "least_open", KEY_UINT, FIELD(struct hold_opts, least_open),
	  .min = 1, .max = 10000000, .unit = "connections", .preset = "128",
	  .help = "open beyond twice the usual that is pressure" },
	{ "peer_floor", KEY_UINT, FIELD(struct hold_opts, peer_floor),
	  .min = 1, .max = 10000000, .unit = "connections", .preset = "64",
	  .help = "of one peer that are never too many" },
	{ "peer_percent", KEY_UINT, FIELD(struct hold_opts, peer_percent),
	  .min = 1, .max = 100, .unit = "percent", .preset = "5",
	  .help = "of the service's that one peer may hold" },
	{ "peer_medians", KEY_UINT, FIELD(struct hold_opts, peer_medians),
	  .min = 2, .max = 255, .unit = "", .preset = "10",
	  .help = "times the peer in the middle that one may hold" },
};

static const struct schema_key slow_keys[] = {
	{ "peer_floor", KEY_UINT, FIELD(struct hold_opts, slow_floor),
	  .min = 1, .max = 10000000, .unit = "connections", .preset = "32",
	  .help = "that say next to nothing, of one peer, that are never too many" },
};

static const struct schema_key wait_keys[] = {
	{ "least", KEY_UINT, FIELD(struct hold_opts, wait_least),
	  .min = 1, .max = 10000000, .unit = "sockets", .preset = "64",
	  .help = "in CLOSE-WAIT below which it is no pile" },
	{ "window", KEY_TIME, FIELD(struct hold_opts, wait_ns),
	  .min = MINUTE, .max = DAY, .unit = "", .preset = "\"5m\"",
	  .help = "in which the least of each fifth must have grown" },
};

const struct schema_section schema_hold_flood = SECTION("rule", flood_keys);
const struct schema_section schema_hold_slow = SECTION("rule", slow_keys);
const struct schema_section schema_hold_wait = SECTION("rule", wait_keys);
