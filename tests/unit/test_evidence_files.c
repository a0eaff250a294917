/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folder of evidence: what it counts, what goes when it is full, and what it leaves alone. */
#include "edge/evidence_files.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

static char folder[64], why[WHY_TEXT];
static struct evidence_files *files;

static void open_bounded(size_t most, uint64_t bytes)
{
	const struct evidence_files_opts o = { .folder = folder, .max_files = most, .max_bytes = bytes };

	evidence_files_close(files);
	files = NULL;
	ck_assert_msg(evidence_files_open(&files, &o, why) == 0, "%s", why);
}

static void setup(void)
{
	strcpy(folder, "/tmp/tidegate-evidence-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	files = NULL;
}

static void teardown(void)
{
	DIR *d = opendir(folder);
	char name[512];

	evidence_files_close(files);
	for (const struct dirent *e; d && (e = readdir(d));) {
		snprintf(name, sizeof(name), "%s/%s", folder, e->d_name);
		if (unlink(name))
			rmdir(name);
	}
	if (d)
		closedir(d);
	rmdir(folder);
}

static void make(const char *path, size_t bytes, long age_s)
{
	static const char zeros[4096];
	struct timespec times[2] = { { .tv_sec = 1790000000 - age_s }, { .tv_sec = 1790000000 - age_s } };
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, zeros, bytes), (ssize_t)bytes);
	futimens(fd, times);
	close(fd);
}

static void put(uint64_t incident, size_t bytes, long age_s)
{
	char path[EVIDENCE_PATH];

	evidence_files_path(files, incident, path);
	make(path, bytes, age_s);
}

static void put_name(const char *name)
{
	char path[EVIDENCE_PATH];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	make(path, 10, 0);
}

static bool there(uint64_t incident)
{
	uint64_t bytes;
	char path[EVIDENCE_PATH];
	wall_t at;
	bool known = evidence_files_find(files, incident, &bytes, &at) == 0;

	evidence_files_path(files, incident, path);
	ck_assert_int_eq(known, access(path, F_OK) == 0);
	return known;
}

START_TEST(the_folder_is_made_for_root_alone)
{
	struct stat st;

	rmdir(folder);
	open_bounded(10, 1 << 20);
	ck_assert_int_eq(stat(folder, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0700);
}
END_TEST

START_TEST(beyond_the_number_the_oldest_goes_first)
{
	open_bounded(3, 1 << 20);
	for (uint64_t i = 1; i <= 5; i++) {
		put(i, 100, 0);
		ck_assert_int_eq(evidence_files_wrote(files, i), 0);
	}
	ck_assert(!there(1) && !there(2) && there(3) && there(4) && there(5));
}
END_TEST

START_TEST(beyond_the_bytes_the_oldest_goes_first)
{
	struct evidence_files_stats s;

	open_bounded(100, 1000);
	for (uint64_t i = 1; i <= 5; i++) {
		put(i, 300, 0);
		evidence_files_wrote(files, i);
	}
	evidence_files_stats(files, &s);
	ck_assert_uint_eq(s.files, 3);
	ck_assert_uint_eq(s.bytes, 900);
	ck_assert_uint_eq(s.removed, 2);
	ck_assert(!there(2) && there(3));
}
END_TEST

START_TEST(what_alone_is_over_the_bound_does_not_stay)
{
	open_bounded(100, 1000);
	put(1, 100, 0);
	evidence_files_wrote(files, 1);
	put(2, 2000, 0);
	evidence_files_wrote(files, 2);
	ck_assert(!there(1) && !there(2));
}
END_TEST

START_TEST(a_file_that_is_written_again_counts_once_and_is_young)
{
	struct evidence_files_stats s;

	open_bounded(2, 1 << 20);
	put(1, 100, 0);
	evidence_files_wrote(files, 1);
	put(2, 100, 0);
	evidence_files_wrote(files, 2);
	put(1, 150, 0);
	evidence_files_wrote(files, 1);
	put(3, 100, 0);
	evidence_files_wrote(files, 3);
	evidence_files_stats(files, &s);
	ck_assert(there(1) && !there(2) && there(3));
	ck_assert_uint_eq(s.bytes, 250);
}
END_TEST

START_TEST(after_a_restart_age_is_what_the_files_say)
{
	open_bounded(10, 1 << 20);
	put(1, 100, 10);
	put(2, 100, 30);
	put(3, 100, 20);
	open_bounded(2, 1 << 20);
	ck_assert(there(1) && !there(2) && there(3));
	open_bounded(2, 150);
	ck_assert(there(1) && !there(3));
}
END_TEST

START_TEST(strange_names_are_counted_and_left_alone)
{
	static const char *const names[] = { "T-1.pcap", "t-00000001.pcap", "T-00000001.pcapng", "notes.txt", ".pcap",
		"T-.pcap", "T-ZZZZZZZZZZZZZZZZZZZZ.pcap", "T-0000000U.pcap" };
	char path[EVIDENCE_PATH];
	struct evidence_files_stats s;

	for (size_t i = 0; i < 8; i++)
		put_name(names[i]);
	snprintf(path, sizeof(path), "%s/T-00000007.pcap", folder);
	mkdir(path, 0700);
	open_bounded(1, 1);
	evidence_files_stats(files, &s);
	ck_assert_uint_eq(s.files, 0);
	ck_assert_uint_eq(s.strange, 9);
	for (size_t i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		ck_assert_msg(access(path, F_OK) == 0, "%s", names[i]);
	}
}
END_TEST

START_TEST(what_a_kill_left_half_written_is_swept_away)
{
	char path[EVIDENCE_PATH];
	struct evidence_files_stats s;

	put_name("T-00000001.pcap.a1B2c3");
	put_name("T-00000001.pcap.backup-of-mine");
	open_bounded(10, 1 << 20);
	evidence_files_stats(files, &s);
	ck_assert_uint_eq(s.strange, 1);
	snprintf(path, sizeof(path), "%s/T-00000001.pcap.a1B2c3", folder);
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(a_file_that_somebody_removed_is_no_trouble)
{
	char path[EVIDENCE_PATH];
	struct evidence_files_stats s;

	open_bounded(2, 1 << 20);
	for (uint64_t i = 1; i <= 2; i++) {
		put(i, 100, 0);
		evidence_files_wrote(files, i);
	}
	evidence_files_path(files, 1, path);
	unlink(path);
	put(3, 100, 0);
	ck_assert_int_eq(evidence_files_wrote(files, 3), 0);
	ck_assert_int_eq(evidence_files_wrote(files, 4), ERR_ABSENT);
	evidence_files_stats(files, &s);
	ck_assert_uint_eq(s.files, 2);
	ck_assert_uint_eq(s.removed, 0);
}
END_TEST

START_TEST(a_folder_that_cannot_be_is_said)
{
	const struct evidence_files_opts o = { .folder = "/proc/1/evidence", .max_files = 1, .max_bytes = 1 };
	char far_too_long[1024];
	struct evidence_files_opts p = { .folder = far_too_long, .max_files = 1, .max_bytes = 1 };

	ck_assert_int_lt(evidence_files_open(&files, &o, why), 0);
	ck_assert_ptr_null(files);
	memset(far_too_long, 'x', sizeof(far_too_long) - 1);
	far_too_long[sizeof(far_too_long) - 1] = '\0';
	ck_assert_int_eq(evidence_files_open(&files, &p, why), ERR_RANGE);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("evidence_files");
	TCase *t = tcase_create("folder");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_folder_is_made_for_root_alone);
	tcase_add_test(t, beyond_the_number_the_oldest_goes_first);
	tcase_add_test(t, beyond_the_bytes_the_oldest_goes_first);
	tcase_add_test(t, what_alone_is_over_the_bound_does_not_stay);
	tcase_add_test(t, a_file_that_is_written_again_counts_once_and_is_young);
	tcase_add_test(t, after_a_restart_age_is_what_the_files_say);
	tcase_add_test(t, strange_names_are_counted_and_left_alone);
	tcase_add_test(t, what_a_kill_left_half_written_is_swept_away);
	tcase_add_test(t, a_file_that_somebody_removed_is_no_trouble);
	tcase_add_test(t, a_folder_that_cannot_be_is_said);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
