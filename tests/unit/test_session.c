/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ageing of administrators' sessions, under simulated time.
 */
#include "core/session.h"

#include <check.h>
#include <string.h>

#include "base/err.h"

#define AGE (60 * NS_PER_S)

static struct sessions sessions;
static struct addr guarded[SESSIONS];

static void set_up(void)
{
	memset(&sessions, 0, sizeof(sessions));
}

static mono_t at(int64_t seconds)
{
	return (mono_t){ .ns = seconds * NS_PER_S };
}

static struct addr peer(const char *text)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(text, &a), 0);
	return a;
}

/* A look that finds up to two sessions; NULL for none. */
static size_t look(int64_t second, uint64_t cookie, const char *one, const char *other)
{
	sessions_begin(&sessions);
	if (one) {
		struct addr a = peer(one);

		sessions_see(&sessions, cookie, &a, at(second));
	}
	if (other) {
		struct addr a = peer(other);

		sessions_see(&sessions, cookie + 1, &a, at(second));
	}
	sessions_end(&sessions, AGE, at(second));
	return sessions_guarded(&sessions, guarded, SESSIONS);
}

static bool is_guarded(const char *text)
{
	size_t n = sessions_guarded(&sessions, guarded, SESSIONS);
	struct addr a = peer(text);

	for (size_t i = 0; i < n; i++)
		if (addr_equal(&guarded[i], &a))
			return true;
	return false;
}

START_TEST(a_session_guards_its_peer_when_it_is_old_enough)
{
	ck_assert_uint_eq(look(1000, 7, "192.0.2.5", NULL), 0);
	ck_assert_uint_eq(look(1059, 7, "192.0.2.5", NULL), 0);
	ck_assert_uint_eq(look(1060, 7, "192.0.2.5", NULL), 1);
	ck_assert(is_guarded("192.0.2.5"));
}
END_TEST

START_TEST(short_connections_never_add_up_to_a_session)
{
	for (int64_t t = 0; t < 200; t++)
		ck_assert_uint_eq(look(1000 + t, (uint64_t)t + 1, "192.0.2.5", NULL), 0);
	ck_assert_uint_eq(look(2000, 0, NULL, NULL), 0);
}
END_TEST

START_TEST(the_guard_lingers_for_five_minutes_and_not_longer)
{
	look(1000, 7, "192.0.2.5", NULL);
	look(1060, 7, "192.0.2.5", NULL);
	ck_assert_uint_eq(look(1061, 0, NULL, NULL), 1);
	ck_assert_uint_eq(look(1360, 0, NULL, NULL), 1);
	ck_assert_uint_eq(look(1361, 0, NULL, NULL), 0);
}
END_TEST

START_TEST(who_comes_back_while_his_guard_lingers_lingers_anew)
{
	look(1000, 7, "192.0.2.5", NULL);
	look(1060, 7, "192.0.2.5", NULL);
	look(1061, 0, NULL, NULL);
	look(1300, 8, "192.0.2.5", NULL);
	ck_assert_uint_eq(look(1360, 8, "192.0.2.5", NULL), 1);
	ck_assert_uint_eq(look(1361, 8, "192.0.2.5", NULL), 1);
	look(1400, 0, NULL, NULL);
	ck_assert_uint_eq(look(1699, 0, NULL, NULL), 1);
	ck_assert_uint_eq(look(1700, 0, NULL, NULL), 0);
}
END_TEST

START_TEST(a_session_that_never_grew_old_leaves_no_guard)
{
	look(1000, 7, "192.0.2.5", NULL);
	look(1059, 7, "192.0.2.5", NULL);
	ck_assert_uint_eq(look(1060, 0, NULL, NULL), 0);
}
END_TEST

START_TEST(two_sessions_of_one_peer_are_one_guard)
{
	look(1000, 7, "192.0.2.5", "192.0.2.5");
	ck_assert_uint_eq(look(1060, 7, "192.0.2.5", "192.0.2.5"), 1);
	ck_assert_uint_eq(look(1061, 7, "192.0.2.5", NULL), 1);
	ck_assert_uint_eq(sessions.n, 1);
}
END_TEST

START_TEST(the_order_of_a_look_does_not_matter)
{
	struct addr a = peer("192.0.2.5"), b = peer("2001:db8::5"), c = peer("192.0.2.6");

	for (int64_t t = 0; t <= 60; t++) {
		sessions_begin(&sessions);
		sessions_see(&sessions, t % 2 ? 1 : 3, t % 2 ? &a : &c, at(t));
		sessions_see(&sessions, 2, &b, at(t));
		sessions_see(&sessions, t % 2 ? 3 : 1, t % 2 ? &c : &a, at(t));
		sessions_end(&sessions, AGE, at(t));
		ck_assert_uint_eq(sessions.n, 3);
	}
	ck_assert(is_guarded("192.0.2.5") && is_guarded("2001:db8::5") &&
		is_guarded("192.0.2.6"));
}
END_TEST

START_TEST(a_mapped_peer_is_the_ipv4_one_and_loopback_is_nobody)
{
	look(1000, 7, "::ffff:192.0.2.5", "127.0.0.1");
	ck_assert_uint_eq(look(1060, 7, "::ffff:192.0.2.5", "::1"), 1);
	ck_assert(is_guarded("192.0.2.5"));
	ck_assert_uint_eq(sessions.n, 1);
}
END_TEST

START_TEST(who_is_vouched_for_is_guarded_at_once)
{
	struct addr a = peer("192.0.2.5");

	ck_assert_int_eq(sessions_vouch(&sessions, &a), ERR_ABSENT);
	look(1000, 7, "192.0.2.5", "192.0.2.6");
	ck_assert_int_eq(sessions_vouch(&sessions, &a), 0);
	ck_assert(is_guarded("192.0.2.5") && !is_guarded("192.0.2.6"));
	ck_assert_uint_eq(look(1001, 0, NULL, NULL), 1);
	ck_assert_uint_eq(look(1301, 0, NULL, NULL), 0);
}
END_TEST

static void crowd(int64_t second, uint64_t from, size_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		uint8_t bytes[4] = { 198, 18, (uint8_t)(i >> 8), (uint8_t)i };
		struct addr a = addr_v4(bytes);

		sessions_see(&sessions, from + i, &a, at(second));
	}
}

START_TEST(a_crowd_of_strangers_pushes_nobody_out)
{
	struct addr admin = peer("192.0.2.5");

	look(1000, 7, "192.0.2.5", NULL);
	look(1060, 7, "192.0.2.5", NULL);
	for (int64_t t = 1061; t < 1070; t++) {
		sessions_begin(&sessions);
		crowd(t, 1000 * (uint64_t)t, 2 * SESSIONS);
		sessions_see(&sessions, 7, &admin, at(t));
		sessions_end(&sessions, AGE, at(t));
		ck_assert_uint_eq(sessions_guarded(&sessions, guarded, SESSIONS), 1);
		ck_assert_uint_le(sessions.n, SESSIONS);
	}
	ck_assert_uint_ge(sessions.full, SESSIONS);
}
END_TEST

START_TEST(more_lingerers_than_there_is_room_for_are_counted)
{
	for (int64_t t = 1000; t <= 1060; t += 60) {
		sessions_begin(&sessions);
		crowd(t, 1, SESSIONS);
		sessions_end(&sessions, AGE, at(t));
	}
	ck_assert_uint_eq(sessions_guarded(&sessions, guarded, 10), 10);
	ck_assert_uint_eq(look(1061, 0, NULL, NULL), SESSION_LINGERERS);
	ck_assert_uint_eq(sessions.full, SESSIONS - SESSION_LINGERERS);
	ck_assert_uint_eq(look(1361, 0, NULL, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("session");
	TCase *t = tcase_create("session");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, a_session_guards_its_peer_when_it_is_old_enough);
	tcase_add_test(t, short_connections_never_add_up_to_a_session);
	tcase_add_test(t, the_guard_lingers_for_five_minutes_and_not_longer);
	tcase_add_test(t, who_comes_back_while_his_guard_lingers_lingers_anew);
	tcase_add_test(t, a_session_that_never_grew_old_leaves_no_guard);
	tcase_add_test(t, two_sessions_of_one_peer_are_one_guard);
	tcase_add_test(t, the_order_of_a_look_does_not_matter);
	tcase_add_test(t, a_mapped_peer_is_the_ipv4_one_and_loopback_is_nobody);
	tcase_add_test(t, who_is_vouched_for_is_guarded_at_once);
	tcase_add_test(t, a_crowd_of_strangers_pushes_nobody_out);
	tcase_add_test(t, more_lingerers_than_there_is_room_for_are_counted);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
