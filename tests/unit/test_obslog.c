/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log of observations on disk: what is written is read, from where it is asked for, and makes room for itself. */
#include "edge/clock.h"
#include "support/obslog_lab.h"

START_TEST(what_is_put_is_read_with_its_run_and_its_wall_time)
{
	start();
	put_mode(100, true);
	put_syn(200, 1);
	stop();
	look(&(struct obslog_look){ .path = NULL });
	next(OBSLOG_RUN);
	ck_assert_str_eq(item.run->host, "here");
	ck_assert_int_eq(item.run->start.ns, 5);
	next_entry(100, OBSERVATION_MODE);
	ck_assert_int_eq(stamp_wall(&item.stamp, item.entry.at).ns, WALL + 100);
	next_entry(200, OBSERVATION_PACKETS);
	next(OBSLOG_END);
	next(OBSLOG_END);
}
END_TEST

START_TEST(files_are_for_root_alone)
{
	struct stat st;

	start();
	put_tick(1);
	stop();
	ck_assert_int_eq(stat(file(1), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
}
END_TEST

START_TEST(a_folder_that_is_absent_is_made)
{
	struct stat st;
	char inner[128];

	snprintf(inner, sizeof(inner), "%s/observations", folder);
	opts.folder = inner;
	start();
	put_tick(1);
	stop();
	ck_assert_int_eq(stat(inner, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0700);
	look(&(struct obslog_look){ .path = NULL }); /* the folder above it will do */
	next(OBSLOG_RUN);
	next_entry(1, OBSERVATION_TICK);
	snprintf(inner, sizeof(inner), "%s/observations/00000001.obs", folder);
	unlink(inner);
	snprintf(inner, sizeof(inner), "%s/observations", folder);
	rmdir(inner);
}
END_TEST

START_TEST(another_run_begins_another_file_and_is_told)
{
	start();
	put_tick(1);
	stop();
	opts.run.id = 2;
	start();
	put_tick(7);
	stop();
	ck_assert_int_gt(size_of(2), 0);
	look(&(struct obslog_look){ .path = NULL });
	next(OBSLOG_RUN);
	next_entry(1, OBSERVATION_TICK);
	next(OBSLOG_RUN);
	ck_assert_uint_eq(item.run->id, 2);
	next_entry(7, OBSERVATION_TICK);
	next(OBSLOG_END);
}
END_TEST

START_TEST(a_reader_beside_the_writer_gets_what_is_whole)
{
	start();
	put_tick(1);
	flush();
	look(&(struct obslog_look){ .path = NULL });
	next(OBSLOG_RUN);
	next_entry(1, OBSERVATION_TICK);
	next(OBSLOG_END);
	put_tick(2);
	next(OBSLOG_END); /* it waits in its block */
	flush();
	next_entry(2, OBSERVATION_TICK);
	next(OBSLOG_END);
	opts.run.id = 2;
	obslog_destroy(obs);
	start();
	put_tick(3);
	stop();
	next(OBSLOG_RUN);
	next_entry(3, OBSERVATION_TICK);
}
END_TEST

START_TEST(a_full_file_ends_and_the_oldest_make_room)
{
	struct obslog_stats s;
	size_t gaps, n;

	opts.max_bytes = 1 << 20;
	start();
	put_mode(0, true);
	put_much(60000);
	flush();
	obslog_stats(obs, &s);
	ck_assert_uint_ge(s.entries, 60001); /* snapshots, too */
	ck_assert_uint_le(s.bytes, opts.max_bytes);
	ck_assert_uint_gt(s.bytes, opts.max_bytes / 2);
	ck_assert_int_eq(size_of(1), -1);
	look(&(struct obslog_look){ .path = NULL });
	next(OBSLOG_RUN);
	next(OBSLOG_GAP); /* the beginning of this run is gone */
	next(OBSLOG_ENTRY);
	ck_assert_int_eq(item.entry.observation.kind, OBSERVATION_MODE);
	ck_assert(item.entry.observation.on); /* the snapshot, which is what it was before all of this */
	n = count(&gaps);
	ck_assert_uint_eq(gaps, 0);
	ck_assert_uint_gt(n, 10000);
	ck_assert_uint_eq(s.since.ns - WALL, (60000 - (int64_t)n) * 1000);
}
END_TEST

START_TEST(a_snapshot_is_told_only_where_something_is_missing)
{
	struct listen_snapshot *l = calloc(1, sizeof(*l));
	size_t gaps;

	l->known[LISTEN_TCP] = true;
	listen_snapshot_add(l, LISTEN_TCP, 22);
	opts.max_bytes = 4 << 20;
	start();
	put(0, &(struct observation){ .kind = OBSERVATION_LISTENING, .listening = l });
	put_much(40000);
	stop();
	ck_assert_int_gt(size_of(3), 0);
	look(&(struct obslog_look){ .path = NULL });
	ck_assert_uint_eq(count(&gaps), 40001); /* each file begins with the ports */
	ck_assert_uint_eq(gaps, 0);
	obslog_close(reader);
	unlink(file(2));
	look(&(struct obslog_look){ .path = NULL });
	while (obslog_next(reader, &item, why) && item.kind != OBSLOG_GAP)
		;
	next(OBSLOG_ENTRY);
	ck_assert_int_eq(item.entry.observation.kind, OBSERVATION_LISTENING);
	ck_assert(listen_snapshot_equal(item.entry.observation.listening, l));
	next(OBSLOG_ENTRY);
	ck_assert_int_eq(item.entry.observation.kind, OBSERVATION_PACKETS);
	free(l);
}
END_TEST

START_TEST(what_is_too_old_goes)
{
	struct timespec old[2] = { { .tv_sec = clock_wall().ns / NS_PER_S - 7200 }, { .tv_sec = 1 } };

	old[1] = old[0];
	opts.keep_ns = 3600 * NS_PER_S;
	start();
	put_tick(1);
	stop();
	ck_assert_int_eq(utimensat(AT_FDCWD, file(1), old, 0), 0);
	start();
	ck_assert_int_eq(size_of(1), -1);
}
END_TEST

START_TEST(a_search_for_one_source_reads_what_it_must)
{
	struct obslog_progress p;
	struct addr a = craft_addr("10.0.1.44");
	struct ask_answer answer = { .fate = FATE_SOCKET, .ask.tuple = { .src = a, .dst = a } };
	size_t gaps;

	start();
	put_much(300);
	flush();
	for (unsigned i = 0; i < 40; i++) {
		put_syn(1000000 + i, 400 + i);
		flush();
	}
	put(2000000, &(struct observation){ .kind = OBSERVATION_ANSWER, .answer = &answer });
	stop();
	look(&(struct obslog_look){ .one_source = true, .source = source_key(&a) }); /* 300 is 10.0.1.44 */
	ck_assert_uint_eq(count(&gaps), 1);
	obslog_progress(reader, &p);
	ck_assert_uint_ge(p.blocks_skipped, 36);
	ck_assert_uint_le(p.blocks, 6);
	obslog_close(reader);
	a.bytes[2] = 0;
	a.bytes[3] = 7;
	look(&(struct obslog_look){ .one_source = true, .source = source_key(&a) });
	next(OBSLOG_RUN);
	next_entry(7000, OBSERVATION_PACKETS);
	ck_assert_uint_eq(item.entry.observation.packets.n, 1);
	next(OBSLOG_END);
}
END_TEST

static bool at_once(void *ctx)
{
	return ++*(int *)ctx % 2;
}

START_TEST(who_is_tired_of_looking_may_stop_at_each_block)
{
	int asked = 0, rests = 0, got;

	start();
	for (int i = 1; i < 9; i++) {
		put_syn(i * NS_PER_S, 1);
		flush();
	}
	stop();
	look(&(struct obslog_look){ .one_source = true, .source = 77, .tired = at_once, .tired_ctx = &asked });
	next(OBSLOG_RUN);
	while ((got = obslog_next(reader, &item, why)) != 0) {
		ck_assert_int_eq(got, ERR_AGAIN);
		rests++;
	}
	ck_assert_int_ge(rests, 7); /* all but the first one, which has the state, are passed over: and yet one may */
}
END_TEST

START_TEST(of_a_burst_only_that_source_is_given)
{
	struct engine_input in[3];
	static uint8_t bytes[3][64];
	struct craft c = { .proto = PROTO_TCP, .tcp_flags = TCP_SYN, .dst = craft_addr("192.0.2.1") };
	struct addr a = craft_addr("10.0.0.1");

	for (uint8_t i = 0; i < 3; i++) {
		c.src = craft_addr("10.0.0.0");
		c.src.bytes[3] = i;
		in[i] = (struct engine_input){ .bytes = { bytes[i], craft_packet(&c, bytes[i], 64) },
			.meta = { .at = { 50 + i }, .wire_len = 40 } };
	}
	start();
	put(50, &(struct observation){ .kind = OBSERVATION_PACKETS, .packets = { in, 3 } });
	stop();
	look(&(struct obslog_look){ .one_source = true, .source = source_key(&a) });
	next(OBSLOG_RUN);
	next(OBSLOG_ENTRY);
	ck_assert_uint_eq(item.entry.observation.packets.n, 1);
	ck_assert_int_eq(item.entry.observation.packets.in[0].meta.at.ns, 51);
	ck_assert_mem_eq(item.entry.observation.packets.in[0].bytes.at, bytes[1], 40);
}
END_TEST

START_TEST(between_two_times_only_the_state_comes_from_before)
{
	const int64_t s = NS_PER_S;

	start();
	put_mode(1 * s, true);
	put_syn(2 * s, 1);
	flush();
	put_syn(20 * s, 2);
	flush();
	put_syn(40 * s, 3);
	flush();
	put_syn(60 * s, 4);
	put_mode(61 * s, false);
	stop();
	look(&(struct obslog_look){ .from = { WALL + 30 * s }, .until = { WALL + 50 * s } });
	next(OBSLOG_RUN);
	next_entry(1 * s, OBSERVATION_MODE);
	for (int64_t at = 30 * s; at <= 39 * s; at += OBSLOG_TICK_NS)
		next_entry(at, OBSERVATION_TICK);
	next_entry(40 * s, OBSERVATION_PACKETS);
	next(OBSLOG_END);
}
END_TEST

START_TEST(ticks_that_were_left_out_come_back_but_where_there_were_none)
{
	struct log_entry still = { .kind = LOG_NOTHING, .at = { 5 * NS_PER_S } };
	int64_t at = NS_PER_S;

	start();
	put_mode(at, true);
	ck_assert_int_eq(obslog_put(obs, &still, why), 0);
	flush();
	put_syn(60 * NS_PER_S, 1);
	put_syn(61 * NS_PER_S + 50, 1);
	stop();
	look(&(struct obslog_look){ .path = NULL });
	next(OBSLOG_RUN);
	next_entry(at, OBSERVATION_MODE);
	for (at += OBSLOG_TICK_NS; at <= 4 * NS_PER_S; at += OBSLOG_TICK_NS)
		next_entry(at, OBSERVATION_TICK);
	next_entry(60 * NS_PER_S, OBSERVATION_PACKETS);
	next_entry(61 * NS_PER_S + 50, OBSERVATION_PACKETS);
	next(OBSLOG_END);
}
END_TEST

START_TEST(a_log_that_jumps_by_a_century_is_read_in_no_time)
{
	size_t gaps;

	start();
	put_syn(NS_PER_S, 1);
	put_syn(OBSERVATION_LATEST, 1);
	stop();
	look(&(struct obslog_look){ .path = NULL });
	next(OBSLOG_RUN);
	ck_assert_uint_le(count(&gaps), 2 + OBSLOG_FILL_MOST_NS / OBSLOG_TICK_NS);
}
END_TEST

START_TEST(reading_from_a_time_on_begins_with_the_file_that_holds_it)
{
	struct obslog_progress p;
	size_t gaps;

	opts.max_bytes = 4 << 20;
	start();
	put_mode(0, true);
	for (int64_t i = 0; i < 20000; i++)
		put_syn(i * NS_PER_S, (unsigned)i);
	stop();
	look(&(struct obslog_look){ .from = { WALL + 15000 * NS_PER_S } });
	next(OBSLOG_RUN);
	next(OBSLOG_ENTRY);
	ck_assert_int_eq(item.entry.observation.kind, OBSERVATION_MODE);
	ck_assert_uint_eq(count(&gaps), 5000);
	ck_assert_uint_eq(gaps, 0);
	obslog_progress(reader, &p);
	ck_assert_uint_le(p.total, 2 << 20 >> 2);
	ck_assert_uint_eq(p.read, p.total);
}
END_TEST

START_TEST(the_wall_clock_is_told_as_it_was)
{
	struct log_entry e = { .kind = LOG_CLOCK, .at = { 20 }, .wall_ns = WALL + NS_PER_S };

	start();
	put_tick(10);
	ck_assert_int_eq(obslog_put(obs, &e, why), 0);
	put_tick(30);
	flush();
	put_tick(40);
	stop();
	look(&(struct obslog_look){ .path = NULL });
	next(OBSLOG_RUN);
	next_entry(10, OBSERVATION_TICK);
	ck_assert_int_eq(stamp_wall(&item.stamp, item.entry.at).ns, WALL + 10);
	next(OBSLOG_ENTRY);
	ck_assert_int_eq(item.entry.kind, LOG_CLOCK);
	next_entry(30, OBSERVATION_TICK);
	ck_assert_int_eq(stamp_wall(&item.stamp, item.entry.at).ns, WALL + NS_PER_S + 30);
	next_entry(40, OBSERVATION_TICK);
	ck_assert_int_eq(stamp_wall(&item.stamp, item.entry.at).ns, WALL + NS_PER_S + 40);
}
END_TEST

START_TEST(what_it_covers_is_known_without_reading_it)
{
	struct obslog_span s;

	start();
	put_tick(10);
	flush();
	put_tick(30);
	stop();
	opts.run.id = 2;
	start();
	put_tick(70);
	put_tick(90);
	stop();
	ck_assert_int_eq(obslog_span(folder, &s, why), 0);
	ck_assert_int_eq(s.first.ns, WALL + 10);
	ck_assert_int_eq(s.last.ns, WALL + 90);
	ck_assert_uint_eq(s.files, 2);
	ck_assert_uint_eq(s.runs, 2);
	ck_assert_uint_eq(s.bytes, (uint64_t)(size_of(1) + size_of(2)));
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("obslog");

	tcase_add_test(t, what_is_put_is_read_with_its_run_and_its_wall_time);
	tcase_add_test(t, files_are_for_root_alone);
	tcase_add_test(t, a_folder_that_is_absent_is_made);
	tcase_add_test(t, another_run_begins_another_file_and_is_told);
	tcase_add_test(t, a_reader_beside_the_writer_gets_what_is_whole);
	tcase_add_test(t, a_full_file_ends_and_the_oldest_make_room);
	tcase_add_test(t, a_snapshot_is_told_only_where_something_is_missing);
	tcase_add_test(t, what_is_too_old_goes);
	tcase_add_test(t, a_search_for_one_source_reads_what_it_must);
	tcase_add_test(t, who_is_tired_of_looking_may_stop_at_each_block);
	tcase_add_test(t, of_a_burst_only_that_source_is_given);
	tcase_add_test(t, between_two_times_only_the_state_comes_from_before);
	tcase_add_test(t, ticks_that_were_left_out_come_back_but_where_there_were_none);
	tcase_add_test(t, a_log_that_jumps_by_a_century_is_read_in_no_time);
	tcase_add_test(t, reading_from_a_time_on_begins_with_the_file_that_holds_it);
	tcase_add_test(t, the_wall_clock_is_told_as_it_was);
	tcase_add_test(t, what_it_covers_is_known_without_reading_it);
	return run("obslog", t);
}
