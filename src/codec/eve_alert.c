/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members that are missing or odd say nothing; without addresses and a signature a line is no alert. */
#include "codec/eve_alert.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/err.h"
#include "base/text.h"

static int no_alert(char why[EVE_WHY], const char *what)
{
	snprintf(why, EVE_WHY, "%s", what);
	return ERR_INVALID;
}

static uint32_t number_of(json_t *o, const char *name, json_int_t most)
{
	const json_int_t n = json_integer_value(json_object_get(o, name));

	return n < 0 || n > most ? 0 : (uint32_t)n;
}

static const char *text_of(json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "";
}

static uint8_t proto_of(const char *name)
{
	static const struct {
		const char *name;
		uint8_t proto;
	} known[] = { { "TCP", PROTO_TCP }, { "UDP", PROTO_UDP }, { "ICMP", PROTO_ICMP }, { "IPv6-ICMP", PROTO_ICMP6 },
		{ "SCTP", PROTO_SCTP } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].proto;
	return 0;
}

static bool ends_of(json_t *o, struct tuple *t)
{
	if (addr_parse(text_of(o, "src_ip"), &t->src) || addr_parse(text_of(o, "dest_ip"), &t->dst))
		return false;
	t->sport = (uint16_t)number_of(o, "src_port", UINT16_MAX);
	t->dport = (uint16_t)number_of(o, "dest_port", UINT16_MAX);
	return true;
}

static void turn_round(struct tuple *t)
{
	const struct tuple was = *t;

	t->src = was.dst;
	t->dst = was.src;
	t->sport = was.dport;
	t->dport = was.sport;
}

static bool connection_of(json_t *event, struct tuple *t)
{
	json_t *flow = json_object_get(event, "flow");
	struct tuple begun;

	memset(t, 0, sizeof(*t));
	if (!ends_of(event, t))
		return false;
	begun = *t;
	if (json_is_object(flow) && ends_of(flow, &begun))
		*t = begun;
	else if (strcmp(text_of(event, "direction"), "to_client") == 0)
		turn_round(t);
	t->proto = proto_of(text_of(event, "proto"));
	return t->src.family == t->dst.family;
}

/* The name goes into logs, mails and terminals: printable ASCII, whatever a rule's author wrote. */
static void put_name(char out[FINDING_ABOUT], const char *name)
{
	size_t n = 0;

	for (; name[n] && n < FINDING_ABOUT - 1; n++)
		out[n] = name[n] >= ' ' && name[n] <= '~' ? name[n] : '?';
	out[n] = '\0';
}

static int read_event(json_t *event, struct eve_alert *out, char why[EVE_WHY])
{
	json_t *alert = json_object_get(event, "alert");
	struct report_alert *a = &out->alert;

	if (!json_is_object(event))
		return no_alert(why, "no JSON object");
	if (strcmp(text_of(event, "event_type"), "alert") != 0 || json_object_get(event, "tidegate"))
		return ERR_ABSENT;
	if (!json_is_object(alert) || !json_is_integer(json_object_get(alert, "signature_id")))
		return no_alert(why, "an alert without a signature_id");
	memset(out, 0, sizeof(*out));
	if (!connection_of(event, &a->tuple))
		return no_alert(why, "an alert without two addresses of one family");
	if (wall_parse(text_of(event, "timestamp"), &out->at))
		return no_alert(why, "an alert without a time");
	a->gid = number_of(alert, "gid", UINT32_MAX);
	a->sid = number_of(alert, "signature_id", UINT32_MAX);
	a->severity = (uint8_t)number_of(alert, "severity", UINT8_MAX);
	if (!a->severity)
		a->severity = 3; /* not said: the mildest that is common */
	put_name(a->text, text_of(alert, "signature"));
	return 0;
}

int eve_alert_read(struct slice line, struct eve_alert *out, char why[EVE_WHY])
{
	json_error_t error;
	json_t *event;
	int err;

	if (line.len > EVE_LINE)
		return no_alert(why, "longer than 256 KiB");
	event = json_loadb((const char *)line.at, line.len, 0, &error);
	if (!event) {
		snprintf(why, EVE_WHY, "no JSON, at its byte %d", error.position);
		return ERR_INVALID;
	}
	err = read_event(event, out, why);
	json_decref(event);
	return err;
}
