/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of our own processes: nothing that is not known, and nothing that a terminal would act on. */
#include "codec/egress_say.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct egress_facts facts(void)
{
	return (struct egress_facts){ .any = true, .name = "files.example.net", .known_s = 3 * 86400,
		.bytes = { UINT64_C(200) << 20, 512 },
		.blame = { .owner = { .uid = 1000, .inode = 5, .cgroup = 4711 }, .level = 2, .pid = 812, .comm = "curl",
			.user = "bob", .exe = "/usr/bin/curl", .parent = "bash (pid 811)", .unit = "app.service" } };
}

static const char *said(const struct egress_facts *f)
{
	static char room[EGRESS_TEXT];
	struct text t = text_over(room, sizeof(room));

	egress_add_text(&t, f);
	ck_assert(!t.cut);
	return room;
}

static json_t *object_of(const struct egress_facts *f)
{
	json_t *o = json_object();

	put_egress(o, f);
	return o;
}

START_TEST(all_that_is_known_is_said)
{
	struct egress_facts f = facts();
	json_t *o = object_of(&f), *e = json_object_get(o, "egress");

	ck_assert_str_eq(said(&f), "by curl (pid 812, bob, app.service) to files.example.net, 200.0 MiB out, known for 3 d");
	ck_assert_str_eq(json_string_value(json_object_get(e, "process")), "curl");
	ck_assert_str_eq(json_string_value(json_object_get(e, "executable")), "/usr/bin/curl");
	ck_assert_str_eq(json_string_value(json_object_get(e, "parent")), "bash (pid 811)");
	ck_assert_str_eq(json_string_value(json_object_get(e, "user")), "bob");
	ck_assert_str_eq(json_string_value(json_object_get(e, "unit")), "app.service");
	ck_assert_str_eq(json_string_value(json_object_get(e, "name")), "files.example.net");
	ck_assert_int_eq(json_integer_value(json_object_get(e, "pid")), 812);
	ck_assert_int_eq(json_integer_value(json_object_get(e, "uid")), 1000);
	ck_assert_int_eq(json_integer_value(json_object_get(e, "cgroup")), 4711);
	ck_assert_int_eq(json_integer_value(json_object_get(e, "cgroup_level")), 2);
	ck_assert_int_eq(json_integer_value(json_object_get(e, "bytes_out")), 200 << 20);
	ck_assert_int_eq(json_integer_value(json_object_get(e, "bytes_in")), 512);
	ck_assert_int_eq(json_integer_value(json_object_get(e, "known_s")), 3 * 86400);
	json_decref(o);
}
END_TEST

START_TEST(what_is_not_known_is_not_said)
{
	struct egress_facts f = { .any = true, .known_s = -1, .blame.owner.uid = OWNER_UNKNOWN };
	json_t *o = object_of(&f), *e = json_object_get(o, "egress");

	ck_assert_str_eq(said(&f), "by nobody who could be named");
	ck_assert_ptr_null(json_object_get(e, "uid"));
	ck_assert_ptr_null(json_object_get(e, "pid"));
	ck_assert_ptr_null(json_object_get(e, "process"));
	ck_assert_ptr_null(json_object_get(e, "known_s"));
	json_decref(o);
	f.blame.owner.uid = 0;
	ck_assert_str_eq(said(&f), "by uid 0");
	f.known_s = 0;
	ck_assert_str_eq(said(&f), "by uid 0, first seen now");
	f.any = false;
	ck_assert_str_eq(said(&f), "");
	o = object_of(&f);
	ck_assert_ptr_null(json_object_get(o, "egress"));
	json_decref(o);
}
END_TEST

START_TEST(bytes_and_times_have_a_unit_that_fits)
{
	static const struct {
		uint64_t bytes;
		int64_t known;
		const char *text;
	} cases[] = {
		{ 1023, 59, ", 1023 B out, first seen now" },
		{ 1024, 60, ", 1.0 KiB out, known for 1 min" },
		{ (1 << 20) - 1, 7199, ", 1023.9 KiB out, known for 1 h" },
		{ UINT64_C(3) << 30, 86400, ", 3.0 GiB out, known for 1 d" },
		{ UINT64_MAX, INT64_MAX, ", 1677721.5 TiB out, known for 106751991167300 d" },
	};
	struct egress_facts f = { .any = true };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f.bytes[FLOW_THERE] = cases[i].bytes;
		f.known_s = cases[i].known;
		ck_assert_str_eq(said(&f) + strlen("by uid 0"), cases[i].text);
	}
}
END_TEST

START_TEST(no_name_moves_the_terminal_or_breaks_the_line)
{
	struct egress_facts f = facts();
	json_t *o;

	strcpy(f.name, "a\033[2J\n.example");
	strcpy(f.blame.comm, "x\nfinding");
	strcpy(f.blame.user, "\xff\x9b");
	ck_assert_ptr_null(strpbrk(said(&f), "\033\n"));
	o = object_of(&f);
	ck_assert_ptr_nonnull(json_object_get(json_object_get(o, "egress"), "user"));
	json_decref(o);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("egress_say");
	TCase *t = tcase_create("egress_say");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, all_that_is_known_is_said);
	tcase_add_test(t, what_is_not_known_is_not_said);
	tcase_add_test(t, bytes_and_times_have_a_unit_that_fits);
	tcase_add_test(t, no_name_moves_the_terminal_or_breaks_the_line);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
