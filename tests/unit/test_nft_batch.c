/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transactions as bytes, and the kernel's answers to them.
 */
#include "codec/nft_batch.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

static uint8_t memory[8192] __attribute__((aligned(8)));

static void put(struct nft_batch *b)
{
	nft_batch_commit(b, nft_batch_message(b, NFT_MSG_NEWTABLE, NLM_F_CREATE));
}

/* An answer as the kernel sends it. */
static size_t answer(uint8_t *at, uint16_t type, uint32_t seq, int error)
{
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
	} a = { .h = { .nlmsg_len = sizeof(a), .nlmsg_type = type, .nlmsg_seq = seq },
		.e = { .error = error } };

	memcpy(at, &a, sizeof(a));
	return sizeof(a);
}

START_TEST(only_the_last_message_asks_for_an_answer)
{
	struct nft_batch b;
	struct nlmsghdr h;
	size_t at = 0;

	nft_batch_begin(&b, memory, sizeof(memory), 40);
	put(&b);
	put(&b);
	ck_assert_uint_eq(nft_batch_count(&b), 2);
	nft_batch_end(&b);
	for (uint32_t i = 0; i < 4; i++) {
		memcpy(&h, memory + at, sizeof(h));
		ck_assert_uint_eq(h.nlmsg_seq, 40 + i);
		ck_assert_int_eq((h.nlmsg_flags & NLM_F_ACK) != 0, i == 2);
		at += h.nlmsg_len;
	}
	ck_assert_uint_eq(at, b.len);
}
END_TEST

START_TEST(answers_are_told_apart_and_all_else_is_skipped)
{
	size_t len = answer(memory, NLMSG_ERROR, 5, -2);
	struct nft_answer a;
	struct slice s = { .at = memory };

	len += answer(memory + len, NLMSG_DONE, 6, -9);
	len += answer(memory + len, NLMSG_ERROR, 7, 0);
	s.len = len;
	ck_assert(nft_answer_next(&s, &a));
	ck_assert_uint_eq(a.seq, 5);
	ck_assert_int_eq(a.error, 2);
	ck_assert(nft_answer_next(&s, &a));
	ck_assert_uint_eq(a.seq, 7);
	ck_assert_int_eq(a.error, 0);
	ck_assert(!nft_answer_next(&s, &a));
}
END_TEST

START_TEST(a_cut_or_absurd_datagram_ends_it)
{
	size_t len = answer(memory, NLMSG_ERROR, 5, -2);
	struct nft_answer a;
	struct nlmsghdr h;

	for (size_t cut = 0; cut < len; cut++) {
		struct slice s = { .at = memory, .len = cut };

		ck_assert(!nft_answer_next(&s, &a));
	}
	memcpy(&h, memory, sizeof(h));
	h.nlmsg_len = 3;
	memcpy(memory, &h, sizeof(h));
	ck_assert(!nft_answer_next(&(struct slice){ .at = memory, .len = len }, &a));
	h.nlmsg_len = sizeof(h); /* an error without its number */
	memcpy(memory, &h, sizeof(h));
	memset(memory + sizeof(h), 0, sizeof(memory) - sizeof(h));
	ck_assert(!nft_answer_next(&(struct slice){ .at = memory, .len = len }, &a));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nft_batch");
	TCase *c = tcase_create("nft_batch");
	SRunner *r = srunner_create(s);

	suite_add_tcase(s, c);
	tcase_add_test(c, only_the_last_message_asks_for_an_answer);
	tcase_add_test(c, answers_are_told_apart_and_all_else_is_skipped);
	tcase_add_test(c, a_cut_or_absurd_datagram_ends_it);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
