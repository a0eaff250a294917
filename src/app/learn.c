/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A replay whose packets go to the tally, unless the engine has found their sender out. */
#include "app/learn.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/map.h"
#include "base/text.h"
#include "edge/clock.h"

#define FOUND_OUT 65536 /* sources; beyond, their slots are frozen instead */

struct learn {
	const struct learn_opts *o;
	struct learn_result *out;
	struct lessons *lessons;
	struct replay *replay;
	struct tally *tally;
	struct map *found_out; /* source_key to the second of the engine's time until which nothing is believed */
	void *map_memory, *tally_memory;
	struct lesson_capture *captures;
	int err;               /* of the file, in the middle of a replay that cannot be told */
};

/* ---- while it replays ---- */

static wall_t wall_of(const struct learn *l, mono_t t)
{
	return stamp_wall(replay_stamp(l->replay), t);
}

static bool is_found_out(const struct learn *l, const struct addr *a, mono_t at)
{
	const uint32_t until = map_count(l->found_out) ? map_get(l->found_out, source_key(a)) : MAP_NONE;

	return until != MAP_NONE && at.ns / NS_PER_S <= until;
}

static bool is_withheld(const struct learn *l, const struct replay_packet *p)
{
	switch (p->hook) {
	case HOOK_INPUT:
		return is_found_out(l, &p->packet->src, p->at);
	case HOOK_OUTPUT:
		return is_found_out(l, &p->packet->dst, p->at);
	case HOOK_FORWARD:
	case HOOK_COUNT:
		break;
	}
	return is_found_out(l, &p->packet->src, p->at) || is_found_out(l, &p->packet->dst, p->at);
}

static void on_packet(void *ctx, const struct replay_packet *p)
{
	struct learn *l = ctx;

	if (is_withheld(l, p)) {
		l->out->lesson.withheld++;
		return;
	}
	tally_packet(l->tally, &(struct tally_packet){ .packet = p->packet, .hook = p->hook, .word = p->word,
		.from = p->from, .within = p->within, .wire_len = p->wire_len, .at = wall_of(l, p->at),
		.listening = replay_listening(l->replay) });
}

/* True where what it sends from here on can be told from what others send. */
static bool find_out(struct learn *l, const struct subject *s, mono_t until)
{
	const struct prefix own = source_prefix(source_key(&s->source.addr));
	const uint64_t key = source_key(&s->source.addr);
	const int64_t until_s = until.ns / NS_PER_S;
	uint32_t known;

	if (s->kind != SUBJECT_SOURCE || s->source.len < own.len || until_s >= MAP_NONE)
		return false;
	known = map_get(l->found_out, key);
	if (known != MAP_NONE && known >= until_s)
		return true;
	return map_set(l->found_out, key, (uint32_t)until_s) == 0;
}

static void on_event(void *ctx, const struct event *e)
{
	struct learn *l = ctx;
	mono_t first = e->at, until = e->at;

	if (e->kind == EVENT_FINDING) {
		if (e->decision.response == RESPONSE_OBSERVE)
			return;
		if (e->finding.first.ns)
			first = e->finding.first;
		l->out->incidents++;
		/* A guarded one goes on unhindered, and is trusted. */
		if (!e->guard && !find_out(l, &e->finding.subject, mono_add(until, e->decision.ttl_ns)))
			until = mono_add(until, e->decision.ttl_ns);
	} else if (e->kind != EVENT_ALARM) {
		return;
	}
	tally_freeze(l->tally, wall_of(l, first), wall_of(l, until));
}

static void on_slot(void *ctx, const struct tally_slot *s)
{
	struct learn *l = ctx;
	struct lesson *lesson = &l->out->lesson;

	if (s->frozen) {
		lesson->frozen++;
		return;
	}
	if (l->err)
		return;
	l->err = lessons_add(l->lessons, s);
	lesson->slots++;
	for (size_t i = 0; i < s->n; i++) {
		const struct tally_series *series = &s->series[i];

		if (series->scope != TALLY_ALL)
			continue;
		lesson->packets += series->packets[TALLY_THERE] + series->packets[TALLY_BACK];
		l->out->connections += series->connections;
	}
}

static void on_warning(void *ctx, const char *text)
{
	struct learn *l = ctx;

	l->o->replay.warn(l->o->notice_ctx, text);
}

static void on_progress(void *ctx, const struct replay_stats *s)
{
	struct learn *l = ctx;

	l->o->replay.progress(l->o->notice_ctx, s);
}

/* ---- before ---- */

static void day_of(wall_t at, char out[24])
{
	time_t s = (time_t)(at.ns / NS_PER_S);
	struct tm utc;

	out[0] = '\0';
	if (gmtime_r(&s, &utc))
		strftime(out, 24, "%F %R UTC", &utc);
}

static int recognise(struct learn *l, size_t i, char why[CAPTURE_WHY])
{
	struct lesson_capture *c = &l->captures[i], known;
	char reason[WHY_TEXT], day[24];
	int err;

	if (strcmp(l->o->replay.paths[i], "-") == 0) {
		snprintf(why, CAPTURE_WHY, "standard input could not be recognised if it came again: write it to a file");
		return ERR_UNSUPPORTED;
	}
	err = lessons_digest(l->lessons, l->o->replay.paths[i], c, reason);
	if (err) {
		snprintf(why, CAPTURE_WHY, "%.256s: %s", l->o->replay.paths[i], reason);
		return err;
	}
	for (size_t k = 0; k < i; k++)
		if (l->captures[k].digest == c->digest && l->captures[k].bytes == c->bytes) {
			snprintf(why, CAPTURE_WHY, "%.200s and %.200s are the same", l->captures[k].name, c->name);
			return ERR_EXISTS;
		}
	known = *c;
	err = lessons_find_capture(l->lessons, &known);
	if (err == ERR_ABSENT)
		return 0;
	if (err) {
		snprintf(why, CAPTURE_WHY, "%.256s: %s", l->o->path, lessons_error(l->lessons));
		return err;
	}
	day_of(known.at, day);
	snprintf(why, CAPTURE_WHY, "%.200s was learned already, %s, as %.200s; nothing was changed", c->name, day,
		known.name);
	return ERR_EXISTS;
}

static int open_lessons(struct learn *l, char why[CAPTURE_WHY])
{
	static const struct lessons_opts lo = { .make = true, .max_bytes = LESSONS_MOST_BYTES };
	char reason[WHY_TEXT];
	int err = lessons_open(&l->lessons, l->o->path, &lo, l->out->aside, reason);

	if (err) {
		snprintf(why, CAPTURE_WHY, "%.256s: %s", l->o->path, reason);
		return err;
	}
	for (size_t i = 0; i < l->o->replay.n_paths && !err; i++)
		err = recognise(l, i, why);
	return err;
}

static int make(struct learn *l, char why[CAPTURE_WHY])
{
	struct hash_key key;
	int err = ERR_MEMORY;

	l->captures = calloc(l->o->replay.n_paths, sizeof(*l->captures));
	l->map_memory = malloc(map_bytes(FOUND_OUT));
	l->tally_memory = malloc(tally_bytes());
	if (l->captures && l->map_memory && l->tally_memory) {
		hash_key_from_seed(&key, l->o->replay.seed);
		err = map_create(&l->found_out, l->map_memory, map_bytes(FOUND_OUT), FOUND_OUT, &key);
	}
	if (err) {
		snprintf(why, CAPTURE_WHY, "%s", err_text(err));
		return err;
	}
	err = open_lessons(l, why);
	if (err)
		return err;
	tally_create(&l->tally, l->tally_memory, lessons_key(l->lessons), on_slot, l);
	return 0;
}

/* ---- all of it ---- */

static int complain_of_file(const struct learn *l, int err, char why[CAPTURE_WHY])
{
	if (err == ERR_FULL)
		snprintf(why, CAPTURE_WHY, "%.256s: %s; nothing was learned (%d MiB is the most it may grow to)", l->o->path,
			lessons_error(l->lessons), (int)(LESSONS_MOST_BYTES >> 20));
	else
		snprintf(why, CAPTURE_WHY, "%.256s: %s; nothing was learned", l->o->path, lessons_error(l->lessons));
	return err;
}

static int replay_all(struct learn *l, char why[CAPTURE_WHY])
{
	struct replay_opts ro = l->o->replay;
	struct replay_stats stats;
	int err;

	ro.emit = on_event;
	ro.packet = on_packet;
	ro.warn = on_warning;
	ro.progress = ro.progress ? on_progress : NULL;
	ro.ctx = l;
	err = replay_open(&l->replay, &ro, why);
	if (!err)
		err = replay_run(l->replay, why);
	if (err)
		return err;
	tally_finish(l->tally);
	tally_stats(l->tally, &l->out->tally);
	replay_stats(l->replay, &stats);
	l->out->lesson.first = stats.first;
	l->out->lesson.last = stats.last;
	l->out->outsiders = stats.strangers;
	home_format(replay_home(l->replay), l->out->home, sizeof(l->out->home));
	return 0;
}

static int keep(struct learn *l, char why[CAPTURE_WHY])
{
	const struct lesson *lesson = &l->out->lesson;
	int err = l->err;

	if (!err && !lesson->slots) {
		if (lesson->frozen)
			snprintf(why, CAPTURE_WHY, "nothing was learned: all of its %" PRIu64 " slots of five minutes "
				"belong to incidents", lesson->frozen);
		else
			snprintf(why, CAPTURE_WHY, "nothing was learned: no packet is of %.256s", *l->out->home ?
				l->out->home : "this host");
		return ERR_AGAIN;
	}
	if (!err)
		err = lessons_sum_up(l->lessons, lesson);
	for (size_t i = 0; i < l->o->replay.n_paths && !err; i++)
		err = lessons_put_capture(l->lessons, &l->captures[i]);
	if (!err)
		err = lessons_commit(l->lessons);
	return err ? complain_of_file(l, err, why) : 0;
}

int learn_captures(const struct learn_opts *o, struct learn_result *out, char why[CAPTURE_WHY])
{
	struct learn l = { .o = o, .out = out };
	int err;

	memset(out, 0, sizeof(*out));
	out->lesson.at = clock_wall();
	err = make(&l, why);
	if (!err) {
		err = lessons_begin(l.lessons);
		if (err)
			complain_of_file(&l, err, why);
	}
	if (!err)
		err = replay_all(&l, why);
	if (!err)
		err = keep(&l, why);
	replay_close(l.replay);
	lessons_close(l.lessons); /* what was not committed is rolled back */
	free(l.tally_memory);
	free(l.map_memory);
	free(l.captures);
	return err;
}
