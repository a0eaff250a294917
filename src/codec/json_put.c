/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Members of a jansson object, one function for each kind of value that we write. Real
 * numbers are made from whole ones at the last moment, so that they print with the digits
 * that they have and no more.
 */
#include "codec/json_put.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "core/incident.h"
#include "core/packet.h"

void put_value(json_t *o, const char *name, json_t *value)
{
	if (value)
		json_object_set_new(o, name, value);
}

void put_text(json_t *o, const char *name, const char *s)
{
	json_t *value = json_string(s);
	if (!value) {
		char room[1024];
		struct text t = text_over(room, sizeof(room));
		text_add_escaped(
			&t, (struct slice){ .at = (const uint8_t *)s, .len = strlen(s) });
		value = json_string(room);
	}
	put_value(o, name, value);
}

void put_int(json_t *o, const char *name, int64_t value)
{
	put_value(o, name, json_integer(value));
}

void put_count(json_t *o, const char *name, uint64_t value)
{
	put_int(o, name, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

void put_bool(json_t *o, const char *name, bool value)
{
	put_value(o, name, json_boolean(value));
}

void put_hundredths(json_t *o, const char *name, int32_t value)
{
	if (value % 100 == 0)
		put_int(o, name, value / 100);
	else
		put_value(o, name, json_real((double)value / 100.0));
}

void put_seconds(json_t *o, const char *name, int64_t ns)
{
	int64_t us = ns / 1000;

	if (ns % NS_PER_S == 0)
		put_int(o, name, ns / NS_PER_S);
	else
		put_value(o, name, json_real((double)us / 1e6));
}

void put_time(json_t *o, const char *name, const struct stamp *s, mono_t t)
{
	char room[48];
	if (t.ns == 0)
		return;
	wall_format(stamp_wall(s, t), room, sizeof(room));
	put_text(o, name, room);
}

void put_addr(json_t *o, const char *name, const struct addr *a)
{
	char room[ADDR_TEXT];
	addr_format(a, room, sizeof(room));
	put_text(o, name, room);
}

void put_incident(json_t *o, const char *name, uint64_t id)
{
	char room[INCIDENT_TEXT];
	if (id == 0)
		return;
	incident_id_format(id, room);
	put_text(o, name, room);
}

static const struct {
	uint8_t proto;
	const char *eve;
} protos[] = {
	{ PROTO_TCP, "TCP" },
	{ PROTO_UDP, "UDP" },
	{ PROTO_ICMP, "ICMP" },
	{ PROTO_ICMP6, "IPv6-ICMP" },
	{ PROTO_SCTP, "SCTP" },
};

void put_proto(json_t *o, const char *name, uint8_t proto)
{
	char number[4];
	for (size_t i = 0; i < sizeof(protos) / sizeof(protos[0]); i++) {
		if (protos[i].proto != proto)
			continue;
		put_text(o, name, protos[i].eve);
		return;
	}
	struct text t = text_over(number, sizeof(number));
	text_addf(&t, "%u", proto);
	put_text(o, name, number);
}

static void add_service(struct text *t, uint8_t proto, uint16_t port)
{
	const char *name = proto_name(proto);

	if (name)
		text_addf(t, "%s/%u", name, port);
	else
		text_addf(t, "%u/%u", proto, port);
}

static void add_actor(struct text *t, const struct actor *a)
{
	if (a->kind == ACTOR_USER)
		text_addf(t, "uid:%" PRIu32, a->uid);
	else if (a->kind == ACTOR_GROUP)
		text_addf(t, "cgroup:%" PRIu64, a->cgroup);
	else
		text_add(t, "host");
}

void subject_format(const struct subject *s, char out[SUBJECT_TEXT])
{
	char prefix[PREFIX_TEXT];
	struct text t = text_over(out, SUBJECT_TEXT);

	switch (s->kind) {
	case SUBJECT_NONE:
		text_add(&t, "nobody");
		return;
	case SUBJECT_HOST:
		text_add(&t, "this host");
		return;
	case SUBJECT_SERVICE:
		add_service(&t, s->proto, s->port);
		return;
	case SUBJECT_ACTOR:
		add_actor(&t, &s->actor);
		return;
	case SUBJECT_DESTINATION:
	case SUBJECT_SOURCE:
		prefix_format(&s->source, prefix, sizeof(prefix));
		text_add(&t, prefix);
		if (s->proto == 0)
			return;
		text_add(&t, " at ");
		add_service(&t, s->proto, s->port);
		return;
	}
}
