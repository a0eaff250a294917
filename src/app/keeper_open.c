/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of the keeper: opened, found damaged, found full, and what people are told of
 * it. Each trouble is said once when it begins and once when it is over.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/keeper_state.h"
#include "base/err.h"
#include "base/text.h"
#include "edge/clock.h"

#define RETRY_NS (5 * NS_PER_S)
#define SAY_NS (60 * NS_PER_S)
#define DAMAGE_NS (60 * NS_PER_S) /* a disk that damages all must not be filled by us */

static void note(void *ctx, struct engine *e, mono_t now)
{
	engine_note(e, EVENT_NOTICE, false, ctx, now);
}

static void note_good(void *ctx, struct engine *e, mono_t now)
{
	engine_note(e, EVENT_NOTICE, true, ctx, now);
}

/* In the log, and as an event where somebody is there to take it. */
static void tell(struct keeper *k, bool good, char *text)
{
	log_at(good ? LOG_LEVEL_NOTICE : LOG_LEVEL_ERROR, "%s: %s", k->path, text);
	if (k->running)
		keeper_visit(k, good ? note_good : note, text);
}

void keeper_fail(struct keeper *k, int err, const char *why)
{
	char text[128];

	k->retry_at = mono_add(clock_mono(), RETRY_NS);
	pthread_mutex_lock(&k->lock);
	k->stats.failures++;
	k->stats.failing = true;
	snprintf(k->stats.error, sizeof(k->stats.error), "%s: %.*s", err_text(err),
		WHY_TEXT - 40, why);
	pthread_mutex_unlock(&k->lock);
	if (k->failing)
		return;
	k->failing = true;
	/* On a disk that is now full and now not, once a minute is enough. */
	k->said = mono_since(clock_mono(), k->said_at) >= 0;
	if (!k->said)
		return;
	k->said_at = mono_add(clock_mono(), SAY_NS);
	snprintf(text, sizeof(text), "the store cannot be written (%s: %.50s); it is "
		"tried again", err_text(err), why);
	tell(k, false, text);
}

void keeper_recover(struct keeper *k)
{
	char text[] = "the store is written again";

	if (!k->failing)
		return;
	k->failing = false;
	pthread_mutex_lock(&k->lock);
	k->stats.failing = false;
	pthread_mutex_unlock(&k->lock);
	if (k->said)
		tell(k, true, text);
}

static void tell_aside(struct keeper *k, const char *aside, const char *why)
{
	const char *name = strrchr(aside, '/');
	char text[128];

	pthread_mutex_lock(&k->lock);
	text_copy(k->stats.aside, sizeof(k->stats.aside), aside);
	text_copy(k->stats.error, sizeof(k->stats.error), why);
	pthread_mutex_unlock(&k->lock);
	snprintf(text, sizeof(text), "the store was damaged (%.40s); it is now %.40s", why,
		name ? name + 1 : "gone");
	tell(k, false, text);
}

/* The new file knows nothing: all that is in memory goes into it. */
static void begin_anew(struct keeper *k)
{
	pthread_mutex_lock(&k->lock);
	k->allowed.version++;
	pthread_mutex_unlock(&k->lock);
	k->excuses_new = true;
	k->walk_wanted = k->walk_all = true;
}

static void add_allowed(void *ctx, const struct prefix *p)
{
	struct keeper *k = ctx;

	keeper_add_allowed(k, p);
	if (k->running && k->late.n < GUARDS)
		k->late.list[k->late.n++] = *p;
}

static void add_excuse(void *ctx, const struct prefix *p, unsigned count, wall_t at)
{
	struct keeper *k = ctx;
	int64_t ago = clock_wall().ns - at.ns;
	mono_t then = mono_add(clock_mono(), ago > 0 ? -ago : 0);

	excuses_add(&k->excuses, p, count, then);
}

/* Once. Somebody may have been allowed while there was no file: both are kept. */
static int read_lists(struct keeper *k, char why[WHY_TEXT])
{
	int err;

	k->lists_read = true;
	pthread_mutex_lock(&k->store_lock);
	pthread_mutex_lock(&k->lock);
	err = store_each_allowed(k->store, add_allowed, k);
	pthread_mutex_unlock(&k->lock);
	if (!err)
		err = store_each_excuse(k->store, add_excuse, k);
	log_why(why, err, "%s", store_error(k->store));
	pthread_mutex_unlock(&k->store_lock);
	return err;
}

int keeper_open(struct keeper *k)
{
	char aside[STORE_PATH], why[WHY_TEXT];
	struct store *s = NULL;
	int err = store_open(&s, k->path, &k->opts, aside, why);

	if (err) {
		keeper_fail(k, err, why);
		return err;
	}
	pthread_mutex_lock(&k->store_lock);
	k->store = s;
	pthread_mutex_unlock(&k->store_lock);
	pthread_mutex_lock(&k->lock);
	k->stats.open = true;
	pthread_mutex_unlock(&k->lock);
	k->retry_at = k->moment_at = k->size_at = (mono_t){ 0 };
	if (aside[0]) {
		k->damaged_at = clock_mono();
		tell_aside(k, aside, why);
	}
	if (!k->lists_read && read_lists(k, why))
		return keeper_replace(k, why);
	if (k->restored)
		begin_anew(k);
	return 0;
}

/* Damage again so soon is the disk's, and another file would not be any better. */
static bool too_often(const struct keeper *k, mono_t now)
{
	return k->damaged_at.ns && mono_since(now, k->damaged_at) < DAMAGE_NS;
}

int keeper_replace(struct keeper *k, const char *why)
{
	char aside[STORE_PATH] = "", complaint[WHY_TEXT] = "", reason[WHY_TEXT];
	mono_t now = clock_mono();
	int err;

	text_copy(reason, sizeof(reason), why); /* it may be the store's own */
	pthread_mutex_lock(&k->store_lock);
	store_close(k->store, true);
	k->store = NULL;
	pthread_mutex_unlock(&k->store_lock);
	pthread_mutex_lock(&k->lock);
	k->stats.open = false;
	pthread_mutex_unlock(&k->lock);
	if (too_often(k, now)) {
		keeper_fail(k, ERR_INVALID, reason);
		k->retry_at = mono_add(now, DAMAGE_NS);
		return ERR_INVALID;
	}
	k->damaged_at = now;
	err = store_set_aside(k->path, aside, complaint);
	if (err) {
		keeper_fail(k, err, complaint);
		return err;
	}
	tell_aside(k, access(aside, F_OK) == 0 ? aside : "", reason);
	return keeper_open(k);
}
