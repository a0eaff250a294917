/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The attacks of the table. Paces are those of the tools: nmap's T4 sends some 200 probes a second to a host that
 * answers, -sU is held to one a second by the ICMP rate limit of who is scanned, hydra waits for sshd.
 */
#include "stream.h"

#define PORTS 1000
#define LOW_PORTS 347 /* and 443, 993, 995: 350 of the thousand are below 1024, as of those that nmap asks first */
#define T4_GAP (5 * NS_PER_MS)
#define CLIENTS 20

/* A thousand ports as a scanner asks them: each once, the well-known ones among them, in an order of its own. */
static void scan_order(struct stream *s, uint16_t ports[PORTS])
{
	static const uint16_t known[] = { 443, 993, 995 };
	size_t n = 0;

	for (uint16_t port = 1; port <= LOW_PORTS; port++)
		ports[n++] = port;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		ports[n++] = known[i];
	for (uint16_t port = 1030; n < PORTS; port = (uint16_t)(port + 97))
		ports[n++] = port;
	for (size_t i = PORTS - 1; i > 0; i--) {
		size_t j = stream_between(s, 0, (uint32_t)i);
		uint16_t port = ports[i];

		ports[i] = ports[j];
		ports[j] = port;
	}
}

static uint32_t attacker(struct stream *s)
{
	return SOURCE(ROLE_ATTACKER, stream_between(s, 256, 65000));
}

/* Who is served while an attack runs: a connection every few seconds, from a few clients. */
static void background(struct stream *s, int64_t lasts)
{
	int64_t end = STREAM_START + lasts;

	for (int64_t at = STREAM_START; at < end; at += stream_gap(s, 4 * NS_PER_S))
		stream_add(s, (struct visit){ .at = at, .proto = PROTO_TCP, .flags = TCP_SYN,
			.src = SOURCE(ROLE_BACKGROUND, stream_between(s, 1, CLIENTS)),
			.dport = stream_between(s, 0, 9) ? 443 : 80 });
}

struct scan {
	size_t ports;
	int64_t gap;
	uint8_t proto, flags;
	enum ending at_open; /* how it ends at a port that somebody serves */
};

static void scan(struct stream *s, const struct scan *how)
{
	uint32_t src = attacker(s);
	uint16_t ports[PORTS];
	int64_t at = STREAM_START;

	scan_order(s, ports);
	for (size_t i = 0; i < how->ports; i++) {
		at += stream_gap(s, how->gap);
		stream_add(s, (struct visit){ .at = at, .src = src, .dport = ports[i], .proto = how->proto,
			.flags = how->flags,
			.ending = stream_serves(s, how->proto, ports[i]) ? (uint8_t)how->at_open : ENDING_NONE });
	}
	if (s->open[0])
		background(s, at - STREAM_START);
}

static void scan_fast(struct stream *s)
{
	scan(s, &(struct scan){ PORTS, T4_GAP, PROTO_TCP, TCP_SYN, ENDING_RESET });
}

static void scan_slow(struct stream *s)
{
	scan(s, &(struct scan){ 120, MINUTE, PROTO_TCP, TCP_SYN, ENDING_RESET });
}

static void scan_slowest(struct stream *s)
{
	scan(s, &(struct scan){ 96, 15 * MINUTE, PROTO_TCP, TCP_SYN, ENDING_RESET });
}

static void scan_stealth(struct stream *s)
{
	static const uint8_t flags[] = { 0, TCP_FIN, TCP_FIN | TCP_PSH | TCP_URG };

	scan(s, &(struct scan){ PORTS, T4_GAP, PROTO_TCP, flags[stream_between(s, 0, 2)], ENDING_SILENT });
}

static void scan_connect(struct stream *s)
{
	scan(s, &(struct scan){ PORTS, T4_GAP, PROTO_TCP, TCP_SYN, ENDING_BARE });
}

static void scan_udp(struct stream *s)
{
	scan(s, &(struct scan){ 200, NS_PER_S, PROTO_UDP, 0, ENDING_SERVED });
}

/* nmap -D: each probe comes from every address of the list, at nearly the same moment. */
static void scan_decoys(struct stream *s)
{
	uint32_t real = attacker(s);
	uint32_t place = stream_between(s, 0, DECOYS);
	int64_t at = STREAM_START;
	uint16_t ports[PORTS];

	scan_order(s, ports);
	for (size_t i = 0; i < PORTS; i++) {
		at += stream_gap(s, T4_GAP);
		for (uint32_t d = 0; d <= DECOYS; d++)
			stream_add(s, (struct visit){ .at = at + d * 20000, .proto = PROTO_TCP, .flags = TCP_SYN,
				.src = d == place ? real : SOURCE(ROLE_DECOY, d + 1), .dport = ports[i],
				.ending = stream_serves(s, PROTO_TCP, ports[i]) ? ENDING_RESET : ENDING_NONE });
	}
	background(s, at - STREAM_START);
}

/* 64 sources share 128 to 256 ports among them, within a minute: two to four each, every port once. */
static void scan_distributed(struct stream *s)
{
	uint16_t ports[PORTS];
	size_t n = 0;

	scan_order(s, ports);
	for (uint32_t h = 0; h < HELPERS; h++) {
		uint32_t each = stream_between(s, 2, 4);

		for (uint32_t i = 0; i < each; i++, n++)
			stream_add(s, (struct visit){ .src = SOURCE(ROLE_ATTACKER, h + 1), .proto = PROTO_TCP,
				.at = STREAM_START + (int64_t)stream_between(s, 0, 59999) * NS_PER_MS,
				.flags = TCP_SYN, .dport = ports[n],
				.ending = stream_serves(s, PROTO_TCP, ports[n]) ? ENDING_RESET : ENDING_NONE });
	}
	background(s, MINUTE);
}

/* One connection for each password; sshd lets a failure wait for two seconds. */
static void guess(struct stream *s, uint32_t src, int64_t at)
{
	struct visit *c = stream_add(s, (struct visit){ .at = at, .src = src, .dport = 22,
		.proto = PROTO_TCP, .flags = TCP_SYN, .login = LOGIN_FAILED });

	c->ended = at + 2 * NS_PER_S;
}

/* hydra -t 4: four at a time, a new one as soon as one has failed. */
static void guess_fast(struct stream *s)
{
	uint32_t src = attacker(s);

	for (int task = 0; task < 4; task++) {
		int64_t at = STREAM_START;

		for (int i = 0; i < 50; i++) {
			at += stream_gap(s, 2500 * NS_PER_MS);
			guess(s, src, at);
		}
	}
	background(s, 2 * MINUTE);
}

static void guess_slow(struct stream *s)
{
	uint32_t src = attacker(s);
	int64_t at = STREAM_START;

	for (int i = 0; i < 360; i++) {
		at += stream_gap(s, 20 * NS_PER_S);
		guess(s, src, at);
	}
	background(s, 2 * HOUR);
}

/*
 * A client that lives off this host, two connections a second; then somebody sends 20,000 SYNs in its name, 200 a
 * second to any port, while it goes on; and after that its next thousand connections are counted.
 */
static void forged(struct stream *s)
{
	const uint32_t x = SOURCE(ROLE_VICTIM, 1);
	const int64_t begin = STREAM_START + 5 * MINUTE, end = begin + 100 * NS_PER_S;
	int64_t at;
	int counted = 0;

	for (at = STREAM_START; counted < REAL_CONNECTIONS; at += stream_gap(s, NS_PER_S / 2)) {
		uint32_t kind = stream_between(s, 0, 9);
		struct visit *c = stream_add(s, (struct visit){ .at = at, .src = x, .proto = PROTO_TCP,
			.flags = TCP_SYN, .dport = kind < 7 ? 443 : (kind < 9 ? 80 : 993) });

		c->counted = at >= end;
		counted += c->counted;
	}
	for (at = begin; at < end; at += 5 * NS_PER_MS) {
		uint16_t port = (uint16_t)stream_between(s, 1, 65535);

		/* To a port that is open X itself answers, with a RST, as it knows nothing of this. */
		stream_add(s, (struct visit){ .at = at, .src = x, .proto = PROTO_TCP, .flags = TCP_SYN,
			.sport = (uint16_t)stream_between(s, 60000, 65535), .dport = port,
			.ending = stream_serves(s, PROTO_TCP, port) ? ENDING_RESET : ENDING_NONE });
	}
}

const struct attack attacks[ATTACKS] = {
	[ATTACK_PROBES] = { "probes", scan_fast, true },
	[ATTACK_FAST] = { "fast", scan_fast, false },
	[ATTACK_SLOW] = { "slow", scan_slow, false },
	[ATTACK_SLOWEST] = { "slowest", scan_slowest, false },
	[ATTACK_STEALTH] = { "stealth", scan_stealth, false },
	[ATTACK_CONNECT] = { "connect", scan_connect, false },
	[ATTACK_UDP] = { "udp", scan_udp, false },
	[ATTACK_DECOY] = { "decoy", scan_decoys, false },
	[ATTACK_DISTRIBUTED] = { "distributed", scan_distributed, false },
	[ATTACK_SSH_FAST] = { "ssh fast", guess_fast, false },
	[ATTACK_SSH_SLOW] = { "ssh slow", guess_slow, false },
	[ATTACK_FORGED] = { "forged", forged, false },
};
