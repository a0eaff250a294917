/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What leaves comes out of the log as it went in: owners, look-ups, resolvers, listed addresses, users of packets. */
#include "codec/observation_log.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/craft.h"

static struct observation_writer writer;
static struct observation_reader reader;
static struct observation_room *room;
static uint8_t block[256 * 1024];
static struct log_entry back;

static void begin(void)
{
	room = calloc(1, sizeof(*room));
	ck_assert_ptr_nonnull(room);
	observation_writer_begin(&writer, block, sizeof(block));
}

static void end(void)
{
	free(room);
}

static void through(const struct observation *o)
{
	struct log_entry e = { .kind = LOG_OBSERVATION, .at = { 5 }, .observation = *o };

	ck_assert_int_eq(observation_write(&writer, &e), 0);
	observation_reader_begin(&reader, (struct slice){ block, writer.len }, writer.first, room);
	ck_assert_int_eq(observation_read(&reader, &back), 1);
	ck_assert_int_eq(back.observation.kind, o->kind);
	ck_assert_int_eq(observation_read(&reader, &(struct log_entry){ .at = { 0 } }), 0);
}

START_TEST(an_owner_with_all_that_is_known_of_it)
{
	struct owner_answer a = { .tuple = { .src = craft_addr("10.0.0.1"), .dst = craft_addr("2001:db8::7"),
		.sport = 40000, .dport = 443, .proto = 6 }, .blame = { .owner = { 1000, 4711, UINT64_C(1) << 40 },
		.level = 3, .pid = 812, .comm = "curl", .user = "bob", .exe = "/usr/bin/curl",
		.parent = "bash (pid 811)", .unit = "session-3.scope" } };

	through(&(struct observation){ .kind = OBSERVATION_OWNER, .owner = &a });
	ck_assert(tuple_equal(&back.observation.owner->tuple, &a.tuple));
	ck_assert_uint_eq(back.observation.owner->blame.owner.cgroup, a.blame.owner.cgroup);
	ck_assert_uint_eq(back.observation.owner->blame.level, 3);
	ck_assert_uint_eq(back.observation.owner->blame.pid, 812);
	ck_assert_str_eq(back.observation.owner->blame.exe, "/usr/bin/curl");
	ck_assert_str_eq(back.observation.owner->blame.unit, "session-3.scope");
}
END_TEST

START_TEST(a_look_up_with_all_its_addresses)
{
	static struct dns_message m;

	m = (struct dns_message){ .client = craft_addr("10.0.0.1"), .server = craft_addr("10.0.0.53"), .client_port = 5353,
		.id = 0xbeef, .answer = true, .type = DNS_TYPE_AAAA, .question_bytes = 17, .answer_bytes = 512, .answer_digest = UINT64_MAX - 7,
		.n_addresses = DNS_ADDRESSES };
	snprintf(m.name, sizeof(m.name), "deb.debian.org");
	for (unsigned i = 0; i < DNS_ADDRESSES; i++) {
		m.addresses[i].addr = craft_addr("2001:db8::1");
		m.addresses[i].addr.bytes[15] = (uint8_t)i;
		m.addresses[i].ttl_s = 60 * i;
	}
	through(&(struct observation){ .kind = OBSERVATION_DNS, .dns = &m });
	ck_assert_str_eq(back.observation.dns->name, m.name);
	ck_assert_uint_eq(back.observation.dns->id, 0xbeef);
	ck_assert_uint_eq(back.observation.dns->answer_digest, UINT64_MAX - 7);
	ck_assert(back.observation.dns->answer && !back.observation.dns->truncated);
	ck_assert_uint_eq(back.observation.dns->n_addresses, DNS_ADDRESSES);
	ck_assert_uint_eq(back.observation.dns->addresses[7].ttl_s, 420);
	ck_assert(addr_equal(&back.observation.dns->addresses[31].addr, &m.addresses[31].addr));
}
END_TEST

START_TEST(resolvers_up_to_the_bound)
{
	struct addr list[NAMES_RESOLVERS + 2];

	for (size_t i = 0; i < NAMES_RESOLVERS + 2; i++)
		list[i] = craft_addr("127.0.0.53");
	through(&(struct observation){ .kind = OBSERVATION_RESOLVERS, .resolvers = { list, NAMES_RESOLVERS + 2 } });
	ck_assert_uint_eq(back.observation.resolvers.n, NAMES_RESOLVERS);
	ck_assert(addr_equal(&back.observation.resolvers.list[0], &list[0]));
}
END_TEST

START_TEST(an_alert_of_another_program)
{
	const struct report_alert a = { .gid = 1, .sid = 4000000000, .severity = 2, .text = "ET TEST",
		.tuple = { .src = craft_addr("198.51.100.7"), .dst = craft_addr("10.0.0.1"), .sport = 4242, .dport = 80, .proto = 6 } };

	through(&(struct observation){ .kind = OBSERVATION_REPORTED, .reported = &a });
	ck_assert(addr_equal(&back.observation.reported->tuple.src, &a.tuple.src));
	ck_assert(addr_equal(&back.observation.reported->tuple.dst, &a.tuple.dst));
	ck_assert_uint_eq(back.observation.reported->tuple.sport, 4242);
	ck_assert_uint_eq(back.observation.reported->tuple.dport, 80);
	ck_assert_uint_eq(back.observation.reported->tuple.proto, 6);
	ck_assert_uint_eq(back.observation.reported->gid, 1);
	ck_assert_uint_eq(back.observation.reported->sid, 4000000000);
	ck_assert_uint_eq(back.observation.reported->severity, 2);
	ck_assert_str_eq(back.observation.reported->text, "ET TEST");
}
END_TEST

START_TEST(a_listed_address_with_its_list)
{
	through(&(struct observation){ .kind = OBSERVATION_LISTED, .listed = { craft_addr("203.0.113.9"), "drop", true } });
	ck_assert(back.observation.listed.refuses);
	ck_assert_str_eq(back.observation.listed.list, "drop");
	ck_assert_uint_eq(back.observation.listed.addr.bytes[3], 9);
}
END_TEST

START_TEST(a_packet_that_leaves_says_whose_it_is)
{
	struct craft c = { .proto = PROTO_TCP, .tcp_flags = TCP_SYN, .src = craft_addr("10.0.0.1"),
		.dst = craft_addr("203.0.113.9"), .sport = 40000, .dport = 443 };
	uint8_t bytes[96];
	size_t len = craft_packet(&c, bytes, sizeof(bytes));
	struct engine_input in = { .meta = { .at = { 5 }, .wire_len = (uint32_t)len, .hook = HOOK_OUTPUT, .held = true,
		.state_known = true, .uid_known = true, .uid = 65534 }, .bytes = { bytes, len } };

	through(&(struct observation){ .kind = OBSERVATION_PACKETS, .packets = { &in, 1 } });
	ck_assert_uint_eq(back.observation.packets.in[0].meta.hook, HOOK_OUTPUT);
	ck_assert(back.observation.packets.in[0].meta.uid_known);
	ck_assert_uint_eq(back.observation.packets.in[0].meta.uid, 65534);
}
END_TEST

START_TEST(nobodys_packet_stays_nobodys)
{
	struct craft c = { .proto = PROTO_TCP, .tcp_flags = TCP_SYN, .src = craft_addr("10.0.0.1"),
		.dst = craft_addr("203.0.113.9"), .sport = 40000, .dport = 443 };
	uint8_t bytes[96];
	size_t len = craft_packet(&c, bytes, sizeof(bytes));
	struct engine_input in = { .meta = { .at = { 5 }, .wire_len = (uint32_t)len, .hook = HOOK_OUTPUT },
		.bytes = { bytes, len } };

	through(&(struct observation){ .kind = OBSERVATION_PACKETS, .packets = { &in, 1 } });
	ck_assert_uint_eq(back.observation.packets.in[0].meta.hook, HOOK_OUTPUT);
	ck_assert(!back.observation.packets.in[0].meta.uid_known);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("observation_egress");
	TCase *c = tcase_create("observation_egress");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, begin, end);
	tcase_add_test(c, an_owner_with_all_that_is_known_of_it);
	tcase_add_test(c, a_look_up_with_all_its_addresses);
	tcase_add_test(c, resolvers_up_to_the_bound);
	tcase_add_test(c, an_alert_of_another_program);
	tcase_add_test(c, a_listed_address_with_its_list);
	tcase_add_test(c, a_packet_that_leaves_says_whose_it_is);
	tcase_add_test(c, nobodys_packet_stays_nobodys);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
