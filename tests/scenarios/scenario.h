/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a scenario, and the story they are told in. */
#ifndef TIDEGATE_TESTS_SCENARIOS_SCENARIO_H
#define TIDEGATE_TESTS_SCENARIOS_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>

#include "world.h"

#define STORY_WORDS 48
#define NEIGHBOUR_WORDS 32

struct story {
	struct world world;
	const char *path;
	unsigned line;
	char *words[STORY_WORDS];
	size_t n_words;
	size_t sources, subjects;
	size_t mark; /* events before this one are over */
};

struct verb {
	const char *name;
	bool (*run)(struct story *s);
	bool needs_engine;
};

extern const struct verb story_verbs[];

/* Says path:line and what is wrong; always false. */
bool story_fail(const struct story *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The word after 'key' in this line, or NULL. */
const char *story_after(const struct story *s, const char *key);
bool story_has(const struct story *s, const char *word);

/* "203.0.113.5", "2001:db8::/64", "tcp/22", "host", "to:203.0.113.5", "uid:1000" or "cgroup:4711" as a subject; IPv6 addresses
 * become their /64. */
bool story_subject(const struct story *s, const char *word, struct subject *out);
bool story_duration(const struct story *s, const char *word, int64_t *ns);
bool story_service(const struct story *s, const char *word, uint8_t *proto, uint16_t *port);

bool verb_expect(struct story *s);
bool verb_send(struct story *s);
bool verb_session(struct story *s);
bool verb_ban(struct story *s);
bool verb_unban(struct story *s);
bool verb_try(struct story *s);
bool verb_confirm(struct story *s);
bool verb_panic(struct story *s);
bool verb_lost(struct story *s);
bool verb_restart(struct story *s);
bool verb_budget(struct story *s);
bool story_endpoint(const struct story *s, const char *word, struct addr *a, uint16_t *port); /* "192.0.2.1:80" */

bool verb_owner(struct story *s);
bool verb_clock(struct story *s);
bool verb_resolver(struct story *s);
bool verb_lookup(struct story *s);
bool verb_listed(struct story *s);
bool verb_reported(struct story *s);
bool verb_moved(struct story *s);
bool verb_holders(struct story *s);

#endif
