/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table itself: that it is whole, and that its words are those of the core.
 */
#include "conf/schema.h"

#include <check.h>
#include <string.h>

#include "core/packet.h"
#include "core/response.h"

static const struct schema_section *const sections[] = {
	&schema_main, &schema_rules_file, &schema_policy_file, &schema_scan,
	&schema_policy, &schema_reaction, &schema_rule, &schema_scan_fast,
	&schema_scan_slow, &schema_scan_proven, &schema_spray, &schema_flood, &schema_odd, &schema_rate,
	&schema_hold_flood, &schema_hold_slow, &schema_hold_wait,
	&schema_volume_surge, &schema_volume_mix, &schema_novel_service, &schema_novel_protocol,
	&schema_brute_login, &schema_brute_known, &schema_brute_spread, &schema_baseline, &schema_feed,
};

#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

static const struct schema_key *key(const struct schema_section *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->keys[i].name, name) == 0)
			return &s->keys[i];
	}
	return NULL;
}

static void whole(const struct schema_key *k)
{
	ck_assert_msg(k->help && k->help[0], "%s has no help", k->name);
	ck_assert_msg(k->unit, "%s has no unit", k->name);
	ck_assert_msg(k->min <= k->max || k->max == 0, "%s has no range", k->name);
	if (k->type == KEY_UINT)
		ck_assert_msg(k->size == 8 ||
			(uint64_t)k->max < UINT64_C(1) << 8 * k->size,
			"%s has values that do not fit", k->name);
	if (k->type == KEY_WORD || k->type == KEY_BITS)
		ck_assert_msg(k->words, "%s has no words", k->name);
	if (k->type == KEY_SECTION)
		ck_assert_msg(k->section, "%s has no section", k->name);
}

START_TEST(every_key_has_help_and_values_that_fit_its_field)
{
	const struct schema_section *s = sections[_i];

	for (size_t i = 0; i < s->n; i++) {
		const struct schema_section *in = s->keys[i].section;

		whole(&s->keys[i]);
		for (size_t j = 0; in && j < in->n; j++)
			whole(&in->keys[j]);
	}
}
END_TEST

START_TEST(no_section_has_a_key_twice)
{
	const struct schema_section *s = sections[_i];

	for (size_t i = 0; i < s->n; i++)
		ck_assert_ptr_eq(key(s, s->keys[i].name), &s->keys[i]);
}
END_TEST

START_TEST(no_kind_of_rule_has_a_key_that_all_rules_have)
{
	static const struct schema_section *const kinds[] = {
		&schema_scan_fast, &schema_scan_slow, &schema_spray, &schema_flood,
		&schema_odd, &schema_rate, &schema_hold_flood, &schema_hold_slow, &schema_hold_wait,
		&schema_volume_surge, &schema_volume_mix, &schema_novel_service, &schema_novel_protocol,
		&schema_brute_login, &schema_brute_known, &schema_brute_spread, &schema_baseline,
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		for (size_t j = 0; j < kinds[i]->n; j++)
			ck_assert_ptr_null(key(&schema_rule, kinds[i]->keys[j].name));
	}
}
END_TEST

START_TEST(responses_are_called_as_the_core_calls_them)
{
	const struct schema_word *words = key(&schema_reaction, "response")->words;

	for (int i = 0; i < RESPONSES; i++)
		ck_assert_str_eq(schema_word_of(words, (uint64_t)i),
			response_name((enum response)i));
	ck_assert_ptr_null(schema_word_of(words, RESPONSES));
}
END_TEST

START_TEST(scopes_and_proofs_are_called_as_the_core_calls_them)
{
	const struct schema_word *scopes = key(&schema_reaction, "scope")->words;
	const struct schema_word *proofs = key(&schema_reaction, "proof")->words;

	for (; scopes->word; scopes++)
		ck_assert_str_eq(scopes->word, scope_name((enum scope)scopes->value));
	for (; proofs->word; proofs++)
		ck_assert_str_eq(proofs->word, proof_name((enum proof)proofs->value));
}
END_TEST

START_TEST(odd_packets_are_called_as_the_core_calls_them)
{
	const struct schema_word *words = key(&schema_odd, "kinds")->words;

	for (uint64_t bit = 1; bit <= ODD_SYN_DATA; bit <<= 1)
		ck_assert_str_eq(schema_word_of(words, bit),
			packet_odd_name((enum packet_odd)bit));
}
END_TEST

START_TEST(numbers_of_each_width_come_back_as_they_were_put)
{
	static const size_t widths[] = { 1, 2, 4, 8 };

	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		unsigned char field[9] = { 0 };
		uint64_t most = UINT64_MAX >> (64 - 8 * widths[i]);

		schema_put(field, widths[i], most);
		ck_assert_uint_eq(schema_get(field, widths[i]), most);
		ck_assert_uint_eq(field[widths[i]], 0);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conf_schema");
	TCase *tc = tcase_create("conf_schema");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, every_key_has_help_and_values_that_fit_its_field, 0,
		SECTIONS);
	tcase_add_loop_test(tc, no_section_has_a_key_twice, 0, SECTIONS);
	tcase_add_test(tc, no_kind_of_rule_has_a_key_that_all_rules_have);
	tcase_add_test(tc, responses_are_called_as_the_core_calls_them);
	tcase_add_test(tc, scopes_and_proofs_are_called_as_the_core_calls_them);
	tcase_add_test(tc, odd_packets_are_called_as_the_core_calls_them);
	tcase_add_test(tc, numbers_of_each_width_come_back_as_they_were_put);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}
