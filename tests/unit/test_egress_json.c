/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/egress_json.h"

#include <check.h>
#include <string.h>

#include "core/packet.h"

static const struct stamp stamp = { .mono = { 100 * NS_PER_S }, .wall = { INT64_C(1795300000) * NS_PER_S } };

static const char *text_of(json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "(none)";
}

START_TEST(what_was_met_is_read_as_it_was_written)
{
	struct reach_record r = { .uid = 34, .port = 443, .proto = PROTO_TCP, .count = 7, .days = 3, .first_s = 1, .last_s = 2,
		.name = "a.net", .unit = "backup.service" }, back;
	json_t *o;

	ck_assert_int_eq(addr_parse("2001:db8::1", &r.to), 0);
	o = egress_json_met(&r);
	ck_assert_str_eq(text_of(o, "ports"), "tcp/443");
	memset(&back, 0xff, sizeof(back));
	ck_assert(egress_json_take_met(o, &back));
	ck_assert(addr_equal(&back.to, &r.to));
	ck_assert_uint_eq(back.uid, 34);
	ck_assert_uint_eq(back.port, 443);
	ck_assert_uint_eq(back.proto, PROTO_TCP);
	ck_assert_uint_eq(back.count, 7);
	ck_assert_uint_eq(back.days, 3);
	ck_assert_int_eq(back.first_s, 1);
	ck_assert_int_eq(back.last_s, 2);
	ck_assert_str_eq(back.name, "a.net");
	ck_assert_str_eq(back.unit, "backup.service");
	json_object_del(o, "uid");
	ck_assert(egress_json_take_met(o, &back));
	ck_assert_uint_eq(back.uid, OWNER_UNKNOWN);
	json_decref(o);
}
END_TEST

START_TEST(entries_and_lists_are_read_as_they_were_written)
{
	struct allow_entry e = { .name = "*.a.net", .proto = PROTO_UDP, .port_first = 8000, .port_last = 8100 }, back;
	struct allow_entry p = { .port_last = UINT16_MAX };
	struct egress_list l = { .list = { .title = "backup", .origin = "x.conf:3", .group = "a.slice/b.service", .n = 2,
		.actor = { .kind = ACTOR_GROUP, .level = 2 } }, .addresses = 5, .sum = { .count = 9, .refused = 4 } };
	struct allowlist list;
	json_t *o = egress_json_entry(&e);

	ck_assert(egress_json_take_entry(o, &back));
	ck_assert_str_eq(back.name, "*.a.net");
	ck_assert_uint_eq(back.port_first, 8000);
	ck_assert_uint_eq(back.port_last, 8100);
	ck_assert_uint_eq(back.proto, PROTO_UDP);
	json_decref(o);
	ck_assert_int_eq(prefix_parse("10.0.0.0/8", &p.prefix), 0);
	o = egress_json_entry(&p);
	ck_assert_str_eq(text_of(o, "ports"), "all");
	ck_assert(egress_json_take_entry(o, &back));
	ck_assert(prefix_equal(&back.prefix, &p.prefix));
	json_decref(o);
	o = egress_json_list(&l, &stamp);
	ck_assert_str_eq(text_of(o, "about"), "a.slice/b.service");
	ck_assert_int_eq(json_integer_value(json_object_get(o, "would_refuse")), 5);
	ck_assert(json_is_false(json_object_get(o, "present")));
	ck_assert(egress_json_take_list(o, &list));
	ck_assert_str_eq(list.title, "backup");
	ck_assert_str_eq(list.group, "a.slice/b.service");
	ck_assert_uint_eq(list.actor.kind, ACTOR_GROUP);
	json_decref(o);
}
END_TEST

START_TEST(what_is_no_record_is_not_taken)
{
	static const char *const wrong[] = {
		"{}", "[]", "7", "{\"to\":\"x\",\"ip_proto\":6,\"port\":1,\"count\":1,\"days\":1,\"first_s\":0,\"last_s\":0}",
		"{\"to\":\"192.0.2.1\",\"ip_proto\":256,\"port\":1,\"count\":1,\"days\":1,\"first_s\":0,\"last_s\":0}",
		"{\"to\":\"192.0.2.1\",\"ip_proto\":6,\"port\":65536,\"count\":1,\"days\":1,\"first_s\":0,\"last_s\":0}",
		"{\"to\":\"192.0.2.1\",\"ip_proto\":6,\"port\":1,\"count\":-1,\"days\":1,\"first_s\":0,\"last_s\":0}",
		"{\"to\":\"192.0.2.1\",\"ip_proto\":6,\"port\":\"1\",\"count\":1,\"days\":1,\"first_s\":0,\"last_s\":0}",
		"{\"kind\":\"usr\",\"allowlist\":\"a\"}", "{\"kind\":\"user\"}", "{\"name\":\"a\"}",
		"{\"address\":\"10.0.0.1/8\",\"ip_proto\":6,\"port_first\":1,\"port_last\":2}",
		"{\"kind\":\"user\",\"allowlist\":\"a-title-that-is-longer-than-any-title-of-ours-is\"}",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		json_t *o = json_loads(wrong[i], JSON_DECODE_ANY, NULL);
		struct reach_record r;
		struct allow_entry e;
		struct allowlist l;

		ck_assert_ptr_nonnull(o);
		ck_assert(!egress_json_take_met(o, &r));
		ck_assert(!egress_json_take_entry(o, &e));
		ck_assert(!egress_json_take_list(o, &l));
		json_decref(o);
	}
}
END_TEST

START_TEST(a_row_of_shadow_says_whom_it_would_hit)
{
	struct allow_shadow_row r = { .proto = PROTO_ICMP, .count = 3, .first = { 50 * NS_PER_S }, .last = { 100 * NS_PER_S },
		.name = "a.net", .unit = "backup.service", .comm = "ping" };
	json_t *o;

	ck_assert_int_eq(addr_parse("192.0.2.1", &r.to), 0);
	o = egress_json_shadow(&r, "backup", &stamp);
	ck_assert_str_eq(text_of(o, "shadow_of"), "backup");
	ck_assert_str_eq(text_of(o, "ports"), "icmp");
	ck_assert_str_eq(text_of(o, "unit"), "backup.service");
	ck_assert_str_eq(text_of(o, "comm"), "ping");
	ck_assert_int_eq(json_integer_value(json_object_get(o, "count")), 3);
	ck_assert_int_eq(strncmp(text_of(o, "last"), "2026-11-21T", 11), 0);
	json_decref(o);
}
END_TEST

START_TEST(actors_and_ports_read_well)
{
	struct allowlist a = { .user = "backup", .actor = { .kind = ACTOR_USER, .uid = 34 } };
	char text[EGRESS_ACTOR_TEXT], ports[EGRESS_PORTS_TEXT];

	egress_actor_format(&a, text);
	ck_assert_str_eq(text, "user backup (uid 34)");
	a.actor.uid = OWNER_UNKNOWN;
	egress_actor_format(&a, text);
	ck_assert_str_eq(text, "user backup, who is not here");
	a.user[0] = '\0';
	a.actor.uid = 7;
	egress_actor_format(&a, text);
	ck_assert_str_eq(text, "uid 7");
	a.actor.kind = ACTOR_HOST;
	egress_actor_format(&a, text);
	ck_assert_str_eq(text, "this host");
	a.actor.kind = ACTOR_GROUP;
	strcpy(a.group, "x\033[2Jy");
	egress_actor_format(&a, text);
	ck_assert_ptr_null(strchr(text, '\033'));
	egress_ports_format(PROTO_TCP, 0, UINT16_MAX, ports);
	ck_assert_str_eq(ports, "tcp");
	egress_ports_format(0, 80, 443, ports);
	ck_assert_str_eq(ports, "80-443");
	egress_ports_format(47, 0, 0, ports);
	ck_assert_str_eq(ports, "protocol 47");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("egress_json");
	TCase *tc = tcase_create("egress_json");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, what_was_met_is_read_as_it_was_written);
	tcase_add_test(tc, entries_and_lists_are_read_as_they_were_written);
	tcase_add_test(tc, what_is_no_record_is_not_taken);
	tcase_add_test(tc, a_row_of_shadow_says_whom_it_would_hit);
	tcase_add_test(tc, actors_and_ports_read_well);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}
