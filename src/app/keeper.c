/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keeper's life: made before anything of ours is in the kernel, for the allowed are
 * known from it; ended when the table is gone. Between the two, a thread that writes once
 * a second.
 */
#include "app/keeper.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "app/keeper_state.h"
#include "base/err.h"
#include "base/text.h"
#include "codec/json_put.h"
#include "edge/clock.h"

#define EVENT_SLOTS 4096
#define TURN_MS 1000
#define DEFAULT_BYTES (UINT64_C(256) << 20)

struct lease_moment keeper_now(void)
{
	return (struct lease_moment){ .mono = clock_mono(), .wall = clock_wall() };
}

int keeper_visit(struct keeper *k, door_fn fn, void *ctx)
{
	struct engine *e = atomic_load(&k->engine);

	if (!e)
		return door_call(k->door, fn, ctx);
	fn(ctx, e, clock_mono());
	return 0;
}

void keeper_tell_guards(struct keeper *k)
{
	struct engine *e = atomic_load(&k->engine);

	if (e)
		keeper_set_allowed(k, engine_guards(e));
	else
		door_guards_changed(k->door);
}

static void wake(const struct keeper *k)
{
	uint64_t one = 1;

	/* It can fail only where the counter is full: then it is readable all the same. */
	if (write(k->wake_fd, &one, sizeof(one)) < 0)
		return;
}

/* True where somebody rang: what he has said is worth another try at once. */
static bool wait_for_work(const struct keeper *k)
{
	struct pollfd p = { .fd = k->wake_fd, .events = POLLIN };
	uint64_t n;

	return poll(&p, 1, TURN_MS) > 0 && read(k->wake_fd, &n, sizeof(n)) > 0;
}

static void finish(struct keeper *k)
{
	mono_t end = mono_add(clock_mono(), KEEPER_END_NS / 2);

	k->moment_at = (mono_t){ 0 };
	/* The door may have been shut between a change of the guards and the news of it. */
	if (k->restored)
		keeper_tell_guards(k);
	while (keeper_turn(k) && mono_since(end, clock_mono()) > 0)
		;
	pthread_mutex_lock(&k->store_lock);
	store_close(k->store, false);
	k->store = NULL;
	pthread_mutex_unlock(&k->store_lock);
}

static void *run(void *ctx)
{
	struct keeper *k = ctx;

	pthread_setname_np(pthread_self(), "keeper");
	while (!atomic_load(&k->stop)) {
		if (!keeper_turn(k) && wait_for_work(k))
			k->retry_at = (mono_t){ 0 };
	}
	finish(k);
	return NULL;
}

/* ---- the allowed ---- */

void keeper_add_allowed(struct keeper *k, const struct prefix *p)
{
	if (k->allowed.n < GUARDS)
		k->allowed.list[k->allowed.n++] = *p;
}

/* What earlier versions kept the allowed in. */
static void import_list(struct keeper *k)
{
	char path[STORE_PATH + 16], done[STORE_PATH + 32], line[PREFIX_TEXT + 2];
	struct prefix p;
	FILE *f;

	snprintf(path, sizeof(path), "%s/allow.list", k->state_dir);
	snprintf(done, sizeof(done), "%s.imported", path);
	f = fopen(path, "re");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (prefix_parse(line, &p))
			log_at(LOG_LEVEL_WARNING, "%s: a line is no address and is passed over",
				path);
		else
			keeper_add_allowed(k, &p);
	}
	fclose(f);
	k->allowed.version++;
	if (rename(path, done))
		log_at(LOG_LEVEL_WARNING, "%s: %s; it will be read again", path,
			strerror(errno));
}

void keeper_allowed(const struct keeper *k, struct guards *out)
{
	for (size_t i = 0; i < k->allowed.n; i++)
		if (guards_add(out, &k->allowed.list[i], GUARD_ALLOWED) == ERR_FULL)
			log_at(LOG_LEVEL_WARNING, "allowed addresses: no room for more guards");
}

void keeper_set_allowed(struct keeper *k, const struct guards *g)
{
	pthread_mutex_lock(&k->lock);
	k->allowed.n = 0;
	for (size_t i = 0; i < g->n; i++)
		if (g->list[i].kind == GUARD_ALLOWED)
			keeper_add_allowed(k, &g->list[i].prefix);
	k->allowed.version++;
	pthread_mutex_unlock(&k->lock);
	wake(k);
}

/* ---- questions ---- */

static int incident(struct keeper *k, uint64_t id, const char *subject, char **json)
{
	int err = ERR_AGAIN;

	pthread_mutex_lock(&k->store_lock);
	if (k->store)
		err = id ? store_incident_by_id(k->store, id, json) :
			store_incident_by_subject(k->store, subject, json);
	pthread_mutex_unlock(&k->store_lock);
	return err;
}

int keeper_incident_by_id(struct keeper *k, uint64_t id, char **json)
{
	return incident(k, id, "", json);
}

int keeper_incident_by_subject(struct keeper *k, const struct subject *s, char **json)
{
	char text[SUBJECT_TEXT];

	subject_format(s, text);
	return incident(k, 0, text, json);
}

/* From where to read: as asked; from the first one where that number is of another file; never beyond the last. */
static int64_t begin_of(const struct event_cursor *after, struct keeper_place *p)
{
	const bool known = strcmp(after->name, p->events.name) == 0;

	if (!after->name[0])
		return p->events.last;
	p->renewed = !known;
	if (!known)
		return p->events.first - 1;
	if (after->id < p->events.first - 1) {
		p->missed = (uint64_t)(p->events.first - 1 - after->id);
		return p->events.first - 1;
	}
	return after->id < p->events.last ? after->id : p->events.last;
}

int keeper_events_after(struct keeper *k, const struct event_cursor *after, size_t most, store_event_fn fn, void *ctx,
	struct keeper_place *out)
{
	struct keeper_place p = { .missed = 0 };
	int err = ERR_AGAIN;

	pthread_mutex_lock(&k->store_lock);
	if (k->store)
		err = store_event_place(k->store, &p.events);
	if (!err) {
		p.from = begin_of(after, &p);
		err = store_events_after(k->store, p.from, most, fn, ctx);
	}
	pthread_mutex_unlock(&k->store_lock);
	if (!err)
		*out = p;
	return err;
}

void keeper_event(struct keeper *k, const struct event *e)
{
	ring_put(k->ring, e);
	if (ring_count(k->ring) == EVENT_SLOTS / 4)
		wake(k);
}

void keeper_stats(struct keeper *k, struct keeper_stats *out)
{
	pthread_mutex_lock(&k->lock);
	*out = k->stats;
	pthread_mutex_unlock(&k->lock);
	out->events_lost = ring_lost(k->ring);
}

/* ---- life ---- */

static void read_boot(char out[STORE_BOOT])
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	/* Without it every start counts as another boot, which is the careful way. */
	if (!f || !fgets(out, STORE_BOOT, f))
		snprintf(out, STORE_BOOT, "unknown-%lld", (long long)clock_wall().ns);
	out[strcspn(out, "\n")] = '\0';
	if (f)
		fclose(f);
}

static int make_parts(struct keeper *k)
{
	size_t bytes = ring_bytes(EVENT_SLOTS, sizeof(struct event));

	k->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	k->batch = calloc(1, sizeof(*k->batch));
	k->ring_memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
	if (k->wake_fd < 0 || !k->batch || !k->ring_memory)
		return ERR_MEMORY;
	return ring_create(&k->ring, k->ring_memory, bytes, EVENT_SLOTS, sizeof(struct event));
}

int keeper_create(struct keeper **out, const struct keeper_opts *o)
{
	struct keeper *k = calloc(1, sizeof(*k));

	if (!k)
		return ERR_MEMORY;
	pthread_mutex_init(&k->store_lock, NULL);
	pthread_mutex_init(&k->lock, NULL);
	if (make_parts(k)) {
		keeper_destroy(k, NULL);
		return ERR_MEMORY;
	}
	k->opts.max_bytes = o->max_bytes ? o->max_bytes : DEFAULT_BYTES;
	read_boot(k->opts.boot);
	text_copy(k->state_dir, sizeof(k->state_dir), o->state_dir);
	snprintf(k->path, sizeof(k->path), "%.*s/tidegate.db", STORE_PATH - 16, o->state_dir);
	if (gethostname(k->host, sizeof(k->host) - 1))
		text_copy(k->host, sizeof(k->host), "unknown");
	keeper_open(k);
	import_list(k);
	*out = k;
	return 0;
}

int keeper_start(struct keeper *k, struct door *door)
{
	k->door = door;
	k->running = true;
	if (pthread_create(&k->thread, NULL, run, k) == 0)
		return 0;
	k->running = false;
	return ERR_MEMORY;
}

void keeper_note(struct keeper *k, const char *json)
{
	char *copy = strdup(json), *old;

	if (!copy)
		return;
	pthread_mutex_lock(&k->lock);
	old = k->note;
	k->note = copy;
	pthread_mutex_unlock(&k->lock);
	free(old);
}

bool keeper_destroy(struct keeper *k, struct engine *e)
{
	if (!k)
		return true;
	atomic_store(&k->engine, e);
	atomic_store(&k->stop, true);
	wake(k);
	if (k->running && !clock_joined(k->thread, KEEPER_END_NS)) {
		log_at(LOG_LEVEL_ERROR, "%s: the disk does not answer; what waited is lost",
			k->path);
		return false;
	}
	store_close(k->store, false);
	if (k->wake_fd >= 0)
		close(k->wake_fd);
	pthread_mutex_destroy(&k->store_lock);
	pthread_mutex_destroy(&k->lock);
	free(k->note);
	free(k->ring_memory);
	free(k->batch);
	free(k);
	return true;
}
