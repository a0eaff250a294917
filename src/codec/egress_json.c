/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/egress_json.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "codec/json_put.h"
#include "core/packet.h"

void egress_ports_format(uint8_t proto, uint16_t first, uint16_t last, char out[EGRESS_PORTS_TEXT])
{
	struct text t = text_over(out, EGRESS_PORTS_TEXT);
	const char *word = proto_name(proto == PROTO_ICMP6 ? PROTO_ICMP : proto); /* one word in a list for both */
	bool all = first == 0 && last == UINT16_MAX, ports = proto != PROTO_ICMP && proto != PROTO_ICMP6 && (word || !proto);

	if (word)
		text_add(&t, word);
	else if (proto)
		text_addf(&t, "protocol %u", proto);
	if (!ports || (all && proto))
		return;
	text_add(&t, word ? "/" : "");
	if (all)
		text_add(&t, "all");
	else
		text_addf(&t, first == last ? "%u" : "%u-%u", first, last);
}

void egress_actor_format(const struct allowlist *a, char out[EGRESS_ACTOR_TEXT])
{
	struct text t = text_over(out, EGRESS_ACTOR_TEXT);

	switch ((enum actor_kind)a->actor.kind) {
	case ACTOR_GROUP:
		text_add_visible(&t, a->group);
		return;
	case ACTOR_USER:
		if (a->user[0])
			text_addf(&t, "user %s", a->user);
		if (a->actor.uid != OWNER_UNKNOWN)
			text_addf(&t, a->user[0] ? " (uid %u)" : "uid %u", a->actor.uid);
		else
			text_add(&t, ", who is not here");
		return;
	case ACTOR_HOST:
	case ACTOR_KINDS:
		break;
	}
	text_add(&t, "this host");
}

static const char *const kinds[ACTOR_KINDS] = { "host", "user", "group" };

json_t *egress_json_list(const struct egress_list *l, const struct stamp *s)
{
	const struct allowlist *a = &l->list;
	char text[EGRESS_ACTOR_TEXT];
	json_t *o = json_object();

	egress_actor_format(a, text);
	put_text(o, "allowlist", a->title);
	put_text(o, "about", text);
	put_text(o, "kind", a->actor.kind < ACTOR_KINDS ? kinds[a->actor.kind] : "");
	if (a->actor.kind == ACTOR_USER && a->actor.uid != OWNER_UNKNOWN)
		put_int(o, "uid", a->actor.uid);
	if (a->actor.kind == ACTOR_GROUP)
		put_text(o, "group", a->group);
	if (a->actor.kind == ACTOR_GROUP)
		put_bool(o, "present", a->actor.cgroup != 0);
	put_text(o, "mode", a->enforce ? "enforce" : "shadow");
	put_bool(o, "in_force", l->in_force);
	put_text(o, "origin", a->origin);
	put_int(o, "entries", a->n);
	put_count(o, "addresses", l->addresses);
	put_count(o, "refused", l->sum.refused);
	put_count(o, "would_refuse", l->sum.count - l->sum.refused);
	put_count(o, "forgotten", l->sum.forgotten);
	if (l->sum.count)
		put_time(o, "since", s, l->sum.since);
	return o;
}

json_t *egress_json_entry(const struct allow_entry *e)
{
	char text[PREFIX_TEXT], ports[EGRESS_PORTS_TEXT];
	json_t *o = json_object();

	egress_ports_format(e->proto, e->port_first, e->port_last, ports);
	prefix_format(&e->prefix, text, sizeof(text));
	if (e->name[0])
		put_text(o, "name", e->name);
	else
		put_text(o, "address", text);
	put_text(o, "ports", ports);
	put_int(o, "ip_proto", e->proto);
	put_int(o, "port_first", e->port_first);
	put_int(o, "port_last", e->port_last);
	return o;
}

static void put_destination(json_t *o, const struct addr *to, const char *name, uint8_t proto, uint16_t port)
{
	char ports[EGRESS_PORTS_TEXT];

	egress_ports_format(proto, port, port, ports);
	put_addr(o, "to", to);
	put_text(o, "name", name);
	put_text(o, "ports", ports);
	put_int(o, "ip_proto", proto);
	put_int(o, "port", port);
}

json_t *egress_json_shadow(const struct allow_shadow_row *r, const char *title, const struct stamp *s)
{
	json_t *o = json_object();

	put_text(o, "shadow_of", title);
	put_destination(o, &r->to, r->name, r->proto, r->port);
	put_bool(o, "refused", r->refused);
	put_count(o, "count", r->count);
	put_time(o, "first", s, r->first);
	put_time(o, "last", s, r->last);
	put_text(o, "unit", r->unit);
	put_text(o, "comm", r->comm);
	return o;
}

json_t *egress_json_met(const struct reach_record *r)
{
	json_t *o = json_object();

	put_destination(o, &r->to, r->name, r->proto, r->port);
	if (r->uid != OWNER_UNKNOWN)
		put_int(o, "uid", r->uid);
	put_text(o, "unit", r->unit);
	put_count(o, "count", r->count);
	put_int(o, "days", r->days);
	put_int(o, "first_s", r->first_s);
	put_int(o, "last_s", r->last_s);
	put_count(o, "sent", r->bytes[FLOW_THERE]);
	put_count(o, "received", r->bytes[FLOW_BACK]);
	return o;
}

/* ---- and back ---- */

static bool take_text(json_t *o, const char *name, char *out, size_t size)
{
	const char *s = json_string_value(json_object_get(o, name));

	return text_copy(out, size, s ? s : "");
}

static bool take_int(json_t *o, const char *name, int64_t most, int64_t *out)
{
	json_t *v = json_object_get(o, name);

	*out = json_integer_value(v);
	return json_is_integer(v) && *out >= 0 && *out <= most;
}

bool egress_json_take_list(json_t *o, struct allowlist *out)
{
	const char *kind = json_string_value(json_object_get(o, "kind"));
	struct allowlist a = { .actor = { .kind = ACTOR_KINDS, .uid = OWNER_UNKNOWN } };
	int64_t uid;

	for (uint8_t i = 0; kind && i < ACTOR_KINDS; i++)
		if (strcmp(kind, kinds[i]) == 0)
			a.actor.kind = i;
	if (a.actor.kind == ACTOR_KINDS || !take_text(o, "allowlist", a.title, sizeof(a.title)) || !a.title[0] ||
		!take_text(o, "group", a.group, sizeof(a.group)) || !take_text(o, "origin", a.origin, sizeof(a.origin)))
		return false;
	if (take_int(o, "uid", UINT32_MAX - 1, &uid))
		a.actor.uid = (uint32_t)uid;
	*out = a;
	return true;
}

bool egress_json_take_entry(json_t *o, struct allow_entry *out)
{
	const char *address = json_string_value(json_object_get(o, "address"));
	struct allow_entry e = { .proto = 0 };
	int64_t proto, first, last;

	if (!take_int(o, "ip_proto", UINT8_MAX, &proto) || !take_int(o, "port_first", UINT16_MAX, &first) ||
		!take_int(o, "port_last", UINT16_MAX, &last) || !take_text(o, "name", e.name, sizeof(e.name)))
		return false;
	if (!e.name[0] && (!address || prefix_parse(address, &e.prefix)))
		return false;
	e.proto = (uint8_t)proto;
	e.port_first = (uint16_t)first;
	e.port_last = (uint16_t)last;
	*out = e;
	return true;
}

bool egress_json_take_met(json_t *o, struct reach_record *out)
{
	const char *to = json_string_value(json_object_get(o, "to"));
	struct reach_record r = { .uid = OWNER_UNKNOWN };
	int64_t proto, port, count, days, uid;

	if (!to || addr_parse(to, &r.to) || !take_int(o, "ip_proto", UINT8_MAX, &proto) ||
		!take_int(o, "port", UINT16_MAX, &port) || !take_int(o, "count", INT64_MAX, &count) ||
		!take_int(o, "days", UINT16_MAX, &days) || !take_int(o, "first_s", INT64_MAX, &r.first_s) ||
		!take_int(o, "last_s", INT64_MAX, &r.last_s) || !take_text(o, "name", r.name, sizeof(r.name)) ||
		!take_text(o, "unit", r.unit, sizeof(r.unit)))
		return false;
	if (take_int(o, "uid", UINT32_MAX - 1, &uid))
		r.uid = (uint32_t)uid;
	r.proto = (uint8_t)proto;
	r.port = (uint16_t)port;
	r.count = (uint64_t)count;
	r.days = (uint16_t)days;
	*out = r;
	return true;
}
