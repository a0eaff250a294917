/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Captures into the file of what is normal: what of them is learned, what is left out because the engine found it, and
 * that none is learned twice. The captures are made here; one of the corpus, where there is one, is counted twice.
 */
#include "app/learn.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "codec/link.h"
#include "../support/craft.h"

#define LINK_RAW 101
#define T0 INT64_C(1700000100) /* a slot begins; a Tuesday, 22:15 UTC */
#define HOST "192.0.2.1"
#define SCANNER "198.51.100.66"

static char folder[64], lessons_path[96], capture_path[96], why[CAPTURE_WHY], warned[CAPTURE_WHY];
static struct conf conf;
static struct home home;
static struct learn_result result;
static struct capture_writer *writer;

static void setup(void)
{
	static struct conf_report report;
	struct conf_source src = { .file = "policies/tidegate.conf" };
	char reason[WHY_TEXT];

	ck_assert_int_eq(conf_load(&src, &conf, &report), 0);
	conf.sizes = (struct engine_sizes){ .sources = 1024, .rates = 256, .subjects = 256, .incidents = 128,
		.asks = 256 };
	ck_assert_int_eq(home_parse(HOST, &home, reason), 0);
	strcpy(folder, "/tmp/tidegate-learn-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(lessons_path, sizeof(lessons_path), "%s/" LESSONS_FILE, folder);
	warned[0] = '\0';
}

static void teardown(void)
{
	DIR *d = opendir(folder);
	char name[512];

	for (const struct dirent *e; (e = readdir(d));) {
		snprintf(name, sizeof(name), "%s/%s", folder, e->d_name);
		unlink(name);
	}
	closedir(d);
	rmdir(folder);
}

/* ---- captures ---- */

static void begin_capture(const char *name)
{
	snprintf(capture_path, sizeof(capture_path), "%s/%s", folder, name);
	ck_assert_int_eq(capture_create(&writer, capture_path, LINK_RAW, 0, why), 0);
}

static void end_capture(void)
{
	ck_assert_int_eq(capture_finish(writer, why), 0);
}

static void packet(int64_t ms, struct craft *c)
{
	uint8_t bytes[256];
	size_t len = craft_packet(c, bytes, sizeof(bytes));
	const struct capture_frame f = { .at = { T0 * NS_PER_S + ms * NS_PER_MS }, .bytes = { bytes, len },
		.wire_len = (uint32_t)len };

	ck_assert_uint_gt(len, 0);
	ck_assert_int_eq(capture_write(writer, &f), 0);
}

static struct craft from(const char *client, uint16_t sport, uint16_t port)
{
	return (struct craft){ .src = craft_addr(client), .dst = craft_addr(HOST), .proto = PROTO_TCP, .sport = sport,
		.dport = port, .tcp_flags = TCP_SYN, .seq = 1000 };
}

static struct craft answer(const struct craft *c, uint8_t flags)
{
	return (struct craft){ .src = c->dst, .dst = c->src, .proto = PROTO_TCP, .sport = c->dport, .dport = c->sport,
		.tcp_flags = flags, .seq = 7000, .ack = c->seq + 1 };
}

/* Four packets: a handshake and a word. */
static void talk(int64_t ms, const char *client, uint16_t sport, uint16_t port)
{
	struct craft c = from(client, sport, port), a = answer(&c, TCP_SYN | TCP_ACK);

	packet(ms, &c);
	packet(ms + 1, &a);
	c.seq++;
	c.ack = 7001;
	c.tcp_flags = TCP_ACK;
	packet(ms + 2, &c);
	c.payload = 20;
	packet(ms + 3, &c);
}

/* Forty closed ports in four seconds. */
static void scan(int64_t ms)
{
	for (uint16_t i = 0; i < 40; i++) {
		struct craft c = from(SCANNER, 50000, (uint16_t)(1000 + i)), a = answer(&c, TCP_RST | TCP_ACK);

		packet(ms + i * 100, &c);
		packet(ms + i * 100 + 1, &a);
	}
}

static void slot_of_peace(int64_t slot)
{
	for (uint16_t i = 0; i < 3; i++)
		talk(slot * 300000 + 1000 + i * 1000, "203.0.113.20", (uint16_t)(40000 + slot * 10 + i), 443);
}

/* ---- learning them ---- */

static void on_warning(void *ctx, const char *text)
{
	ck_assert_ptr_eq(ctx, warned);
	snprintf(warned, sizeof(warned), "%s", text);
}

static int learn(const char *one, const char *two)
{
	const char *paths[] = { one, two };
	const struct learn_opts o = { .path = lessons_path, .notice_ctx = warned, .replay = { .conf = &conf,
		.paths = paths, .n_paths = two ? 2 : 1, .home = home.n_own ? &home : NULL, .warn = on_warning } };

	why[0] = '\0';
	return learn_captures(&o, &result, why);
}

struct sums {
	uint64_t in_443, in_others, all, slots;
};

static void on_service(void *ctx, const struct lessons_series *s)
{
	struct sums *sums = ctx;

	if (s->direction == TALLY_IN && s->proto == PROTO_TCP && s->port == 443)
		sums->in_443 = s->connections;
	else
		sums->in_others += s->connections;
}

static void on_total(void *ctx, const struct lessons_series *s)
{
	((struct sums *)ctx)->all += s->proto == PROTO_TCP ? s->connections : 0;
}

static struct sums known(void)
{
	const struct lessons_opts o = { .make = true };
	struct sums sums = { .slots = 0 };
	struct lessons_known k;
	struct lessons *l;
	char aside[STORE_PATH], reason[WHY_TEXT];

	ck_assert_int_eq(lessons_open(&l, lessons_path, &o, aside, reason), 0);
	ck_assert_int_eq(lessons_known(l, &k), 0);
	ck_assert_int_eq(lessons_each_series(l, TALLY_SERVICE, 100, on_service, &sums), 0);
	ck_assert_int_eq(lessons_each_series(l, TALLY_ALL, 100, on_total, &sums), 0);
	sums.slots = k.slots;
	lessons_close(l);
	return sums;
}

START_TEST(connections_of_a_capture_are_learned)
{
	begin_capture("a");
	slot_of_peace(0);
	slot_of_peace(1);
	end_capture();
	ck_assert_int_eq(learn(capture_path, NULL), 0);
	ck_assert_uint_eq(result.lesson.slots, 2);
	ck_assert_uint_eq(result.lesson.frozen + result.lesson.withheld + result.incidents, 0);
	ck_assert_uint_eq(result.connections, 6);
	ck_assert_uint_eq(result.lesson.packets, 24);
	ck_assert_int_eq(result.lesson.first.ns, (T0 + 1) * NS_PER_S);
	ck_assert_uint_eq(known().in_443, 6);
	ck_assert_uint_eq(known().in_others, 0);
}
END_TEST

START_TEST(a_capture_that_was_learned_is_refused_under_another_name_too)
{
	char first[96];

	begin_capture("a");
	slot_of_peace(0);
	end_capture();
	strcpy(first, capture_path);
	begin_capture("b");
	slot_of_peace(0);
	end_capture();
	ck_assert_int_eq(learn(first, NULL), 0);
	ck_assert_int_eq(learn(capture_path, NULL), ERR_EXISTS);
	ck_assert_ptr_nonnull(strstr(why, first));
	ck_assert_int_eq(learn(first, capture_path), ERR_EXISTS);
	ck_assert_uint_eq(known().in_443, 3);
}
END_TEST

START_TEST(a_capture_that_is_given_twice_is_refused)
{
	begin_capture("a");
	slot_of_peace(0);
	end_capture();
	ck_assert_int_eq(learn(capture_path, capture_path), ERR_EXISTS);
	ck_assert_uint_eq(known().slots, 0);
	ck_assert_int_eq(learn(capture_path, NULL), 0);
}
END_TEST

START_TEST(two_captures_of_one_slot_add_up)
{
	begin_capture("a");
	slot_of_peace(0);
	end_capture();
	ck_assert_int_eq(learn(capture_path, NULL), 0);
	begin_capture("b");
	talk(20000, "203.0.113.21", 41000, 443);
	end_capture();
	ck_assert_int_eq(learn(capture_path, NULL), 0);
	ck_assert_uint_eq(known().slots, 1);
	ck_assert_uint_eq(known().in_443, 4);
}
END_TEST

/* ---- incidents ---- */

START_TEST(a_slot_with_a_scan_is_not_learned_and_the_others_are)
{
	begin_capture("a");
	slot_of_peace(0);
	slot_of_peace(1);
	scan(310000);
	slot_of_peace(2);
	end_capture();
	ck_assert_int_eq(learn(capture_path, NULL), 0);
	ck_assert_uint_eq(result.lesson.frozen, 1);
	ck_assert_uint_eq(result.lesson.slots, 2);
	ck_assert_uint_ge(result.incidents, 1);
	ck_assert_uint_eq(known().all, 6);
	ck_assert_uint_eq(known().in_443, 6);
}
END_TEST

START_TEST(what_a_scanner_does_next_is_not_learned_nor_are_its_answers)
{
	begin_capture("a");
	slot_of_peace(0);
	scan(10000);
	slot_of_peace(1);
	talk(320000, SCANNER, 51000, 443);
	end_capture();
	ck_assert_int_eq(learn(capture_path, NULL), 0);
	ck_assert_uint_eq(result.lesson.frozen, 1);
	ck_assert_uint_ge(result.lesson.withheld, 4);
	ck_assert_uint_eq(known().in_443, 3);
	ck_assert_uint_eq(result.lesson.packets, 12);
}
END_TEST

START_TEST(evidence_of_the_slot_before_freezes_that_one_too)
{
	begin_capture("a");
	slot_of_peace(0);
	slot_of_peace(1);
	/* The first three ports in this slot, the others in the next one. */
	scan(600000 - 350);
	end_capture();
	ck_assert_int_eq(learn(capture_path, NULL), 0);
	ck_assert_uint_eq(result.lesson.frozen, 2);
	ck_assert_uint_eq(result.lesson.slots, 1);
	ck_assert_uint_eq(known().in_443, 3);
}
END_TEST

START_TEST(a_capture_of_nothing_but_an_attack_teaches_nothing_and_may_come_again)
{
	begin_capture("a");
	scan(0);
	end_capture();
	ck_assert_int_eq(learn(capture_path, NULL), ERR_AGAIN);
	ck_assert_ptr_nonnull(strstr(why, "incidents"));
	ck_assert_int_eq(learn(capture_path, NULL), ERR_AGAIN); /* not "learned already" */
	ck_assert_uint_eq(known().slots, 0);
}
END_TEST

/* ---- what cannot be learned ---- */

START_TEST(standard_input_is_refused_as_nobody_would_know_it_again)
{
	ck_assert_int_eq(learn("-", NULL), ERR_UNSUPPORTED);
}
END_TEST

START_TEST(a_file_that_is_no_capture_changes_nothing)
{
	char junk[96];
	FILE *f;

	begin_capture("a");
	slot_of_peace(0);
	end_capture();
	snprintf(junk, sizeof(junk), "%s/junk", folder);
	f = fopen(junk, "w");
	fputs("this is no capture at all, and long enough to be one", f);
	fclose(f);
	ck_assert_int_eq(learn(capture_path, junk), ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(why, junk));
	ck_assert_int_eq(learn("/nonexistent", NULL), ERR_ABSENT);
	ck_assert_uint_eq(known().slots, 0);
	ck_assert_int_eq(learn(capture_path, NULL), 0);
}
END_TEST

START_TEST(a_capture_that_was_cut_is_learned_as_far_as_it_goes)
{
	begin_capture("a");
	slot_of_peace(0);
	end_capture();
	ck_assert_int_eq(truncate(capture_path, 400), 0);
	ck_assert_int_eq(learn(capture_path, NULL), 0);
	ck_assert_ptr_nonnull(strstr(warned, capture_path));
	ck_assert_uint_gt(result.lesson.packets, 0);
	ck_assert_uint_lt(result.lesson.packets, 12);
}
END_TEST

START_TEST(a_capture_of_others_teaches_nothing)
{
	char reason[WHY_TEXT];

	begin_capture("a");
	slot_of_peace(0);
	end_capture();
	ck_assert_int_eq(home_parse("10.1.2.3", &home, reason), 0);
	ck_assert_int_eq(learn(capture_path, NULL), ERR_AGAIN);
	ck_assert_uint_eq(result.outsiders, 12);
	ck_assert_ptr_nonnull(strstr(why, "10.1.2.3"));
}
END_TEST

/* ---- a real network ---- */

#define CALLS 4096

/* Rule: a SYN without ACK that has the ends of an earlier one is that one sent again. Counted apart from everything that is
 * tested. */
static uint64_t calls_in(const char *path)
{
	static struct craft calls[CALLS];
	struct capture *c;
	struct capture_frame f;
	struct link_packet l;
	struct packet p;
	size_t n = 0, i;

	ck_assert_int_eq(capture_open(&c, &path, 1, NULL, why), 0);
	while (capture_next(c, &f, why) == 1) {
		if (link_decode(f.link, f.bytes, f.wire_len, &l) != LINK_IP || packet_parse(l.ip, l.wire_len, &p) ||
			p.proto != PROTO_TCP || (p.tcp_flags & (TCP_SYN | TCP_ACK)) != TCP_SYN)
			continue;
		for (i = 0; i < n; i++)
			if (calls[i].sport == p.sport && calls[i].dport == p.dport &&
				addr_equal(&calls[i].src, &p.src) && addr_equal(&calls[i].dst, &p.dst))
				break;
		ck_assert_uint_lt(i, CALLS);
		if (i == n)
			calls[n++] = (struct craft){ .src = p.src, .dst = p.dst, .sport = p.sport, .dport = p.dport };
	}
	capture_close(c);
	return n;
}

START_TEST(a_campus_network_teaches_as_many_connections_as_it_has_first_syns)
{
	const char *corpus = getenv("CORPUS");
	char path[512];
	char reason[WHY_TEXT];

	snprintf(path, sizeof(path), "%s/benign-campus-lan-470-hosts.pcap", corpus ? corpus : "../shared/corpus");
	if (access(path, R_OK)) {
		puts("skipped: no corpus");
		return;
	}
	conf.sizes = (struct engine_sizes){ .sources = 65536, .rates = 4096, .subjects = 4096, .incidents = 1024,
		.asks = 4096 };
	ck_assert_int_eq(home_parse("172.16.0.0/12", &home, reason), 0);
	ck_assert_int_eq(learn(path, NULL), 0);
	ck_assert_uint_eq(result.lesson.frozen, 0);
	ck_assert_uint_eq(known().all, calls_in(path));
	ck_assert_uint_eq(known().all, 361); /* as a reader that is not ours counts them */
}
END_TEST

static TCase *learning(void)
{
	TCase *c = tcase_create("learning");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_set_timeout(c, 30);
	tcase_add_test(c, connections_of_a_capture_are_learned);
	tcase_add_test(c, a_capture_that_was_learned_is_refused_under_another_name_too);
	tcase_add_test(c, a_capture_that_is_given_twice_is_refused);
	tcase_add_test(c, two_captures_of_one_slot_add_up);
	tcase_add_test(c, a_slot_with_a_scan_is_not_learned_and_the_others_are);
	tcase_add_test(c, what_a_scanner_does_next_is_not_learned_nor_are_its_answers);
	tcase_add_test(c, evidence_of_the_slot_before_freezes_that_one_too);
	tcase_add_test(c, a_capture_of_nothing_but_an_attack_teaches_nothing_and_may_come_again);
	tcase_add_test(c, standard_input_is_refused_as_nobody_would_know_it_again);
	tcase_add_test(c, a_file_that_is_no_capture_changes_nothing);
	tcase_add_test(c, a_capture_that_was_cut_is_learned_as_far_as_it_goes);
	tcase_add_test(c, a_capture_of_others_teaches_nothing);
	tcase_add_test(c, a_campus_network_teaches_as_many_connections_as_it_has_first_syns);
	return c;
}

int main(void)
{
	Suite *s = suite_create("learn");
	SRunner *r;
	int failed;

	suite_add_tcase(s, learning());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
