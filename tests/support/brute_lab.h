/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A detector of guessing and the sessions that come to it, for its tests. They are those that clients and guessers had with
 * OpenSSH 9.2 (one with a server at RDP), as a capture showed them.
 */
#ifndef TIDEGATE_TESTS_SUPPORT_BRUTE_LAB_H
#define TIDEGATE_TESTS_SUPPORT_BRUTE_LAB_H

#include "core/detect_brute.h"

#include <check.h>
#include <stdlib.h>

#define MINUTE 60
#define HOUR 3600
#define DAY (24 * HOUR)

static const struct brute_opts opts = {
	.login_rule = { .name = "brute.login", .enabled = true },
	.known_rule = { .name = "brute.known", .enabled = true },
	.spread_rule = { .name = "brute.spread", .enabled = true },
	.ports = { 22, 3389 },
	.n_ports = 2,
	.least_bytes = 600,
	.short_bytes = 8192,
	.answer_bytes = 1750,
	.short_ns = 30 * NS_PER_S,
	.fast_limit = 8,
	.slow_limit = 20,
	.robot_limit = 60,
	.spread_allowance = 2,
	.spread_limit = 40,
};

/* Bytes as programs wrote them, packets of IP, tenths of a second. */
struct session {
	const char *what;
	uint32_t there, back, packets_there, packets_back, tenths;
	enum brute_word word;
};

static const struct session sessions[] = {
	{ "hydra, two tries", 1133, 1863, 16, 25, 118, BRUTE_ATTEMPT },
	{ "hydra's first look", 1147, 1821, 11, 11, 1, BRUTE_ATTEMPT },
	{ "hydra, six tries", 1475, 2201, 18, 19, 140, BRUTE_ATTEMPT },
	{ "nmap ssh-brute", 1376, 1617, 12, 11, 18, BRUTE_ATTEMPT },
	{ "medusa", 1948, 2193, 19, 20, 94, BRUTE_ATTEMPT },
	{ "ncrack", 2396, 1881, 18, 17, 186, BRUTE_ATTEMPT },
	{ "ssh, a wrong password", 3097, 2997, 15, 13, 21, BRUTE_ATTEMPT },
	{ "ssh, three of them", 3685, 3497, 26, 24, 159, BRUTE_ATTEMPT },
	{ "ssh, six of them", 3937, 3677, 31, 28, 132, BRUTE_ATTEMPT },
	{ "ssh, a key that is refused", 3069, 2937, 13, 12, 2, BRUTE_ATTEMPT },
	{ "paramiko, a wrong password", 1417, 1881, 11, 11, 24, BRUTE_ATTEMPT },
	{ "plink, a wrong password", 3420, 3177, 15, 14, 21, BRUTE_ATTEMPT },
	{ "rdp, a wrong password", 1132, 1581, 11, 7, 48, BRUTE_ATTEMPT },
	{ "a mere connection", 0, 41, 4, 3, 0, BRUTE_NOTHING },
	{ "a look at the banner", 21, 1177, 5, 5, 0, BRUTE_NOTHING },
	{ "ssh HOST true", 3673, 4169, 21, 21, 2, BRUTE_SERVED },
	{ "the same by password", 3457, 3833, 20, 20, 2, BRUTE_SERVED },
	{ "the same, with one key of the host", 3673, 3609, 20, 20, 2, BRUTE_SERVED },
	{ "paramiko, true", 1657, 2841, 17, 16, 2, BRUTE_SERVED },
	{ "dbclient, true", 1250, 2749, 17, 16, 1, BRUTE_SERVED },
	{ "curl, scp", 1984, 2833, 21, 21, 2, BRUTE_SERVED },
	{ "git ls-remote", 3825, 4453, 22, 22, 2, BRUTE_SERVED },
	{ "scp of a line", 4125, 4933, 27, 26, 2, BRUTE_SERVED },
	{ "a backup", 400000000, 90000, 290000, 9000, 600, BRUTE_LONG },
	{ "somebody who works", 60000, 190000, 900, 1000, 36000, BRUTE_LONG },
	{ "a login that waits", 3097, 2997, 15, 13, 1200, BRUTE_NOTHING },
};

#define SESSIONS (sizeof(sessions) / sizeof(sessions[0]))
#define HYDRA (&sessions[0])
#define SSH_WRONG (&sessions[6])
#define KEY_REFUSED (&sessions[9])
#define RDP_WRONG (&sessions[12])
#define SSH_TRUE (&sessions[15])
#define WORK (&sessions[24])
#define MOST 256

struct world {
	struct brute *brute;
	struct brute_opts o;
	int64_t now; /* s */
	unsigned raised[4]; /* login, known, spread, wave */
	unsigned wrong;     /* findings about sources 1 .. 99, who are people */
	struct finding found;
};

static inline struct world world_of(uint64_t seed)
{
	struct world w = { .o = opts, .now = 100000 };
	struct hash_key key;

	hash_key_from_seed(&key, seed);
	brute_create(&w.brute, aligned_alloc(64, (brute_bytes() + 63) / 64 * 64), &key);
	return w;
}

static inline struct world world(void)
{
	return world_of(1);
}

static inline void raise_one(void *ctx, const struct finding *f)
{
	struct world *w = ctx;
	const uint8_t *a = f->subject.source.addr.bytes;

	w->found = *f;
	if (f->kind == FINDING_BRUTE)
		w->raised[f->rule.name[6] == 'k']++;
	else
		w->raised[f->subject.kind == SUBJECT_SERVICE ? 2 : 3]++;
	w->wrong += f->subject.kind == SUBJECT_SOURCE && !a[2] && a[3] < 100;
}

static inline void until(struct world *w, int64_t s)
{
	while (w->now < s) {
		w->now++;
		brute_tick(w->brute, &w->o, (mono_t){ w->now * NS_PER_S }, raise_one, w);
	}
}

static inline void after(struct world *w, int64_t s)
{
	until(w, w->now + s);
}

static inline struct flow_end end_of(const struct session *s, uint16_t source, enum flow_teller teller)
{
	uint32_t header = teller == TELLER_SOCKET ? 0 : 52;

	return (struct flow_end){
		.tuple = { .src = addr_v4((const uint8_t[]){ 198, 18, (uint8_t)(source >> 8), (uint8_t)source }),
			.dst = addr_v4((const uint8_t[]){ 192, 0, 2, 1 }), .sport = 40000, .dport = 22,
			.proto = PROTO_TCP },
		.direction = FLOW_IN, .teller = (uint8_t)teller, .proof = PROOF_ANSWERED, .weight = 1,
		.packets = { s->packets_there, s->packets_back },
		.bytes = { s->there + s->packets_there * header, s->back + s->packets_back * header },
		.lasted_ns = s->tenths * (NS_PER_S / 10) + (teller == TELLER_CONNTRACK ? 120 * NS_PER_S : 0),
	};
}

static inline void give(struct world *w, const struct flow_end *f)
{
	brute_flow(w->brute, &w->o, f, (mono_t){ w->now * NS_PER_S }, raise_one, w);
}

static inline void comes(struct world *w, uint16_t source, const struct session *s)
{
	struct flow_end f = end_of(s, source, TELLER_SOCKET);

	give(w, &f);
}

/* How many sessions, one each so many seconds, until a source is found; MOST: it is not. */
static inline unsigned until_found(struct world *w, uint16_t source, const struct session *s, int64_t every)
{
	for (unsigned n = 1; n < MOST; n++) {
		comes(w, source, s);
		if (w->raised[0] + w->raised[1])
			return n;
		after(w, every);
	}
	return MOST;
}

static inline void end(struct world *w)
{
	free(w->brute);
}

#endif
