/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Families with labels. All values of a label are written from the start, 0 too: a rate is only seen where there was a 0. */
#include <stdio.h>

#include "codec/metrics_parts.h"

#define NUMBER 8

static const char *hook_name(size_t hook)
{
	static const char *const names[HOOK_COUNT] = { "input", "forward", "output" };

	return names[hook];
}

static const char *queue_name(const struct metrics_queue *q, char out[NUMBER])
{
	snprintf(out, NUMBER, "%u", q->number);
	return out;
}

/* "true" or "false", in one label of two. */
static void put_pair(struct metrics_out *o, const char *first, const char *value, const char *second, const char *other,
	uint64_t count)
{
	metrics_begin(o);
	metrics_label(o, first, value);
	metrics_label(o, second, other);
	metrics_count(o, count);
}

void metrics_put_build(struct metrics_out *o, const struct metrics *m)
{
	metrics_count_of(o, "version", m->version, 1);
}

void metrics_put_policy(struct metrics_out *o, const struct metrics *m)
{
	metrics_count_of(o, "policy", m->policy, 1);
}

void metrics_put_mode(struct metrics_out *o, const struct metrics *m)
{
	metrics_count_of(o, "mode", "detect", !m->enforce);
	metrics_count_of(o, "mode", "enforce", m->enforce);
}

void metrics_put_diverts(struct metrics_out *o, const struct metrics *m)
{
	static const char *const takes[] = { "off", "copy", "queue" };

	for (size_t hook = 0; hook < HOOK_COUNT; hook++)
		for (size_t i = 0; i < 3; i++)
			put_pair(o, "hook", hook_name(hook), "take", takes[i], m->diverts[hook][i]);
}

void metrics_put_packets(struct metrics_out *o, const struct metrics *m)
{
	char number[NUMBER];

	for (size_t i = 0; i < m->n_queues; i++) {
		const char *queue = queue_name(&m->queues[i], number);

		put_pair(o, "queue", queue, "verdict", "accept", m->queues[i].accepted);
		put_pair(o, "queue", queue, "verdict", "drop", m->queues[i].dropped);
	}
}

void metrics_put_judged(struct metrics_out *o, const struct metrics *m)
{
	for (size_t i = 0; i < HOOK_COUNT; i++)
		metrics_count_of(o, "hook", hook_name(i), m->counters.packets[i]);
}

void metrics_put_waiting(struct metrics_out *o, const struct metrics *m)
{
	char number[NUMBER];

	for (size_t i = 0; i < m->n_queues; i++)
		metrics_count_of(o, "queue", queue_name(&m->queues[i], number), m->queues[i].waiting);
}

void metrics_put_queue_drops(struct metrics_out *o, const struct metrics *m)
{
	char number[NUMBER];

	for (size_t i = 0; i < m->n_queues; i++) {
		const char *queue = queue_name(&m->queues[i], number);

		put_pair(o, "queue", queue, "reason", "queue_full", m->queues[i].full);
		put_pair(o, "queue", queue, "reason", "socket_full", m->queues[i].unread);
	}
}

void metrics_put_verdict_errors(struct metrics_out *o, const struct metrics *m)
{
	metrics_count_of(o, "reason", "refused", m->verdicts_refused);
	metrics_count_of(o, "reason", "stale", m->verdicts_stale);
	metrics_count_of(o, "reason", "unsent", m->verdicts_unsent);
}

void metrics_put_verdict_latency(struct metrics_out *o, const struct metrics *m)
{
	metrics_put_histogram(o, &m->verdict_latency);
}

void metrics_put_detect_to_enforce(struct metrics_out *o, const struct metrics *m)
{
	metrics_put_histogram(o, &m->detect_to_enforce);
}

void metrics_put_faults(struct metrics_out *o, const struct metrics *m)
{
	for (size_t i = PACKET_FINE + 1; i < PACKET_FAULTS; i++)
		metrics_count_of(o, "fault", packet_fault_name((enum packet_fault)i), m->counters.faults[i]);
}

void metrics_put_odd(struct metrics_out *o, const struct metrics *m)
{
	for (size_t bit = 0; 1 << bit <= ODD_SYN_DATA; bit++)
		metrics_count_of(o, "kind", packet_odd_name((enum packet_odd)(1 << bit)), m->counters.odd[bit]);
}

void metrics_put_asks(struct metrics_out *o, const struct metrics *m)
{
	metrics_count_of(o, "outcome", "made", m->counters.asks_made);
	metrics_count_of(o, "outcome", "answered", m->counters.asks_answered);
	metrics_count_of(o, "outcome", "lost", m->counters.asks_lost);
}

void metrics_put_findings(struct metrics_out *o, const struct metrics *m)
{
	for (size_t kind = FINDING_NONE + 1; kind < FINDING_KINDS; kind++)
		for (size_t proof = 0; proof < PROOFS; proof++)
			put_pair(o, "detector", finding_kind_name((enum finding_kind)kind), "proof",
				proof_name((enum proof)proof), m->counters.findings[kind][proof]);
}

void metrics_put_actions(struct metrics_out *o, const struct metrics *m)
{
	for (size_t r = RESPONSE_SHIELD; r < RESPONSES; r++) {
		const char *action = response_name((enum response)r);

		put_pair(o, "action", action, "applied", "true", m->counters.put[r]);
		put_pair(o, "action", action, "applied", "false", m->counters.unput[r]);
	}
}

void metrics_put_states(struct metrics_out *o, const struct metrics *m)
{
	for (size_t s = MEASURE_SHADOW; s <= MEASURE_COVERED; s++)
		metrics_count_of(o, "state", measure_state_name((enum measure_state)s), m->ledger.by_state[s]);
}

void metrics_put_enforced(struct metrics_out *o, const struct metrics *m)
{
	for (size_t r = RESPONSE_SHIELD; r < RESPONSES; r++)
		metrics_count_of(o, "action", response_name((enum response)r), m->ledger.enforced[r]);
}

void metrics_put_blocked(struct metrics_out *o, const struct metrics *m)
{
	for (size_t i = 0; i < ORIGINS; i++) {
		const char *origin = measure_origin_name((enum measure_origin)i);

		put_pair(o, "family", "ipv4", "origin", origin, m->ledger.blocked_v4[i]);
		put_pair(o, "family", "ipv6", "origin", origin, m->ledger.blocked_v6[i]);
	}
}

static const char *budget_name(size_t word)
{
	static const char *const names[] = {
		[BUDGET_PER_MINUTE] = "per_minute",
		[BUDGET_TOTAL] = "total",
		[BUDGET_KNOWN_GOOD] = "known_good",
	};

	return names[word];
}

void metrics_put_budget_used(struct metrics_out *o, const struct metrics *m)
{
	for (size_t w = BUDGET_PER_MINUTE; w <= BUDGET_KNOWN_GOOD; w++)
		metrics_count_of(o, "budget", budget_name(w), m->budgets[w].used);
}

void metrics_put_budget_limit(struct metrics_out *o, const struct metrics *m)
{
	for (size_t w = BUDGET_PER_MINUTE; w <= BUDGET_KNOWN_GOOD; w++)
		metrics_count_of(o, "budget", budget_name(w), m->budgets[w].limit);
}

void metrics_put_guards(struct metrics_out *o, const struct metrics *m)
{
	for (size_t i = GUARD_OWN; i < GUARD_KINDS; i++)
		metrics_count_of(o, "kind", guard_kind_name((enum guard_kind)i), m->guards[i]);
}

void metrics_put_entries(struct metrics_out *o, const struct metrics *m)
{
	for (size_t i = 0; i < ENGINE_TABLES; i++)
		if (m->tables[i].limit)
			metrics_count_of(o, "table", engine_table_name((enum engine_table)i), m->tables[i].entries);
}

void metrics_put_limits(struct metrics_out *o, const struct metrics *m)
{
	for (size_t i = 0; i < ENGINE_TABLES; i++)
		if (m->tables[i].limit)
			metrics_count_of(o, "table", engine_table_name((enum engine_table)i), m->tables[i].limit);
}

void metrics_put_evictions(struct metrics_out *o, const struct metrics *m)
{
	for (size_t i = 0; i < ENGINE_TABLES; i++)
		metrics_count_of(o, "table", engine_table_name((enum engine_table)i), m->tables[i].evicted);
}

void metrics_put_refusals(struct metrics_out *o, const struct metrics *m)
{
	for (size_t i = 0; i < ENGINE_TABLES; i++)
		metrics_count_of(o, "table", engine_table_name((enum engine_table)i), m->tables[i].refused);
}

void metrics_put_denied(struct metrics_out *o, const struct metrics *m)
{
	for (size_t i = 0; i < m->n_lists; i++)
		metrics_count_of(o, "rule", m->lists[i].name, m->lists[i].refused);
}

void metrics_put_would_deny(struct metrics_out *o, const struct metrics *m)
{
	for (size_t i = 0; i < m->n_lists; i++)
		metrics_count_of(o, "rule", m->lists[i].name, m->lists[i].would_refuse);
}

void metrics_put_feed_entries(struct metrics_out *o, const struct metrics *m)
{
	for (size_t i = 0; i < m->n_feeds; i++)
		metrics_count_of(o, "feed", m->feeds[i].name, m->feeds[i].entries);
}

void metrics_put_feed_failing(struct metrics_out *o, const struct metrics *m)
{
	for (size_t i = 0; i < m->n_feeds; i++)
		metrics_count_of(o, "feed", m->feeds[i].name, m->feeds[i].failing);
}

void metrics_put_feed_times(struct metrics_out *o, const struct metrics *m)
{
	for (size_t i = 0; i < m->n_feeds; i++) {
		metrics_begin(o);
		metrics_label(o, "feed", m->feeds[i].name);
		metrics_nano(o, m->feeds[i].accepted.ns);
	}
}

void metrics_put_owners(struct metrics_out *o, const struct metrics *m)
{
	metrics_count_of(o, "outcome", "asked", m->owners_asked);
	metrics_count_of(o, "outcome", "named", m->owners_named);
	metrics_count_of(o, "outcome", "lost", m->owners_lost);
}
