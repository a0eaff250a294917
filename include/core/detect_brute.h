/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guessing of passwords, as the wire shows it: sessions to a login service that end soon after they began, having said
 * little more than a handshake and an attempt. The first two rules count them for one source: attempts speak against it,
 * sessions that got in for it, with two memories (minutes and a day). brute.login is about sources without a history;
 * those with good sessions get twice the patience, and then it is brute.known, which policies answer more mildly.
 * brute.spread counts those of all sources of one service together: it says that they are far more than usual (a CUSUM;
 * after Javed and Paxson, CCS 2013), and then names those that came with the wave and never had a good session.
 *
 * What tells an attempt from a session that got in: after the handshake the server says more than the client (keys of its
 * host, channel, output), while an attempt adds a few lines to either side. So of an SSH session's bytes, what the server
 * said beyond half of what the client said was 250 to 1,650 in attempts (six clients and five guessers against OpenSSH
 * 9.2, one to three passwords each) and 1,840 to 2,550 in the shortest sessions that got in ("ssh HOST true", git with
 * nothing to do). A server with a banner or an RSA key alone says 500 to 1,000 more to everybody: guessing goes unseen
 * there until answer_bytes is raised. A server that names no other keys of its host (one ED25519 key alone) says 560 less.
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
#include "core/near.h"
#include "core/rule.h"

#define BRUTE_PORTS 32
#define BRUTE_SOURCES 16384
#define BRUTE_SERVICES BRUTE_PORTS
#define BRUTE_WAVE 10 /* sources that make a wave, at least */
#define BRUTE_NAMED 32 /* of them a minute: half of what the budget of measures allows as shipped */

struct brute_opts {
	struct rule login_rule;   /* brute.login */
	struct rule known_rule;   /* brute.known */
	struct rule spread_rule;  /* brute.spread */
	uint16_t ports[BRUTE_PORTS]; /* login services, TCP */
	uint8_t n_ports;
	/* All bytes as programs wrote them; where IP was counted, headers are taken off. */
	uint32_t least_bytes;     /* said by the client: under it is no attempt (a look at the banner, a mere connection): 600 */
	uint32_t short_bytes;     /* both ways: from here on no attempt: 8192 */
	uint32_t answer_bytes;    /* said by the server beyond half of what the client said: from here on it got in: 1750 */
	int64_t short_ns;         /* an attempt lasts no longer: 30 s; not known counts as short */
	uint32_t fast_limit;      /* attempts, half-life 10 min: 8 */
	uint32_t slow_limit;      /* half-life 1 d: 20 */
	uint32_t robot_limit;     /* half-life 10 min: beyond it a history excuses nothing: 60 */
	uint32_t spread_allowance; /* attempts a minute of all sources borne above the usual: 2, or the usual's root */
	uint32_t spread_limit;    /* sum of what was beyond that: 40 */
};

/* What one session says of who began it. */
enum brute_word {
	BRUTE_NOTHING = 0,
	BRUTE_ATTEMPT,
	BRUTE_SERVED,  /* short, but it got in */
	BRUTE_LONG,    /* nobody stays so long, or moves so much, who did not get in */
};

/* Headers (IP, TCP with time stamps), which conntrack and captures count and programs never see, are taken off. */
enum brute_word brute_word_of(const struct brute_opts *o, const struct flow_end *f);

struct brute;

size_t brute_bytes(void);
void brute_create(struct brute **out, void *memory, const struct hash_key *key); /* memory: aligned to 64 */

/* Whether sessions to this port of ours are counted. */
bool brute_watches(const struct brute_opts *o, uint8_t proto, uint16_t port);

/*
 * One session that ended. raise is called for each finding that rises now: about its source, ANSWERED. Limits differ by
 * one either way from source to source, under the key: who learns one of them by trying has learned no other.
 */
typedef void (*brute_raise_fn)(void *ctx, const struct finding *f);
void brute_flow(struct brute *b, const struct brute_opts *o, const struct flow_end *f, mono_t now,
	brute_raise_fn raise, void *ctx);

/*
 * Once a second; each minute it adds up. Raises brute.spread, of the service (CLAIMED: what it may cost is everybody's),
 * and while that stands of each source that is named (ANSWERED): first seen since the wave began, two attempts at least,
 * never served, and two minutes since its latest attempt, in which a person would have remembered.
 */
bool brute_due(const struct brute *b, mono_t now); /* a tick would change something */
void brute_tick(struct brute *b, const struct brute_opts *o, mono_t now, brute_raise_fn raise, void *ctx);

/* A measure of this source has ended: half is forgotten, and the same behaviour shall be found again. key: source_key. */
void brute_rearm(struct brute *b, uint64_t source_key);

/* How far the fuller memory of a source is, by the rule that would name it. */
void brute_near(const struct brute *b, const struct brute_opts *o, uint64_t source_key, mono_t now, struct nears *out);

uint64_t brute_untracked(const struct brute *b); /* sessions of sources for which there was no room */

#endif
