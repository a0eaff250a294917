/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DNS tunnels: information that leaves in the names that are asked for, by registered domain (after Ozery, Nadler,
 * Shabtai: "Information Based Heavy Hitters for Real-Time DNS Data Exfiltration Detection", 2023). Of each name, what
 * stands before the registered domain is worth its bytes, once: distinct names are counted, each as heavy as it is,
 * over an hour and over a day. No rate of queries matters, nor how often a name is repeated.
 *
 * What a byte is worth. Names that are asked for types by which tunnels get answers (TXT, NULL, CNAME, MX, SRV,
 * unassigned ones) count whole; those for types of ordinary look-ups (A, AAAA, HTTPS, PTR ...), of which browsers and
 * scanners of viruses make many, a quarter. A name that begins with the four numbers of an IPv4 address, as lists of
 * senders of spam are asked, is worth one byte; with an IPv6 address's digits four. Reverse look-ups of addresses are
 * worth nothing.
 *
 * What comes back in those types of answers is counted apart, over a day: distinct answers, so a record that is
 * fetched a thousand times is one.
 *
 * Who spreads a tunnel over several domains is found by their sum: names of 32 bytes and more, of domains of which
 * eight names were asked for that day, of all such domains together, against twice the limits.
 *
 * Limits. The registered domain is the last two labels, or three where the last two are one of a short list (ac, co,
 * com, edu, go, gob, gov, govt, ltd, mil, ne, net, nom, or, org, plc, below any country's): below other public
 * suffixes ("k12.ca.us", "github.io") all domains are one, which finds tunnels all the same, and sums up strangers. A
 * new domain for every eight names is not found; nor is what goes in digits of addresses, up to 8 KB an hour in
 * IPv4's form; nor over TCP, TLS or HTTPS. The limits are those of a host with its programs: a resolver that serves
 * many needs higher ones.
 */
#ifndef TIDEGATE_CORE_DETECT_TUNNEL_H
#define TIDEGATE_CORE_DETECT_TUNNEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/time.h"
#include "core/dns.h"
#include "core/finding.h"
#include "core/rule.h"

#define TUNNEL_EXEMPT 32
#define TUNNEL_EXEMPT_NAME 48

struct tunnel_opts {
	struct rule rule;         /* egress.tunnel */
	uint32_t hour_bytes;      /* of information below one domain within an hour: 2048 ... */
	uint32_t day_bytes;       /* ... or within a day: 16384 */
	uint32_t least_names;     /* distinct ones, in that time: 64 */
	uint32_t down_bytes;      /* of distinct answers within a day: 131072 */
	char exempt[TUNNEL_EXEMPT][TUNNEL_EXEMPT_NAME]; /* domains, with all below them; lower case */
	uint8_t n_exempt;
};

struct tunnel;

size_t tunnel_bytes(void); /* 1.5 MiB at most */
void tunnel_create(struct tunnel **out, void *memory, const struct hash_key *key);

typedef void (*tunnel_raise_fn)(void *ctx, const struct finding *f);

/*
 * Each question that this host asks and each answer that it gets; an answer to nothing that was asked counts for
 * nothing. Subject DESTINATION: the server that was asked; about: "example.net: 212 names, 6.1 KiB in 1h",
 * "example.net: 140.0 KiB came back in 1d", "all domains: 130 names, 4.2 KiB in 1h". Each of these once a day for a
 * domain. Scores are bytes.
 */
void tunnel_message(struct tunnel *t, const struct tunnel_opts *o, const struct dns_message *m, mono_t now,
	tunnel_raise_fn raise, void *ctx);

struct tunnel_stats {
	uint64_t counted;  /* questions that were worth something */
	uint64_t evicted;  /* domains that made room before their day was over */
};

void tunnel_stats(const struct tunnel *t, struct tunnel_stats *out);

#endif
