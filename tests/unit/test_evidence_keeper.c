/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keeper of evidence with its real thread, over a log on disk. It gathers what waits when it is ended, so that no test
 * has to wait for it.
 */
#include "app/evidence.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "edge/obslog.h"
#include "support/craft.h"

#define WALL (INT64_C(1790000000) * NS_PER_S)
#define ATTACKER "198.51.100.66"

static char state[64], why[OBSLOG_WHY];
static struct conf_evidence conf;
static struct steady steady;
static struct evidence *evidence;
static struct evidence_brief brief;
static int flushes;

static void flush(void *ctx)
{
	(void)ctx;
	flushes++;
}

static void begin(void)
{
	const struct evidence_opts o = { .state_dir = state, .conf = &conf, .flush = flush, .steady = &steady };

	ck_assert_int_eq(evidence_create(&evidence, &o), 0);
}

static void end(void)
{
	ck_assert(evidence_destroy(evidence));
	evidence = NULL;
}

static void start_and_end(void)
{
	ck_assert_int_eq(evidence_start(evidence), 0);
	end();
}

/* Six SYNs of the attacker, a second apart, from second 10 on. */
static void write_log(void)
{
	char folder[96];
	struct obslog_opts o = { .folder = folder, .max_bytes = 16 << 20, .run = { .id = 1, .start = { NS_PER_S },
		.wall_ns = WALL } };
	struct obslog *l;

	snprintf(folder, sizeof(folder), "%s/observations", state);
	ck_assert_int_eq(obslog_create(&l, &o), 0);
	for (int i = 0; i < 6; i++) {
		struct craft c = { .src = craft_addr(ATTACKER), .dst = craft_addr("192.0.2.1"), .proto = 6,
			.sport = 40000, .dport = (uint16_t)(7000 + i), .tcp_flags = TCP_SYN };
		uint8_t bytes[128];
		struct engine_input in = { .meta = { .at = { (10 + i) * NS_PER_S }, .held = true },
			.bytes = { bytes, craft_packet(&c, bytes, sizeof(bytes)) } };
		struct log_entry e = { .kind = LOG_OBSERVATION, .at = in.meta.at, .observation = {
			.kind = OBSERVATION_PACKETS, .at = in.meta.at, .packets = { &in, 1 } } };

		in.meta.wire_len = (uint32_t)in.bytes.len;
		ck_assert_int_eq(obslog_put(l, &e, why), 0);
	}
	ck_assert_int_eq(obslog_flush(l, why), 0);
	obslog_destroy(l);
}

static void setup(void)
{
	strcpy(state, "/tmp/tidegate-evidence-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(state));
	conf = (struct conf_evidence){ .before = 100, .after = 10, .after_ns = 60 * NS_PER_S, .snap = 128,
		.max_incidents = 10, .max_bytes = 1 << 20 };
	atomic_store(&steady.wall_ns, WALL);
	flushes = 0;
	evidence = NULL;
}

static void teardown(void)
{
	char command[128];

	evidence_destroy(evidence);
	snprintf(command, sizeof(command), "rm -rf %s", state);
	ck_assert_int_eq(system(command), 0);
}

static struct event found(uint64_t incident, int64_t at_s)
{
	struct event e = { .kind = EVENT_FINDING, .incident = incident, .finding = { .kind = FINDING_SCAN,
		.first = { 10 * NS_PER_S }, .at = { at_s * NS_PER_S }, .subject.kind = SUBJECT_SOURCE } };

	ck_assert_int_eq(prefix_parse(ATTACKER, &e.finding.subject.source), 0);
	return e;
}

static void tell(uint64_t incident, int64_t at_s)
{
	struct event e = found(incident, at_s);

	evidence_event(evidence, &e);
}

START_TEST(what_waits_is_gathered_at_the_end_and_found_by_the_next_run)
{
	write_log();
	begin();
	tell(7, 13);
	start_and_end();
	begin();
	ck_assert_int_eq(evidence_about(evidence, 7, &brief, why), 0);
	ck_assert_uint_eq(brief.packets, 6);
	ck_assert_uint_eq(brief.missing, 0);
	ck_assert_int_eq(brief.first.ns, WALL + 10 * NS_PER_S);
	ck_assert_int_eq(brief.last.ns, WALL + 15 * NS_PER_S);
	ck_assert(!brief.growing);
	ck_assert_int_eq(evidence_about(evidence, 8, &brief, why), ERR_ABSENT);
}
END_TEST

START_TEST(a_storm_of_incidents_ends_a_block_of_the_log_once)
{
	write_log();
	begin();
	for (uint64_t i = 1; i <= 8; i++)
		tell(i, 13);
	start_and_end();
	ck_assert_int_eq(flushes, 1);
}
END_TEST

START_TEST(what_is_being_gathered_is_said_to_be)
{
	begin();
	tell(7, 13);
	ck_assert_int_eq(evidence_about(evidence, 7, &brief, why), ERR_AGAIN);
}
END_TEST

START_TEST(a_later_finding_of_an_incident_keeps_what_was)
{
	write_log();
	begin();
	tell(7, 11);
	start_and_end();
	begin();
	struct event e = found(7, 15);
	e.finding.first.ns = 14 * NS_PER_S;
	evidence_event(evidence, &e);
	start_and_end();
	begin();
	ck_assert_int_eq(evidence_about(evidence, 7, &brief, why), 0);
	ck_assert_uint_eq(brief.packets, 6);
}
END_TEST

START_TEST(what_finds_no_room_is_counted)
{
	struct evidence_stats s;

	begin();
	for (uint64_t i = 1; i <= 1000; i++)
		tell(i, 13);
	evidence_stats(evidence, &s);
	ck_assert_uint_gt(s.lost, 0);
	ck_assert_uint_eq(s.lost + s.waiting, 1000);
	tell(1, 14);
	evidence_stats(evidence, &s);
	ck_assert_uint_eq(s.lost + s.waiting, 1000);
}
END_TEST

START_TEST(of_a_ban_by_hand_there_is_nothing_to_prove)
{
	struct event e = found(7, 13);
	struct evidence_stats s;

	begin();
	e.finding.kind = FINDING_NONE;
	evidence_event(evidence, &e);
	e = found(7, 13);
	e.kind = EVENT_APPLIED;
	evidence_event(evidence, &e);
	evidence_stats(evidence, &s);
	ck_assert_uint_eq(s.waiting, 0);
	ck_assert_int_eq(evidence_about(evidence, 7, &brief, why), ERR_ABSENT);
}
END_TEST

START_TEST(without_a_log_there_is_none_and_it_is_said)
{
	const struct evidence_opts o = { .state_dir = state, .conf = &conf, .steady = &steady };
	struct evidence_stats s;

	ck_assert_int_eq(evidence_create(&evidence, &o), 0);
	tell(7, 13);
	evidence_stats(evidence, &s);
	ck_assert(!s.enabled);
	ck_assert_str_eq(s.off, "there is no log of observations");
	ck_assert_int_eq(evidence_about(evidence, 7, &brief, why), ERR_UNSUPPORTED);
	start_and_end();
	evidence_stats(NULL, &s);
	ck_assert(!s.enabled && s.off[0]);
	ck_assert_int_eq(evidence_about(NULL, 7, &brief, why), ERR_UNSUPPORTED);
}
END_TEST

START_TEST(none_is_kept_where_none_is_wished_for)
{
	struct evidence_stats s;

	conf.before = conf.after = 0;
	begin();
	evidence_stats(evidence, &s);
	ck_assert(!s.enabled && strstr(s.off, "evidence.before"));
}
END_TEST

START_TEST(a_folder_that_cannot_be_ends_nothing_else)
{
	struct evidence_stats s;
	char path[96];
	FILE *f;

	snprintf(path, sizeof(path), "%s/evidence", state);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fclose(f);
	begin();
	tell(7, 13);
	evidence_stats(evidence, &s);
	ck_assert(!s.enabled && strstr(s.off, "evidence"));
	start_and_end();
}
END_TEST

START_TEST(a_folder_that_is_removed_is_made_again)
{
	char path[96];

	write_log();
	begin();
	tell(7, 13);
	snprintf(path, sizeof(path), "%s/evidence", state);
	ck_assert_int_eq(rmdir(path), 0);
	start_and_end();
	begin();
	ck_assert_int_eq(evidence_about(evidence, 7, &brief, why), 0);
	ck_assert_uint_eq(brief.packets, 6);
}
END_TEST

START_TEST(a_damaged_file_is_said_to_be)
{
	FILE *f;

	write_log();
	begin();
	tell(7, 13);
	start_and_end();
	begin();
	ck_assert_int_eq(evidence_about(evidence, 7, &brief, why), 0);
	f = fopen(brief.path, "w");
	ck_assert_ptr_nonnull(f);
	fputs("this is no capture", f);
	fclose(f);
	ck_assert_int_eq(evidence_about(evidence, 7, &brief, why), ERR_INVALID);
	ck_assert_int_gt(strlen(why), 0);
}
END_TEST

START_TEST(a_log_that_is_not_there_leaves_no_file)
{
	begin();
	tell(7, 13);
	start_and_end();
	begin();
	ck_assert_int_eq(evidence_about(evidence, 7, &brief, why), ERR_ABSENT);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("evidence_keeper");
	TCase *t = tcase_create("incidents");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_waits_is_gathered_at_the_end_and_found_by_the_next_run);
	tcase_add_test(t, a_storm_of_incidents_ends_a_block_of_the_log_once);
	tcase_add_test(t, what_is_being_gathered_is_said_to_be);
	tcase_add_test(t, a_later_finding_of_an_incident_keeps_what_was);
	tcase_add_test(t, what_finds_no_room_is_counted);
	tcase_add_test(t, of_a_ban_by_hand_there_is_nothing_to_prove);
	tcase_add_test(t, without_a_log_there_is_none_and_it_is_said);
	tcase_add_test(t, none_is_kept_where_none_is_wished_for);
	tcase_add_test(t, a_folder_that_cannot_be_ends_nothing_else);
	tcase_add_test(t, a_folder_that_is_removed_is_made_again);
	tcase_add_test(t, a_damaged_file_is_said_to_be);
	tcase_add_test(t, a_log_that_is_not_there_leaves_no_file);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
