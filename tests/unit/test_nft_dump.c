/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What strangers may have put into our sets, and what a cut or foreign message does.
 */
#include "codec/nft_dump.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

static const mono_t now = { .ns = 5 };
static uint8_t memory[16 * 1024] __attribute__((aligned(8)));

static void count(void *ctx, const struct nft_elem *e, bool is_end)
{
	size_t *n = ctx;

	(void)e;
	*n += is_end ? 100 : 1;
}

static struct nft_elem net(const char *first, const char *last)
{
	struct nft_elem e = { .set = NFT_SET_DROPNET4, .timeout_ms = 1000 };
	struct addr a, b;

	ck_assert_int_eq(addr_parse(first, &a), 0);
	ck_assert_int_eq(addr_parse(last, &b), 0);
	memcpy(e.key, a.bytes, 4);
	memcpy(e.last, b.bytes, 4);
	return e;
}

START_TEST(a_range_that_is_no_prefix_is_no_measure)
{
	struct nft_elem e = net("10.0.0.1", "10.0.0.2");
	struct measure m;

	ck_assert_int_eq(nft_dump_measure(&e, now, &m), ERR_RANGE);
	e = net("10.0.0.0", "10.0.0.2");
	ck_assert_int_eq(nft_dump_measure(&e, now, &m), ERR_RANGE);
	e = net("10.0.0.4", "10.0.0.7");
	ck_assert_int_eq(nft_dump_measure(&e, now, &m), 0);
	ck_assert_uint_eq(m.subject.source.len, 30);
}
END_TEST

START_TEST(an_interval_without_end_reaches_the_top)
{
	struct nft_elem e = net("192.0.0.0", "192.0.0.0");
	struct measure m;

	nft_dump_join(&e, NULL);
	ck_assert_int_eq(nft_dump_measure(&e, now, &m), 0);
	ck_assert_uint_eq(m.subject.source.len, 2);
}
END_TEST

START_TEST(an_end_is_the_first_key_behind)
{
	struct nft_elem e = net("10.0.0.0", "10.0.0.0");
	struct nft_elem end = net("10.1.0.0", "10.1.0.0");
	struct measure m;

	nft_dump_join(&e, &end);
	ck_assert_mem_eq(e.last, "\x0a\x00\xff\xff", 4);
	ck_assert_int_eq(nft_dump_measure(&e, now, &m), 0);
	ck_assert_uint_eq(m.subject.source.len, 16);
}
END_TEST

START_TEST(an_element_without_end_is_adopted_for_an_hour)
{
	struct nft_elem e = net("10.0.0.0", "10.0.0.255");
	struct measure m;

	e.timeout_ms = 0;
	ck_assert_int_eq(nft_dump_measure(&e, now, &m), 0);
	ck_assert_int_eq(m.until.ns, now.ns + 3600 * NS_PER_S);
	e.timeout_ms = UINT64_MAX;
	ck_assert_int_eq(nft_dump_measure(&e, now, &m), 0);
	ck_assert_int_gt(m.until.ns, now.ns);
}
END_TEST

START_TEST(sets_that_hold_no_measures_give_none)
{
	struct nft_elem e = nft_elem_of_service(6, 22);
	struct measure m;

	ck_assert_int_eq(nft_dump_measure(&e, now, &m), ERR_INVALID);
	e = nft_elem_of_family(2);
	ck_assert_int_eq(nft_dump_measure(&e, now, &m), ERR_INVALID);
	e = net("10.0.0.0", "10.0.0.255");
	e.limit_rate = 5; /* a limit in a set of drops is none of ours */
	ck_assert_int_eq(nft_dump_measure(&e, now, &m), ERR_INVALID);
}
END_TEST

START_TEST(every_set_of_measures_is_asked_once_and_no_other)
{
	bool asked[NFT_SETS] = { false };
	enum nft_set_id set;
	size_t at = 0, n = 0;

	while (nft_dump_next_set(&at, &set)) {
		ck_assert(!asked[set]);
		asked[set] = true;
		n++;
	}
	ck_assert_uint_eq(n, 41);
	ck_assert(asked[NFT_SET_DROP4] && asked[NFT_SET_SHIELDALL] &&
		asked[NFT_SET_SVCLIMIT]);
	ck_assert(asked[NFT_SET_LIMITNET6] && asked[NFT_SET_LIMITSVCNET4]);
	ck_assert(!asked[NFT_SET_GUARD4] && !asked[NFT_SET_ALIVE] &&
		!asked[NFT_SET_SHARE4]);
}
END_TEST

START_TEST(a_message_of_another_set_or_a_cut_one_is_invalid)
{
	struct nft_elem e = net("10.0.0.0", "10.0.0.255");
	struct nlmsghdr *h;
	struct nft_batch b;
	size_t n = 0;

	nft_batch_begin(&b, memory, sizeof(memory), 1);
	ck_assert_int_eq(nft_elem_add(&b, &e, 1), 0);
	h = (struct nlmsghdr *)(memory + b.last);
	ck_assert_int_eq(nft_dump_parse(h, count, &n), 0);
	ck_assert_uint_eq(n, 101);
	/* "dropnet4" becomes a set that is not ours. */
	((char *)memmem(memory, b.len, "dropnet4", 8))[7] = '9';
	ck_assert_int_eq(nft_dump_parse(h, count, &n), ERR_INVALID);
	h->nlmsg_len = 20;
	ck_assert_int_eq(nft_dump_parse(h, count, &n), ERR_INVALID);
	ck_assert_uint_eq(n, 101);
}
END_TEST

START_TEST(a_key_of_another_length_is_invalid)
{
	struct nft_elem e = nft_elem_of_family(2);
	struct nft_batch b;
	size_t n = 0;

	nft_batch_begin(&b, memory, sizeof(memory), 1);
	ck_assert_int_eq(nft_elem_add(&b, &e, 1), 0);
	/* The key of "alive" is one byte; the set of that name's length has four. */
	memcpy(memmem(memory, b.len, "alive", 5), "drop4", 5);
	ck_assert_int_eq(nft_dump_parse((struct nlmsghdr *)(memory + b.last), count, &n),
		ERR_INVALID);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(an_expression_without_a_name_is_none)
{
	struct nft_elem e = { .set = NFT_SET_DROP4, .counter = true };
	struct nft_batch b;
	size_t n = 0;

	nft_batch_begin(&b, memory, sizeof(memory), 1);
	ck_assert_int_eq(nft_elem_add(&b, &e, 1), 0);
	/* The attribute that holds it, NFTA_EXPR_NAME, gets another type. */
	((uint8_t *)memmem(memory, b.len, "counter", 7))[-2] = 9;
	ck_assert_int_eq(
		nft_dump_parse((struct nlmsghdr *)(memory + b.last), count, &n), 0);
	ck_assert_uint_eq(n, 1);
}
END_TEST

START_TEST(an_element_for_everything_is_no_element_of_ours)
{
	struct nft_elem e = net("10.0.0.0", "10.0.0.255");
	uint8_t *flags;
	struct nft_batch b;
	size_t n = 0;

	nft_batch_begin(&b, memory, sizeof(memory), 1);
	ck_assert_int_eq(nft_elem_add(&b, &e, 1), 0);
	/* Its end has flags: INTERVAL_END becomes CATCHALL. */
	flags = memmem(memory, b.len, "\x08\x00\x03\x00\x00\x00\x00\x01", 8);
	flags[7] = 2;
	ck_assert_int_eq(
		nft_dump_parse((struct nlmsghdr *)(memory + b.last), count, &n),
		ERR_INVALID);
	ck_assert_uint_eq(n, 1);
}
END_TEST

START_TEST(a_single_address_among_prefixes_is_no_measure)
{
	struct nft_elem e = net("10.0.0.1", "10.0.0.1");
	struct measure m;

	ck_assert_int_eq(nft_dump_measure(&e, now, &m), ERR_RANGE);
	e.set = NFT_SET_DROP4;
	ck_assert_int_eq(nft_dump_measure(&e, now, &m), 0);
}
END_TEST

START_TEST(bits_behind_a_prefix_are_no_measure)
{
	struct nft_elem e = { .set = NFT_SET_DROP6, .key = { 0x20, 1, 0xd, 0xb8 } };
	struct measure m;

	ck_assert_int_eq(nft_dump_measure(&e, now, &m), 0);
	e.key[15] = 1;
	ck_assert_int_eq(nft_dump_measure(&e, now, &m), ERR_RANGE);
}
END_TEST

START_TEST(pieces_in_any_order_become_intervals)
{
	struct nft_piece p[5] = {
		{ net("10.2.0.0", "10.2.0.0"), true },
		{ net("10.0.0.0", "10.0.0.0"), false },
		{ net("10.1.0.0", "10.1.0.0"), false },
		{ net("10.1.0.0", "10.1.0.0"), true },
		{ net("10.1.0.0", "10.1.0.0"), true },
	};
	struct measure m;

	p[4].e.set = NFT_SET_REFUSENET4; /* another's end is none of ours */
	qsort(p, 5, sizeof(p[0]), nft_piece_order);
	nft_dump_join_all(p, 5);
	for (size_t i = 0; i < 3; i += 2) {
		ck_assert(!p[i].is_end);
		ck_assert_int_eq(nft_dump_measure(&p[i].e, now, &m), 0);
		ck_assert_uint_eq(m.subject.source.len, 16);
		ck_assert_uint_eq(m.subject.source.addr.bytes[1], i / 2);
	}
}
END_TEST

START_TEST(the_end_of_another_set_joins_nothing)
{
	struct nft_piece p[2] = {
		{ net("192.0.0.0", "192.0.0.0"), false },
		{ net("193.0.0.0", "193.0.0.0"), true },
	};

	p[1].e.set = NFT_SET_REFUSENET4;
	nft_dump_join_all(p, 2);
	ck_assert_mem_eq(p[0].e.last, "\xff\xff\xff\xff", 4);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nft_dump");
	TCase *c = tcase_create("nft_dump");
	SRunner *r = srunner_create(s);

	suite_add_tcase(s, c);
	tcase_add_test(c, a_range_that_is_no_prefix_is_no_measure);
	tcase_add_test(c, an_interval_without_end_reaches_the_top);
	tcase_add_test(c, an_end_is_the_first_key_behind);
	tcase_add_test(c, an_element_without_end_is_adopted_for_an_hour);
	tcase_add_test(c, sets_that_hold_no_measures_give_none);
	tcase_add_test(c, every_set_of_measures_is_asked_once_and_no_other);
	tcase_add_test(c, a_message_of_another_set_or_a_cut_one_is_invalid);
	tcase_add_test(c, a_key_of_another_length_is_invalid);
	tcase_add_test(c, an_expression_without_a_name_is_none);
	tcase_add_test(c, an_element_for_everything_is_no_element_of_ours);
	tcase_add_test(c, a_single_address_among_prefixes_is_no_measure);
	tcase_add_test(c, bits_behind_a_prefix_are_no_measure);
	tcase_add_test(c, pieces_in_any_order_become_intervals);
	tcase_add_test(c, the_end_of_another_set_joins_nothing);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
