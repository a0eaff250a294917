/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's numbers as Prometheus' text exposition format, version 0.0.4: one table of families, from which the text, the
 * manual and the tests of the shipped rules and dashboard come. Base units; labels have few values, all known beforehand or
 * named in the configuration, and never hold an address or a port. Pure: who gathers them is app/control_metrics.c.
 */
#ifndef TIDEGATE_CODEC_METRICS_H
#define TIDEGATE_CODEC_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"
#include "base/time.h"
#include "core/engine.h"
#include "core/engine_tables.h"

#define METRICS_TEXT (256 * 1024) /* more than all families with all their labels take */
#define METRICS_QUEUES 16
#define METRICS_FEEDS 16
#define METRICS_NAME 64

/* What may be missing: families of such a part are left out then, so that no zero stands for "not known". */
enum metrics_part {
	METRICS_ALWAYS = 0,
	METRICS_ENGINE,       /* the packet thread has answered */
	METRICS_KERNEL,       /* and the kernel's own numbers of the queues may be read */
	METRICS_MEMORY,
	METRICS_EVENT_FILE,
	METRICS_STORE,
	METRICS_EVIDENCE,
	METRICS_OBSERVATIONS,
	METRICS_OBSERVER,
	METRICS_HISTORY,
	METRICS_TEXTFILE,
	METRICS_PARTS,
};

struct metrics_queue {
	uint16_t number;
	uint64_t accepted, dropped;     /* verdicts */
	uint64_t waiting;               /* METRICS_KERNEL, as the two below */
	uint64_t full, unread;          /* lost: the queue was full; our socket was */
};

struct metrics_list {                   /* of destinations, by its name in the configuration */
	char name[METRICS_NAME];
	uint64_t refused, would_refuse;
};

struct metrics_feed {
	char name[METRICS_NAME];
	uint64_t entries;
	bool failing;
	wall_t accepted;                /* 0: never */
};

struct metrics_budget {
	uint64_t used, limit;
};

/* Everything, as of one moment. Times and ratios are nanoseconds and billionths. */
struct metrics {
	bool there[METRICS_PARTS];      /* METRICS_ALWAYS is there whatever it says */
	char version[32], policy[32];
	int64_t at_ns, started_ns, reload_ns; /* since 1970 */
	int64_t processor_ns;           /* that this process has used */
	uint64_t memory_bytes;          /* METRICS_MEMORY: resident now */
	bool responding, reload_ok;

	/* METRICS_ENGINE */
	bool enforce, panic, trial, host_shield, alive;
	bool diverts[HOOK_COUNT][3];    /* by hook: off, copied, queued */
	struct metrics_queue queues[METRICS_QUEUES];
	size_t n_queues;
	uint64_t queue_limit, queue_overruns, queue_gaps, queue_errors, verdicts_stale, verdicts_refused, verdicts_unsent;
	uint64_t copies, copies_lost, answers, answers_late;
	struct histogram verdict_latency, detect_to_enforce;
	struct engine_counters counters;
	struct ledger_stats ledger;
	int64_t enforced_ratio;
	struct engine_table_use tables[ENGINE_TABLES];
	struct table_stats sources;
	uint64_t known_good, incidents, incidents_opened, floods, excuses;
	uint64_t guards[GUARD_KINDS];
	struct metrics_budget budgets[BUDGET_KNOWN_GOOD + 1]; /* by enum budget_word */
	uint64_t nft_transactions, nft_errors, nft_repairs;
	struct baseline_stats baseline;
	uint64_t models;
	uint64_t egress_refusals;
	struct metrics_list lists[ALLOWLISTS];
	size_t n_lists;

	uint64_t clients, subscribers, clients_turned_away, bad_lines, lines_lost;
	uint64_t events_lost;
	uint64_t events_written, events_unwritten;
	bool events_failing;

	bool store_open, store_failing;
	uint64_t store_bytes, store_events, store_lost, store_failures, store_trimmed;

	uint64_t evidence_files, evidence_bytes, evidence_waiting, evidence_written, evidence_failed, evidence_lost;

	bool observations_failing;
	uint64_t observations_bytes, observations_written, observations_lost, observations_unwritten;

	uint64_t samples, samples_missed, samples_failed, walks, walks_failed, sockets, ends, ends_lost, ends_missed;
	uint64_t owners_asked, owners_named, owners_lost;
	int64_t walk_ns;

	bool history_open;
	uint64_t history_written, history_failed, history_lost;

	struct metrics_feed feeds[METRICS_FEEDS];
	size_t n_feeds;

	uint64_t textfile_written, textfile_failures;
};

enum metrics_type {
	METRICS_GAUGE = 0,
	METRICS_COUNTER,
	METRICS_HISTOGRAM,
};

struct metrics_family;

const struct metrics_family *metrics_family_at(size_t i); /* NULL behind the last */
const char *metrics_family_name(const struct metrics_family *f);
const char *metrics_family_help(const struct metrics_family *f);
const char *metrics_family_labels(const struct metrics_family *f); /* "queue,verdict"; "": none */
enum metrics_type metrics_family_type(const struct metrics_family *f);
const char *metrics_type_name(enum metrics_type t);

/* All that is there, always terminated; *len without the end. ERR_FULL where size is too small: then out is "". */
int metrics_write(const struct metrics *m, char *out, size_t size, size_t *len);

/* How many bytes from the front of the text make a piece of at most so many, of whole lines where there is any. */
size_t metrics_piece(const char *text, size_t len, size_t most);

#endif
