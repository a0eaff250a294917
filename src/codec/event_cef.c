/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events to CEF: a head of seven fields between bars, then keys and values. */
#include "codec/event_cef.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "codec/finding_text.h"
#include "codec/json_put.h"
#include "core/incident.h"

unsigned event_cef_severity(const struct event *e)
{
	switch (e->kind) {
	case EVENT_FINDING:
		return e->finding.rule.severity <= 1 ? 8 : e->finding.rule.severity == 2 ? 6 : 4;
	case EVENT_ALARM:
		return 9;
	case EVENT_REFUSED:
		return 7;
	case EVENT_APPLIED:
		return 6;
	case EVENT_RELOAD:
		return e->ok ? 3 : 6;
	case EVENT_MODE:
		return 3;
	case EVENT_ENDED:
	case EVENT_NOTICE:
	case EVENT_NONE:
		break;
	}
	return 2;
}

/* ---- escaping ---- */

/* 'special' is what the place gives a meaning, beside the backslash. */
static void add_escaped(struct text *t, const char *s, char special)
{
	for (; *s; s++) {
		if (*s == '\\' || *s == special)
			text_addf(t, "\\%c", *s);
		else if (*s == '\n' && special == '=')
			text_add(t, "\\n");
		else if (*s == '\r' && special == '=')
			text_add(t, "\\r");
		else if (*s < ' ' || *s > '~')
			text_addf(t, "\\\\x%02x", (unsigned)(unsigned char)*s);
		else
			text_addf(t, "%c", *s);
	}
}

static void add_head(struct text *t, const char *s)
{
	add_escaped(t, s, '|');
	text_add(t, "|");
}

/* What is not known is left out. */
static void put(struct text *t, const char *key, const char *value)
{
	if (!value || !value[0])
		return;
	text_addf(t, " %s=", key);
	add_escaped(t, value, '=');
}

static void put_number(struct text *t, const char *key, int64_t value)
{
	char room[24];

	snprintf(room, sizeof(room), "%" PRId64, value);
	put(t, key, room);
}

/* A field without a meaning of its own, and the label that gives it one. */
static void put_labelled(struct text *t, const char *key, const char *label, const char *value)
{
	char name[32];

	if (!value || !value[0])
		return;
	snprintf(name, sizeof(name), "%sLabel", key);
	put(t, key, value);
	put(t, name, label);
}

static void put_hundredth(struct text *t, const char *key, const char *label, int32_t value)
{
	char room[24];

	snprintf(room, sizeof(room), "%s%d.%02d", value < 0 ? "-" : "", (value < 0 ? -value : value) / 100,
		(value < 0 ? -value : value) % 100);
	put_labelled(t, key, label, room);
}

/* The dictionary's src and dst are IPv4's alone. */
static void put_address(struct text *t, const struct addr *a, bool source)
{
	char room[ADDR_TEXT];

	if (a->family == FAMILY_NONE)
		return;
	addr_format(a, room, sizeof(room));
	if (a->family == FAMILY_V4)
		put(t, source ? "src" : "dst", room);
	else
		put_labelled(t, source ? "c6a2" : "c6a3", source ? "Source IPv6 Address" : "Destination IPv6 Address",
			room);
}

static void put_protocol(struct text *t, uint8_t proto)
{
	switch (proto) {
	case PROTO_TCP:
		put(t, "proto", "TCP");
		break;
	case PROTO_UDP:
		put(t, "proto", "UDP");
		break;
	default:
		if (proto)
			put_number(t, "proto", proto);
	}
}

/* ---- events ---- */

static void put_subject_addr(struct text *t, const struct subject *s)
{
	if (s->kind == SUBJECT_SOURCE || s->kind == SUBJECT_DESTINATION)
		put_address(t, &s->source.addr, s->kind == SUBJECT_SOURCE);
}

static void put_subject(struct text *t, const struct subject *s)
{
	char room[SUBJECT_TEXT];

	subject_format(s, room);
	put_labelled(t, "cs4", "subject", room);
}

static void put_finding(struct text *t, const struct event *e)
{
	const struct finding *f = &e->finding;
	char what[FINDING_TEXT];

	if (f->src.family == FAMILY_NONE) {
		put_subject_addr(t, &f->subject);
	} else {
		put_address(t, &f->src, true);
		put_address(t, &f->dst, false);
	}
	if (f->sport)
		put_number(t, "spt", f->sport);
	if (f->dport)
		put_number(t, "dpt", f->dport);
	put_protocol(t, f->proto);
	finding_format(f, what, sizeof(what));
	put(t, "msg", what);
	put_number(t, "cnt", f->count);
	put_labelled(t, "cs1", "detector", f->rule.name);
	put_labelled(t, "cs2", "proof", proof_name(f->proof));
	put_labelled(t, "cs3", "policy", e->decision.origin);
	put_subject(t, &f->subject);
	put_labelled(t, "cs5", "rule", f->rule.origin);
	put_hundredth(t, "cfp1", "score", f->score);
	put_hundredth(t, "cfp2", "threshold", f->threshold);
	put(t, "dproc", f->who);
}

static void put_measure(struct text *t, const struct event *e)
{
	const struct measure *m = &e->measure;

	put_subject_addr(t, &m->subject);
	put_subject(t, &m->subject);
	if (e->kind == EVENT_ENDED) {
		put_labelled(t, "cs3", "next", response_name(e->next));
		put_number(t, "cnt", m->hits > INT64_MAX ? INT64_MAX : (int64_t)m->hits);
		return;
	}
	put(t, "outcome", e->kind == EVENT_APPLIED ? "success" : "failure");
	if (e->kind == EVENT_REFUSED)
		put(t, "reason", err_text(m->error));
	char room[24];
	snprintf(room, sizeof(room), "%" PRId64, (mono_since(m->until, e->at) + NS_PER_S / 2) / NS_PER_S);
	put_labelled(t, "cn1", "seconds", room);
}

static void put_details(struct text *t, const struct event *e)
{
	switch (e->kind) {
	case EVENT_FINDING:
		put(t, "act", response_name(e->decision.response));
		put_finding(t, e);
		break;
	case EVENT_APPLIED:
	case EVENT_REFUSED:
	case EVENT_ENDED:
		put(t, "act", response_name(e->measure.response));
		put_measure(t, e);
		break;
	case EVENT_RELOAD:
		put(t, "outcome", e->ok ? "success" : "failure");
		break;
	case EVENT_NONE:
	case EVENT_MODE:
	case EVENT_NOTICE:
	case EVENT_ALARM:
		break;
	}
	if (e->kind != EVENT_FINDING)
		put(t, "msg", e->text);
}

static void add_heads(struct text *t, const struct event *e, const char *version)
{
	char sid[16];

	snprintf(sid, sizeof(sid), "%" PRIu32, e->finding.rule.sid);
	text_add(t, "CEF:0|");
	add_head(t, "tidegate");
	add_head(t, "tidegate");
	add_head(t, version);
	add_head(t, e->kind == EVENT_FINDING ? sid : event_word(e));
	add_head(t, e->kind == EVENT_FINDING ? e->finding.rule.name : event_word(e));
	text_addf(t, "%u|", event_cef_severity(e));
}

int event_cef(const struct event *e, const struct event_world *w, const char *version, char *out, size_t size)
{
	char incident[INCIDENT_TEXT] = "";
	struct text t = text_over(out, size);

	add_heads(&t, e, version);
	text_addf(&t, "rt=%" PRId64, stamp_wall(&w->stamp, e->at).ns / NS_PER_MS); /* the first: no space before it */
	put(&t, "dvchost", w->host);
	put(&t, "cat", event_word(e));
	put(&t, "deviceInboundInterface", w->iface);
	if (e->incident)
		incident_id_format(e->incident, incident);
	put(&t, "externalId", incident);
	put_details(&t, e);
	put_labelled(&t, "cs6", "mode", e->enforce ? "enforce" : "detect");
	text_add(&t, "\n");
	if (!t.cut)
		return (int)t.len;
	out[0] = '\0';
	return ERR_FULL;
}
