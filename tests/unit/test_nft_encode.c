/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The messages that install our table: as many as objects, in the order that their names
 * are found by. (That a kernel takes them is tests/integration/nft.sh.)
 */
#include "codec/nft_encode.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>

#include "base/err.h"

static uint8_t memory[NFT_RULESET_BYTES] __attribute__((aligned(8)));

static struct nft_ruleset all_on(bool native)
{
	struct nft_opts o = nft_opts_default();
	struct nft_ruleset rs;

	o.forward = o.output = DIVERT_QUEUE;
	o.native_queue = native;
	nft_ruleset_build(&o, &rs);
	return rs;
}

static void check_messages(const struct nft_ruleset *rs)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)memory;
	struct nft_batch b;

	nft_batch_begin(&b, memory, sizeof(memory), 7);
	ck_assert_int_eq(nft_encode_install(&b, rs), 0);
	for (size_t i = 0; i < nft_batch_count(&b); i++) {
		static const unsigned types[] = {
			[NFT_OBJECT_SET] = NFT_MSG_NEWSET,
			[NFT_OBJECT_CHAIN] = NFT_MSG_NEWCHAIN,
			[NFT_OBJECT_RULE] = NFT_MSG_NEWRULE,
		};
		size_t which;
		enum nft_object o = nft_encode_object(rs, i, &which);

		h = (const struct nlmsghdr *)((const uint8_t *)h +
			MNL_ALIGN(h->nlmsg_len));
		ck_assert_uint_eq(h->nlmsg_seq, 8 + i);
		ck_assert_uint_le(h->nlmsg_len, NFT_MESSAGE_MAX);
		ck_assert_int_eq(o == NFT_OBJECT_TABLE, i < 3);
		ck_assert_int_ne(o, NFT_OBJECT_ELEMENT);
		if (o != NFT_OBJECT_TABLE)
			ck_assert_uint_eq(h->nlmsg_type & 0xff, types[o]);
	}
	ck_assert_int_eq(nft_encode_object(rs, nft_batch_count(&b) + 4, &(size_t){ 0 }),
		NFT_OBJECT_ELEMENT);
}

START_TEST(each_message_is_the_object_that_its_number_says)
{
	struct nft_ruleset rs = all_on(_i != 0);
	struct nft_opts o = nft_opts_default();

	check_messages(&rs);
	nft_ruleset_build(&o, &rs);
	check_messages(&rs);
}
END_TEST

START_TEST(names_are_the_users_words)
{
	struct nft_ruleset rs = all_on(true);
	char said[256];
	struct text t = text_over(said, sizeof(said));
	size_t i = 0;
	size_t which;

	nft_encode_name(&rs, 0, &t);
	text_add(&t, ", ");
	nft_encode_name(&rs, 3 + NFT_SET_DROP4, &t);
	ck_assert_str_eq(said, "table inet tidegate, set drop4");
	while (nft_encode_object(&rs, i, &which) != NFT_OBJECT_RULE)
		i++;
	t = text_over(said, sizeof(said));
	nft_encode_name(&rs, i + 2, &t);
	ck_assert_str_eq(said, "rule 3 of chain early (ip saddr @dropnet4 goto strike)");
}
END_TEST

START_TEST(a_batch_without_room_says_so)
{
	struct nft_ruleset rs = all_on(true);
	struct nft_batch b;

	nft_batch_begin(&b, memory, 8192, 1);
	ck_assert_int_eq(nft_encode_install(&b, &rs), ERR_FULL);
}
END_TEST

START_TEST(removal_is_one_message)
{
	struct nft_batch b;

	nft_batch_begin(&b, memory, sizeof(memory), 1);
	ck_assert_int_eq(nft_encode_remove(&b), 0);
	ck_assert_uint_eq(nft_batch_count(&b), 1);
}
END_TEST

static int take_flags(const struct nlattr *a, void *flags)
{
	if (mnl_attr_get_type(a) == NFTA_TABLE_FLAGS)
		*(uint32_t *)flags = ntohl(mnl_attr_get_u32(a));
	return MNL_CB_OK;
}

/* Flags in message number i; 0 for none. */
static uint32_t table_flags(const struct nft_ruleset *rs, size_t i)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)memory;
	uint32_t flags = 0;
	struct nft_batch b;

	nft_batch_begin(&b, memory, sizeof(memory), 7);
	ck_assert_int_eq(nft_encode_install(&b, rs), 0);
	for (size_t k = 0; k <= i; k++)
		h = (const struct nlmsghdr *)((const uint8_t *)h +
			MNL_ALIGN(h->nlmsg_len));
	mnl_attr_parse(h, 4, take_flags, &flags);
	return flags;
}

START_TEST(only_the_new_table_gets_an_owner)
{
	struct nft_ruleset rs = all_on(true);

	ck_assert_uint_eq(table_flags(&rs, 2), 0);
	rs.owned = true;
	ck_assert_uint_eq(table_flags(&rs, 0), 0); /* a plain one may be there */
	ck_assert_uint_eq(table_flags(&rs, 1), 0);
	ck_assert_uint_eq(table_flags(&rs, 2), 2 | 4);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nft_encode");
	TCase *c = tcase_create("nft_encode");
	SRunner *r = srunner_create(s);

	suite_add_tcase(s, c);
	tcase_add_loop_test(c, each_message_is_the_object_that_its_number_says, 0, 2);
	tcase_add_test(c, only_the_new_table_gets_an_owner);
	tcase_add_test(c, names_are_the_users_words);
	tcase_add_test(c, a_batch_without_room_says_so);
	tcase_add_test(c, removal_is_one_message);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
