/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The description of our kernel table, as far as it is about what leaves this host.
 */
#include "codec/nft_ruleset.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* How often the operation stands in the rules of a chain; NFT_CHAINS = of all. */
static size_t count(
	const struct nft_ruleset *rs, enum nft_chain_id chain, enum nft_op_kind k)
{
	size_t n = 0;

	for (size_t i = 0; i < rs->n_rules; i++) {
		if (chain != NFT_CHAINS && rs->rules[i].chain != chain)
			continue;
		for (size_t op = 0; op < NFT_RULE_OPS; op++)
			n += rs->rules[i].ops[op].kind == k;
	}
	return n;
}

/* Place of the first rule of a chain with that operation; SIZE_MAX for none. */
static size_t first_rule(const struct nft_ruleset *rs, enum nft_chain_id chain,
	enum nft_op_kind k, uint32_t a)
{
	for (size_t i = 0; i < rs->n_rules; i++) {
		for (size_t op = 0; op < NFT_RULE_OPS; op++) {
			const struct nft_op *o = &rs->rules[i].ops[op];

			if (rs->rules[i].chain == chain && o->kind == k && o->a == a)
				return i;
		}
	}
	return SIZE_MAX;
}

/* Place of the first rule of a chain that goes to another; SIZE_MAX for none. */
static size_t first_goto(
	const struct nft_ruleset *rs, enum nft_chain_id chain, enum nft_chain_id to)
{
	for (size_t i = 0; i < rs->n_rules; i++) {
		for (size_t op = 0; op < NFT_RULE_OPS; op++) {
			const struct nft_op *o = &rs->rules[i].ops[op];

			if (rs->rules[i].chain == chain && o->chain == to &&
				(o->kind == NFT_OP_GOTO || o->kind == NFT_OP_JUMP))
				return i;
		}
	}
	return SIZE_MAX;
}

/* Place of the first rule of a chain that looks into the set; SIZE_MAX for none. */
static size_t first_look(const struct nft_ruleset *rs, enum nft_chain_id chain, enum nft_set_id set)
{
	for (size_t i = 0; i < rs->n_rules; i++) {
		for (size_t op = 0; op < NFT_RULE_OPS; op++) {
			const struct nft_op *o = &rs->rules[i].ops[op];

			if (rs->rules[i].chain == chain && o->set == set &&
				(o->kind == NFT_OP_IN || o->kind == NFT_OP_NOT_IN))
				return i;
		}
	}
	return SIZE_MAX;
}

START_TEST(what_leaves_meets_responses_only_behind_their_switches)
{
	static const struct {
		enum nft_set_id on;
		enum nft_chain_id chain;
	} switches[] = { { NFT_SET_EGRESS_ON, NFT_CHAIN_JAILS }, { NFT_SET_EGRESS_ON, NFT_CHAIN_BYTES },
		{ NFT_SET_LIMIT_ON, NFT_CHAIN_LIMITS } };
	struct nft_opts o = nft_opts_default();
	struct nft_ruleset rs;

	nft_ruleset_build(&o, &rs);
	for (size_t i = 0; i < rs.n_rules; i++) {
		const struct nft_rule *r = &rs.rules[i];
		bool on[3] = { false };

		if (r->chain != NFT_CHAIN_OUTPUT)
			continue;
		for (size_t op = 0; op < NFT_RULE_OPS; op++) {
			for (size_t s = 0; s < 3; s++) {
				on[s] |= r->ops[op].kind == NFT_OP_IN && r->ops[op].set == switches[s].on;
				if (r->ops[op].kind == NFT_OP_JUMP && r->ops[op].chain == switches[s].chain)
					ck_assert(on[s]);
			}
		}
	}
	for (int set = NFT_SET_EGRESS_REFUSE4; set < NFT_SET_EGRESS_ON; set++)
		ck_assert_uint_eq(first_look(&rs, NFT_CHAIN_OUTPUT, (enum nft_set_id)set), SIZE_MAX);
}
END_TEST

START_TEST(only_what_this_host_began_is_ever_refused)
{
	struct nft_opts o = nft_opts_default();
	struct nft_ruleset rs;

	nft_ruleset_build(&o, &rs);
	for (size_t i = 0; i < rs.n_rules; i++) {
		const struct nft_rule *r = &rs.rules[i];
		bool original = false;

		for (size_t op = 0; op < NFT_RULE_OPS; op++) {
			original |= r->ops[op].kind == NFT_OP_CT_ORIGINAL;
			if (r->ops[op].kind == NFT_OP_JUMP && r->ops[op].chain == NFT_CHAIN_JAILS)
				ck_assert(original);
			if (r->ops[op].kind == NFT_OP_GOTO && r->ops[op].chain == NFT_CHAIN_DENY)
				ck_assert(r->chain >= NFT_CHAIN_JAILED_HOST && r->chain <= NFT_CHAIN_JAILS);
		}
	}
}
END_TEST

START_TEST(every_jail_lets_through_what_is_allowed_and_no_more)
{
	static const enum nft_op_kind firsts[] = { NFT_OP_CT_STATE, NFT_OP_IN, NFT_OP_IN, NFT_OP_GOTO };
	struct nft_opts o = nft_opts_default();
	struct nft_ruleset rs;

	nft_ruleset_build(&o, &rs);
	for (int c = NFT_CHAIN_JAILED_HOST; c < NFT_CHAIN_JAILS; c++) {
		size_t n = 0;

		for (size_t i = 0; i < rs.n_rules; i++) {
			const struct nft_op *op = rs.rules[i].ops;

			if ((int)rs.rules[i].chain != c)
				continue;
			ck_assert_uint_lt(n, 4);
			ck_assert_int_eq(op[0].kind, firsts[n]);
			if (n < 3) {
				/* what this very jail has let begin, and no other one, goes on */
				ck_assert_int_eq(op[1].kind, n ? NFT_OP_CT_LABEL_SET : NFT_OP_CT_LABEL);
				ck_assert_uint_eq(op[1].a, (uint32_t)(NFT_LABEL_ALLOWED + c - NFT_CHAIN_JAILED_HOST));
				ck_assert_int_eq(op[2].kind, NFT_OP_RETURN);
			} else {
				ck_assert_int_eq(op[0].chain, NFT_CHAIN_DENY);
			}
			if (op[0].kind == NFT_OP_IN && c >= NFT_CHAIN_JAILED_GROUP1)
				ck_assert_uint_eq(op[0].b, (uint32_t)(c - NFT_CHAIN_JAILED_GROUP1 + 1));
			n++;
		}
		ck_assert_uint_eq(n, 4);
	}
}
END_TEST

START_TEST(dns_dhcp_and_groups_leave_before_anything_of_ours_is_held)
{
	struct nft_opts o = nft_opts_default();
	struct nft_ruleset rs;
	size_t held;

	o.output = DIVERT_QUEUE;
	nft_ruleset_build(&o, &rs);
	held = first_rule(&rs, NFT_CHAIN_OUTPUT, NFT_OP_QUEUE, 4103);
	ck_assert_uint_lt(held, SIZE_MAX);
	ck_assert_int_eq(rs.rules[held].ops[0].kind, NFT_OP_LIMIT);
	ck_assert_uint_eq(count(&rs, NFT_CHAIN_OUTPUT, NFT_OP_QUEUE), 1);
	ck_assert_uint_lt(first_rule(&rs, NFT_CHAIN_OUTPUT, NFT_OP_DPORT, 17), held);
	ck_assert_uint_lt(first_rule(&rs, NFT_CHAIN_OUTPUT, NFT_OP_DPORT, 6), held);
	ck_assert_uint_lt(first_rule(&rs, NFT_CHAIN_OUTPUT, NFT_OP_ADDRESS_KIND, 3), held);
	ck_assert_uint_lt(first_rule(&rs, NFT_CHAIN_OUTPUT, NFT_OP_ADDRESS_KIND, 5), held);
	ck_assert_uint_lt(first_rule(&rs, NFT_CHAIN_OUTPUT, NFT_OP_OIF_LO, 0), held);
	ck_assert_int_eq(rs.rules[held + 1].ops[0].kind, NFT_OP_COUNTER); /* of what passes unseen */
	o.lacks = NFT_LACKS_ADDRESS_KIND;
	nft_ruleset_build(&o, &rs);
	ck_assert_uint_eq(first_rule(&rs, NFT_CHAIN_OUTPUT, NFT_OP_QUEUE, 4103), SIZE_MAX);
	ck_assert_uint_eq(count(&rs, NFT_CHAIN_COPY_OUT, NFT_OP_LOG), 1);
}
END_TEST

START_TEST(names_are_copied_once)
{
	struct nft_opts o = nft_opts_default();
	struct nft_ruleset rs;

	nft_ruleset_build(&o, &rs);
	ck_assert(!rs.chain_used[NFT_CHAIN_DNS]);
	o.dns = true;
	nft_ruleset_build(&o, &rs);
	ck_assert_uint_eq(first_rule(&rs, NFT_CHAIN_DNS, NFT_OP_LOG, 4101), first_rule(&rs, NFT_CHAIN_DNS, NFT_OP_LIMIT, 2000));
	ck_assert_uint_eq(count(&rs, NFT_CHAIN_DNS, NFT_OP_QUEUE), 0);
	ck_assert_uint_eq(first_goto(&rs, NFT_CHAIN_OUTPUT, NFT_CHAIN_DNS), first_rule(&rs, NFT_CHAIN_OUTPUT, NFT_OP_DPORT, 17));
	ck_assert_uint_eq(first_goto(&rs, NFT_CHAIN_INPUT, NFT_CHAIN_DNS), first_rule(&rs, NFT_CHAIN_INPUT, NFT_OP_SPORT, 17));
	ck_assert_uint_eq(count(&rs, NFT_CHAIN_INPUT, NFT_OP_SPORT), 1);
	ck_assert_uint_eq(count(&rs, NFT_CHAIN_INPUT, NFT_OP_DPORT), 0);
}
END_TEST

START_TEST(answers_are_held_while_somebody_is_jailed_and_we_live)
{
	struct nft_opts o = nft_opts_default();
	struct nft_ruleset rs;
	size_t held, copied;

	o.hold_answers = true;
	nft_ruleset_build(&o, &rs);
	ck_assert(!rs.chain_used[NFT_CHAIN_ANSWERS]); /* nobody asked for names */
	o.dns = true;
	nft_ruleset_build(&o, &rs);
	ck_assert(rs.chain_used[NFT_CHAIN_ANSWERS]);
	held = first_goto(&rs, NFT_CHAIN_INPUT, NFT_CHAIN_ANSWERS);
	copied = first_goto(&rs, NFT_CHAIN_INPUT, NFT_CHAIN_DNS);
	ck_assert_uint_lt(held, copied);
	ck_assert_int_eq(rs.rules[held].ops[0].kind, NFT_OP_IN);
	ck_assert_int_eq(rs.rules[held].ops[0].set, NFT_SET_EGRESS_ON);
	for (size_t op = 0; op < 3; op++)
		ck_assert_mem_eq(&rs.rules[held].ops[op + 1], &rs.rules[copied].ops[op], sizeof(rs.rules[held].ops[0]));
	held = first_rule(&rs, NFT_CHAIN_ANSWERS, NFT_OP_QUEUE, 4104);
	ck_assert_uint_lt(first_rule(&rs, NFT_CHAIN_ANSWERS, NFT_OP_NOT_IN, 0), held);
	ck_assert_uint_eq(first_rule(&rs, NFT_CHAIN_ANSWERS, NFT_OP_LIMIT, 2000), held);
	for (size_t op = 0; op < NFT_RULE_OPS; op++)
		ck_assert(rs.rules[held].ops[op].kind != NFT_OP_QUEUE || rs.rules[held].ops[op].b == 0); /* it passes by itself */
}
END_TEST

START_TEST(what_a_kernel_lacks_is_left_out)
{
	struct nft_opts o = nft_opts_default();
	struct nft_ruleset rs;

	o.lacks = NFT_LACKS_REJECT | NFT_LACKS_GROUPS;
	nft_ruleset_build(&o, &rs);
	ck_assert_uint_eq(count(&rs, NFT_CHAINS, NFT_OP_REJECT), 0);
	ck_assert_uint_eq(count(&rs, NFT_CHAIN_DENY, NFT_OP_DROP), 1);
	for (size_t i = 0; i < rs.n_rules; i++) {
		ck_assert(rs.chain_used[rs.rules[i].chain]);
		for (size_t op = 0; op < NFT_RULE_OPS; op++)
			ck_assert_uint_eq(nft_op_lack(rs.rules[i].ops[op].kind, rs.sets[rs.rules[i].ops[op].set].key) & o.lacks, 0);
	}
	ck_assert(strstr(nft_lack_kernel_option(NFT_LACKS_REJECT), "CONFIG_NFT_REJECT_INET"));
	ck_assert(strstr(nft_lack_kernel_option(NFT_LACKS_GROUPS), "CONFIG_NFT_SOCKET"));
	ck_assert(strstr(nft_lack_kernel_option(NFT_LACKS_ADDRESS_KIND), "CONFIG_NFT_FIB_INET"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nft_ruleset_egress");
	TCase *c = tcase_create("nft_ruleset_egress");
	SRunner *r = srunner_create(s);

	suite_add_tcase(s, c);
	tcase_add_test(c, what_leaves_meets_responses_only_behind_their_switches);
	tcase_add_test(c, only_what_this_host_began_is_ever_refused);
	tcase_add_test(c, every_jail_lets_through_what_is_allowed_and_no_more);
	tcase_add_test(c, dns_dhcp_and_groups_leave_before_anything_of_ours_is_held);
	tcase_add_test(c, names_are_copied_once);
	tcase_add_test(c, answers_are_held_while_somebody_is_jailed_and_we_live);
	tcase_add_test(c, what_a_kernel_lacks_is_left_out);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
