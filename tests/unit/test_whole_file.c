/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that others read at any time: whole, readable by all, and as it was where it could not be written. */
#include "edge/whole_file.h"

#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

#define LONG (256 * 1024)

static char folder[32], path[64], beside[80], why[WHY_TEXT];
static char bytes[LONG + 1];

static void make_folder(void)
{
	strcpy(folder, "/tmp/tidegate-whole-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/tidegate.prom", folder);
	snprintf(beside, sizeof(beside), "%s.new", path);
}

static void remove_folder(void)
{
	unlink(path);
	unlink(beside);
	rmdir(folder);
}

static size_t content(char *out, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, out, size - 1);

	if (fd >= 0)
		close(fd);
	out[n > 0 ? n : 0] = '\0';
	return (size_t)(n > 0 ? n : 0);
}

START_TEST(everybody_may_read_it_whatever_the_umask)
{
	struct stat st;
	mode_t was = umask(0077);

	ck_assert_int_eq(whole_file_write(path, "a 1\n", 4, why), 0);
	umask(was);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
	content(bytes, sizeof(bytes));
	ck_assert_str_eq(bytes, "a 1\n");
	ck_assert_int_ne(access(beside, F_OK), 0);
}
END_TEST

START_TEST(the_old_one_stays_where_the_new_one_does_not_fit)
{
	struct rlimit all, few = { .rlim_cur = 4096, .rlim_max = RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	memset(bytes, 'x', LONG);
	ck_assert_int_eq(whole_file_write(path, "a 1\n", 4, why), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &all), 0);
	few.rlim_max = all.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &few), 0);
	ck_assert_int_eq(whole_file_write(path, bytes, LONG, why), ERR_IO);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
	ck_assert_ptr_nonnull(strstr(why, "tidegate.prom"));
	content(bytes, sizeof(bytes));
	ck_assert_str_eq(bytes, "a 1\n");
	ck_assert_int_ne(access(beside, F_OK), 0);
}
END_TEST

START_TEST(a_link_that_somebody_put_there_is_not_followed)
{
	char victim[80];

	snprintf(victim, sizeof(victim), "%s/victim", folder);
	ck_assert_int_eq(symlink(victim, beside), 0);
	ck_assert_int_eq(whole_file_write(path, "a 1\n", 4, why), 0);
	ck_assert_int_ne(access(victim, F_OK), 0);
}
END_TEST

START_TEST(a_second_name_of_another_file_is_not_written_through)
{
	char victim[80], left[16] = "";
	FILE *f;

	snprintf(victim, sizeof(victim), "%s/victim", folder);
	f = fopen(victim, "w");
	ck_assert_ptr_nonnull(f);
	fputs("precious", f);
	fclose(f);
	ck_assert_int_eq(link(victim, beside), 0);
	ck_assert_int_eq(whole_file_write(path, "a 1\n", 4, why), 0);
	f = fopen(victim, "r");
	ck_assert_ptr_nonnull(fgets(left, sizeof(left), f));
	fclose(f);
	unlink(victim);
	ck_assert_str_eq(left, "precious");
}
END_TEST

START_TEST(a_folder_that_is_not_there_and_a_path_too_long_are_said)
{
	char lengthy[WHOLE_FILE_PATH];

	ck_assert_int_eq(whole_file_write("/nowhere/at/all", "x", 1, why), ERR_IO);
	ck_assert_ptr_nonnull(strstr(why, "/nowhere/at/all"));
	memset(lengthy, 'a', sizeof(lengthy) - 1);
	lengthy[sizeof(lengthy) - 1] = '\0';
	ck_assert_int_eq(whole_file_write(lengthy, "x", 1, why), ERR_RANGE);
}
END_TEST

START_TEST(what_is_removed_may_have_been_gone)
{
	ck_assert_int_eq(whole_file_write(path, "x", 1, why), 0);
	ck_assert_int_eq(whole_file_remove(path, why), 0);
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_assert_int_eq(whole_file_remove(path, why), 0);
	ck_assert_int_eq(whole_file_remove("/proc/self/stat", why), ERR_PERMISSION);
}
END_TEST

static atomic_bool ended;
static atomic_int torn;

/* A reader who never sees less than the whole of one of the two. */
static void *read_on(void *ctx)
{
	static char seen[LONG + 1];

	(void)ctx;
	while (!atomic_load(&ended)) {
		size_t n = content(seen, sizeof(seen));

		if (n != LONG / 2 && n != LONG)
			atomic_fetch_add(&torn, 1);
	}
	return NULL;
}

START_TEST(readers_never_meet_a_part_of_it)
{
	pthread_t reader;

	memset(bytes, 'x', LONG);
	ck_assert_int_eq(whole_file_write(path, bytes, LONG, why), 0);
	ck_assert_int_eq(pthread_create(&reader, NULL, read_on, NULL), 0);
	for (int i = 0; i < 200; i++)
		ck_assert_int_eq(whole_file_write(path, bytes, i % 2 ? LONG : LONG / 2, why), 0);
	atomic_store(&ended, true);
	pthread_join(reader, NULL);
	ck_assert_int_eq(atomic_load(&torn), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("whole_file");
	TCase *t = tcase_create("whole_file");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, make_folder, remove_folder);
	tcase_add_test(t, everybody_may_read_it_whatever_the_umask);
	tcase_add_test(t, the_old_one_stays_where_the_new_one_does_not_fit);
	tcase_add_test(t, a_link_that_somebody_put_there_is_not_followed);
	tcase_add_test(t, a_second_name_of_another_file_is_not_written_through);
	tcase_add_test(t, a_folder_that_is_not_there_and_a_path_too_long_are_said);
	tcase_add_test(t, what_is_removed_may_have_been_gone);
	tcase_add_test(t, readers_never_meet_a_part_of_it);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
