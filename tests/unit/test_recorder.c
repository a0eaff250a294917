/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder beside the packet thread: what finds no room is counted and said in the log, what sets a state finds some,
 * a disk that fails holds nobody up. That a log is enough for the same decisions is test_observation_replay.c's.
 */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/recorder_state.h"
#include "base/err.h"
#include "edge/clock.h"
#include "support/craft.h"

static struct conf conf;
static struct conf_report report;
static struct steady steady;
static struct hash_key key;
static struct recorder *recorder;
static struct recorder_stats stats;
static char folder[64], why[OBSLOG_WHY];
static uint8_t bytes[ENGINE_BURST][60];
static struct engine_input inputs[ENGINE_BURST];

static void begin(void)
{
	struct conf_source src = { .file = "policies/tidegate.conf" };
	struct craft c = { .src = craft_addr("203.0.113.5"), .dst = craft_addr("192.0.2.1"), .proto = PROTO_TCP,
		.tcp_flags = TCP_SYN, .dport = 80 };

	strcpy(folder, "/tmp/test_recorder.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(conf_load(&src, &conf, &report), 0);
	strcpy(conf.paths.state_dir, folder);
	hash_key_from_seed(&key, 77);
	steady_now(&steady);
	for (size_t i = 0; i < ENGINE_BURST; i++) {
		c.seq = (uint32_t)i;
		inputs[i] = (struct engine_input){ .bytes = { bytes[i], craft_packet(&c, bytes[i], 60) },
			.meta = { .at = { 50 + (int64_t)i }, .wire_len = 40 } };
	}
}

static void end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static void make(void)
{
	struct recorder_opts o = { .conf = &conf, .key = &key, .start = { 1 }, .steady = &steady };

	ck_assert_int_eq(recorder_create(&recorder, &o), 0);
	ck_assert_ptr_nonnull(recorder);
}

static void tell_burst(size_t n)
{
	recorder_observe(recorder, &(struct observation){ .kind = OBSERVATION_PACKETS, .at = inputs[0].meta.at,
		.packets = { inputs, n } });
}

static void tell_mode(int64_t at, bool on)
{
	recorder_observe(recorder, &(struct observation){ .kind = OBSERVATION_MODE, .at = { at }, .on = on });
}

struct found {
	uint64_t packets, losses, lost, modes, rules;
	char policy[32];
};

static void read_log(struct found *f)
{
	struct obslog_look look = { .path = folder };
	struct obslog_reader *r;
	struct obslog_item item;

	*f = (struct found){ .packets = 0 };
	ck_assert_msg(obslog_open(&r, &look, why) == 0, "%s", why);
	while (obslog_next(r, &item, why)) {
		if (item.kind != OBSLOG_ENTRY)
			continue;
		if (item.entry.kind == LOG_OBSERVATION && item.entry.observation.kind == OBSERVATION_PACKETS)
			f->packets += item.entry.observation.packets.n;
		f->modes += item.entry.kind == LOG_OBSERVATION && item.entry.observation.kind == OBSERVATION_MODE;
		f->losses += item.entry.kind == LOG_LOSS;
		f->lost += item.entry.kind == LOG_LOSS ? item.entry.lost : 0;
		if (item.entry.kind == LOG_RULES) {
			f->rules++;
			memcpy(f->policy, item.entry.rules.policy, sizeof(f->policy));
		}
	}
	obslog_close(r);
}

START_TEST(where_none_is_wished_for_all_of_it_does_nothing)
{
	struct recorder_opts o = { .conf = &conf, .key = &key, .steady = &steady };

	conf.observations.enabled = false;
	ck_assert_int_eq(recorder_create(&recorder, &o), 0);
	ck_assert_ptr_null(recorder);
	ck_assert_int_eq(recorder_start(recorder), 0);
	recorder_rules(recorder, &conf);
	recorder_stats(recorder, &stats);
	ck_assert(!stats.enabled);
	ck_assert(recorder_destroy(recorder));
}
END_TEST

START_TEST(its_thread_writes_what_it_was_told_before_it_ends)
{
	struct found f;

	make();
	ck_assert_int_eq(recorder_start(recorder), 0);
	for (int i = 0; i < 100; i++)
		tell_burst(ENGINE_BURST);
	tell_mode(200, true);
	recorder_rules(recorder, &conf);
	ck_assert(recorder_destroy(recorder));
	read_log(&f);
	ck_assert_uint_eq(f.packets, 6400);
	ck_assert_uint_eq(f.modes, 1);
	ck_assert_uint_eq(f.rules, 1);
	ck_assert_str_eq(f.policy, "web-server");
	ck_assert_uint_eq(f.lost, 0);
}
END_TEST

START_TEST(what_was_told_is_in_the_log_after_a_sync)
{
	struct found f;

	make();
	ck_assert_int_eq(recorder_start(recorder), 0);
	for (uint64_t i = 1; i <= 20; i++) {
		tell_burst(3);
		recorder_sync(recorder);
		read_log(&f);
		ck_assert_uint_eq(f.packets, 3 * i);
	}
	ck_assert(recorder_destroy(recorder));
}
END_TEST

/* Nobody takes anything out of the ring until it is over. */
START_TEST(what_finds_no_room_is_counted_and_said_in_the_log)
{
	const uint64_t bursts = 3 * RECORDER_RING / (ENGINE_BURST * 80);
	struct found f;

	make();
	for (uint64_t i = 0; i < bursts; i++)
		tell_burst(ENGINE_BURST);
	recorder_stats(recorder, &stats);
	ck_assert_uint_gt(stats.lost, 1000);
	while (recorder_drain(recorder))
		;
	tell_burst(1); /* the loss stands before it */
	while (recorder_drain(recorder))
		;
	recorder_flush(recorder, true);
	ck_assert(recorder_destroy(recorder));
	read_log(&f);
	ck_assert_uint_eq(f.losses, 1);
	ck_assert_uint_eq(f.lost, stats.lost);
	ck_assert_uint_eq(f.packets + f.lost, bursts * ENGINE_BURST + 1);
}
END_TEST

START_TEST(a_flood_leaves_room_for_what_sets_a_state)
{
	static struct guards g;
	struct found f;

	make();
	do {
		tell_burst(ENGINE_BURST);
		recorder_stats(recorder, &stats);
	} while (!stats.lost);
	tell_mode(500, true);
	recorder_observe(recorder, &(struct observation){ .kind = OBSERVATION_GUARDS, .at = { 600 }, .guards = &g });
	tell_mode(700, false);
	recorder_stats(recorder, &stats);
	ck_assert_uint_eq(stats.lost, ENGINE_BURST);
	while (recorder_drain(recorder))
		;
	recorder_flush(recorder, true);
	ck_assert(recorder_destroy(recorder));
	read_log(&f);
	ck_assert_uint_eq(f.modes, 2);
}
END_TEST

START_TEST(a_disk_that_fails_is_told_and_nothing_waits_for_it)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/observations", folder);
	file = fopen(path, "w"); /* in the place of the folder */
	fclose(file);
	make();
	ck_assert_int_eq(recorder_start(recorder), 0);
	for (int i = 0; i < 20000; i++)
		tell_burst(ENGINE_BURST);
	recorder_stats(recorder, &stats);
	ck_assert(recorder_destroy(recorder));
	make();
	tell_burst(3);
	recorder_drain(recorder);
	recorder_flush(recorder, true);
	recorder_stats(recorder, &stats);
	ck_assert(stats.failing);
	ck_assert_str_ne(stats.error, "");
	unlink(path);
	tell_burst(1);
	recorder_drain(recorder);
	recorder_flush(recorder, true);
	recorder_stats(recorder, &stats);
	ck_assert(!stats.failing);
	ck_assert(recorder_destroy(recorder));
}
END_TEST

struct teller {
	uint64_t bursts;
};

static void *tell_many(void *ctx)
{
	struct teller *t = ctx;

	for (uint64_t i = 0; i < t->bursts; i++)
		tell_burst(ENGINE_BURST);
	return NULL;
}

START_TEST(two_threads_account_for_every_packet)
{
	struct teller t = { .bursts = 20000 };
	pthread_t thread;
	struct found f;

	make();
	ck_assert_int_eq(recorder_start(recorder), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, tell_many, &t), 0);
	pthread_join(thread, NULL);
	recorder_stats(recorder, &stats);
	ck_assert(recorder_destroy(recorder));
	read_log(&f);
	ck_assert_uint_eq(f.packets + stats.lost, t.bursts * ENGINE_BURST);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("recorder");
	TCase *t = tcase_create("recorder");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, begin, end);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, where_none_is_wished_for_all_of_it_does_nothing);
	tcase_add_test(t, its_thread_writes_what_it_was_told_before_it_ends);
	tcase_add_test(t, what_was_told_is_in_the_log_after_a_sync);
	tcase_add_test(t, what_finds_no_room_is_counted_and_said_in_the_log);
	tcase_add_test(t, a_flood_leaves_room_for_what_sets_a_state);
	tcase_add_test(t, a_disk_that_fails_is_told_and_nothing_waits_for_it);
	tcase_add_test(t, two_threads_account_for_every_packet);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
