/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/allow_shadow.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/packet.h"

static struct allow_shadow *s;
static void *memory;
static struct allowlists before, after;

static void fresh(void)
{
	struct hash_key key;

	hash_key_from_seed(&key, 3);
	ck_assert_uint_le(allow_shadow_bytes(), 512 << 10);
	memory = calloc(1, allow_shadow_bytes());
	allow_shadow_create(&s, memory, &key);
	memset(&before, 0, sizeof(before));
	memset(&after, 0, sizeof(after));
}

static void over(void)
{
	free(memory);
}

static void note(size_t list, unsigned to, uint16_t port, const char *name, int64_t at)
{
	struct allow_shadow_what n = { .list = list, .proto = PROTO_TCP, .port = port, .name = name };

	n.to = addr_v4((uint8_t[]){ 10, 0, (uint8_t)(to >> 8), (uint8_t)to });
	allow_shadow_note(s, &n, (mono_t){ at });
}

static const struct allow_shadow_row *row(size_t list, unsigned to, uint16_t port)
{
	const struct allow_shadow_row *r;

	for (size_t at = 0; (r = allow_shadow_next(s, &at));)
		if (r->list == list && r->to.bytes[2] == to >> 8 && r->to.bytes[3] == (to & 255) && r->port == port)
			return r;
	return NULL;
}

static struct allow_shadow_sum sum(size_t list)
{
	struct allow_shadow_sum out;

	allow_shadow_sum(s, list, &out);
	return out;
}

START_TEST(a_destination_is_one_row_with_who_felt_it_last)
{
	struct blame who = { .unit = "backup.service", .comm = "rsync" };
	struct allow_shadow_what n = { .list = 2, .proto = PROTO_TCP, .port = 22, .name = "", .who = &who, .refused = true };

	note(2, 1, 22, "a.net", 100);
	n.to = addr_v4((uint8_t[]){ 10, 0, 0, 1 });
	allow_shadow_note(s, &n, (mono_t){ 200 });
	note(2, 1, 23, "", 300);
	note(3, 1, 22, "", 300);
	ck_assert_uint_eq(row(2, 1, 22)->count, 2);
	ck_assert_str_eq(row(2, 1, 22)->name, "a.net");
	ck_assert_str_eq(row(2, 1, 22)->unit, "backup.service");
	ck_assert_str_eq(row(2, 1, 22)->comm, "rsync");
	ck_assert(row(2, 1, 22)->refused);
	ck_assert_int_eq(row(2, 1, 22)->first.ns, 100);
	ck_assert_int_eq(row(2, 1, 22)->last.ns, 200);
	ck_assert_uint_eq(row(2, 1, 23)->count, 1);
	ck_assert_uint_eq(sum(2).count, 3);
	ck_assert_uint_eq(sum(2).refused, 1);
	ck_assert_int_eq(sum(2).since.ns, 100);
	ck_assert_uint_eq(sum(3).count, 1);
	ck_assert_uint_eq(sum(4).count, 0);
}
END_TEST

START_TEST(a_scan_does_not_drive_out_what_was_met_often)
{
	for (int i = 0; i < 5; i++)
		note(0, 1, 443, "", i);
	for (unsigned i = 0; i < 20000; i++)
		note(1, i, 22, "", 100 + i);
	ck_assert_ptr_nonnull(row(0, 1, 443));
	ck_assert_ptr_nonnull(row(1, 19999, 22));
	ck_assert_ptr_null(row(1, 0, 22));
	ck_assert_uint_eq(sum(1).count, 20000);
	ck_assert_uint_eq(sum(1).forgotten, 20000 - ALLOW_SHADOW_ROWS + 1);
	ck_assert_uint_eq(sum(0).forgotten, 0);
}
END_TEST

START_TEST(rows_follow_the_title_of_their_list_and_go_when_it_holds_them)
{
	struct allow_entry e = { .proto = PROTO_TCP, .port_first = 443, .port_last = 443, .name = "*.net" };
	size_t l;

	allowlist_begin(&before, "gone", &l);
	allowlist_begin(&before, "stays", &l);
	allowlist_begin(&after, "new", &l);
	allowlist_begin(&after, "stays", &l);
	allowlist_begin(&after, "more", &l);
	allowlist_add(&after, 1, &e);
	note(0, 1, 443, "", 1);
	note(1, 2, 443, "a.net", 2);
	note(1, 3, 443, "a.org", 3);
	note(1, 4, 80, "a.net", 4);
	/* The index moves, too: 1 is to become 0. */
	after.lists[0] = after.lists[1];
	strcpy(after.lists[1].title, "other");
	after.lists[1].n = 0;
	allow_shadow_swap(s, &before, &after);
	ck_assert_ptr_null(row(0, 1, 443));
	ck_assert_ptr_null(row(0, 2, 443));
	ck_assert_ptr_nonnull(row(0, 3, 443));
	ck_assert_ptr_nonnull(row(0, 4, 80));
	ck_assert_uint_eq(sum(0).count, 3);
	ck_assert_uint_eq(sum(1).count, 0);
	note(0, 3, 443, "a.org", 9);
	ck_assert_uint_eq(row(0, 3, 443)->count, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("allow_shadow");
	TCase *tc = tcase_create("allow_shadow");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, fresh, over);
	tcase_add_test(tc, a_destination_is_one_row_with_who_felt_it_last);
	tcase_add_test(tc, a_scan_does_not_drive_out_what_was_met_often);
	tcase_add_test(tc, rows_follow_the_title_of_their_list_and_go_when_it_holds_them);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}
