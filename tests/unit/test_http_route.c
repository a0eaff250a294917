/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Targets, Host fields, tags and addresses to listen on, as they come off the wire or the command line. */
#include "codec/http_route.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct slice slice_of(const char *s)
{
	return (struct slice){ .at = (const uint8_t *)s, .len = strlen(s) };
}

static int route(const char *target, struct http_route *r)
{
	return http_route(slice_of(target), r);
}

START_TEST(each_place_is_reached_by_its_path)
{
	struct http_route r;

	for (int p = HTTP_INDEX; p < HTTP_PLACES; p++) {
		ck_assert_int_eq(route(http_place_path((enum http_place)p), &r), 200);
		ck_assert_int_eq((int)r.place, p);
		ck_assert_uint_eq(r.from, 0);
	}
}
END_TEST

START_TEST(what_only_resembles_a_path_is_none)
{
	static const char *const wrong[] = { "", "*", "metrics", "/metrics/", "//metrics", "/./metrics", "/x/../metrics",
		"/%6detrics", "/METRICS", "/api", "/api/v1/", "/api/v2/status", "/metrics#top", "/report.html", "/metrics ",
		"https://localhost/metrics", "http://localhost", "http://", "http:/metrics", "/api/v1/ban" };
	struct http_route r;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert_msg(route(wrong[i], &r) == 404, "%s", wrong[i]);
		ck_assert_int_eq((int)r.place, HTTP_NOWHERE);
	}
}
END_TEST

START_TEST(a_page_begins_where_it_is_told_to)
{
	struct http_route r;

	ck_assert_int_eq(route("/api/v1/blocks?from=64", &r), 200);
	ck_assert_uint_eq(r.from, 64);
	ck_assert_int_eq(route("/api/v1/incidents?from=2147483647", &r), 200);
	ck_assert_uint_eq(r.from, INT32_MAX);
	ck_assert_int_eq(route("/api/v1/limits?from=0", &r), 200);
}
END_TEST

START_TEST(a_question_that_nobody_knows_is_refused)
{
	static const char *const wrong[] = { "/api/v1/blocks?", "/api/v1/blocks?from=", "/api/v1/blocks?from=-1",
		"/api/v1/blocks?from=+1", "/api/v1/blocks?from=1x", "/api/v1/blocks?from=2147483648",
		"/api/v1/blocks?from=99999999999999999999", "/api/v1/blocks?from=1&from=2", "/api/v1/blocks?to=1",
		"/api/v1/blocks?FROM=1", "/metrics?from=1", "/metrics?", "/?x", "/api/v1/blocks??from=1" };
	struct http_route r;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(route(wrong[i], &r) == 400, "%s", wrong[i]);
}
END_TEST

START_TEST(a_target_that_is_too_long_is_said_to_be)
{
	char long_one[HTTP_TARGET + 2];
	struct http_route r;

	memset(long_one, 'a', sizeof(long_one));
	long_one[0] = '/';
	long_one[HTTP_TARGET + 1] = '\0';
	ck_assert_int_eq(route(long_one, &r), 414);
	long_one[HTTP_TARGET] = '\0';
	ck_assert_int_eq(route(long_one, &r), 404);
}
END_TEST

START_TEST(a_target_in_absolute_form_names_its_host)
{
	struct http_route r;

	ck_assert_int_eq(route("HTTP://evil.example:80/metrics", &r), 200);
	ck_assert_int_eq((int)r.place, HTTP_METRICS);
	ck_assert_uint_eq(r.authority.len, strlen("evil.example:80"));
	ck_assert_int_eq(memcmp(r.authority.at, "evil.example:80", r.authority.len), 0);
	ck_assert_int_eq(route("/metrics", &r), 200);
	ck_assert_uint_eq(r.authority.len, 0);
}
END_TEST

START_TEST(loopback_by_any_name_is_ours)
{
	static const struct http_names none = { .n = 0 };
	static const char *const right[] = { "localhost", "LocalHost:9909", "127.0.0.1", "127.0.0.1:9909", "127.8.9.1:1",
		"[::1]", "[::1]:65535" };

	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		ck_assert_msg(http_host_is_ours(slice_of(right[i]), &none), "%s", right[i]);
}
END_TEST

START_TEST(a_name_that_a_stranger_could_own_is_not_ours)
{
	static const struct http_names none = { .n = 0 };
	static const char *const wrong[] = { "", ":", ":9909", "evil.example", "localhost.evil.example", "localhost.",
		"xlocalhost", "127.0.0.1.evil.example", "192.0.2.1", "[2001:db8::1]", "[::1", "::1", "[::1]x", "[::1]:",
		"localhost:", "localhost:0", "localhost:65536", "localhost:99x", "localhost:9909 ", " localhost",
		"evil@localhost", "localhost/", "0.0.0.0", "[::]", "[fe80::1%25lo]", "[127.0.0.1", "2130706433" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!http_host_is_ours(slice_of(wrong[i]), &none), "%s", wrong[i]);
}
END_TEST

START_TEST(names_and_addresses_that_were_told_are_ours)
{
	struct http_names n = { .names = { "gate.example" }, .n = 1, .n_own = 1 };

	ck_assert_int_eq(addr_parse("192.0.2.1", &n.own[0]), 0);
	ck_assert(http_host_is_ours(slice_of("Gate.Example:8443"), &n));
	ck_assert(http_host_is_ours(slice_of("192.0.2.1"), &n));
	ck_assert(!http_host_is_ours(slice_of("192.0.2.2"), &n));
	ck_assert(!http_host_is_ours(slice_of("a.gate.example"), &n));
	n.any_address = true;
	ck_assert(http_host_is_ours(slice_of("192.0.2.2"), &n));
	ck_assert(!http_host_is_ours(slice_of("evil.example"), &n));
}
END_TEST

START_TEST(a_nul_in_a_host_ends_nothing)
{
	static const struct http_names none = { .n = 0 };
	static const char sly[] = "127.0.0.1\0.evil.example";

	ck_assert(!http_host_is_ours((struct slice){ .at = (const uint8_t *)sly, .len = sizeof(sly) - 1 }, &none));
}
END_TEST

START_TEST(a_tag_matches_in_a_list_weak_or_as_a_star)
{
	ck_assert(http_tag_matches(slice_of("\"1-2\""), "\"1-2\""));
	ck_assert(http_tag_matches(slice_of("W/\"1-2\""), "\"1-2\""));
	ck_assert(http_tag_matches(slice_of("\"x\", \t\"1-2\" "), "\"1-2\""));
	ck_assert(http_tag_matches(slice_of(" * "), "\"1-2\""));
	ck_assert(!http_tag_matches(slice_of(""), "\"1-2\""));
	ck_assert(!http_tag_matches(slice_of("1-2"), "\"1-2\""));
	ck_assert(!http_tag_matches(slice_of("\"1-23\",,"), "\"1-2\""));
	ck_assert(!http_tag_matches(slice_of("W/"), "\"1-2\""));
}
END_TEST

START_TEST(an_address_to_listen_on_has_a_port)
{
	struct addr a;
	uint16_t port;
	static const char *const wrong[] = { "", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536",
		"localhost:9909", "::1:9909", "[::1]", "[::1]9909", "[::1:9909", "127.0.0.1:99 ", "[]:1", ":9909" };

	ck_assert_int_eq(http_listen_parse("127.0.0.1:9909", &a, &port), 0);
	ck_assert_uint_eq(port, 9909);
	ck_assert(addr_is_loopback(&a));
	ck_assert_int_eq(http_listen_parse("[::1]:1", &a, &port), 0);
	ck_assert_uint_eq(a.family, FAMILY_V6);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(http_listen_parse(wrong[i], &a, &port) != 0, "%s", wrong[i]);
}
END_TEST

START_TEST(a_name_to_be_asked_by_is_a_name)
{
	char long_one[HTTP_NAME + 1];

	memset(long_one, 'a', sizeof(long_one));
	long_one[HTTP_NAME] = '\0';
	ck_assert(!http_name_is_valid(long_one));
	long_one[HTTP_NAME - 1] = '\0';
	ck_assert(http_name_is_valid(long_one));
	ck_assert(http_name_is_valid("gate-1.example"));
	ck_assert(!http_name_is_valid(""));
	ck_assert(!http_name_is_valid("gate.example:80"));
	ck_assert(!http_name_is_valid("*"));
}
END_TEST

START_TEST(what_tells_of_addresses_is_known)
{
	ck_assert(!http_place_tells_addresses(HTTP_METRICS));
	ck_assert(!http_place_tells_addresses(HTTP_HEALTHZ));
	ck_assert(!http_place_tells_addresses(HTTP_API_VERSION));
	ck_assert(http_place_tells_addresses(HTTP_API_STATUS));
	ck_assert(http_place_tells_addresses(HTTP_API_BLOCKS));
	ck_assert(http_place_tells_addresses(HTTP_REPORT));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("http_route");
	TCase *t = tcase_create("http_route");

	tcase_add_test(t, each_place_is_reached_by_its_path);
	tcase_add_test(t, what_only_resembles_a_path_is_none);
	tcase_add_test(t, a_page_begins_where_it_is_told_to);
	tcase_add_test(t, a_question_that_nobody_knows_is_refused);
	tcase_add_test(t, a_target_that_is_too_long_is_said_to_be);
	tcase_add_test(t, a_target_in_absolute_form_names_its_host);
	tcase_add_test(t, loopback_by_any_name_is_ours);
	tcase_add_test(t, a_name_that_a_stranger_could_own_is_not_ours);
	tcase_add_test(t, names_and_addresses_that_were_told_are_ours);
	tcase_add_test(t, a_nul_in_a_host_ends_nothing);
	tcase_add_test(t, a_tag_matches_in_a_list_weak_or_as_a_star);
	tcase_add_test(t, an_address_to_listen_on_has_a_port);
	tcase_add_test(t, a_name_to_be_asked_by_is_a_name);
	tcase_add_test(t, what_tells_of_addresses_is_known);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(suite());

	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
