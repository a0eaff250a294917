/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The description of our kernel table: what must hold in it for every choice of options.
 */
#include "codec/nft_ruleset.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define CHOICES 27 /* three hooks, three ways each */

static struct nft_opts choice(int i)
{
	struct nft_opts o = nft_opts_default();

	o.input = (enum divert)(i % 3);
	o.forward = (enum divert)(i / 3 % 3);
	o.output = (enum divert)(i / 9);
	return o;
}

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

START_TEST(every_set_has_a_name_and_a_size)
{
	struct nft_opts o = nft_opts_default();
	struct nft_ruleset rs;

	nft_ruleset_build(&o, &rs);
	for (int i = 0; i < NFT_SETS; i++) {
		ck_assert(rs.sets[i].name[0]);
		ck_assert_uint_gt(rs.sets[i].size, 0);
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(rs.sets[i].name, rs.sets[k].name);
	}
}
END_TEST

START_TEST(only_guards_listening_ports_and_allowances_may_stay_for_ever)
{
	struct nft_opts o = nft_opts_default();
	struct nft_ruleset rs;

	nft_ruleset_build(&o, &rs);
	for (int i = 0; i < NFT_SETS; i++) {
		bool stays = i == NFT_SET_GUARD4 || i == NFT_SET_GUARD6 ||
			i == NFT_SET_LISTENING || i == NFT_SET_MAPPED ||
			(i >= NFT_SET_ALLOW_USER4 && i <= NFT_SET_ALLOW_HOST6);

		ck_assert_int_eq(rs.sets[i].timeout_ms == 0, stays);
	}
}
END_TEST

START_TEST(sizes_and_times_come_from_the_options)
{
	struct nft_opts o = nft_opts_default();
	struct nft_ruleset rs;

	o.set_size = 1000;
	o.alive_ms = 700;
	nft_ruleset_build(&o, &rs);
	ck_assert_uint_eq(rs.sets[NFT_SET_DROP4].size, 1000);
	ck_assert_uint_eq(rs.sets[NFT_SET_SHARE6].size, 1000);
	ck_assert_uint_eq(rs.sets[NFT_SET_ALIVE].timeout_ms, 700);
	ck_assert_uint_ge(rs.sets[NFT_SET_LISTENING].size, 3 * 65536);
}
END_TEST

START_TEST(every_jump_leads_to_a_chain_that_is_there)
{
	for (int i = 0; i < CHOICES; i++) {
		struct nft_opts o = choice(i);
		struct nft_ruleset rs;

		nft_ruleset_build(&o, &rs);
		ck_assert_uint_le(rs.n_rules, NFT_RULES);
		for (size_t r = 0; r < rs.n_rules; r++) {
			ck_assert(rs.chain_used[rs.rules[r].chain]);
			for (size_t op = 0; op < NFT_RULE_OPS; op++) {
				const struct nft_op *p = &rs.rules[r].ops[op];

				if (p->kind == NFT_OP_JUMP || p->kind == NFT_OP_GOTO)
					ck_assert(rs.chain_used[p->chain]);
			}
		}
	}
}
END_TEST

START_TEST(copies_hold_nothing)
{
	for (int i = 0; i < CHOICES; i++) {
		struct nft_opts o = choice(i);
		bool queues = o.input == DIVERT_QUEUE || o.forward == DIVERT_QUEUE ||
			o.output == DIVERT_QUEUE;
		struct nft_ruleset rs;

		nft_ruleset_build(&o, &rs);
		ck_assert_int_eq(count(&rs, NFT_CHAINS, NFT_OP_QUEUE) > 0, queues);
	}
}
END_TEST

START_TEST(what_is_off_is_not_diverted_but_still_held_to_measures)
{
	struct nft_opts o = nft_opts_default();
	struct nft_ruleset rs;

	o.input = DIVERT_OFF;
	nft_ruleset_build(&o, &rs);
	ck_assert_uint_eq(count(&rs, NFT_CHAINS, NFT_OP_QUEUE), 0);
	ck_assert_uint_eq(count(&rs, NFT_CHAINS, NFT_OP_LOG), 1); /* of what is refused */
	ck_assert_uint_eq(count(&rs, NFT_CHAIN_DENY, NFT_OP_LOG), 1);
	ck_assert(!rs.chain_used[NFT_CHAIN_FORWARD]);
	ck_assert(!rs.chain_used[NFT_CHAIN_SERVED]);
	ck_assert_uint_eq(count(&rs, NFT_CHAIN_OUTPUT, NFT_OP_JUMP), 4);
	ck_assert_uint_eq(count(&rs, NFT_CHAIN_INPUT, NFT_OP_JUMP), 2);
	o.input = DIVERT_QUEUE;
	nft_ruleset_build(&o, &rs);
	ck_assert_uint_eq(count(&rs, NFT_CHAIN_OUTPUT, NFT_OP_LOG), 0);
	ck_assert_uint_eq(count(&rs, NFT_CHAIN_OUTPUT, NFT_OP_CT_LABEL_SET), 2);
}
END_TEST

START_TEST(icmp_leaves_a_chain_before_anything_is_held)
{
	for (int i = 0; i < CHOICES; i++) {
		struct nft_opts o = choice(i);
		struct nft_ruleset rs;
		const enum nft_chain_id in[] = { NFT_CHAIN_INPUT, NFT_CHAIN_FORWARD,
			NFT_CHAIN_OUTPUT };

		nft_ruleset_build(&o, &rs);
		for (int c = 0; c < 3; c++) {
			size_t held = first_rule(&rs, in[c], NFT_OP_QUEUE, c == 2 ? 4103 : 4101);

			if (held == SIZE_MAX)
				continue;
			ck_assert_uint_lt(
				first_rule(&rs, in[c], NFT_OP_L4PROTO, 1), held);
			ck_assert_uint_lt(
				first_rule(&rs, in[c], NFT_OP_L4PROTO, 58), held);
		}
	}
}
END_TEST

START_TEST(nothing_is_diverted_without_the_dead_mans_element)
{
	for (int i = 0; i < CHOICES; i++) {
		struct nft_opts o = choice(i);
		struct nft_ruleset rs;
		bool gate[NFT_CHAINS] = { false };

		/* The copy chain is entered behind the gate of those that go there. */
		gate[NFT_CHAIN_COPY] = gate[NFT_CHAIN_COPY_OUT] = true;
		/* What is refused is refused without us, and the kernel keeps a copy for nobody. */
		gate[NFT_CHAIN_DENY] = true;
		o.dns = i & 1;
		nft_ruleset_build(&o, &rs);
		for (size_t r = 0; r < rs.n_rules; r++) {
			const struct nft_rule *rule = &rs.rules[r];

			for (size_t op = 0; op < NFT_RULE_OPS; op++) {
				enum nft_op_kind k = rule->ops[op].kind;

				if (k == NFT_OP_NOT_IN &&
					rule->ops[op].set == NFT_SET_ALIVE)
					gate[rule->chain] = true;
				if (k == NFT_OP_QUEUE || k == NFT_OP_LOG)
					ck_assert(gate[rule->chain]);
			}
		}
	}
}
END_TEST

START_TEST(shields_stand_behind_the_listening_ports)
{
	static const enum nft_set_id order[] = { NFT_SET_MAPPED, NFT_SET_LISTENING };
	struct nft_opts o = nft_opts_default();
	struct nft_ruleset rs;
	size_t n = 0;

	nft_ruleset_build(&o, &rs);
	for (size_t i = 0; i < rs.n_rules; i++) {
		const struct nft_rule *r = &rs.rules[i];

		if (r->chain != NFT_CHAIN_SHIELDS)
			continue;
		if (n < 2) {
			ck_assert_int_eq(r->ops[0].set, order[n++]);
			ck_assert_int_eq(r->ops[1].kind, NFT_OP_RETURN);
			continue;
		}
		ck_assert_int_eq(r->ops[1].kind, NFT_OP_GOTO);
		ck_assert_int_eq(r->ops[1].chain, NFT_CHAIN_STRIKE);
	}
	ck_assert_uint_eq(n, 2);
}
END_TEST

/* How many verdicts end packets in a chain. */
static size_t ends(const struct nft_ruleset *rs, enum nft_chain_id chain)
{
	return count(rs, chain, NFT_OP_DROP) + count(rs, chain, NFT_OP_REJECT);
}

START_TEST(loopback_and_guards_come_through_each_place_that_ends_packets)
{
	static const enum nft_chain_id places[] = { NFT_CHAIN_STRIKE, NFT_CHAIN_DENY, NFT_CHAIN_HOLD_BACK };
	struct nft_opts o = choice(CHOICES - 1);
	struct nft_ruleset rs;
	size_t ended = 0;

	nft_ruleset_build(&o, &rs);
	for (size_t p = 0; p < 3; p++) {
		size_t n = 0;

		for (size_t i = 0; i < rs.n_rules && n < 3; i++) {
			const struct nft_op *op = rs.rules[i].ops;
			enum nft_key key = p ? (n == 1 ? NFT_KEY_DADDR4 : NFT_KEY_DADDR6) : NFT_KEY_NONE;

			if (rs.rules[i].chain != places[p])
				continue;
			ck_assert_int_eq(op[1].kind, NFT_OP_RETURN);
			if (n == 0) {
				ck_assert_int_eq(op[0].kind, p ? NFT_OP_OIF_LO : NFT_OP_IIF_LO);
			} else {
				ck_assert_int_eq(op[0].kind, NFT_OP_IN);
				ck_assert_int_eq(op[0].set, n == 1 ? NFT_SET_GUARD4 : NFT_SET_GUARD6);
				ck_assert_int_eq((int)op[0].a, (int)key);
			}
			n++;
		}
		ck_assert_uint_eq(n, 3);
		ended += ends(&rs, places[p]);
	}
	ck_assert_uint_eq(ended, 4); /* drop, reset, ICMP, drop */
	ck_assert_uint_eq(ends(&rs, NFT_CHAINS), ended);
}
END_TEST

START_TEST(forwarded_packets_never_meet_a_shield)
{
	struct nft_opts o = choice(CHOICES - 1);
	struct nft_ruleset rs;

	nft_ruleset_build(&o, &rs);
	for (size_t i = 0; i < rs.n_rules; i++) {
		const struct nft_rule *r = &rs.rules[i];

		if (r->chain != NFT_CHAIN_FORWARD && r->chain != NFT_CHAIN_ODD_FORWARD)
			continue;
		for (size_t op = 0; op < NFT_RULE_OPS; op++) {
			ck_assert(r->ops[op].kind != NFT_OP_JUMP ||
				r->ops[op].chain == NFT_CHAIN_MEASURES ||
				r->ops[op].chain == NFT_CHAIN_SERVED);
		}
	}
}
END_TEST

START_TEST(a_segment_without_syn_meets_no_measure_but_drop)
{
	struct nft_opts o = nft_opts_default();
	struct nft_ruleset rs;

	nft_ruleset_build(&o, &rs);
	for (size_t i = 0; i < rs.n_rules; i++) {
		const struct nft_rule *r = &rs.rules[i];

		if (r->chain != NFT_CHAIN_INPUT || r->ops[2].kind != NFT_OP_JUMP)
			continue;
		ck_assert_int_eq(r->ops[0].kind, NFT_OP_CT_STATE);
		ck_assert_uint_eq(r->ops[0].a, 8);
		if (r->ops[1].kind == NFT_OP_TCP_FLAGS) {
			ck_assert_uint_eq(r->ops[1].a, 0x12);
			ck_assert_uint_eq(r->ops[1].b, 0x02);
		} else {
			ck_assert_int_eq(r->ops[1].kind, NFT_OP_L4PROTO_NOT);
			ck_assert_uint_eq(r->ops[1].a, 6);
		}
	}
}
END_TEST

START_TEST(the_kernel_option_of_a_queue_depends_on_its_kind)
{
	ck_assert_str_eq(nft_op_kernel_option(NFT_OP_QUEUE, true), "CONFIG_NFT_QUEUE");
	ck_assert(strstr(nft_op_kernel_option(NFT_OP_QUEUE, false), "CONFIG_NFT_COMPAT"));
	ck_assert(strstr(nft_op_kernel_option(NFT_OP_LOG, false), "CONFIG_NFT_LOG"));
	ck_assert_str_eq(nft_op_kernel_option(NFT_OP_DROP, true), "");
}
END_TEST

static struct nft_ruleset closed(struct nft_opts o)
{
	struct nft_ruleset rs;

	o.fail_closed = true;
	nft_ruleset_build(&o, &rs);
	return rs;
}

START_TEST(fail_closed_goes_the_closed_way_only_without_the_dead_man)
{
	struct nft_opts o = nft_opts_default();
	struct nft_ruleset rs;

	o.forward = DIVERT_QUEUE;
	rs = closed(o);
	for (int i = 0; i < 2; i++) {
		enum nft_chain_id chain = i ? NFT_CHAIN_FORWARD : NFT_CHAIN_INPUT;
		size_t live = first_rule(&rs, chain, NFT_OP_CT_STATE, 6);
		size_t begin = first_goto(
			&rs, chain, i ? NFT_CHAIN_MEASURES : NFT_CHAIN_BEGIN);
		size_t gate = first_goto(&rs, chain, NFT_CHAIN_CLOSED);

		ck_assert_int_eq(rs.rules[live].ops[1].kind, NFT_OP_RETURN);
		ck_assert_uint_lt(live, begin); /* live flows, measures, then the gate */
		ck_assert_uint_lt(begin, gate);
		ck_assert_uint_lt(gate, SIZE_MAX);
		ck_assert_int_eq(rs.rules[gate].ops[0].kind, NFT_OP_NOT_IN);
		ck_assert_int_eq(rs.rules[gate].ops[0].set, NFT_SET_ALIVE);
		ck_assert_int_eq(rs.rules[gate - 1].ops[0].kind, NFT_OP_NOT_TO_US);
	}
}
END_TEST

START_TEST(what_is_closed_lets_icmp_and_known_flows_through_first)
{
	struct nft_ruleset rs = closed(nft_opts_default());
	size_t strikes = first_goto(&rs, NFT_CHAIN_CLOSED, NFT_CHAIN_STRIKE);
	enum nft_chain_id c = NFT_CHAIN_CLOSED;

	ck_assert_uint_lt(first_rule(&rs, c, NFT_OP_L4PROTO, 1), strikes);
	ck_assert_uint_lt(first_rule(&rs, c, NFT_OP_L4PROTO, 58), strikes);
	ck_assert_uint_lt(first_rule(&rs, c, NFT_OP_CT_LABEL, NFT_LABEL_SEEN), strikes);
	for (size_t i = strikes; i < rs.n_rules && rs.rules[i].chain == c; i++) {
		ck_assert_int_eq(rs.rules[i].ops[0].kind, NFT_OP_CT_STATE);
		ck_assert_uint_eq(rs.rules[i].ops[0].a, 8); /* new, and nothing else */
	}
	ck_assert_uint_eq(count(&rs, c, NFT_OP_DROP), 0); /* strike alone drops */
}
END_TEST

START_TEST(fail_closed_holds_what_nobody_reads_but_never_our_own_flows)
{
	struct nft_opts o = nft_opts_default();
	struct nft_ruleset rs;

	o.forward = o.output = DIVERT_QUEUE;
	rs = closed(o);
	for (size_t i = 0; i < rs.n_rules; i++) {
		for (size_t op = 0; op < NFT_RULE_OPS; op++) {
			if (rs.rules[i].ops[op].kind != NFT_OP_QUEUE)
				continue;
			ck_assert_uint_eq(rs.rules[i].ops[op].b,
				rs.rules[i].chain != NFT_CHAIN_OUTPUT);
		}
	}
	ck_assert_uint_eq(
		first_goto(&rs, NFT_CHAIN_OUTPUT, NFT_CHAIN_CLOSED), SIZE_MAX);
	ck_assert_uint_eq(
		first_goto(&rs, NFT_CHAIN_OUTPUT, NFT_CHAIN_STRIKE), SIZE_MAX);
}
END_TEST

START_TEST(fail_closed_changes_nothing_where_nothing_is_held)
{
	struct nft_opts o = nft_opts_default();
	struct nft_ruleset open, rs;

	o.input = o.forward = o.output = DIVERT_COPY;
	nft_ruleset_build(&o, &open);
	rs = closed(o);
	ck_assert(!rs.chain_used[NFT_CHAIN_CLOSED]);
	ck_assert_uint_eq(rs.n_rules, open.n_rules);
	ck_assert_mem_eq(rs.rules, open.rules, sizeof(open.rules));
}
END_TEST

START_TEST(by_default_it_fails_open)
{
	struct nft_opts o = nft_opts_default();
	struct nft_ruleset rs;

	nft_ruleset_build(&o, &rs);
	ck_assert(!rs.chain_used[NFT_CHAIN_CLOSED]);
	for (size_t i = 0; i < rs.n_rules; i++) {
		for (size_t op = 0; op < NFT_RULE_OPS; op++)
			ck_assert(rs.rules[i].ops[op].kind != NFT_OP_QUEUE ||
				!rs.rules[i].ops[op].b);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nft_ruleset");
	TCase *c = tcase_create("nft_ruleset");
	SRunner *r = srunner_create(s);

	suite_add_tcase(s, c);
	tcase_add_test(c, fail_closed_goes_the_closed_way_only_without_the_dead_man);
	tcase_add_test(c, what_is_closed_lets_icmp_and_known_flows_through_first);
	tcase_add_test(c, fail_closed_holds_what_nobody_reads_but_never_our_own_flows);
	tcase_add_test(c, fail_closed_changes_nothing_where_nothing_is_held);
	tcase_add_test(c, by_default_it_fails_open);
	tcase_add_test(c, every_set_has_a_name_and_a_size);
	tcase_add_test(c, only_guards_listening_ports_and_allowances_may_stay_for_ever);
	tcase_add_test(c, sizes_and_times_come_from_the_options);
	tcase_add_test(c, every_jump_leads_to_a_chain_that_is_there);
	tcase_add_test(c, copies_hold_nothing);
	tcase_add_test(c, what_is_off_is_not_diverted_but_still_held_to_measures);
	tcase_add_test(c, icmp_leaves_a_chain_before_anything_is_held);
	tcase_add_test(c, nothing_is_diverted_without_the_dead_mans_element);
	tcase_add_test(c, shields_stand_behind_the_listening_ports);
	tcase_add_test(c, loopback_and_guards_come_through_each_place_that_ends_packets);
	tcase_add_test(c, forwarded_packets_never_meet_a_shield);
	tcase_add_test(c, a_segment_without_syn_meets_no_measure_but_drop);
	tcase_add_test(c, the_kernel_option_of_a_queue_depends_on_its_kind);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
