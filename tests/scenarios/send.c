/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * send SRC[:PORT] DST:PORT [tcp FLAGS | udp | icmp TYPE] [xN] [every D] [src+] [sport+] [dport+] [ttl N]
 * "copy" is the same without a verdict, "sent" what this host sends, "forward" what passes through.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"
#include "support/craft.h"

struct plan {
	struct craft c;
	unsigned times;
	int64_t every_ns;
	bool src_step, dst_step, sport_step, dport_step;
};

/* "192.0.2.1:80", "[2001:db8::1]:80", or an address alone. */
bool story_endpoint(const struct story *s, const char *word, struct addr *a, uint16_t *port)
{
	char host[ADDR_TEXT + 2];
	const char *colon = strrchr(word, ':'), *bracket = strchr(word, ']');
	size_t len = strlen(word);

	if (*word == '[' && bracket) {
		len = (size_t)(bracket - word - 1);
		word++;
		colon = bracket[1] == ':' ? bracket + 1 : NULL;
	} else if (colon && strchr(word, ':') == colon) {
		len = (size_t)(colon - word);
	} else {
		colon = NULL;
	}
	if (len >= sizeof(host))
		return story_fail(s, "\"%s\" is no endpoint", word);
	memcpy(host, word, len);
	host[len] = '\0';
	if (addr_parse(host, a))
		return story_fail(s, "\"%s\" is no address", host);
	if (colon)
		*port = (uint16_t)strtoul(colon + 1, NULL, 10);
	return true;
}

static uint8_t flags_of(const char *word)
{
	static const char letters[] = "FSRPAUEC";
	uint8_t flags = 0;

	for (; *word && strcmp(word, "none"); word++) {
		const char *at = strchr(letters, *word);

		if (at)
			flags |= (uint8_t)(1 << (at - letters));
	}
	return flags;
}

static bool protocol(struct story *s, struct plan *p)
{
	const char *flags = story_after(s, "tcp"), *type = story_after(s, "icmp");

	p->c.proto = PROTO_TCP;
	if (flags)
		p->c.tcp_flags = flags_of(flags);
	else if (story_has(s, "udp"))
		p->c.proto = PROTO_UDP;
	else if (story_has(s, "sctp"))
		p->c.proto = PROTO_SCTP;
	else if (type) {
		p->c.proto = p->c.src.family == FAMILY_V6 ? PROTO_ICMP6 : PROTO_ICMP;
		p->c.icmp_type = (uint8_t)strtoul(type, NULL, 10);
	} else
		return story_fail(s, "which protocol?");
	return true;
}

static bool options(struct story *s, struct plan *p)
{
	p->times = 1;
	for (size_t i = 3; i < s->n_words; i++)
		if (s->words[i][0] == 'x' && s->words[i][1] >= '0' && s->words[i][1] <= '9')
			p->times = (unsigned)strtoul(s->words[i] + 1, NULL, 10);
	p->src_step = story_has(s, "src+");
	p->dst_step = story_has(s, "dst+");
	p->sport_step = story_has(s, "sport+");
	p->dport_step = story_has(s, "dport+");
	if (story_after(s, "ttl"))
		p->c.ttl = (uint8_t)strtoul(story_after(s, "ttl"), NULL, 10);
	if (story_after(s, "payload"))
		p->c.payload = (uint16_t)strtoul(story_after(s, "payload"), NULL, 10);
	return !story_after(s, "every") || story_duration(s, story_after(s, "every"), &p->every_ns);
}

/* The next address: the last byte of an IPv4 one (carrying), the last byte of an IPv6 /64. */
static void step_addr(struct addr *a)
{
	int i = a->family == FAMILY_V4 ? 3 : 7;

	while (i >= 0 && ++a->bytes[i] == 0)
		i--;
}

bool verb_send(struct story *s)
{
	struct plan p = { .c = { .sport = 40000 } };
	const char *verb = s->words[0];
	enum hook hook = HOOK_INPUT;
	uint8_t bytes[2048];

	if (s->n_words < 4 || !story_endpoint(s, s->words[1], &p.c.src, &p.c.sport) ||
		!story_endpoint(s, s->words[2], &p.c.dst, &p.c.dport) || !options(s, &p) ||
		!protocol(s, &p))
		return s->n_words >= 4 ? false : story_fail(s, "send SRC DST PROTOCOL ...");
	if (!strcmp(verb, "sent"))
		hook = HOOK_OUTPUT;
	else if (!strcmp(verb, "forward"))
		hook = HOOK_FORWARD;
	memset(s->world.verdicts, 0, sizeof(s->world.verdicts));
	for (unsigned i = 0; i < p.times; i++) {
		size_t len = craft_packet(&p.c, bytes, sizeof(bytes));

		if (!len)
			return story_fail(s, "no such packet");
		world_packet(&s->world, bytes, len, hook, strcmp(verb, "copy") != 0 &&
			(hook != HOOK_OUTPUT || story_has(s, "held")));
		if (p.every_ns)
			world_advance(&s->world, p.every_ns);
		p.c.dport = (uint16_t)(p.c.dport + p.dport_step);
		p.c.sport = (uint16_t)(p.c.sport + p.sport_step);
		if (p.src_step)
			step_addr(&p.c.src);
		if (p.dst_step)
			step_addr(&p.c.dst);
	}
	return true;
}
