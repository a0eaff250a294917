/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who serves what, in order and each owner once. */
#include "core/service_owner.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "core/packet.h"

static struct service_owner list[8];
static size_t n;

static void make(void)
{
	n = 0;
}

static int add(uint8_t proto, uint16_t port, uint32_t uid, uint64_t cgroup, uint32_t inode)
{
	struct service_owner o = { .proto = proto, .port = port, .owner = { .uid = uid, .inode = inode, .cgroup = cgroup } };

	return service_owners_add(list, &n, 4, &o);
}

START_TEST(workers_of_one_owner_are_one_with_the_lowest_inode)
{
	add(PROTO_TCP, 80, 33, 7, 0);
	add(PROTO_TCP, 80, 33, 7, 900);
	add(PROTO_TCP, 80, 33, 7, 800);
	add(PROTO_TCP, 80, 33, 7, 0);
	add(PROTO_TCP, 80, 33, 7, 850);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(list[0].owner.inode, 800);
	ck_assert_uint_eq(list[0].owner.uid, 33);
}
END_TEST

START_TEST(owners_that_share_a_port_stay_apart)
{
	add(PROTO_UDP, 5353, 1000, 9, 5);
	add(PROTO_UDP, 5353, 107, 9, 6);
	add(PROTO_UDP, 5353, 107, 8, 7);
	add(PROTO_TCP, 5353, 107, 9, 8);
	ck_assert_uint_eq(n, 4);
	ck_assert_uint_eq(list[0].proto, PROTO_TCP);
	ck_assert_uint_eq(list[1].owner.inode, 7);
	ck_assert_uint_eq(list[2].owner.inode, 6);
	ck_assert_uint_eq(list[3].owner.inode, 5);
}
END_TEST

START_TEST(what_finds_no_room_changes_nothing)
{
	struct service_owner before[8];

	for (uint16_t port = 1; port <= 4; port++)
		ck_assert_int_eq(add(PROTO_TCP, (uint16_t)(10 * port), 0, 0, port), 0);
	memcpy(before, list, sizeof(before));
	ck_assert_int_eq(add(PROTO_TCP, 15, 0, 0, 1), ERR_FULL);
	ck_assert_int_eq(add(PROTO_TCP, 99, 0, 0, 1), ERR_FULL);
	ck_assert_int_eq(add(PROTO_TCP, 40, 0, 0, 9), 0); /* there already */
	ck_assert_uint_eq(n, 4);
	ck_assert_mem_eq(before, list, sizeof(before));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("service_owner");
	TCase *t = tcase_create("service_owner");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, make, NULL);
	tcase_add_test(t, workers_of_one_owner_are_one_with_the_lowest_inode);
	tcase_add_test(t, owners_that_share_a_port_stay_apart);
	tcase_add_test(t, what_finds_no_room_changes_nothing);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
