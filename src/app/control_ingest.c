/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ingest: one alert of another program, into the engine. A bound a second, so that a flood of alerts is no flood of us. */
#include <string.h>

#include "app/control_verbs.h"
#include "base/err.h"
#include "base/text.h"

#define ALERTS_A_SECOND 200

static void put_report(void *ctx, struct engine *e, mono_t now)
{
	engine_reported(e, ctx, now);
}

static bool has_room(struct control *c, mono_t now)
{
	const int64_t second = now.ns / NS_PER_S;

	if (second != c->ingest_second) {
		c->ingest_second = second;
		c->ingested = 0;
	}
	if (c->ingested == ALERTS_A_SECOND)
		return false;
	c->ingested++;
	return true;
}

static int take_end(struct control_call *k, const char *name, struct addr *out)
{
	const char *text = ctl_request_text(k->request, name);

	if (text && addr_parse(text, out) == 0)
		return CTL_OK;
	return control_fail(k, CTL_USAGE, "%s: '%.64s' is no address", name, text ? text : "");
}

static int take_number(struct control_call *k, const char *name, int64_t most, uint32_t *out)
{
	const int64_t n = ctl_request_number(k->request, name, 0);

	if (n < 0 || n > most)
		return control_fail(k, CTL_USAGE, "%s: %lld is out of its range", name, (long long)n);
	*out = (uint32_t)n;
	return CTL_OK;
}

static int take_alert(struct control_call *k, struct report_alert *a)
{
	const char *text = ctl_request_text(k->request, "text");
	uint32_t sport = 0, dport = 0, proto = 0, severity = 0;
	int code = take_end(k, "src", &a->tuple.src);

	code = code ? code : take_end(k, "dst", &a->tuple.dst);
	code = code ? code : take_number(k, "sport", UINT16_MAX, &sport);
	code = code ? code : take_number(k, "dport", UINT16_MAX, &dport);
	code = code ? code : take_number(k, "proto", UINT8_MAX, &proto);
	code = code ? code : take_number(k, "severity", UINT8_MAX, &severity);
	code = code ? code : take_number(k, "gid", UINT32_MAX, &a->gid);
	code = code ? code : take_number(k, "sid", UINT32_MAX, &a->sid);
	if (code)
		return code;
	if (a->tuple.src.family != a->tuple.dst.family)
		return control_fail(k, CTL_USAGE, "src and dst are of two families");
	a->tuple.sport = (uint16_t)sport;
	a->tuple.dport = (uint16_t)dport;
	a->tuple.proto = (uint8_t)proto;
	a->severity = (uint8_t)severity;
	text_copy(a->text, sizeof(a->text), text ? text : "");
	for (char *c = a->text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return CTL_OK;
}

int control_ingest(struct control_call *k)
{
	struct report_alert alert = { .gid = 0 };
	int code = take_alert(k, &alert);
	bool taken;

	if (code)
		return code;
	taken = has_room(k->control, k->stamp.mono);
	if (taken && door_call(k->control->door, put_report, &alert))
		return control_fail_door(k, ERR_AGAIN);
	return control_send(k, json_pack("{s:b}", "ingested", taken));
}
