/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Surges under simulated time: a sample a second, of a host with its interfaces.
 */
#include "core/detect_volume.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

static struct volume *v;
static struct volume_opts o;
static struct host_sample s;
static mono_t now;
static uint64_t noise;
static struct finding found[64];
static size_t n;

static void note(void *ctx, const struct finding *f)
{
	(void)ctx;
	ck_assert_uint_lt(n, sizeof(found) / sizeof(found[0]));
	found[n++] = *f;
}

static void set_up(void)
{
	free(v);
	v = NULL;
	volume_create(&v, malloc(volume_bytes()));
	o = (struct volume_opts){ .surge_rule = { .name = "volume.surge", .severity = 3, .enabled = true },
		.mix_rule = { .name = "volume.mix", .severity = 3, .enabled = true }, .deviations = 8, .steps = 3,
		.least_packets = 2000, .least_bytes = 2 << 20, .learn_ns = 600 * NS_PER_S, .mix_threshold = 300, .mix_least = 1000 };
	memset(&s, 0, sizeof(s));
	s.known = KNOWN_LINKS | KNOWN_PROTOS;
	s.n_links = 1;
	s.links[0] = (struct link_counters){ .index = 2, .name = "eth0" };
	now = (mono_t){ .ns = 5000 * NS_PER_S };
	noise = 1;
	n = 0;
}

/* Give or take a third, as traffic is. */
static uint64_t about(uint64_t rate)
{
	return rate ? rate * 2 / 3 + random_next(&noise) % (rate * 2 / 3 + 1) : 0;
}

static void move(unsigned link, enum host_way w, uint64_t packets, uint64_t bytes)
{
	s.links[link].packets[w] += packets;
	s.links[link].bytes[w] += bytes;
	s.packets[HOST_TCP][w] += packets;
}

/* Each second that much in, and half of it out. */
static void run(unsigned seconds, uint64_t packets, uint64_t bytes)
{
	for (unsigned i = 0; i < seconds; i++) {
		move(0, HOST_IN, about(packets), about(bytes));
		move(0, HOST_OUT, about(packets / 2), about(bytes / 2));
		now = mono_add(now, NS_PER_S);
		volume_sample(v, &o, &s, now, note, NULL);
	}
}

START_TEST(a_surge_of_ten_times_is_found_in_a_quarter_of_a_minute)
{
	run(1200, 1000, 1000000);
	ck_assert_uint_eq(n, 0);
	run(20, 10000, 10000000);
	ck_assert_uint_ge(n, 1);
	ck_assert_int_eq((int)found[0].kind, FINDING_VOLUME);
	ck_assert_int_eq((int)found[0].subject.kind, SUBJECT_HOST);
	ck_assert_int_eq((int)found[0].proof, PROOF_CLAIMED);
	ck_assert_int_ge(found[0].score, found[0].threshold);
	ck_assert_uint_eq(found[0].rule.severity, 3);
	ck_assert_msg(strstr(found[0].about, "packets-in, usual ") || strstr(found[0].about, "bytes-in, usual "), "%s",
		found[0].about);
	ck_assert(volume_surges(v));
}
END_TEST

/* Interface and protocol rise as one. */
START_TEST(one_surge_is_told_once_each_way)
{
	run(1200, 1000, 1000000);
	run(600, 20000, 20000000);
	ck_assert_uint_eq(n, 2);
	ck_assert_ptr_nonnull(strstr(found[0].about, "-in,"));
	ck_assert_ptr_nonnull(strstr(found[1].about, "-out,"));
}
END_TEST

START_TEST(a_crowd_of_double_the_usual_is_no_surge)
{
	run(1200, 5000, 5000000);
	run(1200, 10000, 10000000);
	ck_assert_uint_eq(n, 0);
	ck_assert(!volume_surges(v));
}
END_TEST

START_TEST(a_quiet_host_may_be_multiplied_under_the_floor)
{
	run(1200, 5, 500);
	run(600, 1500, 1500000);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(short_bursts_are_none)
{
	run(1200, 1000, 1000000);
	for (unsigned i = 0; i < 100; i++) {
		run(5, 30000, 30000000);
		run(61, 1000, 1000000);
	}
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(bursts_that_come_again_and_again_are_told_once)
{
	run(1200, 1000, 1000000);
	for (unsigned i = 0; i < 200; i++) {
		run(16, 30000, 30000000);
		run(60, 1000, 1000000);
	}
	ck_assert_uint_le(n, 2);
}
END_TEST

START_TEST(nothing_is_found_while_it_learns)
{
	run(300, 1000, 1000000);
	run(60, 50000, 50000000);
	run(230, 1000, 1000000);
	ck_assert_uint_eq(n, 0);
}
END_TEST

/* It reads, packs and sends by turns for forty minutes: news once each way. */
START_TEST(a_nightly_backup_after_a_quiet_day_is_told_once)
{
	run(7200, 50, 20000);
	for (unsigned i = 0; i < 10; i++) {
		run(180, 40000, 60000000);
		run(70, 50, 20000);
	}
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(found[0].rule.severity, 3);
	run(600, 50, 20000);
	ck_assert(!volume_surges(v));
	ck_assert_uint_eq(n, 2);
}
END_TEST

START_TEST(a_surge_behind_a_backup_is_told_where_it_is_twice_as_high)
{
	run(3600, 50, 20000);
	run(300, 10000, 10000000);
	run(120, 50, 20000);
	n = 0;
	run(120, 50000, 50000000);
	ck_assert_uint_eq(n, 2);
}
END_TEST

START_TEST(a_new_level_is_how_things_are_after_an_hour)
{
	run(1800, 1000, 1000000);
	run(3500, 30000, 30000000);
	ck_assert(volume_surges(v));
	ck_assert_uint_eq(n, 2);
	run(7200, 30000, 30000000);
	ck_assert(!volume_surges(v));
	ck_assert_uint_eq(n, 2);
	run(120, 300000, 300000000);
	ck_assert_uint_eq(n, 4);
}
END_TEST

/* What stood was not learned. */
START_TEST(a_surge_does_not_teach)
{
	run(1800, 1000, 1000000);
	run(1800, 20000, 20000000);
	ck_assert_uint_eq(n, 2);
	run(2400, 1000, 1000000);
	run(60, 20000, 20000000);
	ck_assert_uint_eq(n, 4);
}
END_TEST

START_TEST(it_ends_after_a_quiet_minute)
{
	run(1200, 1000, 1000000);
	run(60, 20000, 20000000);
	run(50, 1000, 1000000);
	ck_assert(volume_surges(v));
	run(20, 1000, 1000000);
	ck_assert(!volume_surges(v));
}
END_TEST

START_TEST(dropped_packets_make_it_graver)
{
	run(1200, 1000, 1000000);
	for (unsigned i = 0; i < 20; i++) {
		s.links[0].dropped[HOST_IN] += 500;
		run(1, 20000, 20000000);
	}
	ck_assert_uint_ge(n, 1);
	ck_assert_uint_eq(found[0].rule.severity, 2);
}
END_TEST

/* Frames of protocols that nobody here speaks are dropped always and everywhere. */
START_TEST(a_few_dropped_frames_do_not)
{
	run(1200, 1000, 1000000);
	for (unsigned i = 0; i < 20; i++) {
		s.links[0].dropped[HOST_IN] += 2;
		run(1, 20000, 20000000);
	}
	ck_assert_uint_ge(n, 1);
	ck_assert_uint_eq(found[0].rule.severity, 3);
}
END_TEST

/* All that a silent interface gets may be such frames. */
START_TEST(nor_does_a_silent_interface_that_drops_all_its_few)
{
	s.n_links = 2;
	s.links[1] = (struct link_counters){ .index = 3, .name = "eth1" };
	run(1200, 1000, 1000000);
	for (unsigned i = 0; i < 20; i++) {
		s.links[1].packets[HOST_IN] += 2;
		s.links[1].dropped[HOST_IN] += 2;
		run(1, 20000, 20000000);
	}
	ck_assert_uint_ge(n, 1);
	ck_assert_uint_eq(found[0].rule.severity, 3);
}
END_TEST

START_TEST(a_conntrack_that_fills_makes_it_graver)
{
	run(1200, 1000, 1000000);
	s.known |= KNOWN_CONNTRACK;
	s.conntrack = 900;
	s.conntrack_max = 1000;
	run(20, 20000, 20000000);
	ck_assert_uint_ge(n, 1);
	ck_assert_uint_eq(found[0].rule.severity, 2);
}
END_TEST

START_TEST(a_counter_that_begins_anew_is_no_surge)
{
	run(1200, 1000, 1000000);
	memset(s.links[0].packets, 0, sizeof(s.links[0].packets));
	memset(s.links[0].bytes, 0, sizeof(s.links[0].bytes));
	memset(s.packets, 0, sizeof(s.packets));
	run(600, 1000, 1000000);
	ck_assert_uint_eq(n, 0);
	s.links[0].index = 9; /* made anew, and busy before we looked: its counters begin at 0 all the same */
	memset(s.links[0].packets, 0, sizeof(s.links[0].packets));
	memset(s.links[0].bytes, 0, sizeof(s.links[0].bytes));
	run(600, 1000, 1000000);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(an_interface_that_comes_learns_first)
{
	run(1200, 1000, 1000000);
	s.n_links = 2;
	s.links[1] = (struct link_counters){ .index = 3, .name = "wg0" };
	s.links[1].bytes[HOST_IN] = UINT64_C(1) << 50; /* it was there before we were */
	for (unsigned i = 0; i < 300; i++) {
		s.links[1].bytes[HOST_IN] += i < 60 ? 1000 : 900000000;
		run(1, 1000, 1000000);
	}
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(an_interface_that_vanishes_ends_its_surge_and_is_known_when_it_comes_back)
{
	run(1200, 1000, 1000000);
	run(60, 20000, 20000000);
	ck_assert(volume_surges(v));
	n = 0;
	s.n_links = 0;
	for (unsigned i = 0; i < 120; i++)
		run(1, 0, 0);
	ck_assert(!volume_surges(v));
	s.n_links = 1;
	run(3000, 1000, 1000000);
	ck_assert_uint_eq(n, 0);
	run(60, 20000, 20000000);
	ck_assert_uint_eq(n, 2);
}
END_TEST

START_TEST(thirty_two_interfaces_are_told_apart_and_new_ones_find_room)
{
	s.n_links = SAMPLE_LINKS;
	for (unsigned i = 0; i < SAMPLE_LINKS; i++) {
		s.links[i] = (struct link_counters){ .index = i + 2 };
		snprintf(s.links[i].name, LINK_NAME, "veth%u", i);
	}
	for (unsigned t = 0; t < 1200; t++) {
		for (unsigned i = 0; i < SAMPLE_LINKS; i++)
			s.links[i].bytes[HOST_OUT] += about(100000);
		run(1, 100, 100000);
	}
	ck_assert_uint_eq(n, 0);
	for (unsigned t = 0; t < 30; t++) {
		s.links[17].bytes[HOST_OUT] += 90000000;
		run(1, 100, 100000);
	}
	ck_assert_uint_eq(n, 1);
	ck_assert_ptr_nonnull(strstr(found[0].about, "link veth17 bytes-out, usual "));
	n = 0;
	/* All of them are replaced, as containers are, again and again. */
	for (unsigned round = 0; round < 5; round++) {
		for (unsigned i = 1; i < SAMPLE_LINKS; i++)
			snprintf(s.links[i].name, LINK_NAME, "new%u-%u", round, i);
		run(60, 100, 100000);
	}
	ck_assert_uint_eq(n, 0);
	run(900, 100, 100000);
	for (unsigned t = 0; t < 30; t++) {
		s.links[31].bytes[HOST_IN] += 90000000;
		run(1, 100, 100000);
	}
	ck_assert_uint_eq(n, 1);
	ck_assert_ptr_nonnull(strstr(found[0].about, "link new4-31 bytes-in, usual "));
}
END_TEST

START_TEST(an_interface_that_is_there_never_gives_its_room_to_a_new_one)
{
	s.n_links = SAMPLE_LINKS;
	for (unsigned i = 0; i < SAMPLE_LINKS; i++) {
		s.links[i] = (struct link_counters){ .index = i + 2 };
		snprintf(s.links[i].name, LINK_NAME, "veth%u", i);
	}
	run(1200, 1000, 1000000);
	s.known = KNOWN_LINKS;
	for (unsigned i = 0; i < SAMPLE_LINKS / 2; i++) { /* so that the new one asks for room before the others are met */
		struct link_counters one = s.links[i];

		s.links[i] = s.links[SAMPLE_LINKS - 1 - i];
		s.links[SAMPLE_LINKS - 1 - i] = one;
	}
	strcpy(s.links[0].name, "new");
	run(10, 1000, 1000000);
	for (unsigned i = 0; i < 30; i++) {
		move(31, HOST_IN, 20000, 20000000); /* of veth0, which must not have to learn again */
		run(1, 1000, 1000000);
	}
	ck_assert_uint_eq(n, 1);
	ck_assert_ptr_nonnull(strstr(found[0].about, "link veth0 "));
}
END_TEST

START_TEST(samples_that_were_lost_cost_no_alarm)
{
	run(1200, 1000, 1000000);
	move(0, HOST_IN, 1000 * 3600, UINT64_C(1000000) * 3600);
	move(0, HOST_OUT, 500 * 3600, UINT64_C(500000) * 3600);
	now = mono_add(now, 3600 * NS_PER_S); /* asleep, or overloaded */
	run(60, 1000, 1000000);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(what_is_not_known_is_not_judged)
{
	run(1200, 1000, 1000000);
	s.known = 0;
	run(600, 50000, 50000000);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(counters_at_their_ends_overflow_nothing)
{
	run(900, 1000, 1000000);
	s.links[0].bytes[HOST_IN] = UINT64_MAX - 10;
	s.links[0].packets[HOST_IN] = UINT64_MAX - 10;
	run(6, 0, 0);
	s.links[0].bytes[HOST_IN] = 5;
	run(6, 0, 0);
	for (unsigned i = 0; i < 30; i++) {
		s.links[0].bytes[HOST_IN] += UINT64_C(1) << 60;
		run(1, 0, 0);
	}
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(found[0].count, UINT32_MAX);
	ck_assert_int_gt(found[0].score, 0);
}
END_TEST

START_TEST(a_rule_that_is_off_stays_silent_and_still_tells_others)
{
	o.surge_rule.enabled = false;
	run(1200, 1000, 1000000);
	run(60, 20000, 20000000);
	ck_assert_uint_eq(n, 0);
	ck_assert(volume_surges(v));
}
END_TEST

START_TEST(a_protocol_that_takes_over_is_a_mix)
{
	run(1200, 1000, 1000000);
	for (unsigned i = 0; i < 30; i++) {
		s.packets[HOST_UDP][HOST_IN] += 1500;
		run(1, 1000, 1000000);
	}
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq((int)found[0].kind, FINDING_MIX);
	ck_assert_msg(strncmp(found[0].about, "udp of packets-in ", 18) == 0, "%s", found[0].about);
	ck_assert_int_ge(atoi(found[0].about + 18), 50);
	ck_assert_ptr_nonnull(strstr(found[0].about, " %, usual "));
	ck_assert_ptr_null(strstr(found[0].about, "usual 5"));
	ck_assert_int_gt(found[0].score, found[0].threshold);
}
END_TEST

int main(void)
{
	Suite *su = suite_create("detect_volume");
	TCase *t = tcase_create("volume");
	SRunner *r = srunner_create(su);
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, a_surge_of_ten_times_is_found_in_a_quarter_of_a_minute);
	tcase_add_test(t, one_surge_is_told_once_each_way);
	tcase_add_test(t, a_crowd_of_double_the_usual_is_no_surge);
	tcase_add_test(t, a_quiet_host_may_be_multiplied_under_the_floor);
	tcase_add_test(t, short_bursts_are_none);
	tcase_add_test(t, bursts_that_come_again_and_again_are_told_once);
	tcase_add_test(t, nothing_is_found_while_it_learns);
	tcase_add_test(t, a_nightly_backup_after_a_quiet_day_is_told_once);
	tcase_add_test(t, a_surge_behind_a_backup_is_told_where_it_is_twice_as_high);
	tcase_add_test(t, a_new_level_is_how_things_are_after_an_hour);
	tcase_add_test(t, a_surge_does_not_teach);
	tcase_add_test(t, it_ends_after_a_quiet_minute);
	tcase_add_test(t, dropped_packets_make_it_graver);
	tcase_add_test(t, a_few_dropped_frames_do_not);
	tcase_add_test(t, nor_does_a_silent_interface_that_drops_all_its_few);
	tcase_add_test(t, a_conntrack_that_fills_makes_it_graver);
	tcase_add_test(t, a_counter_that_begins_anew_is_no_surge);
	tcase_add_test(t, an_interface_that_comes_learns_first);
	tcase_add_test(t, an_interface_that_vanishes_ends_its_surge_and_is_known_when_it_comes_back);
	tcase_add_test(t, thirty_two_interfaces_are_told_apart_and_new_ones_find_room);
	tcase_add_test(t, an_interface_that_is_there_never_gives_its_room_to_a_new_one);
	tcase_add_test(t, samples_that_were_lost_cost_no_alarm);
	tcase_add_test(t, what_is_not_known_is_not_judged);
	tcase_add_test(t, counters_at_their_ends_overflow_nothing);
	tcase_add_test(t, a_rule_that_is_off_stays_silent_and_still_tells_others);
	tcase_add_test(t, a_protocol_that_takes_over_is_a_mix);
	suite_add_tcase(su, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	free(v);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
