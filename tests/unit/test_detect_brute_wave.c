/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guessing by many sources of one service: they are named, and nobody else is.
 */
#include "../support/brute_lab.h"

/* Twenty people, each a session or two an hour; every third of them begins with a wrong password. */
static void people(struct world *w, int64_t second)
{
	for (uint16_t p = 1; p <= 20; p++)
		if (second % 1800 == p * 83) {
			if (p % 3 == 0)
				comes(w, p, SSH_WRONG);
			comes(w, p, p % 2 ? WORK : SSH_TRUE);
		}
}

START_TEST(two_hundred_sources_with_three_guesses_each_are_named_and_no_user_is)
{
	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct world w = world_of(seed);

		for (int64_t s = 0; s < 4 * HOUR; s++) {
			people(&w, s);
			/* The third hour: a guess each six seconds, from the next one. */
			if (s >= 2 * HOUR && s < 3 * HOUR && s % 6 == 0)
				comes(&w, (uint16_t)(300 + (s / 6) % 200), SSH_WRONG);
			if (s == 2 * HOUR)
				ck_assert_uint_eq(w.raised[2], 0);
			if (s == 2 * HOUR + 20 * MINUTE)
				ck_assert_uint_eq(w.raised[2], 1);
			after(&w, 1);
		}
		ck_assert_uint_eq(w.raised[2], 1);
		ck_assert_uint_ge(w.raised[3], 190);
		ck_assert_uint_le(w.raised[3], 200);
		ck_assert_uint_eq(w.wrong, 0);
		end(&w);
	}
}
END_TEST

START_TEST(a_wave_is_about_the_service_and_claimed)
{
	struct world w = world();

	after(&w, 5);
	for (uint16_t i = 0; i < 400 && !w.raised[2]; i++) {
		comes(&w, (uint16_t)(300 + i), SSH_WRONG);
		after(&w, 3);
	}
	ck_assert_uint_eq(w.raised[2], 1);
	ck_assert_int_eq(w.found.proof, PROOF_CLAIMED);
	ck_assert_int_eq(w.found.subject.kind, SUBJECT_SERVICE);
	ck_assert_uint_eq(w.found.subject.port, 22);
	ck_assert_uint_ge(w.found.count, BRUTE_WAVE);
	end(&w);
}
END_TEST

START_TEST(sampled_sessions_stand_for_many_of_all)
{
	struct world w = world();

	after(&w, 5);
	for (uint16_t i = 0; i < 12; i++) {
		struct flow_end f = end_of(SSH_WRONG, (uint16_t)(300 + i), TELLER_SOCKET);

		f.weight = 8;
		give(&w, &f);
		after(&w, 10);
	}
	ck_assert_uint_eq(w.raised[2], 1);
	end(&w);
}
END_TEST

START_TEST(few_sources_make_no_wave)
{
	struct world w = world();

	w.o.login_rule.enabled = false;
	for (int i = 0; i < 3000; i++) {
		comes(&w, (uint16_t)(300 + i % 5), SSH_WRONG);
		after(&w, 2);
	}
	ck_assert_uint_eq(w.raised[2] + w.raised[3], 0);
	end(&w);
}
END_TEST

START_TEST(who_is_new_and_gets_in_at_last_is_not_named)
{
	struct world w = world();

	after(&w, 5);
	for (int i = 0; i < 900; i++) {
		comes(&w, (uint16_t)(300 + i % 200), SSH_WRONG);
		if (i == 500 || i == 503)
			comes(&w, 77, SSH_WRONG);
		if (i == 510)
			comes(&w, 77, SSH_TRUE);
		after(&w, 5);
	}
	ck_assert_uint_ge(w.raised[3], 190);
	ck_assert_uint_eq(w.wrong, 0);
	end(&w);
}
END_TEST

START_TEST(who_was_named_is_named_again_only_for_new_attempts)
{
	struct flow_end f = end_of(SSH_WRONG, 301, TELLER_SOCKET);
	struct world w = world();
	unsigned named;

	after(&w, 5);
	for (int i = 0; i < 600; i++) {
		comes(&w, (uint16_t)(300 + i % 200), SSH_WRONG);
		after(&w, 4);
	}
	after(&w, 3 * MINUTE);
	named = w.raised[3];
	ck_assert_uint_ge(named, 190);
	brute_rearm(w.brute, source_key(&f.tuple.src));
	after(&w, 3 * MINUTE);
	ck_assert_uint_eq(w.raised[3], named);
	comes(&w, 301, SSH_WRONG);
	comes(&w, 301, SSH_WRONG);
	after(&w, 3 * MINUTE);
	ck_assert_uint_eq(w.raised[3], named + 1);
	end(&w);
}
END_TEST

START_TEST(the_din_of_the_internet_becomes_usual)
{
	struct world w = world();
	unsigned late = 0;

	for (int day = 0; day < 10; day++) {
		w.raised[2] = 0;
		for (int i = 0; i < DAY / 10; i++) {
			comes(&w, (uint16_t)(300 + (i * 7919 + day * 131) % 20000), SSH_WRONG);
			after(&w, 10);
		}
		late = w.raised[2];
	}
	ck_assert_uint_eq(late, 0);
	end(&w);
}
END_TEST

START_TEST(more_sources_than_there_is_room_for_break_nothing)
{
	struct world w = world();

	for (uint32_t i = 0; i < 60000; i++)
		comes(&w, (uint16_t)(300 + i), HYDRA);
	until_found(&w, 299, HYDRA, 1);
	ck_assert_uint_ge(w.raised[0], 1);
	ck_assert_uint_eq(brute_untracked(w.brute), 0);
	end(&w);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("detect_brute_wave");
	TCase *c = tcase_create("detect_brute_wave");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_test(c, two_hundred_sources_with_three_guesses_each_are_named_and_no_user_is);
	tcase_add_test(c, a_wave_is_about_the_service_and_claimed);
	tcase_add_test(c, sampled_sessions_stand_for_many_of_all);
	tcase_add_test(c, few_sources_make_no_wave);
	tcase_add_test(c, who_is_new_and_gets_in_at_last_is_not_named);
	tcase_add_test(c, who_was_named_is_named_again_only_for_new_attempts);
	tcase_add_test(c, the_din_of_the_internet_becomes_usual);
	tcase_add_test(c, more_sources_than_there_is_room_for_break_nothing);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
