/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the verb live: what nobody measures is left out, never told as 0; and names of programs are told as they are.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "codec/live_json.h"
#include "core/packet.h"

static struct live_snapshot *s;
static struct live_view *v;
static const struct stamp at = { .mono = { .ns = 50 * NS_PER_S }, .wall = { .ns = 1700000000 * NS_PER_S } };

static void set_up(void)
{
	s = calloc(1, sizeof(*s));
	v = calloc(1, sizeof(*v));
	s->at.ns = 50 * NS_PER_S;
	s->n_flows = s->n_services = s->n_processes = 1;
	s->flows[0] = (struct live_flow){ .local = addr_v4((const uint8_t[]){ 192, 0, 2, 1 }), .local_port = 53,
		.remote = addr_v4((const uint8_t[]){ 198, 51, 100, 7 }), .remote_port = 4000, .proto = PROTO_UDP,
		.state = SOCKET_STATES, .direction = FLOW_IN, .process = LIVE_NOBODY, .service = LIVE_NOBODY };
	s->services[0] = (struct live_service){ .proto = PROTO_UDP, .port = 53, .process = LIVE_NOBODY };
	v->flows[0] = (struct live_flow_rate){ .bytes = { 70, 80 }, .since = { 45 * NS_PER_S } };
}

static void tear_down(void)
{
	free(s);
	free(v);
}

static int64_t number(json_t *o, const char *name)
{
	json_t *value = json_object_get(o, name);

	ck_assert_msg(json_is_integer(value), "%s is no number", name);
	return json_integer_value(value);
}

START_TEST(bytes_that_nobody_counts_are_left_out)
{
	json_t *o = live_json_flow(s, v, 0, &at);

	ck_assert_ptr_null(json_object_get(o, "in_bytes_s"));
	ck_assert_ptr_null(json_object_get(o, "state"));
	ck_assert_ptr_null(json_object_get(o, "pid"));
	ck_assert_int_eq(number(o, "age_s"), 5);
	json_decref(o);
	s->flows[0].counted = true;
	o = live_json_flow(s, v, 0, &at);
	ck_assert_int_eq(number(o, "in_bytes_s"), 70);
	ck_assert_int_eq(number(o, "out_bytes_s"), 80);
	json_decref(o);
}
END_TEST

START_TEST(a_datagram_service_has_rates_only_where_they_are_counted)
{
	json_t *o = live_json_service(s, v, 0);

	ck_assert_ptr_null(json_object_get(o, "in_bytes_s"));
	ck_assert_ptr_null(json_object_get(o, "established"));
	json_decref(o);
	s->others_counted = true;
	o = live_json_service(s, v, 0);
	ck_assert_int_eq(number(o, "in_bytes_s"), 0);
	json_decref(o);
	s->services[0].proto = PROTO_TCP;
	s->others_counted = false;
	o = live_json_service(s, v, 0);
	ck_assert_int_eq(number(o, "in_bytes_s"), 0);
	ck_assert_int_eq(number(o, "established"), 0);
	json_decref(o);
}
END_TEST

START_TEST(an_owner_is_told_as_far_as_it_is_known)
{
	json_t *o;

	s->flows[0].process = 0;
	s->processes[0] = (struct live_process){ .uid = OWNER_UNKNOWN, .unit = "a.service" };
	o = live_json_flow(s, v, 0, &at);
	ck_assert_ptr_null(json_object_get(o, "pid"));
	ck_assert_ptr_null(json_object_get(o, "comm"));
	ck_assert_ptr_null(json_object_get(o, "uid"));
	ck_assert_str_eq(json_string_value(json_object_get(o, "unit")), "a.service");
	json_decref(o);
	s->processes[0] = (struct live_process){ .pid = 7, .uid = 0, .comm = "\xff\x1b[2J" };
	o = live_json_flow(s, v, 0, &at);
	ck_assert_int_eq(number(o, "pid"), 7);
	ck_assert_int_eq(number(o, "uid"), 0);
	ck_assert_ptr_nonnull(json_object_get(o, "comm")); /* no UTF-8: escaped, not lost */
	json_decref(o);
}
END_TEST

/* An interface's name of 16 bytes has no end of its own. */
START_TEST(the_name_of_an_interface_ends_where_its_room_ends)
{
	json_t *o;

	memset(v->links[0].name, 'x', LINK_NAME);
	v->links[0].bytes[HOST_IN] = UINT64_MAX;
	o = live_json_link(v, 0);
	ck_assert_uint_eq(strlen(json_string_value(json_object_get(o, "name"))), LINK_NAME);
	ck_assert_int_eq(number(o, "in_bytes_s"), INT64_MAX);
	json_decref(o);
}
END_TEST

START_TEST(the_head_tells_only_what_could_be_read)
{
	json_t *o = live_json_head(s, v, &at), *head = json_object_get(o, "live");

	ck_assert_ptr_null(json_object_get(head, "states"));
	ck_assert_ptr_null(json_object_get(head, "protos"));
	ck_assert_ptr_null(json_object_get(head, "conntrack"));
	json_decref(o);
	s->sample.known = KNOWN_STATES | KNOWN_CONNTRACK;
	s->sample.states[SOCKET_SYN_RECV] = 4;
	s->sample.conntrack = 9;
	s->flows_cut = 2;
	s->processes_cut = 3;
	o = live_json_head(s, v, &at);
	head = json_object_get(o, "live");
	ck_assert_int_eq(number(json_object_get(head, "states"), "SYN-RECV"), 4);
	ck_assert_int_eq(number(head, "conntrack"), 9);
	ck_assert_int_eq(number(head, "cut"), 5);
	json_decref(o);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("live_json");
	TCase *c = tcase_create("live_json");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, bytes_that_nobody_counts_are_left_out);
	tcase_add_test(c, a_datagram_service_has_rates_only_where_they_are_counted);
	tcase_add_test(c, an_owner_is_told_as_far_as_it_is_known);
	tcase_add_test(c, the_name_of_an_interface_ends_where_its_room_ends);
	tcase_add_test(c, the_head_tells_only_what_could_be_read);
	suite_add_tcase(suite, c);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
