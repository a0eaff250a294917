/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scans that leave this host, in simulated time: they are found, and who meets many servers for honest reasons is not.
 */
#include "../support/sweep_lab.h"

START_TEST(a_sweep_of_254_of_which_half_answer_is_found)
{
	unsigned sum = 0, most = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct host *h = host(seed);
		unsigned n = sweep_of(h, 254, 445, 50, 100 * MS);

		ck_assert_msg(h->raised == 1, "seed %u: %u findings", (unsigned)seed, h->raised);
		sum += n;
		most = n > most ? n : most;
		end(h);
	}
	printf("half of 254 answer, ten a second: found after %u contacts on average, %u at most (30 of them wait for their fate)\n",
		sum / SEEDS, most);
}
END_TEST

START_TEST(it_is_found_however_fast_it_is)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct host *h = host(seed);

		sweep_of(h, 254, 445, 50, 0);
		ck_assert_uint_eq(h->raised, 1);
		end(h);
	}
}
END_TEST

START_TEST(where_all_are_silent_it_is_found_sooner)
{
	struct host *h = host(1);

	ck_assert_uint_eq(sweep_of(h, 254, 445, 0, 4 * NS_PER_S), 14);
	ck_assert_uint_eq(h->raised, 1);
	ck_assert_int_eq(h->found.kind, FINDING_SWEEP);
	ck_assert_int_eq(h->found.proof, PROOF_LOCAL);
	ck_assert_int_eq(h->found.subject.kind, SUBJECT_ACTOR);
	ck_assert_uint_eq(h->found.subject.actor.uid, 1000);
	ck_assert_uint_eq(h->found.actor.uid, 1000);
	ck_assert_str_eq(h->found.about, "tcp/445: 14 destinations, 14 silent");
	ck_assert_uint_eq(h->found.dport, 445);
	ck_assert_uint_eq(h->found.n_ports, 1);
	ck_assert_uint_eq(h->found.ports[0], 445);
	ck_assert_uint_eq(h->found.dst.bytes[3], 14);
	ck_assert_int_ge(h->found.score, h->found.threshold);
	ck_assert_int_eq(h->found.threshold, 2500);
	end(h);
}
END_TEST

START_TEST(ten_seconds_between_silent_targets_hide_nothing)
{
	struct host *h = host(1);
	unsigned n = sweep_of(h, 60, 22, 0, 10 * NS_PER_S);

	ck_assert_uint_ge(n, 14);
	ck_assert_uint_le(n, 18);
	end(h);
}
END_TEST

START_TEST(a_minute_between_silent_targets_costs_more_failures)
{
	struct host *h = host(1);
	unsigned n = sweep_of(h, 60, 22, 0, MINUTE);

	ck_assert_uint_ge(n, 21);
	ck_assert_uint_le(n, 30);
	end(h);
}
END_TEST

/* The known limit: who has that patience is left to what is new (egress.new). */
START_TEST(ten_minutes_between_targets_are_below_it)
{
	struct host *h = host(1);

	ck_assert_uint_eq(sweep_of(h, 200, 22, 0, 10 * MINUTE), 0);
	end(h);
}
END_TEST

START_TEST(a_scan_of_one_destination_is_found_too)
{
	struct host *h = host(1);

	for (uint16_t port = 1; port <= 1000; port++) {
		contact(h, LAN + 7, port, port % 100 == 22 ? FATE_SOCKET : FATE_GONE);
		after(h, 50 * MS);
	}
	after(h, 4 * NS_PER_S);
	ck_assert_uint_eq(h->raised, 1);
	ck_assert_uint_le(h->raised_at, 14 + 3 * 20 + 1);
	ck_assert_uint_eq(h->found.n_ports, FINDING_PORTS);
	ck_assert(strncmp(h->found.about, "one destination: ", 17) == 0);
	ck_assert(strstr(h->found.about, "tcp ports"));
	end(h);
}
END_TEST

START_TEST(a_handshake_that_nobody_answers_has_failed)
{
	struct host *h = host(1);

	for (uint32_t i = 0; i < 40; i++)
		contact(h, LAN + i, 3389, FATE_HALF_OPEN);
	after(h, 4 * NS_PER_S);
	ck_assert_uint_eq(h->raised, 1);
	end(h);
}
END_TEST

START_TEST(what_could_not_be_asked_proves_nothing)
{
	struct host *h = host(1);

	for (uint32_t i = 0; i < 1000; i++) {
		contact(h, LAN + i, 445, FATE_UNKNOWN);
		after(h, 100 * MS);
	}
	after(h, 4 * NS_PER_S);
	ck_assert_uint_eq(h->raised, 0);
	end(h);
}
END_TEST

START_TEST(what_could_not_be_asked_speaks_for_nobody)
{
	struct host *h = host(1);

	for (uint32_t i = 0; i < 80; i++) {
		contact(h, LAN + i, 445, i % 2 ? FATE_UNKNOWN : FATE_GONE);
		after(h, NS_PER_S);
	}
	ck_assert_uint_eq(h->raised, 1);
	ck_assert_uint_le(h->raised_at, 2 * 14 + 4);
	end(h);
}
END_TEST

START_TEST(a_burst_of_new_servers_that_answer_is_none)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct host *h = host(seed);

		for (uint32_t i = 0; i < 100; i++)
			page(h, i);
		ck_assert_uint_eq(h->raised, 0);
		end(h);
	}
}
END_TEST

/* A list goes out: 500 exchanges in a minute, of which 15 % are dead; and the same each hour of a day. */
START_TEST(a_mail_server_with_dead_exchanges_is_none)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct host *h = host(seed);

		for (uint32_t i = 0; i < 24; i++)
			mailing(h, i);
		ck_assert_uint_eq(h->raised, 0);
		end(h);
	}
}
END_TEST

START_TEST(a_monitor_of_two_hundred_hosts_is_none)
{
	struct host *h = host(1);

	for (int minute = 0; minute < 24 * 60; minute++) {
		for (uint32_t i = 0; i < 200; i++)
			contact(h, LAN + i, 9100, i < 5 ? FATE_GONE : FATE_SOCKET);
		after(h, MINUTE);
	}
	ck_assert_uint_eq(h->raised, 0);
	ck_assert_uint_le(h->asked, 200); /* nothing new is asked about after the first minute */
	end(h);
}
END_TEST

START_TEST(a_resolver_is_none)
{
	struct host *h = host(1);

	h->next.tuple.proto = PROTO_UDP;
	for (uint32_t i = 0; i < 5000; i++) {
		contact(h, 0x60000000 + i, 53, FATE_GONE);
		after(h, 20 * MS);
	}
	ck_assert_uint_eq(h->raised, 0);
	ck_assert_uint_eq(h->asked, 0);
	end(h);
}
END_TEST

START_TEST(a_swarm_on_many_ports_is_none_and_on_one_port_it_looks_like_a_sweep)
{
	unsigned many = 0, some = 0, one = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		many += swarm(seed, 2, 2 * NS_PER_S) > 0;
		some += swarm(seed, 10, 2 * NS_PER_S) > 0;
		one += swarm(seed, 100, 2 * NS_PER_S) > 0;
	}
	printf("bittorrent, 2000 peers in 67 min, 55 %% silent: found in %u of %d with 2 %% on the customary port, %u with 10 %%, "
		"%u with all\n", many, SEEDS, some, one);
	ck_assert_uint_eq(many, 0);
	ck_assert_uint_eq(one, SEEDS);
}
END_TEST

START_TEST(silence_counts_once_for_each_destination)
{
	struct host *h = host(1);

	for (int i = 0; i < 2000; i++) {
		contact(h, LAN + (uint32_t)i % 8, 5432, FATE_GONE);
		after(h, NS_PER_S);
	}
	ck_assert_uint_eq(h->raised, 0);
	end(h);
}
END_TEST

START_TEST(users_do_not_add_up)
{
	struct host *h = host(1);

	for (uint32_t i = 0; i < 200; i++) {
		h->next.owner.uid = h->next.actor.uid = 1000 + i % 20;
		contact(h, LAN + i, 445, FATE_GONE);
		after(h, NS_PER_S);
	}
	ck_assert_uint_eq(h->raised, 0);
	end(h);
}
END_TEST

START_TEST(those_whom_nobody_knows_count_as_one)
{
	struct host *h = host(1);

	h->next.owner.uid = OWNER_UNKNOWN;
	h->next.actor = (struct actor){ .kind = ACTOR_HOST };
	sweep_of(h, 100, 445, 0, NS_PER_S);
	ck_assert_uint_eq(h->raised, 1);
	ck_assert_int_eq(h->found.subject.actor.kind, ACTOR_HOST);
	end(h);
}
END_TEST

START_TEST(the_one_who_scans_is_named_and_not_who_shares_his_user)
{
	struct host *h = host(1);

	for (uint32_t i = 0; i < 60; i++) {
		h->next.actor = group(7);
		contact(h, LAN + i, 443, FATE_GONE);
		h->next.actor = group(8); /* a browser */
		contact(h, 0x40000000 + i, 443, i % 5 ? FATE_SOCKET : FATE_GONE);
		after(h, NS_PER_S);
	}
	ck_assert_uint_eq(h->raised, 1);
	ck_assert_uint_eq(h->found.subject.actor.cgroup, 7);
	end(h);
}
END_TEST

START_TEST(what_another_has_paid_for_is_not_held_against_who_comes_later)
{
	struct host *h = host(1);

	h->next.actor = group(8);
	for (uint32_t i = 0; i < 50; i++)
		contact(h, 0x40000000 + i, 443, i < 10 ? FATE_GONE : FATE_SOCKET);
	after(h, MINUTE);
	h->next.actor = group(7);
	sweep_of(h, 40, 443, 0, NS_PER_S);
	ck_assert_uint_eq(h->raised, 1);
	ck_assert_int_eq(h->found.subject.actor.kind, ACTOR_GROUP);
	ck_assert_uint_eq(h->found.subject.actor.cgroup, 7);
	end(h);
}
END_TEST

START_TEST(who_hops_between_groups_is_named_by_his_user)
{
	struct host *h = host(1);

	for (uint32_t i = 0; i < 60; i++) {
		h->next.actor = group(100 + i);
		contact(h, LAN + i, 445, FATE_GONE);
		after(h, NS_PER_S);
	}
	ck_assert_uint_eq(h->raised, 1);
	ck_assert_int_eq(h->found.subject.actor.kind, ACTOR_USER);
	ck_assert_uint_eq(h->found.subject.actor.uid, 1000);
	end(h);
}
END_TEST

START_TEST(it_is_told_once_and_again_after_its_measure_has_ended)
{
	struct host *h = host(1);

	sweep_of(h, 500, 445, 0, NS_PER_S);
	ck_assert_uint_eq(h->raised, 1);
	sweep_rearm(h->sweep, &h->o, &(struct actor){ .kind = ACTOR_USER, .uid = 1001 });
	for (uint32_t i = 0; i < 30; i++)
		contact(h, LAN + 1000 + i, 445, FATE_GONE);
	after(h, 4 * NS_PER_S);
	ck_assert_uint_eq(h->raised, 1); /* that was somebody else */
	sweep_rearm(h->sweep, &h->o, &h->found.subject.actor);
	for (uint32_t i = 0; i < 30; i++)
		contact(h, LAN + 2000 + i, 445, FATE_GONE);
	after(h, 4 * NS_PER_S);
	ck_assert_uint_eq(h->raised, 2);
	end(h);
}
END_TEST

START_TEST(whose_measure_was_lifted_may_meet_others)
{
	struct host *h = host(1);

	sweep_of(h, 500, 445, 0, NS_PER_S);
	sweep_rearm(h->sweep, &h->o, &h->found.subject.actor);
	for (uint32_t i = 0; i < 60; i++)
		contact(h, LAN + 2000 + i, 445, FATE_SOCKET);
	after(h, 4 * NS_PER_S);
	ck_assert_uint_eq(h->raised, 1);
	end(h);
}
END_TEST

START_TEST(it_is_told_again_on_another_day)
{
	struct host *h = host(1);

	for (unsigned day = 1; day <= 3; day++) {
		sweep_of(h, 254, 445, 0, NS_PER_S);
		ck_assert_uint_eq(h->raised, day);
		after(h, 24 * HOUR);
	}
	end(h);
}
END_TEST

START_TEST(good_servers_first_buy_no_scan_later)
{
	struct host *h = host(1);

	for (uint32_t i = 0; i < 5000; i++) {
		contact(h, 0x40000000 + i, 443, FATE_SOCKET);
		after(h, 50 * MS);
	}
	ck_assert_uint_eq(h->raised, 0);
	after(h, 5 * MINUTE);
	for (uint32_t i = 0; i < 60; i++) { /* and the memory is not so full that new ones pass for old */
		contact(h, LAN + i, 443, FATE_GONE);
		after(h, NS_PER_S);
	}
	after(h, 4 * NS_PER_S);
	ck_assert_uint_eq(h->raised, 1);
	ck_assert_uint_le(h->raised_at, 5000 + 14 + 5);
	end(h);
}
END_TEST

/* Of each contact two records are kept, and one who scans has ports and destinations as many as he likes. */
START_TEST(a_storm_of_records_does_not_hide_a_sweep)
{
	struct host *h = host(1);
	struct sweep_stats stats;

	for (uint32_t i = 0; i < 60; i++) {
		for (int noise = 0; noise < 1500; noise++)
			contact(h, (uint32_t)random_next(&h->seed), (uint16_t)random_next(&h->seed), FATE_SOCKET);
		contact(h, LAN + i, 445, FATE_GONE);
		after(h, 5 * NS_PER_S);
	}
	ck_assert_uint_eq(h->raised, 1);
	ck_assert_uint_eq(h->found.dport, 445);
	sweep_stats(h->sweep, &stats);
	ck_assert_uint_gt(stats.records, 1000);
	end(h);
}
END_TEST

START_TEST(a_rule_that_is_off_says_nothing)
{
	struct host *h = host(1);

	h->o.rule.enabled = false;
	sweep_of(h, 254, 445, 0, NS_PER_S);
	ck_assert_uint_eq(h->raised, 0);
	end(h);
}
END_TEST

START_TEST(fewer_targets_than_asked_for_are_none)
{
	struct host *h = host(1);

	h->o.least_targets = 30;
	sweep_of(h, 29, 445, 0, NS_PER_S);
	ck_assert_uint_eq(h->raised, 0);
	sweep_of(h, 40, 445, 0, NS_PER_S);
	ck_assert_uint_eq(h->raised, 1);
	end(h);
}
END_TEST

START_TEST(an_outcome_of_nobody_is_forgotten)
{
	struct host *h = host(1);
	struct contact c = h->next;

	c.tuple.dst = addr_v4((const uint8_t[4]){ 10, 0, 0, 1 });
	for (int i = 0; i < 100; i++)
		sweep_outcome(h->sweep, &h->o, &c, FATE_GONE, h->now, take, h);
	ck_assert_uint_eq(h->raised, 0);
	end(h);
}
END_TEST

START_TEST(a_clock_that_steps_back_does_no_harm)
{
	struct host *h = host(1);

	for (uint32_t i = 0; i < 60; i++) {
		contact(h, LAN + i, 445, FATE_GONE);
		h->now = mono_add(h->now, i % 2 ? 3 * NS_PER_S : -2 * NS_PER_S);
	}
	after(h, MINUTE);
	ck_assert_uint_eq(h->raised, 1);
	ck_assert_int_ge(h->found.window_ns, 0);
	end(h);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("detect_sweep");
	TCase *finds = tcase_create("finds"), *spares = tcase_create("spares"), *holds = tcase_create("holds");
	SRunner *runner;
	int failed;

	tcase_add_test(finds, a_sweep_of_254_of_which_half_answer_is_found);
	tcase_add_test(finds, it_is_found_however_fast_it_is);
	tcase_add_test(finds, where_all_are_silent_it_is_found_sooner);
	tcase_add_test(finds, ten_seconds_between_silent_targets_hide_nothing);
	tcase_add_test(finds, a_minute_between_silent_targets_costs_more_failures);
	tcase_add_test(finds, a_scan_of_one_destination_is_found_too);
	tcase_add_test(finds, a_handshake_that_nobody_answers_has_failed);
	tcase_add_test(finds, what_could_not_be_asked_speaks_for_nobody);
	tcase_add_test(finds, the_one_who_scans_is_named_and_not_who_shares_his_user);
	tcase_add_test(finds, what_another_has_paid_for_is_not_held_against_who_comes_later);
	tcase_add_test(finds, who_hops_between_groups_is_named_by_his_user);
	tcase_add_test(finds, those_whom_nobody_knows_count_as_one);
	tcase_add_test(spares, ten_minutes_between_targets_are_below_it);
	tcase_add_test(spares, what_could_not_be_asked_proves_nothing);
	tcase_add_test(spares, a_burst_of_new_servers_that_answer_is_none);
	tcase_add_test(spares, a_mail_server_with_dead_exchanges_is_none);
	tcase_add_test(spares, a_monitor_of_two_hundred_hosts_is_none);
	tcase_add_test(spares, a_resolver_is_none);
	tcase_add_test(spares, a_swarm_on_many_ports_is_none_and_on_one_port_it_looks_like_a_sweep);
	tcase_add_test(spares, silence_counts_once_for_each_destination);
	tcase_add_test(spares, users_do_not_add_up);
	tcase_add_test(holds, it_is_told_once_and_again_after_its_measure_has_ended);
	tcase_add_test(holds, whose_measure_was_lifted_may_meet_others);
	tcase_add_test(holds, it_is_told_again_on_another_day);
	tcase_add_test(holds, good_servers_first_buy_no_scan_later);
	tcase_add_test(holds, a_storm_of_records_does_not_hide_a_sweep);
	tcase_add_test(holds, a_rule_that_is_off_says_nothing);
	tcase_add_test(holds, fewer_targets_than_asked_for_are_none);
	tcase_add_test(holds, an_outcome_of_nobody_is_forgotten);
	tcase_add_test(holds, a_clock_that_steps_back_does_no_harm);
	suite_add_tcase(suite, finds);
	suite_add_tcase(suite, spares);
	suite_add_tcase(suite, holds);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
