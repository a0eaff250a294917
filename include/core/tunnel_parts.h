/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What core/detect_tunnel.h keeps of each registered domain. Internal to it.
 */
#ifndef TIDEGATE_CORE_TUNNEL_PARTS_H
#define TIDEGATE_CORE_TUNNEL_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/sketch.h"
#include "base/time.h"

#define TUNNEL_SETS 512
#define TUNNEL_WAYS 8
#define TUNNEL_HOUR_NS (3600 * NS_PER_S)
#define TUNNEL_DAY_NS (24 * TUNNEL_HOUR_NS)

struct tunnel_window {
	mono_t begin; /* 0: not yet */
	struct hll64 units, names;
};

struct tunnel_domain {
	uint64_t key;  /* 0: free */
	struct tunnel_window hour, day;
	struct hll64 down; /* of the day */
	uint32_t worth;    /* of the day: what its loss would cost */
	uint8_t raised;    /* of the day */
};

struct tunnel_domains {
	struct tunnel_domain sets[TUNNEL_SETS][TUNNEL_WAYS];
	uint64_t evicted;
};

/* The one of that hash, made where there is none. */
struct tunnel_domain *tunnel_domain_of(struct tunnel_domains *all, uint64_t hash, mono_t now);
/* Begins an hour or a day anew where the last one is over. */
void tunnel_domain_roll(struct tunnel_domain *d, mono_t now);
void tunnel_domain_add(struct tunnel_domain *d, const struct hash_key *key, uint64_t name, uint32_t units);
void tunnel_domain_add_down(struct tunnel_domain *d, const struct hash_key *key, uint64_t answer, uint32_t units);

#endif
