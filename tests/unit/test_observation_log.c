/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes into the log of observations comes out of it: each kind, the headers of real packets, and no garbage. */
#include "codec/observation_block.h"
#include "codec/observation_log.h"

#include <check.h>
#include <dirent.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "codec/observation_parts.h"
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

static struct log_entry entry_of(int64_t at, const struct observation *o)
{
	struct log_entry e = { .kind = LOG_OBSERVATION, .at = { at }, .observation = *o };

	e.observation.at.ns = at;
	return e;
}

static void put(int64_t at, const struct observation *o)
{
	struct log_entry e = entry_of(at, o);

	ck_assert_int_eq(observation_write(&writer, &e), 0);
}

static void read_from_start(void)
{
	observation_reader_begin(&reader, (struct slice){ block, writer.len }, writer.first, room);
}

static void get(int64_t at, enum observation_kind k)
{
	ck_assert_int_eq(observation_read(&reader, &back), 1);
	ck_assert_int_eq(back.kind, LOG_OBSERVATION);
	ck_assert_int_eq(back.observation.kind, k);
	ck_assert_int_eq(back.at.ns, at);
	ck_assert_int_eq(back.observation.at.ns, at);
}

static void get_end(void)
{
	ck_assert_int_eq(observation_read(&reader, &back), 0);
}

static size_t one_packet(struct craft c, uint8_t out[256])
{
	size_t len = craft_packet(&c, out, 256);

	ck_assert_uint_gt(len, 0);
	return len;
}

START_TEST(a_burst_comes_back_with_its_times_links_and_states)
{
	static uint8_t bytes[2][256];
	struct craft c = { .src = craft_addr("192.0.2.7"), .dst = craft_addr("198.51.100.9"), .proto = PROTO_TCP,
		.sport = 40000, .dport = 22, .tcp_flags = TCP_SYN, .seq = 77 };
	size_t len = one_packet(c, bytes[0]);
	struct engine_input in[2] = {
		{ .meta = { .at = { 500 }, .wire_len = (uint32_t)len, .if_in = 3, .held = true, .state_known = true },
		  .bytes = { bytes[0], len } },
		{ .meta = { .at = { 900 }, .if_out = 4, .hook = HOOK_OUTPUT } },
	};

	c.src = craft_addr("2001:db8::1");
	c.dst = craft_addr("2001:db8::2");
	c.proto = PROTO_UDP;
	c.payload = 50;
	in[1].bytes = (struct slice){ bytes[1], one_packet(c, bytes[1]) };
	in[1].meta.wire_len = (uint32_t)in[1].bytes.len + 6;
	put(500, &(struct observation){ .kind = OBSERVATION_PACKETS, .packets = { in, 2 } });
	read_from_start();
	get(500, OBSERVATION_PACKETS);
	ck_assert_uint_eq(back.observation.packets.n, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct packet_meta *m = &back.observation.packets.in[i].meta;

		ck_assert_int_eq(m->at.ns, in[i].meta.at.ns);
		ck_assert_uint_eq(m->wire_len, in[i].meta.wire_len);
		ck_assert_uint_eq(m->if_in, in[i].meta.if_in);
		ck_assert_uint_eq(m->if_out, in[i].meta.if_out);
		ck_assert_uint_eq(m->hook, in[i].meta.hook);
		ck_assert(m->held == in[i].meta.held && m->state_known == in[i].meta.state_known);
	}
	ck_assert_uint_eq(back.observation.packets.in[0].bytes.len, len);
	ck_assert_mem_eq(back.observation.packets.in[0].bytes.at, bytes[0], len);
	ck_assert_uint_eq(back.observation.packets.in[1].bytes.len, 48); /* no byte of the payload */
	get_end();
}
END_TEST

START_TEST(a_checksum_that_was_wrong_stays_wrong)
{
	static uint8_t bytes[256];
	struct craft c = { .src = craft_addr("192.0.2.7"), .dst = craft_addr("198.51.100.9"), .proto = PROTO_TCP,
		.sport = 40000, .dport = 22, .tcp_flags = TCP_SYN };
	size_t len = one_packet(c, bytes);
	struct engine_input in = { .meta = { .wire_len = (uint32_t)len }, .bytes = { bytes, len } };

	for (size_t at = 0; at < 4; at++) {
		bytes[10] ^= at & 1 ? 0x20 : 0;
		bytes[36] ^= at & 2 ? 0x20 : 0;
		observation_writer_begin(&writer, block, sizeof(block));
		put(0, &(struct observation){ .kind = OBSERVATION_PACKETS, .packets = { &in, 1 } });
		read_from_start();
		get(0, OBSERVATION_PACKETS);
		ck_assert_mem_eq(back.observation.packets.in[0].bytes.at, bytes, len);
	}
}
END_TEST

START_TEST(an_answer_comes_back_with_its_whole_question)
{
	struct ask_answer a = { .fate = FATE_TRACKED, .silent = true, .ask = {
		.tuple = { .src = craft_addr("2001:db8::5"), .dst = craft_addr("2001:db8::6"), .sport = 1025,
			.dport = 443, .proto = PROTO_TCP },
		.due = { 4000 }, .rules = ASK_SCAN | ASK_HISTORY | 5, .hook = HOOK_FORWARD, .stack = 11 } };

	put(9000, &(struct observation){ .kind = OBSERVATION_ANSWER, .answer = &a });
	read_from_start();
	get(9000, OBSERVATION_ANSWER);
	ck_assert_mem_eq(&back.observation.answer->ask.tuple.src, &a.ask.tuple.src, sizeof(struct addr));
	ck_assert_mem_eq(&back.observation.answer->ask.tuple.dst, &a.ask.tuple.dst, sizeof(struct addr));
	ck_assert_uint_eq(back.observation.answer->ask.tuple.sport, 1025);
	ck_assert_uint_eq(back.observation.answer->ask.tuple.dport, 443);
	ck_assert_uint_eq(back.observation.answer->ask.tuple.proto, PROTO_TCP);
	ck_assert_int_eq(back.observation.answer->ask.due.ns, 4000);
	ck_assert_uint_eq(back.observation.answer->ask.rules, a.ask.rules);
	ck_assert_uint_eq(back.observation.answer->ask.hook, HOOK_FORWARD);
	ck_assert_uint_eq(back.observation.answer->ask.stack, 11);
	ck_assert_int_eq(back.observation.answer->fate, FATE_TRACKED);
	ck_assert(back.observation.answer->silent);
}
END_TEST

START_TEST(ports_are_told_by_their_differences_and_each_time_are_whole)
{
	static struct listen_snapshot s[4];
	size_t before, last;

	s[0].known[LISTEN_TCP] = true;
	listen_snapshot_add(&s[0], LISTEN_TCP, 22);
	listen_snapshot_add(&s[0], LISTEN_UDP, 65535);
	s[1] = s[0];
	listen_snapshot_add(&s[1], LISTEN_TCP, 0);
	s[2] = s[1];
	s[2].known[LISTEN_SCTP] = true;
	for (unsigned port = 0; port < 65536; port += 3)
		listen_snapshot_add(&s[2], LISTEN_SCTP, (uint16_t)port);
	s[3] = s[0]; /* all of it gone again */
	for (size_t i = 0; i < 4; i++) {
		before = writer.len;
		put((int64_t)i, &(struct observation){ .kind = OBSERVATION_LISTENING, .listening = &s[i] });
		last = writer.len - before;
		ck_assert_uint_le(last, i < 2 ? 16 : 8300);
	}
	read_from_start();
	for (size_t i = 0; i < 4; i++) {
		get((int64_t)i, OBSERVATION_LISTENING);
		ck_assert(listen_snapshot_equal(back.observation.listening, &s[i]));
	}
	get_end();
}
END_TEST

START_TEST(a_census_comes_back_and_an_empty_one_is_a_byte_and_its_time)
{
	struct service_census c[2] = { { .proto = 6, .port = 80, .half_open = 70000, .half_open_old = 3,
		.accept_queue = 1, .backlog = 128 }, { .proto = 6, .port = 443 } };
	struct pressure p = { .listen_drops = 5, .queue_full = UINT32_MAX }, none = { 0 };
	size_t before;

	put(0, &(struct observation){ .kind = OBSERVATION_CENSUS, .census = { c, 2, &p } });
	before = writer.len;
	put(50, &(struct observation){ .kind = OBSERVATION_CENSUS, .census = { NULL, 0, &none } });
	ck_assert_uint_eq(writer.len - before, 2);
	read_from_start();
	get(0, OBSERVATION_CENSUS);
	ck_assert_uint_eq(back.observation.census.n, 2);
	ck_assert_uint_eq(back.observation.census.services[0].half_open, 70000);
	ck_assert_uint_eq(back.observation.census.services[0].backlog, 128);
	ck_assert_uint_eq(back.observation.census.services[1].port, 443);
	ck_assert_uint_eq(back.observation.census.pressure->queue_full, UINT32_MAX);
	get(50, OBSERVATION_CENSUS);
	ck_assert_uint_eq(back.observation.census.n, 0);
	ck_assert_uint_eq(back.observation.census.pressure->queue_full, 0);
}
END_TEST

START_TEST(guards_neighbours_and_the_administrators_hand_come_back)
{
	static struct guards g;
	struct prefix list[2];
	struct ban b = { .ttl_ns = INT64_C(3155760000) * NS_PER_S, .response = RESPONSE_LIMIT, .limit_rate = 20,
		.limit_burst = 40, .reason = "too loud" };

	ck_assert_int_eq(prefix_parse("10.0.0.0/8", &list[0]), 0);
	ck_assert_int_eq(prefix_parse("2001:db8::/32", &list[1]), 0);
	b.prefix = list[1];
	guards_add_from(&g, &list[0], GUARD_RESOLVER, "resolv.conf");
	guards_add(&g, &list[1], GUARD_NEVER_BLOCK);
	put(0, &(struct observation){ .kind = OBSERVATION_GUARDS, .guards = &g });
	put(1, &(struct observation){ .kind = OBSERVATION_NEIGHBOURS, .neighbours = { list, 2 } });
	put(2, &(struct observation){ .kind = OBSERVATION_MODE, .on = true });
	put(3, &(struct observation){ .kind = OBSERVATION_PANIC, .on = false });
	put(4, &(struct observation){ .kind = OBSERVATION_BAN, .ban = &b });
	put(5, &(struct observation){ .kind = OBSERVATION_UNBAN, .unban = { list[0], true } });
	put(6, &(struct observation){ .kind = OBSERVATION_UNBAN }); /* everybody */
	put(7, &(struct observation){ .kind = OBSERVATION_WRONGED, .unban = { .prefix = list[1] } });
	put(8, &(struct observation){ .kind = OBSERVATION_TICK });
	read_from_start();
	get(0, OBSERVATION_GUARDS);
	ck_assert_uint_eq(back.observation.guards->n, 2);
	ck_assert(prefix_equal(&back.observation.guards->list[0].prefix, &list[0]));
	ck_assert_int_eq(back.observation.guards->list[0].kind, GUARD_RESOLVER);
	ck_assert_ptr_null(back.observation.guards->list[0].from);
	ck_assert_int_eq(back.observation.guards->list[1].kind, GUARD_NEVER_BLOCK);
	get(1, OBSERVATION_NEIGHBOURS);
	ck_assert_uint_eq(back.observation.neighbours.n, 2);
	ck_assert(prefix_equal(&back.observation.neighbours.list[1], &list[1]));
	get(2, OBSERVATION_MODE);
	ck_assert(back.observation.on);
	get(3, OBSERVATION_PANIC);
	ck_assert(!back.observation.on);
	get(4, OBSERVATION_BAN);
	ck_assert(prefix_equal(&back.observation.ban->prefix, &b.prefix));
	ck_assert_int_eq(back.observation.ban->ttl_ns, b.ttl_ns);
	ck_assert_int_eq(back.observation.ban->response, RESPONSE_LIMIT);
	ck_assert_uint_eq(back.observation.ban->limit_burst, 40);
	ck_assert_str_eq(back.observation.ban->reason, "too loud");
	get(5, OBSERVATION_UNBAN);
	ck_assert(back.observation.unban.forgive && prefix_equal(&back.observation.unban.prefix, &list[0]));
	get(6, OBSERVATION_UNBAN);
	ck_assert_int_eq(back.observation.unban.prefix.addr.family, FAMILY_NONE);
	get(7, OBSERVATION_WRONGED);
	get(8, OBSERVATION_TICK);
	get_end();
}
END_TEST

START_TEST(what_stands_between_the_observations_comes_back)
{
	struct log_entry list[] = {
		{ .kind = LOG_LOSS, .at = { 5 }, .lost = UINT64_MAX },
		{ .kind = LOG_RULES, .at = { 6 }, .rules = { .digest = 0xfedcba9876543210, .policy = "web-server" } },
		{ .kind = LOG_CLOCK, .at = { 4 }, .wall_ns = INT64_C(-7) }, /* threads: times may step back */
		{ .kind = LOG_LINK, .at = { 8 }, .link = { .index = 7, .name = "eth0" } },
		{ .kind = LOG_SNAPSHOT, .at = { 9 }, .observation = { .kind = OBSERVATION_MODE, .on = true } },
	};

	for (size_t i = 0; i < 5; i++)
		ck_assert_int_eq(observation_write(&writer, &list[i]), 0);
	read_from_start();
	for (size_t i = 0; i < 5; i++) {
		ck_assert_int_eq(observation_read(&reader, &back), 1);
		ck_assert_int_eq(back.kind, list[i].kind);
		ck_assert_int_eq(back.at.ns, list[i].at.ns);
		if (i == 0)
			ck_assert_uint_eq(back.lost, UINT64_MAX);
		if (i == 1) {
			ck_assert_uint_eq(back.rules.digest, list[1].rules.digest);
			ck_assert_str_eq(back.rules.policy, "web-server");
		}
		if (i == 2)
			ck_assert_int_eq(back.wall_ns, -7);
		if (i == 3)
			ck_assert_str_eq(back.link.name, "eth0");
	}
	get_end();
}
END_TEST

START_TEST(a_full_block_takes_no_more_and_what_it_has_is_whole)
{
	struct log_entry e = { .kind = LOG_LINK, .link = { .index = 1, .name = "eth0" } };
	size_t len, n = 0;

	observation_writer_begin(&writer, block, 100);
	while (observation_write(&writer, &e) == 0) {
		n++;
		len = writer.len;
	}
	ck_assert_int_eq(observation_write(&writer, &e), ERR_FULL);
	ck_assert_uint_eq(writer.len, len);
	ck_assert_uint_eq(writer.entries, n);
	read_from_start();
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(observation_read(&reader, &back), 1);
	get_end();
}
END_TEST

START_TEST(a_cut_block_gives_what_is_whole_and_then_an_error)
{
	struct log_entry e = { .kind = LOG_RULES, .rules = { .policy = "database" } };

	ck_assert_int_eq(observation_write(&writer, &e), 0);
	ck_assert_int_eq(observation_write(&writer, &e), 0);
	writer.len--;
	read_from_start();
	ck_assert_int_eq(observation_read(&reader, &back), 1);
	ck_assert_int_eq(observation_read(&reader, &back), ERR_INVALID);
	ck_assert_int_eq(observation_read(&reader, &back), ERR_INVALID);
}
END_TEST

START_TEST(a_run_comes_back_and_another_form_is_refused)
{
	static struct observation_run run = { .id = 42, .boot = "b-o-o-t", .host = "h", .version = "1.2", .policy = "p",
		.start = { 17 }, .wall_ns = -5, .sizes = { 1, 2, 3, 4, 5 }, .enforce = true, .rules = 99 }, again;
	uint8_t bytes[OBSERVATION_RUN_BYTES];

	hash_key_from_seed(&run.key, 3);
	observation_run_write(&run, bytes);
	ck_assert_int_eq(observation_run_read((struct slice){ bytes, sizeof(bytes) }, &again), 0);
	ck_assert_mem_eq(&again.key, &run.key, sizeof(run.key));
	ck_assert_mem_eq(&again.sizes, &run.sizes, sizeof(run.sizes));
	ck_assert_str_eq(again.host, "h");
	ck_assert(again.enforce && again.rules == 99 && again.wall_ns == -5 && again.start.ns == 17);
	bytes[15]++;
	ck_assert_int_eq(observation_run_read((struct slice){ bytes, sizeof(bytes) }, &again), ERR_INVALID);
	bytes[15]--;
	ck_assert_int_eq(observation_run_read((struct slice){ bytes, 300 }, &again), ERR_INVALID);
}
END_TEST

static int run_at(int64_t start, int64_t wall)
{
	const struct observation_run run = { .id = 42, .start = { start }, .wall_ns = wall };
	struct observation_run again;
	uint8_t bytes[OBSERVATION_RUN_BYTES];

	observation_run_write(&run, bytes);
	return observation_run_read((struct slice){ bytes, sizeof(bytes) }, &again);
}

static int block_at(int64_t first, int64_t last, int64_t wall)
{
	const struct block_header h = { .number = 1, .packed = 1, .first = { first }, .last = { last }, .wall_ns = wall };
	static const struct block_filter nobody;
	struct block_header again;
	uint8_t bytes[BLOCK_HEADER];

	return block_header_read((struct slice){ bytes, block_header_write(&h, &nobody, bytes) }, &again);
}

START_TEST(times_whose_sums_would_overflow_are_none)
{
	const int64_t late = OBSERVATION_LATEST, far = OBSERVATION_WALL_MOST;
	const struct log_entry clock = { .kind = LOG_CLOCK, .wall_ns = far + 1 };

	ck_assert_int_eq(run_at(late, -far), 0);
	ck_assert_int_eq(run_at(late + 1, 0), ERR_INVALID);
	ck_assert_int_eq(run_at(0, far + 1), ERR_INVALID);
	ck_assert_int_eq(run_at(0, -far - 1), ERR_INVALID);
	ck_assert_int_eq(block_at(0, late, far), 0);
	ck_assert_int_eq(block_at(0, late + 1, 0), ERR_INVALID);
	ck_assert_int_eq(block_at(0, 1, far + 1), ERR_INVALID);
	ck_assert_int_eq(block_at(0, 1, INT64_MIN), ERR_INVALID);
	observation_writer_begin(&writer, block, sizeof(block));
	ck_assert_int_eq(observation_write(&writer, &clock), 0);
	read_from_start();
	ck_assert_int_eq(observation_read(&reader, &back), ERR_INVALID);
}
END_TEST

/* ---- real packets ---- */

static uint64_t held;

static void hold(struct slice bytes, uint32_t wire_len)
{
	struct engine_input in = { .meta = { .at = { 7 }, .wire_len = wire_len }, .bytes = bytes };
	struct packet a, b;
	enum packet_fault fault = packet_parse(bytes, wire_len, &a);

	observation_writer_begin(&writer, block, sizeof(block));
	put(7, &(struct observation){ .kind = OBSERVATION_PACKETS, .packets = { &in, 1 } });
	read_from_start();
	get(7, OBSERVATION_PACKETS);
	in = back.observation.packets.in[0];
	ck_assert_uint_eq(in.meta.wire_len, wire_len);
	ck_assert_int_eq(packet_parse(in.bytes, wire_len, &b), fault);
	ck_assert_mem_eq(in.bytes.at, bytes.at, in.bytes.len);
	if (fault != PACKET_FINE)
		return;
	held++;
	ck_assert(packet_is_answer(&a) == packet_is_answer(&b));
	memset(&a.payload, 0, sizeof(a.payload));
	memset(&b.payload, 0, sizeof(b.payload));
	ck_assert_mem_eq(&a, &b, sizeof(a));
}

/* The IP header stands behind whichever link header this is: the property holds for what is none, too. */
static void hold_frame(const struct pcap_pkthdr *h, const uint8_t *bytes)
{
	static const size_t offsets[] = { 0, 4, 14, 16, 18, 20 };

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++)
		if (h->caplen >= offsets[i] && h->len >= h->caplen)
			hold((struct slice){ bytes + offsets[i], h->caplen - offsets[i] }, h->len - (uint32_t)offsets[i]);
}

static void hold_file(const char *path)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline(path, why);
	struct pcap_pkthdr *h;
	const uint8_t *bytes;

	/* The first thousand of each: all of it takes a minute. */
	for (int n = 0; p && n < 1000 && pcap_next_ex(p, &h, &bytes) == 1; n++)
		hold_frame(h, bytes);
	if (p)
		pcap_close(p);
}

static void hold_folder(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *f;
	char path[1024];

	while (d && (f = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", folder, f->d_name);
		if (strstr(f->d_name, "cap"))
			hold_file(path);
	}
	if (d)
		closedir(d);
}

START_TEST(kept_headers_say_what_the_whole_packet_said)
{
	const char *corpus = getenv("CORPUS");
	char folder[1024];

	held = 0;
	hold_folder(corpus ? corpus : "../shared/corpus");
	snprintf(folder, sizeof(folder), "%s/parser", corpus ? corpus : "../shared/corpus");
	hold_folder(folder);
	if (!held)
		printf("skipped: no corpus\n");
	else
		ck_assert_uint_gt(held, 10000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("observation_log");
	TCase *t = tcase_create("observation_log");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, begin, end);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_burst_comes_back_with_its_times_links_and_states);
	tcase_add_test(t, a_checksum_that_was_wrong_stays_wrong);
	tcase_add_test(t, an_answer_comes_back_with_its_whole_question);
	tcase_add_test(t, ports_are_told_by_their_differences_and_each_time_are_whole);
	tcase_add_test(t, a_census_comes_back_and_an_empty_one_is_a_byte_and_its_time);
	tcase_add_test(t, guards_neighbours_and_the_administrators_hand_come_back);
	tcase_add_test(t, what_stands_between_the_observations_comes_back);
	tcase_add_test(t, a_full_block_takes_no_more_and_what_it_has_is_whole);
	tcase_add_test(t, a_cut_block_gives_what_is_whole_and_then_an_error);
	tcase_add_test(t, a_run_comes_back_and_another_form_is_refused);
	tcase_add_test(t, times_whose_sums_would_overflow_are_none);
	tcase_add_test(t, kept_headers_say_what_the_whole_packet_said);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
