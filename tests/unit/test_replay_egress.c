/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What leaves the host of a capture, replayed: its look-ups name what it calls, its contacts are found though nobody says
 * whose they are, what it sends is counted while it is sent. Captures are made here, frame by frame.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/replay.h"
#include "support/whatif_lab.h"

#define RAW 101
#define HOME "10.0.0.5"
#define RESOLVER "10.0.0.1"
#define FOUND 16

static struct {
	struct finding finding;
	struct decision decision;
} found[FOUND];
static size_t n_found;
static char path[64];
static struct conf conf;
static struct capture_writer *writer;
static wall_t now;
static uint16_t port;
static struct replay *r;

static void setup(void)
{
	char why[CAPTURE_WHY];
	int fd;

	strcpy(path, "/tmp/tidegate-egress-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
	lab_load(&conf, "database");
	conf.enforce = true;
	now.ns = LAB_WALL;
	n_found = 0;
	port = 40000;
	r = NULL;
	ck_assert_msg(capture_create(&writer, path, RAW, 0, why) == 0, "%s", why);
}

static void teardown(void)
{
	replay_close(r);
	unlink(path);
}

/* ---- frames ---- */

static void put(const uint8_t *bytes, size_t len, uint32_t wire_len)
{
	struct capture_frame f = { .at = now, .bytes = { bytes, len }, .wire_len = wire_len };

	ck_assert_int_eq(capture_write(writer, &f), 0);
	now.ns += NS_PER_MS;
}

static void tcp(const char *src, const char *dst, uint16_t sport, uint16_t dport, uint8_t flags)
{
	struct craft c = { .src = craft_addr(src), .dst = craft_addr(dst), .proto = PROTO_TCP, .sport = sport,
		.dport = dport, .tcp_flags = flags, .seq = 1000, .ack = 1000 };
	uint8_t bytes[128];
	size_t len = craft_packet(&c, bytes, sizeof(bytes));

	put(bytes, len, (uint32_t)len);
}

/* A name as it stands on the wire. */
static size_t put_name(uint8_t *out, const char *name)
{
	size_t at = 0;

	while (*name) {
		size_t len = strcspn(name, ".");

		out[at++] = (uint8_t)len;
		memcpy(out + at, name, len);
		at += len;
		name += len + (name[len] == '.');
	}
	out[at++] = 0;
	return at;
}

static size_t message(uint8_t *out, uint16_t id, const char *name, uint8_t type, const char *answer)
{
	const uint8_t head[12] = { (uint8_t)(id >> 8), (uint8_t)id, answer ? 0x81 : 1, answer ? 0x80 : 0, 0, 1, 0, answer != NULL };
	size_t n = sizeof(head);

	memcpy(out, head, n);
	n += put_name(out + n, name);
	memcpy(out + n, (uint8_t[]){ 0, type, 0, 1 }, 4);
	n += 4;
	if (answer) {
		struct addr a = craft_addr(answer);

		memcpy(out + n, (uint8_t[]){ 0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 0, 0, 4 }, 12);
		memcpy(out + n + 12, a.bytes, 4);
		n += 16;
	}
	return n;
}

static void dns(bool answer, const char *server, uint16_t sport, uint16_t id, const char *name, uint8_t type, const char *addr)
{
	uint8_t body[512], bytes[600];
	size_t len = message(body, id, name, type, answer ? addr : NULL), whole;
	struct craft c = { .src = craft_addr(answer ? server : HOME), .dst = craft_addr(answer ? HOME : server),
		.proto = PROTO_UDP, .sport = answer ? 53 : sport, .dport = answer ? sport : 53, .payload = (uint16_t)len };

	whole = craft_packet(&c, bytes, sizeof(bytes));
	ck_assert_uint_eq(whole, 28 + len);
	memcpy(bytes + 28, body, len);
	put(bytes, whole, (uint32_t)whole);
}

static void looks_up(const char *name, const char *addr)
{
	port++;
	dns(false, RESOLVER, port, port, name, 1, NULL);
	dns(true, RESOLVER, port, port, name, 1, addr);
}

/* ---- the replay ---- */

static void on_event(void *ctx, const struct event *e)
{
	(void)ctx;
	if (e->kind != EVENT_FINDING || n_found == FOUND)
		return;
	found[n_found].finding = e->finding;
	found[n_found++].decision = e->decision;
}

static void warn(void *ctx, const char *text)
{
	(void)ctx;
	ck_abort_msg("%s", text);
}

/* told: the ports are said, so that next to nothing is read ahead. */
static void replay(bool told)
{
	static struct home home;
	static struct listen_snapshot none = { .known = { true, true, true } };
	const char *const paths[] = { path };
	struct replay_opts o = { .conf = &conf, .paths = paths, .n_paths = 1, .emit = on_event, .warn = warn, .home = &home,
		.listening = told ? &none : NULL };
	char why[CAPTURE_WHY];

	ck_assert_int_eq(capture_finish(writer, why), 0);
	ck_assert_msg(home_parse(HOME "/24", &home, why) == 0, "%s", why);
	ck_assert_msg(replay_open(&r, &o, why) == 0, "%s", why);
	ck_assert_msg(replay_run(r, why) == 0, "%s", why);
}

static const char *name_of(const char *address)
{
	struct addr a = craft_addr(address);
	struct replay_stats s;
	mono_t at = replay_stamp(r)->mono;

	replay_stats(r, &s);
	return names_of(engine_names(replay_engine(r)), &a, mono_add(at, s.last.ns - s.first.ns));
}

static size_t found_of(const char *rule)
{
	for (size_t i = 0; i < n_found; i++)
		if (strcmp(found[i].finding.rule.name, rule) == 0)
			return i;
	return FOUND;
}

/* ---- names ---- */

START_TEST(a_look_up_names_the_address_that_it_gave)
{
	/* longer than what the kernel copies of other packets */
	looks_up("a-name-that-is-longer-than-all-of-a-short-copy.of-a-packet-could-ever-hold.whatever.it.says.example.com",
		"203.0.113.9");
	replay(_i != 0);
	ck_assert_str_eq(name_of("203.0.113.9"),
		"a-name-that-is-longer-than-all-of-a-short-copy.of-a-packet-could-ever-hold.whatever.it.says.example.com");
}
END_TEST

START_TEST(an_answer_that_nobody_asked_for_names_nothing)
{
	looks_up("www.example.com", "203.0.113.1");
	dns(true, RESOLVER, 41000, 7, "evil.example.com", 1, "203.0.113.9");
	replay(false);
	ck_assert_str_eq(name_of("203.0.113.1"), "www.example.com");
	ck_assert_str_eq(name_of("203.0.113.9"), "");
}
END_TEST

START_TEST(a_server_that_is_asked_once_among_many_names_nothing)
{
	for (int i = 0; i < 70; i++)
		looks_up("www.example.com", "203.0.113.1");
	dns(false, "198.51.100.53", 42000, 9, "evil.example.com", 1, NULL);
	dns(true, "198.51.100.53", 42000, 9, "evil.example.com", 1, "203.0.113.9");
	replay(false);
	ck_assert_str_eq(name_of("203.0.113.9"), "");
}
END_TEST

START_TEST(more_look_ups_than_are_read_ahead_at_once_lose_none)
{
	for (int i = 0; i < 20000; i++)
		looks_up("www.example.com", "203.0.113.1");
	looks_up("last.example.com", "203.0.113.2");
	replay(false);
	ck_assert_str_eq(name_of("203.0.113.2"), "last.example.com");
}
END_TEST

START_TEST(data_that_leave_in_names_are_found)
{
	char name[80];
	size_t i;

	for (int n = 0; n < 120; n++) {
		snprintf(name, sizeof(name), "q%03dxbcdefghijklmnopqrstuvwxyz0123456789abcdefghij.t.example.com", n);
		port++;
		dns(false, RESOLVER, port, port, name, 16, NULL);
		now.ns += NS_PER_S;
	}
	replay(false);
	i = found_of("egress.tunnel");
	ck_assert_uint_lt(i, FOUND);
	ck_assert_int_eq(found[i].finding.subject.kind, SUBJECT_DESTINATION);
	ck_assert_int_eq(found[i].decision.response, RESPONSE_OBSERVE);
}
END_TEST

/* ---- contacts ---- */

START_TEST(a_sweep_is_found_though_nobody_says_whose_it_is)
{
	char to[32];
	size_t i;

	for (int n = 0; n < 60; n++) {
		snprintf(to, sizeof(to), "203.0.113.%d", n + 1);
		tcp(HOME, to, ++port, 445, TCP_SYN);
		now.ns += 200 * NS_PER_MS;
	}
	replay(false);
	i = found_of("egress.sweep");
	ck_assert_uint_lt(i, FOUND);
	ck_assert_int_eq(found[i].finding.actor.kind, ACTOR_HOST);
	ck_assert_int_eq(found[i].decision.response, RESPONSE_EGRESS_LIMIT);
}
END_TEST

START_TEST(new_servers_that_answer_are_no_sweep)
{
	char to[32];

	for (int n = 0; n < 200; n++) {
		snprintf(to, sizeof(to), "203.0.113.%d", n + 1);
		tcp(HOME, to, ++port, 443, TCP_SYN);
		tcp(to, HOME, 443, port, TCP_SYN | TCP_ACK);
		tcp(HOME, to, port, 443, TCP_ACK);
		now.ns += 50 * NS_PER_MS;
	}
	replay(false);
	ck_assert_uint_eq(n_found, 0);
}
END_TEST

START_TEST(what_the_configuration_does_not_take_is_not_judged)
{
	char to[32];

	conf.divert.output = CONF_TAKE_OFF;
	for (int n = 0; n < 60; n++) {
		snprintf(to, sizeof(to), "203.0.113.%d", n + 1);
		tcp(HOME, to, ++port, 445, TCP_SYN);
		now.ns += 200 * NS_PER_MS;
	}
	replay(false);
	ck_assert_uint_eq(n_found, 0);
}
END_TEST

/* ---- bytes ---- */

/* Frames of 60,000 bytes, of which the capture has the headers. */
static void sends(unsigned frames)
{
	uint8_t bytes[128];
	struct craft c = { .src = craft_addr(HOME), .dst = craft_addr("203.0.113.9"), .proto = PROTO_TCP, .sport = port,
		.dport = 443, .tcp_flags = TCP_ACK, .seq = 1001, .ack = 1001, .payload = 0 };
	size_t len;

	tcp(HOME, "203.0.113.9", port, 443, TCP_SYN);
	tcp("203.0.113.9", HOME, 443, port, TCP_SYN | TCP_ACK);
	for (unsigned i = 0; i < frames; i++) {
		len = craft_packet(&c, bytes, sizeof(bytes));
		bytes[2] = 60000 >> 8; /* the length that IP says */
		bytes[3] = 60000 & 255;
		put(bytes, len, 60000);
		c.seq += 60000 - 40;
	}
}

START_TEST(an_upload_is_found_while_it_lasts)
{
	size_t i;

	sends(1300); /* 74 MiB, without an end */
	replay(false);
	i = found_of("egress.volume");
	ck_assert_uint_lt(i, FOUND);
	ck_assert_int_le(found[i].finding.score / 100, 74 << 10);
}
END_TEST

START_TEST(less_than_the_limit_is_none_however_often_it_is_told)
{
	sends(1000); /* 57 MiB, told 14 times on its way and once at its end */
	tcp("203.0.113.9", HOME, 443, port, TCP_RST);
	replay(false);
	ck_assert_uint_eq(n_found, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("replay_egress");
	TCase *c = tcase_create("replay_egress");
	SRunner *runner = srunner_create(s);
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_loop_test(c, a_look_up_names_the_address_that_it_gave, 0, 2);
	tcase_add_test(c, an_answer_that_nobody_asked_for_names_nothing);
	tcase_add_test(c, a_server_that_is_asked_once_among_many_names_nothing);
	tcase_add_test(c, more_look_ups_than_are_read_ahead_at_once_lose_none);
	tcase_add_test(c, data_that_leave_in_names_are_found);
	tcase_add_test(c, a_sweep_is_found_though_nobody_says_whose_it_is);
	tcase_add_test(c, new_servers_that_answer_are_no_sweep);
	tcase_add_test(c, what_the_configuration_does_not_take_is_not_judged);
	tcase_add_test(c, an_upload_is_found_while_it_lasts);
	tcase_add_test(c, less_than_the_limit_is_none_however_often_it_is_told);
	suite_add_tcase(s, c);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
