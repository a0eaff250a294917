/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/observation_egress.h"

#include <string.h>

#include "base/text.h"
#include "core/names.h"

enum { DNS_ANSWER = 1, DNS_TRUNCATED = 2, DNS_BITS = 3 };

static void put_tuple(struct pen *p, const struct tuple *t)
{
	pen_u8(p, t->proto);
	pen_addr(p, &t->src);
	pen_addr(p, &t->dst);
	pen_be(p, t->sport, 2);
	pen_be(p, t->dport, 2);
}

static void take_tuple(struct cursor *c, struct tuple *t)
{
	t->proto = cursor_u8(c);
	take_addr(c, &t->src);
	take_addr(c, &t->dst);
	t->sport = cursor_be16(c);
	t->dport = cursor_be16(c);
}

void egress_put_owner(struct pen *p, const struct owner_answer *a)
{
	const struct blame *b = &a->blame;

	put_tuple(p, &a->tuple);
	pen_number(p, b->owner.uid);
	pen_number(p, b->owner.inode);
	pen_number(p, b->owner.cgroup);
	pen_u8(p, b->level);
	pen_number(p, b->pid);
	pen_text(p, b->comm, sizeof(b->comm));
	pen_text(p, b->user, sizeof(b->user));
	pen_text(p, b->exe, sizeof(b->exe));
	pen_text(p, b->parent, sizeof(b->parent));
	pen_text(p, b->unit, sizeof(b->unit));
}

void egress_take_owner(struct cursor *c, struct owner_answer *a)
{
	struct blame *b = &a->blame;

	memset(a, 0, sizeof(*a));
	take_tuple(c, &a->tuple);
	b->owner.uid = take_u32(c);
	b->owner.inode = take_u32(c);
	b->owner.cgroup = take_number(c);
	b->level = cursor_u8(c);
	b->pid = take_u32(c);
	take_text(c, b->comm, sizeof(b->comm));
	take_text(c, b->user, sizeof(b->user));
	take_text(c, b->exe, sizeof(b->exe));
	take_text(c, b->parent, sizeof(b->parent));
	take_text(c, b->unit, sizeof(b->unit));
}

void egress_put_reported(struct pen *p, const struct report_alert *a)
{
	put_tuple(p, &a->tuple);
	pen_number(p, a->gid);
	pen_number(p, a->sid);
	pen_u8(p, a->severity);
	pen_text(p, a->text, sizeof(a->text));
}

void egress_take_reported(struct cursor *c, struct report_alert *a)
{
	memset(a, 0, sizeof(*a));
	take_tuple(c, &a->tuple);
	a->gid = take_u32(c);
	a->sid = take_u32(c);
	a->severity = cursor_u8(c);
	take_text(c, a->text, sizeof(a->text));
}

void egress_put_dns(struct pen *p, const struct dns_message *m)
{
	size_t n = m->n_addresses < DNS_ADDRESSES ? m->n_addresses : DNS_ADDRESSES;

	pen_u8(p, (m->answer ? DNS_ANSWER : 0) | (m->truncated ? DNS_TRUNCATED : 0));
	pen_addr(p, &m->client);
	pen_addr(p, &m->server);
	pen_be(p, m->client_port, 2);
	pen_be(p, m->id, 2);
	pen_u8(p, m->rcode);
	pen_number(p, m->type);
	pen_number(p, m->question_bytes);
	pen_number(p, m->answer_bytes);
	pen_be(p, m->answer_digest, sizeof(m->answer_digest));
	pen_text(p, m->name, sizeof(m->name));
	pen_number(p, n);
	for (size_t i = 0; i < n; i++) {
		pen_addr(p, &m->addresses[i].addr);
		pen_number(p, m->addresses[i].ttl_s);
	}
}

void egress_take_dns(struct cursor *c, struct dns_message *m)
{
	uint8_t bits = cursor_u8(c);

	memset(m, 0, sizeof(*m));
	c->failed |= bits > DNS_BITS;
	m->answer = bits & DNS_ANSWER;
	m->truncated = bits & DNS_TRUNCATED;
	take_addr(c, &m->client);
	take_addr(c, &m->server);
	m->client_port = cursor_be16(c);
	m->id = cursor_be16(c);
	m->rcode = cursor_u8(c);
	m->type = (uint16_t)take_below(c, UINT16_MAX);
	m->question_bytes = (uint16_t)take_below(c, UINT16_MAX);
	m->answer_bytes = (uint16_t)take_below(c, UINT16_MAX);
	m->answer_digest = take_be64(c);
	take_text(c, m->name, sizeof(m->name));
	m->n_addresses = (uint8_t)take_below(c, DNS_ADDRESSES);
	for (size_t i = 0; i < m->n_addresses && !c->failed; i++) {
		take_addr(c, &m->addresses[i].addr);
		m->addresses[i].ttl_s = take_u32(c);
	}
}

void egress_put_resolvers(struct pen *p, const struct observation *o)
{
	size_t n = o->resolvers.n < NAMES_RESOLVERS ? o->resolvers.n : NAMES_RESOLVERS;

	pen_number(p, n);
	for (size_t i = 0; i < n; i++)
		pen_addr(p, &o->resolvers.list[i]);
}

size_t egress_take_resolvers(struct cursor *c, struct addr *list, size_t most)
{
	size_t n = (size_t)take_below(c, most);

	for (size_t i = 0; i < n && !c->failed; i++)
		take_addr(c, &list[i]);
	return c->failed ? 0 : n;
}

void egress_put_listed(struct pen *p, const struct observation *o)
{
	char list[LISTED_NAME] = "";

	text_copy(list, sizeof(list), o->listed.list);
	pen_addr(p, &o->listed.addr);
	pen_text(p, list, sizeof(list));
	pen_u8(p, o->listed.refuses);
}

void egress_take_listed(struct cursor *c, struct observation *o, char list[LISTED_NAME])
{
	take_addr(c, &o->listed.addr);
	take_text(c, list, LISTED_NAME);
	o->listed.refuses = take_bool(c);
	o->listed.list = list;
}
