/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a list and what its actor does have come apart. */
#include "app/ctl_egress.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "core/packet.h"

static struct allowlists lists;
static struct reach_record records[8];
static struct egress_met met = { .list = records };
static bool used[ALLOWLIST_ENTRIES];

static void entry(const char *name, const char *prefix, uint16_t port)
{
	struct allow_entry e = { .proto = PROTO_TCP, .port_first = port, .port_last = port };

	snprintf(e.name, sizeof(e.name), "%s", name);
	if (prefix)
		ck_assert_int_eq(prefix_parse(prefix, &e.prefix), 0);
	ck_assert_int_eq(allowlist_add(&lists, 0, &e), 0);
}

static void reached(const char *to, const char *name, uint16_t port, int64_t last_s)
{
	struct reach_record *r = &records[met.n++];

	memset(r, 0, sizeof(*r));
	ck_assert_int_eq(addr_parse(to, &r->to), 0);
	snprintf(r->name, sizeof(r->name), "%s", name);
	r->proto = PROTO_TCP;
	r->port = port;
	r->last_s = last_s;
}

START_TEST(what_is_not_held_and_what_is_not_used_are_told)
{
	size_t list, strange = 99;

	memset(&lists, 0, sizeof(lists));
	allowlist_begin(&lists, "a", &list);
	entry("*.a.net", NULL, 443);
	entry("", "10.0.0.0/8", 22);
	entry("never.net", NULL, 443);
	reached("192.0.2.1", "x.a.net", 443, 100);
	reached("10.1.1.1", "", 22, 5);          /* long ago, but it shows that the entry is of use */
	reached("192.0.2.1", "x.a.net", 80, 100);
	reached("192.0.2.2", "old.net", 80, 5);  /* long ago */
	reached("192.0.2.3", "", 6667, 10);
	reached("127.0.0.1", "", 25, 100);       /* loopback is never cut */
	ctl_egress_judge(&lists, &met, 10, &strange, used);
	ck_assert_uint_eq(strange, 2);
	ck_assert_uint_eq(records[0].port, 80);
	ck_assert_uint_eq(records[1].port, 6667);
	ck_assert(used[0]);
	ck_assert(used[1]);
	ck_assert(!used[2]);
}
END_TEST

START_TEST(nothing_met_leaves_all_unused)
{
	struct egress_met none = { .n = 0 };
	size_t list, strange = 99;

	memset(&lists, 0, sizeof(lists));
	allowlist_begin(&lists, "a", &list);
	entry("a.net", NULL, 443);
	used[0] = true;
	ctl_egress_judge(&lists, &none, 0, &strange, used);
	ck_assert_uint_eq(strange, 0);
	ck_assert(!used[0]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ctl_egress");
	TCase *tc = tcase_create("ctl_egress");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, what_is_not_held_and_what_is_not_used_are_told);
	tcase_add_test(tc, nothing_met_leaves_all_unused);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}
