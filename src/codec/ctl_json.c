/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures, incidents and their parts as JSON. Times are UTC, durations seconds; what a
 * number means is in its name.
 */
#include "codec/ctl_json.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "core/budget.h"
#include "codec/egress_say.h"
#include "codec/event_json.h"
#include "codec/json_put.h"
#include "core/bite.h"

static void put_subject(json_t *o, const struct subject *s)
{
	char room[SUBJECT_TEXT];

	subject_format(s, room);
	put_text(o, "subject", room);
	switch (s->kind) {
	case SUBJECT_NONE:
		break;
	case SUBJECT_SOURCE:
		put_text(o, "subject_kind", "source");
		prefix_format(&s->source, room, sizeof(room));
		put_text(o, "source", room);
		break;
	case SUBJECT_SERVICE:
		put_text(o, "subject_kind", "service");
		break;
	case SUBJECT_HOST:
		put_text(o, "subject_kind", "host");
		break;
	case SUBJECT_DESTINATION:
		put_text(o, "subject_kind", "destination");
		prefix_format(&s->source, room, sizeof(room));
		put_text(o, "destination", room);
		break;
	case SUBJECT_ACTOR:
		put_text(o, "subject_kind", "actor");
		put_text(o, "actor", room);
		break;
	}
}

static json_t *ladder_value(const enum response *ladder, size_t rungs)
{
	json_t *list = json_array();
	for (size_t i = 0; i < rungs && i < POLICY_RUNGS; i++)
		json_array_append_new(list, json_string(response_name(ladder[i])));
	return list;
}

/* What the kernel's element does. Nothing where nobody has looked. */
static void put_look(json_t *o, const struct measure *m, const struct stamp *s)
{
	if (m->looked.ns == 0)
		return;
	put_time(o, "looked", s, m->looked);
	put_count(o, "kernel_packets", m->kernel_packets);
	put_count(o, "kernel_bytes", m->kernel_bytes);
	put_text(o, "bite", bite_name((enum bite)m->bite));
	if (m->leak == LEAK_NONE)
		return;
	put_text(o, "leak", leak_name((enum leak)m->leak));
	put_text(o, "leak_why", leak_text((enum leak)m->leak));
}

json_t *ctl_json_measure(const struct measure *m, const struct stamp *s)
{
	json_t *o = json_object();

	put_subject(o, &m->subject);
	put_text(o, "response", response_name(m->response));
	put_text(o, "scope", scope_name(m->scope));
	put_text(o, "state", measure_state_name(m->state));
	put_text(o, "origin", measure_origin_name(m->origin));
	put_time(o, "since", s, m->since);
	put_time(o, "until", s, m->until);
	int64_t left = mono_since(m->until, s->mono);
	put_int(o, "left_s", left > 0 ? (left + NS_PER_S - 1) / NS_PER_S : 0);
	if (response_has_rate(m->response)) {
		put_int(o, "limit_rate", m->limit_rate);
		put_int(o, "limit_burst", m->limit_burst);
	}
	put_int(o, "offences", m->offences);
	put_int(o, "rung", m->rung);
	put_value(o, "ladder", ladder_value(m->ladder, m->rungs));
	put_count(o, "packets_dropped", m->hits);
	put_look(o, m, s);
	put_incident(o, "incident", m->incident);
	if (m->trigger.ns && m->applied.ns)
		put_int(o, "detect_to_enforce_us",
			mono_since(m->applied, m->trigger) / 1000);
	if (m->error)
		put_text(o, "error", err_text(m->error));
	return o;
}

json_t *ctl_json_guard(const struct guard *g)
{
	char room[PREFIX_TEXT];
	json_t *o = json_object();

	prefix_format(&g->prefix, room, sizeof(room));
	put_text(o, "prefix", room);
	put_text(o, "kind", guard_kind_name(g->kind));
	if (g->from)
		put_text(o, "from", g->from);
	return o;
}

/* about: what the finding is about, where that is said. */
static const char *score_unit(enum finding_kind kind, const char *about)
{
	switch (kind) {
	case FINDING_NONE:
	case FINDING_KINDS:
	case FINDING_NOVEL:
	case FINDING_REACH:
	case FINDING_EGRESS:
	case FINDING_LISTED:
		break;
	case FINDING_SWEEP:
		return "nats";
	case FINDING_BEACON:
		return "score";
	case FINDING_EXFIL:
		return "KiB";
	case FINDING_TUNNEL:
		return "bytes of names";
	case FINDING_SCAN:
		return "nats";
	case FINDING_SPRAY:
		return "contacts";
	case FINDING_RATE:
	case FINDING_SERVICE_RATE:
		return "connections";
	case FINDING_FLOOD:
		return "handshakes";
	case FINDING_REPORTED:
		return "points";
	case FINDING_ODD:
		return "packets";
	case FINDING_BRUTE:
	case FINDING_BRUTE_SPREAD:
		return "sessions";
	case FINDING_HOLD:
	case FINDING_SLOW:
	case FINDING_PILE:
		return "connections";
	case FINDING_BASELINE: /* by the slow gate it is a multiple */
		return strstr(about, " over weeks") ? "times the usual" : "deviations";
	case FINDING_VOLUME:
		return "deviations";
	case FINDING_MIX:
		return "chi-square";
	}
	return "";
}

static void put_crossing(json_t *o, const struct finding *f)
{
	if (f->src.family != FAMILY_NONE)
		put_addr(o, "src_ip", &f->src);
	if (f->dst.family != FAMILY_NONE)
		put_addr(o, "dest_ip", &f->dst);
	if (f->sport)
		put_int(o, "src_port", f->sport);
	if (f->dport)
		put_int(o, "dest_port", f->dport);
	if (f->proto)
		put_proto(o, "proto", f->proto);
}

json_t *ctl_json_finding(const struct finding *f, const struct stamp *s)
{
	char what[FINDING_TEXT];
	json_t *o = json_object();
	json_t *ports = json_array();

	finding_format(f, what, sizeof(what));
	put_text(o, "rule", f->rule.name);
	put_text(o, "what", what);
	put_text(o, "why", f->rule.why);
	put_text(o, "rule_origin", f->rule.origin);
	put_int(o, "sid", f->rule.sid);
	put_int(o, "severity", f->rule.severity);
	put_text(o, "proof", proof_name(f->proof));
	put_hundredths(o, "score", f->score);
	put_hundredths(o, "threshold", f->threshold);
	put_text(o, "unit", score_unit(f->kind, f->about));
	put_int(o, "count", f->count);
	put_text(o, "counted", finding_counted(f->kind));
	if (f->about[0])
		put_text(o, "about", f->about);
	if (f->who[0])
		put_text(o, "served_by", f->who);
	put_seconds(o, "window_s", f->window_ns);
	put_time(o, "first", s, f->first);
	put_time(o, "at", s, f->at);
	if (f->first.ns)
		put_int(o, "elapsed_us", mono_since(f->at, f->first) / 1000);
	put_crossing(o, f);
	for (size_t i = 0; i < f->n_ports && i < FINDING_PORTS; i++)
		json_array_append_new(ports, json_integer(f->ports[i]));
	put_value(o, "ports", ports);
	return o;
}

/* What a step's number stands for, in words; people count from 1. */
static void put_step_detail(json_t *o, enum decision_step step, uint32_t value)
{
	char room[48];
	struct text t = text_over(room, sizeof(room));

	switch (step) {
	case STEP_MATCHED:
		text_addf(&t, "number %u", value + 1);
		break;
	case STEP_RUNG:
		if (value == 0)
			text_add(&t, "there are none");
		else
			text_addf(&t, "%u of them", value);
		break;
	case STEP_TTL_GROWN:
		text_addf(&t, "times %u", value);
		break;
	case STEP_CAPPED:
	case STEP_SHARED:
	case STEP_GOOD:
		text_add(&t, response_name((enum response)value));
		break;
	case STEP_GUARDED:
		text_add(&t, guard_kind_name((enum guard_kind)value));
		break;
	case STEP_BUDGET:
		text_add(&t, budget_word_text((enum budget_word)value));
		break;
	case STEP_NO_MATCH:
	case STEP_FORGERY:
	case STEP_DETECT:
	case STEP_DUPLICATE:
	case STEP_FULL:
		return;
	}
	put_text(o, "detail", room);
}

static json_t *steps_value(const struct decision *d)
{
	json_t *steps = json_array();

	for (size_t i = 0; i < d->n_steps && i < DECISION_STEPS; i++) {
		enum decision_step step = (enum decision_step)d->steps[i].step;
		json_t *o = json_object();

		put_int(o, "step", step);
		put_text(o, "text", decision_step_text(step));
		put_int(o, "value", d->steps[i].value);
		put_step_detail(o, step, d->steps[i].value);
		json_array_append_new(steps, o);
	}
	return steps;
}

json_t *ctl_json_decision(const struct decision *d)
{
	json_t *o = json_object();

	put_subject(o, &d->subject);
	put_text(o, "response", response_name(d->response));
	put_text(o, "scope", scope_name(d->scope));
	put_seconds(o, "ttl_s", d->response == RESPONSE_OBSERVE ? 0 : d->ttl_ns);
	if (response_has_rate(d->response)) {
		put_int(o, "limit_rate", d->limit_rate);
		put_int(o, "limit_burst", d->limit_burst);
	}
	put_int(o, "offence", d->offence);
	put_int(o, "rung", d->rung);
	put_value(o, "ladder", ladder_value(d->ladder, d->rungs));
	put_text(o, "policy", d->policy);
	put_text(o, "policy_origin", d->origin);
	put_value(o, "steps", steps_value(d));
	return o;
}

static const struct finding *newest(const struct incident *i)
{
	return &i->findings[(i->n_findings - 1) % INCIDENT_FINDINGS];
}

static void put_story(json_t *o, const struct incident *i, const struct stamp *s)
{
	put_incident(o, "incident", i->id);
	put_subject(o, &i->subject);
	put_time(o, "opened", s, i->opened);
	put_time(o, "last", s, i->last);
	put_int(o, "findings_total", i->n_findings);
	put_text(o, "effect", incident_effect_name(i->effect));
	if (i->guard)
		put_text(o, "guard", guard_kind_name(i->guard));
}

/* In a list there is room for a sentence. */
static void put_by(json_t *o, const struct egress_facts *f)
{
	char room[EGRESS_TEXT];
	struct text t = text_over(room, sizeof(room));

	if (!f->any)
		return;
	egress_add_text(&t, f);
	put_text(o, "by", room);
}

json_t *ctl_json_incident_brief(const struct incident *i, const struct stamp *s)
{
	char what[FINDING_TEXT];
	json_t *o = json_object();

	put_story(o, i, s);
	put_text(o, "decision", response_name(i->decision.response));
	if (i->n_findings == 0)
		return o;
	finding_format(newest(i), what, sizeof(what));
	put_text(o, "rule", newest(i)->rule.name);
	put_text(o, "what", what);
	put_text(o, "proof", proof_name(newest(i)->proof));
	put_by(o, &i->egress);
	return o;
}

json_t *ctl_json_incident(const struct incident *i, const struct stamp *s)
{
	json_t *o = json_object();
	json_t *findings = json_array();
	uint32_t kept = i->n_findings < INCIDENT_FINDINGS ? i->n_findings
							  : INCIDENT_FINDINGS;

	put_story(o, i, s);
	for (uint32_t n = 1; n <= kept; n++) {
		const struct finding
			*f = &i->findings[(i->n_findings - n) % INCIDENT_FINDINGS];
		json_array_append_new(findings, ctl_json_finding(f, s));
	}
	put_value(o, "findings", findings);
	put_value(o, "decision", ctl_json_decision(&i->decision));
	put_time(o, "effect_at", s, i->effect_at);
	put_count(o, "packets_dropped", i->packets_dropped);
	put_egress(o, &i->egress);
	if (i->error)
		put_text(o, "error", err_text(i->error));
	return o;
}

static json_t *near_value(const struct near *n)
{
	json_t *o = json_object();

	put_text(o, "rule", n->rule.name);
	put_text(o, "rule_origin", n->rule.origin);
	put_text(o, "proof", proof_name(n->proof));
	put_hundredths(o, "score", n->score);
	put_hundredths(o, "threshold", n->threshold);
	put_text(o, "unit", n->kind == FINDING_EGRESS ? "signals" : score_unit(n->kind, ""));
	put_int(o, "percent", (int64_t)n->score * 100 / n->threshold);
	return o;
}

json_t *ctl_json_nears(const struct nears *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n; i++)
		json_array_append_new(list, near_value(&s->list[i]));
	return list;
}

json_t *ctl_json_source(const struct source *r, mono_t now)
{
	json_t *o = json_object();
	uint32_t age = mono_tick(now) - r->first;

	put_int(o, "first_seen_s_ago", age / 16);
	put_int(o, "closed_ports", r->closed);
	put_int(o, "open_ports", r->open);
	put_hundredths(o, "connections_5s", (int32_t)((int64_t)r->rate_5s * 100 / 256));
	put_hundredths(o, "connections_60s", (int32_t)((int64_t)r->rate_60s * 100 / 256));
	put_hundredths(o, "connections_1h", (int32_t)((int64_t)r->rate_1h * 100 / 256));
	put_bool(o, "completed_a_connection", r->flags & SOURCE_PROVEN);
	put_bool(o, "stealth_packets", r->flags & SOURCE_STEALTH);
	return o;
}
