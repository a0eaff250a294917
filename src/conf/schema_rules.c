/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of rules and policies. The presets of thresholds are those whose reasons the
 * shipped files in rules/ give; they stand here too so that a file of one's own need not
 * repeat what it does not change.
 */
#include "conf/schema.h"

#include "base/time.h"
#include "core/engine.h"

#define MINUTE (60 * NS_PER_S)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define YEAR (52 * 7 * DAY) /* so that it is written as 52w */
#define NATS(x) ((int64_t)((x) * 64))
#define MOST_NATS NATS(500) /* int16_t in 64ths ends at 511.98 */

static const struct schema_word odd_kinds[] = {
	{ "null", ODD_NULL },
	{ "xmas", ODD_XMAS },
	{ "fin", ODD_FIN },
	{ "syn-fin", ODD_SYN_FIN },
	{ "syn-rst", ODD_SYN_RST },
	{ "port-zero", ODD_PORT_ZERO },
	{ "land", ODD_LAND },
	{ "martian", ODD_MARTIAN },
	{ "tiny-fragment", ODD_TINY_FRAGMENT },
	{ "syn-data", ODD_SYN_DATA },
	{ NULL, 0 },
};

static const struct schema_word pers[] = {
	{ "source", RATE_PER_SOURCE },
	{ "service", RATE_PER_SERVICE },
	{ NULL, 0 },
};

static const struct schema_word protos[] = {
	{ "any", 0 },
	{ "tcp", PROTO_TCP },
	{ "udp", PROTO_UDP },
	{ NULL, 0 },
};

/* Without "local": no detector of connections from outside ever says it. */
static const struct schema_word proofs[] = {
	{ "claimed", PROOF_CLAIMED },
	{ "reported", PROOF_REPORTED },
	{ "answered", PROOF_ANSWERED },
	{ "local", PROOF_LOCAL },
	{ NULL, 0 },
};

static const struct schema_word responses[] = {
	{ "observe", RESPONSE_OBSERVE },
	{ "shield", RESPONSE_SHIELD },
	{ "limit", RESPONSE_LIMIT },
	{ "refuse", RESPONSE_REFUSE },
	{ "drop", RESPONSE_DROP },
	{ "service-limit", RESPONSE_SERVICE_LIMIT },
	{ "egress-limit", RESPONSE_EGRESS_LIMIT },
	{ "egress-refuse", RESPONSE_EGRESS_REFUSE },
	{ "egress-allowlist", RESPONSE_EGRESS_ALLOWLIST },
	{ NULL, 0 },
};

static const struct schema_word scopes[] = {
	{ "source", SCOPE_SOURCE },
	{ "service", SCOPE_SERVICE },
	{ NULL, 0 },
};

static const struct schema_key rule_keys[] = {
	{ "name", KEY_NAME, FIELD(struct rule, name), .min = 1, .unit = "",
	  .help = "what policies match and people read" },
	{ "sid", KEY_UINT, FIELD(struct rule, sid), .min = 1, .max = UINT32_MAX,
	  .unit = "", .help = "signature id in EVE; ours begin at 1990001" },
	{ "severity", KEY_UINT, FIELD(struct rule, severity), .min = 1, .max = 3,
	  .unit = "", .preset = "2", .help = "1 high, 3 low" },
	{ "enabled", KEY_BOOL, FIELD(struct rule, enabled), .unit = "",
	  .preset = "true", .help = "false: it stays silent" },
	{ "why", KEY_TEXT, FIELD(struct rule, why), .unit = "", .preset = "\"\"",
	  .help = "the reason of its threshold; explain prints it" },
};

static const struct schema_key scan_keys[] = {
	{ "weight_closed", KEY_NATS, FIELD(struct engine_rules, scan.weight_closed),
	  .min = NATS(0.1), .max = NATS(20), .unit = "nats", .preset = "2.77",
	  .help = "for a first contact with a closed port" },
	{ "weight_weak", KEY_NATS, FIELD(struct engine_rules, scan.weight_weak),
	  .max = NATS(20), .unit = "nats", .preset = "1.4",
	  .help = "for a stray ACK, a handshake left unfinished, a silent connection" },
	{ "weight_completed", KEY_NATS,
	  FIELD(struct engine_rules, scan.weight_completed),
	  .min = NATS(-20), .max = 0, .unit = "nats", .preset = "-1.56",
	  .help = "for a completed connection to a new target" },
	{ "neighbour_factor", KEY_UINT,
	  FIELD(struct engine_rules, scan.neighbour_factor),
	  .min = 1, .max = 10, .unit = "", .preset = "2",
	  .help = "thresholds times this for sources of our own networks" },
	{ "stray_ack_after", KEY_TIME, FIELD(struct engine_rules, stray_ack_after_ns),
	  .max = DAY, .unit = "", .preset = "\"10m\"",
	  .help = "stray ACKs say nothing before this much uptime" },
	{ "handshake_wait", KEY_TIME, FIELD(struct engine_rules, handshake_wait_ns),
	  .min = NS_PER_S, .max = MINUTE, .unit = "", .preset = "\"3s\"",
	  .help = "a handshake that takes longer is unfinished" },
};

static const struct schema_key scan_fast_keys[] = {
	{ "threshold", KEY_NATS, FIELD(struct scan_opts, fast_threshold),
	  .min = NATS(1), .max = MOST_NATS, .unit = "nats", .preset = "15.2",
	  .help = "score that is a scan" },
	{ "half_life", KEY_TIME, FIELD(struct scan_opts, fast_half_life_ns),
	  .min = MINUTE, .max = DAY, .unit = "", .preset = "\"10m\"",
	  .help = "in which a score fades by half" },
};

static const struct schema_key scan_slow_keys[] = {
	{ "threshold", KEY_NATS, FIELD(struct scan_opts, slow_threshold),
	  .min = NATS(1), .max = MOST_NATS, .unit = "nats", .preset = "20.7",
	  .help = "score that is a scan" },
	{ "half_life", KEY_TIME, FIELD(struct scan_opts, slow_half_life_ns),
	  .min = HOUR, .max = 30 * DAY, .unit = "", .preset = "\"1d\"",
	  .help = "in which a score fades by half" },
};

static const struct schema_key scan_proven_keys[] = {
	{ "threshold", KEY_NATS, FIELD(struct scan_opts, proven_threshold),
	  .min = NATS(1), .max = MOST_NATS, .unit = "nats", .preset = "15.2",
	  .help = "score of answered contacts alone that is a scan; fades by half in 1h" },
};

static const struct schema_key spray_keys[] = {
	{ "tick", KEY_TIME, FIELD(struct spray_opts, tick_ns),
	  .min = NS_PER_S, .max = 10 * MINUTE, .unit = "", .preset = "\"10s\"",
	  .help = "one step of the sum" },
	{ "allowance", KEY_UINT, FIELD(struct spray_opts, allowance),
	  .max = 1000000, .unit = "contacts", .preset = "10",
	  .help = "with closed ports a tick, borne above the usual level" },
	{ "threshold", KEY_UINT, FIELD(struct spray_opts, threshold),
	  .min = 1, .max = 10000000, .unit = "contacts", .preset = "120",
	  .help = "sum of what was beyond that at which it is a spray" },
	{ "min_sources", KEY_UINT, FIELD(struct spray_opts, min_sources),
	  .min = 2, .max = 1000000, .unit = "sources", .preset = "16",
	  .help = "below which it is no spray" },
	{ "level_half_life", KEY_TIME, FIELD(struct spray_opts, level_half_life_ns),
	  .min = MINUTE, .max = 7 * DAY, .unit = "", .preset = "\"1h\"",
	  .help = "in which the usual level follows" },
};

static const struct schema_key flood_keys[] = {
	{ "allowance", KEY_UINT, FIELD(struct flood_opts, allowance),
	  .max = 1000000, .unit = "handshakes", .preset = "5",
	  .help = "half-open a second, borne above the usual level" },
	{ "threshold", KEY_UINT, FIELD(struct flood_opts, threshold),
	  .min = 1, .max = 10000000, .unit = "handshakes", .preset = "60",
	  .help = "sum of what was beyond that at which it is a flood" },
	{ "min_syns", KEY_UINT, FIELD(struct flood_opts, min_syns),
	  .min = 1, .max = 10000000, .unit = "SYN/s", .preset = "25",
	  .help = "below which ratios and newcomers say nothing" },
	{ "backlog_percent", KEY_UINT, FIELD(struct flood_opts, backlog_percent),
	  .min = 1, .max = 100, .unit = "percent", .preset = "50",
	  .help = "of the backlog half-open: a second signal" },
	{ "newcomer_percent", KEY_UINT, FIELD(struct flood_opts, newcomer_percent),
	  .min = 1, .max = 100, .unit = "percent", .preset = "80",
	  .help = "of SYNs from sources never seen: a second signal" },
	{ "level_half_life", KEY_TIME, FIELD(struct flood_opts, level_half_life_ns),
	  .min = MINUTE, .max = 7 * DAY, .unit = "", .preset = "\"10m\"",
	  .help = "in which the usual level follows" },
};

static const struct schema_key odd_keys[] = {
	{ "kinds", KEY_BITS, FIELD(struct odd_opts, kinds), .words = odd_kinds,
	  .unit = "",
	  .preset = "[\"null\", \"xmas\", \"fin\", \"syn-fin\", \"syn-rst\", "
		    "\"port-zero\", \"land\", \"martian\", \"tiny-fragment\"]",
	  .help = "of packet that count" },
	{ "limit", KEY_UINT, FIELD(struct odd_opts, limit),
	  .min = 1, .max = 200, .unit = "packets", .preset = "5",
	  .help = "from one source" },
	{ "half_life", KEY_TIME, FIELD(struct odd_opts, half_life_ns),
	  .min = 10 * NS_PER_S, .max = DAY, .unit = "", .preset = "\"10m\"",
	  .help = "in which the count fades by half" },
};

static const struct schema_key rate_keys[] = {
	{ "per", KEY_WORD, FIELD(struct rate_rule, per), .words = pers,
	  .unit = "", .preset = "\"source\"",
	  .help = "source: of one address; service: of all, to one port" },
	{ "proto", KEY_WORD, FIELD(struct rate_rule, proto), .words = protos,
	  .unit = "", .preset = "\"tcp\"", .help = "any: tcp and udp" },
	{ "ports", KEY_UINT, ARRAY(struct rate_rule, ports, n_ports),
	  .min = 1, .max = 65535, .unit = "", .preset = "[]",
	  .help = "services it watches; none is all" },
	{ "window", KEY_TIME, FIELD(struct rate_rule, window_ns),
	  .min = NS_PER_S, .max = DAY, .unit = "", .help = "in which they are counted" },
	{ "limit", KEY_UINT, FIELD(struct rate_rule, limit),
	  .min = 1, .max = 10000000, .unit = "connections",
	  .help = "in the window, at which it is too many" },
	{ "ask_share", KEY_UINT, FIELD(struct rate_rule, ask_share),
	  .min = 1, .max = 100, .unit = "percent", .preset = "50",
	  .help = "of limit from which each connection's fate is asked" },
};

static const struct schema_key reaction_keys[] = {
	{ "on", KEY_GLOB, FIELD(struct reaction, on), .min = 1, .unit = "",
	  .help = "rules by name; * stands for anything" },
	{ "proof", KEY_WORD, FIELD(struct reaction, proof), .words = proofs,
	  .unit = "", .help = "the least that is asked of the finding" },
	{ "response", KEY_WORD, ARRAY(struct reaction, ladder, rungs),
	  .least = 1, .words = responses, .unit = "",
	  .help = "one, or a ladder: each return takes the next" },
	{ "scope", KEY_WORD, FIELD(struct reaction, scope), .words = scopes,
	  .unit = "", .preset = "\"source\"",
	  .help = "service: at that service alone (limit, refuse)" },
	{ "for", KEY_TIME, FIELD(struct reaction, ttl_ns), .endless = true,
	  .min = 10 * NS_PER_S, .max = YEAR, .unit = "", .preset = "\"10m\"",
	  .help = "how long the first time" },
	{ "factor", KEY_UINT, FIELD(struct reaction, factor), .min = 1, .max = 10,
	  .unit = "", .preset = "2", .help = "times this for each return" },
	{ "max", KEY_TIME, FIELD(struct reaction, max_ns), .endless = true,
	  .min = 10 * NS_PER_S, .max = YEAR, .unit = "", .preset = "\"1d\"",
	  .help = "and never longer" },
	{ "limit_rate", KEY_UINT, FIELD(struct reaction, limit_rate),
	  .min = 1, .max = 1000000, .unit = "connections/s", .preset = "20",
	  .help = "left to it by limit and service-limit" },
	{ "limit_burst", KEY_UINT, FIELD(struct reaction, limit_burst),
	  .min = 1, .max = 1000000, .unit = "connections", .preset = "40",
	  .help = "at once on top of it" },
	{ "limit_kib", KEY_UINT, FIELD(struct reaction, limit_kib),
	  .max = 100000000, .unit = "KiB/s", .preset = "0",
	  .help = "left to it by egress-limit; 0: as many as it likes" },
	{ "width4", KEY_UINT, FIELD(struct reaction, v4_len), .min = 8, .max = 32,
	  .unit = "bits", .preset = "32", .help = "prefix that is acted on, IPv4" },
	/* Sources are known by their /64; there is nothing narrower to act on. */
	{ "width6", KEY_UINT, FIELD(struct reaction, v6_len), .min = 16, .max = 64,
	  .unit = "bits", .preset = "64", .help = "the same, IPv6" },
	{ "accept_forgery", KEY_BOOL, FIELD(struct reaction, accept_forgery),
	  .unit = "", .preset = "false",
	  .help = "claimed evidence is enough for any response" },
};

static const struct schema_key policy_keys[] = {
	{ "name", KEY_NAME, FIELD(struct policy, name), .min = 1, .unit = "",
	  .preset = "\"inline\"", .help = "as status shows it" },
	{ "forget", KEY_TIME, FIELD(struct policy, forget_ns),
	  .min = MINUTE, .max = YEAR, .unit = "", .preset = "\"1d\"",
	  .help = "of quiet, after which one offence is forgotten" },
	{ "reactions", KEY_APART, .unit = "", .help = "the first that matches answers" },
	{ "allowlists", KEY_APART, .unit = "", .help = "where users, control groups or this host may go" },
};

static const struct schema_key policy_file_keys[] = {
	{ "forget", KEY_TIME, FIELD(struct policy, forget_ns),
	  .min = MINUTE, .max = YEAR, .unit = "", .preset = "\"1d\"",
	  .help = "of quiet, after which one offence is forgotten" },
	{ "reactions", KEY_APART, .unit = "", .help = "the first that matches answers" },
	{ "allowlists", KEY_APART, .unit = "", .help = "where users, control groups or this host may go" },
	{ "scan", KEY_APART, .unit = "", .help = "what both memories of scans share" },
	{ "rules", KEY_APART, .unit = "", .help = "rules, or changes to shipped ones" },
};

static const struct schema_key rules_file_keys[] = {
	{ "scan", KEY_APART, .unit = "", .help = "what both memories of scans share" },
	{ "rules", KEY_APART, .unit = "", .help = "rules, or changes to shipped ones" },
};

const struct schema_section schema_rules_file = SECTION("", rules_file_keys);
const struct schema_section schema_policy_file = SECTION("", policy_file_keys);
const struct schema_section schema_scan = SECTION("scan", scan_keys);
const struct schema_section schema_policy = SECTION("policy", policy_keys);
const struct schema_section schema_reaction = SECTION("reaction", reaction_keys);
const struct schema_section schema_rule = SECTION("rule", rule_keys);
const struct schema_section schema_scan_fast = SECTION("rule", scan_fast_keys);
const struct schema_section schema_scan_slow = SECTION("rule", scan_slow_keys);
const struct schema_section schema_scan_proven = SECTION("rule", scan_proven_keys);
const struct schema_section schema_spray = SECTION("rule", spray_keys);
const struct schema_section schema_flood = SECTION("rule", flood_keys);
const struct schema_section schema_odd = SECTION("rule", odd_keys);
const struct schema_section schema_rate = SECTION("rule", rate_keys);
