/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures as rows, and back. What is read was perhaps written by a disk that lies, so
 * each value is held against its bounds before it becomes one of ours.
 */
#include "edge/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "edge/store_private.h"

/* The numbers stand in files: whoever changes one writes a step of the schema. */
_Static_assert(SUBJECT_SOURCE == 1 && SUBJECT_SERVICE == 2, "kind");
_Static_assert(SUBJECT_HOST == 3 && SUBJECT_DESTINATION == 4 && SUBJECT_ACTOR == 5, "kind");
_Static_assert(ACTOR_HOST == 0 && ACTOR_USER == 1 && ACTOR_GROUP == 2, "actor");
_Static_assert(SCOPE_SOURCE == 0 && SCOPE_SERVICE == 1, "scope");
_Static_assert(ORIGIN_DETECTOR == 0 && ORIGIN_MANUAL == 1, "origin");
_Static_assert(ORIGIN_ADOPTED == 2, "origin");

#define LADDER_TEXT 160
#define ACTOR_TEXT 40

int store_put_moment(struct store *s, const struct lease_moment *now)
{
	sqlite3_stmt *st = store_statement(s, STORE_PUT_MOMENT);
	int rc, err;

	if (st) {
		store_bind_text(st, 1, s->boot);
		sqlite3_bind_int64(st, 2, now->mono.ns);
		sqlite3_bind_int64(st, 3, now->wall.ns);
	}
	err = store_run(s, st);
	if (err || s->boot_row)
		return err;
	st = store_statement(s, STORE_FIND_BOOT);
	if (!st)
		return store_run(s, NULL);
	store_bind_text(st, 1, s->boot);
	rc = sqlite3_step(st);
	err = store_result(s, rc);
	if (rc == SQLITE_ROW)
		s->boot_row = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return err;
}

/* "KIND ID". How deep a group lies stands in the port's column. */
static void bind_actor(sqlite3_stmt *st, const struct actor *a)
{
	uint64_t id = a->kind == ACTOR_GROUP ? a->cgroup : a->kind == ACTOR_USER ? a->uid : 0;
	char memory[ACTOR_TEXT];
	struct text t = text_over(memory, sizeof(memory));

	text_addf(&t, "%u %" PRIu64, a->kind, id);
	sqlite3_bind_text(st, 2, memory, -1, SQLITE_TRANSIENT);
}

/* What does not name it is left out, or one subject could have two rows. */
static void bind_subject(sqlite3_stmt *st, const struct subject *subject, enum scope scope)
{
	bool service = subject->kind == SUBJECT_SERVICE || scope == SCOPE_SERVICE;
	bool group = subject->kind == SUBJECT_ACTOR && subject->actor.kind == ACTOR_GROUP;

	sqlite3_bind_int(st, 1, (int)subject->kind);
	if (subject->kind == SUBJECT_SOURCE || subject->kind == SUBJECT_DESTINATION)
		store_bind_prefix(st, 2, &subject->source);
	else if (subject->kind == SUBJECT_ACTOR)
		bind_actor(st, &subject->actor);
	else
		store_bind_text(st, 2, "");
	sqlite3_bind_int(st, 3, service ? subject->proto : 0);
	sqlite3_bind_int(st, 4, group ? subject->actor.level : service ? subject->port : 0);
	sqlite3_bind_int(st, 5, (int)scope);
}

static void bind_times(sqlite3_stmt *st, const struct measure *m)
{
	sqlite3_bind_int64(st, 9, m->since.ns);
	sqlite3_bind_int64(st, 10, m->until.ns);
	sqlite3_bind_int64(st, 11, m->base_ttl_ns);
	sqlite3_bind_int64(st, 17, m->forget_at.ns);
}

int store_put_measure(struct store *s, const struct measure *m)
{
	sqlite3_stmt *st = store_statement(s, STORE_PUT_MEASURE);
	char memory[LADDER_TEXT];
	struct text ladder = text_over(memory, sizeof(memory));

	if (!s->boot_row)
		return ERR_RANGE;
	if (!st)
		return store_run(s, NULL);
	for (size_t i = 0; i < m->rungs && i < POLICY_RUNGS; i++)
		text_addf(&ladder, "%s%s", i ? " " : "", response_name(m->ladder[i]));
	bind_subject(st, &m->subject, m->scope);
	sqlite3_bind_int(st, 6, m->state != MEASURE_FREE);
	store_bind_text(st, 7, response_name(m->response));
	sqlite3_bind_int(st, 8, (int)m->origin);
	bind_times(st, m);
	sqlite3_bind_int64(st, 12, m->limit_rate);
	sqlite3_bind_int64(st, 13, m->limit_burst);
	store_bind_text(st, 14, memory);
	sqlite3_bind_int(st, 15, m->rung);
	sqlite3_bind_int(st, 16, m->offences);
	sqlite3_bind_int64(st, 18, (int64_t)m->incident);
	sqlite3_bind_int64(st, 19, (int64_t)m->hits);
	sqlite3_bind_int64(st, 20, s->boot_row);
	sqlite3_bind_int64(st, 21, s->mark);
	sqlite3_bind_int64(st, 22, m->looked.ns ? (int64_t)m->kernel_packets : -1);
	sqlite3_bind_int64(st, 23, m->looked.ns ? (int64_t)m->kernel_bytes : -1);
	return store_run(s, st);
}

int store_forget_measure(struct store *s, const struct subject *subject, enum scope scope)
{
	sqlite3_stmt *st = store_statement(s, STORE_FORGET_MEASURE);

	if (st)
		bind_subject(st, subject, scope);
	return store_run(s, st);
}

void store_mark(struct store *s)
{
	s->mark++;
}

int store_sweep(struct store *s)
{
	sqlite3_stmt *st = store_statement(s, STORE_SWEEP);
	int err;

	if (st)
		sqlite3_bind_int64(st, 1, s->mark);
	err = store_run(s, st);
	if (err)
		return err;
	st = store_statement(s, STORE_SWEEP_BOOTS);
	if (st)
		sqlite3_bind_int64(st, 1, s->boot_row);
	return store_run(s, st);
}

/* ---- reading ---- */

/* A row's cells; false for a value out of its bounds sticks. */
struct row {
	sqlite3_stmt *st;
	bool bad;
};

static int64_t cell(struct row *r, int at, int64_t least, int64_t most)
{
	int64_t v = sqlite3_column_int64(r->st, at);

	if (v < least || v > most) {
		r->bad = true;
		return least;
	}
	return v;
}

static const char *cell_text(struct row *r, int at)
{
	const char *t = (const char *)sqlite3_column_text(r->st, at);

	if (!t)
		r->bad = true;
	return t ? t : "";
}

static void read_ladder(struct row *r, int at, struct measure *m)
{
	char word[LADDER_TEXT];
	const char *t = cell_text(r, at);

	while (*t && !r->bad) {
		size_t n = strcspn(t, " ");

		if (m->rungs == POLICY_RUNGS || n >= sizeof(word)) {
			r->bad = true;
			return;
		}
		memcpy(word, t, n);
		word[n] = '\0';
		if (response_parse(word, &m->ladder[m->rungs++]))
			r->bad = true;
		t += n + (t[n] == ' ');
	}
}

static void read_actor(struct row *r, struct actor *a)
{
	unsigned kind = 0;
	uint64_t id = 0;
	int end = 0;
	const char *t = cell_text(r, 2);

	if (sscanf(t, "%1u %20" SCNu64 "%n", &kind, &id, &end) != 2 || t[end]) {
		r->bad = true;
		return;
	}
	a->kind = (uint8_t)kind;
	a->level = (uint8_t)cell(r, 4, 0, UINT8_MAX);
	a->cgroup = kind == ACTOR_GROUP ? id : 0;
	a->uid = kind == ACTOR_USER ? (uint32_t)id : 0;
	r->bad |= !actor_valid(a) || (kind == ACTOR_USER && id > UINT32_MAX);
}

static void read_subject(struct row *r, struct measure *m)
{
	struct subject *s = &m->subject;

	s->kind = (enum subject_kind)cell(r, 1, SUBJECT_SOURCE, SUBJECT_ACTOR);
	m->scope = (enum scope)cell(r, 5, SCOPE_SOURCE, SCOPE_SERVICE);
	if (s->kind == SUBJECT_ACTOR) {
		read_actor(r, &s->actor);
		return;
	}
	if ((s->kind == SUBJECT_SOURCE || s->kind == SUBJECT_DESTINATION) && prefix_parse(cell_text(r, 2), &s->source))
		r->bad = true;
	s->proto = (uint8_t)cell(r, 3, 0, UINT8_MAX);
	s->port = (uint16_t)cell(r, 4, 0, UINT16_MAX);
}

/* Its times move with its end, which may lie before this boot. */
static void read_times(struct row *r, struct measure *m, const char *boot,
	const struct lease_moment *now)
{
	struct lease_moment last = { .mono = { cell(r, 21, 0, LEASE_MOST) },
		.wall = { cell(r, 22, -LEASE_MOST, LEASE_MOST) } };
	bool same = strcmp(boot, cell_text(r, 20)) == 0;
	mono_t since = { cell(r, 9, -LEASE_MOST, LEASE_MOST) };
	mono_t until = { cell(r, 10, -LEASE_MOST, LEASE_MOST) };
	mono_t forget_at = { cell(r, 17, 0, LEASE_MOST) };
	int64_t left = lease_left_ns(until, &last, same, now), moved;

	if (forget_at.ns)
		m->forget_at = mono_add(now->mono,
			lease_left_ns(forget_at, &last, same, now));
	m->until = same ? until : mono_add(now->mono, left);
	moved = mono_since(m->until, until);
	m->since = mono_add(since, moved < -LEASE_MOST ? -LEASE_MOST : moved);
}

/* Of an element that may be gone by now: the ledger does not go on with it. */
static void read_effect(struct row *r, struct measure *m, const struct lease_moment *now)
{
	int64_t packets = cell(r, 23, INT64_MIN, INT64_MAX), bytes = cell(r, 24, INT64_MIN, INT64_MAX);

	if (packets < 0 || bytes < 0)
		return;
	m->kernel_packets = (uint64_t)packets;
	m->kernel_bytes = (uint64_t)bytes;
	m->looked = now->mono;
}

static bool read_measure(sqlite3_stmt *st, const char *boot, const struct lease_moment *now,
	struct measure *m)
{
	struct row r = { .st = st };

	*m = (struct measure){ .state = MEASURE_APPLIED };
	read_subject(&r, m);
	if (!cell(&r, 6, 0, 1))
		m->state = MEASURE_FREE;
	if (response_parse(cell_text(&r, 7), &m->response))
		return false;
	m->origin = (enum measure_origin)cell(&r, 8, ORIGIN_DETECTOR, ORIGIN_ADOPTED);
	m->base_ttl_ns = cell(&r, 11, 0, LEASE_MOST);
	m->limit_rate = (uint32_t)cell(&r, 12, 0, UINT32_MAX);
	m->limit_burst = (uint32_t)cell(&r, 13, 0, UINT32_MAX);
	read_ladder(&r, 14, m);
	m->rung = (uint8_t)cell(&r, 15, 0, m->rungs ? m->rungs - 1 : 0);
	m->offences = (uint16_t)cell(&r, 16, 0, UINT16_MAX);
	m->incident = (uint64_t)cell(&r, 18, INT64_MIN, INT64_MAX);
	m->hits = (uint64_t)cell(&r, 19, INT64_MIN, INT64_MAX);
	read_times(&r, m, boot, now);
	read_effect(&r, m, now);
	return !r.bad;
}

/* The kernel numbers control groups anew: since another boot this one's number is somebody else's, or nobody's. */
static bool is_of_gone_group(sqlite3_stmt *st, const char *boot, const struct measure *m)
{
	const char *then = (const char *)sqlite3_column_text(st, 20);

	return m->subject.kind == SUBJECT_ACTOR && m->subject.actor.kind == ACTOR_GROUP && then && strcmp(then, boot) != 0;
}

int store_measures(struct store *s, int64_t *at, size_t most, const struct lease_moment *now,
	store_measure_fn fn, void *ctx, uint64_t *odd)
{
	sqlite3_stmt *st = store_statement(s, STORE_MEASURES);
	struct measure m;
	int n = 0, rc, err;

	if (!st)
		return store_run(s, NULL);
	sqlite3_bind_int64(st, 1, *at);
	sqlite3_bind_int64(st, 2, (int64_t)most);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		n++;
		*at = sqlite3_column_int64(st, 0);
		if (!read_measure(st, s->boot, now, &m))
			(*odd)++;
		else if (!is_of_gone_group(st, s->boot, &m))
			fn(ctx, &m);
	}
	err = store_result(s, rc);
	sqlite3_reset(st);
	return err ? err : n;
}
