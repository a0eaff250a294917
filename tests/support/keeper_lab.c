/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The door, the disk and the daemon around a keeper under test: see the header.
 */
#include "support/keeper_lab.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "conf/conf.h"
#include "edge/clock.h"

struct door door;
struct keeper *k;
static char folder[64], state[96], file[128];

/* ---- the engine's thread ---- */

static void on_event(void *ctx, const struct event *e)
{
	struct door *d = ctx;

	if (d->n_events < LAB_EVENTS)
		d->events[d->n_events++] = *e;
}

static void play_kernel(struct door *d)
{
	struct ledger_stats s;
	struct change c;

	ledger_stats(engine_ledger(d->engine), &s);
	if (s.by_state[MEASURE_WANTED] + s.by_state[MEASURE_SENT] > d->most_waiting)
		d->most_waiting = s.by_state[MEASURE_WANTED] + s.by_state[MEASURE_SENT];
	for (size_t i = 0; i < d->kernel_takes && engine_take_change(d->engine, &c); i++)
		engine_applied(d->engine, &c, 0, clock_mono());
}

static void *serve(void *ctx)
{
	struct door *d = ctx;

	pthread_mutex_lock(&d->lock);
	while (d->open) {
		if (!d->fn) {
			pthread_cond_wait(&d->come, &d->lock);
			continue;
		}
		d->fn(d->ctx, d->engine, clock_mono());
		play_kernel(d);
		d->fn = NULL;
		pthread_cond_signal(&d->gone);
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

int door_call(struct door *d, door_fn fn, void *ctx)
{
	int err = 0;

	pthread_mutex_lock(&d->visitors);
	pthread_mutex_lock(&d->lock);
	d->fn = fn;
	d->ctx = ctx;
	pthread_cond_signal(&d->come);
	while (d->fn && d->open)
		pthread_cond_wait(&d->gone, &d->lock);
	if (d->fn)
		err = ERR_AGAIN;
	d->fn = NULL;
	pthread_mutex_unlock(&d->lock);
	pthread_mutex_unlock(&d->visitors);
	return err;
}

void lab_copy_guards(void *ctx, struct engine *e, mono_t now)
{
	(void)now;
	*(struct guards *)ctx = *engine_guards(e);
}

void door_guards_changed(struct door *d)
{
	struct guards g = { .n = 0 };

	if (!door_call(d, lab_copy_guards, &g))
		keeper_set_allowed(k, &g);
}

static void make_engine(void)
{
	static struct conf conf;
	static struct conf_report report;
	struct conf_source src = { .file = "policies/tidegate.conf" };
	struct engine_opts o = { .sizes = { .sources = 1024, .rates = 256,
		.subjects = LAB_SUBJECTS, .incidents = 512, .asks = 64 }, .enforce = true,
		.start = clock_mono(), .emit = on_event, .emit_ctx = &door };
	size_t size;

	ck_assert_int_eq(conf_load(&src, &conf, &report), 0);
	o.rules = conf.rules;
	hash_key_from_seed(&o.key, 11);
	size = (engine_bytes(&o.sizes) + 63) / 64 * 64;
	door.memory = aligned_alloc(64, size);
	ck_assert_ptr_nonnull(door.memory);
	ck_assert_int_eq(engine_create(&door.engine, door.memory, size, &o), 0);
}

static void open_door(void)
{
	pthread_mutex_init(&door.visitors, NULL);
	pthread_mutex_init(&door.lock, NULL);
	pthread_cond_init(&door.come, NULL);
	pthread_cond_init(&door.gone, NULL);
	door.n_events = 0;
	door.most_waiting = 0;
	door.kernel_takes = LAB_SUBJECTS;
	door.open = true;
	make_engine();
	ck_assert_int_eq(pthread_create(&door.thread, NULL, serve, &door), 0);
}

void lab_shut_door(void)
{
	pthread_mutex_lock(&door.lock);
	door.open = false;
	pthread_cond_broadcast(&door.come);
	pthread_cond_broadcast(&door.gone);
	pthread_mutex_unlock(&door.lock);
	ck_assert_int_eq(pthread_join(door.thread, NULL), 0);
}

/* ---- a daemon's life ---- */

void lab_make_folder(void)
{
	strcpy(folder, "/tmp/tidegate-keeper-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(state, sizeof(state), "%s/state", folder);
	snprintf(file, sizeof(file), "%s/tidegate.db", state);
	ck_assert_int_eq(mkdir(state, 0700), 0);
	log_set_level(LOG_LEVEL_ERROR);
}

static void remove_all(const char *path)
{
	char name[512];
	DIR *d = opendir(path);

	for (const struct dirent *e; d && (e = readdir(d));) {
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		unlink(name);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

void lab_remove_folder(void)
{
	remove_all(state);
	remove_all(folder);
}

/* Where no file can be made, not even by root: below something that is no folder. */
void lab_lose_disk(void)
{
	char aside[128];

	snprintf(aside, sizeof(aside), "%s/aside", folder);
	ck_assert_int_eq(rename(state, aside), 0);
	FILE *f = fopen(state, "w");
	ck_assert_ptr_nonnull(f);
	fclose(f);
}

void lab_find_disk(void)
{
	char aside[128];

	snprintf(aside, sizeof(aside), "%s/aside", folder);
	ck_assert_int_eq(unlink(state), 0);
	ck_assert_int_eq(rename(aside, state), 0);
}

void lab_begin(void)
{
	struct keeper_opts o = { .state_dir = state };

	open_door();
	ck_assert_int_eq(keeper_create(&k, &o), 0);
	keeper_allowed(k, engine_guards(door.engine));
}

void lab_start(void)
{
	ck_assert_int_eq(keeper_start(k, &door), 0);
}

/* As the daemon ends: the engine's thread first. */
void lab_end(void)
{
	lab_shut_door();
	ck_assert(keeper_destroy(k, door.engine));
	free(door.memory);
}

struct keeper_stats lab_stats(void)
{
	struct keeper_stats s;

	keeper_stats(k, &s);
	return s;
}

/* ---- the control thread ---- */

struct prefix lab_address(size_t n)
{
	char text[32];
	struct prefix p;

	snprintf(text, sizeof(text), "198.18.%zu.%zu", n >> 8, n & 255);
	ck_assert_int_eq(prefix_parse(text, &p), 0);
	return p;
}

static void ban_now(void *ctx, struct engine *e, mono_t now)
{
	const struct guard *guard = NULL;

	ck_assert_int_eq(engine_ban(e, ctx, now, &guard, NULL), 0);
}

void lab_ban(size_t n)
{
	struct ban b = { .prefix = lab_address(n), .response = RESPONSE_DROP,
		.ttl_ns = 3600 * NS_PER_S + (int64_t)n * NS_PER_MS, .limit_rate = 10,
		.limit_burst = 20, .reason = "test" };

	ck_assert_int_eq(door_call(&door, ban_now, &b), 0);
}

void lab_unban_now(void *ctx, struct engine *e, mono_t now)
{
	ck_assert_int_eq(engine_unban(e, ctx, false, now), 0);
}

void lab_wrong_now(void *ctx, struct engine *e, mono_t now)
{
	ck_assert_int_eq(engine_false_positive(e, ctx, now), 0);
}

static void allow_now(void *ctx, struct engine *e, mono_t now)
{
	(void)now;
	ck_assert_int_eq(guards_add(engine_guards(e), ctx, GUARD_ALLOWED), 0);
}

void lab_allow(size_t n)
{
	struct prefix p = lab_address(n);

	ck_assert_int_eq(door_call(&door, allow_now, &p), 0);
	door_guards_changed(&door);
}

struct store_size lab_written(void)
{
	struct store_opts o = { .boot = "the reader's" };
	char aside[STORE_PATH], why[WHY_TEXT];
	struct store_size size;
	struct store *s;

	ck_assert_msg(store_open(&s, file, &o, aside, why) == 0, "%s", why);
	ck_assert_str_eq(aside, "");
	ck_assert_int_eq(store_measure_size(s, &size), 0);
	store_close(s, false);
	return size;
}
