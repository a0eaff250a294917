/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of prefixes, flattened: held against a model that asks every prefix, one by one. */
#include "core/listed.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"

#define MOST 400

static const char names[4][LISTED_NAME] = { "drop", "mine", "levels", "crowd" };
static struct listed_entry entries[MOST];
static size_t n_entries;
static struct listed *listed;
static void *memory;
static uint64_t dice;

static void begin(void)
{
	n_entries = 0;
	listed = NULL;
	memory = NULL;
}

static void end(void)
{
	free(memory);
}

static void list(const char *prefix, uint8_t of)
{
	struct listed_entry *e = &entries[n_entries++];

	ck_assert_int_eq(prefix_parse(prefix, &e->prefix), 0);
	e->list = of;
}

static void make(void)
{
	size_t bytes = listed_bytes(n_entries);

	free(memory);
	memory = malloc(bytes);
	ck_assert_int_eq(listed_create(&listed, memory, bytes, entries, n_entries, names, 4), 0);
}

static const char *find(const char *address)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(address, &a), 0);
	return listed_find(listed, &a);
}

static uint16_t lists_of(const char *address)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(address, &a), 0);
	return listed_lists(listed, &a);
}

START_TEST(nothing_is_listed_in_no_list)
{
	struct addr none = { .family = FAMILY_NONE };

	make();
	ck_assert_ptr_null(find("192.0.2.1"));
	ck_assert_ptr_null(find("::"));
	ck_assert_ptr_null(listed_find(listed, &none));
	ck_assert_uint_eq(listed_count(listed), 0);
}
END_TEST

START_TEST(the_narrowest_prefix_tells_its_list)
{
	list("10.0.0.0/8", 0);
	list("10.1.0.0/16", 1);
	list("10.1.2.3/32", 2);
	list("2001:db8::/32", 3);
	list("2001:db8:1::/48", 0);
	make();
	ck_assert_str_eq(find("10.0.255.255"), "drop");
	ck_assert_str_eq(find("10.1.0.0"), "mine");
	ck_assert_str_eq(find("10.1.2.2"), "mine");
	ck_assert_str_eq(find("10.1.2.3"), "levels");
	ck_assert_str_eq(find("10.1.2.4"), "mine");
	ck_assert_str_eq(find("10.2.0.0"), "drop");
	ck_assert_ptr_null(find("11.0.0.0"));
	ck_assert_ptr_null(find("9.255.255.255"));
	ck_assert_str_eq(find("2001:db8:1:ffff:ffff:ffff:ffff:ffff"), "drop");
	ck_assert_str_eq(find("2001:db8:2::"), "crowd");
	ck_assert_ptr_null(find("2001:db9::"));
	ck_assert_uint_eq(listed_count(listed), 5);
}
END_TEST

START_TEST(all_lists_that_hold_an_address_are_told)
{
	list("198.51.0.0/16", 1);
	list("198.51.100.0/24", 0);
	list("198.51.100.0/24", 3);
	make();
	ck_assert_uint_eq(lists_of("198.51.1.1"), 1U << 1);
	ck_assert_uint_eq(lists_of("198.51.100.9"), 1U << 0 | 1U << 1 | 1U << 3);
	ck_assert_str_eq(find("198.51.100.9"), "drop"); /* of equals the first */
	ck_assert_uint_eq(listed_count(listed), 2);
}
END_TEST

START_TEST(a_list_that_may_refuse_does_so_from_behind_a_narrower_one)
{
	struct addr inner, outer, apart;

	list("198.51.100.0/24", 1);
	list("198.51.100.7", 0);
	list("203.0.113.0/24", 0);
	make();
	ck_assert_int_eq(addr_parse("198.51.100.7", &inner), 0);
	ck_assert_int_eq(addr_parse("198.51.100.8", &outer), 0);
	ck_assert_int_eq(addr_parse("203.0.113.1", &apart), 0);
	ck_assert(!listed_refuses(listed, &inner));
	listed_set_refuse(listed, 1U << 1);
	ck_assert(listed_refuses(listed, &inner));
	ck_assert(listed_refuses(listed, &outer));
	ck_assert(!listed_refuses(listed, &apart));
}
END_TEST

START_TEST(nothing_in_a_hole_is_listed)
{
	list("198.51.100.0/24", 0);
	list("198.51.100.1", LISTED_HOLE); /* the gateway, say */
	list("203.0.113.0/24", LISTED_HOLE);
	list("203.0.113.7", 1); /* somebody lists a guest of a guarded network */
	list("192.0.2.5", 2);
	list("192.0.2.5", LISTED_HOLE);
	make();
	ck_assert_str_eq(find("198.51.100.0"), "drop");
	ck_assert_ptr_null(find("198.51.100.1"));
	ck_assert_str_eq(find("198.51.100.2"), "drop");
	ck_assert_ptr_null(find("203.0.113.7"));
	ck_assert_ptr_null(find("192.0.2.5"));
	ck_assert_uint_eq(lists_of("198.51.100.1"), 0);
}
END_TEST

START_TEST(the_ends_of_both_families_are_no_ends_of_memory)
{
	list("0.0.0.0/32", 0);
	list("255.255.255.255/32", 1);
	list("::/128", 2);
	list("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", 3);
	make();
	ck_assert_str_eq(find("0.0.0.0"), "drop");
	ck_assert_ptr_null(find("0.0.0.1"));
	ck_assert_str_eq(find("255.255.255.255"), "mine");
	ck_assert_ptr_null(find("255.255.255.254"));
	ck_assert_str_eq(find("::"), "levels");
	ck_assert_str_eq(find("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), "crowd");
	ck_assert_ptr_null(find("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"));
}
END_TEST

START_TEST(a_whole_family_can_be_listed)
{
	list("0.0.0.0/0", 0);
	list("::/0", 1);
	list("8000::/1", 2);
	make();
	ck_assert_str_eq(find("0.0.0.0"), "drop");
	ck_assert_str_eq(find("255.255.255.255"), "drop");
	ck_assert_str_eq(find("7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), "mine");
	ck_assert_str_eq(find("8000::"), "levels");
}
END_TEST

START_TEST(one_address_in_all_its_prefixes_is_told_by_the_longest)
{
	struct addr a;

	ck_assert_int_eq(addr_parse("2001:db8::1", &a), 0);
	for (unsigned len = 0; len <= 128; len++)
		entries[n_entries++] = (struct listed_entry){ prefix_of(&a, len), (uint8_t)(len % 4) };
	make();
	ck_assert_str_eq(find("2001:db8::1"), "drop");
	ck_assert_str_eq(find("2001:db8::"), "crowd"); /* the /127 */
	ck_assert_str_eq(find("ffff::"), "drop");      /* the /0 */
	ck_assert_uint_eq(lists_of("2001:db8::1"), 0xf);
}
END_TEST

/* ---- the model ---- */

static unsigned roll(unsigned sides)
{
	return (unsigned)(random_next(&dice) % sides);
}

/* Few different bytes, so that prefixes nest, touch, and are the same. */
static struct addr random_addr(void)
{
	static const uint8_t some[] = { 0, 1, 127, 128, 254, 255 };
	struct addr a = { .family = roll(2) ? FAMILY_V4 : FAMILY_V6 };

	for (size_t i = 0; i < addr_bits(&a) / 8; i++)
		a.bytes[i] = some[roll(sizeof(some))];
	if (a.family == FAMILY_V6)
		memset(a.bytes + 2, roll(2) ? 0 : 255, 12);
	return a;
}

static void model(const struct addr *a, const char **told, uint16_t *lists)
{
	const struct listed_entry *best = NULL;

	*lists = 0;
	*told = NULL;
	for (size_t i = 0; i < n_entries; i++) {
		const struct listed_entry *e = &entries[i];

		if (!prefix_holds(&e->prefix, a))
			continue;
		if (e->list == LISTED_HOLE) {
			*lists = 0;
			return;
		}
		*lists |= (uint16_t)(1U << e->list);
		if (!best || e->prefix.len > best->prefix.len ||
			(e->prefix.len == best->prefix.len && e->list < best->list))
			best = e;
	}
	*told = best ? names[best->list] : NULL;
}

static void compare(const struct addr *a)
{
	const char *told, *said = listed_find(listed, a);
	char text[ADDR_TEXT];
	uint16_t lists;

	model(a, &told, &lists);
	addr_format(a, text, sizeof(text));
	ck_assert_msg((!told && !said) || (told && said && strcmp(told, said) == 0), "%s: %s, not %s", text,
		said ? said : "none", told ? told : "none");
	ck_assert_msg(listed_lists(listed, a) == (told ? lists : 0), "%s: other lists", text);
}

/* The first and the last address of a prefix, and their neighbours. */
static void compare_edges(const struct prefix *p)
{
	const unsigned bytes = addr_bits(&p->addr) / 8;
	struct addr a = p->addr;

	compare(&a);
	for (unsigned i = bytes; i-- > 0 && a.bytes[i]-- == 0;)
		;
	compare(&a);
	a = p->addr;
	for (unsigned bit = p->len; bit < bytes * 8; bit++)
		a.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	compare(&a);
	for (unsigned i = bytes; i-- > 0 && ++a.bytes[i] == 0;)
		;
	compare(&a);
}

START_TEST(random_nested_prefixes_are_told_as_by_the_model)
{
	dice = (uint64_t)_i;
	while (n_entries < 1 + (size_t)_i * 3) {
		struct addr a = random_addr();

		entries[n_entries++] = (struct listed_entry){ prefix_of(&a, roll(addr_bits(&a) + 1)),
			roll(12) ? (uint8_t)roll(4) : LISTED_HOLE };
	}
	make();
	for (size_t i = 0; i < n_entries; i++)
		compare_edges(&entries[i].prefix);
	for (int i = 0; i < 500; i++) {
		struct addr a = random_addr();

		compare(&a);
	}
}
END_TEST

START_TEST(the_order_of_entries_decides_nothing)
{
	static struct listed_entry sorted[3];

	list("10.0.0.0/8", 0);
	list("10.1.0.0/16", 1);
	list("10.0.0.0/8", 2);
	memcpy(sorted, entries, sizeof(sorted));
	for (int turn = 0; turn < 3; turn++) {
		for (int i = 0; i < 3; i++)
			entries[i] = sorted[(i + turn) % 3];
		make();
		ck_assert_str_eq(find("10.2.0.0"), "drop");
		ck_assert_str_eq(find("10.1.0.0"), "mine");
		ck_assert_uint_eq(lists_of("10.1.0.0"), 7);
	}
}
END_TEST

START_TEST(what_does_not_fit_or_is_no_prefix_is_refused)
{
	struct listed *none = NULL;
	static char room[4096];

	list("10.0.0.0/8", 3);
	ck_assert_int_eq(listed_create(&none, room, listed_bytes(1) - 1, entries, 1, names, 4), ERR_RANGE);
	ck_assert_int_eq(listed_create(&none, room, sizeof(room), entries, SIZE_MAX / 2, names, 4), ERR_RANGE);
	ck_assert_int_eq(listed_create(&none, room, sizeof(room), entries, 1, names, 3), ERR_RANGE);
	ck_assert_int_eq(listed_create(&none, room, sizeof(room), entries, 1, names, LISTED_LISTS + 1), ERR_RANGE);
	entries[0].prefix.addr.bytes[3] = 1; /* a host bit */
	ck_assert_int_eq(listed_create(&none, room, sizeof(room), entries, 1, names, 4), ERR_INVALID);
	entries[0].prefix.addr.bytes[3] = 0;
	entries[0].prefix.len = 33;
	ck_assert_int_eq(listed_create(&none, room, sizeof(room), entries, 1, names, 4), ERR_INVALID);
	entries[0].prefix.addr.family = FAMILY_NONE;
	ck_assert_int_eq(listed_create(&none, room, sizeof(room), entries, 1, names, 4), ERR_INVALID);
	ck_assert_ptr_null(none);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("listed");
	TCase *t = tcase_create("core");
	int failed;

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, nothing_is_listed_in_no_list);
	tcase_add_test(t, the_narrowest_prefix_tells_its_list);
	tcase_add_test(t, all_lists_that_hold_an_address_are_told);
	tcase_add_test(t, a_list_that_may_refuse_does_so_from_behind_a_narrower_one);
	tcase_add_test(t, nothing_in_a_hole_is_listed);
	tcase_add_test(t, the_ends_of_both_families_are_no_ends_of_memory);
	tcase_add_test(t, a_whole_family_can_be_listed);
	tcase_add_test(t, one_address_in_all_its_prefixes_is_told_by_the_longest);
	tcase_add_loop_test(t, random_nested_prefixes_are_told_as_by_the_model, 0, 100);
	tcase_add_test(t, the_order_of_entries_decides_nothing);
	tcase_add_test(t, what_does_not_fit_or_is_no_prefix_is_refused);
	suite_add_tcase(suite, t);
	SRunner *r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
