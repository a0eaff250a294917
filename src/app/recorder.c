/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recorder's life, its thread, and what is told of it. */
#include "app/recorder.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "app/recorder_state.h"
#include "app/version.h"
#include "base/err.h"
#include "base/text.h"
#include "edge/clock.h"

#define TURN_MS 500
#define RATE_NS (60 * NS_PER_S)
#define SYNC_TURNS 64 /* a quarter of a million observations: more than the ring holds */
#define SAY_LOST_NS (60 * NS_PER_S)

/* Asleep is said first: whoever fills the ring in between rings, and then it is no sleep. */
static void wait_for_work(struct recorder *r)
{
	struct pollfd p = { .fd = r->wake_fd, .events = POLLIN };
	uint64_t n;

	atomic_store(&r->asleep, true);
	if (!atomic_load(&r->stop) && poll(&p, 1, TURN_MS) > 0 && read(r->wake_fd, &n, sizeof(n)) < 0)
		return;
	atomic_store(&r->asleep, false);
}

static void tell_lost(struct recorder *r, mono_t now)
{
	uint64_t lost = atomic_load(&r->lost);

	if (lost == r->lost_said || mono_since(now, r->lost_told) < SAY_LOST_NS)
		return;
	r->lost_told = now;
	log_at(LOG_LEVEL_WARNING, "%llu observations found no room on their way to the log",
		(unsigned long long)(lost - r->lost_said));
	r->lost_said = lost;
}

/* Over the last one to two minutes: two marks that take turns. */
static double rate(struct recorder *r, mono_t now)
{
	if (mono_since(now, r->marks[1].at) > RATE_NS) {
		r->marks[0] = r->marks[1];
		r->marks[1] = (struct recorder_mark){ .at = now, .written = r->written };
	}
	if (mono_since(now, r->marks[0].at) < NS_PER_S)
		return 0;
	return (double)(r->written - r->marks[0].written) * (double)NS_PER_S /
		(double)mono_since(now, r->marks[0].at);
}

static void count(struct recorder *r)
{
	mono_t now = clock_mono();
	struct obslog_stats s;

	tell_lost(r, now);
	obslog_stats(r->log, &s);
	pthread_mutex_lock(&r->lock);
	r->stats.bytes = s.bytes;
	r->stats.files = s.files;
	r->stats.since = s.since;
	r->stats.unwritten = s.entries_lost;
	r->stats.written = r->written;
	r->stats.per_second = rate(r, now);
	pthread_mutex_unlock(&r->lock);
}

static void wake(const struct recorder *r)
{
	uint64_t one = 1;

	/* It can fail only where the counter is full: then it is readable all the same. */
	if (write(r->wake_fd, &one, sizeof(one)) < 0)
		return;
}

void recorder_sync(void *recorder)
{
	struct recorder *r = recorder;
	struct timespec end;
	uint64_t mine;

	if (!r)
		return;
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += RECORDER_SYNC_NS / NS_PER_S;
	pthread_mutex_lock(&r->lock);
	mine = ++r->sync_wanted;
	wake(r);
	while (r->sync_done < mine && pthread_cond_timedwait(&r->synced, &r->lock, &end) == 0)
		;
	pthread_mutex_unlock(&r->lock);
}

/* What was wanted before the ring was read is written afterwards. */
static void sync_all(struct recorder *r)
{
	uint64_t wanted;

	pthread_mutex_lock(&r->lock);
	wanted = r->sync_wanted;
	pthread_mutex_unlock(&r->lock);
	if (wanted == r->sync_done)
		return;
	for (size_t n = 0; n < SYNC_TURNS && recorder_drain(r); n++)
		;
	recorder_flush(r, true);
	pthread_mutex_lock(&r->lock);
	r->sync_done = wanted;
	pthread_cond_broadcast(&r->synced);
	pthread_mutex_unlock(&r->lock);
}

static void finish(struct recorder *r)
{
	mono_t end = mono_add(clock_mono(), RECORDER_END_NS / 2);

	while (recorder_drain(r) && mono_since(end, clock_mono()) > 0)
		;
	recorder_flush(r, true);
	sync_all(r);
}

static void *run(void *ctx)
{
	struct recorder *r = ctx;

	pthread_setname_np(pthread_self(), "recorder");
	while (!atomic_load(&r->stop)) {
		bool more = recorder_drain(r);

		recorder_flush(r, false);
		sync_all(r);
		count(r);
		if (!more)
			wait_for_work(r);
	}
	finish(r);
	return NULL;
}

void recorder_rules(struct recorder *r, const struct conf *c)
{
	struct log_entry e = { .kind = LOG_RULES };

	if (!r)
		return;
	e.rules.digest = conf_digest(c);
	text_copy(e.rules.policy, sizeof(e.rules.policy), c->rules.policy.name);
	pthread_mutex_lock(&r->lock);
	r->rules = e;
	pthread_mutex_unlock(&r->lock);
}

void recorder_stats(struct recorder *r, struct recorder_stats *out)
{
	*out = (struct recorder_stats){ .enabled = false };
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	*out = r->stats;
	pthread_mutex_unlock(&r->lock);
	out->lost = atomic_load(&r->lost);
}

/* ---- life ---- */

static void read_boot(char *out, size_t size)
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!f || !fgets(out, (int)size, f))
		text_copy(out, size, "unknown");
	out[strcspn(out, "\n")] = '\0';
	if (f)
		fclose(f);
}

static void describe_run(const struct recorder_opts *o, struct observation_run *run)
{
	*run = (struct observation_run){ .key = *o->key, .start = o->start, .sizes = o->conf->sizes,
		.enforce = o->conf->enforce, .rules = conf_digest(o->conf), .wall_ns = steady_offset(o->steady) };
	if (getrandom(&run->id, sizeof(run->id), 0) != (ssize_t)sizeof(run->id) || !run->id)
		run->id = (uint64_t)clock_wall().ns;
	read_boot(run->boot, sizeof(run->boot));
	if (gethostname(run->host, sizeof(run->host) - 1))
		text_copy(run->host, sizeof(run->host), "unknown");
	text_copy(run->version, sizeof(run->version), TIDEGATE_VERSION);
	text_copy(run->policy, sizeof(run->policy), o->conf->rules.policy.name);
}

static int make_parts(struct recorder *r, const struct recorder_opts *o)
{
	struct obslog_opts l = { .folder = r->folder, .max_bytes = o->conf->observations.max_bytes,
		.keep_ns = o->conf->observations.keep_ns };
	size_t bytes = bytering_bytes(RECORDER_RING);

	describe_run(o, &l.run);
	r->wall_ns = l.run.wall_ns;
	r->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r->room = calloc(1, sizeof(*r->room));
	r->ring_memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
	if (r->wake_fd < 0 || !r->room || !r->ring_memory)
		return ERR_MEMORY;
	if (bytering_create(&r->ring, r->ring_memory, bytes, RECORDER_RING))
		return ERR_MEMORY;
	return obslog_create(&r->log, &l);
}

int recorder_create(struct recorder **out, const struct recorder_opts *o)
{
	const struct conf_observations *c = &o->conf->observations;
	struct recorder *r;

	*out = NULL;
	if (!c->enabled)
		return 0;
	r = calloc(1, sizeof(*r));
	if (!r)
		return ERR_MEMORY;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->synced, NULL);
	r->wake_fd = -1;
	r->steady = o->steady;
	r->stats = (struct recorder_stats){ .enabled = true, .max_bytes = c->max_bytes, .keep_ns = c->keep_ns };
	r->marks[0].at = r->marks[1].at = clock_mono();
	snprintf(r->folder, sizeof(r->folder), "%s/observations", o->conf->paths.state_dir);
	if (make_parts(r, o)) {
		recorder_destroy(r);
		return ERR_MEMORY;
	}
	count(r);
	*out = r;
	return 0;
}

int recorder_start(struct recorder *r)
{
	if (!r)
		return 0;
	r->running = true;
	if (pthread_create(&r->thread, NULL, run, r) == 0)
		return 0;
	r->running = false;
	return ERR_MEMORY;
}

bool recorder_destroy(struct recorder *r)
{
	if (!r)
		return true;
	atomic_store(&r->stop, true);
	if (r->wake_fd >= 0)
		wake(r);
	if (r->running && !clock_joined(r->thread, RECORDER_END_NS)) {
		log_at(LOG_LEVEL_ERROR, "%s: the disk does not answer; what waited is lost", r->folder);
		return false;
	}
	obslog_destroy(r->log);
	if (r->wake_fd >= 0)
		close(r->wake_fd);
	pthread_cond_destroy(&r->synced);
	pthread_mutex_destroy(&r->lock);
	free(r->ring_memory);
	free(r->room);
	free(r);
	return true;
}
