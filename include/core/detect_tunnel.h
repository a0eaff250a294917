/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DNS tunnels: information that leaves in the names that are asked for, by registered domain (Ozery, Nadler, Shabtai:
 * "Information Based Heavy Hitters for Real-Time DNS Data Exfiltration Detection", 2023). Counts distinct names below each
 * registered domain, times their length, over an hour and a day.
 */
#ifndef TIDEGATE_CORE_DETECT_TUNNEL_H
#define TIDEGATE_CORE_DETECT_TUNNEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "core/dns.h"
#include "core/finding.h"
#include "core/rule.h"

struct tunnel_opts {
	struct rule rule;         /* egress.tunnel */
	uint32_t hour_bytes;      /* of information below one domain within an hour: alert ... */
	uint32_t day_bytes;       /* ... or within a day */
	uint32_t least_names;     /* distinct ones: 64 */
};

struct tunnel;

size_t tunnel_bytes(void); /* 1.5 MiB at most */
void tunnel_create(struct tunnel **out, void *memory, const struct hash_key *key);

typedef void (*tunnel_raise_fn)(void *ctx, const struct finding *f);

/* Each question (and answer, for what comes back in TXT and NULL). Subject DESTINATION: the server that was asked, port 53;
 * about: "example.net: 212 names, 6.1 KB in 1h". */
void tunnel_message(struct tunnel *t, const struct tunnel_opts *o, const struct dns_message *m, mono_t now,
	tunnel_raise_fn raise, void *ctx);

#endif
