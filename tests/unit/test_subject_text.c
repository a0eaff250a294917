/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Subjects as they are typed: what is printed is read again, and nothing else is. */
#include "codec/subject_text.h"

#include <check.h>
#include <stdlib.h>

#include "base/err.h"
#include "codec/json_put.h"

static struct subject parsed(const char *text)
{
	struct subject s = { .kind = SUBJECT_NONE };

	ck_assert_msg(subject_parse(text, &s) == 0, "%s", text);
	return s;
}

START_TEST(an_actor_reads_back_as_it_is_printed)
{
	static const char *const texts[] = { "uid:0", "uid:4294967294", "cgroup:18446744073709551615", "cgroup:1", "host",
		"203.0.113.9", "2001:db8::/64" };
	char room[SUBJECT_TEXT];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct subject s = parsed(texts[i]);

		subject_format(&s, room);
		ck_assert_str_eq(room, texts[i]);
	}
	ck_assert_uint_eq(parsed("uid:1000").actor.uid, 1000);
	ck_assert_int_eq(parsed("uid:1000").actor.kind, ACTOR_USER);
	ck_assert_uint_eq(parsed("cgroup:4711").actor.cgroup, 4711);
	ck_assert_int_eq(parsed("cgroup:4711").actor.kind, ACTOR_GROUP);
	ck_assert_int_eq(parsed("host").actor.kind, ACTOR_HOST);
	ck_assert_int_eq(parsed("203.0.113.9").kind, SUBJECT_SOURCE);
}
END_TEST

START_TEST(what_is_no_subject_is_refused_and_writes_nothing)
{
	static const char *const texts[] = { "", "uid:", "uid:4294967295", "uid:-1", "uid: 1", "uid:1x", "cgroup:0",
		"cgroup:18446744073709551616", "cgroup:99999999999999999999", "UID:1", "hosts", "bob", "uid:1000 " };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct subject s = { .kind = SUBJECT_SERVICE };

		ck_assert_msg(subject_parse(texts[i], &s) == ERR_INVALID, "%s", texts[i]);
		ck_assert_int_eq(s.kind, SUBJECT_SERVICE);
	}
	ck_assert_int_eq(subject_parse("192.0.2.1/24", &(struct subject){ 0 }), ERR_RANGE);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("subject_text");
	TCase *t = tcase_create("subject_text");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, an_actor_reads_back_as_it_is_printed);
	tcase_add_test(t, what_is_no_subject_is_refused_and_writes_nothing);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
