/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counters as JSON: what status prints. Counters that are 0 stay in, so that who reads
 * them by name finds them; only the long lists of named faults keep to those that
 * happened.
 */
#include "codec/ctl_json.h"

#include "codec/json_put.h"

static const char *hook_name(size_t hook)
{
	static const char *const names[HOOK_COUNT] = { "input", "forward", "output" };
	return names[hook];
}

static json_t *faults_value(const struct engine_counters *c)
{
	json_t *o = json_object();
	for (size_t i = 1; i < PACKET_FAULTS; i++)
		if (c->faults[i])
			put_count(
				o, packet_fault_name((enum packet_fault)i), c->faults[i]);
	return o;
}

static json_t *odd_value(const struct engine_counters *c)
{
	json_t *o = json_object();
	for (size_t i = 0; i < 10; i++)
		if (c->odd[i])
			put_count(
				o, packet_odd_name((enum packet_odd)(1 << i)), c->odd[i]);
	return o;
}

static uint64_t findings_of(const struct engine_counters *c, size_t kind)
{
	uint64_t n = 0;

	for (size_t p = 0; p < PROOFS; p++)
		n += c->findings[kind][p];
	return n;
}

json_t *ctl_json_counters(const struct engine_counters *c)
{
	json_t *o = json_object();
	json_t *packets = json_object();
	json_t *findings = json_object();
	json_t *decisions = json_object();

	for (size_t i = 0; i < HOOK_COUNT; i++)
		put_count(packets, hook_name(i), c->packets[i]);
	for (size_t i = FINDING_SCAN; i < FINDING_KINDS; i++)
		put_count(findings, finding_kind_name((enum finding_kind)i), findings_of(c, i));
	for (size_t i = 0; i < RESPONSES; i++)
		put_count(decisions, response_name((enum response)i), c->decisions[i]);
	put_value(o, "packets", packets);
	put_count(o, "copies", c->copies);
	put_count(o, "accepted", c->verdicts[VERDICT_ACCEPT]);
	put_count(o, "dropped", c->verdicts[VERDICT_DROP]);
	put_count(o, "late_answers", c->late_answers);
	put_count(o, "late_grace", c->late_grace);
	put_count(o, "backscatter", c->backscatter);
	put_count(o, "guarded", c->guarded);
	put_value(o, "faults", faults_value(c));
	put_value(o, "odd", odd_value(c));
	put_value(o, "findings", findings);
	put_value(o, "decisions", decisions);
	put_count(o, "asks_made", c->asks_made);
	put_count(o, "asks_answered", c->asks_answered);
	put_count(o, "asks_lost", c->asks_lost);
	put_count(o, "false_positives", c->false_positives);
	put_count(o, "alarms", c->alarms);
	put_count(o, "reported", c->reported);
	put_count(o, "events", c->events);
	return o;
}

json_t *ctl_json_ledger(const struct ledger_stats *l)
{
	json_t *o = json_object();
	json_t *states = json_object();
	json_t *responses = json_object();

	for (size_t i = MEASURE_SHADOW; i <= MEASURE_COVERED; i++)
		put_count(states, measure_state_name((enum measure_state)i),
			l->by_state[i]);
	for (size_t i = RESPONSE_SHIELD; i < RESPONSES; i++)
		put_count(responses, response_name((enum response)i), l->by_response[i]);
	put_count(o, "subjects", l->subjects);
	put_count(o, "capacity", l->capacity);
	put_value(o, "by_state", states);
	put_value(o, "by_response", responses);
	put_count(o, "stand", l->by_state[MEASURE_APPLIED] + l->by_state[MEASURE_COVERED]);
	put_count(o, "should_stand",
		l->by_state[MEASURE_APPLIED] + l->by_state[MEASURE_COVERED] +
			l->by_state[MEASURE_WANTED] + l->by_state[MEASURE_SENT] +
			l->by_state[MEASURE_REFUSED]);
	put_count(o, "lost", l->lost);
	put_count(o, "full", l->full);
	put_count(o, "refused", l->refused);
	return o;
}

json_t *ctl_json_trial(const struct trial *t, bool enforces, const struct stamp *s)
{
	json_t *o = json_object();
	int64_t left = mono_since(t->until, s->mono);
	const char *mode = enforces ? "detect" : "enforce";

	put_text(o, "kind", t->kind == TRIAL_MODE ? "mode" : "rules");
	put_text(o, "back_to", t->kind == TRIAL_MODE ? mode : "the rules before");
	put_time(o, "since", s, t->since);
	put_time(o, "until", s, t->until);
	put_int(o, "left_s", left > 0 ? (left + NS_PER_S - 1) / NS_PER_S : 0);
	return o;
}

json_t *ctl_json_excuse(const struct excuse *x, const struct stamp *s)
{
	char room[PREFIX_TEXT];
	json_t *o = json_object();

	prefix_format(&x->prefix, room, sizeof(room));
	put_text(o, "prefix", room);
	put_count(o, "count", x->count);
	put_int(o, "patience", INT64_C(1) << (x->count < EXCUSES_MOST ? x->count : EXCUSES_MOST));
	put_time(o, "at", s, x->at);
	return o;
}

json_t *ctl_json_sources(const struct table_stats *t)
{
	json_t *o = json_object();

	put_count(o, "records", t->records);
	put_count(o, "capacity", t->capacity);
	put_count(o, "admitted", t->admitted);
	put_count(o, "evicted", t->evicted);
	put_count(o, "evicted_proven", t->evicted_proven);
	put_count(o, "refused", t->refused);
	put_count(o, "ghosts_returned", t->ghosts_returned);
	return o;
}

/* Buckets as [upper bound in ns, count], those that hold something; the last one has no
 * bound: null. */
json_t *ctl_json_histogram(const struct histogram *h)
{
	json_t *o = json_object();
	json_t *buckets = json_array();

	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (h->buckets[i] == 0)
			continue;
		json_t *pair = json_array();
		bool last = i == HISTOGRAM_BUCKETS - 1;
		json_array_append_new(
			pair, last ? json_null() : json_integer(histogram_bound(i)));
		json_array_append_new(pair, json_integer((json_int_t)h->buckets[i]));
		json_array_append_new(buckets, pair);
	}
	put_count(o, "count", h->count);
	put_int(o, "p50_ns", histogram_quantile(h, 5000));
	put_int(o, "p99_ns", histogram_quantile(h, 9900));
	put_int(o, "max_ns", h->max_ns);
	put_value(o, "buckets", buckets);
	return o;
}
