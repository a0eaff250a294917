/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that end, that do not, that say too much, and that are not there. */
#include "edge/spawn.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

static char out[4096];
static size_t len;
static int code;

static int run(int ms, size_t size, const char *a, const char *b, const char *c)
{
	const char *const argv[] = { a, b, c, NULL };

	return spawn_read(argv, ms, out, size, &len, &code);
}

START_TEST(what_it_says_and_its_exit_code_come_back)
{
	ck_assert_int_eq(run(5000, sizeof(out), "sh", "-c", "echo one; echo two >&2; exit 3"), 0);
	ck_assert_int_eq(code, 3);
	ck_assert_uint_eq(len, 8);
	ck_assert(memcmp(out, "one\ntwo\n", 8) == 0);
}
END_TEST

START_TEST(one_that_is_not_there_is_told)
{
	ck_assert_int_eq(run(5000, sizeof(out), "no-such-program-anywhere", NULL, NULL), ERR_ABSENT);
	ck_assert_int_eq(code, 127);
}
END_TEST

START_TEST(one_that_hangs_is_ended)
{
	ck_assert_int_eq(run(200, sizeof(out), "sh", "-c", "echo here; exec sleep 60"), ERR_AGAIN);
	ck_assert_int_eq(code, -1);
	ck_assert_uint_eq(len, 5);
}
END_TEST

START_TEST(one_that_says_too_much_is_cut)
{
	ck_assert_int_eq(run(5000, 100, "sh", "-c", "exec yes"), ERR_FULL);
	ck_assert_uint_eq(len, 100);
}
END_TEST

START_TEST(it_gets_no_environment_of_ours)
{
	setenv("TIDEGATE_SECRET", "x", 1);
	ck_assert_int_eq(run(5000, sizeof(out) - 1, "env", NULL, NULL), 0);
	out[len] = '\0';
	ck_assert_ptr_null(strstr(out, "TIDEGATE_SECRET"));
	ck_assert_ptr_nonnull(strstr(out, "LC_ALL=C"));
}
END_TEST

START_TEST(a_filter_turns_bytes_into_bytes)
{
	static const char *const cat[] = { "cat", NULL }, *const none[] = { "true", NULL };
	static char much[1 << 20];
	char name[] = "/tmp/tidegate-spawn-XXXXXX";
	int fd = mkstemp(name);

	ck_assert_int_ge(fd, 0);
	unlink(name);
	ck_assert_int_eq(spawn_filter(cat, "hello", 5, fd), 0);
	ck_assert_int_eq(pread(fd, out, sizeof(out), 0), 5);
	ck_assert(memcmp(out, "hello", 5) == 0);
	ck_assert_int_eq(spawn_filter(none, much, sizeof(much), fd), ERR_IO);
	close(fd);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("spawn");
	TCase *c = tcase_create("spawn");

	tcase_add_test(c, what_it_says_and_its_exit_code_come_back);
	tcase_add_test(c, one_that_is_not_there_is_told);
	tcase_add_test(c, one_that_hangs_is_ended);
	tcase_add_test(c, one_that_says_too_much_is_cut);
	tcase_add_test(c, it_gets_no_environment_of_ours);
	tcase_add_test(c, a_filter_turns_bytes_into_bytes);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
