/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What another program says of an address: alerts of an intrusion detection system that watches the same wire. It reads
 * payloads, which we do not; but its word is not our proof (PROOF_REPORTED): most signatures match a lone packet, which
 * anybody may have forged. So alerts add up, each signature once until its points have faded, however often it fires, by
 * its severity, and what comes of it is a shield at most, but where the administrator's policy believes it.
 */
#ifndef TIDEGATE_CORE_DETECT_REPORTED_H
#define TIDEGATE_CORE_DETECT_REPORTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/time.h"
#include "core/ask.h"
#include "core/finding.h"
#include "core/near.h"

struct report_alert {
	struct tuple tuple;  /* of the connection, as it began: src is who called. Ports 0 where there are none */
	uint32_t gid, sid;   /* of the signature, in its program's own numbers */
	uint8_t severity;    /* 1 high .. 4, as Suricata counts; others are taken as the nearest */
	char text[FINDING_ABOUT]; /* its name; printable, cut where it is longer */
};

struct reported_opts {
	struct rule rule;      /* reported.alert */
	uint32_t high, medium, low; /* points of a signature of severity 1, of 2, of any other */
	uint32_t limit;        /* points within about a half-life that are a finding */
	int64_t half_life_ns;
};

struct reported; /* 1024 addresses, the one that was reported longest ago makes room: 170 KiB */

size_t reported_bytes(void);
void reported_create(struct reported **out, void *memory, const struct hash_key *key);

/*
 * One alert about an address (a source or a destination, source_key). True where it crosses the limit now: *out has all
 * but the subject. Again where the points fell below half of the limit in between.
 */
bool reported_count(struct reported *r, const struct reported_opts *o, const struct report_alert *a, uint64_t address_key,
	mono_t now, struct finding *out);

/* What stood against it has ended: half of its points are forgotten, and each signature counts anew. */
void reported_rearm(struct reported *r, uint64_t address_key);

void reported_near(struct reported *r, const struct reported_opts *o, uint64_t address_key, mono_t now,
	struct nears *out);

#endif
