/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two witnesses. What leaves is suspicious in several ways that have nothing to do with each other, and each of them alone is
 * also somebody's honest program: a package timer calls by the clock, a backup moves gigabytes, a list is wrong. Two of them
 * about one destination within a day are an anomaly (egress.confirmed), which a policy may act upon.
 */
#ifndef TIDEGATE_CORE_SIGNALS_H
#define TIDEGATE_CORE_SIGNALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "core/finding.h"
#include "core/near.h"
#include "core/rule.h"

enum signal {
	SIGNAL_LISTED = 0, /* a list names it */
	SIGNAL_TIMING,     /* it is called as by the clock */
	SIGNAL_VOLUME,     /* far more goes there than ever did */
	SIGNAL_TUNNEL,     /* data go there in names */
	SIGNAL_NEW,        /* it is new to this host: a second word about data that leave, and about nothing else */
	SIGNAL_STRANGE,    /* new to this host, by no name, at a port of no common service, in no private network */
	SIGNAL_REPORTED, /* another program has raised an alert about it */
	SIGNALS,
};

const char *signal_name(enum signal s);

struct signals_opts {
	struct rule rule;  /* egress.confirmed */
	int64_t within_ns; /* of each other: 24 h */
	int64_t new_ns;    /* a destination is new for so long, on a host that was watched for as long: 7 d */
};

struct signals; /* 4096 destinations: about 200 KiB */

size_t signals_bytes(void);
void signals_create(struct signals **out, void *memory, const struct hash_key *key);

/*
 * One signal about the destination that f names (f->dst; f->subject may be wider). True, and *out is the anomaly, where it
 * makes two or more: once, and again with each further kind of signal, or a day later.
 */
bool signals_note(struct signals *s, const struct signals_opts *o, enum signal kind, const struct finding *f,
	struct finding *out);

/* What stood against it has ended: the same signals may speak again. */
void signals_rearm(struct signals *s, const struct prefix *destination);

/* How many of two signals speak about a destination within the day. */
void signals_near(struct signals *s, const struct signals_opts *o, const struct addr *destination, mono_t now,
	struct nears *out);

struct signals_stats {
	uint64_t noted[SIGNALS];
	uint64_t confirmed;
	uint64_t crowded; /* destinations that were forgotten to make room */
};

void signals_stats(const struct signals *s, struct signals_stats *out);

#endif
