/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The digest of a configuration: the same for the same rules, another one for any other. */
#include "conf/conf.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct conf c;

static uint64_t digest_of(const char *policy)
{
	struct conf_source src = { .file = "policies/tidegate.conf", .policy = policy };
	struct conf_report report = { .n = 0 };

	memset(&c, 0, sizeof(c));
	ck_assert_int_eq(conf_load(&src, &c, &report), 0);
	return conf_digest(&c);
}

static uint64_t digest_of_text(const char *text)
{
	struct conf_report report = { .n = 0 };

	memset(&c, 0, sizeof(c));
	ck_assert_int_eq(conf_load_string(text, strlen(text), "text", &c, &report), 0);
	return conf_digest(&c);
}

START_TEST(every_shipped_policy_has_its_own)
{
	static const char *const policies[] = {
		"web-server", "ssh-bastion", "database", "workstation", "router-gateway", "honeypot" };
	uint64_t seen[6];

	for (size_t i = 0; i < 6; i++) {
		seen[i] = digest_of(policies[i]);
		ck_assert_uint_ne(seen[i], 0);
		for (size_t k = 0; k < i; k++)
			ck_assert_uint_ne(seen[i], seen[k]);
	}
}
END_TEST

START_TEST(where_it_was_written_and_the_mode_have_no_say)
{
	uint64_t loaded = digest_of("ssh-bastion");
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	c.enforce = !c.enforce;
	c.sizes.sources *= 2;
	strcpy(c.paths.state_dir, "/elsewhere");
	ck_assert_ptr_nonnull(f);
	conf_print(&c, f);
	fclose(f);
	ck_assert_uint_eq(digest_of_text(text), loaded);
	free(text);
}
END_TEST

START_TEST(one_number_or_one_guard_makes_another)
{
	uint64_t empty = digest_of_text("");
	uint64_t guarded = digest_of_text("guards = { never_block = [\"192.0.2.1\"]; };");
	uint64_t heavier = digest_of_text("scan = { weight_closed = 2.5; };");

	ck_assert_uint_ne(empty, guarded);
	ck_assert_uint_ne(empty, heavier);
	ck_assert_uint_ne(guarded, heavier);
}
END_TEST

START_TEST(an_allowlist_has_a_say_but_not_the_number_its_user_has_here)
{
	static const char list[] = "allowlists = ( { name = \"a\"; user = \"b\"; %sto = ( { name = \"c.%s\"; } ); } );";
	char text[256];
	uint64_t empty = digest_of_text(""), one, two;

	snprintf(text, sizeof(text), list, "", "de");
	one = digest_of_text(text);
	ck_assert_uint_ne(one, empty);
	snprintf(text, sizeof(text), list, "uid = 7; ", "de");
	ck_assert_uint_eq(digest_of_text(text), one);
	snprintf(text, sizeof(text), list, "", "fr");
	two = digest_of_text(text);
	ck_assert_uint_ne(two, one);
	snprintf(text, sizeof(text), list, "mode = \"enforce\"; ", "fr");
	ck_assert_uint_ne(digest_of_text(text), two);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conf_digest");
	TCase *t = tcase_create("conf_digest");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, every_shipped_policy_has_its_own);
	tcase_add_test(t, where_it_was_written_and_the_mode_have_no_say);
	tcase_add_test(t, one_number_or_one_guard_makes_another);
	tcase_add_test(t, an_allowlist_has_a_say_but_not_the_number_its_user_has_here);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
