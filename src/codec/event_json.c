/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events to EVE lines. The field names at the top level are Suricata's, so that what
 * reads its logs reads ours; all that it has no name for stands in the object "tidegate".
 */
#include "codec/event_json.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "codec/egress_say.h"
#include "codec/json_put.h"

/* Categories of Suricata's classification.config, which dashboards group by. */
static const char *category(enum finding_kind k)
{
	switch (k) {
	case FINDING_SCAN:
	case FINDING_SPRAY:
		return "Detection of a Network Scan";
	case FINDING_RATE:
	case FINDING_SERVICE_RATE:
	case FINDING_FLOOD:
		return "Detection of a Denial of Service Attack";
	case FINDING_ODD:
		return "Generic Protocol Command Decode";
	case FINDING_BRUTE:
	case FINDING_BRUTE_SPREAD:
		return "Attempted Administrator Privilege Gain";
	case FINDING_HOLD:
	case FINDING_SLOW:
		return "Detection of a Denial of Service Attack";
	case FINDING_SWEEP:
		return "Attempted Information Leak";
	case FINDING_EXFIL:
	case FINDING_TUNNEL:
		return "Potential Corporate Privacy Violation";
	case FINDING_BEACON:
	case FINDING_LISTED:
	case FINDING_EGRESS:
		return "Malware Command and Control Activity Detected";
	case FINDING_REPORTED:
	case FINDING_REACH:
	case FINDING_NOVEL:
	case FINDING_PILE:
	case FINDING_VOLUME:
	case FINDING_MIX:
	case FINDING_BASELINE:
	case FINDING_NONE:
	case FINDING_KINDS:
		break;
	}
	return "Misc activity";
}

const char *event_word(const struct event *e)
{
	switch (e->kind) {
	case EVENT_NONE:
		break;
	case EVENT_FINDING:
		return "finding";
	case EVENT_APPLIED:
		return "block";
	case EVENT_REFUSED:
		return "refuse";
	case EVENT_ENDED:
		if (e->next != RESPONSE_OBSERVE)
			return "step-down";
		return mono_since(e->at, e->measure.until) >= 0 ? "expire" : "unblock";
	case EVENT_MODE:
		return "mode";
	case EVENT_RELOAD:
		return "reload";
	case EVENT_NOTICE:
		return "notice";
	case EVENT_ALARM:
		return "alarm";
	}
	return "none";
}

/*
 * A name for the flow of the packet that crossed, the same for each of its packets and
 * for no secret's worth: FNV-1a over the tuple, 53 bits so that readers with doubles keep
 * it exact.
 */
static int64_t flow_id(const struct finding *f)
{
	uint64_t h = UINT64_C(14695981039346656037);
	uint8_t tuple[37];

	memcpy(tuple, f->src.bytes, 16);
	memcpy(tuple + 16, f->dst.bytes, 16);
	tuple[32] = (uint8_t)(f->sport >> 8);
	tuple[33] = (uint8_t)f->sport;
	tuple[34] = (uint8_t)(f->dport >> 8);
	tuple[35] = (uint8_t)f->dport;
	tuple[36] = f->proto;
	for (size_t i = 0; i < sizeof(tuple); i++)
		h = (h ^ tuple[i]) * UINT64_C(1099511628211);
	return (int64_t)(h & ((UINT64_C(1) << 53) - 1));
}

static void put_subject(json_t *o, const struct subject *s)
{
	char room[SUBJECT_TEXT];
	subject_format(s, room);
	put_text(o, "subject", room);
}

/* The packet that crossed, under the names that every reader of EVE looks for. */
static void put_packet(json_t *o, const struct finding *f)
{
	if (f->src.family == FAMILY_NONE) {
		if (f->subject.kind == SUBJECT_SOURCE)
			put_addr(o, "src_ip", &f->subject.source.addr);
		if (f->subject.kind == SUBJECT_DESTINATION)
			put_addr(o, "dest_ip", &f->subject.source.addr);
		if (f->subject.kind == SUBJECT_SERVICE) {
			put_int(o, "dest_port", f->subject.port);
			put_proto(o, "proto", f->subject.proto);
		}
		return;
	}
	put_int(o, "flow_id", flow_id(f));
	put_addr(o, "src_ip", &f->src);
	if (f->sport)
		put_int(o, "src_port", f->sport);
	if (f->dst.family != FAMILY_NONE)
		put_addr(o, "dest_ip", &f->dst);
	if (f->dport)
		put_int(o, "dest_port", f->dport);
	put_proto(o, "proto", f->proto);
}

static json_t *alert_value(const struct finding *f)
{
	char what[FINDING_TEXT];
	char signature[FINDING_TEXT + 64];
	json_t *o = json_object();

	finding_format(f, what, sizeof(what));
	struct text t = text_over(signature, sizeof(signature));
	text_addf(&t, "tidegate %s: %s", f->rule.name, what);
	put_text(o, "action", "allowed");
	put_int(o, "gid", 1);
	put_int(o, "signature_id", f->rule.sid);
	put_int(o, "rev", 1);
	put_text(o, "signature", signature);
	put_text(o, "category", category(f->kind));
	put_int(o, "severity", f->rule.severity);
	return o;
}

static void put_finding(json_t *o, const struct event *e)
{
	const struct finding *f = &e->finding;
	const struct decision *d = &e->decision;

	put_subject(o, &f->subject);
	put_text(o, "detector", f->rule.name);
	put_text(o, "rule", f->rule.origin);
	put_text(o, "proof", proof_name(f->proof));
	if (f->about[0])
		put_text(o, "about", f->about);
	if (f->who[0])
		put_text(o, "served_by", f->who);
	put_hundredths(o, "score", f->score);
	put_hundredths(o, "threshold", f->threshold);
	put_int(o, "count", f->count);
	put_seconds(o, "window_s", f->window_ns);
	if (d->origin[0])
		put_text(o, "policy", d->origin);
	put_text(o, "decision", response_name(d->response));
	put_text(o, "scope", scope_name(d->scope));
	put_seconds(o, "ttl_s", d->response == RESPONSE_OBSERVE ? 0 : d->ttl_ns);
	put_int(o, "offence", d->offence);
	if (e->guard)
		put_text(o, "guard", guard_kind_name(e->guard));
	if (e->known_good)
		put_bool(o, "known_good", true);
	put_bool(o, "applied", false);
	put_egress(o, &e->egress);
}

/* How long it stood, and what its element dropped, as of the last look: nothing where nobody has looked. */
static void put_effect(json_t *o, const struct measure *m, mono_t end)
{
	int64_t held_ns = mono_since(end, m->since);

	put_int(o, "held_s", held_ns > 0 ? held_ns / NS_PER_S : 0);
	if (m->looked.ns == 0)
		return;
	put_count(o, "kernel_packets", m->kernel_packets);
	put_count(o, "kernel_bytes", m->kernel_bytes);
}

static void put_measure(json_t *o, const struct event *e)
{
	const struct measure *m = &e->measure;
	bool applied = e->kind == EVENT_APPLIED;

	put_subject(o, &m->subject);
	put_text(o, "decision", response_name(m->response));
	put_text(o, "scope", scope_name(m->scope));
	if (applied)
		put_text(o, "action", "blocked");
	put_bool(o, "applied", applied);
	if (e->kind == EVENT_ENDED) {
		put_text(o, "next", response_name(e->next));
		put_count(o, "packets_dropped", m->hits);
		put_effect(o, m, e->at);
		return;
	}
	put_seconds(o, "ttl_s",
		(mono_since(m->until, e->at) + NS_PER_S / 2) / NS_PER_S * NS_PER_S);
	if (applied && m->trigger.ns && m->applied.ns)
		put_int(o, "detect_to_enforce_us",
			mono_since(m->applied, m->trigger) / 1000);
	if (e->kind == EVENT_REFUSED)
		put_text(o, "error", err_text(m->error));
}

static void put_details(json_t *o, const struct event *e)
{
	switch (e->kind) {
	case EVENT_FINDING:
		put_finding(o, e);
		break;
	case EVENT_APPLIED:
	case EVENT_REFUSED:
	case EVENT_ENDED:
		put_measure(o, e);
		break;
	case EVENT_RELOAD:
		put_bool(o, "ok", e->ok);
		break;
	case EVENT_NONE:
	case EVENT_MODE:
	case EVENT_NOTICE:
	case EVENT_ALARM:
		break;
	}
	if (e->text[0])
		put_text(o, "text", e->text);
}

static void put_source(json_t *o, const struct event *e)
{
	const struct subject *s = &e->measure.subject;
	bool measure = e->kind == EVENT_APPLIED || e->kind == EVENT_REFUSED ||
		e->kind == EVENT_ENDED;

	if (e->kind == EVENT_FINDING)
		put_packet(o, &e->finding);
	else if (measure && s->kind == SUBJECT_SOURCE)
		put_addr(o, "src_ip", &s->source.addr);
	else if (measure && s->kind == SUBJECT_DESTINATION)
		put_addr(o, "dest_ip", &s->source.addr);
}

json_t *event_json_value(const struct event *e, const struct event_world *w)
{
	json_t *o = json_object();
	json_t *ours = json_object();
	bool alert = e->kind == EVENT_FINDING;

	if (!o || !ours) {
		json_decref(o);
		json_decref(ours);
		return NULL;
	}
	put_time(o, "timestamp", &w->stamp, e->at);
	if (alert && w->iface)
		put_text(o, "in_iface", w->iface);
	put_text(o, "event_type", alert ? "alert" : "tidegate");
	put_source(o, e);
	if (alert)
		put_value(o, "alert", alert_value(&e->finding));
	put_int(ours, "v", 1);
	if (!alert)
		put_text(ours, "event", event_word(e));
	put_text(ours, "host", w->host);
	put_incident(ours, "incident", e->incident);
	put_details(ours, e);
	put_text(ours, "mode", e->enforce ? "enforce" : "detect");
	put_value(o, "tidegate", ours);
	return o;
}

int event_json(const struct event *e, const struct event_world *w, char *out, size_t size)
{
	json_t *o = event_json_value(e, w);
	if (size)
		out[0] = '\0';
	if (!o)
		return ERR_MEMORY;
	size_t len = json_dumpb(o, out, size, JSON_COMPACT | JSON_REAL_PRECISION(10));
	json_decref(o);
	if (len == 0)
		return ERR_MEMORY;
	if (len + 2 > size) {
		if (size)
			out[0] = '\0';
		return ERR_FULL;
	}
	out[len] = '\n';
	out[len + 1] = '\0';
	return (int)(len + 1);
}
