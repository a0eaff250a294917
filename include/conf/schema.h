/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one table of all keys: name, type, bounds, unit, default, meaning, and the field it
 * fills. It drives reading, the search for unknown keys, and printing. Internal to conf.
 */
#ifndef TIDEGATE_CONF_SCHEMA_H
#define TIDEGATE_CONF_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum key_type {
	KEY_BOOL = 0,
	KEY_UINT,    /* 1, 2, 4 or 8 bytes */
	KEY_MIB,     /* a whole number of MiB, kept as uint64_t bytes */
	KEY_NATS,    /* a number with a fraction, kept as int16_t in 64ths */
	KEY_TIME,    /* "10m", kept as int64_t nanoseconds */
	KEY_WORD,    /* one of words, kept as its value */
	KEY_BITS,    /* any of words, kept as the OR of their values */
	KEY_TEXT,    /* char array */
	KEY_NAME,    /* the same, of letters, digits and . - _ */
	KEY_GLOB,    /* the same, and '*' */
	KEY_PATH,    /* char array; relative ones stand beside the main file */
	KEY_PREFIX,  /* struct prefix */
	KEY_SECTION, /* a group with keys of its own */
	KEY_APART,   /* rules, reactions, policy: read by functions of their own */
};

struct schema_word {
	const char *word; /* NULL ends the list */
	uint64_t value;
};

struct schema_section;

struct schema_key {
	const char *name;
	enum key_type type;
	size_t at, size;     /* the field, or the first element of an array */
	size_t cap, least;   /* elements of the array, most and fewest; cap 0: none */
	size_t count_at, count_size; /* where the number of elements is kept */
	int64_t min, max;    /* in the unit in which the field keeps it */
	bool endless;        /* KEY_TIME: "forever" is a word for max */
	const char *unit;    /* "" for none */
	const char *preset;  /* the default as files write it; NULL: must be given */
	const char *help;
	const struct schema_word *words;
	const struct schema_section *section;
};

struct schema_section {
	const char *what; /* how a problem names it: "divert", "rule" */
	const struct schema_key *keys;
	size_t n;
};

/* Where a field is in its struct; an array goes with the member that counts it. */
#define FIELD(s, m) .at = offsetof(s, m), .size = sizeof(((s *)0)->m)
#define ARRAY(s, m, n) \
	.at = offsetof(s, m), .size = sizeof(((s *)0)->m[0]), \
	.cap = sizeof(((s *)0)->m) / sizeof(((s *)0)->m[0]), \
	.count_at = offsetof(s, n), .count_size = sizeof(((s *)0)->n)
#define SECTION(name, list) { name, list, sizeof(list) / sizeof((list)[0]) }

/* Roots of the three kinds of file: the first fills struct conf, the second has KEY_APART
 * alone, the third fills struct policy. */
extern const struct schema_section schema_main;
extern const struct schema_section schema_rules_file;
extern const struct schema_section schema_policy_file;

/* The groups in them, and the struct that each one fills. */
extern const struct schema_section schema_scan;        /* struct engine_rules */
extern const struct schema_section schema_policy;      /* struct policy, in main */
extern const struct schema_section schema_reaction;    /* struct reaction */
extern const struct schema_section schema_feed;        /* struct conf_feed, in main */
extern const struct schema_section schema_events;      /* struct conf_events, in main */
extern const struct schema_section schema_notify;      /* struct conf_notify, in main */
extern const struct schema_section schema_metrics;     /* struct conf_metrics, in main */
extern const struct schema_section schema_allowlist;   /* struct allow_group */
extern const struct schema_section schema_allow_to;    /* struct allow_to */
extern const struct schema_section schema_rule;        /* struct rule */
extern const struct schema_section schema_scan_fast;   /* struct scan_opts */
extern const struct schema_section schema_scan_slow;   /* struct scan_opts */
extern const struct schema_section schema_scan_proven; /* struct scan_opts */
extern const struct schema_section schema_spray;       /* struct spray_opts */
extern const struct schema_section schema_flood;       /* struct flood_opts */
extern const struct schema_section schema_hold_flood;  /* struct hold_opts */
extern const struct schema_section schema_hold_slow;   /* struct hold_opts */
extern const struct schema_section schema_hold_wait;   /* struct hold_opts */
extern const struct schema_section schema_volume_surge; /* struct volume_opts */
extern const struct schema_section schema_volume_mix;   /* struct volume_opts */
extern const struct schema_section schema_novel_service; /* struct novel_opts */
extern const struct schema_section schema_novel_protocol; /* struct novel_opts */
extern const struct schema_section schema_baseline;    /* struct baseline_opts */
extern const struct schema_section schema_brute_login; /* struct brute_opts */
extern const struct schema_section schema_brute_known; /* struct brute_opts */
extern const struct schema_section schema_brute_spread; /* struct brute_opts */
extern const struct schema_section schema_egress_beacon; /* struct beacon_opts */
extern const struct schema_section schema_egress_new;   /* struct reach_opts */
extern const struct schema_section schema_egress_signals; /* struct signals_opts */
extern const struct schema_section schema_egress_listed; /* has none */
extern const struct schema_section schema_egress_sweep; /* struct sweep_opts */
extern const struct schema_section schema_egress_trickle; /* struct exfil_opts */
extern const struct schema_section schema_egress_tunnel; /* struct tunnel_opts */
extern const struct schema_section schema_egress_volume; /* struct exfil_opts */
extern const struct schema_section schema_odd;         /* struct odd_opts */
extern const struct schema_section schema_reported;    /* struct reported_opts */
extern const struct schema_section schema_rate;        /* struct rate_rule */

/* Unsigned fields of 1, 2, 4 or 8 bytes. */
void schema_put(void *field, size_t size, uint64_t value);
uint64_t schema_get(const void *field, size_t size);

/* The word of a value, or NULL. */
const char *schema_word_of(const struct schema_word *words, uint64_t value);

#endif
