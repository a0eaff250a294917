/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hours and days are simulated; each upload is told as conntrack tells it: in steps of ten seconds, or only at its end. */
#include "core/detect_exfil.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/packet.h"

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define MINUTE INT64_C(60)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define NEW INT64_C(0)
#define WALL (INT64_C(20759) * DAY)

static struct exfil *x;
static void *memory;
static struct exfil_opts opts;
static struct finding last;
static unsigned told;

static void begin(void)
{
	struct hash_key key;

	hash_key_from_seed(&key, 11);
	memory = aligned_alloc(64, (exfil_bytes() + 63) / 64 * 64);
	ck_assert_ptr_nonnull(memory);
	exfil_create(&x, memory, &key);
	told = 0;
}

static void set_up(void)
{
	opts = (struct exfil_opts){ .volume_rule = { .name = "egress.volume", .enabled = true },
		.trickle_rule = { .name = "egress.trickle", .enabled = true }, .day_bytes = 64 * MIB, .known_bytes = 2 * GIB,
		.trickle_bytes = 8 * MIB, .trickle_hours = 6, .times = 4, .ratio = 50, .new_ns = 7 * DAY * NS_PER_S };
	begin();
}

static void tear_down(void)
{
	free(memory);
}

static void raise_one(void *ctx, const struct finding *f)
{
	(void)ctx;
	last = *f;
	told++;
}

/* Whose, and where to. known_s at second 0. */
struct peer {
	const char *unit, *to, *name;
	int64_t known_s;
};

static void move(const struct peer *p, int64_t s, uint64_t out, uint64_t in)
{
	struct contact c = { .tuple = { .sport = 40000, .dport = 443, .proto = PROTO_TCP }, .name = p->name, .list = "",
		.owner = { .uid = 0, .cgroup = 77 }, .unit = p->unit,
		.actor = { .kind = ACTOR_GROUP, .cgroup = 77, .level = 2 } };
	const uint64_t bytes[FLOW_WAYS] = { out, in };

	ck_assert_int_eq(addr_parse(p->to, &c.tuple.dst), 0);
	ck_assert_int_eq(addr_parse("192.0.2.1", &c.tuple.src), 0);
	exfil_moved(x, &opts, &c, bytes, p->known_s + s, (mono_t){ s * NS_PER_S }, raise_one, NULL);
}

/* In steps of ten seconds. */
static void stream(const struct peer *p, int64_t from, int64_t lasts, uint64_t out, uint64_t in)
{
	const int64_t steps = lasts / 10;

	for (int64_t i = 0; i < steps; i++)
		move(p, from + 10 * i, out / (uint64_t)steps, in / (uint64_t)steps);
}

static const struct peer stranger = { .unit = "a.service", .to = "203.0.113.9", .name = "drop.example.net", .known_s = NEW };
static const struct peer known = { .unit = "backup.service", .to = "198.51.100.1", .name = "backup.example.org",
	.known_s = 30 * DAY };

START_TEST(an_upload_of_200_MiB_to_a_new_host_is_found_while_it_runs)
{
	stream(&stranger, HOUR, 5 * MINUTE, 100 * MIB, 2 * MIB);
	ck_assert_uint_eq(told, 1);
	ck_assert_int_eq(last.kind, FINDING_EXFIL);
	ck_assert_int_eq(last.proof, PROOF_LOCAL);
	ck_assert_int_eq(last.subject.kind, SUBJECT_DESTINATION);
	ck_assert_uint_eq(last.subject.source.len, 32);
	ck_assert_str_eq(last.rule.name, "egress.volume");
	ck_assert_str_eq(last.about, "67 MiB in 3m, usually 0; out 98 %; to drop.example.net");
	ck_assert_int_eq(last.threshold, 6553600);
	ck_assert_int_gt(last.score, last.threshold);
	ck_assert_uint_eq(last.actor.cgroup, 77);
	ck_assert_int_lt(last.at.ns, (HOUR + 4 * MINUTE) * NS_PER_S);
	stream(&stranger, HOUR + 5 * MINUTE, 5 * MINUTE, 100 * MIB, 2 * MIB);
	ck_assert_uint_eq(told, 1);
}
END_TEST

START_TEST(an_upload_of_200_MiB_that_is_told_at_its_end_is_found_too)
{
	move(&stranger, HOUR, 200 * MIB, 3 * MIB);
	ck_assert_uint_eq(told, 1);
	ck_assert_str_eq(last.about, "200 MiB in 1s, usually 0; out 98 %; to drop.example.net");
}
END_TEST

START_TEST(what_stays_below_the_limit_is_not)
{
	move(&stranger, HOUR, 64 * MIB, MIB);
	ck_assert_uint_eq(told, 0);
	move(&stranger, HOUR, KIB, 0);
	ck_assert_uint_eq(told, 1);
}
END_TEST

START_TEST(a_backup_of_20_GiB_each_night_is_told_in_its_first_alone)
{
	const struct peer fresh = { .unit = "backup.service", .to = "198.51.100.1", .name = "backup.example.org" };

	stream(&fresh, 2 * HOUR, HOUR, 20 * GIB, 200 * MIB);
	ck_assert_uint_eq(told, 1);
	for (int64_t night = 1; night < 60; night++)
		stream(&fresh, night * DAY + 2 * HOUR, HOUR, 20 * GIB, 200 * MIB);
	ck_assert_uint_eq(told, 1);
}
END_TEST

START_TEST(whenever_in_the_night_it_runs)
{
	for (int64_t hour = 0; hour < 24; hour++) {
		const struct peer fresh = { .unit = "backup.service", .to = "198.51.100.1", .name = "backup.example.org" };

		for (int64_t night = 0; night < 10; night++)
			stream(&fresh, night * DAY + hour * HOUR + 40 * MINUTE, 2 * HOUR, 20 * GIB, 200 * MIB);
		ck_assert_msg(told == 1, "%d findings, begun at hour %d", (int)told, (int)hour);
		tear_down();
		begin();
	}
}
END_TEST

START_TEST(a_backup_that_grows_by_3_percent_a_night_is_left_alone)
{
	double size = (double)(20 * GIB);

	for (int64_t night = 0; night < 90; night++) {
		stream(&known, night * DAY + 2 * HOUR, HOUR, (uint64_t)size, 200 * MIB);
		size *= 1.03;
	}
	ck_assert_uint_eq(told, 1);
}
END_TEST

START_TEST(a_tenfold_backup_is_told)
{
	for (int64_t night = 0; night < 10; night++)
		stream(&known, night * DAY, HOUR, 2 * GIB, 20 * MIB);
	told = 0;
	stream(&known, 10 * DAY, HOUR, 20 * GIB, 200 * MIB);
	ck_assert_uint_eq(told, 1);
	ck_assert_str_eq(last.about, "8249 MiB in 24m, usually 2048 MiB; out 99 %; to backup.example.");
}
END_TEST

START_TEST(another_actor_who_sends_to_the_backups_host_is_told)
{
	struct peer thief = known;

	thief.unit = "www.service";
	for (int64_t night = 0; night < 10; night++)
		stream(&known, night * DAY, HOUR, 2 * GIB, 20 * MIB);
	told = 0;
	stream(&thief, 10 * DAY, HOUR, 200 * MIB, MIB);
	ck_assert_uint_eq(told, 1);
}
END_TEST

START_TEST(a_trickle_of_5_MiB_each_ten_minutes_is_found)
{
	int64_t s;

	for (s = HOUR; s < 25 * HOUR; s += 10 * MINUTE)
		move(&stranger, s, 5 * MIB, 50 * KIB);
	ck_assert_uint_eq(told, 1);
	ck_assert_str_eq(last.about, "65 MiB in 2h, usually 0; out 99 %; to drop.example.net");
}
END_TEST

START_TEST(a_trickle_a_tenth_of_that_is_found_within_a_day)
{
	for (int64_t s = HOUR; s < 25 * HOUR && !told; s += 10 * MINUTE)
		move(&stranger, s, MIB / 2, 20 * KIB);
	ck_assert_uint_eq(told, 1);
	ck_assert_str_eq(last.rule.name, "egress.trickle");
	ck_assert_str_eq(last.about, "16 MiB in 5h, usually 0; out 96 %; to drop.example.net");
}
END_TEST

START_TEST(a_trickle_to_whom_is_known_is_a_service)
{
	for (int64_t s = HOUR; s < 30 * DAY; s += 10 * MINUTE)
		move(&known, s, MIB / 4, 10 * KIB);
	ck_assert_uint_eq(told, 0);
	for (int64_t s = 30 * DAY; s < 31 * DAY; s += 10 * MINUTE)
		move(&stranger, s - 30 * DAY, MIB / 4, 10 * KIB);
	ck_assert_uint_eq(told, 1);
}
END_TEST

START_TEST(one_upload_with_keepalives_behind_it_is_no_trickle)
{
	move(&stranger, HOUR, 20 * MIB, 100 * KIB);
	for (int64_t s = 2 * HOUR; s < 20 * HOUR; s += MINUTE)
		move(&stranger, s, 2 * KIB, 100);
	ck_assert_uint_eq(told, 0);
}
END_TEST

START_TEST(git_pushes_are_nothing)
{
	const struct peer forge = { .unit = "session-1.scope", .to = "198.51.100.4", .name = "git.example.com" };

	for (int day = 0; day < 20; day++)
		for (int push = 0; push < 6; push++)
			move(&forge, day * DAY + (8 + push) * HOUR, 5 * MIB, MIB / 2);
	ck_assert_uint_eq(told, 1); /* half a working day of pushes to a new host is a trickle, once */
	ck_assert_str_eq(last.rule.name, "egress.trickle");
	tear_down();
	begin();
	for (int day = 0; day < 20; day++)
		for (int push = 0; push < 4; push++)
			move(&forge, day * DAY + (8 + push) * HOUR, 5 * MIB, MIB / 2);
	ck_assert_uint_eq(told, 0);
}
END_TEST

START_TEST(video_calls_are_symmetric)
{
	char to[ADDR_TEXT];

	for (unsigned day = 0; day < 10; day++) {
		const struct addr a = addr_v4((const uint8_t[]){ 203, 0, 113, (uint8_t)(1 + day) });
		const struct peer p = { .unit = "firefox", .to = to, .name = "" };

		addr_format(&a, to, sizeof(to));
		stream(&p, day * DAY + 9 * HOUR, 2 * HOUR, 2 * GIB, GIB);
	}
	ck_assert_uint_eq(told, 0);
}
END_TEST

START_TEST(photos_to_a_cloud_that_is_used_are_nothing)
{
	const struct peer cloud = { .unit = "photos", .to = "198.51.100.8", .name = "photos.example.com", .known_s = 30 * DAY };

	for (int day = 0; day < 20; day++)
		stream(&cloud, day * DAY + 20 * HOUR, 10 * MINUTE, 30 * MIB, 3 * MIB);
	stream(&cloud, 20 * DAY + 20 * HOUR, HOUR, GIB, 10 * MIB);
	ck_assert_uint_eq(told, 0);
	stream(&cloud, 22 * DAY, HOUR, 5 * GIB, 10 * MIB);
	ck_assert_uint_eq(told, 1);
}
END_TEST

START_TEST(downloads_are_nothing)
{
	stream(&stranger, HOUR, 3 * HOUR, GIB, 50 * GIB);
	ck_assert_uint_eq(told, 0);
}
END_TEST

START_TEST(a_download_of_other_hours_hides_no_upload)
{
	stream(&stranger, 0, HOUR, 10 * MIB, 50 * GIB);
	stream(&stranger, HOUR, 10 * MINUTE, 200 * MIB, MIB);
	ck_assert_uint_eq(told, 1);
	tear_down();
	begin();
	stream(&stranger, 0, HOUR, 200 * MIB, 200 * MIB); /* as the header says */
	ck_assert_uint_eq(told, 0);
}
END_TEST

static void scatter(unsigned hosts, uint64_t each, const char *unit)
{
	char to[ADDR_TEXT];

	for (unsigned i = 0; i < hosts; i++) {
		const struct addr a = addr_v4((const uint8_t[]){ 20, (uint8_t)(i >> 8), (uint8_t)i, 9 });
		const struct peer p = { .unit = unit, .to = to, .name = "" };

		addr_format(&a, to, sizeof(to));
		stream(&p, HOUR + i * MINUTE, MINUTE, each, each / 50);
	}
}

START_TEST(what_is_scattered_over_50_hosts_is_found_by_its_sum)
{
	scatter(50, 4 * MIB, "a.service");
	ck_assert_uint_eq(told, 1);
	ck_assert_int_eq(last.subject.kind, SUBJECT_ACTOR);
	ck_assert_uint_eq(last.subject.actor.cgroup, 77);
	ck_assert_int_eq(last.dst.family, FAMILY_NONE);
	ck_assert_uint_ge(last.count, 10);
	ck_assert_uint_le(last.count, 24);
	ck_assert_ptr_nonnull(strstr(last.about, " new destinations"));
}
END_TEST

START_TEST(what_is_scattered_by_many_of_ours_is_not_one_sum)
{
	scatter(15, 4 * MIB, "a.service");
	scatter(15, 4 * MIB, "b.service");
	ck_assert_uint_eq(told, 0);
}
END_TEST

START_TEST(what_was_told_of_one_is_not_told_again_of_all)
{
	move(&stranger, HOUR, 200 * MIB, MIB);
	ck_assert_uint_eq(told, 1);
	scatter(10, 6 * MIB, "a.service");
	ck_assert_uint_eq(told, 1);
	scatter(20, 6 * MIB, "a.service");
	ck_assert_uint_eq(told, 2);
}
END_TEST

START_TEST(names_below_one_domain_and_addresses_of_one_64_are_one_destination)
{
	char name[32], to[ADDR_TEXT];

	for (int named = 0; named < 2; named++) {
		for (int i = 0; i < 20; i++) {
			const struct peer p = { .unit = "a.service", .to = to, .name = named ? name : "" };

			snprintf(to, sizeof(to), named ? "203.0.%d.9" : "2001:db8:1:2::%x", 1 + i);
			snprintf(name, sizeof(name), "n%d.example.net", i);
			move(&p, HOUR + i, 10 * MIB, KIB);
		}
		ck_assert_uint_eq(told, 1 + (unsigned)named);
		ck_assert_int_eq(last.subject.kind, SUBJECT_DESTINATION);
	}
}
END_TEST

START_TEST(it_is_said_once_a_day)
{
	for (int64_t s = 0; s < 3 * DAY; s += MINUTE)
		move(&stranger, s, MIB << s / DAY * 6, KIB); /* 64 times as much each day */
	ck_assert_uint_eq(told, 3);
}
END_TEST

START_TEST(small_steps_add_up)
{
	for (int i = 0; i < 70000; i++)
		move(&stranger, HOUR, KIB - 1, 0);
	ck_assert_uint_eq(told, 1);
	ck_assert_int_eq(last.score, 6553700);
}
END_TEST

START_TEST(rules_that_are_off_tell_nothing)
{
	opts.volume_rule.enabled = opts.trickle_rule.enabled = false;
	move(&stranger, HOUR, 200 * MIB, KIB);
	scatter(100, 6 * MIB, "a.service");
	ck_assert_uint_eq(told, 0);
}
END_TEST

START_TEST(a_flood_of_destinations_costs_small_ones_alone)
{
	struct exfil_stats stats;
	char to[ADDR_TEXT];

	for (int64_t night = 0; night < 8; night++)
		stream(&known, night * DAY + 2 * HOUR, HOUR, 20 * GIB, 200 * MIB);
	told = 0;
	for (unsigned i = 0; i < 100000; i++) {
		const struct addr a = addr_v4((const uint8_t[]){ (uint8_t)(20 + (i >> 16)), (uint8_t)(i >> 8), (uint8_t)i, 9 });
		const struct peer p = { .unit = "worm", .to = to, .name = "", .known_s = -8 * DAY };

		addr_format(&a, to, sizeof(to));
		move(&p, 8 * DAY, 300, 0);
	}
	exfil_stats(x, &stats);
	ck_assert_uint_eq(stats.forgotten, 100001 - stats.destinations);
	ck_assert_uint_eq(stats.actors, 1);
	stream(&known, 8 * DAY + 2 * HOUR, HOUR, 20 * GIB, 200 * MIB);
	ck_assert_uint_eq(told, 0);
}
END_TEST

START_TEST(after_a_restart_a_backup_is_still_the_usual_one)
{
	struct reach_record r = { .uid = 0, .unit = "backup.service", .name = "backup.example.org", .days = 30,
		.first_s = WALL - 30 * DAY, .last_s = WALL - DAY / 2, .bytes = { 30 * 20 * GIB, GIB }, .day_bytes = 20 * GIB,
		.day_most = 21 * GIB };

	ck_assert_int_eq(addr_parse("198.51.100.1", &r.to), 0);
	exfil_teach(x, &r, (mono_t){ 60 * NS_PER_S }, WALL);
	stream(&known, HOUR, HOUR, 22 * GIB, 200 * MIB);
	ck_assert_uint_eq(told, 0);
	stream(&known, 2 * HOUR, 2 * HOUR, 80 * GIB, 200 * MIB);
	ck_assert_uint_eq(told, 1);
}
END_TEST

START_TEST(a_backup_over_many_addresses_of_one_name_is_their_sum)
{
	for (int i = 0; i < 16; i++) {
		struct reach_record r = { .unit = "backup.service", .name = "backup.example.org", .days = 30,
			.to = addr_v4((const uint8_t[]){ 198, 51, 100, (uint8_t)i }), .first_s = WALL - 30 * DAY,
			.last_s = WALL - DAY / 2, .bytes = { 30 * GIB, MIB }, .day_bytes = GIB, .day_most = GIB };

		exfil_teach(x, &r, (mono_t){ 60 * NS_PER_S }, WALL);
	}
	stream(&known, HOUR, HOUR, 16 * GIB, 200 * MIB);
	ck_assert_uint_eq(told, 0);
}
END_TEST

START_TEST(lessons_from_the_end_of_time_do_no_harm)
{
	struct reach_record r = { .unit = "a.service", .name = "drop.example.net", .days = 1, .first_s = 0,
		.last_s = UINT32_MAX, .bytes = { UINT64_MAX, UINT64_MAX }, .day_bytes = UINT64_MAX, .day_most = UINT64_MAX };

	r.to = addr_v4((const uint8_t[]){ 203, 0, 113, 9 });
	exfil_teach(x, &r, (mono_t){ 0 }, WALL);
	r.first_s = UINT32_MAX;
	r.last_s = 0;
	exfil_teach(x, &r, (mono_t){ 0 }, WALL);
	move(&stranger, 0, UINT64_MAX, UINT64_MAX);
	move(&stranger, 0, UINT64_MAX, 0);
	move(&stranger, 40000 * DAY, UINT64_MAX, 0);
	ck_assert_uint_eq(told, 0);
}
END_TEST

START_TEST(it_is_as_small_as_promised)
{
	ck_assert_uint_le(exfil_bytes(), 2u << 20);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("detect_exfil");
	TCase *c = tcase_create("detect_exfil");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, an_upload_of_200_MiB_to_a_new_host_is_found_while_it_runs);
	tcase_add_test(c, an_upload_of_200_MiB_that_is_told_at_its_end_is_found_too);
	tcase_add_test(c, what_stays_below_the_limit_is_not);
	tcase_add_test(c, a_backup_of_20_GiB_each_night_is_told_in_its_first_alone);
	tcase_add_test(c, whenever_in_the_night_it_runs);
	tcase_add_test(c, a_backup_that_grows_by_3_percent_a_night_is_left_alone);
	tcase_add_test(c, a_tenfold_backup_is_told);
	tcase_add_test(c, another_actor_who_sends_to_the_backups_host_is_told);
	tcase_add_test(c, a_trickle_of_5_MiB_each_ten_minutes_is_found);
	tcase_add_test(c, a_trickle_a_tenth_of_that_is_found_within_a_day);
	tcase_add_test(c, a_trickle_to_whom_is_known_is_a_service);
	tcase_add_test(c, one_upload_with_keepalives_behind_it_is_no_trickle);
	tcase_add_test(c, git_pushes_are_nothing);
	tcase_add_test(c, video_calls_are_symmetric);
	tcase_add_test(c, photos_to_a_cloud_that_is_used_are_nothing);
	tcase_add_test(c, downloads_are_nothing);
	tcase_add_test(c, a_download_of_other_hours_hides_no_upload);
	tcase_add_test(c, what_is_scattered_over_50_hosts_is_found_by_its_sum);
	tcase_add_test(c, what_is_scattered_by_many_of_ours_is_not_one_sum);
	tcase_add_test(c, what_was_told_of_one_is_not_told_again_of_all);
	tcase_add_test(c, names_below_one_domain_and_addresses_of_one_64_are_one_destination);
	tcase_add_test(c, it_is_said_once_a_day);
	tcase_add_test(c, small_steps_add_up);
	tcase_add_test(c, rules_that_are_off_tell_nothing);
	tcase_add_test(c, a_flood_of_destinations_costs_small_ones_alone);
	tcase_add_test(c, after_a_restart_a_backup_is_still_the_usual_one);
	tcase_add_test(c, a_backup_over_many_addresses_of_one_name_is_their_sum);
	tcase_add_test(c, lessons_from_the_end_of_time_do_no_harm);
	tcase_add_test(c, it_is_as_small_as_promised);
	suite_add_tcase(suite, c);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}
