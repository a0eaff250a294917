/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words that set the stage and move time; send and expect have files of their own. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "scenario.h"

bool story_fail(const struct story *s, const char *format, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%u: ", s->path, s->line);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	return false;
}

const char *story_after(const struct story *s, const char *key)
{
	for (size_t i = 1; i + 1 < s->n_words; i++)
		if (!strcmp(s->words[i], key))
			return s->words[i + 1];
	return NULL;
}

bool story_has(const struct story *s, const char *word)
{
	for (size_t i = 1; i < s->n_words; i++)
		if (!strcmp(s->words[i], word))
			return true;
	return false;
}

bool story_duration(const struct story *s, const char *word, int64_t *ns)
{
	if (word && duration_parse(word, ns) == 0)
		return true;
	return story_fail(s, "\"%s\" is no duration", word ? word : "");
}

bool story_service(const struct story *s, const char *word, uint8_t *proto, uint16_t *port)
{
	unsigned n;

	if (word && sscanf(word, "tcp/%u", &n) == 1 && n < 65536)
		*proto = PROTO_TCP;
	else if (word && sscanf(word, "udp/%u", &n) == 1 && n < 65536)
		*proto = PROTO_UDP;
	else
		return story_fail(s, "\"%s\" is no service", word ? word : "");
	*port = (uint16_t)n;
	return true;
}

bool story_subject(const struct story *s, const char *word, struct subject *out)
{
	struct addr a;

	*out = (struct subject){ .kind = SUBJECT_SOURCE };
	if (!strncmp(word, "to:", 3)) {
		if (!story_subject(s, word + 3, out))
			return false;
		out->kind = SUBJECT_DESTINATION;
		return true;
	}
	if (!strncmp(word, "uid:", 4) || !strncmp(word, "cgroup:", 7)) {
		bool user = *word == 'u';

		out->kind = SUBJECT_ACTOR;
		out->actor = (struct actor){ .kind = user ? ACTOR_USER : ACTOR_GROUP, .level = !user };
		if (user)
			out->actor.uid = (uint32_t)strtoul(word + 4, NULL, 10);
		else
			out->actor.cgroup = strtoull(word + 7, NULL, 10);
		return true;
	}
	if (!strcmp(word, "host")) {
		out->kind = SUBJECT_HOST;
		return true;
	}
	if (!strncmp(word, "tcp/", 4) || !strncmp(word, "udp/", 4)) {
		out->kind = SUBJECT_SERVICE;
		return story_service(s, word, &out->proto, &out->port);
	}
	if (addr_parse(word, &a) == 0 && a.family == FAMILY_V6)
		out->source = prefix_of(&a, 64);
	else if (prefix_parse(word, &out->source))
		return story_fail(s, "\"%s\" is no subject", word);
	return true;
}

static bool verb_policy(struct story *s)
{
	if (s->n_words != 2 || s->world.engine)
		return story_fail(s, "policy NAME, before anything happens");
	return world_load(&s->world, "policies/tidegate.conf", s->words[1]);
}

static bool verb_reload(struct story *s)
{
	if (s->n_words != 3 || !world_load(&s->world, "policies/tidegate.conf", s->words[2]))
		return story_fail(s, "reload policy NAME");
	engine_swap_rules(s->world.engine, &s->world.conf.rules);
	return true;
}

static bool verb_mode(struct story *s)
{
	bool enforce = story_has(s, "enforce");

	if (!enforce && !story_has(s, "detect"))
		return story_fail(s, "mode enforce|detect");
	s->world.enforce = enforce;
	if (s->world.engine) {
		engine_set_mode(s->world.engine, enforce, s->world.now);
		world_settle(&s->world);
	}
	return true;
}

static bool verb_sizes(struct story *s)
{
	if (s->world.engine)
		return story_fail(s, "sizes come before anything happens");
	if (story_after(s, "sources"))
		s->sources = strtoul(story_after(s, "sources"), NULL, 10);
	if (story_after(s, "subjects"))
		s->subjects = strtoul(story_after(s, "subjects"), NULL, 10);
	return true;
}

static bool verb_seed(struct story *s)
{
	s->world.seed = strtoull(s->n_words == 2 ? s->words[1] : "0", NULL, 10);
	return s->n_words == 2 || story_fail(s, "seed NUMBER");
}

/* listen tcp/22 tcp/80 udp/53: from now on these and no others. */
static bool verb_listen(struct story *s)
{
	struct world *w = &s->world;

	memset(&w->listening, 0, sizeof(w->listening));
	w->listening.known[LISTEN_TCP] = w->listening.known[LISTEN_UDP] =
		w->listening.known[LISTEN_SCTP] = true;
	for (size_t i = 1; i < s->n_words; i++) {
		uint8_t proto = 0;
		uint16_t port = 0;

		if (!strcmp(s->words[i], "nothing"))
			continue;
		if (!story_service(s, s->words[i], &proto, &port))
			return false;
		listen_snapshot_add(&w->listening, proto == PROTO_TCP ? LISTEN_TCP : LISTEN_UDP,
			port);
	}
	engine_listening(w->engine, &w->listening, w->now);
	return true;
}

static bool verb_after(struct story *s)
{
	int64_t ns;

	if (!story_duration(s, s->n_words == 2 ? s->words[1] : NULL, &ns))
		return false;
	world_advance(&s->world, ns);
	return true;
}

static bool verb_clear(struct story *s)
{
	s->mark = s->world.n_events;
	return true;
}

static bool verb_guard(struct story *s)
{
	static const char *const kinds[] = { "own", "gateway", "resolver", "admin", "never_block",
		"allowed" };
	struct subject who;

	for (size_t i = 0; s->n_words == 3 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i], s->words[1]) && story_subject(s, s->words[2], &who)) {
			guards_add(engine_guards(s->world.engine), &who.source,
				(enum guard_kind)(GUARD_OWN + i));
			engine_guards_changed(s->world.engine, s->world.now);
			world_settle(&s->world);
			return true;
		}
	return story_fail(s, "guard KIND PREFIX");
}

static bool verb_neighbours(struct story *s)
{
	struct prefix p[NEIGHBOUR_WORDS];
	size_t n = 0;

	for (size_t i = 1; i < s->n_words && n < NEIGHBOUR_WORDS; i++)
		if (prefix_parse(s->words[i], &p[n++]))
			return story_fail(s, "\"%s\" is no prefix", s->words[i]);
	engine_set_neighbours(s->world.engine, p, n);
	return true;
}

static bool verb_fate(struct story *s)
{
	static const char *const names[] = { "unknown", "socket", "tracked", "half", "gone" };
	struct world *w = &s->world;

	for (size_t i = 0; s->n_words >= 3 && i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], s->words[2]) && w->n_fates < WORLD_FATES &&
			prefix_parse(s->words[1], &w->fates[w->n_fates].who) == 0) {
			w->fates[w->n_fates].silent = story_has(s, "silent");
			w->fates[w->n_fates++].fate = (enum ask_fate)i;
			return true;
		}
	return story_fail(s, "fate PREFIX unknown|socket|tracked|half|gone [silent]");
}

static bool verb_kernel(struct story *s)
{
	struct world *w = &s->world;

	w->kernel_late = story_has(s, "late");
	w->kernel_result = 0;
	if (story_has(s, "full"))
		w->kernel_result = ERR_FULL;
	else if (story_has(s, "again"))
		w->kernel_result = ERR_AGAIN;
	else if (story_has(s, "forbids"))
		w->kernel_result = ERR_PERMISSION;
	else if (story_has(s, "flushed")) {
		w->n_elements = 0;
		engine_table_lost(w->engine, "flushed by a scenario", w->now);
		world_settle(w);
	} else if (!story_has(s, "fine") && !w->kernel_late)
		return story_fail(s, "kernel fine|late|full|again|forbids|flushed");
	return true;
}

static uint32_t number_after(const struct story *s, const char *key)
{
	const char *word = story_after(s, key);

	return word ? (uint32_t)strtoul(word, NULL, 10) : 0;
}

/* census tcp/80 half 100 old 80 queue 3 backlog 128 open 40 closing 0; census none */
static bool verb_census(struct story *s)
{
	struct world *w = &s->world;
	struct service_census c = { .half_open = number_after(s, "half"),
		.half_open_old = number_after(s, "old"), .accept_queue = number_after(s, "queue"),
		.backlog = number_after(s, "backlog"), .established = number_after(s, "open"),
		.close_wait = number_after(s, "closing") };

	if (s->n_words == 2 && !strcmp(s->words[1], "none")) {
		w->n_census = 0;
		return true;
	}
	if (s->n_words < 2 || !story_service(s, s->words[1], &c.proto, &c.port))
		return false;
	for (size_t i = 0; i < w->n_census; i++)
		if (w->census[i].port == c.port) {
			w->census[i] = c;
			return true;
		}
	w->census[w->n_census++ % 16] = c;
	return true;
}

static bool verb_pressure(struct story *s)
{
	s->world.pressure = (struct pressure){ .listen_overflows = number_after(s, "overflows"),
		.listen_drops = number_after(s, "drops"), .cookies_sent = number_after(s, "cookies"),
		.queue_full = number_after(s, "full") };
	return true;
}

const struct verb story_verbs[] = {
	{ "policy", verb_policy, false },
	{ "mode", verb_mode, false },
	{ "sizes", verb_sizes, false },
	{ "seed", verb_seed, false },
	{ "reload", verb_reload, true },
	{ "listen", verb_listen, true },
	{ "after", verb_after, true },
	{ "clear", verb_clear, true },
	{ "guard", verb_guard, true },
	{ "neighbours", verb_neighbours, true },
	{ "fate", verb_fate, true },
	{ "kernel", verb_kernel, true },
	{ "census", verb_census, true },
	{ "pressure", verb_pressure, true },
	{ "holders", verb_holders, true },
	{ "owner", verb_owner, true },
	{ "clock", verb_clock, true },
	{ "resolver", verb_resolver, true },
	{ "lookup", verb_lookup, true },
	{ "listed", verb_listed, true },
	{ "reported", verb_reported, true },
	{ "moved", verb_moved, true },
	{ "ban", verb_ban, true },
	{ "unban", verb_unban, true },
	{ "try", verb_try, true },
	{ "confirm", verb_confirm, true },
	{ "panic", verb_panic, true },
	{ "lost", verb_lost, true },
	{ "restart", verb_restart, true },
	{ "budget", verb_budget, true },
	{ "send", verb_send, true },
	{ "copy", verb_send, true },
	{ "sent", verb_send, true },
	{ "forward", verb_send, true },
	{ "session", verb_session, true },
	{ "expect", verb_expect, true },
	{ NULL, NULL, false },
};
