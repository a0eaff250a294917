/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What leaves: measures about destinations and actors to elements to bytes and back, and where a jailed actor may go.
 */
#include "codec/nft_elem.h"

#include <check.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "codec/nft_dump.h"
#include "codec/nft_place.h"
#include "core/packet.h"

static const mono_t now = { .ns = 1000 * NS_PER_S };
static uint8_t memory[16 * 1024] __attribute__((aligned(8)));

static void see(void *ctx, const struct nft_elem *e, bool is_end)
{
	struct nft_elem *out = ctx;

	ck_assert(!is_end);
	*out = *e;
}

static struct nft_elem there_and_back(const struct nft_elem *e)
{
	struct nft_elem out = { .set = NFT_SETS };
	struct nft_batch b;

	nft_batch_begin(&b, memory, sizeof(memory), 1);
	ck_assert_int_eq(nft_elem_add(&b, e, 1), 0);
	ck_assert_int_eq(nft_dump_parse((const struct nlmsghdr *)(memory + b.last), see, &out), 0);
	ck_assert_int_eq(out.set, e->set);
	return out;
}

static struct measure to(const char *prefix, enum response response)
{
	struct measure m = { .response = response, .until = mono_add(now, 90 * NS_PER_S),
		.subject.kind = SUBJECT_DESTINATION };

	ck_assert_int_eq(prefix_parse(prefix, &m.subject.source), 0);
	return m;
}

static struct measure by(struct actor a, enum response response)
{
	return (struct measure){ .response = response, .until = mono_add(now, 90 * NS_PER_S),
		.subject = { .kind = SUBJECT_ACTOR, .actor = a } };
}

static const struct actor user = { .kind = ACTOR_USER, .uid = 1042 };
static const struct actor group = { .kind = ACTOR_GROUP, .cgroup = 0x1122334455667788, .level = 2 };
static const struct actor host = { .kind = ACTOR_HOST };

/* Each element that is there comes back as this measure, with its own rate. */
static void check(const struct measure *m, size_t elements, size_t there)
{
	struct nft_elem e[NFT_ELEMS_PER_MEASURE];
	struct measure back;
	size_t n, seen = 0;

	ck_assert_int_eq(nft_elem_of_measure(m, now, e, &n), 0);
	ck_assert_uint_eq(n, elements);
	for (size_t i = 0; i < n; i++) {
		struct nft_elem f;

		if (e[i].absent)
			continue;
		seen++;
		f = there_and_back(&e[i]);
		ck_assert(f.counter);
		ck_assert_int_eq(nft_dump_measure(&f, now, &back), 0);
		ck_assert_int_eq(back.response, m->response);
		ck_assert_int_eq(back.scope, m->scope);
		ck_assert_int_eq(back.until.ns, m->until.ns);
		ck_assert(subject_equal(&back.subject, &m->subject));
		ck_assert_uint_eq(back.limit_rate, f.limit_kib ? 0 : m->limit_rate);
		ck_assert_uint_eq(back.limit_kib, f.limit_kib ? m->limit_kib : 0);
		if (m->subject.kind == SUBJECT_ACTOR)
			ck_assert_uint_eq(back.subject.actor.level, m->subject.actor.level);
	}
	ck_assert_uint_eq(seen, there);
}

START_TEST(a_refused_destination_comes_back_as_such)
{
	struct measure m = to("192.0.2.7/32", RESPONSE_EGRESS_REFUSE);

	check(&m, 3, 1);
	m = to("2001:db8:1:2::/64", RESPONSE_EGRESS_REFUSE);
	check(&m, 3, 1);
	m.scope = SCOPE_SERVICE;
	m.subject.proto = PROTO_TCP;
	m.subject.port = 443;
	check(&m, 3, 1);
}
END_TEST

START_TEST(a_limited_destination_is_one_element_for_each_of_its_rates)
{
	struct measure m = to("192.0.2.7/32", RESPONSE_EGRESS_LIMIT);

	m.limit_rate = 5;
	m.limit_burst = 10;
	check(&m, 3, 1);
	m.limit_kib = 256;
	check(&m, 3, 2);
	m.limit_rate = 0;
	check(&m, 3, 1);
	m.scope = SCOPE_SERVICE;
	m.subject.proto = PROTO_UDP;
	m.subject.port = 443;
	check(&m, 3, 1);
}
END_TEST

START_TEST(what_one_response_leaves_behind_is_absent_for_the_other)
{
	struct measure m = to("192.0.2.7/32", RESPONSE_EGRESS_REFUSE);
	struct nft_elem e[NFT_ELEMS_PER_MEASURE];
	size_t n;

	ck_assert_int_eq(nft_elem_of_measure(&m, now, e, &n), 0);
	ck_assert_int_eq(e[0].set, NFT_SET_EGRESS_REFUSE4);
	ck_assert(!e[0].absent && e[1].absent && e[2].absent);
	m.response = RESPONSE_EGRESS_LIMIT;
	m.limit_kib = 10;
	ck_assert_int_eq(nft_elem_of_measure(&m, now, e, &n), 0);
	ck_assert_int_eq(e[1].set, NFT_SET_EGRESS_LIMIT4);
	ck_assert_int_eq(e[2].set, NFT_SET_EGRESS_BYTES4);
	ck_assert(e[0].absent && e[1].absent && !e[2].absent);
}
END_TEST

START_TEST(actors_are_limited_and_jailed)
{
	struct measure m = by(user, RESPONSE_EGRESS_LIMIT);

	m.limit_rate = 3;
	m.limit_kib = 64;
	check(&m, 2, 2);
	m.subject.actor = group;
	check(&m, 2, 2);
	m = by(user, RESPONSE_EGRESS_ALLOWLIST);
	check(&m, 1, 1);
	m.subject.actor = group;
	check(&m, 1, 1);
	m.subject.actor = host;
	check(&m, 2, 2); /* one for each family */
}
END_TEST

START_TEST(what_no_set_can_express_is_unsupported)
{
	struct measure m = to("192.0.2.0/24", RESPONSE_EGRESS_REFUSE);
	struct nft_elem e[NFT_ELEMS_PER_MEASURE];
	size_t n;

	ck_assert_int_eq(nft_elem_of_measure(&m, now, e, &n), ERR_UNSUPPORTED);
	m = to("192.0.2.7/32", RESPONSE_EGRESS_LIMIT); /* of nothing */
	ck_assert_int_eq(nft_elem_of_measure(&m, now, e, &n), ERR_UNSUPPORTED);
	m = to("192.0.2.7/32", RESPONSE_DROP);
	ck_assert_int_eq(nft_elem_of_measure(&m, now, e, &n), ERR_UNSUPPORTED);
	m = by(host, RESPONSE_EGRESS_LIMIT);
	m.limit_rate = 5;
	ck_assert_int_eq(nft_elem_of_measure(&m, now, e, &n), ERR_UNSUPPORTED);
	m = by(group, RESPONSE_EGRESS_ALLOWLIST);
	m.subject.actor.level = NFT_LEVELS + 1; /* no rule looks that deep */
	ck_assert_int_eq(nft_elem_of_measure(&m, now, e, &n), ERR_UNSUPPORTED);
	m = by(user, RESPONSE_EGRESS_REFUSE);
	ck_assert_int_eq(nft_elem_of_measure(&m, now, e, &n), ERR_UNSUPPORTED);
}
END_TEST

START_TEST(a_group_whose_depth_nobody_knows_is_not_adopted)
{
	struct measure m = by(group, RESPONSE_EGRESS_ALLOWLIST), back;
	struct nft_elem e[NFT_ELEMS_PER_MEASURE], f;
	size_t n;

	ck_assert_int_eq(nft_elem_of_measure(&m, now, e, &n), 0);
	f = there_and_back(&e[0]);
	ck_assert_uint_eq(f.level, 2);
	e[0].level = 0;
	f = there_and_back(&e[0]);
	ck_assert_int_eq(nft_dump_measure(&f, now, &back), ERR_RANGE);
}
END_TEST

START_TEST(a_limit_of_bytes_is_no_limit_of_flows)
{
	struct nft_elem e = { .set = NFT_SET_EGRESS_REFUSE4, .key = { 192, 0, 2, 7 }, .limit_kib = 5, .timeout_ms = 5 };
	struct measure m;

	e = there_and_back(&e);
	ck_assert_uint_eq(e.limit_kib, 5);
	ck_assert_uint_eq(e.limit_rate, 0);
	ck_assert_int_eq(nft_dump_measure(&e, now, &m), ERR_INVALID); /* a refusal has no limit */
	e.set = NFT_SET_EGRESS_LIMIT4;
	ck_assert_int_eq(nft_dump_measure(&e, now, &m), ERR_RANGE); /* at home among limits of bytes */
	e.set = NFT_SET_EGRESS_BYTES4;
	ck_assert_int_eq(nft_dump_measure(&e, now, &m), 0);
	e.limit_kib = 0;
	ck_assert_int_eq(nft_dump_measure(&e, now, &m), ERR_INVALID);
}
END_TEST

START_TEST(each_set_of_what_leaves_has_its_switch)
{
	enum nft_set_id on;

	ck_assert(nft_place_switch(NFT_SET_EGRESS_REFUSESVC6, &on) && on == NFT_SET_EGRESS_ON);
	ck_assert(nft_place_switch(NFT_SET_JAIL_HOST, &on) && on == NFT_SET_EGRESS_ON);
	ck_assert(nft_place_switch(NFT_SET_EGRESS_BYTES_GROUP, &on) && on == NFT_SET_EGRESS_ON);
	ck_assert(nft_place_switch(NFT_SET_EGRESS_LIMIT_GROUP, &on) && on == NFT_SET_LIMIT_ON);
	ck_assert(!nft_place_switch(NFT_SET_DROP4, &on));
	ck_assert(!nft_place_switch(NFT_SET_ALLOW_USER4, &on));
	ck_assert(!nft_place_switch(NFT_SET_EGRESS_ON, &on));
}
END_TEST

static struct allowance may(struct actor a, const char *prefix, uint16_t first, uint16_t last)
{
	struct allowance w = { .actor = a, .port_first = first, .port_last = last, .proto = PROTO_TCP,
		.until = mono_add(now, 30 * NS_PER_S) };

	ck_assert_int_eq(prefix_parse(prefix, &w.to), 0);
	return w;
}

START_TEST(an_allowance_is_an_interval_from_its_first_address_and_port_to_its_last)
{
	struct allowance a = may(user, "10.1.0.0/16", 440, 450);
	const uint8_t first[16] = { 0, 0, 4, 0x12, 10, 1, 0, 0, 6, 0, 0, 0, 1, 0xb8 };
	const uint8_t last[16] = { 0, 0, 4, 0x12, 10, 1, 255, 255, 6, 0, 0, 0, 1, 0xc2 };
	struct nft_elem e, f;

	ck_assert_int_eq(nft_elem_of_allowance(&a, now, &e), 0);
	ck_assert_int_eq(e.set, NFT_SET_ALLOW_USER4);
	ck_assert_mem_eq(e.key, first, sizeof(first));
	ck_assert_mem_eq(e.last, last, sizeof(last));
	ck_assert_uint_eq(e.timeout_ms, 30000);
	f = there_and_back(&e);
	ck_assert_mem_eq(f.key, e.key, sizeof(e.key));
	ck_assert_mem_eq(f.last, e.last, sizeof(e.last));
	a.until.ns = 0;
	ck_assert_int_eq(nft_elem_of_allowance(&a, now, &e), 0);
	ck_assert_uint_eq(e.timeout_ms, 0);
}
END_TEST

START_TEST(an_allowance_of_every_actor_and_family_has_its_set)
{
	static const enum nft_set_id sets[] = { NFT_SET_ALLOW_HOST4, NFT_SET_ALLOW_USER4, NFT_SET_ALLOW_GROUP4 };
	const struct actor actors[] = { host, user, group };

	for (size_t i = 0; i < 3; i++) {
		struct allowance a = may(actors[i], "192.0.2.7/32", 443, 443);
		struct nft_elem e, f;

		ck_assert_int_eq(nft_elem_of_allowance(&a, now, &e), 0);
		ck_assert_int_eq(e.set, sets[i]);
		a = may(actors[i], "2001:db8::/32", 443, 443);
		ck_assert_int_eq(nft_elem_of_allowance(&a, now, &e), 0);
		ck_assert_int_eq(e.set, sets[i] + 1);
		f = there_and_back(&e);
		ck_assert_mem_eq(f.last, e.last, sizeof(e.last));
	}
}
END_TEST

START_TEST(a_protocol_without_ports_has_all_of_them)
{
	struct allowance a = may(host, "192.0.2.7/32", 443, 443);
	struct nft_elem e;

	a.proto = PROTO_ICMP;
	ck_assert_int_eq(nft_elem_of_allowance(&a, now, &e), 0);
	ck_assert_mem_eq(e.key + 8, "\0\0", 2);
	ck_assert_mem_eq(e.last + 8, "\xff\xff", 2);
}
END_TEST

START_TEST(what_allows_nothing_is_invalid)
{
	struct allowance good = may(user, "192.0.2.7/32", 1, 2), a;
	struct nft_elem e;

	a = good;
	a.proto = 0;
	ck_assert_int_eq(nft_elem_of_allowance(&a, now, &e), ERR_INVALID);
	a = good;
	a.port_first = 3;
	ck_assert_int_eq(nft_elem_of_allowance(&a, now, &e), ERR_INVALID);
	a = good;
	a.actor.uid = OWNER_UNKNOWN;
	ck_assert_int_eq(nft_elem_of_allowance(&a, now, &e), ERR_INVALID);
	a = good;
	a.to.len = 33;
	ck_assert_int_eq(nft_elem_of_allowance(&a, now, &e), ERR_INVALID);
	a.to = (struct prefix){ 0 };
	ck_assert_int_eq(nft_elem_of_allowance(&a, now, &e), ERR_INVALID);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nft_egress");
	TCase *c = tcase_create("nft_egress");
	SRunner *r = srunner_create(s);

	suite_add_tcase(s, c);
	tcase_add_test(c, a_refused_destination_comes_back_as_such);
	tcase_add_test(c, a_limited_destination_is_one_element_for_each_of_its_rates);
	tcase_add_test(c, what_one_response_leaves_behind_is_absent_for_the_other);
	tcase_add_test(c, actors_are_limited_and_jailed);
	tcase_add_test(c, what_no_set_can_express_is_unsupported);
	tcase_add_test(c, a_group_whose_depth_nobody_knows_is_not_adopted);
	tcase_add_test(c, a_limit_of_bytes_is_no_limit_of_flows);
	tcase_add_test(c, each_set_of_what_leaves_has_its_switch);
	tcase_add_test(c, an_allowance_is_an_interval_from_its_first_address_and_port_to_its_last);
	tcase_add_test(c, an_allowance_of_every_actor_and_family_has_its_set);
	tcase_add_test(c, a_protocol_without_ports_has_all_of_them);
	tcase_add_test(c, what_allows_nothing_is_invalid);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
