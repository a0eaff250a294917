/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our table as text: what administrators read in rules/nft/tidegate.nft is what the
 * program would print. (That it is also what the kernel lists is
 * tests/integration/nft.sh.)
 */
#include "codec/nft_text.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char written[NFT_TEXT_BYTES];

static const char *write_with(const struct nft_opts *o, bool comments)
{
	struct text t = text_over(written, sizeof(written));
	struct nft_ruleset rs;

	nft_ruleset_build(o, &rs);
	nft_text_write(&rs, comments, &t);
	ck_assert(!t.cut);
	return written;
}

START_TEST(the_documented_ruleset_is_what_would_be_printed)
{
	static char shown[2 * NFT_TEXT_BYTES];
	struct nft_opts o = nft_opts_default();
	FILE *f = fopen("rules/nft/tidegate.nft", "r");
	const char *table;

	ck_assert_ptr_nonnull(f);
	shown[fread(shown, 1, sizeof(shown) - 1, f)] = '\0';
	fclose(f);
	table = strstr(shown, "table inet tidegate {");
	ck_assert_ptr_nonnull(table);
	o.forward = DIVERT_QUEUE;
	o.output = DIVERT_QUEUE;
	o.dns = true;
	o.hold_answers = true;
	ck_assert_str_eq(table, write_with(&o, true));
}
END_TEST

START_TEST(without_comments_no_line_begins_with_one)
{
	struct nft_opts o = nft_opts_default();

	ck_assert_ptr_null(strchr(write_with(&o, false), '#'));
}
END_TEST

START_TEST(chains_of_hooks_that_are_off_are_left_out)
{
	struct nft_opts o = nft_opts_default();

	ck_assert_ptr_null(strstr(write_with(&o, false), "chain forward"));
	o.forward = DIVERT_COPY;
	ck_assert_ptr_nonnull(strstr(write_with(&o, false), "chain forward"));
}
END_TEST

START_TEST(each_kind_of_queue_is_printed_in_its_own_words)
{
	struct nft_opts o = nft_opts_default();

	ck_assert_ptr_nonnull(
		strstr(write_with(&o, false), "queue flags bypass to 4100"));
	o.native_queue = false;
	ck_assert_ptr_nonnull(strstr(write_with(&o, false), "queue num 4102 bypass"));
}
END_TEST

START_TEST(times_are_written_as_the_nft_tool_does)
{
	struct nft_opts o = nft_opts_default();

	o.alive_ms = 2500;
	ck_assert_ptr_nonnull(strstr(write_with(&o, false), "timeout 2s500ms\n"));
}
END_TEST

START_TEST(a_text_that_is_too_short_knows_it)
{
	char few[100];
	struct text t = text_over(few, sizeof(few));
	struct nft_opts o = nft_opts_default();
	struct nft_ruleset rs;

	nft_ruleset_build(&o, &rs);
	nft_text_write(&rs, true, &t);
	ck_assert(t.cut);
	ck_assert_uint_lt(strlen(few), sizeof(few));
}
END_TEST

START_TEST(an_owned_table_says_so_and_no_other)
{
	static char said[NFT_TEXT_BYTES];
	struct nft_opts o = nft_opts_default();
	struct nft_ruleset rs;
	struct text t = text_over(said, sizeof(said));

	nft_ruleset_build(&o, &rs);
	nft_text_write(&rs, true, &t);
	ck_assert_ptr_null(strstr(said, "owner"));
	o.owned = true;
	t = text_over(said, sizeof(said));
	nft_ruleset_build(&o, &rs);
	nft_text_write(&rs, true, &t);
	ck_assert_ptr_nonnull(
		strstr(said, "table inet tidegate {\n\tflags owner,persist\n"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nft_text");
	TCase *c = tcase_create("nft_text");
	SRunner *r = srunner_create(s);

	suite_add_tcase(s, c);
	tcase_add_test(c, an_owned_table_says_so_and_no_other);
	tcase_add_test(c, the_documented_ruleset_is_what_would_be_printed);
	tcase_add_test(c, without_comments_no_line_begins_with_one);
	tcase_add_test(c, chains_of_hooks_that_are_off_are_left_out);
	tcase_add_test(c, each_kind_of_queue_is_printed_in_its_own_words);
	tcase_add_test(c, times_are_written_as_the_nft_tool_does);
	tcase_add_test(c, a_text_that_is_too_short_knows_it);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
