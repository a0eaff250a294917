/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of one refresh to JSON; nothing is decided here. */
#include "codec/live_json.h"

#include <stdio.h>

#include "codec/json_put.h"
#include "core/packet.h"

static const char *const ways[HOST_WAYS] = { "in", "out" };

/* "in_bytes_s" and "out_bytes_s", and whatever else there is both ways. */
static void put_both(json_t *o, const char *what, const uint64_t amounts[HOST_WAYS])
{
	char name[32];

	for (int way = 0; way < HOST_WAYS; way++) {
		snprintf(name, sizeof(name), "%s_%s", ways[way], what);
		put_count(o, name, amounts[way]);
	}
}

static void put_owner(json_t *o, const struct live_snapshot *s, uint32_t process)
{
	const struct live_process *p;

	if (process >= s->n_processes)
		return;
	p = &s->processes[process];
	if (p->pid) {
		put_count(o, "pid", p->pid);
		put_text(o, "comm", p->comm);
	}
	if (p->uid != OWNER_UNKNOWN)
		put_count(o, "uid", p->uid);
	if (p->user[0])
		put_text(o, "user", p->user);
	if (p->unit[0])
		put_text(o, "unit", p->unit);
}

static json_t *row(const char *view)
{
	json_t *o = json_object();

	put_text(o, "view", view);
	return o;
}

static json_t *states_value(const struct host_sample *s)
{
	json_t *o = json_object();

	for (int i = 0; i < SOCKET_STATES; i++)
		put_count(o, socket_state_name((enum socket_state)i), s->states[i]);
	return o;
}

static json_t *protos_value(const struct live_view *v)
{
	json_t *list = json_array();

	for (int i = 0; i < HOST_PROTOS; i++) {
		json_t *o = json_object();

		put_text(o, "proto", host_proto_name((enum host_proto)i));
		put_both(o, "packets_s", v->packets[i]);
		json_array_append_new(list, o);
	}
	return list;
}

json_t *live_json_head(const struct live_snapshot *s, const struct live_view *v, const struct stamp *at)
{
	json_t *o = json_object();

	put_time(o, "taken", at, s->at);
	put_seconds(o, "span_s", v->span_ns);
	put_bool(o, "others_counted", s->others_counted);
	put_count(o, "flows", s->n_flows);
	put_count(o, "services", s->n_services);
	put_count(o, "processes", s->n_processes);
	put_count(o, "cut", (uint64_t)s->flows_cut + s->services_cut + s->processes_cut + s->sample.links_cut);
	if (s->sample.known & KNOWN_STATES)
		put_value(o, "states", states_value(&s->sample));
	if (s->sample.known & KNOWN_PROTOS) {
		put_value(o, "protos", protos_value(v));
		put_both(o, "opened_s", v->opened);
		put_count(o, "resets_sent_s", v->resets_sent);
		put_count(o, "unreachable_sent_s", v->unreachable_sent);
	}
	if (s->sample.known & KNOWN_CONNTRACK) {
		put_count(o, "conntrack", s->sample.conntrack);
		put_count(o, "conntrack_max", s->sample.conntrack_max);
	}
	return json_pack("{s:o}", "live", o);
}

json_t *live_json_link(const struct live_view *v, uint32_t i)
{
	const struct live_link_rate *r = &v->links[i];
	char name[LINK_NAME + 1];
	json_t *o = row("interfaces");

	snprintf(name, sizeof(name), "%.*s", LINK_NAME, r->name);
	put_text(o, "name", name);
	put_both(o, "bytes_s", r->bytes);
	put_both(o, "packets_s", r->packets);
	put_both(o, "drops_s", r->dropped);
	put_both(o, "errors_s", r->errors);
	put_both(o, "bytes", r->total);
	return o;
}

json_t *live_json_flow(const struct live_snapshot *s, const struct live_view *v, uint32_t i, const struct stamp *at)
{
	static const char *const directions[FLOW_DIRECTIONS] = { "in", "out", "forward" };
	const struct live_flow *f = &s->flows[i];
	const struct live_flow_rate *r = &v->flows[i];
	json_t *o = row("flows");

	put_proto(o, "proto", f->proto);
	put_addr(o, "local", &f->local);
	put_count(o, "local_port", f->local_port);
	put_addr(o, "remote", &f->remote);
	put_count(o, "remote_port", f->remote_port);
	if (f->direction < FLOW_DIRECTIONS)
		put_text(o, "direction", directions[f->direction]);
	if (f->state < SOCKET_STATES)
		put_text(o, "state", socket_state_name((enum socket_state)f->state));
	if (f->counted) {
		put_both(o, "bytes_s", r->bytes);
		put_both(o, "bytes", f->bytes);
	}
	if (f->loopback)
		put_bool(o, "loopback", true);
	put_time(o, "since", at, r->since);
	put_count(o, "age_s", (uint64_t)(mono_since(s->at, r->since) / NS_PER_S));
	put_owner(o, s, f->process);
	return o;
}

json_t *live_json_service(const struct live_snapshot *s, const struct live_view *v, uint32_t i)
{
	const struct live_service *w = &s->services[i];
	const struct live_service_rate *r = &v->services[i];
	json_t *o = row("services");

	put_proto(o, "proto", w->proto);
	put_count(o, "port", w->port);
	if (w->proto == PROTO_TCP || s->others_counted)
		put_both(o, "bytes_s", r->bytes);
	if (w->proto == PROTO_TCP) {
		put_hundredths(o, "begun_s", (int32_t)(r->begun_centi < INT32_MAX ? r->begun_centi : INT32_MAX));
		put_count(o, "established", w->established);
		put_count(o, "half_open", w->half_open);
		put_count(o, "close_wait", w->close_wait);
		put_count(o, "time_wait", w->time_wait);
		put_count(o, "accept_queue", w->accept_queue);
		put_count(o, "backlog", w->backlog);
	}
	if (w->loopback)
		put_bool(o, "loopback", true);
	put_owner(o, s, w->process);
	return o;
}

json_t *live_json_process(const struct live_snapshot *s, const struct live_view *v, uint32_t i)
{
	const struct live_process_rate *r = &v->processes[i];
	json_t *o = row("processes");

	put_owner(o, s, i);
	put_count(o, "flows", r->flows);
	put_both(o, "bytes_s", r->bytes);
	return o;
}
