/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration as a value: files in, one struct and a list of all problems out.
 * There is no current configuration anywhere; a reload loads a second value and the
 * caller swaps. Which keys there are, with bounds, units and defaults, stands in the
 * schema (src/conf/schema.c, schema_rules.c) and nowhere else.
 *
 * Later wins, field by field: built-in defaults, the rules files by name, the policy, the
 * main file, the files of conf.d beside it by name. So what the administrator wrote is
 * stronger than what was shipped.
 */
#ifndef TIDEGATE_CONF_CONF_H
#define TIDEGATE_CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/addr.h"
#include "conf/report.h"
#include "core/engine.h"
#include "core/notify.h"

#define CONF_NAME 32
#define CONF_FILES 64       /* main, conf.d, rules and policy together */
#define CONF_SEARCH 8       /* folders of a search path */
#define CONF_NEVER_BLOCK 256
#define CONF_ADMIN_PORTS 16
#define CONF_FEEDS 16

/* How new connections of one hook reach us. */
enum conf_take {
	CONF_TAKE_OFF = 0,
	CONF_TAKE_COPY,  /* NFLOG: sees, can hold nothing up */
	CONF_TAKE_QUEUE, /* NFQUEUE: waits for a verdict */
};

/* What new connections meet while the daemon is gone. */
enum conf_fail {
	CONF_FAIL_OPEN = 0, /* they pass */
	CONF_FAIL_CLOSED,   /* nobody new gets in */
};

/* Without padding: a reload compares it whole. */
struct conf_divert {
	enum conf_take input, forward, output;
	uint16_t queue;          /* number of the NFQUEUE */
	uint16_t log_group;      /* of the NFLOG copies */
	uint32_t queue_length;   /* packets held at most; more pass unseen (fail-open) */
	uint32_t icmp_copies;    /* ICMP packets a second that are copied to us */
	uint32_t outgoing_copies; /* new flows of this host that are held or copied, a second */
	uint32_t dns_copies;      /* its look-ups and the answers; 0: none */
	enum conf_fail fail;
	int64_t dead_man_ns;     /* silence after which the kernel diverts no more */
};

struct conf_guards {
	bool own_addresses, gateways, resolvers, time_servers, dhcp, admin_session;
	uint16_t admin_ports[CONF_ADMIN_PORTS]; /* on which administrators come in */
	size_t n_admin_ports;
	int64_t admin_age_ns;    /* a session is an administrator's once it is older */
	struct prefix never_block[CONF_NEVER_BLOCK];
	size_t n_never_block;
};

/* The log of observations in state_dir/observations. */
struct conf_observations {
	bool enabled;
	uint64_t max_bytes;       /* of all its files; the oldest goes first */
	int64_t keep_ns;          /* and what is older than this */
};

/* What the traffic was, in state_dir/history.db. */
struct conf_history {
	bool enabled;
	int64_t keep_slots_ns;    /* of five minutes */
	int64_t keep_hours_ns;    /* days, months and years stay */
	uint64_t max_bytes;       /* of the file; the oldest slots go first */
};

/* Who tells of the ends of flows (edge/flow_ends.h). */
enum conf_flow_source {
	CONF_FLOWS_SOCKETS = 0, /* each TCP socket of this host */
	CONF_FLOWS_CONNTRACK,   /* each entry: UDP and forwarded flows, too */
	CONF_FLOWS_OFF,
};

/* Taken at the start. */
struct conf_flows {
	enum conf_flow_source source;
	uint32_t most_per_second; /* listened to; beyond, by turns. 0: no bound */
	bool accounting;          /* switch on what conntrack counts and times */
};

enum conf_event_format {
	CONF_EVENT_EVE = 0,
	CONF_EVENT_CEF,
};

enum conf_syslog {
	CONF_SYSLOG_OFF = 0,
	CONF_SYSLOG_LOCAL, /* as syslog(3) writes to /dev/log */
	CONF_SYSLOG_5424,
};

#define CONF_SOCKET 108 /* sun_path */

struct conf_events {
	bool eve;                 /* EVE lines to eve_file */
	char eve_file[CONF_PATH]; /* relative to log_dir, unless absolute */
	bool human;               /* a line for people on stdout */
	char socket[CONF_SOCKET]; /* on which somebody else listens; "": none */
	bool socket_stream;       /* else a datagram for each line */
	enum conf_event_format socket_format;
	enum conf_syslog syslog;
	char syslog_socket[CONF_SOCKET];
	uint8_t syslog_facility;
	enum conf_event_format syslog_format;
};

/* What people are told by programs of theirs. The daemon only reads it: `tidegate notify` goes by it. */
struct conf_notify {
	char hooks[CONF_PATH]; /* folder of executables */
	struct notify_opts opts;
	int64_t time_limit_ns; /* of a hook */
	uint32_t tries;        /* of one message, before it is given up */
};

/* Numbers for Prometheus. Taken at the start. */
struct conf_metrics {
	char textfile[CONF_PATH]; /* relative to run_dir, unless absolute; "": none */
	int64_t interval_ns;
};

/* Packets that led to a finding, kept for each incident in state_dir/evidence. Taken at the start. */
struct conf_evidence {
	size_t before, after;  /* packets; none of either: nothing is kept */
	int64_t after_ns;      /* how long it waits for those after the trigger */
	size_t snap;           /* bytes of a packet's headers */
	size_t max_incidents;
	uint64_t max_bytes;
};

enum conf_feed_format {
	CONF_FEED_AUTO = 0, /* as its first lines look */
	CONF_FEED_PLAIN,
	CONF_FEED_NETSET,
	CONF_FEED_SPAMHAUS,
	CONF_FEED_CROWDSEC,
};

/* A list of bad addresses in a file. */
struct conf_feed {
	char name[CONF_NAME];
	char file[CONF_PATH];
	enum conf_feed_format format;
	uint32_t max_entries;
	uint32_t max_change;      /* percent of its length; 0: no bound */
	bool refuse;              /* what it lists may be refused on sight */
	bool keep_private;
};

struct conf_feeds {
	struct conf_feed list[CONF_FEEDS];
	size_t n;
};

struct conf_paths {
	char run_dir[CONF_PATH];   /* control.sock, view.sock */
	char state_dir[CONF_PATH]; /* what survives a restart */
	char log_dir[CONF_PATH];
};

struct conf {
	bool enforce; /* mode: false = detect */
	/* "" where the policy stands in the main file; its name is rules.policy.name. */
	char policy_file[CONF_PATH];
	/* All that were read, the weightiest last. */
	char files[CONF_FILES][CONF_PATH];
	size_t n_files;
	/* Folders in which NAME.conf of a policy is looked for; the first one wins. */
	char policy_path[CONF_SEARCH][CONF_PATH];
	size_t n_policy_path;
	/* Folders of rules; a file masks its namesakes in later folders. */
	char rules_path[CONF_SEARCH][CONF_PATH];
	size_t n_rules_path;
	struct engine_sizes sizes;
	struct engine_rules rules; /* thresholds of all detectors, and the policy */
	struct conf_divert divert;
	bool table_owned;         /* the kernel table belongs to us alone, where it can */
	uint64_t store_max_bytes; /* of the database in state_dir */
	struct conf_evidence evidence;
	struct conf_observations observations;
	struct conf_history history;
	struct conf_flows flows;
	struct conf_guards guards;
	struct conf_feeds feeds;
	struct conf_events events;
	struct conf_notify notify;
	struct conf_metrics metrics;
	struct conf_paths paths;
	char control_group[CONF_NAME]; /* may use the control socket; "" = root alone */
	char control_viewers[CONF_NAME]; /* may ask on view.sock; "" = there is no such socket */
};

/* A file of conf.d as it would be: read in its place by name, instead of the one that is there. */
struct conf_draft {
	const char *name; /* "10-setup.conf" */
	const char *text;
	size_t len;       /* a NUL stands behind it */
};

struct conf_source {
	const char *file;   /* the main file */
	const char *policy; /* --policy, instead of the one in the files; or NULL */
	/* Looks users of allowlists up, 0 or ERR_ABSENT; NULL: a list of a user that is given by name alone is about
	 * nobody, without a word. */
	int (*user_id)(void *ctx, const char *name, uint32_t *uid);
	void *user_ctx;
	const struct conf_draft *draft; /* or NULL */
};

/*
 * Reads everything. Problems are added to *report (zeroed at first), all there are: a
 * syntax error ends its own file only. *out is written where there is no error; warnings
 * do not stand in the way. Returns 0, ERR_INVALID where there was an error, ERR_MEMORY.
 * Not for the packet thread: it reads the disk.
 */
int conf_load(const struct conf_source *src, struct conf *out,
	struct conf_report *report);

/*
 * The same for a main file that is in memory already and stands alone: no other file is
 * read, so its policy must be a group in it. 'name' is what problems call it.
 */
int conf_load_string(const char *text, size_t len, const char *name, struct conf *out,
	struct conf_report *report);

#define CONF_POLICIES 32

struct conf_policy_names {
	char list[CONF_POLICIES][CONF_NAME];
	size_t n; /* more are left out */
};

/* What policy_path offers, by name, each name once. That a file is a policy is not known before it is loaded. */
void conf_policy_names(const struct conf *c, struct conf_policy_names *out);

/*
 * The effective configuration as one main file, each key with its unit and meaning.
 * conf_load_string makes the same value of it, but for the places where things were
 * written (origin) and the files that they came from.
 */
void conf_print(const struct conf *c, FILE *out);

/* All keys that files may have, one a line, with tabs between: where it stands ("divert", "rule scan.fast"; "" for the main
 * file's own), name, type ("[]" behind it: a list), unit, default ("": none), least, most, words that are allowed with bars
 * between, how many a list may have, meaning. 'scratch' is overwritten: it is too big for a stack. */
void conf_print_keys(struct conf *scratch, FILE *out);

/*
 * The same number for the same rules, policy and configured guards, wherever they were
 * written and in whatever mode; another one for others. For logs, to tell whether they
 * were kept under these. 0 without memory.
 */
uint64_t conf_digest(const struct conf *c);

#endif
