/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The detector of DNS tunnels, the tools that it is to find, and the ordinary look-ups of a host, under simulated time.
 */
#ifndef TIDEGATE_TESTS_SUPPORT_TUNNEL_LAB_H
#define TIDEGATE_TESTS_SUPPORT_TUNNEL_LAB_H

#include "core/detect_tunnel.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE (60 * NS_PER_S)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static struct tunnel *t;
static struct tunnel_opts o;
static mono_t now;
static uint64_t seed;
static struct finding found[64];
static size_t n;

static inline void note(void *ctx, const struct finding *f)
{
	(void)ctx;
	if (n < 64)
		found[n] = *f;
	n++;
}

static inline void set_up_seed(uint64_t of)
{
	struct hash_key key;

	free(t);
	hash_key_from_seed(&key, of);
	tunnel_create(&t, malloc(tunnel_bytes()), &key);
	o = (struct tunnel_opts){ .rule = { .name = "egress.tunnel", .enabled = true }, .hour_bytes = 2048, .day_bytes = 16384,
		.least_names = 64, .down_bytes = 131072 };
	now = (mono_t){ .ns = 50 * NS_PER_S };
	seed = of;
	n = 0;
}

static inline void set_up(void)
{
	set_up_seed(1);
}

static inline uint32_t below(uint32_t limit)
{
	return (uint32_t)(random_next(&seed) >> 33) % limit;
}

/* ---- one message ---- */

static uint16_t id;

static inline struct dns_message message(uint16_t type, const char *name)
{
	struct dns_message m = { .client = addr_v4((const uint8_t[]){ 10, 0, 0, 1 }),
		.server = addr_v4((const uint8_t[]){ 10, 0, 0, 53 }), .client_port = 40000, .id = id, .type = type };

	snprintf(m.name, sizeof(m.name), "%s", name);
	m.question_bytes = (uint16_t)(strlen(name) + 2);
	return m;
}

static inline void tell(const struct dns_message *m)
{
	tunnel_message(t, &o, m, now, note, NULL);
}

static inline void ask(uint16_t type, const char *name)
{
	struct dns_message m;

	id++;
	m = message(type, name);
	tell(&m);
}

static inline void get(uint16_t type, const char *name, uint16_t bytes, uint64_t digest)
{
	struct dns_message m = message(type, name);

	m.answer = true;
	m.answer_bytes = bytes;
	m.answer_digest = digest;
	tell(&m);
}

/* Letters of that alphabet, a dot after each 60, as tools cut labels. */
static inline size_t random_text(char *out, size_t len, const char *alphabet)
{
	size_t letters = strlen(alphabet), at = 0;

	for (size_t i = 0; i < len; i++) {
		if (i && i % 60 == 0)
			out[at++] = '.';
		out[at++] = alphabet[below((uint32_t)letters)];
	}
	out[at] = '\0';
	return at;
}

static const char base32[] = "abcdefghijklmnopqrstuvwxyz234567";
static const char hex[] = "0123456789abcdef";

/* ---- tunnels: one step each, returns the bytes of the user that left with it ---- */

typedef unsigned (*tool_fn)(void);

/* iodine: NULL questions as long as they can be, base32. */
static inline unsigned iodine(void)
{
	char data[300], name[400];

	random_text(data, 200, base32);
	snprintf(name, sizeof(name), "0%s.t.evil.example", data);
	ask(DNS_TYPE_NULL, name);
	get(DNS_TYPE_NULL, name, 300, random_next(&seed));
	return 120;
}

/* dnscat2: TXT, CNAME and MX by turns, hex, nine bytes of its own header. */
static inline unsigned dnscat2(void)
{
	static const uint16_t types[] = { DNS_TYPE_TXT, DNS_TYPE_CNAME, DNS_TYPE_MX };
	uint16_t type = types[below(3)];
	char data[300], name[400];

	random_text(data, 200, hex);
	snprintf(name, sizeof(name), "%s.cat.example", data);
	ask(type, name);
	get(type, name, 120, random_next(&seed));
	return 91;
}

/* Malware that steals numbers of cards: A questions of middle length, hex. */
static inline unsigned pos(void)
{
	char data[100], name[200];

	random_text(data, 60, hex);
	snprintf(name, sizeof(name), "%s.ns.pos-malware.example", data);
	ask(DNS_TYPE_A, name);
	return 30;
}

/* The first, over ten domains by turns. */
static inline unsigned rotating(void)
{
	static unsigned turn;
	char data[300], name[400];

	random_text(data, 200, base32);
	snprintf(name, sizeof(name), "%s.evil%u.example", data, turn++ % 10);
	ask(DNS_TYPE_TXT, name);
	return 120;
}

static inline unsigned rotating_plain(void)
{
	static unsigned turn;
	char data[300], name[400];

	random_text(data, 200, base32);
	snprintf(name, sizeof(name), "%s.evil%u.example", data, turn++ % 10);
	ask(DNS_TYPE_A, name);
	return 120;
}

/* What is fetched: the same twenty names again and again, other answers each time. */
static inline unsigned download(void)
{
	char name[64];

	snprintf(name, sizeof(name), "p%u.stage.example", below(20));
	ask(DNS_TYPE_TXT, name);
	get(DNS_TYPE_TXT, name, 500, random_next(&seed));
	return 440;
}

/* ---- a host's ordinary day: called each ten seconds of it ---- */

static inline void browse(const char *name)
{
	ask(DNS_TYPE_A, name);
	ask(DNS_TYPE_AAAA, name);
	ask(DNS_TYPE_HTTPS, name);
}

static inline void visit(void)
{
	char name[128], data[64];

	for (unsigned i = 0; i < 15; i++) {
		uint32_t site = below(60) * below(60);

		snprintf(name, sizeof(name), "%s.site%u.example", i % 3 ? "static" : "www", site);
		browse(name);
	}
	random_text(data, 14, base32);
	snprintf(name, sizeof(name), "d%s.cloudfront.net", data);
	browse(name);
	snprintf(name, sizeof(name), "e%u.dsc%c.akamaiedge.net", below(3000), 'a' + (char)below(26));
	browse(name);
	random_text(data, 8, base32);
	snprintf(name, sizeof(name), "r%u---sn-%s.googlevideo.com", below(20), data);
	browse(name);
	if (below(10) == 0) {
		random_text(data, 32, hex);
		snprintf(name, sizeof(name), "%s.fp.measure.example.com", data);
		browse(name);
	}
}

static inline void mail(void)
{
	char name[128];
	uint32_t sender = below(3000), ip = below(UINT32_MAX >> 1);

	snprintf(name, sizeof(name), "%u.%u.%u.%u", ip & 255, ip >> 8 & 255, ip >> 16 & 255, ip >> 24);
	strcat(name, ".in-addr.arpa");
	ask(DNS_TYPE_PTR, name);
	*strstr(name, ".in-addr") = '\0';
	strcat(name, ".zen.dnsbl.example");
	ask(DNS_TYPE_A, name);
	ask(DNS_TYPE_TXT, name);
	get(DNS_TYPE_TXT, name, 140, 1 + ip % 7);
	snprintf(name, sizeof(name), "sender%u.example", sender);
	ask(DNS_TYPE_MX, name);
	ask(DNS_TYPE_TXT, name);
	get(DNS_TYPE_TXT, name, 450, sender + 1);
	snprintf(name, sizeof(name), "_dmarc.sender%u.example", sender);
	ask(DNS_TYPE_TXT, name);
	get(DNS_TYPE_TXT, name, 150, sender + 2);
	snprintf(name, sizeof(name), "selector%u._domainkey.sender%u.example", 1 + below(2), sender);
	ask(DNS_TYPE_TXT, name);
	get(DNS_TYPE_TXT, name, 480, sender + 3);
	snprintf(name, sizeof(name), "sender%u.example.multi.uribl.example", sender);
	ask(DNS_TYPE_A, name);
	snprintf(name, sizeof(name), "_25._tcp.mx%u.sender%u.example", below(2), sender);
	ask(DNS_TYPE_TLSA, name);
}

static inline void scan_a_file(void)
{
	char data[64], name[128];

	random_text(data, 45, base32);
	snprintf(name, sizeof(name), "%s.av.example", data);
	ask(DNS_TYPE_A, name);
}

static inline void update(void)
{
	ask(DNS_TYPE_SRV, "_http._tcp.deb.debian.org");
	ask(DNS_TYPE_SRV, "_https._tcp.security.debian.org");
	browse("deb.debian.org");
	browse("security.debian.org");
	browse("debian.map.fastlydns.net");
}

static inline bool in_hours(int64_t from, int64_t to)
{
	int64_t hour = now.ns % DAY / HOUR;

	return hour >= from && hour < to;
}

static inline void ordinary(void)
{
	if (in_hours(8, 22) && below(12) == 0)
		visit(); /* 420 a day */
	if (below(3) == 0)
		mail(); /* 2880 a day */
	if (in_hours(9, 17) && below(9) == 0)
		scan_a_file(); /* 40 an hour */
	if (now.ns % HOUR < 10 * NS_PER_S)
		update();
}

#endif
