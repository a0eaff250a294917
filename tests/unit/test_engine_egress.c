/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What scenarios cannot say of that which leaves: owners that come too late or are never asked for, bytes that are told
 * twice, lists of which a log knows nothing.
 */
#include "support/egress_lab.h"

/* ---- owners ---- */

START_TEST(a_contact_waits_a_second_for_its_owner_and_no_longer)
{
	leave("203.0.113.1", 40000, 443);
	leave("203.0.113.2", 40001, 443);
	ck_assert_uint_eq(met(), 0);
	owned("203.0.113.1", 40000, 443, 1000);
	ck_assert_uint_eq(met(), 1);
	ck_assert(met_by(1000));
	pass(NS_PER_S + NS_PER_S / 2);
	ck_assert_uint_eq(met(), 2);
	owned("203.0.113.2", 40001, 443, 1001);
	ck_assert_uint_eq(met(), 2);
	ck_assert(!met_by(1001));
}
END_TEST

START_TEST(an_owner_of_a_flow_that_nobody_began_is_nobodys)
{
	owned("203.0.113.1", 40000, 443, 1000);
	pass(2 * NS_PER_S);
	ck_assert_uint_eq(met(), 0);
}
END_TEST

static void leave_many(unsigned n)
{
	char to[32];

	for (unsigned i = 0; i < n; i++) {
		snprintf(to, sizeof(to), "203.0.%u.%u", 100 + i / 250, 1 + i % 250);
		leave(to, (uint16_t)(20000 + i), 443);
	}
}

static unsigned take_questions(void)
{
	struct tuple t;
	unsigned n = 0;

	while (engine_take_owner_question(e, &t))
		n++;
	return n;
}

START_TEST(beyond_500_questions_a_second_flows_are_the_hosts_at_once)
{
	leave_many(600);
	ck_assert_uint_eq(met(), 100);
	ck_assert_uint_eq(take_questions(), 500);
	pass(NS_PER_S + NS_PER_S / 2);
	ck_assert_uint_eq(met(), 600);
	leave("203.0.113.1", 40000, 443);
	ck_assert_uint_eq(take_questions(), 1);
}
END_TEST

START_TEST(questions_that_nobody_takes_hold_no_contact_up)
{
	leave_many(500);
	pass(2 * NS_PER_S);
	ck_assert_uint_eq(met(), 500);
	for (uint16_t i = 0; i < 20; i++) {
		char to[32];

		snprintf(to, sizeof(to), "198.51.100.%u", i + 1U);
		leave(to, (uint16_t)(50000 + i), 443);
	}
	ck_assert_uint_eq(met(), 508); /* 512 have room, the others are told at once */
	ck_assert_uint_eq(take_questions(), 512);
}
END_TEST

/* ---- bytes ---- */

START_TEST(bytes_are_counted_once_however_often_they_are_told)
{
	leave("203.0.113.9", 40000, 443);
	moved(40000, 20, true);
	moved(40000, 40, true);
	moved(40000, 40, true);
	moved(40000, 60, false);
	ck_assert_uint_eq(bytes_met(), UINT64_C(60) << 20);
	ck_assert_uint_eq(count("egress.volume"), 0);
}
END_TEST

START_TEST(the_same_ports_again_are_another_flow_with_bytes_of_its_own)
{
	leave("203.0.113.9", 40000, 443);
	moved(40000, 40, false);
	pass(5 * NS_PER_S);
	leave("203.0.113.9", 40000, 443);
	moved(40000, 40, false);
	ck_assert_uint_eq(count("egress.volume"), 1);
}
END_TEST

START_TEST(a_flow_that_nobody_saw_begin_is_whose_its_end_says)
{
	moved(40000, 80, false);
	ck_assert_uint_eq(count("egress.volume"), 1);
	for (size_t i = 0; i < n_events; i++)
		if (events[i].kind == EVENT_FINDING) {
			ck_assert_int_eq(events[i].finding.actor.kind, ACTOR_USER);
			ck_assert_uint_eq(events[i].finding.actor.uid, 1000);
		}
}
END_TEST

static void refused(const char *to, uint16_t sport, uint8_t flags)
{
	struct tuple t = flow_to(to, sport, 443);
	struct craft c = { .src = t.src, .dst = t.dst, .proto = PROTO_TCP, .sport = sport, .dport = 443, .tcp_flags = flags };
	struct engine_input in = { .meta = { .at = now, .hook = HOOK_OUTPUT } };
	uint8_t bytes[96];

	in.bytes = (struct slice){ bytes, craft_packet(&c, bytes, sizeof(bytes)) };
	in.meta.wire_len = (uint32_t)in.bytes.len;
	engine_refused(e, &in, now);
}

START_TEST(what_was_refused_is_no_contact)
{
	refused("203.0.113.1", 40000, TCP_SYN);
	pass(2 * NS_PER_S);
	ck_assert_uint_eq(met(), 0);
}
END_TEST

START_TEST(a_flow_that_is_refused_in_its_middle_keeps_what_it_has_told)
{
	leave("203.0.113.9", 40000, 443);
	moved(40000, 40, true);
	pass(5 * NS_PER_S);
	refused("203.0.113.9", 40000, TCP_ACK | TCP_PSH);
	moved(40000, 41, false);
	ck_assert_uint_eq(bytes_met(), UINT64_C(41) << 20);
	ck_assert_uint_eq(count("egress.volume"), 0);
}
END_TEST

/* ---- lists ---- */

static const struct measure *measure_of(const char *to)
{
	struct addr a = craft_addr(to);
	struct subject s = { .kind = SUBJECT_DESTINATION, .source = source_prefix(source_key(&a)) };
	const struct measure *m = ledger_find(engine_ledger(e), &s, SCOPE_SOURCE);

	return m && m->state != MEASURE_FREE ? m : NULL;
}

static struct listed *list(bool refuses)
{
	static uint8_t room[65536] __attribute__((aligned(64)));
	const struct addr a = craft_addr("203.0.113.9");
	const struct listed_entry entry = { .prefix = prefix_of(&a, 32), .list = 0 };
	static const char names[][LISTED_NAME] = { "drop" };
	struct listed *l;

	ck_assert_uint_le(listed_bytes(1), sizeof(room));
	ck_assert_int_eq(listed_create(&l, room, sizeof(room), &entry, 1, names, 1), 0);
	listed_set_refuse(l, refuses);
	return l;
}

START_TEST(a_listed_destination_is_told_ahead_of_the_packet_that_goes_there)
{
	size_t i = 0;

	engine_use_listed(e, list(false));
	n_inputs = 0;
	leave("203.0.113.9", 40000, 443);
	while (i < n_inputs && inputs[i] != OBSERVATION_LISTED)
		i++;
	ck_assert_uint_lt(i, n_inputs);
	ck_assert_int_eq(inputs[i + 1], OBSERVATION_PACKETS);
	n_inputs = 0;
	leave("203.0.113.9", 40001, 443);
	ck_assert_uint_eq(n_inputs, 1); /* once is enough */
}
END_TEST

START_TEST(a_list_that_refuses_drops_its_first_packet_which_is_no_contact)
{
	engine_use_listed(e, list(true));
	ck_assert_int_eq(leave("203.0.113.9", 40000, 443), VERDICT_DROP);
	ck_assert_int_eq(leave("203.0.113.8", 40001, 443), VERDICT_ACCEPT);
	ck_assert_ptr_nonnull(measure_of("203.0.113.9"));
	pass(2 * NS_PER_S);
	ck_assert_uint_eq(met(), 1);
}
END_TEST

/* ---- the same again ---- */

static void a_busy_hour(void)
{
	const struct addr bad = craft_addr("203.0.113.9"), resolver = craft_addr("10.0.0.53");
	struct ask ask;
	char to[32];

	engine_set_resolvers(e, &resolver, 1, now);
	engine_listed(e, &bad, "drop", false, now);
	for (uint16_t i = 0; i < 60; i++) {
		leave("203.0.113.9", (uint16_t)(30000 + i), 443);
		snprintf(to, sizeof(to), "198.51.100.%u", i + 1U);
		leave(to, (uint16_t)(40000 + i), 445);
		if (i % 2)
			owned(to, (uint16_t)(40000 + i), 445, 1000);
		moved((uint16_t)(30000 + i), 2, false);
		take_questions();
		for (int k = 0; k < 60; k++) {
			pass(NS_PER_S);
			while (engine_take_ask(e, now, &ask)) {
				const struct ask_answer a = { .ask = ask, .fate = FATE_HALF_OPEN };

				engine_answer(e, &a, now);
			}
			tell_time();
		}
	}
}

START_TEST(same_seed_and_inputs_give_the_same_events_byte_for_byte)
{
	struct event *first = malloc(EVENTS * sizeof(*first));
	size_t n;

	ck_assert_ptr_nonnull(first);
	a_busy_hour();
	ck_assert_uint_ge(count("egress.confirmed"), 1);
	ck_assert_uint_ge(count("egress.sweep"), 1);
	n = n_events;
	memcpy(first, events, n * sizeof(*first));
	free(memory);
	start(5);
	a_busy_hour();
	ck_assert_uint_eq(n_events, n);
	ck_assert_mem_eq(events, first, n * sizeof(*first));
	free(first);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine_egress");
	TCase *c = tcase_create("engine_egress");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, a_contact_waits_a_second_for_its_owner_and_no_longer);
	tcase_add_test(c, an_owner_of_a_flow_that_nobody_began_is_nobodys);
	tcase_add_test(c, beyond_500_questions_a_second_flows_are_the_hosts_at_once);
	tcase_add_test(c, questions_that_nobody_takes_hold_no_contact_up);
	tcase_add_test(c, bytes_are_counted_once_however_often_they_are_told);
	tcase_add_test(c, the_same_ports_again_are_another_flow_with_bytes_of_its_own);
	tcase_add_test(c, a_flow_that_nobody_saw_begin_is_whose_its_end_says);
	tcase_add_test(c, what_was_refused_is_no_contact);
	tcase_add_test(c, a_flow_that_is_refused_in_its_middle_keeps_what_it_has_told);
	tcase_add_test(c, a_listed_destination_is_told_ahead_of_the_packet_that_goes_there);
	tcase_add_test(c, a_list_that_refuses_drops_its_first_packet_which_is_no_contact);
	tcase_add_test(c, same_seed_and_inputs_give_the_same_events_byte_for_byte);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
