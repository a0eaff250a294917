/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is under no share of a flooded service, and how one comes to that.
 */
#include "codec/nft_ruleset.h"

#include <check.h>
#include <stdlib.h>

static struct nft_ruleset all_on(void)
{
	struct nft_opts o = nft_opts_default();
	struct nft_ruleset rs;

	o.forward = o.output = DIVERT_QUEUE;
	nft_ruleset_build(&o, &rs);
	return rs;
}

static size_t first_meter(const struct nft_ruleset *rs)
{
	size_t i = 0;

	while (i < rs->n_rules && rs->rules[i].ops[0].kind != NFT_OP_METER)
		i++;
	return i;
}

START_TEST(peers_that_were_served_leave_the_share_before_its_meters_over_tcp_alone)
{
	struct nft_ruleset rs = all_on();
	size_t meter, spared = 0;

	meter = first_meter(&rs);
	for (size_t i = 0; i < rs.n_rules; i++) {
		const struct nft_rule *r = &rs.rules[i];

		if (r->chain != NFT_CHAIN_SHARE || r->ops[0].kind == NFT_OP_METER)
			continue;
		ck_assert_uint_lt(i, meter);
		ck_assert_int_eq(r->ops[0].kind, NFT_OP_L4PROTO);
		ck_assert_uint_eq(r->ops[0].a, 6);
		ck_assert_int_eq(r->ops[1].kind, NFT_OP_IN);
		ck_assert_int_eq(r->ops[1].set, NFT_SET_SERVED4 + (int)spared++);
		ck_assert_int_eq(r->ops[3].kind, NFT_OP_RETURN);
	}
	ck_assert_uint_eq(spared, 2);
}
END_TEST

/* Anybody may send the packets that come in; a socket alone sends data and FINs. */
START_TEST(only_data_and_fins_of_who_was_called_make_a_peer_served)
{
	struct nft_ruleset rs = all_on();
	size_t jumps = 0;

	for (size_t i = 0; i < rs.n_rules; i++) {
		const struct nft_rule *r = &rs.rules[i];
		bool into_served = false;

		for (size_t op = 0; op < NFT_RULE_OPS; op++) {
			into_served |= r->ops[op].kind == NFT_OP_JUMP &&
				r->ops[op].chain == NFT_CHAIN_SERVED;
			if (r->ops[op].kind == NFT_OP_UPDATE)
				ck_assert_int_eq(r->chain, NFT_CHAIN_SERVED);
		}
		if (!into_served)
			continue;
		ck_assert_int_ne(r->chain, NFT_CHAIN_INPUT);
		ck_assert_int_eq(r->ops[0].kind, NFT_OP_TCP_FLAGS);
		ck_assert_uint_eq(r->ops[0].a & 0x04, 0x04); /* no RST, which needs no socket */
		ck_assert_uint_eq(r->ops[0].b & 0x04, 0);
		ck_assert_uint_ne(r->ops[0].b & 0x09, 0);    /* FIN or PSH */
		ck_assert_int_eq(r->ops[1].kind, NFT_OP_CT_REPLY);
		jumps++;
	}
	ck_assert_uint_eq(jumps, 4); /* two of output, two of forward */
}
END_TEST

START_TEST(where_nothing_is_diverted_nobody_is_remembered)
{
	struct nft_opts o = nft_opts_default();
	struct nft_ruleset rs;

	nft_ruleset_build(&o, &rs);
	ck_assert(rs.chain_used[NFT_CHAIN_SERVED]);
	o.input = DIVERT_OFF;
	nft_ruleset_build(&o, &rs);
	ck_assert(!rs.chain_used[NFT_CHAIN_SERVED]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nft_ruleset_served");
	TCase *c = tcase_create("nft_ruleset_served");
	SRunner *r = srunner_create(s);

	suite_add_tcase(s, c);
	tcase_add_test(c, peers_that_were_served_leave_the_share_before_its_meters_over_tcp_alone);
	tcase_add_test(c, only_data_and_fins_of_who_was_called_make_a_peer_served);
	tcase_add_test(c, where_nothing_is_diverted_nobody_is_remembered);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
