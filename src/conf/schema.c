/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of the main file. Nothing is decided here: a table that value.c, read.c and
 * print.c walk. The keys of rules and policies stand in schema_rules.c.
 */
#include "conf/schema.h"

#include <string.h>

#include "conf/conf.h"

static const struct schema_word modes[] = {
	{ "detect", 0 },
	{ "enforce", 1 },
	{ NULL, 0 },
};

static const struct schema_word takes[] = {
	{ "queue", CONF_TAKE_QUEUE },
	{ "copy", CONF_TAKE_COPY },
	{ "off", CONF_TAKE_OFF },
	{ NULL, 0 },
};

static const struct schema_key table_keys[] = {
	{ "sources", KEY_UINT, FIELD(struct engine_sizes, sources),
	  .min = 1024, .max = 1 << 25, .unit = "sources", .preset = "1048576",
	  .help = "remembered at once, at 80 bytes each" },
	{ "rates", KEY_UINT, FIELD(struct engine_sizes, rates),
	  .min = 1024, .max = 1 << 24, .unit = "counters", .preset = "65536",
	  .help = "of one source or service under one rate rule" },
	{ "subjects", KEY_UINT, FIELD(struct engine_sizes, subjects),
	  .min = 256, .max = 1 << 22, .unit = "subjects", .preset = "65536",
	  .help = "acted on, or with offences that are remembered" },
	{ "incidents", KEY_UINT, FIELD(struct engine_sizes, incidents),
	  .min = 64, .max = 1 << 18, .unit = "incidents", .preset = "4096",
	  .help = "kept for explain; the oldest closed one makes room" },
	{ "asks", KEY_UINT, FIELD(struct engine_sizes, asks),
	  .min = 64, .max = 1 << 16, .unit = "questions", .preset = "4096",
	  .help = "about single connections that wait for their answer" },
};

static const struct schema_word fails[] = {
	{ "open", CONF_FAIL_OPEN },
	{ "closed", CONF_FAIL_CLOSED },
	{ NULL, 0 },
};

static const struct schema_word overs[] = {
	{ "detect", BUDGET_OVER_DETECT },
	{ "hold", BUDGET_OVER_HOLD },
	{ NULL, 0 },
};

static const struct schema_key divert_keys[] = {
	{ "input", KEY_WORD, FIELD(struct conf_divert, input), .words = takes,
	  .unit = "", .preset = "\"queue\"",
	  .help = "new connections to this host" },
	{ "forward", KEY_WORD, FIELD(struct conf_divert, forward), .words = takes,
	  .unit = "", .preset = "\"off\"",
	  .help = "new connections through this host, where it is a router" },
	{ "output", KEY_WORD, FIELD(struct conf_divert, output), .words = takes,
	  .unit = "", .preset = "\"copy\"",
	  .help = "what this host sends: tells late answers from probes" },
	{ "queue", KEY_UINT, FIELD(struct conf_divert, queue),
	  .max = 65531, .unit = "", .preset = "4100",
	  .help = "first of five NFQUEUEs; no other program may hold them" },
	{ "log_group", KEY_UINT, FIELD(struct conf_divert, log_group),
	  .max = 65535, .unit = "", .preset = "4100",
	  .help = "NFLOG group of the copies" },
	/* Measured: at 4096 a flood costs the innocent 20 ms, at 32768 130 ms; more than
	 * 65536 the kernel refuses. */
	{ "queue_length", KEY_UINT, FIELD(struct conf_divert, queue_length),
	  .min = 64, .max = 65536, .unit = "packets", .preset = "4096",
	  .help = "held at most; what comes then passes unseen" },
	{ "icmp_copies", KEY_UINT, FIELD(struct conf_divert, icmp_copies),
	  .max = 1000000, .unit = "packets/s", .preset = "200",
	  .help = "ICMP shown to the detectors; it is never held" },
	/* A busy proxy opens as many; what is not shown is not known when it is answered
	 * late. */
	{ "outgoing_copies", KEY_UINT, FIELD(struct conf_divert, outgoing_copies),
	  .max = 1000000, .unit = "packets/s", .preset = "10000",
	  .help = "new flows of this host that are shown to the detectors, held or copied" },
	{ "dns_copies", KEY_UINT, FIELD(struct conf_divert, dns_copies),
	  .max = 1000000, .unit = "packets/s", .preset = "2000",
	  .help = "look-ups of this host and the answers, for names. 0: none" },
	/* The loop winds it up each half second: less than a second is a coin toss. */
	{ "dead_man", KEY_TIME, FIELD(struct conf_divert, dead_man_ns),
	  .min = NS_PER_S, .max = 30 * NS_PER_S, .unit = "", .preset = "\"2s\"",
	  .help = "the kernel stops diverting when we have been silent for so long" },
	{ "fail", KEY_WORD, FIELD(struct conf_divert, fail), .words = fails,
	  .unit = "", .preset = "\"open\"",
	  .help = "what new connections meet while tidegated is gone" },
};

static const struct schema_key guard_keys[] = {
	{ "own_addresses", KEY_BOOL, FIELD(struct conf_guards, own_addresses),
	  .unit = "", .preset = "true", .help = "never act on addresses of this host" },
	{ "gateways", KEY_BOOL, FIELD(struct conf_guards, gateways),
	  .unit = "", .preset = "true", .help = "nor on its gateways" },
	{ "resolvers", KEY_BOOL, FIELD(struct conf_guards, resolvers),
	  .unit = "", .preset = "true", .help = "nor on its DNS resolvers" },
	{ "time_servers", KEY_BOOL, FIELD(struct conf_guards, time_servers),
	  .unit = "", .preset = "true", .help = "nor on its time servers" },
	{ "dhcp", KEY_BOOL, FIELD(struct conf_guards, dhcp),
	  .unit = "", .preset = "true", .help = "nor on who leased it its addresses" },
	{ "admin_session", KEY_BOOL, FIELD(struct conf_guards, admin_session),
	  .unit = "", .preset = "true",
	  .help = "nor on peers of live administrators' sessions" },
	{ "admin_ports", KEY_UINT,
	  ARRAY(struct conf_guards, admin_ports, n_admin_ports), .least = 1,
	  .min = 1, .max = 65535, .unit = "", .preset = "[22]",
	  .help = "TCP ports on which such sessions come in" },
	/* sshd's LoginGraceTime, 120 s, is how long a stranger may hold one open. */
	{ "admin_age", KEY_TIME, FIELD(struct conf_guards, admin_age_ns),
	  .min = NS_PER_S, .max = 3600 * NS_PER_S, .unit = "", .preset = "\"130s\"",
	  .help = "a session counts once it is older than this" },
	{ "never_block", KEY_PREFIX,
	  ARRAY(struct conf_guards, never_block, n_never_block),
	  .unit = "", .preset = "[]",
	  .help = "nor on these addresses and networks" },
};

static const struct schema_key budget_keys[] = {
	{ "per_minute", KEY_UINT, FIELD(struct budget_opts, per_minute),
	  .min = 1, .max = 1000000, .unit = "measures", .preset = "64",
	  .help = "in any minute" },
	{ "total", KEY_UINT, FIELD(struct budget_opts, total),
	  .min = 1, .max = 1 << 22, .unit = "measures", .preset = "4096",
	  .help = "that stand at once" },
	{ "known_good_percent", KEY_UINT, FIELD(struct budget_opts, known_good_percent),
	  .max = 100, .unit = "%", .preset = "1",
	  .help = "of the sources with a good history, within an hour" },
	{ "known_good_least", KEY_UINT, FIELD(struct budget_opts, known_good_least),
	  .max = BUDGET_KNOWN_GOOD_MOST, .unit = "sources", .preset = "3",
	  .help = "so many of them at any rate" },
	{ "widest_v4", KEY_UINT, FIELD(struct budget_opts, widest_v4),
	  .min = 8, .max = 32, .unit = "bits", .preset = "24",
	  .help = "no reaction may act on a wider prefix" },
	{ "widest_v6", KEY_UINT, FIELD(struct budget_opts, widest_v6),
	  .min = 16, .max = 64, .unit = "bits", .preset = "48",
	  .help = "the same, IPv6" },
	{ "over", KEY_WORD, FIELD(struct budget_opts, over), .words = overs,
	  .unit = "", .preset = "\"detect\"",
	  .help = "beyond a bound: back to detect, or hold and do nothing new" },
};

static const struct schema_key owner_keys[] = {
	{ "owned", KEY_BOOL, FIELD(struct conf, table_owned),
	  .unit = "", .preset = "false",
	  .help = "out of reach of foreign nft, a flush of the ruleset included" },
};

static const struct schema_key store_keys[] = {
	{ "max_size_mib", KEY_MIB, FIELD(struct conf, store_max_bytes),
	  .min = INT64_C(1) << 20, .max = INT64_C(1) << 40, .unit = "MiB",
	  .preset = "256", .help = "of measures and incidents on disk" },
};

/* 2048: twice the connections of the dearest shipped rule of a source (rate.database, 1200), so that each of them can be
 * replayed. 128 bytes are what the kernel copies to us; 100 hold the longest headers of TCP over IPv6. */
static const struct schema_key evidence_keys[] = {
	{ "before", KEY_UINT, FIELD(struct conf_evidence, before),
	  .max = 16384, .unit = "packets", .preset = "2048",
	  .help = "kept of an incident, up to the one that raised it; 0 and after = 0: none" },
	{ "after", KEY_UINT, FIELD(struct conf_evidence, after),
	  .max = 16384, .unit = "packets", .preset = "64", .help = "and behind it" },
	{ "after_time", KEY_TIME, FIELD(struct conf_evidence, after_ns),
	  .min = NS_PER_S, .max = 3600 * NS_PER_S, .unit = "", .preset = "\"1m\"",
	  .help = "how long those are waited for" },
	{ "snap", KEY_UINT, FIELD(struct conf_evidence, snap),
	  .min = 100, .max = 128, .unit = "bytes", .preset = "128",
	  .help = "of each packet's headers; payload is never kept" },
	{ "max_incidents", KEY_UINT, FIELD(struct conf_evidence, max_incidents),
	  .min = 1, .max = 100000, .unit = "incidents", .preset = "1000",
	  .help = "with evidence; the oldest goes first" },
	{ "max_size_mib", KEY_MIB, FIELD(struct conf_evidence, max_bytes),
	  .min = INT64_C(1) << 20, .max = INT64_C(1) << 40, .unit = "MiB",
	  .preset = "64", .help = "of all evidence on disk" },
};

/* Less than an hour is no log; 4 MiB are a file of it for each sixteenth. */
static const struct schema_key observation_keys[] = {
	{ "enabled", KEY_BOOL, FIELD(struct conf_observations, enabled),
	  .unit = "", .preset = "true", .help = "keep what the detectors saw: headers, no payload" },
	{ "max_size_mib", KEY_MIB, FIELD(struct conf_observations, max_bytes),
	  .min = INT64_C(4) << 20, .max = INT64_C(64) << 30, .unit = "MiB", .preset = "64",
	  .help = "of all of it on disk; the oldest goes first" },
	{ "keep", KEY_TIME, FIELD(struct conf_observations, keep_ns),
	  .min = 3600 * NS_PER_S, .max = 52 * 7 * 86400 * NS_PER_S, .unit = "", .preset = "\"7d\"",
	  .help = "and what is older goes, too" },
};

/* Baselines compare with the same hour of four weeks before: 29 days; a year is compared with by its hours: 366. */
static const struct schema_key history_keys[] = {
	{ "enabled", KEY_BOOL, FIELD(struct conf_history, enabled),
	  .unit = "", .preset = "true", .help = "keep how much traffic there was, for graphs and baselines" },
	{ "keep_5min", KEY_TIME, FIELD(struct conf_history, keep_slots_ns),
	  .min = 86400 * NS_PER_S, .max = INT64_C(3660) * 86400 * NS_PER_S, .unit = "", .preset = "\"35d\"",
	  .help = "slots of five minutes" },
	{ "keep_hours", KEY_TIME, FIELD(struct conf_history, keep_hours_ns),
	  .min = 86400 * NS_PER_S, .max = INT64_C(36525) * 86400 * NS_PER_S, .unit = "", .preset = "\"400d\"",
	  .help = "and hours; days, months and years stay" },
	{ "max_size_mib", KEY_MIB, FIELD(struct conf_history, max_bytes),
	  .min = INT64_C(8) << 20, .max = INT64_C(64) << 30, .unit = "MiB", .preset = "256",
	  .help = "of it on disk; the oldest slots go first, then hours" },
};

static const struct schema_word flow_sources[] = {
	{ "sockets", CONF_FLOWS_SOCKETS },
	{ "conntrack", CONF_FLOWS_CONNTRACK },
	{ "off", CONF_FLOWS_OFF },
	{ NULL, 0 },
};

static const struct schema_word accountings[] = {
	{ "leave", 0 },
	{ "on", 1 },
	{ NULL, 0 },
};

/* Measured: an end costs the kernel some 6 us of CPU, so that 4000 a second are 2.4 % of one processor. */
static const struct schema_key flow_keys[] = {
	{ "source", KEY_WORD, FIELD(struct conf_flows, source), .words = flow_sources,
	  .unit = "", .preset = "\"sockets\"", .help = "who tells that a connection has ended, and what it carried" },
	{ "most_per_second", KEY_UINT, FIELD(struct conf_flows, most_per_second),
	  .max = 10000000, .unit = "ends/s", .preset = "4000",
	  .help = "listened to; when there are more, a share of the time; 0: always" },
	{ "accounting", KEY_WORD, FIELD(struct conf_flows, accounting), .words = accountings,
	  .unit = "", .preset = "\"leave\"",
	  .help = "of conntrack, for bytes and times of what it tells; \"on\" sets two sysctls, for good" },
};

static const struct schema_key path_keys[] = {
	{ "run_dir", KEY_PATH, FIELD(struct conf_paths, run_dir), .min = 1,
	  .unit = "", .preset = "\"/run/tidegate\"", .help = "control.sock, view.sock" },
	{ "state_dir", KEY_PATH, FIELD(struct conf_paths, state_dir), .min = 1,
	  .unit = "", .preset = "\"/var/lib/tidegate\"",
	  .help = "what survives a restart" },
	{ "log_dir", KEY_PATH, FIELD(struct conf_paths, log_dir), .min = 1,
	  .unit = "", .preset = "\"/var/log/tidegate\"", .help = "events" },
};

static const struct schema_key control_keys[] = {
	{ "group", KEY_NAME, FIELD(struct conf, control_group), .unit = "",
	  .preset = "\"tidegate-admin\"",
	  .help = "may use the control socket beside root; empty for root alone" },
	{ "viewers", KEY_NAME, FIELD(struct conf, control_viewers), .unit = "",
	  .preset = "\"tidegate-view\"",
	  .help = "may ask on view.sock, which changes nothing for anybody; empty for no such socket" },
};

static const struct schema_section tables = SECTION("tables", table_keys);
static const struct schema_section divert = SECTION("divert", divert_keys);
static const struct schema_section guards = SECTION("guards", guard_keys);
static const struct schema_section budgets = SECTION("budgets", budget_keys);
static const struct schema_section table = SECTION("table", owner_keys);
static const struct schema_section store = SECTION("store", store_keys);
static const struct schema_section evidence = SECTION("evidence", evidence_keys);
static const struct schema_section observations = SECTION("observations", observation_keys);
static const struct schema_section history = SECTION("history", history_keys);
static const struct schema_section flows = SECTION("flows", flow_keys);
static const struct schema_section paths = SECTION("paths", path_keys);
static const struct schema_section control = SECTION("control", control_keys);

static const struct schema_key main_keys[] = {
	{ "mode", KEY_WORD, FIELD(struct conf, enforce), .words = modes,
	  .unit = "", .preset = "\"detect\"",
	  .help = "detect decides and records; enforce also acts" },
	{ "policy", KEY_APART, .unit = "",
	  .help = "what to do: NAME.conf in policy_path, or a group" },
	{ "policy_path", KEY_PATH, ARRAY(struct conf, policy_path, n_policy_path),
	  .min = 1, .unit = "",
	  .preset = "[\"policies\", \"/usr/share/tidegate/policies\"]",
	  .help = "folders of policies; the first that has the name wins" },
	{ "rules_path", KEY_PATH, ARRAY(struct conf, rules_path, n_rules_path),
	  .min = 1, .unit = "", .preset = "[\"rules\", \"/usr/share/tidegate/rules\"]",
	  .help = "folders of rules; a file masks its namesake in later ones" },
	{ "tables", KEY_SECTION, FIELD(struct conf, sizes), .section = &tables,
	  .unit = "", .help = "bounds of memory; they change at a restart only" },
	{ "divert", KEY_SECTION, FIELD(struct conf, divert), .section = &divert,
	  .unit = "", .help = "how packets reach the detectors" },
	{ "guards", KEY_SECTION, FIELD(struct conf, guards), .section = &guards,
	  .unit = "", .help = "who is never acted on" },
	{ "budgets", KEY_SECTION, FIELD(struct conf, rules.budget), .section = &budgets,
	  .unit = "", .help = "how much may be done before a human is called" },
	{ "table", KEY_SECTION, .section = &table,
	  .unit = "", .help = "our table in the kernel" },
	{ "store", KEY_SECTION, .section = &store,
	  .unit = "", .help = "the database in paths.state_dir" },
	{ "evidence", KEY_SECTION, FIELD(struct conf, evidence), .section = &evidence,
	  .unit = "", .help = "packets that led to an incident, in paths.state_dir" },
	{ "observations", KEY_SECTION, FIELD(struct conf, observations), .section = &observations,
	  .unit = "", .help = "the log in paths.state_dir that what-if and evidence read" },
	{ "history", KEY_SECTION, FIELD(struct conf, history), .section = &history,
	  .unit = "", .help = "how much traffic there was, in paths.state_dir" },
	{ "flows", KEY_SECTION, FIELD(struct conf, flows), .section = &flows,
	  .unit = "", .help = "the ends of connections: what they carried, and whose they were" },
	{ "events", KEY_SECTION, FIELD(struct conf, events), .section = &schema_events,
	  .unit = "", .help = "where findings are told" },
	{ "notify", KEY_SECTION, FIELD(struct conf, notify), .section = &schema_notify,
	  .unit = "", .help = "what people are told, by programs of theirs: tidegate notify" },
	{ "metrics", KEY_SECTION, FIELD(struct conf, metrics), .section = &schema_metrics,
	  .unit = "", .help = "numbers for Prometheus" },
	{ "paths", KEY_SECTION, FIELD(struct conf, paths), .section = &paths,
	  .unit = "", .help = "folders; relative ones stand beside this file" },
	{ "control", KEY_SECTION, .section = &control,
	  .unit = "", .help = "the control socket" },
	{ "feeds", KEY_APART, .unit = "", .help = "lists of bad addresses, in files" },
	{ "scan", KEY_APART, .unit = "", .help = "what both memories of scans share" },
	{ "rules", KEY_APART, .unit = "", .help = "rules, or changes to shipped ones" },
	{ "allowlists", KEY_APART, .unit = "", .help = "where users, control groups or this host may go" },
};

const struct schema_section schema_main = SECTION("", main_keys);

void schema_put(void *field, size_t size, uint64_t value)
{
	uint8_t u8 = (uint8_t)value;
	uint16_t u16 = (uint16_t)value;
	uint32_t u32 = (uint32_t)value;

	if (size == sizeof(u8))
		memcpy(field, &u8, sizeof(u8));
	else if (size == sizeof(u16))
		memcpy(field, &u16, sizeof(u16));
	else if (size == sizeof(u32))
		memcpy(field, &u32, sizeof(u32));
	else
		memcpy(field, &value, sizeof(value));
}

uint64_t schema_get(const void *field, size_t size)
{
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	if (size == sizeof(u8))
		return memcpy(&u8, field, sizeof(u8)), u8;
	if (size == sizeof(u16))
		return memcpy(&u16, field, sizeof(u16)), u16;
	if (size == sizeof(u32))
		return memcpy(&u32, field, sizeof(u32)), u32;
	return memcpy(&u64, field, sizeof(u64)), u64;
}

const char *schema_word_of(const struct schema_word *words, uint64_t value)
{
	for (; words->word; words++) {
		if (words->value == value)
			return words->word;
	}
	return NULL;
}
