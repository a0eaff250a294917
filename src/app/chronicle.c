/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The chronicle's life, its thread, and the box in which slots travel. */
#include "app/chronicle.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/chronicle_reach.h"
#include "app/known.h"
#include "base/err.h"
#include "base/ring.h"
#include "base/text.h"
#include "core/engine.h"
#include "edge/clock.h"

#define BOXES 8                        /* slots that wait: forty minutes of a disk that does not answer */
#define CLOCK_STEP (INT64_C(86400) * NS_PER_S)
#define TURN_MS 10000                  /* lessons that came or went are met so late, and a failure is tried again */
#define END_NS (3 * NS_PER_S)
#define TEACH_S (35 * INT64_C(86400))  /* what is older is told by the history, and forgotten by the model */

/* A slot with all that it points to. */
struct box {
	struct slot slot;
	struct slot_series series[SLOT_SERIES];
	struct slot_peer peers[SLOT_PEERS];
};

/* No padding: compared as bytes. */
struct lesson_mark {
	int64_t learn_from, lessons;
	uint64_t imported;
};

struct chronicle {
	char path[STORE_PATH], lessons_path[STORE_PATH];
	struct lesson_mark mark;
	int64_t apart; /* the two clocks, when lessons were looked for last */
	struct history_opts opts;
	struct history *history;
	struct door *door;
	struct ring *ring;
	void *memory;
	struct reach_box *reach;
	struct box put, take; /* the writer's, the thread's */
	bool waits;           /* 'take' is not in the file yet */
	bool begun;           /* the file was open once */
	int wake_fd;
	pthread_t thread;
	bool running;
	atomic_bool stop, teaching, open;
	atomic_uint_least64_t written, failed, taught;
	struct log_gate gate;
};

int chronicle_create(struct chronicle **out, const char *state_dir, const struct conf_history *conf)
{
	size_t bytes = ring_bytes(BOXES, sizeof(struct box));
	struct chronicle *c;

	*out = NULL;
	if (!conf->enabled)
		return 0;
	c = calloc(1, sizeof(*c));
	if (!c)
		return ERR_MEMORY;
	c->opts = (struct history_opts){ .make = true, .max_bytes = conf->max_bytes,
		.keep_slots_s = conf->keep_slots_ns / NS_PER_S, .keep_hours_s = conf->keep_hours_ns / NS_PER_S };
	snprintf(c->path, sizeof(c->path), "%s/%s", state_dir, HISTORY_FILE);
	snprintf(c->lessons_path, sizeof(c->lessons_path), "%s/%s", state_dir, LESSONS_FILE);
	c->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	c->memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
	if (c->wake_fd < 0 || reach_box_create(&c->reach) || !c->memory || ring_create(&c->ring, c->memory, bytes, BOXES, sizeof(struct box))) {
		chronicle_destroy(c);
		return ERR_MEMORY;
	}
	*out = c;
	return 0;
}

static void wake(struct chronicle *c)
{
	const uint64_t one = 1;

	if (write(c->wake_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		log_die("the chronicle's bell");
}

void chronicle_slot(void *chronicle, const struct slot *s)
{
	struct chronicle *c = chronicle;
	struct box *b = &c->put;

	b->slot = *s;
	b->slot.n = s->n < SLOT_SERIES ? s->n : SLOT_SERIES;
	b->slot.n_peers = s->n_peers < SLOT_PEERS ? s->n_peers : SLOT_PEERS;
	if (b->slot.n)
		memcpy(b->series, s->series, b->slot.n * sizeof(s->series[0]));
	if (b->slot.n_peers)
		memcpy(b->peers, s->peers, b->slot.n_peers * sizeof(s->peers[0]));
	ring_put(c->ring, b);
	wake(c);
}

bool chronicle_reach(void *chronicle, const struct reach_record *x)
{
	struct chronicle *c = chronicle;

	return ring_put(c->reach->ring, x);
}

void chronicle_teaches_reach(struct chronicle *c, chronicle_reach_fn fn)
{
	c->reach->fn = fn;
}

/* ---- the thread ---- */

static void say(struct chronicle *c, const char *what, const char *why)
{
	log_seldom(&c->gate, clock_mono(), 600 * NS_PER_S, LOG_LEVEL_WARNING, "%s: %s%s%s", c->path, what, why[0] ? ": " : "",
		why);
}

static bool open_file(struct chronicle *c)
{
	char aside[STORE_PATH] = "", why[WHY_TEXT] = "";
	int err = history_open(&c->history, c->path, &c->opts, aside, why);

	if (aside[0])
		log_at(LOG_LEVEL_WARNING, "%s: damaged (%s), kept as %s; a new one is begun", c->path, why, aside);
	if (err)
		say(c, "the history cannot be written", why[0] ? why : err_text(err));
	atomic_store(&c->open, !err);
	return !err;
}

static void close_file(struct chronicle *c)
{
	history_close(c->history);
	c->history = NULL;
	atomic_store(&c->open, false);
}

/* ---- what was normal before ---- */

static void teach_one(void *ctx, struct engine *e, mono_t now)
{
	(void)now;
	engine_teach(e, ctx);
}

static void forget_all(void *ctx, struct engine *e, mono_t now)
{
	(void)ctx;
	(void)now;
	engine_forget_normal(e);
}

/* False: the packet thread does not come by any more. */
static bool visit(struct chronicle *c, door_fn fn, void *ctx)
{
	int err = ERR_AGAIN;

	for (int i = 0; i < 3 && err == ERR_AGAIN && !atomic_load(&c->stop); i++)
		err = door_call(c->door, fn, ctx);
	return !err;
}

static bool let_in(void *ctx, door_fn fn, void *arg)
{
	return visit(ctx, fn, arg);
}

static void teach_reach(struct chronicle *c)
{
	if (reach_box_teach(c->reach, c->history, let_in, c))
		say(c, "not all whom this host reaches could be read", history_error(c->history));
}

static bool teach_slot(void *ctx, enum known_origin origin, const struct slot *s)
{
	struct chronicle *c = ctx;
	struct slot copy = *s;

	(void)origin;
	if (!visit(c, teach_one, &copy))
		return false;
	atomic_fetch_add(&c->taught, 1);
	return true;
}

static void teach_all(struct chronicle *c)
{
	struct lessons_opts o = { .make = false };
	struct known k = { .history = c->history };
	char aside[STORE_PATH], why[WHY_TEXT] = "";
	enum known_origin failed;
	int err = lessons_open(&k.lessons, c->lessons_path, &o, aside, why);

	if (err && err != ERR_ABSENT)
		log_at(LOG_LEVEL_WARNING, "%s: lessons of captures are left out: %s", c->lessons_path, why);
	atomic_store(&c->teaching, true);
	if (known_each_slot(&k, clock_wall().ns / NS_PER_S - TEACH_S, teach_slot, c, &failed))
		say(c, "not all that is known could be read", known_origin_name(failed));
	atomic_store(&c->teaching, false);
	lessons_close(k.lessons);
}

/* What changes where somebody resets, imports, or lets captures teach. False where it cannot be told now: a disk that
 * fails is no word to forget. */
static bool read_mark(struct chronicle *c, struct lesson_mark *out)
{
	struct lesson_mark m = { 0 };
	struct history_known known;
	struct stat st;

	if (history_learn_from(c->history, &m.learn_from) || history_known(c->history, HISTORY_IMPORTED, 0, &known))
		return false;
	m.imported = known.slots;
	if (stat(c->lessons_path, &st) == 0)
		m.lessons = (int64_t)st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec;
	*out = m;
	return true;
}

/* Lessons are those of the last weeks: a clock that was years off has had others, or none. */
static bool clock_was_set(struct chronicle *c)
{
	int64_t apart = clock_wall().ns - clock_mono().ns, by = apart - c->apart;

	c->apart = apart;
	return by > CLOCK_STEP || by < -CLOCK_STEP;
}

static void look_for_lessons(struct chronicle *c)
{
	bool set = clock_was_set(c);
	struct lesson_mark m;

	if (!read_mark(c, &m) || (!set && memcmp(&m, &c->mark, sizeof(m)) == 0))
		return;
	c->mark = m;
	log_at(LOG_LEVEL_NOTICE, "what is normal is learned anew: lessons have come or gone");
	if (visit(c, forget_all, NULL))
		teach_all(c);
}

/* A file that was begun anew, because the one before was damaged or removed, has nothing to put in the place of what the
 * engine has learned. */
static bool knows(struct chronicle *c)
{
	struct history_known known;

	if (c->mark.imported || (!c->begun && c->mark.lessons))
		return true;
	return history_known(c->history, HISTORY_OWN, 0, &known) == 0 && known.slots;
}

/* Whenever the file is opened, however late: all that it knows is taught, and nothing twice. */
static bool begin(struct chronicle *c)
{
	bool teaches;

	if (!open_file(c))
		return false;
	clock_was_set(c);
	teaches = read_mark(c, &c->mark) && knows(c);
	c->begun = true;
	if (teaches && visit(c, forget_all, NULL))
		teach_all(c);
	teach_reach(c);
	return true;
}

/* ---- slots ---- */

/* Damage that is met while it is open: what is in it stays for whoever can mend it, and a new one is begun. */
static bool set_aside(struct chronicle *c)
{
	char damage[WHY_TEXT], aside[STORE_PATH], why[WHY_TEXT];

	text_copy(damage, sizeof(damage), history_error(c->history));
	close_file(c);
	if (store_set_aside(c->path, aside, why)) {
		say(c, "damaged, and cannot be set aside", why);
		return false;
	}
	log_at(LOG_LEVEL_WARNING, "%s: damaged (%s), kept as %s; a new one is begun", c->path, damage, aside);
	return true;
}

/* False: not now. */
static bool write_waiting(struct chronicle *c)
{
	int err;

	c->take.slot.series = c->take.series;
	c->take.slot.peers = c->take.peers;
	err = history_add(c->history, &c->take.slot);
	if (err == ERR_INVALID) {
		atomic_fetch_add(&c->failed, 1);
		return set_aside(c);
	}
	if (err && err != ERR_RANGE) {
		atomic_fetch_add(&c->failed, 1);
		say(c, "a slot cannot be written, it is tried again", history_error(c->history));
		if (err == ERR_IO || err == ERR_PERMISSION)
			close_file(c);
		return false;
	}
	c->waits = false;
	atomic_fetch_add(&c->written, !err);
	if (history_prune(c->history, clock_wall().ns / NS_PER_S))
		say(c, "old slots cannot be forgotten", history_error(c->history));
	return true;
}

/* False: nothing more can be done now. */
static bool work(struct chronicle *c)
{
	if (!c->waits)
		c->waits = ring_take(c->ring, &c->take);
	if (!c->waits || (!c->history && !begin(c)))
		return false;
	return write_waiting(c);
}

/* ---- whom this host reaches ---- */

static void write_reach(struct chronicle *c, bool all)
{
	int err = reach_box_write(c->reach, c->history, clock_mono(), all);

	if (!err)
		return;
	atomic_fetch_add(&c->failed, 1);
	if (err == ERR_INVALID) {
		set_aside(c);
		return;
	}
	say(c, "whom this host reaches cannot be written, it is tried again", history_error(c->history));
	if (err == ERR_IO || err == ERR_PERMISSION)
		close_file(c);
}

static void *run(void *ctx)
{
	struct chronicle *c = ctx;
	struct pollfd p = { .fd = c->wake_fd, .events = POLLIN };
	uint64_t n;

	pthread_setname_np(pthread_self(), "chronicle");
	begin(c);
	while (!atomic_load(&c->stop)) {
		while (work(c))
			;
		if (c->history)
			look_for_lessons(c);
		if (c->history)
			write_reach(c, false);
		if (poll(&p, 1, TURN_MS) > 0 && read(c->wake_fd, &n, sizeof(n)) < 0 && errno != EAGAIN)
			log_die("the chronicle's bell");
	}
	while (work(c))
		;
	if (c->history)
		write_reach(c, true);
	return NULL;
}

int chronicle_start(struct chronicle *c, struct door *door)
{
	if (!c)
		return 0;
	c->door = door;
	c->running = true;
	if (pthread_create(&c->thread, NULL, run, c) == 0)
		return 0;
	c->running = false;
	return ERR_MEMORY;
}

bool chronicle_destroy(struct chronicle *c)
{
	if (!c)
		return true;
	atomic_store(&c->stop, true);
	if (c->wake_fd >= 0)
		wake(c);
	if (c->running && !clock_joined(c->thread, END_NS)) {
		log_at(LOG_LEVEL_ERROR, "%s: the disk does not answer; what waited is lost", c->path);
		return false;
	}
	history_close(c->history);
	if (c->wake_fd >= 0)
		close(c->wake_fd);
	reach_box_destroy(c->reach);
	free(c->memory);
	free(c);
	return true;
}

void chronicle_stats(struct chronicle *c, struct chronicle_stats *out)
{
	*out = (struct chronicle_stats){ .written = atomic_load(&c->written), .failed = atomic_load(&c->failed),
		.lost = ring_lost(c->ring), .taught = atomic_load(&c->taught), .teaching = atomic_load(&c->teaching),
		.open = atomic_load(&c->open), .reach_written = atomic_load(&c->reach->written),
		.reach_taught = atomic_load(&c->reach->lessons), .reach_odd = atomic_load(&c->reach->odd) };
}
