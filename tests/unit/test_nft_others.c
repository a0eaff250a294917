/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What other tables hold: chains with their hooks, flowtables, and rules that exempt from
 * conntrack in nftables' and in iptables' spelling.
 */
#include "codec/nft_others.h"

#include <arpa/inet.h>
#include <check.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>

#include "base/err.h"
#include "wire.h"

#define TYPE(message) (NFNL_SUBSYS_NFTABLES << 8 | (message))

static struct wire begun(uint8_t family)
{
	struct nfgenmsg head = { .nfgen_family = family };
	struct wire w = { .len = 0 };

	wire_put(&w, &head, sizeof(head));
	return w;
}

static void put_string(struct wire *w, uint16_t type, const char *s)
{
	wire_attribute(w, type, s, strlen(s) + 1);
}

static int parsed(const struct wire *w, uint16_t message, struct nft_others *out)
{
	struct netlink_message m = { .type = TYPE(message), .body = { w->bytes, w->len } };

	return nft_others_parse(&m, out);
}

START_TEST(a_base_chain_comes_with_its_hook_and_priority)
{
	struct wire w = begun(NFPROTO_INET), hook = { .len = 0 };
	struct nft_others o;

	put_string(&w, NFTA_CHAIN_TABLE, "filter");
	put_string(&w, NFTA_CHAIN_NAME, "f2b-\033[31m");
	ck_assert_int_eq(parsed(&w, NFT_MSG_NEWCHAIN, &o), 0);
	ck_assert(!o.base);
	wire_be32(&hook, NFTA_HOOK_HOOKNUM, NF_INET_PRE_ROUTING);
	wire_be32(&hook, NFTA_HOOK_PRIORITY, (uint32_t)-500);
	wire_attribute(&w, NFTA_CHAIN_HOOK | NLA_F_NESTED, hook.bytes, hook.len);
	ck_assert_int_eq(parsed(&w, NFT_MSG_NEWCHAIN, &o), 0);
	ck_assert_int_eq(o.kind, NFT_OTHERS_CHAIN);
	ck_assert_str_eq(o.table, "filter");
	ck_assert_str_eq(o.name, "f2b-?[31m");
	ck_assert(o.base);
	ck_assert_uint_eq(o.hook, NF_INET_PRE_ROUTING);
	ck_assert_int_eq(o.priority, -500);
	w.len -= 4;
	ck_assert_int_eq(parsed(&w, NFT_MSG_NEWCHAIN, &o), ERR_TRUNCATED);
}
END_TEST

/* One rule of one expression, with a target's name where it is one. */
static bool untracks(const char *expression, const char *target)
{
	struct wire w = begun(NFPROTO_IPV4), list = { .len = 0 }, e = { .len = 0 },
		data = { .len = 0 };
	struct nft_others o;

	put_string(&e, NFTA_EXPR_NAME, expression);
	if (target) {
		put_string(&data, NFTA_TARGET_NAME, target);
		wire_attribute(&e, NFTA_EXPR_DATA, data.bytes, data.len);
	}
	wire_attribute(&list, NFTA_LIST_ELEM, e.bytes, e.len);
	put_string(&w, NFTA_RULE_TABLE, "raw");
	put_string(&w, NFTA_RULE_CHAIN, "PREROUTING");
	wire_attribute(&w, NFTA_RULE_EXPRESSIONS, list.bytes, list.len);
	ck_assert_int_eq(parsed(&w, NFT_MSG_NEWRULE, &o), 0);
	ck_assert_str_eq(o.name, "PREROUTING");
	return o.untracks;
}

START_TEST(a_rule_that_exempts_from_tracking_is_known_in_both_spellings)
{
	ck_assert(untracks("notrack", NULL));
	ck_assert(untracks("target", "CT"));
	ck_assert(untracks("target", "NOTRACK"));
	ck_assert(!untracks("target", "LOG"));
	ck_assert(!untracks("match", "CT"));
	ck_assert(!untracks("counter", NULL));
}
END_TEST

START_TEST(a_flowtable_has_a_name_and_long_names_are_cut)
{
	struct wire w = begun(NFPROTO_IPV6);
	struct nft_others o;
	char name[200];

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	put_string(&w, NFTA_FLOWTABLE_TABLE, "ft");
	put_string(&w, NFTA_FLOWTABLE_NAME, name);
	ck_assert_int_eq(parsed(&w, NFT_MSG_NEWFLOWTABLE, &o), 0);
	ck_assert_int_eq(o.kind, NFT_OTHERS_FLOWTABLE);
	ck_assert_uint_eq(strlen(o.name), NFT_OTHERS_NAME - 1);
	ck_assert_int_eq(parsed(&w, NFT_MSG_NEWSET, &o), ERR_INVALID);
}
END_TEST

START_TEST(a_dump_is_asked_for_all_families)
{
	_Alignas(NETLINK_ALIGN) uint8_t buf[NFT_OTHERS_REQUEST_BYTES];
	struct netlink_message m;
	struct cursor c;
	size_t len;

	ck_assert_int_eq(nft_others_dump(buf, sizeof(buf), NFT_OTHERS_RULE, 7, &len), 0);
	c = cursor_over((struct slice){ buf, len });
	ck_assert(netlink_next(&c, &m));
	ck_assert_uint_eq(m.type, TYPE(NFT_MSG_GETRULE));
	ck_assert_uint_eq(m.flags, NLM_F_REQUEST | NLM_F_DUMP);
	ck_assert_uint_eq(m.seq, 7);
	ck_assert_uint_eq(m.body.at[0], NFPROTO_UNSPEC);
	ck_assert_int_eq(nft_others_dump(buf, 8, NFT_OTHERS_RULE, 7, &len), ERR_FULL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nft_others");
	TCase *c = tcase_create("nft_others");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(c, a_base_chain_comes_with_its_hook_and_priority);
	tcase_add_test(c, a_rule_that_exempts_from_tracking_is_known_in_both_spellings);
	tcase_add_test(c, a_flowtable_has_a_name_and_long_names_are_cut);
	tcase_add_test(c, a_dump_is_asked_for_all_families);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
