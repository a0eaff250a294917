/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What reach.c (what is new), reach_table.c (records and what they add up to), reach_actors.c and reach_store.c share.
 * Internal to core.
 */
#ifndef TIDEGATE_CORE_REACH_PARTS_H
#define TIDEGATE_CORE_REACH_PARTS_H

#include "base/map.h"
#include "core/reach.h"

#define REACH_DAYS 16       /* of which an actor's new ones are counted */
#define REACH_FACTS (4 * REACH_RECORDS)
#define REACH_DAY_S 86400
#define REACH_CLOCK_SANE UINT32_C(1577836800) /* 2020: before it no clock is right */
#define REACH_NONE UINT32_MAX

/* Of a record: each is known as long as a record of it is. */
enum reach_fact {
	REACH_FACT_NET = 0, /* the actor has been there */
	REACH_FACT_DOMAIN,
	REACH_FACT_PORT,
	REACH_FACT_PROTOCOL,
	REACH_FACTS_EACH,
};

enum reach_roam { REACH_ROAM_DESTINATIONS = 0, REACH_ROAM_PORTS, REACH_ROAMS };

/* New ones a day: who meets many meets many on other days. */
struct reach_fresh {
	uint16_t day[REACH_DAYS], n[REACH_DAYS];
};

struct reach_actor {
	uint64_t key;
	bool used, met, taught;  /* met: since we run */
	uint32_t uid;
	uint32_t first_s, last_s;
	uint16_t days;
	mono_t begun;            /* first contact since we run */
	struct actor actor;
	struct reach_fresh fresh[REACH_ROAMS];
	char unit[REACH_UNIT];
};

/* A destination, whoever goes there. */
struct reach_place {
	uint64_t key;
	struct addr to;
	char name[REACH_NAME];
	uint32_t refs;           /* records; 0: free, and next is the next free one */
	uint32_t next;
	uint32_t first_s;
};

struct reach_entry {
	uint64_t key;
	uint64_t domain;         /* that it stands for among the facts; 0: none */
	uint64_t count;
	uint64_t bytes[FLOW_WAYS];
	uint64_t day_bytes, day_most;
	uint32_t first_s, last_s;
	uint32_t place;          /* free: the next free one */
	uint16_t days, port, actor;
	uint8_t proto;
	bool used : 1;
	bool taught : 1;
	bool changed : 1;        /* since it was handed over */
};

struct reach {
	struct hash_key key;
	struct map *by_actor, *by_place, *by_entry;
	struct map *facts;       /* how many records stand for it */
	uint32_t free_place, free_entry;
	uint32_t hand, victim;   /* where handing over, and making room, go on */
	mono_t minute;           /* that told counts in */
	uint32_t told;
	struct reach_stats stats;
	struct reach_actor actors[REACH_ACTORS];
	struct reach_place places[REACH_RECORDS];
	struct reach_entry entries[REACH_RECORDS];
};

/* ---- reach_actors.c ---- */

uint32_t reach_actor_find(const struct reach *r, uint32_t uid, const char *unit); /* REACH_NONE */
/* Where all are taken, the one that was there on fewest days and longest ago goes, with all its records. */
uint32_t reach_actor_make(struct reach *r, uint32_t uid, const char *unit, uint32_t now_s);
/* One more new one of the actor, on that day; and whether he meets that many. */
void reach_fresh_note(struct reach_fresh *f, uint32_t now_s);
bool reach_fresh_many(const struct reach_fresh *f, uint32_t many, uint32_t now_s);

/* ---- reach_table.c ---- */

struct reach_target {
	struct addr to;
	const char *name;
	uint16_t port;
	uint8_t proto;
};

/* Seconds that a record can hold. */
uint32_t reach_seconds(int64_t s);
/* When it was met first, by a clock that may have been wrong then: before 2020, or after now. */
uint32_t reach_first(uint32_t first_s, uint32_t now_s);
/* Stops at the end. */
uint64_t reach_sum(uint64_t a, uint64_t b);
/* Worth keeping until: each day of use is worth one more, up to ninety. */
uint64_t reach_worth(uint32_t last_s, uint16_t days);

uint32_t reach_place_find(const struct reach *r, const struct addr *to);
uint32_t reach_entry_find(const struct reach *r, uint32_t actor, const struct reach_target *t);
/* NULL where they are all taken and 'makes_room' is false. */
struct reach_entry *reach_entry_make(struct reach *r, uint32_t actor, const struct reach_target *t, uint32_t now_s,
	bool makes_room);
void reach_entry_drop(struct reach *r, struct reach_entry *e);
/* As the target is called now. */
void reach_entry_name(struct reach *r, struct reach_entry *e, const char *name);
void reach_fill(const struct reach *r, const struct reach_entry *e, struct reach_record *out);
/* Which facts the actor knows already: bits. That it has no name is a domain that is not known. */
unsigned reach_known_facts(const struct reach *r, uint32_t actor, const struct reach_target *t);

#endif
