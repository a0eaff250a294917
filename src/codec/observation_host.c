/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of numbers and their differences. A row is laid out once, by a function that both ways share: row_of_* copies a
 * value into it, or a row back into the value.
 */
#include "codec/observation_host.h"

#include <string.h>

#define ROW 40 /* numbers of the longest row */

enum row_way { TO_ROW, FROM_ROW };

/* ---- rows ---- */

static void put_row(struct pen *p, const uint64_t *now, const uint64_t *before, size_t n)
{
	uint64_t differs = 0;

	for (size_t i = 0; i < n; i++)
		differs |= (uint64_t)(now[i] != before[i]) << i;
	pen_number(p, differs);
	for (size_t i = 0; i < n; i++)
		if (differs >> i & 1)
			pen_signed(p, (int64_t)(now[i] - before[i]));
}

static void take_row(struct cursor *c, uint64_t *now, const uint64_t *before, size_t n)
{
	uint64_t differs = take_below(c, (UINT64_C(1) << n) - 1);

	for (size_t i = 0; i < n; i++)
		now[i] = before[i] + (differs >> i & 1 ? (uint64_t)take_signed(c) : 0);
}

static void cell64(uint64_t *row, size_t *at, uint64_t *value, enum row_way way)
{
	if (way == TO_ROW)
		row[*at] = *value;
	else
		*value = row[*at];
	(*at)++;
}

static void cell32(uint64_t *row, size_t *at, uint32_t *value, enum row_way way)
{
	uint64_t wide = *value;

	cell64(row, at, &wide, way);
	*value = (uint32_t)wide;
}

/* ---- the census ---- */

static size_t row_of_service(uint64_t row[ROW], struct service_census *s, enum row_way way)
{
	size_t n = 0;

	cell32(row, &n, &s->half_open, way);
	cell32(row, &n, &s->half_open_old, way);
	cell32(row, &n, &s->accept_queue, way);
	cell32(row, &n, &s->backlog, way);
	cell32(row, &n, &s->established, way);
	cell32(row, &n, &s->close_wait, way);
	cell32(row, &n, &s->time_wait, way);
	return n;
}

void host_said_census(struct host_said *s, const struct service_census *list, size_t n)
{
	s->n = n < HOST_SAID_SERVICES ? n : HOST_SAID_SERVICES;
	if (s->n)
		memcpy(s->services, list, s->n * sizeof(list[0]));
}

static bool pressed(const struct pressure *p)
{
	return p->listen_overflows || p->listen_drops || p->cookies_sent || p->queue_full;
}

bool census_is_empty(const struct observation *o)
{
	return !o->census.n && !pressed(o->census.pressure);
}

static bool service_same(const struct service_census *a, const struct service_census *b)
{
	struct service_census x = *a, y = *b;
	uint64_t of_x[ROW], of_y[ROW];
	size_t n = row_of_service(of_x, &x, TO_ROW);

	row_of_service(of_y, &y, TO_ROW);
	return a->proto == b->proto && a->port == b->port && memcmp(of_x, of_y, n * sizeof(of_x[0])) == 0;
}

bool census_is_same(const struct observation *o, const struct host_said *before)
{
	if (o->census.n != before->n || pressed(o->census.pressure))
		return false;
	for (size_t i = 0; i < before->n; i++)
		if (!service_same(&o->census.services[i], &before->services[i]))
			return false;
	return true;
}

/* The one of before at the same place, where it is of the same port. */
static struct service_census base_of(const struct host_said *before, size_t i, uint8_t proto, uint16_t port)
{
	if (i < before->n && before->services[i].proto == proto && before->services[i].port == port)
		return before->services[i];
	return (struct service_census){ .proto = proto, .port = port };
}

void host_put_census(struct pen *p, const struct observation *o, size_t most, const struct host_said *before)
{
	size_t n = o->census.n < most ? o->census.n : most;
	const struct pressure *x = o->census.pressure;

	pen_number(p, x->listen_overflows);
	pen_number(p, x->listen_drops);
	pen_number(p, x->cookies_sent);
	pen_number(p, x->queue_full);
	pen_number(p, n);
	for (size_t i = 0; i < n; i++) {
		struct service_census s = o->census.services[i], base = base_of(before, i, s.proto, s.port);
		uint64_t now[ROW], then[ROW];

		pen_u8(p, s.proto);
		pen_number(p, s.port);
		row_of_service(then, &base, TO_ROW);
		put_row(p, now, then, row_of_service(now, &s, TO_ROW));
	}
}

size_t host_take_census(struct cursor *c, struct service_census *list, size_t most, struct pressure *pressure,
	const struct host_said *before)
{
	size_t n;

	pressure->listen_overflows = take_u32(c);
	pressure->listen_drops = take_u32(c);
	pressure->cookies_sent = take_u32(c);
	pressure->queue_full = take_u32(c);
	n = (size_t)take_below(c, most);
	for (size_t i = 0; i < n && !c->failed; i++) {
		uint8_t proto = cursor_u8(c);
		uint16_t port = (uint16_t)take_below(c, UINT16_MAX);
		uint64_t now[ROW], then[ROW];

		list[i] = base_of(before, i, proto, port);
		take_row(c, now, then, row_of_service(then, &list[i], TO_ROW));
		row_of_service(now, &list[i], FROM_ROW);
	}
	return n;
}

/* ---- samples ---- */

static size_t row_of_sample(uint64_t row[ROW], struct host_sample *s, enum row_way way)
{
	uint32_t offset = (uint32_t)s->utc_offset_s;
	size_t n = 0;

	for (size_t p = 0; p < HOST_PROTOS; p++)
		for (size_t w = 0; w < HOST_WAYS; w++)
			cell64(row, &n, &s->packets[p][w], way);
	for (size_t w = 0; w < HOST_WAYS; w++)
		cell64(row, &n, &s->opened[w], way);
	cell64(row, &n, &s->resets_sent, way);
	cell64(row, &n, &s->unreachable_sent, way);
	for (size_t i = 0; i < SOCKET_STATES; i++)
		cell32(row, &n, &s->states[i], way);
	cell32(row, &n, &s->states_age_ms, way);
	cell32(row, &n, &s->conntrack, way);
	cell32(row, &n, &s->conntrack_max, way);
	cell32(row, &n, &s->known, way);
	cell32(row, &n, &s->links_cut, way);
	cell32(row, &n, &offset, way);
	s->utc_offset_s = (int32_t)offset;
	return n;
}

static size_t row_of_link(uint64_t row[ROW], struct link_counters *l, enum row_way way)
{
	size_t n = 0;

	cell32(row, &n, &l->index, way);
	for (size_t w = 0; w < HOST_WAYS; w++) {
		cell64(row, &n, &l->bytes[w], way);
		cell64(row, &n, &l->packets[w], way);
		cell64(row, &n, &l->dropped[w], way);
		cell64(row, &n, &l->errors[w], way);
	}
	return n;
}

static uint32_t links_of(const struct host_sample *s)
{
	return s->n_links < SAMPLE_LINKS ? s->n_links : SAMPLE_LINKS;
}

void host_put_sample(struct pen *p, const struct host_sample *s, const struct host_sample *before)
{
	struct host_sample now = *s, base = *before;
	uint64_t row[ROW], then[ROW];

	pen_signed(p, s->wall.ns - before->wall.ns);
	row_of_sample(then, &base, TO_ROW);
	put_row(p, row, then, row_of_sample(row, &now, TO_ROW));
	pen_number(p, links_of(s));
	for (uint32_t i = 0; i < links_of(s); i++) {
		bool same = i < links_of(before) && memcmp(s->links[i].name, before->links[i].name, LINK_NAME) == 0;
		struct link_counters l = s->links[i], was = same ? before->links[i] : (struct link_counters){ 0 };

		pen_u8(p, same);
		if (!same)
			pen_text(p, l.name, LINK_NAME);
		row_of_link(then, &was, TO_ROW);
		put_row(p, row, then, row_of_link(row, &l, TO_ROW));
	}
}

void host_take_sample(struct cursor *c, struct host_sample *s, const struct host_sample *before)
{
	uint64_t row[ROW], then[ROW];
	size_t n;

	*s = *before;
	s->wall.ns = (int64_t)((uint64_t)before->wall.ns + (uint64_t)take_signed(c));
	c->failed |= s->wall.ns < 0;
	n = row_of_sample(then, s, TO_ROW);
	take_row(c, row, then, n);
	row_of_sample(row, s, FROM_ROW);
	s->n_links = (uint32_t)take_below(c, SAMPLE_LINKS);
	for (uint32_t i = 0; i < s->n_links && !c->failed; i++) {
		bool same = take_bool(c);

		c->failed |= same && i >= links_of(before);
		s->links[i] = same && !c->failed ? before->links[i] : (struct link_counters){ 0 };
		if (!same)
			take_text(c, s->links[i].name, LINK_NAME);
		n = row_of_link(then, &s->links[i], TO_ROW);
		take_row(c, row, then, n);
		row_of_link(row, &s->links[i], FROM_ROW);
	}
	for (uint32_t i = s->n_links; i < SAMPLE_LINKS; i++)
		s->links[i] = (struct link_counters){ 0 };
}

/* ---- flows ---- */

#define SO_FAR 0x80u /* beside direction, teller and proof */

void host_put_flow_end(struct pen *p, const struct flow_end *f)
{
	const struct tuple *t = &f->tuple;

	pen_u8(p, f->direction | (unsigned)f->teller << 2 | (unsigned)f->proof << 4 | (f->so_far ? SO_FAR : 0));
	pen_u8(p, t->proto);
	pen_addr(p, &t->src);
	pen_addr(p, &t->dst);
	pen_be(p, t->sport, 2);
	pen_be(p, t->dport, 2);
	pen_number(p, f->weight);
	for (size_t w = 0; w < FLOW_WAYS; w++) {
		pen_number(p, f->packets[w]);
		pen_number(p, f->bytes[w]);
	}
	pen_signed(p, f->lasted_ns);
	pen_number(p, f->owner.uid);
	pen_number(p, f->owner.inode);
	pen_number(p, f->owner.cgroup);
}

void host_take_flow_end(struct cursor *c, struct flow_end *f)
{
	struct tuple *t = &f->tuple;
	uint8_t what = cursor_u8(c);

	memset(f, 0, sizeof(*f));
	f->direction = what & 3;
	f->teller = what >> 2 & 3;
	f->proof = what >> 4 & 7;
	f->so_far = what & SO_FAR;
	c->failed |= f->direction >= FLOW_DIRECTIONS || f->teller > TELLER_CAPTURE || f->proof > PROOF_LOCAL;
	t->proto = cursor_u8(c);
	take_addr(c, &t->src);
	take_addr(c, &t->dst);
	t->sport = cursor_be16(c);
	t->dport = cursor_be16(c);
	f->weight = (uint16_t)take_below(c, UINT16_MAX);
	for (size_t w = 0; w < FLOW_WAYS; w++) {
		f->packets[w] = take_number(c);
		f->bytes[w] = take_number(c);
	}
	f->lasted_ns = take_signed(c);
	f->owner.uid = take_u32(c);
	f->owner.inode = take_u32(c);
	f->owner.cgroup = take_number(c);
}

/* ---- holders ---- */

static size_t row_of_holders(uint64_t row[ROW], struct service_holders *s, enum row_way way)
{
	size_t n = 0;

	cell32(row, &n, &s->open, way);
	cell32(row, &n, &s->slow, way);
	cell32(row, &n, &s->close_wait, way);
	cell32(row, &n, &s->peers, way);
	cell32(row, &n, &s->median, way);
	return n;
}

void host_put_holders(struct pen *p, const struct observation *o)
{
	static const uint64_t none[ROW];
	size_t n = o->holders.n < HOLDERS_SERVICES ? o->holders.n : HOLDERS_SERVICES;

	pen_number(p, n);
	for (size_t i = 0; i < n; i++) {
		struct service_holders s = o->holders.services[i];
		uint64_t row[ROW];

		pen_u8(p, s.proto);
		pen_number(p, s.port);
		put_row(p, row, none, row_of_holders(row, &s, TO_ROW));
		pen_number(p, s.n_top < HOLDERS_TOP ? s.n_top : HOLDERS_TOP);
		for (uint32_t k = 0; k < s.n_top && k < HOLDERS_TOP; k++) {
			pen_addr(p, &s.top[k].peer);
			pen_number(p, s.top[k].open);
			pen_number(p, s.top[k].slow);
			pen_number(p, s.top[k].close_wait);
		}
	}
}

static void take_top(struct cursor *c, struct service_holders *s)
{
	s->n_top = (uint32_t)take_below(c, HOLDERS_TOP);
	for (uint32_t k = 0; k < s->n_top && !c->failed; k++) {
		take_addr(c, &s->top[k].peer);
		s->top[k].open = take_u32(c);
		s->top[k].slow = take_u32(c);
		s->top[k].close_wait = take_u32(c);
	}
}

size_t host_take_holders(struct cursor *c, struct service_holders *list, size_t most)
{
	static const uint64_t none[ROW];
	size_t n = (size_t)take_below(c, most);

	for (size_t i = 0; i < n && !c->failed; i++) {
		uint64_t row[ROW];

		list[i] = (struct service_holders){ .proto = cursor_u8(c) };
		list[i].port = (uint16_t)take_below(c, UINT16_MAX);
		take_row(c, row, none, row_of_holders(row, &list[i], TO_ROW));
		row_of_holders(row, &list[i], FROM_ROW);
		take_top(c, &list[i]);
	}
	return n;
}

/* ---- names ---- */

void host_put_names(struct pen *p, const struct observation *o)
{
	size_t n = o->names.n < SERVICE_NAMES ? o->names.n : SERVICE_NAMES;

	pen_number(p, n);
	for (size_t i = 0; i < n; i++) {
		pen_u8(p, o->names.list[i].proto);
		pen_number(p, o->names.list[i].port);
		pen_text(p, o->names.list[i].who, FINDING_WHO - 1);
	}
}

size_t host_take_names(struct cursor *c, struct service_name *list, size_t most)
{
	size_t n = (size_t)take_below(c, most);

	for (size_t i = 0; i < n && !c->failed; i++) {
		list[i] = (struct service_name){ .proto = cursor_u8(c) };
		list[i].port = (uint16_t)take_below(c, UINT16_MAX);
		take_text(c, list[i].who, FINDING_WHO);
	}
	return n;
}
