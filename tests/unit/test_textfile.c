/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The thread that writes the metrics: the latest text, a disk that fails and comes back, an end that leaves nothing. */
#include "app/textfile.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "edge/log.h"

static char folder[32], path[64];
static struct textfile *file;

static void begin(void)
{
	log_set_level((enum log_level)0); /* what it says is not looked at here */
	strcpy(folder, "/tmp/tidegate-textf-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/in/tidegate.prom", folder);
	ck_assert_int_eq(textfile_create(&file, path), 0);
}

static void make_place(mode_t mode)
{
	char place[64];

	snprintf(place, sizeof(place), "%s/in", folder);
	ck_assert_int_eq(mkdir(place, mode), 0);
}

static void remove_all(void)
{
	char place[64];

	snprintf(place, sizeof(place), "%s/in", folder);
	unlink(path);
	rmdir(place);
	rmdir(folder);
}

static void give(const char *text)
{
	textfile_give(file, strdup(text), strlen(text));
}

/* Until that many came of it, one way or the other. */
static struct textfile_stats wait_for(uint64_t n)
{
	struct textfile_stats s;

	for (int i = 0; i < 1000; i++) {
		textfile_stats(file, &s);
		if (s.written + s.failures >= n)
			break;
		usleep(10000);
	}
	ck_assert_uint_eq(s.written + s.failures, n);
	return s;
}

static void holds(const char *wanted)
{
	char seen[64];
	FILE *f = fopen(path, "r");
	size_t n;

	ck_assert_ptr_nonnull(f);
	n = fread(seen, 1, sizeof(seen) - 1, f);
	seen[n] = '\0';
	fclose(f);
	ck_assert_str_eq(seen, wanted);
}

START_TEST(what_is_given_is_written_and_goes_at_the_end)
{
	make_place(0755);
	ck_assert_int_eq(textfile_start(file), 0);
	give("a 1\n");
	wait_for(1);
	holds("a 1\n");
	give("a 2\n");
	wait_for(2);
	holds("a 2\n");
	ck_assert(textfile_destroy(file));
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(of_what_waits_only_the_latest_is_written)
{
	make_place(0755);
	give("a 1\n");
	give("a 2\n");
	give("a 3\n");
	ck_assert_int_eq(textfile_start(file), 0);
	wait_for(1);
	holds("a 3\n");
	ck_assert(textfile_destroy(file));
}
END_TEST

START_TEST(failures_are_counted_and_end_when_the_disk_is_back)
{
	struct textfile_stats s;

	ck_assert_int_eq(textfile_start(file), 0);
	give("a 1\n");
	wait_for(1);
	give("a 2\n");
	s = wait_for(2);
	ck_assert_uint_eq(s.failures, 2);
	make_place(0755);
	give("a 3\n");
	s = wait_for(3);
	ck_assert_uint_eq(s.written, 1);
	holds("a 3\n");
	ck_assert(textfile_destroy(file));
}
END_TEST

START_TEST(it_ends_whether_it_was_started_or_not)
{
	give("a 1\n");
	ck_assert(textfile_destroy(file));
	ck_assert(textfile_destroy(NULL));
	ck_assert_int_eq(textfile_start(NULL), 0);
}
END_TEST

START_TEST(a_path_too_long_is_refused)
{
	char lengthy[8192];

	memset(lengthy, 'a', sizeof(lengthy) - 1);
	lengthy[sizeof(lengthy) - 1] = '\0';
	textfile_destroy(file);
	ck_assert_int_eq(textfile_create(&file, lengthy), ERR_RANGE);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("textfile");
	TCase *t = tcase_create("textfile");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, begin, remove_all);
	tcase_add_test(t, what_is_given_is_written_and_goes_at_the_end);
	tcase_add_test(t, of_what_waits_only_the_latest_is_written);
	tcase_add_test(t, failures_are_counted_and_end_when_the_disk_is_back);
	tcase_add_test(t, it_ends_whether_it_was_started_or_not);
	tcase_add_test(t, a_path_too_long_is_refused);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
