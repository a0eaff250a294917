/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing of capture files: what is written is read again, and a file that is there is never harmed by half of one.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "support/capture_lab.h"

#define TIME (INT64_C(1700000000) * NS_PER_S + 123456789)

static struct capture_writer *writer;
static uint8_t bytes[300];

static int create(const char *path)
{
	memset(bytes, 7, sizeof(bytes));
	return capture_create(&writer, path, 1, 200, why);
}

static int write_one(int64_t ns, size_t len, uint32_t wire_len)
{
	const struct capture_frame f = { .at = { ns }, .bytes = { bytes, len }, .wire_len = wire_len };

	return capture_write(writer, &f);
}

static size_t files_in_folder(void)
{
	DIR *d = opendir(folder);
	size_t n = 0;

	ck_assert_ptr_nonnull(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

START_TEST(what_is_written_is_read_again_to_the_nanosecond)
{
	struct capture_frame f;

	ck_assert_int_eq(create(paths[0]), 0);
	ck_assert_int_eq(write_one(TIME, 60, 1514), 0);
	ck_assert_int_eq(write_one(TIME + 1, 60, 10), 0);
	ck_assert_int_eq(capture_finish(writer, why), 0);
	ck_assert_int_eq(open_n(1, NULL), 0);
	ck_assert_int_eq(capture_next(capture, &f, why), 1);
	ck_assert_int_eq(f.at.ns, TIME);
	ck_assert_uint_eq(f.wire_len, 1514);
	ck_assert_uint_eq(f.bytes.len, 60);
	ck_assert_mem_eq(f.bytes.at, bytes, 60);
	ck_assert_int_eq(f.link, 1);
	ck_assert_int_eq(capture_next(capture, &f, why), 1);
	ck_assert_int_eq(f.at.ns, TIME + 1);
	ck_assert_uint_eq(f.wire_len, 60);
	next_is_end();
}
END_TEST

START_TEST(a_frame_is_cut_at_the_snap_length)
{
	struct capture_frame f;

	ck_assert_int_eq(create(paths[0]), 0);
	ck_assert_int_eq(write_one(TIME, 300, 300), 0);
	ck_assert_int_eq(capture_finish(writer, why), 0);
	ck_assert_int_eq(open_n(1, NULL), 0);
	ck_assert_int_eq(capture_next(capture, &f, why), 1);
	ck_assert_uint_eq(f.bytes.len, 200);
	ck_assert_uint_eq(f.wire_len, 300);
}
END_TEST

START_TEST(raw_ip_keeps_its_link_type)
{
	struct capture_frame f;

	ck_assert_int_eq(capture_create(&writer, paths[0], 101, 0, why), 0);
	ck_assert_int_eq(write_one(TIME, 300, 300), 0);
	ck_assert_int_eq(capture_finish(writer, why), 0);
	ck_assert_int_eq(open_n(1, NULL), 0);
	ck_assert_int_eq(capture_next(capture, &f, why), 1);
	ck_assert_int_eq(f.link, 101);
	ck_assert_uint_eq(f.bytes.len, 300);
}
END_TEST

START_TEST(times_outside_of_the_form_go_to_its_ends)
{
	struct capture_frame f;

	ck_assert_int_eq(create(paths[0]), 0);
	ck_assert_int_eq(write_one(-1, 20, 20), 0);
	ck_assert_int_eq(write_one(INT64_MAX, 20, 20), 0);
	ck_assert_int_eq(write_one(INT64_MIN, 20, 20), 0);
	ck_assert_int_eq(capture_finish(writer, why), 0);
	ck_assert_int_eq(open_n(1, NULL), 0);
	for (size_t i = 0; i < 3; i++) /* what libpcap makes of them is its own */
		ck_assert_int_eq(capture_next(capture, &f, why), 1);
	next_is_end();
}
END_TEST

START_TEST(an_existing_file_is_replaced_at_the_end_alone)
{
	save_one_frame(0, 1, 1);
	ck_assert_int_eq(create(paths[0]), 0);
	ck_assert_int_eq(write_one(TIME, 20, 20), 0);
	ck_assert_int_eq(open_n(1, NULL), 0);
	next_is(1, 0, 20, 1);
	next_is_end();
	capture_close(capture);
	ck_assert_int_eq(capture_finish(writer, why), 0);
	ck_assert_int_eq(open_n(1, NULL), 0);
	next_is(1700000000, 123456789, 20, 7);
	ck_assert_uint_eq(files_in_folder(), 1);
}
END_TEST

START_TEST(an_abandoned_file_leaves_all_as_it_was)
{
	save_one_frame(0, 1, 1);
	ck_assert_int_eq(create(paths[0]), 0);
	ck_assert_int_eq(write_one(TIME, 20, 20), 0);
	capture_abandon(writer);
	ck_assert_int_eq(create(paths[1]), 0);
	capture_abandon(writer);
	capture_abandon(NULL);
	ck_assert_uint_eq(files_in_folder(), 1);
	ck_assert_int_eq(open_n(1, NULL), 0);
	next_is(1, 0, 20, 1);
}
END_TEST

START_TEST(a_symbolic_link_stays_and_its_file_is_replaced)
{
	struct stat st;

	save_one_frame(0, 1, 1);
	ck_assert_int_eq(symlink(paths[0], paths[1]), 0);
	ck_assert_int_eq(create(paths[1]), 0);
	ck_assert_int_eq(write_one(TIME, 20, 20), 0);
	ck_assert_int_eq(capture_finish(writer, why), 0);
	ck_assert_int_eq(lstat(paths[1], &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	ck_assert_int_eq(open_n(1, NULL), 0);
	next_is(1700000000, 123456789, 20, 7);
}
END_TEST

START_TEST(others_may_not_read_a_new_file)
{
	struct stat st;

	ck_assert_int_eq(create(paths[0]), 0);
	ck_assert_int_eq(capture_finish(writer, why), 0);
	ck_assert_int_eq(stat(paths[0], &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
}
END_TEST

START_TEST(a_named_pipe_is_written_to_and_not_replaced)
{
	struct stat st;
	uint8_t head[24];
	int fd;

	ck_assert_int_eq(mkfifo(paths[0], 0600), 0);
	fd = open(paths[0], O_RDONLY | O_NONBLOCK);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(create(paths[0]), 0);
	ck_assert_int_eq(capture_finish(writer, why), 0);
	ck_assert_int_eq(read(fd, head, sizeof(head)), sizeof(head));
	ck_assert_int_eq(stat(paths[0], &st), 0);
	ck_assert(S_ISFIFO(st.st_mode));
	close(fd);
}
END_TEST

START_TEST(a_disk_that_is_full_is_said_and_no_file_comes_of_it)
{
	const struct rlimit most = { 65536, 65536 }; /* EFBIG, as a disk without room gives ENOSPC */
	int err = 0;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &most), 0);
	ck_assert_int_eq(create(paths[0]), 0);
	for (size_t i = 0; i < 2000 && !err; i++)
		err = write_one(TIME, 200, 200);
	ck_assert_int_eq(err, ERR_FULL);
	ck_assert_int_eq(write_one(TIME, 20, 20), ERR_FULL);
	ck_assert_int_eq(capture_finish(writer, why), ERR_FULL);
	ck_assert_ptr_nonnull(strstr(why, "File too large"));
	ck_assert_ptr_nonnull(strstr(why, paths[0]));
	ck_assert_uint_eq(files_in_folder(), 0);
}
END_TEST

START_TEST(a_device_that_is_full_is_said_at_the_end_at_the_latest)
{
	ck_assert_int_eq(create("/dev/full"), 0);
	ck_assert_int_eq(write_one(TIME, 20, 20), 0);
	ck_assert_int_eq(capture_finish(writer, why), ERR_FULL);
	ck_assert_ptr_nonnull(strstr(why, "/dev/full: No space left"));
}
END_TEST

START_TEST(what_cannot_be_written_to_is_refused)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/none/file", folder);
	ck_assert_int_eq(create(path), ERR_ABSENT);
	ck_assert_ptr_nonnull(strstr(why, path));
	ck_assert_int_eq(create(folder), ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "is a directory"));
	ck_assert_int_eq(capture_create(&writer, paths[0], 195, 0, why), ERR_INVALID);
	ck_assert_uint_eq(files_in_folder(), 0);
}
END_TEST

START_TEST(standard_output_gets_the_file)
{
	uint8_t head[64];
	int ends[2];
	const int kept = dup(STDOUT_FILENO);

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
	ck_assert_int_eq(create("-"), 0);
	ck_assert_int_eq(write_one(TIME, 20, 20), 0);
	ck_assert_int_eq(capture_finish(writer, why), 0);
	ck_assert_int_eq(dup2(kept, STDOUT_FILENO), STDOUT_FILENO);
	ck_assert_int_eq(read(ends[0], head, sizeof(head)), 24 + 16 + 20);
}
END_TEST

static TCase *writing(void)
{
	TCase *c = tcase_create("writing");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, what_is_written_is_read_again_to_the_nanosecond);
	tcase_add_test(c, a_frame_is_cut_at_the_snap_length);
	tcase_add_test(c, raw_ip_keeps_its_link_type);
	tcase_add_test(c, times_outside_of_the_form_go_to_its_ends);
	tcase_add_test(c, an_existing_file_is_replaced_at_the_end_alone);
	tcase_add_test(c, an_abandoned_file_leaves_all_as_it_was);
	tcase_add_test(c, a_symbolic_link_stays_and_its_file_is_replaced);
	tcase_add_test(c, others_may_not_read_a_new_file);
	tcase_add_test(c, a_named_pipe_is_written_to_and_not_replaced);
	tcase_add_test(c, a_disk_that_is_full_is_said_and_no_file_comes_of_it);
	tcase_add_test(c, a_device_that_is_full_is_said_at_the_end_at_the_latest);
	tcase_add_test(c, what_cannot_be_written_to_is_refused);
	tcase_add_test(c, standard_output_gets_the_file);
	return c;
}

int main(void)
{
	Suite *s = suite_create("capture_write");
	SRunner *r;
	int failed;

	suite_add_tcase(s, writing());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
