/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may come next, by the text of the help. */
#include "app/ctl.h"
#include "app/ctl_operands.h"

#include <check.h>
#include <string.h>

#include "base/text.h"

static char said[512];
static struct text list;

static void note(void *ctx, const char *word)
{
	(void)ctx;
	text_addf(&list, "%s ", word);
}

static void expect(const char *operands, const char *given, const char *words)
{
	const char *before[8];
	char room[128], *rest = room, *word;
	size_t n = 0;

	text_copy(room, sizeof(room), given);
	while ((word = strsep(&rest, " ")) != NULL)
		if (*word)
			before[n++] = word;
	list = text_over(said, sizeof(said));
	ctl_operands_next(operands, before, n, note, NULL);
	ck_assert_str_eq(said, words);
}

START_TEST(words_between_bars_are_offered)
{
	expect("detect|enforce [--try 10m]", "", "detect enforce ");
	expect("[blocks|limits]", "", "blocks limits ");
	expect("", "", "");
}
END_TEST

START_TEST(nothing_comes_behind_the_last_operand)
{
	expect("detect|enforce", "detect", "");
	expect("[off]", "off", "");
	expect("list | find ADDRESS", "list", "");
}
END_TEST

START_TEST(each_way_goes_on_as_it_began)
{
	const char *feed = "list | find ADDRESS | load NAME [FILE] [--force] | refresh";

	expect(feed, "", "list find load refresh ");
	expect(feed, "find", "ADDRESS ");
	expect(feed, "load", "NAME ");
	expect(feed, "load drop", "FILE ");
	expect(feed, "load drop file", "");
	expect(feed, "strange", "");
}
END_TEST

START_TEST(what_may_be_repeated_is_offered_again)
{
	expect("FILE... [-c CONFIG]", "", "FILE ");
	expect("FILE... [-c CONFIG]", "a b c d", "FILE ");
	expect("show | learn FILE... [--home A] | export FILE|-", "learn a b", "FILE ");
	expect("show | learn FILE... [--home A] | export FILE|-", "export", "FILE - ");
}
END_TEST

START_TEST(options_and_their_values_are_passed_over)
{
	const char *egress = "[show [NAME]] | propose --user NAME|--unit NAME|--host [FILE|FOLDER] | apply NAME --try 10m | "
		"drift [NAME] [--since 7d]";

	expect(egress, "", "show propose apply drift ");
	expect(egress, "propose", "FILE FOLDER ");
	expect(egress, "apply", "NAME ");
	expect(egress, "apply web", "");
	expect("[--dry-run | --yes] [--policy NAME]", "", "");
	expect("add|remove|list [ADDRESS[/LEN]|--me]", "add", "ADDRESS ");
	expect("--eve FILE|- [-f]", "", "");
}
END_TEST

START_TEST(words_that_are_too_long_are_passed_over)
{
	char operands[1024];

	memset(operands, 'x', sizeof(operands));
	operands[sizeof(operands) - 1] = '\0';
	expect(operands, "", "");
	memcpy(operands + 40, "|short|", 7);
	expect(operands, "", "short ");
}
END_TEST

START_TEST(every_verb_offers_what_its_help_names_first)
{
	const struct ctl_verb *v;

	for (size_t i = 0; (v = ctl_verb_at(i)) != NULL; i++) {
		list = text_over(said, sizeof(said));
		ctl_operands_next(v->operands, NULL, 0, note, NULL);
		ck_assert_msg(!v->least || said[0], "%s wants an operand, and none is offered", v->name);
		ck_assert_msg(!strpbrk(said, "[]|"), "%s: %s", v->name, said);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ctl_operands");
	TCase *tc = tcase_create("ctl_operands");

	tcase_add_test(tc, words_between_bars_are_offered);
	tcase_add_test(tc, nothing_comes_behind_the_last_operand);
	tcase_add_test(tc, each_way_goes_on_as_it_began);
	tcase_add_test(tc, what_may_be_repeated_is_offered_again);
	tcase_add_test(tc, options_and_their_values_are_passed_over);
	tcase_add_test(tc, words_that_are_too_long_are_passed_over);
	tcase_add_test(tc, every_verb_offers_what_its_help_names_first);
	suite_add_tcase(s, tc);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
