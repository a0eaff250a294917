/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Incidents: opened, found again, closed by silence, evicted by age; and their ids.
 */
#include "core/incident.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

#define HOUR (3600 * NS_PER_S)

static struct incidents *s;
static void *memory;

static void start(size_t most, uint64_t seed)
{
	size_t bytes = incidents_bytes(most);
	struct hash_key key;

	hash_key_from_seed(&key, seed);
	free(memory);
	memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
	ck_assert_int_eq(incidents_create(&s, memory, bytes, most, &key), 0);
}

static struct subject number(unsigned n)
{
	const uint8_t bytes[4] = { 10, 0, (uint8_t)(n >> 8), (uint8_t)n };
	struct addr a = addr_v4(bytes);

	return (struct subject){ .kind = SUBJECT_SOURCE, .source = prefix_of(&a, 32) };
}

static struct incident *open_at(unsigned n, int64_t ns)
{
	struct subject who = number(n);

	return incidents_open(s, &who, (mono_t){ ns });
}

static struct incident *latest(unsigned n)
{
	struct subject who = number(n);

	return incidents_by_subject(s, &who);
}

START_TEST(a_subject_with_news_keeps_its_incident)
{
	struct incident *i;

	start(8, 1);
	i = open_at(1, 0);
	ck_assert_uint_ne(i->id, 0);
	ck_assert_ptr_eq(open_at(1, HOUR - 1), i);
	ck_assert_ptr_eq(open_at(1, 2 * HOUR - 2), i);
	ck_assert_int_eq(i->opened.ns, 0);
	ck_assert_int_eq(i->last.ns, 2 * HOUR - 2);
	ck_assert_uint_eq(incidents_count(s), 1);
}
END_TEST

START_TEST(an_hour_of_silence_closes_it_and_the_next_is_another)
{
	struct incident *first, *second;
	uint64_t id;

	start(8, 1);
	first = open_at(1, 0);
	id = first->id;
	second = open_at(1, HOUR);
	ck_assert_ptr_ne(second, first);
	ck_assert_uint_ne(second->id, id);
	ck_assert_ptr_eq(latest(1), second);
	ck_assert_ptr_eq(incidents_by_id(s, id), first);
	ck_assert_uint_eq(incidents_count(s), 2);
}
END_TEST

START_TEST(what_is_no_subject_of_ours_and_no_id_is_not_found)
{
	start(8, 1);
	open_at(1, 0);
	ck_assert_ptr_null(latest(2));
	ck_assert_ptr_null(incidents_by_id(s, 0));
	ck_assert_ptr_null(incidents_by_id(s, 12345));
}
END_TEST

START_TEST(services_and_the_host_have_incidents_too)
{
	struct subject web = { .kind = SUBJECT_SERVICE, .proto = 6, .port = 80 };
	struct subject dns = { .kind = SUBJECT_SERVICE, .proto = 17, .port = 53 };
	struct subject host = { .kind = SUBJECT_HOST };
	struct incident *i;

	start(8, 1);
	i = incidents_open(s, &web, (mono_t){ 0 });
	ck_assert_ptr_ne(incidents_open(s, &dns, (mono_t){ 0 }), i);
	ck_assert_ptr_ne(incidents_open(s, &host, (mono_t){ 0 }), i);
	ck_assert_ptr_eq(incidents_by_subject(s, &web), i);
	ck_assert_uint_eq(incidents_count(s), 3);
}
END_TEST

START_TEST(who_is_called_and_who_calls_have_incidents_of_their_own)
{
	struct subject source = number(1), there = number(1), other = number(2);
	struct subject bob = { .kind = SUBJECT_ACTOR, .actor = { .kind = ACTOR_USER, .uid = 1000 } };
	struct subject group = { .kind = SUBJECT_ACTOR, .actor = { .kind = ACTOR_GROUP, .cgroup = 1000, .level = 2 } };
	struct subject deeper = { .kind = SUBJECT_ACTOR, .actor = { .kind = ACTOR_GROUP, .cgroup = 1000, .uid = 7 } };
	struct subject eve = { .kind = SUBJECT_ACTOR, .actor = { .kind = ACTOR_USER, .uid = 1001, .cgroup = 9 } };
	struct incident *i, *j;

	there.kind = other.kind = SUBJECT_DESTINATION;
	start(8, 1);
	incidents_open(s, &source, (mono_t){ 0 });
	i = incidents_open(s, &there, (mono_t){ 0 });
	incidents_open(s, &other, (mono_t){ 0 });
	ck_assert_ptr_eq(incidents_by_subject(s, &there), i);
	ck_assert_ptr_ne(incidents_by_subject(s, &other), i);
	ck_assert_ptr_ne(incidents_by_subject(s, &source), i);
	i = incidents_open(s, &bob, (mono_t){ 0 });
	j = incidents_open(s, &group, (mono_t){ 0 });
	incidents_open(s, &eve, (mono_t){ 0 });
	ck_assert_ptr_eq(incidents_by_subject(s, &bob), i);
	ck_assert_ptr_eq(incidents_by_subject(s, &group), j);
	ck_assert_ptr_eq(incidents_by_subject(s, &deeper), j);
	ck_assert_uint_eq(incidents_count(s), 6);
}
END_TEST

START_TEST(the_one_that_was_silent_for_longest_makes_room)
{
	uint64_t id;

	start(4, 1);
	for (unsigned n = 0; n < 4; n++)
		open_at(n, n);
	id = latest(1)->id;
	open_at(0, 10); /* news: it is the youngest now */
	open_at(9, 11);
	ck_assert_uint_eq(incidents_count(s), 4);
	ck_assert_ptr_null(latest(1));
	ck_assert_ptr_null(incidents_by_id(s, id));
	ck_assert_ptr_nonnull(latest(0));
	ck_assert_ptr_nonnull(latest(9));
}
END_TEST

START_TEST(evicting_an_old_incident_leaves_the_subjects_new_one)
{
	struct incident *second;

	start(2, 1);
	open_at(1, 0);
	second = open_at(1, HOUR);
	open_at(2, HOUR + 1); /* takes the first one's place */
	ck_assert_ptr_eq(latest(1), second);
}
END_TEST

START_TEST(a_single_place_is_used_over_and_over)
{
	start(1, 1);
	for (unsigned n = 0; n < 100; n++) {
		struct incident *i = open_at(n, n);

		ck_assert_ptr_eq(latest(n), i);
		ck_assert_ptr_eq(incidents_by_id(s, i->id), i);
		ck_assert_uint_eq(i->n_findings, 0);
		i->n_findings = 7;
	}
	ck_assert_uint_eq(incidents_count(s), 1);
}
END_TEST

START_TEST(the_walk_is_newest_first_and_ends)
{
	static const unsigned order[] = { 1, 4, 3, 2, 0 };
	const struct incident *i;
	size_t at = 0;

	start(5, 1);
	ck_assert_ptr_null(incidents_next(s, &at));
	for (unsigned n = 0; n < 5; n++)
		open_at(n, n);
	open_at(1, 9);
	for (unsigned n = 0; n < 5; n++) {
		i = incidents_next(s, &at);
		ck_assert_ptr_eq(i, latest(order[n]));
	}
	ck_assert_ptr_null(incidents_next(s, &at));
	ck_assert_ptr_null(incidents_next(s, &at));
}
END_TEST

START_TEST(ids_are_the_same_for_one_seed_and_others_for_another)
{
	uint64_t first[50];

	start(64, 1);
	for (unsigned n = 0; n < 50; n++)
		first[n] = open_at(n, 0)->id;
	start(64, 1);
	for (unsigned n = 0; n < 50; n++)
		ck_assert_uint_eq(open_at(n, 0)->id, first[n]);
	start(64, 2);
	for (unsigned n = 0; n < 50; n++)
		ck_assert_uint_ne(open_at(n, 0)->id, first[n]);
}
END_TEST

START_TEST(of_many_findings_the_latest_four_are_kept)
{
	struct finding f = { .kind = FINDING_SCAN };
	struct incident *i;

	start(8, 1);
	i = open_at(1, 0);
	for (uint32_t n = 0; n < 6; n++) {
		f.count = n;
		f.at.ns = n;
		incident_add_finding(i, &f);
	}
	ck_assert_uint_eq(i->n_findings, 6);
	ck_assert_uint_eq(i->findings[(i->n_findings - 1) % INCIDENT_FINDINGS].count, 5);
	ck_assert_uint_eq(i->findings[i->n_findings % INCIDENT_FINDINGS].count, 2);
	ck_assert_int_eq(i->last.ns, 5);
}
END_TEST

START_TEST(an_id_reads_back_as_it_is_written)
{
	static const uint64_t ids[] = { 1, 31, 32, 0xfedcba987, (UINT64_C(1) << 40) - 1,
		UINT64_C(1) << 40, (UINT64_C(1) << 55) - 1 };
	char text[INCIDENT_TEXT];

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		uint64_t id = 0;

		incident_id_format(ids[i], text);
		ck_assert_int_eq(incident_id_parse(text, &id), 0);
		ck_assert_uint_eq(id, ids[i]);
	}
	incident_id_format(1, text);
	ck_assert_str_eq(text, "T-00000001");
	incident_id_format((UINT64_C(1) << 55) - 1, text);
	ck_assert_uint_eq(strlen(text), INCIDENT_TEXT - 1);
}
END_TEST

START_TEST(ids_may_be_typed_as_they_are_heard)
{
	uint64_t a, b;

	ck_assert_int_eq(incident_id_parse("T-10AB10K0", &a), 0);
	ck_assert_int_eq(incident_id_parse("t-ioabLok0", &b), 0);
	ck_assert_uint_eq(a, b);
}
END_TEST

START_TEST(what_is_no_id_is_invalid_and_writes_nothing)
{
	static const char *const bad[] = { "", "T", "T-", "T-U", "X-1", "4F7K2Q9M",
		"T-00000000",
		"T-4F7K 2Q9M", "T-4F7K2Q9M!", "T-111111111111", "T--1" };
	uint64_t id = 77;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(incident_id_parse(bad[i], &id), ERR_INVALID);
	ck_assert_uint_eq(id, 77);
}
END_TEST

START_TEST(memory_that_is_too_small_is_refused)
{
	struct hash_key key = { .secret = { 0 } };
	struct incidents *none = NULL;

	start(8, 1);
	ck_assert_int_eq(incidents_create(&none, memory, incidents_bytes(8) - 1, 8, &key),
		ERR_RANGE);
	ck_assert_int_eq(incidents_create(&none, memory, incidents_bytes(8), 0, &key),
		ERR_RANGE);
	ck_assert_ptr_null(none);
	ck_assert_str_eq(incident_effect_name(EFFECT_GUARDED), "guarded");
	ck_assert_str_eq(incident_effect_name((enum incident_effect)99), "unknown");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("incident");
	TCase *c = tcase_create("incident");
	SRunner *r = srunner_create(suite);
	int failed;

	tcase_add_test(c, a_subject_with_news_keeps_its_incident);
	tcase_add_test(c, an_hour_of_silence_closes_it_and_the_next_is_another);
	tcase_add_test(c, what_is_no_subject_of_ours_and_no_id_is_not_found);
	tcase_add_test(c, services_and_the_host_have_incidents_too);
	tcase_add_test(c, who_is_called_and_who_calls_have_incidents_of_their_own);
	tcase_add_test(c, the_one_that_was_silent_for_longest_makes_room);
	tcase_add_test(c, evicting_an_old_incident_leaves_the_subjects_new_one);
	tcase_add_test(c, a_single_place_is_used_over_and_over);
	tcase_add_test(c, the_walk_is_newest_first_and_ends);
	tcase_add_test(c, ids_are_the_same_for_one_seed_and_others_for_another);
	tcase_add_test(c, of_many_findings_the_latest_four_are_kept);
	tcase_add_test(c, an_id_reads_back_as_it_is_written);
	tcase_add_test(c, ids_may_be_typed_as_they_are_heard);
	tcase_add_test(c, what_is_no_id_is_invalid_and_writes_nothing);
	tcase_add_test(c, memory_that_is_too_small_is_refused);
	suite_add_tcase(suite, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	free(memory);
	return failed;
}
