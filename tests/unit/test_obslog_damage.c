/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens to the files of the log of observations happens to nothing else. */
#include <signal.h>
#include <sys/resource.h>

#include "support/obslog_lab.h"

START_TEST(a_damaged_block_costs_itself_alone)
{
	off_t first;

	start();
	put_tick(1);
	flush();
	first = size_of(1);
	put_tick(2);
	flush();
	put_tick(3);
	stop();
	/* In the packed bytes of the second one, in its header, in its magic. */
	for (int i = 0; i < 3; i++) {
		off_t at = first + (i == 0 ? 80 : i == 1 ? 20 : 0);

		bend(1, at);
		look(&(struct obslog_look){ .path = NULL });
		next(OBSLOG_RUN);
		next_entry(1, OBSERVATION_TICK);
		next(OBSLOG_GAP);
		next_entry(3, OBSERVATION_TICK);
		next(OBSLOG_END);
		ck_assert_uint_eq(damage(), 1);
		obslog_close(reader);
		reader = NULL;
		bend(1, at);
	}
}
END_TEST

START_TEST(a_cut_file_gives_what_is_whole_and_the_next_one_goes_on)
{
	struct obslog_progress p;

	start();
	put_tick(1);
	flush();
	put_tick(2);
	stop();
	ck_assert_int_eq(truncate(file(1), size_of(1) - 3), 0);
	look(&(struct obslog_look){ .path = NULL });
	next(OBSLOG_RUN);
	next_entry(1, OBSERVATION_TICK);
	next(OBSLOG_END);
	obslog_progress(reader, &p);
	ck_assert_uint_gt(p.unfinished, 20); /* perhaps it is being written */
	ck_assert_uint_eq(p.damaged, 0);
	opts.run.id = 2;
	start();
	put_tick(7);
	stop();
	next(OBSLOG_RUN); /* it is not: another one follows */
	next_entry(7, OBSERVATION_TICK);
	ck_assert_uint_eq(damage(), 1);
}
END_TEST

START_TEST(garbage_in_the_folder_is_passed_over_and_never_removed)
{
	size_t gaps;
	FILE *f;

	f = fopen(file(3), "w");
	for (int i = 0; i < 100000; i++)
		fputc((i * 73) >> 3 & 0xff, f);
	fclose(f);
	f = fopen(file(99999999), "w");
	fclose(f);
	opts.max_bytes = 300 * 1024;
	start();
	put_tick(1);
	stop();
	ck_assert_int_gt(size_of(1), 0);
	opts.run.id = 2;
	start();
	put_much(20000); /* names that are taken are passed over, and old files of ours go */
	stop();
	ck_assert_int_eq(size_of(1), -1);
	ck_assert_int_eq(size_of(3), 100000);
	ck_assert_int_eq(size_of(99999999), 0);
	look(&(struct obslog_look){ .path = NULL });
	ck_assert_uint_gt(count(&gaps), 1000);
	ck_assert_uint_eq(damage(), 2);
}
END_TEST

START_TEST(what_is_no_log_is_said)
{
	char path[128];
	FILE *f;

	ck_assert_int_eq(obslog_open(&reader, &(struct obslog_look){ .path = folder }, why), ERR_ABSENT);
	ck_assert_ptr_nonnull(strstr(why, folder));
	ck_assert_int_eq(obslog_open(&reader, &(struct obslog_look){ .path = "/nonexistent" }, why), ERR_ABSENT);
	snprintf(path, sizeof(path), "%s/x", folder);
	f = fopen(path, "w");
	fputs("hello", f);
	fclose(f);
	ck_assert_int_eq(obslog_open(&reader, &(struct obslog_look){ .path = path }, why), ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(why, path));
}
END_TEST

START_TEST(a_write_that_fails_is_told_and_the_next_file_goes_on)
{
	struct rlimit was, small = { 3000, 3000 };
	struct log_entry e = { .kind = LOG_OBSERVATION, .at = { 4 }, .observation = { .kind = OBSERVATION_TICK } };
	struct obslog_stats s;
	int failed;

	start();
	put_mode(1, true);
	flush();
	for (unsigned i = 0; i < 400; i++)
		put_syn(2, i); /* 6 KB at least */
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	small.rlim_max = was.rlim_max;
	setrlimit(RLIMIT_FSIZE, &small); /* check has a file, too: nothing is asserted meanwhile */
	failed = obslog_flush(obs, why);
	setrlimit(RLIMIT_FSIZE, &was);
	ck_assert_int_ne(failed, 0);
	ck_assert_ptr_nonnull(strstr(why, folder));
	ck_assert_int_eq(obslog_put(obs, &e, why), 0);
	flush();
	obslog_stats(obs, &s);
	ck_assert_uint_eq(s.blocks_lost, 1);
	ck_assert_uint_eq(s.entries_lost, 400);
	look(&(struct obslog_look){ .path = NULL });
	next(OBSLOG_RUN);
	next_entry(1, OBSERVATION_MODE);
	next(OBSLOG_GAP);
	next_entry(4, OBSERVATION_MODE); /* the snapshot */
	next_entry(4, OBSERVATION_TICK);
	next(OBSLOG_END);
	ck_assert_uint_eq(damage(), 0);
}
END_TEST

START_TEST(where_no_file_can_be_made_the_state_is_kept_until_one_can)
{
	char path[128], inner[160];
	struct obslog_stats s;
	FILE *f;

	snprintf(path, sizeof(path), "%s/x", folder);
	snprintf(inner, sizeof(inner), "%s/y", path);
	f = fopen(path, "w");
	fclose(f);
	opts.folder = inner; /* below a file */
	start();
	put_mode(1, true);
	ck_assert_int_ne(obslog_flush(obs, why), 0);
	put_tick(2);
	ck_assert_int_ne(obslog_flush(obs, why), 0);
	unlink(path);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	put_tick(3);
	flush();
	obslog_stats(obs, &s);
	ck_assert_uint_eq(s.files, 1);
	look(&(struct obslog_look){ .path = inner });
	next(OBSLOG_RUN);
	next(OBSLOG_GAP);
	next_entry(3, OBSERVATION_MODE);
	next_entry(3, OBSERVATION_TICK);
	snprintf(why, sizeof(why), "rm -r %s", path);
	ck_assert_int_eq(system(why), 0);
}
END_TEST

START_TEST(a_file_that_is_deleted_under_us_is_followed_by_another)
{
	start();
	put_tick(1);
	flush();
	unlink(file(1));
	put_tick(2);
	stop();
	ck_assert_int_gt(size_of(2), 0);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("obslog_damage");

	tcase_add_test(t, a_damaged_block_costs_itself_alone);
	tcase_add_test(t, a_cut_file_gives_what_is_whole_and_the_next_one_goes_on);
	tcase_add_test(t, garbage_in_the_folder_is_passed_over_and_never_removed);
	tcase_add_test(t, what_is_no_log_is_said);
	tcase_add_test(t, a_write_that_fails_is_told_and_the_next_file_goes_on);
	tcase_add_test(t, where_no_file_can_be_made_the_state_is_kept_until_one_can);
	tcase_add_test(t, a_file_that_is_deleted_under_us_is_followed_by_another);
	return run("obslog_damage", t);
}
