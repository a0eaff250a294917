/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What leaves: whose flows they are, what they carry, what is looked up, what is listed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "scenario.h"

static const uint8_t own[4] = { 10, 0, 0, 1 };

/* "20M" */
static bool bytes_of(const struct story *s, const char *word, uint64_t *out)
{
	char *end;
	uint64_t n;

	if (!word)
		return story_fail(s, "how many bytes?");
	n = strtoull(word, &end, 10);
	*out = n << (*end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0);
	return true;
}

/* owner uid N [unit NAME cgroup N level N] [comm NAME]; owner nobody: no answer comes */
bool verb_owner(struct story *s)
{
	struct world *w = &s->world;
	const char *uid = story_after(s, "uid"), *unit = story_after(s, "unit"), *comm = story_after(s, "comm");
	const char *cgroup = story_after(s, "cgroup"), *level = story_after(s, "level");

	memset(&w->blame, 0, sizeof(w->blame));
	w->owned = uid != NULL;
	if (!uid)
		return story_has(s, "nobody") || story_fail(s, "owner uid N ...; owner nobody");
	w->blame.owner.uid = (uint32_t)strtoul(uid, NULL, 10);
	w->blame.owner.cgroup = cgroup ? strtoull(cgroup, NULL, 10) : 0;
	w->blame.level = level ? (uint8_t)strtoul(level, NULL, 10) : 0;
	text_copy(w->blame.unit, sizeof(w->blame.unit), unit ? unit : "");
	text_copy(w->blame.comm, sizeof(w->blame.comm), comm ? comm : "");
	return true;
}

/* clock: from now on the host tells its time each second */
bool verb_clock(struct story *s)
{
	s->world.clock_on = true;
	return s->n_words == 1 || story_fail(s, "clock");
}

bool verb_resolver(struct story *s)
{
	struct addr a;

	if (s->n_words != 2 || addr_parse(s->words[1], &a))
		return story_fail(s, "resolver ADDR");
	s->world.resolver = a;
	engine_set_resolvers(s->world.engine, &a, 1, s->world.now);
	return true;
}

/* lookup NAME [ADDR ...] [ttl N] */
bool verb_lookup(struct story *s)
{
	static struct dns_message m;
	const char *ttl = story_after(s, "ttl");
	struct world *w = &s->world;

	memset(&m, 0, sizeof(m));
	m.client = addr_v4(own);
	m.server = w->resolver;
	m.client_port = (uint16_t)(20000 + ++w->lookups % 40000);
	m.id = (uint16_t)w->lookups;
	m.type = DNS_TYPE_A;
	if (s->n_words < 2)
		return story_fail(s, "lookup NAME [ADDR ...] [ttl N]");
	text_copy(m.name, sizeof(m.name), s->words[1]);
	m.question_bytes = (uint16_t)(strlen(m.name) + 2);
	engine_dns(w->engine, &m, w->now);
	m.answer = true;
	for (size_t i = 2; i < s->n_words && strcmp(s->words[i], "ttl") && m.n_addresses < DNS_ADDRESSES; i++) {
		struct dns_address *a = &m.addresses[m.n_addresses++];

		if (addr_parse(s->words[i], &a->addr))
			return story_fail(s, "\"%s\" is no address", s->words[i]);
		a->ttl_s = ttl ? (uint32_t)strtoul(ttl, NULL, 10) : 300;
	}
	m.answer_bytes = 200;
	engine_dns(w->engine, &m, w->now);
	world_settle(w);
	return true;
}

/* listed ADDR LIST [refused] */
bool verb_listed(struct story *s)
{
	struct addr a;

	if (s->n_words < 3 || addr_parse(s->words[1], &a))
		return story_fail(s, "listed ADDR LIST");
	engine_listed(s->world.engine, &a, s->words[2], story_has(s, "refused"), s->world.now);
	return true;
}

/* reported SRC:PORT DST:PORT SID SEVERITY */
bool verb_reported(struct story *s)
{
	struct report_alert a = { .gid = 1, .text = "ET TEST", .tuple.proto = PROTO_TCP };

	if (s->n_words != 5 || !story_endpoint(s, s->words[1], &a.tuple.src, &a.tuple.sport) ||
		!story_endpoint(s, s->words[2], &a.tuple.dst, &a.tuple.dport))
		return story_fail(s, "reported SRC:PORT DST:PORT SID SEVERITY");
	a.sid = (uint32_t)strtoul(s->words[3], NULL, 10);
	a.severity = (uint8_t)strtoul(s->words[4], NULL, 10);
	engine_reported(s->world.engine, &a, s->world.now);
	world_settle(&s->world);
	return true;
}

/* moved SRC:PORT DST:PORT out N in N [live]: the flow has ended, or lives and has come so far */
bool verb_moved(struct story *s)
{
	struct flow_end f = { .direction = FLOW_OUT, .teller = TELLER_SOCKET, .proof = PROOF_LOCAL, .weight = 1,
		.tuple.proto = PROTO_TCP, .lasted_ns = NS_PER_S, .owner.uid = OWNER_UNKNOWN,
		.so_far = story_has(s, "live") };

	if (s->n_words < 7 || !story_endpoint(s, s->words[1], &f.tuple.src, &f.tuple.sport) ||
		!story_endpoint(s, s->words[2], &f.tuple.dst, &f.tuple.dport) ||
		!bytes_of(s, story_after(s, "out"), &f.bytes[FLOW_THERE]) ||
		!bytes_of(s, story_after(s, "in"), &f.bytes[FLOW_BACK]))
		return story_fail(s, "moved SRC:PORT DST:PORT out N in N [live]");
	engine_flow_end(s->world.engine, &f, s->world.now);
	world_settle(&s->world);
	return true;
}
