/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store: what comes back is what went in. How the file is opened, and what may be
 * wrong with it, is in test_store_open.c.
 */
#include "edge/store.h"

#include <check.h>
#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "../support/store_lab.h"

static void again_as(const char *boot)
{
	store_close(s, false);
	s = NULL;
	ck_assert_int_eq(open_as(boot, 0), 0);
	ck_assert_msg(!aside[0], "%s", why);
}

static struct measure read_back[16];
static size_t n_read;

static void keep(void *ctx, const struct measure *m)
{
	(void)ctx;
	ck_assert_uint_lt(n_read, 16);
	read_back[n_read++] = *m;
}

static int read_all(int64_t mono, int64_t wall)
{
	struct lease_moment now = { .mono = { mono }, .wall = { wall } };
	int64_t at = INT64_MAX;
	uint64_t odd = 0;
	int n;

	n_read = 0;
	while ((n = store_measures(s, &at, 3, &now, keep, NULL, &odd)) > 0)
		;
	ck_assert_int_eq(n, 0);
	return (int)odd;
}

static void same(const struct measure *a, const struct measure *b)
{
	ck_assert(subject_equal(&a->subject, &b->subject));
	ck_assert_uint_eq(a->subject.proto, b->subject.proto);
	ck_assert_uint_eq(a->subject.port, b->subject.port);
	ck_assert_int_eq(a->response, b->response);
	ck_assert_int_eq(a->scope, b->scope);
	ck_assert_int_eq(a->state, b->state);
	ck_assert_int_eq(a->origin, b->origin);
	ck_assert_int_eq(a->since.ns, b->since.ns);
	ck_assert_int_eq(a->until.ns, b->until.ns);
	ck_assert_int_eq(a->base_ttl_ns, b->base_ttl_ns);
	ck_assert_uint_eq(a->limit_rate, b->limit_rate);
	ck_assert_uint_eq(a->limit_burst, b->limit_burst);
	ck_assert_uint_eq(a->rungs, b->rungs);
	ck_assert_uint_eq(a->rung, b->rung);
	for (size_t i = 0; i < POLICY_RUNGS; i++)
		ck_assert_int_eq(a->ladder[i], b->ladder[i]);
	ck_assert_uint_eq(a->offences, b->offences);
	ck_assert_int_eq(a->forget_at.ns, b->forget_at.ns);
	ck_assert_uint_eq(a->incident, b->incident);
	ck_assert_uint_eq(a->hits, b->hits);
}

static const char *const sources[] = { "192.0.2.1", "2001:db8:1:2::/64", "2001:db8::7",
	"198.51.100.0/24" };

START_TEST(every_field_of_a_measure_comes_back)
{
	struct measure m = measure(sources[_i]);

	put(&m);
	again_as("boot-a");
	ck_assert_int_eq(read_all(11 * H, WALL + H), 0);
	ck_assert_uint_eq(n_read, 1);
	same(&read_back[0], &m);
}
END_TEST

START_TEST(a_measure_of_one_service_stands_beside_the_sources_own)
{
	struct measure all = measure("192.0.2.1"), one = all;

	one.scope = SCOPE_SERVICE;
	one.subject.proto = 6;
	one.subject.port = 443;
	one.response = RESPONSE_LIMIT;
	put(&all);
	put(&one);
	read_all(11 * H, WALL);
	ck_assert_uint_eq(n_read, 2);
	same(&read_back[0], &one);
	same(&read_back[1], &all);
}
END_TEST

START_TEST(a_service_and_the_host_come_back)
{
	struct measure service = measure("192.0.2.1"), host = service;

	service.subject = (struct subject){ .kind = SUBJECT_SERVICE, .proto = 6, .port = 80 };
	service.response = RESPONSE_SERVICE_LIMIT;
	host.subject = (struct subject){ .kind = SUBJECT_HOST };
	host.response = RESPONSE_SHIELD;
	put(&service);
	put(&host);
	read_all(11 * H, WALL);
	ck_assert_uint_eq(n_read, 2);
	same(&read_back[0], &host);
	same(&read_back[1], &service);
}
END_TEST

static struct measure of_actor(struct actor a)
{
	struct measure m = measure("192.0.2.1");

	m.subject = (struct subject){ .kind = SUBJECT_ACTOR, .actor = a };
	m.response = RESPONSE_EGRESS_ALLOWLIST;
	for (size_t i = 0; i < POLICY_RUNGS; i++)
		m.ladder[i] = RESPONSE_EGRESS_ALLOWLIST;
	m.rungs = POLICY_RUNGS;
	return m;
}

START_TEST(destinations_and_actors_come_back)
{
	struct measure to = measure("192.0.2.1"), from = to;
	struct measure host = of_actor((struct actor){ .kind = ACTOR_HOST });
	struct measure user = of_actor((struct actor){ .kind = ACTOR_USER, .uid = 1000 });
	struct measure group = of_actor((struct actor){ .kind = ACTOR_GROUP, .cgroup = UINT64_MAX, .level = 3 });

	to.subject.kind = SUBJECT_DESTINATION;
	to.response = RESPONSE_EGRESS_REFUSE;
	put(&to);
	put(&from);
	put(&host);
	put(&user);
	put(&group);
	put(&group);
	again_as("boot-a");
	ck_assert_int_eq(read_all(11 * H, WALL + H), 0);
	ck_assert_uint_eq(n_read, 5);
	same(&read_back[4], &to);
	same(&read_back[3], &from);
	same(&read_back[2], &host);
	same(&read_back[1], &user);
	same(&read_back[0], &group);
	ck_assert_uint_eq(read_back[0].subject.actor.level, 3);
	ck_assert_int_eq(store_forget_measure(s, &group.subject, group.scope), 0);
	ck_assert_int_eq(store_forget_measure(s, &to.subject, to.scope), 0);
	read_all(11 * H, WALL + H);
	ck_assert_uint_eq(n_read, 3);
}
END_TEST

/* The kernel has given its number to another one. */
START_TEST(a_control_group_of_another_boot_does_not_come_back)
{
	struct measure user = of_actor((struct actor){ .kind = ACTOR_USER, .uid = 1000 });
	struct measure group = of_actor((struct actor){ .kind = ACTOR_GROUP, .cgroup = 4711, .level = 3 });

	put(&user);
	put(&group);
	again_as("boot-b");
	ck_assert_int_eq(read_all(H, WALL + H), 0);
	ck_assert_uint_eq(n_read, 1);
	ck_assert_int_eq(read_back[0].subject.actor.kind, ACTOR_USER);
}
END_TEST

START_TEST(the_same_subject_keeps_one_row)
{
	struct measure m = measure("192.0.2.1");

	m.subject.port = 7; /* names nothing of a whole source */
	put(&m);
	m.subject.port = 8;
	m.response = RESPONSE_SHIELD;
	put(&m);
	read_all(11 * H, WALL);
	ck_assert_uint_eq(n_read, 1);
	ck_assert_int_eq(read_back[0].response, RESPONSE_SHIELD);
}
END_TEST

START_TEST(a_memory_of_offences_comes_back_as_one)
{
	struct measure m = measure("192.0.2.1");

	m.state = MEASURE_FREE;
	m.forget_at.ns = 20 * H;
	put(&m);
	again_as("boot-b");
	read_all(H, WALL + 2 * H);
	ck_assert_uint_eq(n_read, 1);
	ck_assert_int_eq(read_back[0].state, MEASURE_FREE);
	ck_assert_uint_eq(read_back[0].offences, 4);
	ck_assert_int_eq(read_back[0].forget_at.ns, H + 8 * H);
}
END_TEST

START_TEST(after_a_reboot_a_measure_has_what_was_left)
{
	struct measure m = measure("192.0.2.1");

	put(&m);
	again_as("boot-b");
	read_all(60 * NS_PER_S, WALL + H);
	ck_assert_uint_eq(n_read, 1);
	ck_assert_int_eq(read_back[0].until.ns, 60 * NS_PER_S + H);
	ck_assert_int_eq(mono_since(read_back[0].until, read_back[0].since), 3 * H);
	read_all(60 * NS_PER_S, 0); /* a clock that begins in 1970 */
	ck_assert_int_eq(read_back[0].until.ns, 60 * NS_PER_S + 2 * H);
}
END_TEST

START_TEST(a_moment_of_another_boot_leaves_the_older_rows_alone)
{
	struct measure m = measure("192.0.2.1");
	struct lease_moment later = { .mono = { H }, .wall = { WALL + H } };

	put(&m);
	again_as("boot-b");
	ck_assert_int_eq(store_put_moment(s, &later), 0);
	read_all(H, WALL + H);
	ck_assert_int_eq(read_back[0].until.ns, H + H);
}
END_TEST

START_TEST(what_is_over_says_for_how_long)
{
	struct measure m = measure("192.0.2.1");

	put(&m);
	read_all(12 * H + H, WALL);
	ck_assert_uint_eq(n_read, 1);
	ck_assert_int_eq(read_back[0].state, MEASURE_APPLIED);
	ck_assert_int_eq(read_back[0].until.ns, 12 * H);
	again_as("boot-b");
	read_all(H, WALL + 5 * H); /* two more than the rest of it, and longer than this boot */
	ck_assert_int_eq(read_back[0].until.ns, H - 3 * H);
	ck_assert_int_eq(mono_since(read_back[0].until, read_back[0].since), 3 * H);
}
END_TEST

START_TEST(a_forgotten_measure_is_gone)
{
	struct measure a = measure("192.0.2.1"), b = measure("192.0.2.2");

	put(&a);
	put(&b);
	ck_assert_int_eq(store_forget_measure(s, &a.subject, a.scope), 0);
	read_all(11 * H, WALL);
	ck_assert_uint_eq(n_read, 1);
	ck_assert(subject_equal(&read_back[0].subject, &b.subject));
}
END_TEST

START_TEST(a_sweep_removes_what_was_not_marked_again)
{
	struct measure a = measure("192.0.2.1"), b = measure("192.0.2.2");

	put(&a);
	put(&b);
	again_as("boot-a");
	store_mark(s);
	put(&b);
	ck_assert_int_eq(store_sweep(s), 0);
	read_all(11 * H, WALL);
	ck_assert_uint_eq(n_read, 1);
	ck_assert(subject_equal(&read_back[0].subject, &b.subject));
}
END_TEST

static void change(const char *sql)
{
	sqlite3 *db;

	store_close(s, false);
	s = NULL;
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static const char *const nonsense[] = { "kind = 9", "source = 'x'", "response = 'hang'",
	"scope = 2", "until = 9223372036854775807", "limit_rate = -1", "offences = 65536",
	"ladder = 'drop drop drop drop drop'", "ladder = 'a'", "rung = 3", "origin = -1",
	"kind = 'x'", "base_ttl = -1", "forget_at = -5", "proto = 256", "standing = 2" };

START_TEST(a_row_that_makes_no_sense_is_passed_over)
{
	struct measure a = measure("192.0.2.1"), b = measure("192.0.2.2");
	char sql[128];

	put(&a);
	put(&b);
	snprintf(sql, sizeof(sql), "UPDATE measure SET %s WHERE id = 1", nonsense[_i]);
	change(sql);
	ck_assert_int_eq(open_as("boot-a", 0), 0);
	ck_assert_int_eq(read_all(11 * H, WALL), 1);
	ck_assert_uint_eq(n_read, 1);
	ck_assert(subject_equal(&read_back[0].subject, &b.subject));
}
END_TEST

START_TEST(what_is_rolled_back_was_never_there)
{
	struct measure a = measure("192.0.2.1");

	ck_assert_int_eq(store_begin(s), 0);
	ck_assert_int_eq(store_put_moment(s, &then), 0);
	ck_assert_int_eq(store_put_measure(s, &a), 0);
	store_rollback(s);
	read_all(11 * H, WALL);
	ck_assert_uint_eq(n_read, 0);
	put(&a); /* and the next batch goes well */
}
END_TEST

START_TEST(the_latest_incident_of_a_subject_is_found)
{
	char *json;

	ck_assert_int_eq(store_put_incident(s, 1, "192.0.2.1", (wall_t){ 10 }, "{\"a\":1}"), 0);
	ck_assert_int_eq(store_put_incident(s, UINT64_MAX, "192.0.2.1", (wall_t){ 30 }, "two"),
		0);
	ck_assert_int_eq(store_put_incident(s, 3, "192.0.2.1", (wall_t){ 20 }, "three"), 0);
	ck_assert_int_eq(store_put_incident(s, 1, "192.0.2.1", (wall_t){ 11 }, "one"), 0);
	again_as("boot-a");
	ck_assert_int_eq(store_incident_by_id(s, 1, &json), 0);
	ck_assert_str_eq(json, "one");
	free(json);
	ck_assert_int_eq(store_incident_by_subject(s, "192.0.2.1", &json), 0);
	ck_assert_str_eq(json, "two");
	free(json);
	ck_assert_int_eq(store_incident_by_id(s, 4, &json), ERR_ABSENT);
	ck_assert_int_eq(store_incident_by_subject(s, "192.0.2.2", &json), ERR_ABSENT);
}
END_TEST

static char seen[256];

static void note_allowed(void *ctx, const struct prefix *p)
{
	char text[PREFIX_TEXT];

	(void)ctx;
	prefix_format(p, text, sizeof(text));
	strcat(strcat(seen, text), " ");
}

static void note_excuse(void *ctx, const struct prefix *p, unsigned count, wall_t at)
{
	char text[32];

	note_allowed(ctx, p);
	snprintf(text, sizeof(text), "%u %lld ", count, (long long)at.ns);
	strcat(seen, text);
}

START_TEST(the_administrators_word_comes_back)
{
	struct prefix p = prefix("192.0.2.0/24"), q = prefix("2001:db8::1");

	ck_assert_int_eq(store_put_allowed(s, &p), 0);
	ck_assert_int_eq(store_put_allowed(s, &q), 0);
	ck_assert_int_eq(store_put_allowed(s, &q), 0);
	ck_assert_int_eq(store_put_excuse(s, &p, 2, (wall_t){ 20 }), 0);
	ck_assert_int_eq(store_put_excuse(s, &q, 1, (wall_t){ 10 }), 0);
	ck_assert_int_eq(store_put_excuse(s, &p, 3, (wall_t){ 30 }), 0);
	again_as("boot-a");
	ck_assert_int_eq(store_each_allowed(s, note_allowed, NULL), 0);
	ck_assert_str_eq(seen, "192.0.2.0/24 2001:db8::1 ");
	seen[0] = '\0';
	ck_assert_int_eq(store_each_excuse(s, note_excuse, NULL), 0);
	ck_assert_str_eq(seen, "2001:db8::1 1 10 192.0.2.0/24 3 30 ");
	ck_assert_int_eq(store_clear_allowed(s), 0);
	ck_assert_int_eq(store_clear_excuses(s), 0);
	seen[0] = '\0';
	store_each_allowed(s, note_allowed, NULL);
	store_each_excuse(s, note_excuse, NULL);
	ck_assert_str_eq(seen, "");
}
END_TEST

static TCase *values(void)
{
	TCase *t = tcase_create("values");

	tcase_add_checked_fixture(t, make_store, remove_folder);
	tcase_add_loop_test(t, every_field_of_a_measure_comes_back, 0, 4);
	tcase_add_test(t, a_measure_of_one_service_stands_beside_the_sources_own);
	tcase_add_test(t, a_service_and_the_host_come_back);
	tcase_add_test(t, destinations_and_actors_come_back);
	tcase_add_test(t, a_control_group_of_another_boot_does_not_come_back);
	tcase_add_test(t, the_same_subject_keeps_one_row);
	tcase_add_test(t, a_memory_of_offences_comes_back_as_one);
	tcase_add_test(t, after_a_reboot_a_measure_has_what_was_left);
	tcase_add_test(t, a_moment_of_another_boot_leaves_the_older_rows_alone);
	tcase_add_test(t, what_is_over_says_for_how_long);
	tcase_add_test(t, a_forgotten_measure_is_gone);
	tcase_add_test(t, a_sweep_removes_what_was_not_marked_again);
	tcase_add_loop_test(t, a_row_that_makes_no_sense_is_passed_over, 0,
		(int)(sizeof(nonsense) / sizeof(nonsense[0])));
	tcase_add_test(t, what_is_rolled_back_was_never_there);
	tcase_add_test(t, the_latest_incident_of_a_subject_is_found);
	tcase_add_test(t, the_administrators_word_comes_back);
	return t;
}

int main(void)
{
	Suite *suite = suite_create("store");
	SRunner *r;
	int failed;

	suite_add_tcase(suite, values());
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
