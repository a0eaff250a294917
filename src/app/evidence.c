/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list of incidents that wait, and a thread that searches for one after the other. The list and the index of files are
 * shared with who asks, under one lock that is never held while the disk is waited for (but for the removal of files).
 */
#include "app/evidence.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "app/evidence_parts.h"
#include "base/err.h"
#include "base/text.h"
#include "codec/evidence.h"
#include "core/incident.h"
#include "edge/clock.h"
#include "edge/evidence_files.h"

#define WAITING 256              /* a storm of incidents; more are counted */
#define SETTLE_NS (4 * NS_PER_S) /* the engine asks for a connection's end after 3 s */
#define BEFORE_NS (2 * NS_PER_S) /* the first evidence is known to a sixteenth of a second; and what we sent before it */
#define CROWD_NS (120 * NS_PER_S) /* of a service or the host: everybody's packets, so no more of them */
#define NICE 10                  /* behind all that must be quick */

struct job {
	uint64_t incident;
	struct subject subject;
	wall_t first, trigger;
	mono_t due;
	bool again; /* it has been gathered once; now for what came after */
};

struct evidence {
	struct conf_evidence conf;
	char log[EVIDENCE_PATH];
	void (*flush)(void *ctx);
	void *flush_ctx;
	struct steady *steady;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool running, stop;
	_Atomic int64_t end_ns; /* set with stop: when searching must be over, too */
	struct evidence_files *files; /* NULL: none is kept */
	struct job jobs[WAITING];
	size_t n;
	mono_t flushed;   /* when the log was last had written; the thread's own */
	uint64_t working; /* the incident that is being gathered; 0: none */
	struct evidence_stats stats;
};

/* ---- what waits; all of it under the lock ---- */

static struct job *job_of(struct evidence *e, uint64_t incident)
{
	for (size_t i = 0; i < e->n; i++)
		if (e->jobs[i].incident == incident)
			return &e->jobs[i];
	return NULL;
}

static void add_job(struct evidence *e, const struct job *j)
{
	struct job *old = job_of(e, j->incident);

	if (old) {
		old->trigger = j->trigger;
		old->first = j->first.ns < old->first.ns ? j->first : old->first;
		old->due = j->due;
		old->again = false;
	} else if (e->n == WAITING) {
		e->stats.lost++;
	} else {
		e->jobs[e->n++] = *j;
	}
}

/* The one that is due first; NULL where nothing waits. */
static struct job *next_job(struct evidence *e)
{
	struct job *best = NULL;

	for (size_t i = 0; i < e->n; i++)
		if (!best || e->jobs[i].due.ns < best->due.ns)
			best = &e->jobs[i];
	return best;
}

static bool is_evidence(const struct event *v)
{
	/* By hand there is nothing to prove. */
	return v->kind == EVENT_FINDING && v->incident && v->finding.kind != FINDING_NONE;
}

void evidence_event(struct evidence *e, const struct event *v)
{
	int64_t offset;
	struct job j;

	if (!e || !e->files || !is_evidence(v))
		return;
	offset = steady_offset(e->steady);
	j = (struct job){ .incident = v->incident, .subject = v->finding.subject,
		.first = { v->finding.first.ns + offset - BEFORE_NS }, .trigger = { v->finding.at.ns + offset },
		.due = mono_add(clock_mono(), SETTLE_NS) };
	if (j.first.ns > j.trigger.ns || v->finding.first.ns == 0)
		j.first.ns = j.trigger.ns - BEFORE_NS;
	if (j.subject.kind != SUBJECT_SOURCE && j.trigger.ns - j.first.ns > CROWD_NS)
		j.first.ns = j.trigger.ns - CROWD_NS;
	pthread_mutex_lock(&e->lock);
	add_job(e, &j);
	pthread_cond_signal(&e->changed);
	pthread_mutex_unlock(&e->lock);
}

/* ---- one search ---- */

/* Of an incident that has evidence of an earlier finding, that is not to go. */
static void reach_back(const char *path, struct job *j)
{
	const char *const paths[] = { path };
	char why[CAPTURE_WHY];
	struct capture_frame f;
	struct capture *c;

	if (access(path, R_OK) || capture_open(&c, paths, 1, NULL, why))
		return;
	if (capture_next(c, &f, why) == 1 && f.at.ns > 0 && f.at.ns < j->first.ns)
		j->first = f.at;
	capture_close(c);
}

static void note_failure(struct evidence *e, const char *why)
{
	if (strncmp(e->stats.error, why, sizeof(e->stats.error) - 1))
		log_at(LOG_LEVEL_WARNING, "evidence: %s", why);
	text_copy(e->stats.error, sizeof(e->stats.error), why);
	e->stats.failed++;
}

static void take_result(struct evidence *e, const struct job *j, int n, const char *why)
{
	if (n > 0 && evidence_files_wrote(e->files, j->incident) == 0) {
		e->stats.written++;
		e->stats.error[0] = '\0';
	} else if (n == 0 && !j->again) {
		e->stats.empty++;
	} else if (n < 0) {
		note_failure(e, why);
	}
}

static mono_t mono_of(const struct evidence *e, wall_t at)
{
	return (mono_t){ at.ns - steady_offset(e->steady) };
}

/* Each time ends a block before it is full: in a storm one does for all that it found. */
static void flush(struct evidence *e, const struct job *j)
{
	mono_t settled = mono_add(mono_of(e, j->trigger), j->again ? e->conf.after_ns : SETTLE_NS);

	if (e->flushed.ns && mono_since(e->flushed, settled) >= 0)
		return;
	e->flushed = clock_mono();
	e->flush(e->flush_ctx);
}

/* Called with the lock, and gives it back meanwhile. */
static void work(struct evidence *e, struct job j)
{
	struct evidence_search s = { .log = e->log, .subject = j.subject, .before = e->conf.before,
		.after = e->conf.after, .snap = e->conf.snap, .end_ns = &e->end_ns };
	char path[EVIDENCE_PATH], why[OBSLOG_WHY] = "";
	mono_t complete = mono_add(mono_of(e, j.trigger), e->conf.after_ns + NS_PER_S);
	int n;

	evidence_files_path(e->files, j.incident, path);
	e->working = j.incident;
	pthread_mutex_unlock(&e->lock);
	evidence_files_remake(e->files);
	reach_back(path, &j);
	s.file = path;
	s.first = j.first;
	s.trigger = j.trigger;
	s.until = (wall_t){ j.trigger.ns + e->conf.after_ns };
	flush(e, &j);
	n = evidence_search(&s, why);
	pthread_mutex_lock(&e->lock);
	e->working = 0;
	take_result(e, &j, n, why);
	if (j.again || !e->conf.after || e->stop || job_of(e, j.incident))
		return;
	j.again = true;
	j.due = complete;
	add_job(e, &j);
}

static void take_next(struct evidence *e, struct job *j)
{
	struct job copy = *j;

	*j = e->jobs[--e->n];
	work(e, copy);
}

static void wait_until(struct evidence *e, const struct job *j)
{
	struct timespec t;
	int64_t left = j ? mono_since(j->due, clock_mono()) : 0;

	if (!j) {
		pthread_cond_wait(&e->changed, &e->lock);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &t);
	left = (left > 0 ? left : 0) + t.tv_nsec;
	t.tv_sec += left / NS_PER_S;
	t.tv_nsec = left % NS_PER_S;
	pthread_cond_timedwait(&e->changed, &e->lock, &t);
}

static void *run(void *ctx)
{
	struct evidence *e = ctx;
	struct job *j;

	pthread_setname_np(pthread_self(), "evidence");
	setpriority(PRIO_PROCESS, (id_t)gettid(), NICE); /* a wish */
	pthread_mutex_lock(&e->lock);
	while (!e->stop) {
		j = next_job(e);
		if (j && mono_since(clock_mono(), j->due) >= 0)
			take_next(e, j);
		else
			wait_until(e, j);
	}
	while ((j = next_job(e)) && clock_mono().ns < e->end_ns)
		take_next(e, j);
	e->stats.lost += e->n;
	pthread_mutex_unlock(&e->lock);
	return NULL;
}

/* ---- looking ---- */

static int count(const char *path, struct evidence_brief *out, char why[CAPTURE_WHY])
{
	const char *const paths[] = { path };
	struct evidence_packet p;
	struct capture_frame f;
	struct capture *c;
	int got, err = capture_open(&c, paths, 1, NULL, why);

	if (err)
		return err;
	while ((got = capture_next(c, &f, why)) > 0) {
		if (f.link != EVIDENCE_LINKTYPE || evidence_frame_read(f.bytes, f.at, &p))
			continue;
		if (!out->packets++) {
			out->first = f.at;
			out->missing = p.missing;
		}
		out->last = f.at;
	}
	capture_close(c);
	return got;
}

static int find(struct evidence *e, uint64_t incident, struct evidence_brief *out)
{
	int err = ERR_UNSUPPORTED;

	pthread_mutex_lock(&e->lock);
	if (e->files) {
		out->growing = e->working == incident || job_of(e, incident);
		err = evidence_files_find(e->files, incident, &out->bytes, &out->written);
		evidence_files_path(e->files, incident, out->path);
	}
	pthread_mutex_unlock(&e->lock);
	return err == ERR_ABSENT && out->growing ? ERR_AGAIN : err;
}

int evidence_about(struct evidence *e, uint64_t incident, struct evidence_brief *out, char why[CAPTURE_WHY])
{
	struct evidence_brief b = { .packets = 0 };
	int err = e ? find(e, incident, &b) : ERR_UNSUPPORTED;

	why[0] = '\0';
	if (!err)
		err = count(b.path, &b, why);
	if (!err)
		*out = b;
	return err;
}

void evidence_stats(struct evidence *e, struct evidence_stats *out)
{
	struct evidence_files_stats f = { .files = 0 };

	if (!e) {
		*out = (struct evidence_stats){ .off = "nothing keeps it" };
		return;
	}
	pthread_mutex_lock(&e->lock);
	*out = e->stats;
	if (e->files)
		evidence_files_stats(e->files, &f);
	out->enabled = e->files != NULL;
	out->waiting = e->n + (e->working != 0);
	pthread_mutex_unlock(&e->lock);
	out->files = f.files;
	out->bytes = f.bytes;
	out->removed = f.removed;
	out->strange = f.strange;
	out->max_files = e->conf.max_incidents;
	out->max_bytes = e->conf.max_bytes;
}

/* ---- life ---- */

static void open_files(struct evidence *e, const char *state_dir)
{
	char folder[EVIDENCE_PATH], why[WHY_TEXT];
	const struct evidence_files_opts o = { .folder = folder, .max_files = e->conf.max_incidents,
		.max_bytes = e->conf.max_bytes };

	snprintf(folder, sizeof(folder), "%.*s/evidence", EVIDENCE_PATH - 16, state_dir);
	if (!e->conf.before && !e->conf.after)
		text_copy(e->stats.off, WHY_TEXT, "evidence.before and evidence.after are 0");
	else if (!e->flush)
		text_copy(e->stats.off, WHY_TEXT, "there is no log of observations");
	else if (evidence_files_open(&e->files, &o, why)) {
		log_at(LOG_LEVEL_WARNING, "%s: %s; no evidence is kept", folder, why);
		snprintf(e->stats.off, WHY_TEXT, "%.*s: %.60s", 90, folder, why);
	}
}

int evidence_create(struct evidence **out, const struct evidence_opts *o)
{
	struct evidence *e = calloc(1, sizeof(*e));
	pthread_condattr_t a;

	if (!e)
		return ERR_MEMORY;
	pthread_mutex_init(&e->lock, NULL);
	pthread_condattr_init(&a);
	pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
	pthread_cond_init(&e->changed, &a);
	pthread_condattr_destroy(&a);
	e->conf = *o->conf;
	e->flush = o->flush;
	e->flush_ctx = o->flush_ctx;
	e->steady = o->steady;
	snprintf(e->log, sizeof(e->log), "%.*s/observations", EVIDENCE_PATH - 16, o->state_dir);
	open_files(e, o->state_dir);
	*out = e;
	return 0;
}

int evidence_start(struct evidence *e)
{
	if (!e->files)
		return 0;
	e->running = true;
	if (pthread_create(&e->thread, NULL, run, e) == 0)
		return 0;
	e->running = false;
	return ERR_MEMORY;
}

bool evidence_destroy(struct evidence *e)
{
	if (!e)
		return true;
	pthread_mutex_lock(&e->lock);
	e->stop = true;
	e->end_ns = mono_add(clock_mono(), EVIDENCE_END_NS / 2).ns;
	pthread_cond_signal(&e->changed);
	pthread_mutex_unlock(&e->lock);
	if (e->running && !clock_joined(e->thread, EVIDENCE_END_NS)) {
		log_at(LOG_LEVEL_ERROR, "evidence: the disk does not answer; what waited is lost");
		return false;
	}
	evidence_files_close(e->files);
	pthread_cond_destroy(&e->changed);
	pthread_mutex_destroy(&e->lock);
	free(e);
	return true;
}
