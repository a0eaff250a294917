/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A day without an attack, of the kind that wrongs people: mail clients with dead ports, an office behind one address,
 * late answers of a resolver, a service that restarts while its clients knock, packets that answer what others sent in
 * our name. The team was a part of the office at first, and stands apart since it turned out to be the one that the
 * shipped rules get wrong.
 */
#include "stream.h"

#define WORK_BEGINS (STREAM_START + 8 * HOUR)
#define WORK_ENDS (STREAM_START + 17 * HOUR)

static const uint16_t crowd[ROLES] = {
	[ROLE_WEB] = 30, [ROLE_MAIL] = 5, [ROLE_OFFICE] = 1, [ROLE_MONITOR] = 1, [ROLE_PEER] = 60,
	[ROLE_RESOLVER] = 2, [ROLE_RETRY] = 20, [ROLE_SSH] = 5, [ROLE_TEAM] = 1, [ROLE_BACKSCATTER] = 5,
};

size_t benign_sources(void)
{
	size_t n = 0;

	for (size_t r = 0; r < ROLES; r++)
		n += crowd[r];
	return n;
}

static struct visit *call(struct stream *s, uint32_t src, uint16_t port, int64_t at)
{
	return stream_add(s, (struct visit){ .at = at, .src = src, .dport = port,
		.proto = PROTO_TCP, .flags = TCP_SYN });
}

static void set_ending(struct visit *c, enum ending e, int64_t after)
{
	c->ending = (uint8_t)e;
	c->ended = c->at + after;
}

/* Two in a hundred fail: a SYN that is lost and sent again, or somebody who presses "stop". */
static void browse(struct stream *s, uint32_t src, uint16_t port, int64_t at)
{
	uint32_t luck = stream_between(s, 0, 99);

	if (luck == 0) {
		set_ending(call(s, src, port, at), ENDING_SILENT, 5 * NS_PER_S);
		at += NS_PER_S;
	}
	if (luck == 1)
		set_ending(call(s, src, port, at), ENDING_RESET, 30 * NS_PER_MS);
	else
		call(s, src, port, at);
}

static void web(struct stream *s, uint32_t src)
{
	for (int64_t at = STREAM_START + stream_gap(s, 20 * MINUTE); at < STREAM_START + DAY;
		at += stream_gap(s, 40 * MINUTE)) {
		browse(s, src, 80, at);
		for (int i = 1; i <= 6; i++)
			browse(s, src, 443, at + i * 40 * NS_PER_MS);
	}
}

/* Set up years ago, when the same host spoke POP3 and SMTP as well. Each is tried twice. */
static void mail(struct stream *s, uint32_t src)
{
	static const uint16_t dead[] = { 110, 143, 465, 587 };

	for (int64_t at = STREAM_START + stream_gap(s, 5 * MINUTE); at < STREAM_START + DAY;
		at += stream_gap(s, 10 * MINUTE)) {
		call(s, src, 993, at);
		for (int64_t i = 0; i < 4; i++) {
			call(s, src, dead[i], at + NS_PER_S + i * 300 * NS_PER_MS);
			call(s, src, dead[i], at + 4 * NS_PER_S + i * 300 * NS_PER_MS);
		}
	}
}

/* A connection and a half each second in working hours, and five things that some still look for here: two old web
 * interfaces, remote desktop, the old VPN and the old telephone. */
static void office(struct stream *s, uint32_t src)
{
	static const struct {
		uint16_t port;
		uint8_t proto;
	} dead[] = { { 8443, PROTO_TCP }, { 8080, PROTO_TCP }, { 3389, PROTO_TCP }, { 1194, PROTO_UDP },
		{ 5060, PROTO_UDP } };
	static const uint16_t live[] = { 443, 443, 443, 443, 443, 443, 443, 80, 993, 993 };

	for (int64_t at = WORK_BEGINS; at < WORK_ENDS; at += stream_gap(s, 700 * NS_PER_MS))
		browse(s, src, live[stream_between(s, 0, 9)], at);
	for (size_t i = 0; i < sizeof(dead) / sizeof(dead[0]); i++)
		for (int64_t at = WORK_BEGINS + stream_gap(s, 30 * MINUTE); at < WORK_ENDS;
			at += stream_gap(s, 40 * MINUTE))
			for (int64_t again = 0; again < 3; again++)
				stream_add(s, (struct visit){ .at = at + again * NS_PER_S, .src = src,
					.dport = dead[i].port, .proto = dead[i].proto,
					.flags = dead[i].proto == PROTO_TCP ? TCP_SYN : 0 });
}

/* Every 300 s; most checks connect and hang up, and two are of services that have gone. */
static void monitor(struct stream *s, uint32_t src)
{
	static const uint16_t checks[] = { 22, 80, 443, 993, 5666, 8080 };

	for (int64_t at = STREAM_START + MINUTE; at < STREAM_START + DAY; at += 300 * NS_PER_S)
		for (int64_t i = 0; i < 6; i++) {
			struct visit *c = call(s, src, checks[i], at + i * 200 * NS_PER_MS);

			if (c->service)
				c->ending = ENDING_BARE;
		}
}

/* It still has our address from whoever had it before: one port, TCP or UDP, now and then, and three times. */
static void peer(struct stream *s, uint32_t src)
{
	bool udp = stream_between(s, 0, 1);

	for (int64_t at = STREAM_START + stream_gap(s, 30 * MINUTE); at < STREAM_START + DAY;
		at += stream_gap(s, 45 * MINUTE))
		for (int64_t again = 0; again < 3; again++)
			stream_add(s, (struct visit){ .at = at + again * NS_PER_S, .src = src, .dport = 51413,
				.proto = udp ? PROTO_UDP : PROTO_TCP, .flags = udp ? 0 : TCP_SYN });
}

/*
 * We ask, from a port of its own each time. As a rule the answer is part of the flow and nobody's business; once a day
 * the resolver is slow for half a minute, and the answers come when conntrack (30 s) has forgotten the questions.
 */
static void resolver(struct stream *s, uint32_t src)
{
	int64_t slow = STREAM_START + stream_between(s, 1, 23) * HOUR;

	for (int64_t at = STREAM_START; at < STREAM_START + DAY; at += stream_gap(s, 10 * NS_PER_S))
		stream_add(s, (struct visit){ .at = at, .src = src, .proto = PROTO_UDP, .dport = 53,
			.sport = (uint16_t)stream_between(s, 32768, 60999), .sent = true });
	for (int64_t i = 0; i < 100; i++) {
		int64_t at = slow + i * 300 * NS_PER_MS;
		uint16_t port = (uint16_t)(32768 + (uint16_t)i * 281);

		stream_add(s, (struct visit){ .at = at, .src = src, .proto = PROTO_UDP, .dport = 53,
			.sport = port, .sent = true });
		stream_add(s, (struct visit){ .at = slow + 45 * NS_PER_S + i * 100 * NS_PER_MS, .src = src,
			.proto = PROTO_UDP, .sport = 53, .dport = port });
	}
}

/* Served all day; while the service is away they try again every second or two. */
static void retry(struct stream *s, uint32_t src)
{
	for (int64_t at = STREAM_START + stream_gap(s, 10 * MINUTE); at < STREAM_START + DAY;
		at += stream_gap(s, 20 * MINUTE))
		browse(s, src, 443, at);
	for (int64_t at = s->down_from + stream_gap(s, NS_PER_S); at < s->down_until + NS_PER_S;
		at += stream_gap(s, 1500 * NS_PER_MS))
		call(s, src, 443, at);
}

static void log_in(struct stream *s, uint32_t src, int64_t at, enum login l)
{
	struct visit *c = call(s, src, 22, at);

	c->login = (uint8_t)l;
	c->ended = at + 2 * NS_PER_S;
}

/* Two that deploy and collect, once a minute; three people who get their password right the fourth time. */
static void ssh(struct stream *s, uint32_t src, uint32_t n)
{
	if (n <= 2) {
		for (int64_t at = STREAM_START + n * NS_PER_S; at < STREAM_START + DAY; at += MINUTE)
			log_in(s, src, at, LOGIN_GOOD);
		return;
	}
	for (int64_t at = STREAM_START + stream_gap(s, HOUR); at < STREAM_START + DAY; at += stream_gap(s, 6 * HOUR))
		for (int64_t i = 0; i < 4; i++)
			log_in(s, src, at + i * 8 * NS_PER_S, i == 3 ? LOGIN_GOOD : LOGIN_FAILED);
}

/* git and deployments of a hundred developers. */
static void team(struct stream *s, uint32_t src)
{
	for (int64_t at = WORK_BEGINS; at < WORK_ENDS; at += stream_gap(s, 7 * NS_PER_S))
		log_in(s, src, at, LOGIN_GOOD);
}

/* Somebody floods a server and forges our address: its SYN-ACKs and RSTs come here, to any port, for ten minutes. */
static void backscatter(struct stream *s, uint32_t src)
{
	int64_t at = STREAM_START + stream_between(s, 0, 23) * HOUR;

	for (int i = 0; i < 2000; i++) {
		at += stream_gap(s, 300 * NS_PER_MS);
		stream_add(s, (struct visit){ .at = at, .src = src, .proto = PROTO_TCP,
			.sport = stream_between(s, 0, 1) ? 80 : 443, .dport = (uint16_t)stream_between(s, 1, 65535),
			.flags = stream_between(s, 0, 1) ? TCP_SYN | TCP_ACK : TCP_RST | TCP_ACK,
			.ending = ENDING_REFUSED });
	}
}

void benign_day(struct stream *s)
{
	static void (*const live[ROLES])(struct stream *, uint32_t) = {
		[ROLE_WEB] = web, [ROLE_MAIL] = mail, [ROLE_OFFICE] = office, [ROLE_MONITOR] = monitor,
		[ROLE_PEER] = peer, [ROLE_RESOLVER] = resolver, [ROLE_RETRY] = retry,
		[ROLE_TEAM] = team, [ROLE_BACKSCATTER] = backscatter,
	};

	s->down_port = 443;
	s->down_from = STREAM_START + stream_between(s, 1, 22) * HOUR;
	s->down_until = s->down_from + 30 * NS_PER_S;
	for (size_t r = 0; r < ROLES; r++)
		for (uint32_t n = 1; n <= crowd[r]; n++) {
			if (live[r])
				live[r](s, SOURCE(r, n));
			else
				ssh(s, SOURCE(r, n), n);
		}
}
