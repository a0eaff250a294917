/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a capture taught as series: ways and directions are kept apart, and nothing is told that packets do not tell. */
#include "core/slot_tally.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "core/flow_end.h"

#define T0 INT64_C(1700000100)

static struct slot_series room[SLOT_SERIES];
static struct tally_series series[TALLY_SERIES];
static struct slot out;

static size_t turn(size_t n)
{
	const struct tally_slot t = { .start_s = T0, .from = { T0 * NS_PER_S }, .until = { (T0 + 300) * NS_PER_S },
		.series = series, .n = n };

	memset(room, 0xff, sizeof(room));
	return slot_from_tally(&t, 3600, room, &out);
}

static const struct slot_series *find(const char *name)
{
	struct series_id id;

	ck_assert_int_eq(series_parse(name, &id), 0);
	for (size_t i = 0; i < out.n; i++)
		if (series_equal(&out.series[i].id, &id))
			return &out.series[i];
	ck_abort_msg("there is no %s", name);
	return NULL;
}

static struct tally_series one(enum tally_direction d, enum tally_scope scope, uint8_t proto, uint16_t port)
{
	struct tally_series s = { .direction = (uint8_t)d, .scope = (uint8_t)scope, .proto = proto, .port = port,
		.connections = 10, .packets = { 100, 200 }, .bytes = { 1000, 2000 } };
	struct hash_key key;

	hash_key_from_seed(&key, 1);
	for (uint64_t i = 0; i < 5; i++)
		hll64_add(&s.peers, hash_u64(&key, i));
	return s;
}

START_TEST(what_a_caller_sends_comes_in_and_what_we_call_with_goes_out)
{
	series[0] = one(TALLY_IN, TALLY_SERVICE, PROTO_TCP, 443);
	series[1] = one(TALLY_OUT, TALLY_SERVICE, PROTO_UDP, 53);
	ck_assert_uint_eq(turn(2), 0);
	ck_assert_uint_eq(find("service 443/tcp in")->value[OF_BYTES_IN], 1000);
	ck_assert_uint_eq(find("service 443/tcp in")->value[OF_BYTES_OUT], 2000);
	ck_assert_uint_eq(find("service 53/udp out")->value[OF_BYTES_IN], 2000);
	ck_assert_uint_eq(find("service 53/udp out")->value[OF_PACKETS_OUT], 100);
	ck_assert_uint_eq(find("service 53/udp out")->value[OF_SOURCES], 5);
}
END_TEST

START_TEST(protocols_have_their_packets_both_ways_and_forwarded_ones_are_not_ours)
{
	series[0] = one(TALLY_IN, TALLY_ALL, PROTO_TCP, 0);
	series[1] = one(TALLY_OUT, TALLY_ALL, PROTO_TCP, 0);
	series[2] = one(TALLY_FORWARD, TALLY_ALL, PROTO_TCP, 0);
	series[3] = one(TALLY_IN, TALLY_ALL, PROTO_ICMP, 0);
	series[4] = one(TALLY_IN, TALLY_ALL, PROTO_ICMP6, 0);
	series[5] = one(TALLY_IN, TALLY_ALL, PROTO_SCTP, 0);
	ck_assert_uint_eq(turn(6), 0);
	ck_assert_uint_eq(find("proto tcp in")->value[OF_PACKETS_IN], 100 + 200);
	ck_assert_uint_eq(find("proto tcp in")->value[OF_PACKETS_OUT], 200 + 100);
	ck_assert_uint_eq(find("proto tcp out")->value[OF_CONNECTIONS], 10);
	ck_assert_uint_eq(find("proto icmp in")->value[OF_PACKETS_IN], 200);
	ck_assert_uint_eq(find("proto other in")->value[OF_PACKETS_IN], 100);
	ck_assert_uint_eq(find("proto udp in")->value[OF_PACKETS_IN], 0);
}
END_TEST

START_TEST(the_host_is_called_at_its_services_and_by_a_source_once)
{
	series[0] = one(TALLY_IN, TALLY_SERVICE, PROTO_TCP, 443);
	series[1] = one(TALLY_IN, TALLY_SERVICE, PROTO_TCP, 22);
	series[2] = one(TALLY_IN, TALLY_OTHER, PROTO_TCP, 0);
	series[3] = one(TALLY_OUT, TALLY_SERVICE, PROTO_TCP, 443);
	ck_assert_uint_eq(turn(4), 0);
	ck_assert_uint_eq(find("host")->value[OF_CONNECTIONS], 20);
	ck_assert_uint_eq(find("host")->value[OF_SOURCES], 5); /* the same five at both */
	ck_assert_uint_eq(find("host")->value[OF_PORTS], 2);
	ck_assert_uint_eq(find("proto tcp in")->value[OF_CONNECTIONS], 20);
}
END_TEST

START_TEST(what_packets_do_not_tell_is_not_known)
{
	series[0] = one(TALLY_IN, TALLY_SERVICE, PROTO_TCP, 443);
	turn(1);
	for (size_t i = 0; i < out.n; i++) {
		ck_assert_uint_eq(out.series[i].known & (1U << OF_ESTABLISHED | 1U << OF_NEWCOMERS | 1U << OF_HALF_OPEN), 0);
		ck_assert_int_ne(out.series[i].id.kind, SERIES_LINK);
	}
	ck_assert_uint_eq(find("host")->known & 1U << OF_BYTES_IN, 0);
	ck_assert_int_eq(out.utc_offset_s, 3600);
	ck_assert_int_eq(out.start_s, T0);
	ck_assert_uint_eq(out.watched_s, 300);
	ck_assert(!out.frozen);
}
END_TEST

START_TEST(of_too_many_services_the_busiest_stay)
{
	for (uint16_t i = 0; i < TALLY_SERIES; i++) {
		series[i] = one(TALLY_IN, TALLY_SERVICE, PROTO_TCP, (uint16_t)(i + 1));
		series[i].connections = i;
	}
	ck_assert_uint_gt(turn(TALLY_SERIES), 0);
	ck_assert_uint_eq(out.n, SLOT_SERIES);
	ck_assert_uint_eq(find("service 512/tcp in")->value[OF_CONNECTIONS], 511);
	for (size_t i = 0; i < out.n; i++)
		ck_assert(out.series[i].id.kind != SERIES_SERVICE || out.series[i].id.port > 200);
	ck_assert_uint_eq(find("host")->value[OF_CONNECTIONS], 511 * 512 / 2);
}
END_TEST

START_TEST(an_empty_slot_is_silence_not_ignorance)
{
	ck_assert_uint_eq(turn(0), 0);
	ck_assert_uint_eq(find("host")->known & 1U << OF_CONNECTIONS, 1U << OF_CONNECTIONS);
	ck_assert_uint_eq(find("host")->value[OF_CONNECTIONS], 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("slot_tally");
	TCase *c = tcase_create("slot_tally");
	SRunner *r;
	int failed;

	tcase_add_test(c, what_a_caller_sends_comes_in_and_what_we_call_with_goes_out);
	tcase_add_test(c, protocols_have_their_packets_both_ways_and_forwarded_ones_are_not_ours);
	tcase_add_test(c, the_host_is_called_at_its_services_and_by_a_source_once);
	tcase_add_test(c, what_packets_do_not_tell_is_not_known);
	tcase_add_test(c, of_too_many_services_the_busiest_stay);
	tcase_add_test(c, an_empty_slot_is_silence_not_ignorance);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
