/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two snapshots and what happened between them: rates that a remade interface, a reused port or a full table cannot
 * turn into nonsense.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/live.h"
#include "core/packet.h"

static struct live_snapshot *before, *now;
static struct live_view *seen, *view;
static struct live_work *work;

static void set_up(void)
{
	struct hash_key key;

	hash_key_from_seed(&key, 1);
	before = calloc(1, sizeof(*before));
	now = calloc(1, sizeof(*now));
	seen = calloc(1, sizeof(*seen));
	view = calloc(1, sizeof(*view));
	work = live_work_create(malloc(live_work_bytes()), &key);
	before->at.ns = 100 * NS_PER_S;
	now->at.ns = 102 * NS_PER_S;
	before->walked = now->walked = true;
}

static void tear_down(void)
{
	free(before);
	free(now);
	free(seen);
	free(view);
	free(work);
}

static struct live_flow *add_flow(struct live_snapshot *s, uint64_t id, uint16_t port, uint64_t in, uint64_t out)
{
	struct live_flow *f = &s->flows[s->n_flows++];

	*f = (struct live_flow){ .id = id, .local = addr_v4((const uint8_t[]){ 192, 0, 2, 1 }), .local_port = 80,
		.remote = addr_v4((const uint8_t[]){ 198, 51, 100, 7 }), .remote_port = port, .proto = PROTO_TCP,
		.state = SOCKET_ESTABLISHED, .counted = true, .bytes = { in, out }, .process = LIVE_NOBODY,
		.service = LIVE_NOBODY };
	return f;
}

static void run(void)
{
	live_diff(work, NULL, NULL, before, seen);
	live_diff(work, before, seen, now, view);
}

START_TEST(the_first_snapshot_has_no_rates)
{
	add_flow(now, 1, 1000, 5000, 6000);
	now->sample.n_links = 1;
	now->sample.links[0] = (struct link_counters){ .index = 2, .name = "eth0", .bytes = { 77, 88 } };
	live_diff(work, NULL, NULL, now, view);
	ck_assert_int_eq(view->span_ns, 0);
	ck_assert_uint_eq(view->flows[0].bytes[HOST_IN], 0);
	ck_assert_int_eq(view->flows[0].since.ns, now->at.ns);
	ck_assert(!view->flows[0].fresh);
	ck_assert_uint_eq(view->links[0].bytes[HOST_IN], 0);
	ck_assert_uint_eq(view->links[0].total[HOST_OUT], 88);
}
END_TEST

START_TEST(a_flow_has_the_rate_of_what_it_grew_by)
{
	add_flow(before, 1, 1000, 5000, 100);
	add_flow(before, 2, 1001, 10, 10);
	add_flow(now, 2, 1001, 10, 10); /* in another order than before */
	add_flow(now, 1, 1000, 25000, 300);
	run();
	ck_assert_int_eq(view->span_ns, 2 * NS_PER_S);
	ck_assert_uint_eq(view->flows[0].bytes[HOST_IN], 0);
	ck_assert_uint_eq(view->flows[1].bytes[HOST_IN], 10000);
	ck_assert_uint_eq(view->flows[1].bytes[HOST_OUT], 100);
	ck_assert(!view->flows[1].fresh);
	ck_assert_int_eq(view->flows[1].since.ns, before->at.ns);
}
END_TEST

START_TEST(a_flow_that_began_in_between_counts_from_zero)
{
	add_flow(now, 9, 1000, 4000, 0);
	run();
	ck_assert(view->flows[0].fresh);
	ck_assert_uint_eq(view->flows[0].bytes[HOST_IN], 2000);
	ck_assert_int_eq(view->flows[0].since.ns, now->at.ns);
}
END_TEST

START_TEST(the_same_ends_under_another_cookie_are_another_connection)
{
	add_flow(before, 1, 1000, 1000000, 0);
	add_flow(now, 2, 1000, 1000400, 0);
	run();
	ck_assert(view->flows[0].fresh);
	ck_assert_uint_eq(view->flows[0].bytes[HOST_IN], 500200);
	ck_assert_int_eq(view->flows[0].since.ns, now->at.ns);
}
END_TEST

START_TEST(time_wait_is_no_new_connection)
{
	add_flow(before, 1, 1000, 700, 0);
	struct live_flow *f = add_flow(now, 2, 1000, 0, 0);

	f->state = SOCKET_TIME_WAIT;
	f->counted = false;
	run();
	ck_assert(!view->flows[0].fresh);
	ck_assert_uint_eq(view->flows[0].bytes[HOST_IN], 0);
	ck_assert_int_eq(view->flows[0].since.ns, before->at.ns);
}
END_TEST

/* Else the bytes of its whole life would look like those of one second. */
START_TEST(a_flow_that_found_no_room_before_counts_nothing)
{
	before->flows_cut = 1;
	add_flow(now, 1, 1000, UINT64_C(1) << 40, 0);
	run();
	ck_assert(!view->flows[0].fresh);
	ck_assert_uint_eq(view->flows[0].bytes[HOST_IN], 0);
}
END_TEST

START_TEST(a_full_table_is_met_again_whole)
{
	for (uint32_t i = 0; i < LIVE_FLOWS; i++) {
		add_flow(before, i + 1, (uint16_t)(i + 1), 0, 0);
		add_flow(now, i + 1, (uint16_t)(i + 1), 2 * i, 0);
	}
	run();
	for (uint32_t i = 0; i < LIVE_FLOWS; i++)
		ck_assert_uint_eq(view->flows[i].bytes[HOST_IN], i);
}
END_TEST

START_TEST(nobody_counts_what_nobody_counts)
{
	add_flow(before, 1, 1000, 100, 0)->counted = false;
	add_flow(now, 1, 1000, 900, 0)->counted = false;
	run();
	ck_assert_uint_eq(view->flows[0].bytes[HOST_IN], 0);
}
END_TEST

static void add_link(struct live_snapshot *s, uint32_t index, const char *name, uint64_t in, uint64_t dropped)
{
	struct link_counters *l = &s->sample.links[s->sample.n_links++];

	*l = (struct link_counters){ .index = index, .bytes = { in, 0 }, .dropped = { dropped, 0 } };
	memcpy(l->name, name, strlen(name));
}

START_TEST(an_interface_made_anew_counts_from_zero)
{
	add_link(before, 2, "eth0", 1000000, 50);
	add_link(now, 2, "eth0", 3000, 4);
	run();
	ck_assert_uint_eq(view->links[0].bytes[HOST_IN], 1500);
	ck_assert_uint_eq(view->links[0].dropped[HOST_IN], 2);
}
END_TEST

START_TEST(an_interface_that_came_in_between_has_no_rate_yet)
{
	add_link(before, 2, "eth0", 10, 0);
	add_link(now, 2, "eth0", 10, 0);
	add_link(now, 3, "wg0", UINT64_C(1) << 50, 0); /* moved here from another namespace, with its counters */
	add_link(now, 2, "veth9", 5000, 0);            /* the number was given again */
	run();
	ck_assert_uint_eq(view->links[1].bytes[HOST_IN], 0);
	ck_assert_uint_eq(view->links[2].bytes[HOST_IN], 0);
}
END_TEST

START_TEST(protocols_are_told_where_both_samples_know_them)
{
	now->sample.packets[HOST_TCP][HOST_IN] = 500;
	now->sample.known = KNOWN_PROTOS;
	run();
	ck_assert_uint_eq(view->packets[HOST_TCP][HOST_IN], 0);
	before->sample.known = KNOWN_PROTOS;
	run();
	ck_assert_uint_eq(view->packets[HOST_TCP][HOST_IN], 250);
}
END_TEST

START_TEST(services_and_processes_are_sums_of_their_flows)
{
	struct live_process who = { .pid = 7, .uid = 33, .comm = "web" };
	struct live_flow *f;

	now->n_services = 1;
	now->services[0] = (struct live_service){ .proto = PROTO_TCP, .port = 80 };
	add_flow(before, 1, 1000, 0, 0);
	f = add_flow(now, 1, 1000, 100, 2000);
	f->service = 0;
	f->process = live_process_of(now, &who);
	f = add_flow(now, 2, 1001, 300, 0);
	f->service = 0;
	f->process = live_process_of(now, &who);
	f = add_flow(now, 3, 1002, 800, 0);
	f->process = live_process_of(now, &who);
	f->loopback = true;
	run();
	ck_assert_uint_eq(now->n_processes, 1);
	ck_assert_uint_eq(view->services[0].begun_centi, 50);
	ck_assert_uint_eq(view->services[0].bytes[HOST_IN], 200);
	ck_assert_uint_eq(view->services[0].bytes[HOST_OUT], 1000);
	ck_assert_uint_eq(view->processes[0].flows, 2);
	ck_assert_uint_eq(view->processes[0].bytes[HOST_IN], 200);
}
END_TEST

START_TEST(sockets_without_a_process_are_told_apart_by_user_and_cgroup)
{
	struct live_process p = { .uid = 33, .cgroup = 5 };
	uint32_t first = live_process_of(now, &p);

	ck_assert_uint_eq(live_process_of(now, &p), first);
	p.cgroup = 6;
	ck_assert_uint_ne(live_process_of(now, &p), first);
	p.pid = 1;
	ck_assert_uint_ne(live_process_of(now, &p), first);
	for (uint32_t i = now->n_processes; i < LIVE_PROCESSES; i++) {
		p.pid++;
		live_process_of(now, &p);
	}
	p.pid++;
	ck_assert_uint_eq(live_process_of(now, &p), LIVE_NOBODY);
	ck_assert_uint_eq(now->processes_cut, 1);
}
END_TEST

/* Counters near 2^64 (a broken driver) give a great number, no overflow; a clock that stood still gives none. */
START_TEST(no_counter_and_no_clock_breaks_the_sum)
{
	add_flow(before, 1, 1000, 0, 0);
	add_flow(now, 1, 1000, UINT64_MAX, UINT64_MAX / 4);
	run();
	ck_assert_uint_gt(view->flows[0].bytes[HOST_IN], UINT64_MAX / 2 - 100000);
	now->at = before->at;
	run();
	ck_assert_int_eq(view->span_ns, 0);
	ck_assert_uint_eq(view->flows[0].bytes[HOST_IN], 0);
	now->at.ns = before->at.ns - NS_PER_S;
	run();
	ck_assert_int_eq(view->span_ns, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("live");
	TCase *c = tcase_create("live");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, the_first_snapshot_has_no_rates);
	tcase_add_test(c, a_flow_has_the_rate_of_what_it_grew_by);
	tcase_add_test(c, a_flow_that_began_in_between_counts_from_zero);
	tcase_add_test(c, the_same_ends_under_another_cookie_are_another_connection);
	tcase_add_test(c, time_wait_is_no_new_connection);
	tcase_add_test(c, a_flow_that_found_no_room_before_counts_nothing);
	tcase_add_test(c, a_full_table_is_met_again_whole);
	tcase_add_test(c, nobody_counts_what_nobody_counts);
	tcase_add_test(c, an_interface_made_anew_counts_from_zero);
	tcase_add_test(c, an_interface_that_came_in_between_has_no_rate_yet);
	tcase_add_test(c, protocols_are_told_where_both_samples_know_them);
	tcase_add_test(c, services_and_processes_are_sums_of_their_flows);
	tcase_add_test(c, sockets_without_a_process_are_told_apart_by_user_and_cgroup);
	tcase_add_test(c, no_counter_and_no_clock_breaks_the_sum);
	suite_add_tcase(suite, c);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
