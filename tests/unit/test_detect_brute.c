/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guessing of passwords by one source: found soon, at whatever pace; and who gets in, mistypes or looks after this host is
 * left alone.
 */
#include "../support/brute_lab.h"

START_TEST(sessions_say_the_same_whoever_counts_them)
{
	for (size_t i = 0; i < SESSIONS; i++)
		for (unsigned teller = TELLER_SOCKET; teller <= TELLER_CAPTURE; teller++) {
			struct flow_end f = end_of(&sessions[i], 1, (enum flow_teller)teller);

			ck_assert_msg(brute_word_of(&opts, &f) == sessions[i].word, "%s, told by %u: %d",
				sessions[i].what, teller, (int)brute_word_of(&opts, &f));
		}
}
END_TEST

START_TEST(a_packet_of_ipv6_has_a_longer_header)
{
	struct flow_end f = end_of(SSH_WRONG, 1, TELLER_CAPTURE);

	f.tuple.src = addr_v6((const uint8_t[16]){ 0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, [15] = 1 });
	f.bytes[FLOW_THERE] += f.packets[FLOW_THERE] * 20;
	f.bytes[FLOW_BACK] += f.packets[FLOW_BACK] * 20;
	ck_assert_int_eq(brute_word_of(&opts, &f), BRUTE_ATTEMPT);
}
END_TEST

START_TEST(bytes_that_are_less_than_headers_are_none)
{
	struct flow_end f = end_of(SSH_WRONG, 1, TELLER_CAPTURE);

	f.bytes[FLOW_THERE] = f.bytes[FLOW_BACK] = 10;
	ck_assert_int_eq(brute_word_of(&opts, &f), BRUTE_NOTHING);
	f.bytes[FLOW_THERE] = f.bytes[FLOW_BACK] = UINT64_MAX / 2;
	ck_assert_int_eq(brute_word_of(&opts, &f), BRUTE_LONG);
}
END_TEST

START_TEST(a_time_that_is_not_known_is_short)
{
	struct flow_end f = end_of(SSH_WRONG, 1, TELLER_SOCKET);

	f.lasted_ns = -1;
	ck_assert_int_eq(brute_word_of(&opts, &f), BRUTE_ATTEMPT);
	f.teller = TELLER_CONNTRACK;
	f.bytes[FLOW_THERE] += f.packets[FLOW_THERE] * 52;
	f.bytes[FLOW_BACK] += f.packets[FLOW_BACK] * 52;
	ck_assert_int_eq(brute_word_of(&opts, &f), BRUTE_ATTEMPT);
}
END_TEST

START_TEST(three_guesses_a_minute_are_found_within_ten)
{
	for (uint64_t seed = 1; seed <= 30; seed++) {
		struct world w = world_of(seed);
		unsigned n = until_found(&w, 300, HYDRA, 20);

		ck_assert_uint_ge(n, 7);
		ck_assert_uint_le(n, 10);
		ck_assert_uint_eq(w.raised[0], 1);
		ck_assert_int_eq(w.found.proof, PROOF_ANSWERED);
		ck_assert_int_eq(w.found.subject.kind, SUBJECT_SOURCE);
		ck_assert_int_ge(w.found.score, w.found.threshold);
		ck_assert_uint_eq(w.found.dport, 22);
		end(&w);
	}
}
END_TEST

START_TEST(one_guess_a_minute_is_found_too)
{
	struct world w = world();

	ck_assert_uint_le(until_found(&w, 300, SSH_WRONG, MINUTE), 14);
	end(&w);
}
END_TEST

START_TEST(one_guess_in_ten_minutes_is_found_by_the_longer_memory)
{
	struct world w = world();

	ck_assert_uint_le(until_found(&w, 300, RDP_WRONG, 10 * MINUTE), 25);
	ck_assert_int_eq(w.found.window_ns, DAY * NS_PER_S);
	end(&w);
}
END_TEST

START_TEST(limits_differ_from_source_to_source_and_not_from_run_to_run)
{
	unsigned of[64], other = 0;

	for (int run = 0; run < 2; run++)
		for (uint16_t source = 0; source < 64; source++) {
			struct world w = world();
			unsigned n = until_found(&w, (uint16_t)(300 + source), HYDRA, 1);

			if (run)
				ck_assert_uint_eq(of[source], n);
			of[source] = n;
			other += n != of[0];
			end(&w);
		}
	ck_assert_uint_gt(other, 20);
}
END_TEST

START_TEST(a_check_each_minute_for_days_is_left_alone)
{
	struct world w = world();

	for (int i = 0; i < 3 * DAY / MINUTE; i++) {
		comes(&w, 1, SSH_TRUE);
		after(&w, MINUTE);
	}
	ck_assert_uint_eq(w.raised[0] + w.raised[1] + w.raised[2] + w.raised[3], 0);
	end(&w);
}
END_TEST

START_TEST(a_burst_of_deployments_is_left_alone)
{
	struct world w = world();

	for (int i = 0; i < 400; i++)
		comes(&w, 1, SSH_TRUE);
	after(&w, HOUR);
	ck_assert_uint_eq(w.raised[0] + w.raised[1] + w.raised[2] + w.raised[3], 0);
	end(&w);
}
END_TEST

START_TEST(looks_at_the_banner_are_no_attempts)
{
	struct flow_end f = end_of(&sessions[14], 1, TELLER_SOCKET);
	struct world w = world();

	for (int i = 0; i < 1000; i++)
		give(&w, &f);
	ck_assert_uint_eq(w.raised[0] + w.raised[1], 0);
	end(&w);
}
END_TEST

START_TEST(somebody_who_mistypes_five_times_is_left_alone)
{
	for (uint64_t seed = 1; seed <= 30; seed++) {
		struct world w = world_of(seed);

		for (int day = 0; day < 5; day++) {
			for (int i = 0; i < 5; i++) {
				comes(&w, 1, SSH_WRONG);
				after(&w, 10);
			}
			comes(&w, 1, WORK);
			after(&w, DAY);
		}
		ck_assert_uint_eq(w.raised[0] + w.raised[1] + w.raised[3], 0);
		end(&w);
	}
}
END_TEST

START_TEST(evidence_that_nobody_answered_is_not_counted)
{
	struct flow_end f = end_of(HYDRA, 300, TELLER_SOCKET), out = f;
	struct world w = world();

	f.proof = PROOF_CLAIMED;
	out.direction = FLOW_OUT;
	for (int i = 0; i < 100; i++) {
		give(&w, &f);
		give(&w, &out);
	}
	after(&w, HOUR);
	ck_assert_uint_eq(w.raised[0] + w.raised[1] + w.raised[2] + w.raised[3], 0);
	end(&w);
}
END_TEST

START_TEST(ports_that_nobody_named_are_not_watched)
{
	struct flow_end f = end_of(HYDRA, 300, TELLER_SOCKET);
	struct world w = world();

	ck_assert(brute_watches(&w.o, PROTO_TCP, 22));
	ck_assert(!brute_watches(&w.o, PROTO_UDP, 22));
	ck_assert(!brute_watches(&w.o, PROTO_TCP, 80));
	f.tuple.dport = 80;
	for (int i = 0; i < 100; i++)
		give(&w, &f);
	ck_assert_uint_eq(w.raised[0] + w.raised[1], 0);
	end(&w);
}
END_TEST

static void earns_a_history(struct world *w, uint16_t source)
{
	for (int i = 0; i < 6; i++) {
		comes(w, source, SSH_TRUE);
		after(w, 11 * MINUTE);
	}
}

START_TEST(a_history_doubles_the_patience_and_softens_the_answer)
{
	struct world w = world(), stranger = world();
	unsigned n, of_stranger;

	earns_a_history(&w, 1);
	n = until_found(&w, 1, KEY_REFUSED, 1);
	of_stranger = until_found(&stranger, 1, KEY_REFUSED, 1);
	ck_assert_uint_ge(n, 2 * of_stranger - 1);
	ck_assert_uint_le(n, 2 * of_stranger + 2);
	ck_assert_uint_eq(w.raised[0], 0);
	ck_assert_uint_eq(w.raised[1], 1);
	ck_assert_uint_eq(stranger.raised[0], 1);
	end(&w);
	end(&stranger);
}
END_TEST

START_TEST(a_history_excuses_no_robot)
{
	struct world w = world();

	earns_a_history(&w, 1);
	for (int i = 0; i < 70; i++)
		comes(&w, 1, KEY_REFUSED);
	ck_assert_uint_eq(w.raised[1], 1);
	ck_assert_uint_eq(w.raised[0], 1);
	end(&w);
}
END_TEST

START_TEST(a_history_is_not_to_be_had_in_a_hurry)
{
	struct world w = world();

	for (int i = 0; i < 100; i++)
		comes(&w, 300, SSH_TRUE);
	until_found(&w, 300, HYDRA, 1);
	ck_assert_uint_eq(w.raised[0], 1);
	end(&w);
}
END_TEST

START_TEST(who_was_found_is_found_again_after_a_measure)
{
	struct world w = world();
	struct flow_end f = end_of(HYDRA, 300, TELLER_SOCKET);
	unsigned n;

	until_found(&w, 300, HYDRA, 20);
	for (int i = 0; i < 20; i++)
		comes(&w, 300, HYDRA);
	ck_assert_uint_eq(w.raised[0], 1);
	brute_rearm(w.brute, source_key(&f.tuple.src));
	brute_rearm(w.brute, 12345);
	w.raised[0] = 0;
	n = until_found(&w, 300, HYDRA, 20);
	ck_assert_uint_lt(n, 10);
	end(&w);
}
END_TEST

START_TEST(a_sampled_session_is_one_of_its_source)
{
	struct flow_end f = end_of(HYDRA, 300, TELLER_SOCKET);
	struct world w = world();

	f.weight = 8;
	for (int i = 0; i < 5; i++)
		give(&w, &f);
	ck_assert_uint_eq(w.raised[0], 0);
	for (int i = 0; i < 5; i++)
		give(&w, &f);
	ck_assert_uint_eq(w.raised[0], 1);
	end(&w);
}
END_TEST

START_TEST(rules_that_are_off_stay_silent)
{
	struct world w = world();

	w.o.login_rule.enabled = w.o.known_rule.enabled = w.o.spread_rule.enabled = false;
	for (uint16_t i = 0; i < 900; i++) {
		comes(&w, (uint16_t)(300 + i % 200), HYDRA);
		after(&w, 4);
	}
	ck_assert_uint_eq(w.raised[0] + w.raised[1] + w.raised[2] + w.raised[3], 0);
	end(&w);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("detect_brute");
	TCase *c = tcase_create("detect_brute");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(c, sessions_say_the_same_whoever_counts_them);
	tcase_add_test(c, a_packet_of_ipv6_has_a_longer_header);
	tcase_add_test(c, bytes_that_are_less_than_headers_are_none);
	tcase_add_test(c, a_time_that_is_not_known_is_short);
	tcase_add_test(c, three_guesses_a_minute_are_found_within_ten);
	tcase_add_test(c, one_guess_a_minute_is_found_too);
	tcase_add_test(c, one_guess_in_ten_minutes_is_found_by_the_longer_memory);
	tcase_add_test(c, limits_differ_from_source_to_source_and_not_from_run_to_run);
	tcase_add_test(c, a_check_each_minute_for_days_is_left_alone);
	tcase_add_test(c, a_burst_of_deployments_is_left_alone);
	tcase_add_test(c, looks_at_the_banner_are_no_attempts);
	tcase_add_test(c, somebody_who_mistypes_five_times_is_left_alone);
	tcase_add_test(c, evidence_that_nobody_answered_is_not_counted);
	tcase_add_test(c, ports_that_nobody_named_are_not_watched);
	tcase_add_test(c, a_history_doubles_the_patience_and_softens_the_answer);
	tcase_add_test(c, a_history_excuses_no_robot);
	tcase_add_test(c, a_history_is_not_to_be_had_in_a_hurry);
	tcase_add_test(c, who_was_found_is_found_again_after_a_measure);
	tcase_add_test(c, a_sampled_session_is_one_of_its_source);
	tcase_add_test(c, rules_that_are_off_stay_silent);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
