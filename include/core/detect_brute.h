/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guessing of passwords, as the wire shows it: sessions to a login service that end soon after they began, having said
 * little more than a handshake and an attempt. Two rules. brute.login counts them for one source: short sessions speak
 * against it, long ones for it, with two memories (minutes and a day). brute.spread counts those of all sources of one
 * service together, against their own level (a CUSUM; after Javed and Paxson, CCS 2013), and then names those that came
 * with the wave and never had a good session.
 *
 * The evidence is flows whose handshake a socket of ours completed, so it is answered; what is not, is not counted.
 */
#ifndef TIDEGATE_CORE_DETECT_BRUTE_H
#define TIDEGATE_CORE_DETECT_BRUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/time.h"
#include "core/finding.h"
#include "core/flow_end.h"
#include "core/rule.h"

#define BRUTE_PORTS 32
#define BRUTE_SOURCES 16384 /* a power of two */
#define BRUTE_SERVICES 32

struct brute_opts {
	struct rule login_rule;   /* brute.login */
	struct rule spread_rule;  /* brute.spread */
	uint16_t ports[BRUTE_PORTS]; /* login services, TCP */
	uint8_t n_ports;
	uint32_t short_bytes;     /* of a session, both ways, as programs wrote them: under it is short: 8192 */
	int64_t short_ns;         /* and no longer than that: 15 s; not known counts as short */
	uint32_t fast_limit;      /* short sessions, half-life 10 min: 8 */
	uint32_t slow_limit;      /* half-life 1 d: 20 */
	uint32_t robot_limit;     /* short sessions in ten minutes beyond which even a source with good sessions is acted on */
	uint32_t spread_limit;    /* height of the CUSUM: short sessions beyond the usual */
};

struct brute;

size_t brute_bytes(void);
void brute_create(struct brute **out, void *memory, const struct hash_key *key);

/* Whether sessions to this port of ours are counted. */
bool brute_watches(const struct brute_opts *o, uint8_t proto, uint16_t port);

/*
 * One session that ended. raise is called for each finding that rises now: of brute.login the source, ANSWERED; of
 * brute.spread the service (CLAIMED is what policy may act on for a service) and each source that is named, ANSWERED.
 */
typedef void (*brute_raise_fn)(void *ctx, const struct finding *f);
void brute_flow(struct brute *b, const struct brute_opts *o, const struct flow_end *f, mono_t now,
	brute_raise_fn raise, void *ctx);

/* Once a second. */
void brute_tick(struct brute *b, const struct brute_opts *o, mono_t now, brute_raise_fn raise, void *ctx);

/* A measure of this source has ended: the same behaviour shall be found again. key: core/source.h. */
void brute_rearm(struct brute *b, uint64_t source_key);

#endif
