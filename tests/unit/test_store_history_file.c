/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of history: its size, its readers, and that nothing that happens to it costs what it knew without a word. */
#include "edge/store_history.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/history_lab.h"
#include "base/err.h"

/* ---- size and age ---- */

START_TEST(old_slots_and_hours_go_and_days_stay)
{
	opts.keep_slots_s = 2 * DAY;
	opts.keep_hours_s = 4 * DAY;
	again();
	for (int i = 0; i < 10; i++)
		add(date(2026, 3, 1) + i * DAY, 0, 1, 1);
	import(date(2025, 3, 9), 5);
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(history_prune(h, date(2026, 3, 10)), 0);
	ck_assert_uint_eq(find(PERIOD_SLOT, &eth0), 3);
	ck_assert_uint_eq(find(PERIOD_HOUR, &eth0), 5);
	ck_assert_uint_eq(find(PERIOD_DAY, &eth0), 10);
	ck_assert_int_eq(ask("SELECT count(*) FROM slot WHERE imported = 0"), 3);
	ck_assert_int_eq(ask("SELECT count(*) FROM slot WHERE imported = 1"), 1); /* lessons wait for a reset */
}
END_TEST

START_TEST(a_clock_that_is_wrong_for_a_moment_costs_a_day_and_not_all)
{
	opts.keep_slots_s = 35 * DAY;
	opts.keep_hours_s = 400 * DAY;
	again();
	for (int i = 0; i < 30 * 4; i++)
		add(date(2026, 3, 1) + i * DAY / 4, 0, 1, 1);
	ck_assert_int_eq(history_prune(h, date(2036, 3, 1)), 0);
	ck_assert_uint_eq(find(PERIOD_SLOT, &eth0), 29 * 4);
	ck_assert_uint_eq(find(PERIOD_HOUR, &eth0), 29 * 4);
	ck_assert_int_eq(history_prune(h, date(2026, 3, 31)), 0);
	ck_assert_uint_eq(find(PERIOD_SLOT, &eth0), 29 * 4);
}
END_TEST

/* Containers come with links of their own: those who stay must not be without room for what never comes again. */
START_TEST(names_that_never_come_again_do_not_end_the_record)
{
	struct slot_series s[30];
	int64_t at = date(2026, 3, 1);

	opts.max_bytes = UINT64_C(1) << 20;
	opts.keep_slots_s = DAY;
	opts.keep_hours_s = 2 * DAY;
	again();
	for (unsigned i = 0; i < 1500; i++, at += 3 * HOUR) {
		s[0] = link_series(7, 7);
		for (unsigned k = 1; k < 30; k++) {
			s[k] = link_series(1, 1);
			snprintf(s[k].id.link, sizeof(s[k].id.link), "veth%x", i * 30 + k);
		}
		ck_assert_int_eq(add_slot(at, 0, s, 30), 0);
		ck_assert_int_eq(history_prune(h, at), 0);
	}
	ck_assert_uint_eq(find(PERIOD_YEAR, &eth0), 1);
	ck_assert_uint_eq(found[0].value[OF_BYTES_IN], 7 * 1500);
	ck_assert_int_le(ask("SELECT count(*) FROM series"), 600);
}
END_TEST

START_TEST(the_size_is_kept_and_the_oldest_slots_pay_for_it)
{
	struct slot_series s[200];
	struct history_known known;
	struct stat st;

	opts.max_bytes = UINT64_C(4) << 20;
	again();
	for (unsigned i = 0; i < 200; i++) {
		s[i] = link_series(1000000007, 1000000009);
		snprintf(s[i].id.link, sizeof(s[i].id.link), "veth%u", i);
	}
	for (int i = 0; i < 3 * SLOTS_A_DAY; i++) {
		if (i % 12 == 0)
			ck_assert_int_eq(history_begin(h), 0);
		ck_assert_int_eq(add_slot(date(2026, 3, 1) + i * SLOT_S, 0, s, 200), 0);
		if (i % 12 == 11) {
			ck_assert_int_eq(history_commit(h), 0);
			ck_assert_int_eq(history_prune(h, date(2026, 3, 1) + i * SLOT_S), 0);
		}
	}
	ck_assert_int_eq(history_known(h, HISTORY_OWN, 0, &known), 0);
	ck_assert_uint_gt(known.crowded_out, 10000);
	ck_assert_int_eq(known.last_s, date(2026, 3, 4) - SLOT_S);
	ck_assert_int_gt(known.first_s, date(2026, 3, 1));
	ck_assert_uint_eq(find(PERIOD_MONTH, &s[0].id), 1);
	ck_assert_uint_eq(found[0].value[OF_BYTES_IN], UINT64_C(1000000007) * 3 * SLOTS_A_DAY);
	shut();
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_le(st.st_size, 4 << 20);
}
END_TEST

/* ---- the file ---- */

START_TEST(it_is_read_while_it_is_written)
{
	struct history *reader;
	struct stat st;

	add(date(2026, 3, 10), 0, 100, 1);
	ck_assert_int_eq(history_open_reading(&reader, path, why), 0);
	add(date(2026, 3, 11), 0, 100, 1);
	history_close(reader);
	ck_assert_int_eq(history_begin(h), 0);
	add(date(2026, 3, 12), 0, 100, 1);
	ck_assert_int_eq(history_open_reading(&reader, path, why), 0);
	ck_assert_int_eq(history_add(reader, &(struct slot){ .start_s = 0 }), ERR_PERMISSION);
	history_close(reader);
	ck_assert_int_eq(history_commit(h), 0);
	ck_assert_uint_eq(find(PERIOD_DAY, &eth0), 3);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0640);
}
END_TEST

START_TEST(to_look_makes_no_file)
{
	struct history *reader;

	shut();
	unlink(path);
	ck_assert_int_eq(history_open_reading(&reader, path, why), ERR_ABSENT);
	opts.make = false;
	ck_assert_int_eq(history_open(&h, path, &opts, aside, why), ERR_ABSENT);
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

static void spoil(void)
{
	static const char noise[4096] = "this is no database";
	int fd = open(path, O_WRONLY | O_TRUNC);

	ck_assert_int_eq(write(fd, noise, sizeof(noise)), sizeof(noise));
	close(fd);
}

START_TEST(a_damaged_file_is_set_aside_and_said)
{
	struct history *reader;

	add(date(2026, 3, 10), 0, 100, 1);
	shut();
	spoil();
	ck_assert_int_eq(history_open_reading(&reader, path, why), ERR_INVALID);
	ck_assert_int_eq(history_open(&h, path, &opts, aside, why), 0);
	ck_assert_ptr_nonnull(strstr(aside, "history.db.damaged-"));
	ck_assert_int_eq(access(aside, F_OK), 0);
	ck_assert_uint_eq(find(PERIOD_DAY, &eth0), 0);
	add(date(2026, 3, 10), 0, 100, 1);
}
END_TEST

/* Zeroes where pages of totals were: what is met is an error, or rows of nobody; never a crash. */
START_TEST(damage_in_the_middle_is_no_end_of_ours)
{
	static const char zeroes[4096];
	struct history_query q = { .kind = -1, .from = 0, .until = INT64_MAX };
	struct stat st;
	int fd, bad = 0;

	ck_assert_int_eq(history_begin(h), 0);
	for (int i = 0; i < 500; i++)
		add(date(2026, 3, 10) + i * SLOT_S, 0, 100, 1);
	ck_assert_int_eq(history_commit(h), 0);
	shut();
	ck_assert_int_eq(stat(path, &st), 0);
	fd = open(path, O_WRONLY);
	for (off_t at = 12 * 4096; at + 4096 <= st.st_size; at += 4096)
		ck_assert_int_eq(pwrite(fd, zeroes, 4096, at), 4096);
	close(fd);
	ck_assert_int_eq(history_open(&h, path, &opts, aside, why), 0);
	for (int p = 0; p < PERIODS; p++) {
		q.period = (enum period)p;
		n_found = 0;
		bad += history_totals(h, &q, collect, NULL) == ERR_INVALID;
	}
	ck_assert_int_gt(bad, 0);
}
END_TEST

START_TEST(a_full_disk_costs_the_slot_and_nothing_else)
{
	const struct slot_series s = link_series(1, 1);
	int err = 0, n = 0;

	opts.max_bytes = 65536; /* of the file: what SQLite says of a full disk, too */
	again();
	ck_assert_int_eq(history_begin(h), 0);
	while (!err && n < 10000)
		err = add_slot(date(2026, 3, 10) + n++ * SLOT_S, 0, &s, 1);
	ck_assert_int_eq(err, ERR_FULL);
	ck_assert_uint_eq(find(PERIOD_DAY, &eth0), 0);
	ck_assert_int_eq(add_slot(date(2026, 3, 10), 0, &s, 1), 0);
	ck_assert_uint_eq(find(PERIOD_DAY, &eth0), 1);
	ck_assert_int_eq(ask("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
}
END_TEST

START_TEST(who_is_killed_leaves_whole_slots)
{
	shut();
	for (int turn = 0; turn < 8; turn++) {
		pid_t child = fork();

		ck_assert_int_ge(child, 0);
		if (child == 0) {
			if (history_open(&h, path, &opts, aside, why))
				_exit(1);
			for (int i = 0;; i++) {
				struct slot_series s[2] = { link_series(1, 1), link_series(1, 1) };

				s[1].id = host;
				if (add_slot(date(2026, 3, 1 + (unsigned)turn) + i * SLOT_S, 0, s, 2))
					_exit(2);
			}
		}
		usleep(20000 + 7000 * (unsigned)turn);
		kill(child, SIGKILL);
		ck_assert_int_eq(waitpid(child, &(int){ 0 }, 0), child);
	}
	opts.make = false;
	ck_assert_int_eq(history_open(&h, path, &opts, aside, why), 0);
	ck_assert_str_eq(aside, "");
	ck_assert_int_gt(ask("SELECT count(*) FROM slot"), 0);
	ck_assert_int_eq(ask("SELECT count(*) * 2 - (SELECT count(*) FROM total WHERE period = 0) FROM slot"), 0);
	ck_assert_int_eq(ask("SELECT (SELECT sum(bytes_in) FROM total WHERE period = 0) - "
		"(SELECT sum(bytes_in) FROM total WHERE period = 4)"), 0);
}
END_TEST

static TCase *file(void)
{
	TCase *c = tcase_create("file");

	tcase_set_timeout(c, 240);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, old_slots_and_hours_go_and_days_stay);
	tcase_add_test(c, a_clock_that_is_wrong_for_a_moment_costs_a_day_and_not_all);
	tcase_add_test(c, names_that_never_come_again_do_not_end_the_record);
	tcase_add_test(c, the_size_is_kept_and_the_oldest_slots_pay_for_it);
	tcase_add_test(c, it_is_read_while_it_is_written);
	tcase_add_test(c, to_look_makes_no_file);
	tcase_add_test(c, a_damaged_file_is_set_aside_and_said);
	tcase_add_test(c, damage_in_the_middle_is_no_end_of_ours);
	tcase_add_test(c, a_full_disk_costs_the_slot_and_nothing_else);
	tcase_add_test(c, who_is_killed_leaves_whole_slots);
	return c;
}

int main(void)
{
	Suite *s = suite_create("store_history_file");
	SRunner *r;
	int failed;

	suite_add_tcase(s, file());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
