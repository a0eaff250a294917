/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures to elements to bytes and back: what is written is read again as the same
 * measure, for every response, family and width.
 */
#include "codec/nft_elem.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>

#include "base/err.h"
#include "codec/nft_dump.h"

static const mono_t now = { .ns = 1000 * NS_PER_S };
static uint8_t memory[64 * 1024] __attribute__((aligned(8)));

/* The last start and end of what was parsed. */
struct seen {
	struct nft_elem start, end;
	size_t starts, ends;
};

static void see(void *ctx, const struct nft_elem *e, bool is_end)
{
	struct seen *s = ctx;

	if (is_end) {
		s->end = *e;
		s->ends++;
	} else {
		s->start = *e;
		s->starts++;
	}
}

static struct measure source(enum response response, const char *prefix)
{
	struct measure m = {
		.response = response,
		.until = mono_add(now, 90 * NS_PER_S),
		.subject.kind = SUBJECT_SOURCE,
	};

	ck_assert_int_eq(prefix_parse(prefix, &m.subject.source), 0);
	if (response == RESPONSE_LIMIT) {
		m.limit_rate = 7;
		m.limit_burst = 20;
	}
	return m;
}

/* Encodes one element, parses the message, and puts an interval together again. */
static struct nft_elem there_and_back(const struct nft_elem *e)
{
	struct nft_batch b;
	struct seen s = { 0 };

	nft_batch_begin(&b, memory, sizeof(memory), 1);
	ck_assert_int_eq(nft_elem_add(&b, e, 1), 0);
	ck_assert_int_eq(
		nft_dump_parse((const struct nlmsghdr *)(memory + b.last), see, &s), 0);
	ck_assert_uint_eq(s.starts, 1);
	if (nft_elem_is_split(e->set))
		nft_dump_join(&s.start, s.ends ? &s.end : NULL);
	return s.start;
}

static void check_source(const struct measure *m, enum nft_set_id set)
{
	struct nft_elem e[NFT_ELEMS_PER_MEASURE];
	struct measure back;
	size_t n;

	ck_assert_int_eq(nft_elem_of_measure(m, now, e, &n), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(e[0].set, set);
	ck_assert(e[0].counter);
	e[0] = there_and_back(&e[0]);
	ck_assert(e[0].counter);
	ck_assert_int_eq(nft_dump_measure(&e[0], now, &back), 0);
	ck_assert_int_eq(back.response, m->response);
	ck_assert_int_eq(back.scope, m->scope);
	ck_assert_int_eq(back.subject.kind, SUBJECT_SOURCE);
	ck_assert(prefix_equal(&back.subject.source, &m->subject.source));
	ck_assert_int_eq(back.until.ns, m->until.ns);
	ck_assert_uint_eq(back.limit_rate, m->limit_rate);
	ck_assert_uint_eq(back.limit_burst, m->limit_burst);
	ck_assert_uint_eq(back.subject.proto, m->subject.proto);
	ck_assert_uint_eq(back.subject.port, m->subject.port);
	ck_assert_int_eq(back.state, MEASURE_APPLIED);
	ck_assert_int_eq(back.origin, ORIGIN_ADOPTED);
}

static const struct trip {
	enum response response;
	const char *prefix;
	enum nft_set_id set;
} trips[] = {
	{ RESPONSE_DROP, "198.51.100.7", NFT_SET_DROP4 },
	{ RESPONSE_DROP, "2001:db8:1:2::/64", NFT_SET_DROP6 },
	{ RESPONSE_DROP, "198.51.100.0/24", NFT_SET_DROPNET4 },
	{ RESPONSE_DROP, "0.0.0.0/0", NFT_SET_DROPNET4 },
	{ RESPONSE_DROP, "128.0.0.0/1", NFT_SET_DROPNET4 },
	{ RESPONSE_DROP, "2001:db8::/32", NFT_SET_DROPNET6 },
	{ RESPONSE_DROP, "2001:db8::7", NFT_SET_DROPNET6 },
	{ RESPONSE_DROP, "2001:db8::ffff:ffff:ffff:ffff", NFT_SET_DROPNET6 },
	{ RESPONSE_DROP, "ff00::/8", NFT_SET_DROPNET6 },
	{ RESPONSE_REFUSE, "198.51.100.7", NFT_SET_REFUSE4 },
	{ RESPONSE_REFUSE, "2001:db8:1:2::/64", NFT_SET_REFUSE6 },
	{ RESPONSE_REFUSE, "198.51.100.128/25", NFT_SET_REFUSENET4 },
	{ RESPONSE_REFUSE, "2001:db8::/33", NFT_SET_REFUSENET6 },
	{ RESPONSE_LIMIT, "198.51.100.7", NFT_SET_REFUSE4 },
	{ RESPONSE_LIMIT, "2001:db8:1:2::/64", NFT_SET_REFUSE6 },
	{ RESPONSE_LIMIT, "198.51.0.0/16", NFT_SET_LIMITNET4 },
	{ RESPONSE_LIMIT, "2001:db8::/48", NFT_SET_LIMITNET6 },
	{ RESPONSE_SHIELD, "198.51.100.7", NFT_SET_SHIELD4 },
	{ RESPONSE_SHIELD, "2001:db8:1:2::/64", NFT_SET_SHIELD6 },
	{ RESPONSE_SHIELD, "198.51.100.4/30", NFT_SET_SHIELDNET4 },
	{ RESPONSE_SHIELD, "2001:db8:1:2:8000::/65", NFT_SET_SHIELDNET6 },
};

START_TEST(a_source_comes_back_as_the_measure_that_it_was)
{
	const struct trip *t = &trips[_i];
	struct measure m = source(t->response, t->prefix);

	check_source(&m, t->set);
}
END_TEST

static const struct trip service_trips[] = {
	{ RESPONSE_REFUSE, "198.51.100.7", NFT_SET_REFUSESVC4 },
	{ RESPONSE_REFUSE, "2001:db8:1:2::/64", NFT_SET_REFUSESVC6 },
	{ RESPONSE_REFUSE, "198.51.100.0/23", NFT_SET_REFUSESVCNET4 },
	{ RESPONSE_REFUSE, "2001:db8::/40", NFT_SET_REFUSESVCNET6 },
	{ RESPONSE_LIMIT, "198.51.100.7", NFT_SET_REFUSESVC4 },
	{ RESPONSE_LIMIT, "2001:db8:1:2::/64", NFT_SET_REFUSESVC6 },
	{ RESPONSE_LIMIT, "0.0.0.0/0", NFT_SET_LIMITSVCNET4 },
	{ RESPONSE_LIMIT, "::/0", NFT_SET_LIMITSVCNET6 },
};

START_TEST(so_does_a_source_at_one_service)
{
	const struct trip *t = &service_trips[_i];
	struct measure m = source(t->response, t->prefix);

	m.scope = SCOPE_SERVICE;
	m.subject.proto = 6;
	m.subject.port = 2222;
	check_source(&m, t->set);
}
END_TEST

START_TEST(a_service_limit_names_protocol_and_port)
{
	struct measure m = {
		.response = RESPONSE_SERVICE_LIMIT,
		.until = mono_add(now, NS_PER_S),
		.subject = { .kind = SUBJECT_SERVICE, .proto = 17, .port = 53 },
	};
	struct nft_elem e[NFT_ELEMS_PER_MEASURE];
	struct measure back;
	size_t n;

	ck_assert_int_eq(nft_elem_of_measure(&m, now, e, &n), 0);
	ck_assert_int_eq(e[0].set, NFT_SET_SVCLIMIT);
	e[0] = there_and_back(&e[0]);
	ck_assert_int_eq(nft_dump_measure(&e[0], now, &back), 0);
	ck_assert_int_eq(back.subject.kind, SUBJECT_SERVICE);
	ck_assert_uint_eq(back.subject.proto, 17);
	ck_assert_uint_eq(back.subject.port, 53);
}
END_TEST

START_TEST(the_shield_of_the_host_has_an_element_for_each_family)
{
	struct measure m = {
		.response = RESPONSE_SHIELD,
		.until = mono_add(now, NS_PER_S),
		.subject.kind = SUBJECT_HOST,
	};
	struct nft_elem e[NFT_ELEMS_PER_MEASURE];
	struct measure back;
	size_t n;

	ck_assert_int_eq(nft_elem_of_measure(&m, now, e, &n), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(e[0].key[0], 2);
	ck_assert_uint_eq(e[1].key[0], 10);
	e[1] = there_and_back(&e[1]);
	ck_assert_int_eq(nft_dump_measure(&e[1], now, &back), 0);
	ck_assert_int_eq(back.subject.kind, SUBJECT_HOST);
	ck_assert_int_eq(back.response, RESPONSE_SHIELD);
}
END_TEST

START_TEST(what_no_set_can_express_is_refused)
{
	struct measure m = source(RESPONSE_OBSERVE, "198.51.100.7");
	struct nft_elem e[NFT_ELEMS_PER_MEASURE];
	size_t n = 99;

	ck_assert_int_eq(nft_elem_of_measure(&m, now, e, &n), ERR_UNSUPPORTED);
	m = source(RESPONSE_DROP, "198.51.100.7");
	m.scope = SCOPE_SERVICE;
	ck_assert_int_eq(nft_elem_of_measure(&m, now, e, &n), ERR_UNSUPPORTED);
	m = source(RESPONSE_LIMIT, "198.51.100.7");
	m.limit_rate = 0;
	ck_assert_int_eq(nft_elem_of_measure(&m, now, e, &n), ERR_UNSUPPORTED);
	m = source(RESPONSE_DROP, "198.51.100.7");
	m.subject.kind = SUBJECT_HOST;
	ck_assert_int_eq(nft_elem_of_measure(&m, now, e, &n), ERR_UNSUPPORTED);
	m = source(RESPONSE_DROP, "198.51.100.7");
	m.subject.source.addr.family = FAMILY_NONE;
	ck_assert_int_eq(nft_elem_of_measure(&m, now, e, &n), ERR_UNSUPPORTED);
	ck_assert_uint_eq(n, 99);
}
END_TEST

START_TEST(a_timeout_is_rounded_up_and_never_nothing)
{
	struct measure m = source(RESPONSE_DROP, "198.51.100.7");
	struct nft_elem e[NFT_ELEMS_PER_MEASURE];
	size_t n;

	m.until = mono_add(now, 1500001);
	ck_assert_int_eq(nft_elem_of_measure(&m, now, e, &n), 0);
	ck_assert_uint_eq(e[0].timeout_ms, 2);
	m.until = now;
	ck_assert_int_eq(nft_elem_of_measure(&m, now, e, &n), 0);
	ck_assert_uint_eq(e[0].timeout_ms, 1);
	m.until = mono_add(now, -NS_PER_S);
	ck_assert_int_eq(nft_elem_of_measure(&m, now, e, &n), 0);
	ck_assert_uint_eq(e[0].timeout_ms, 1);
}
END_TEST

START_TEST(setting_is_add_delete_add_and_unsetting_add_delete)
{
	static const unsigned types[] = { NFT_MSG_NEWSETELEM, NFT_MSG_DELSETELEM,
		NFT_MSG_NEWSETELEM };
	struct measure m = source(RESPONSE_LIMIT, "2001:db8::/48");
	struct nft_elem e[NFT_ELEMS_PER_MEASURE];
	const struct nlmsghdr *h = (const struct nlmsghdr *)memory;
	struct nft_batch b;
	size_t n;

	ck_assert_int_eq(nft_elem_of_measure(&m, now, e, &n), 0);
	nft_batch_begin(&b, memory, sizeof(memory), 1);
	ck_assert_int_eq(nft_elem_unset(&b, e, n), 0);
	ck_assert_uint_eq(nft_batch_count(&b), 2);
	nft_batch_begin(&b, memory, sizeof(memory), 1);
	ck_assert_int_eq(nft_elem_set(&b, e, n), 0);
	ck_assert_uint_eq(nft_batch_count(&b), 3);
	for (int i = 0; i < 3; i++) {
		h = (const struct nlmsghdr *)((const uint8_t *)h +
			MNL_ALIGN(h->nlmsg_len));
		ck_assert_uint_eq(h->nlmsg_type & 0xff, types[i]);
		ck_assert_uint_le(h->nlmsg_len, NFT_MESSAGE_MAX);
	}
}
END_TEST

START_TEST(the_largest_message_keeps_its_bound)
{
	struct measure m = source(RESPONSE_LIMIT, "2001:db8::/48");
	struct nft_elem e[NFT_ELEMS_PER_MESSAGE];
	struct nft_batch b;
	size_t n;

	m.scope = SCOPE_SERVICE;
	m.subject.proto = 6;
	ck_assert_int_eq(nft_elem_of_measure(&m, now, e, &n), 0);
	for (int i = 1; i < NFT_ELEMS_PER_MESSAGE; i++)
		e[i] = e[0];
	nft_batch_begin(&b, memory, sizeof(memory), 1);
	ck_assert_int_eq(nft_elem_add(&b, e, NFT_ELEMS_PER_MESSAGE), 0);
	ck_assert_uint_le(b.len - b.last, NFT_MESSAGE_MAX);
}
END_TEST

START_TEST(a_batch_without_room_is_full_and_stays_so)
{
	struct nft_elem e = nft_elem_of_service(6, 22);
	struct nft_batch b;
	size_t len;

	nft_batch_begin(&b, memory, NFT_MESSAGE_MAX + 150, 1);
	ck_assert_int_eq(nft_elem_add(&b, &e, 1), 0);
	len = b.len;
	ck_assert_int_eq(nft_elem_add(&b, &e, 1), ERR_FULL);
	ck_assert_int_eq(nft_elem_flush(&b, NFT_SET_GUARD4), ERR_FULL);
	ck_assert(b.full);
	ck_assert_uint_eq(b.len, len);
}
END_TEST

START_TEST(guards_and_services_have_neither_time_nor_counter)
{
	struct prefix p;
	struct nft_elem e;

	ck_assert_int_eq(prefix_parse("10.0.0.0/8", &p), 0);
	e = nft_elem_of_guard(&p);
	e = there_and_back(&e);
	ck_assert_int_eq(e.set, NFT_SET_GUARD4);
	ck_assert_uint_eq(e.timeout_ms, 0);
	ck_assert(!e.counter);
	ck_assert_mem_eq(e.key, "\x0a\0\0\0", 4);
	ck_assert_mem_eq(e.last, "\x0a\xff\xff\xff", 4);
	e = nft_elem_of_service(17, 0x1234);
	e = there_and_back(&e);
	ck_assert_mem_eq(e.key, "\x11\0\0\0\x12\x34\0\0", 8);
}
END_TEST

START_TEST(creating_is_adding_that_must_not_find_it)
{
	static uint8_t two[2][8192] __attribute__((aligned(8)));
	struct nft_elem e = nft_elem_of_service(6, 80);
	struct nlmsghdr *h[2];
	struct nft_batch b;

	nft_batch_begin(&b, two[0], sizeof(two[0]), 1);
	ck_assert_int_eq(nft_elem_add(&b, &e, 1), 0);
	h[0] = (struct nlmsghdr *)(two[0] + b.last);
	nft_batch_begin(&b, two[1], sizeof(two[1]), 1);
	ck_assert_int_eq(nft_elem_create(&b, &e, 1), 0);
	h[1] = (struct nlmsghdr *)(two[1] + b.last);
	ck_assert_int_eq(h[1]->nlmsg_flags, h[0]->nlmsg_flags | NLM_F_EXCL);
	h[1]->nlmsg_flags = h[0]->nlmsg_flags;
	ck_assert_mem_eq(h[0], h[1], h[0]->nlmsg_len);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nft_elem");
	TCase *c = tcase_create("nft_elem");
	SRunner *r = srunner_create(s);

	suite_add_tcase(s, c);
	tcase_add_loop_test(c, a_source_comes_back_as_the_measure_that_it_was, 0,
		sizeof(trips) / sizeof(trips[0]));
	tcase_add_loop_test(c, so_does_a_source_at_one_service, 0,
		sizeof(service_trips) / sizeof(service_trips[0]));
	tcase_add_test(c, creating_is_adding_that_must_not_find_it);
	tcase_add_test(c, a_service_limit_names_protocol_and_port);
	tcase_add_test(c, the_shield_of_the_host_has_an_element_for_each_family);
	tcase_add_test(c, what_no_set_can_express_is_refused);
	tcase_add_test(c, a_timeout_is_rounded_up_and_never_nothing);
	tcase_add_test(c, setting_is_add_delete_add_and_unsetting_add_delete);
	tcase_add_test(c, the_largest_message_keeps_its_bound);
	tcase_add_test(c, a_batch_without_room_is_full_and_stays_so);
	tcase_add_test(c, guards_and_services_have_neither_time_nor_counter);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
