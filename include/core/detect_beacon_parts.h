/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two halves of the beacon detector share: who decides (detect_beacon.c), and the bounded tables of who called whom
 * (detect_beacon_table.c). Nobody else includes it.
 */
#ifndef TIDEGATE_CORE_DETECT_BEACON_PARTS_H
#define TIDEGATE_CORE_DETECT_BEACON_PARTS_H

#include "core/detect_beacon.h"
#include "core/rhythm.h"

#define BEACON_WAYS 8
#define BEACON_RECORDS (1088 * BEACON_WAYS)
#define BEACON_CANDIDATES (1280 * BEACON_WAYS)
#define BEACON_FLOWS (512 * BEACON_WAYS)
#define BEACON_TOLD 256
#define BEACON_CALLS 3     /* that a candidate remembers */
#define BEACON_UNIT_BITS 23 /* times are kept in units of 8.4 ms: they wrap after 417 days */
#define BEACON_UNITS(s) ((uint32_t)((uint64_t)(s) * (uint64_t)NS_PER_S >> BEACON_UNIT_BITS))
#define BEACON_DAY BEACON_UNITS(86400)

/* Who has not called often enough yet to become a record. */
struct beacon_candidate {
	uint64_t key;
	uint32_t last;
	uint32_t calls[BEACON_CALLS];
	uint8_t n;
};

struct beacon_record {
	uint64_t key;         /* 0: none */
	struct rhythm gaps, sizes;
	uint32_t last, call;  /* of the last contact, and of the call that it belongs to */
	uint32_t first_s;
	uint32_t calls;
	uint32_t raised_at;
	bool raised;
	uint16_t evenness;
	struct addr to;       /* lately */
};

struct beacon_flow {
	uint64_t tuple, key;
};

/* A long connection that was told. */
struct beacon_told {
	uint64_t key;
	uint32_t at;
};

struct beacon {
	struct hash_key key;
	struct beacon_stats stats;
	struct beacon_record records[BEACON_RECORDS];
	struct beacon_candidate candidates[BEACON_CANDIDATES];
	struct beacon_flow flows[BEACON_FLOWS];
	struct beacon_told told[BEACON_TOLD];
};

uint32_t beacon_units(mono_t t);
uint32_t beacon_seconds(mono_t t);
/* A clock may step back: then no time has passed. */
uint32_t beacon_passed(uint32_t now, uint32_t then);

/* name: "" for none. */
uint64_t beacon_key(const struct beacon *b, const struct tuple *t, const struct actor *a, const char *name);

/* Counts a contact. NULL: there is no record of it yet. */
struct beacon_record *beacon_meet(struct beacon *b, uint64_t key, mono_t at);

/* Whose flow it is, until it ends; then its record, or NULL where that or the flow was forgotten. */
void beacon_flow_opens(struct beacon *b, const struct tuple *t, uint64_t key);
struct beacon_record *beacon_flow_ends(struct beacon *b, const struct tuple *t);

#endif
