/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the probes of our table are told of actors and where they may go. */
#ifndef TIDEGATE_TESTS_EGRESS_WORDS_H
#define TIDEGATE_TESTS_EGRESS_WORDS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/allowlist.h"
#include "core/ledger.h"

static inline mono_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (mono_t){ .ns = t.tv_sec * NS_PER_S + t.tv_nsec };
}

static inline void die(const char *what)
{
	fprintf(stderr, "probe_nft: %s\n", what);
	exit(64);
}

/* "uid=1042", "group=ID/LEVEL", "host" */
static inline struct actor read_actor(const char *word)
{
	struct actor a = { .kind = ACTOR_HOST };
	unsigned uid = 0, level = 0;
	unsigned long id = 0;

	if (sscanf(word, "uid=%u", &uid) == 1) {
		a.kind = ACTOR_USER;
		a.uid = uid;
	} else if (sscanf(word, "group=%lu/%u", &id, &level) == 2) {
		a.kind = ACTOR_GROUP;
		a.cgroup = id;
		a.level = (uint8_t)level;
	} else if (strcmp(word, "host") != 0) {
		die(word);
	}
	return a;
}

/* Of what leaves: "egress-refuse,PREFIX", "egress-limit,PREFIX|ACTOR,MS,RATE,KIB", "egress-allowlist,ACTOR". */
static inline void read_egress(struct measure *m, const char *whom, unsigned kib)
{
	m->limit_kib = kib;
	m->limit_burst = m->limit_rate;
	if (prefix_parse(whom, &m->subject.source) == 0) {
		m->subject.kind = SUBJECT_DESTINATION;
		return;
	}
	m->subject.kind = SUBJECT_ACTOR;
	m->subject.actor = read_actor(whom);
}

/* "ACTOR,PREFIX,PROTO,FIRST-LAST,MS" (0: no end) */
static inline struct allowance read_allowance(const char *word)
{
	struct allowance a = { .proto = 6 };
	char actor[64], prefix[64];
	unsigned proto, first, last;
	long ms;

	if (sscanf(word, "%63[^,],%63[^,],%u,%u-%u,%ld", actor, prefix, &proto, &first, &last, &ms) != 6 ||
		prefix_parse(prefix, &a.to))
		die(word);
	a.actor = read_actor(actor);
	a.proto = (uint8_t)proto;
	a.port_first = (uint16_t)first;
	a.port_last = (uint16_t)last;
	if (ms)
		a.until = mono_add(now(), ms * NS_PER_MS);
	return a;
}

#endif
