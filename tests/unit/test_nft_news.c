/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notifications of nftables, as a kernel writes them: what was done, to whom, by whom.
 */
#include "codec/nft_news.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

static uint8_t memory[16 * 1024] __attribute__((aligned(8)));
static struct nft_batch batch;
static struct slice datagram;
static struct nft_news news;

static struct nlmsghdr *message(uint16_t type, uint8_t family)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(memory + datagram.len);
	struct nfgenmsg *g;

	h->nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type);
	h->nlmsg_pid = 77;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = family;
	return h;
}

static void told(const struct nlmsghdr *h)
{
	datagram.at = memory;
	datagram.len += h->nlmsg_len;
}

static void object(uint16_t type, uint8_t family, const char *table)
{
	struct nlmsghdr *h = message(type, family);

	mnl_attr_put_strz(h, NFTA_TABLE_NAME, table);
	told(h);
}

/* Elements in messages of ours look as the kernel's do. */
static void elements(bool add, const struct nft_elem *e, size_t n)
{
	struct slice all;

	nft_batch_begin(&batch, memory, sizeof(memory), 1);
	all.len = batch.len;
	(void)(add ? nft_elem_add(&batch, e, n) : nft_elem_delete(&batch, e, n));
	datagram = (struct slice){ memory + all.len, batch.len - all.len };
}

static void reset(void)
{
	datagram = (struct slice){ memory, 0 };
}

START_TEST(what_is_done_to_each_kind_of_object_is_told)
{
	static const struct {
		uint16_t type;
		enum nft_news_kind kind;
	} cases[] = {
		{ NFT_MSG_DELTABLE, NFT_NEWS_TABLE_GONE },
		{ NFT_MSG_DELCHAIN, NFT_NEWS_CHAIN_GONE },
		{ NFT_MSG_DELRULE, NFT_NEWS_RULE_GONE },
		{ NFT_MSG_NEWRULE, NFT_NEWS_RULE_ADDED },
		{ NFT_MSG_DELSET, NFT_NEWS_SET_GONE },
		{ NFT_MSG_DELSETELEM, NFT_NEWS_ELEMENT_GONE },
		{ NFT_MSG_NEWSETELEM, NFT_NEWS_ELEMENT_ADDED },
		{ NFT_MSG_NEWTABLE, NFT_NEWS_STRUCTURE },
		{ NFT_MSG_NEWCHAIN, NFT_NEWS_STRUCTURE },
		{ NFT_MSG_NEWOBJ, NFT_NEWS_STRUCTURE },
		{ NFT_MSG_DELFLOWTABLE, NFT_NEWS_STRUCTURE },
		{ NFT_MSG_GETRULE, NFT_NEWS_OTHER },
		{ NFT_MSG_TRACE, NFT_NEWS_OTHER },
		{ 200, NFT_NEWS_OTHER },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		reset();
		object(cases[i].type, NFPROTO_INET, NFT_TABLE);
		ck_assert(nft_news_next(&datagram, &news));
		ck_assert_int_eq(news.kind, cases[i].kind);
		ck_assert(news.ours);
		ck_assert_uint_eq(news.portid, 77);
		ck_assert(!nft_news_next(&datagram, &news));
	}
}
END_TEST

START_TEST(only_our_name_in_our_family_is_ours)
{
	reset();
	object(NFT_MSG_DELTABLE, NFPROTO_IPV4, NFT_TABLE);
	object(NFT_MSG_DELTABLE, NFPROTO_INET, NFT_TABLE "x");
	object(NFT_MSG_DELTABLE, NFPROTO_INET, "");
	for (int i = 0; i < 3; i++) {
		ck_assert(nft_news_next(&datagram, &news));
		ck_assert(!news.ours);
	}
	ck_assert(!nft_news_next(&datagram, &news));
}
END_TEST

START_TEST(a_name_without_its_zero_is_nobodys)
{
	struct nlmsghdr *h;

	reset();
	h = message(NFT_MSG_DELTABLE, NFPROTO_INET);
	mnl_attr_put(h, NFTA_TABLE_NAME, strlen(NFT_TABLE), NFT_TABLE);
	told(h);
	ck_assert(nft_news_next(&datagram, &news));
	ck_assert(!news.ours);
}
END_TEST

START_TEST(other_subsystems_and_short_messages_are_of_no_interest)
{
	struct nlmsghdr *h;

	reset();
	object(NFT_MSG_DELTABLE, NFPROTO_INET, NFT_TABLE);
	h = (struct nlmsghdr *)memory;
	h->nlmsg_type = NFNL_SUBSYS_IPSET << 8 | NFT_MSG_DELTABLE;
	ck_assert(nft_news_next(&datagram, &news));
	ck_assert_int_eq(news.kind, NFT_NEWS_OTHER);
	ck_assert(!news.ours);

	reset();
	h = mnl_nlmsg_put_header(memory);
	h->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELTABLE;
	told(h);
	ck_assert(nft_news_next(&datagram, &news));
	ck_assert_int_eq(news.kind, NFT_NEWS_OTHER);
}
END_TEST

START_TEST(a_generation_names_its_process)
{
	struct nlmsghdr *h;

	reset();
	h = message(NFT_MSG_NEWGEN, NFPROTO_UNSPEC);
	mnl_attr_put_u32(h, NFTA_GEN_ID, htonl(9));
	mnl_attr_put_u32(h, NFTA_GEN_PROC_PID, htonl(1234));
	mnl_attr_put_strz(h, NFTA_GEN_PROC_NAME, "firewalld");
	told(h);
	ck_assert(nft_news_next(&datagram, &news));
	ck_assert_int_eq(news.kind, NFT_NEWS_GENERATION);
	ck_assert_uint_eq(news.generation, 9);
	ck_assert_uint_eq(news.pid, 1234);
	ck_assert_str_eq(news.comm, "firewalld");
}
END_TEST

START_TEST(a_name_that_is_too_long_is_cut)
{
	struct nlmsghdr *h;

	reset();
	h = message(NFT_MSG_NEWGEN, NFPROTO_UNSPEC);
	mnl_attr_put_str(h, NFTA_GEN_PROC_NAME, "a-name-of-a-hundred-characters-and-more");
	mnl_attr_put_u32(h, NFTA_GEN_PROC_PID, 0);
	told(h);
	ck_assert(nft_news_next(&datagram, &news));
	ck_assert_str_eq(news.comm, "a-name-of-a-hun");
	ck_assert_uint_eq(news.pid, 0);
}
END_TEST

static void take(void *ctx, const struct nft_elem *e, bool is_end)
{
	struct nft_elem *out = ctx;

	if (!is_end)
		*out = *e;
}

START_TEST(the_elements_of_a_set_of_ours_can_be_read)
{
	struct nft_elem e = { .set = NFT_SET_DROP4, .key = { 10, 0, 0, 1 } };
	struct nft_elem got = { .set = NFT_SETS };

	elements(false, &e, 1);
	ck_assert(nft_news_next(&datagram, &news));
	ck_assert_int_eq(news.kind, NFT_NEWS_ELEMENT_GONE);
	ck_assert_ptr_nonnull(news.elements);
	ck_assert_int_eq(news.set, NFT_SET_DROP4);
	ck_assert_int_eq(nft_dump_parse(news.elements, take, &got), 0);
	ck_assert_int_eq(got.set, NFT_SET_DROP4);
	ck_assert_mem_eq(got.key, e.key, 4);
	e = nft_elem_of_service(6, 80);
	elements(true, &e, 1);
	ck_assert(nft_news_next(&datagram, &news));
	ck_assert_int_eq(news.kind, NFT_NEWS_ELEMENT_ADDED);
	ck_assert_int_eq(news.set, NFT_SET_LISTENING);
}
END_TEST

START_TEST(elements_of_a_set_that_we_have_not_made_are_not)
{
	struct nlmsghdr *h;

	reset();
	h = message(NFT_MSG_NEWSETELEM, NFPROTO_INET);
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_TABLE, NFT_TABLE);
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, "theirs");
	told(h);
	ck_assert(nft_news_next(&datagram, &news));
	ck_assert(news.ours);
	ck_assert_ptr_null(news.elements);
}
END_TEST

START_TEST(a_message_that_is_cut_ends_the_datagram)
{
	struct slice d;

	reset();
	object(NFT_MSG_DELTABLE, NFPROTO_INET, NFT_TABLE);
	for (size_t len = 0; len < datagram.len; len++) {
		d = (struct slice){ memory, len };
		ck_assert(!nft_news_next(&d, &news));
	}
}
END_TEST

START_TEST(a_length_beyond_two_gigabytes_ends_it_too)
{
	reset();
	object(NFT_MSG_DELTABLE, NFPROTO_INET, NFT_TABLE);
	((struct nlmsghdr *)memory)->nlmsg_len = 0xfffffffd;
	ck_assert(!nft_news_next(&datagram, &news));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nft_news");
	TCase *t = tcase_create("core");
	SRunner *r;
	int failed;

	tcase_add_test(t, what_is_done_to_each_kind_of_object_is_told);
	tcase_add_test(t, only_our_name_in_our_family_is_ours);
	tcase_add_test(t, a_name_without_its_zero_is_nobodys);
	tcase_add_test(t, other_subsystems_and_short_messages_are_of_no_interest);
	tcase_add_test(t, a_generation_names_its_process);
	tcase_add_test(t, a_name_that_is_too_long_is_cut);
	tcase_add_test(t, the_elements_of_a_set_of_ours_can_be_read);
	tcase_add_test(t, elements_of_a_set_that_we_have_not_made_are_not);
	tcase_add_test(t, a_message_that_is_cut_ends_the_datagram);
	tcase_add_test(t, a_length_beyond_two_gigabytes_ends_it_too);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
