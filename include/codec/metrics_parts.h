/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the metrics, shared by its files and by nobody else: metrics.c (the format), metrics_families.c (the table),
 * metrics_put.c (families with labels).
 */
#ifndef TIDEGATE_CODEC_METRICS_PARTS_H
#define TIDEGATE_CODEC_METRICS_PARTS_H

#include "base/text.h"
#include "codec/metrics.h"

/* The family that is being written. */
struct metrics_out {
	struct text text;
	const char *name;
	bool labelled; /* the sample that was begun has a label already */
};

/* How the one value of a family without labels is kept. */
enum metrics_kind {
	METRICS_PUT = 0, /* 'put' writes the samples */
	METRICS_COUNT,   /* uint64_t */
	METRICS_BOOL,
	METRICS_NANO,    /* int64_t, in billionths of what is told */
};

typedef void (*metrics_put_fn)(struct metrics_out *o, const struct metrics *m);

struct metrics_family {
	const char *name, *help, *labels; /* labels NULL: none */
	enum metrics_type type;
	enum metrics_part part;
	enum metrics_kind kind;
	size_t at;
	metrics_put_fn put;
};

extern const struct metrics_family metrics_families[];
extern const size_t metrics_n_families;

/* A sample: begin, labels, one of the values. */
void metrics_begin(struct metrics_out *o);
void metrics_label(struct metrics_out *o, const char *label, const char *value);
void metrics_count(struct metrics_out *o, uint64_t value);
void metrics_nano(struct metrics_out *o, int64_t billionths);

/* The whole of a sample with one label. */
void metrics_count_of(struct metrics_out *o, const char *label, const char *value, uint64_t count);

void metrics_put_histogram(struct metrics_out *o, const struct histogram *h);

/* metrics_put.c */
void metrics_put_build(struct metrics_out *o, const struct metrics *m);
void metrics_put_policy(struct metrics_out *o, const struct metrics *m);
void metrics_put_mode(struct metrics_out *o, const struct metrics *m);
void metrics_put_diverts(struct metrics_out *o, const struct metrics *m);
void metrics_put_packets(struct metrics_out *o, const struct metrics *m);
void metrics_put_judged(struct metrics_out *o, const struct metrics *m);
void metrics_put_waiting(struct metrics_out *o, const struct metrics *m);
void metrics_put_queue_drops(struct metrics_out *o, const struct metrics *m);
void metrics_put_verdict_errors(struct metrics_out *o, const struct metrics *m);
void metrics_put_verdict_latency(struct metrics_out *o, const struct metrics *m);
void metrics_put_detect_to_enforce(struct metrics_out *o, const struct metrics *m);
void metrics_put_faults(struct metrics_out *o, const struct metrics *m);
void metrics_put_odd(struct metrics_out *o, const struct metrics *m);
void metrics_put_asks(struct metrics_out *o, const struct metrics *m);
void metrics_put_findings(struct metrics_out *o, const struct metrics *m);
void metrics_put_actions(struct metrics_out *o, const struct metrics *m);
void metrics_put_states(struct metrics_out *o, const struct metrics *m);
void metrics_put_enforced(struct metrics_out *o, const struct metrics *m);
void metrics_put_blocked(struct metrics_out *o, const struct metrics *m);
void metrics_put_budget_used(struct metrics_out *o, const struct metrics *m);
void metrics_put_budget_limit(struct metrics_out *o, const struct metrics *m);
void metrics_put_guards(struct metrics_out *o, const struct metrics *m);
void metrics_put_entries(struct metrics_out *o, const struct metrics *m);
void metrics_put_limits(struct metrics_out *o, const struct metrics *m);
void metrics_put_evictions(struct metrics_out *o, const struct metrics *m);
void metrics_put_refusals(struct metrics_out *o, const struct metrics *m);
void metrics_put_denied(struct metrics_out *o, const struct metrics *m);
void metrics_put_would_deny(struct metrics_out *o, const struct metrics *m);
void metrics_put_feed_entries(struct metrics_out *o, const struct metrics *m);
void metrics_put_feed_failing(struct metrics_out *o, const struct metrics *m);
void metrics_put_feed_times(struct metrics_out *o, const struct metrics *m);
void metrics_put_owners(struct metrics_out *o, const struct metrics *m);

#endif
