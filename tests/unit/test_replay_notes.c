/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers out of the notes of evidence: of like packets the first has its answer first, however many there are. */
#include "app/replay_notes.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define NOTE(text) ((struct slice){ (const uint8_t *)(text), strlen(text) })

static struct replay_notes *notes;
static struct packet packet;
static struct ask ask;
static enum ask_fate fate;
static bool noted, silent;

static void setup(void)
{
	static const struct listen_snapshot nothing;

	packet = (struct packet){ .proto = PROTO_TCP, .sport = 40000, .dport = 80 };
	ck_assert_int_eq(addr_parse("198.51.100.66", &packet.src), 0);
	ck_assert_int_eq(addr_parse("192.0.2.1", &packet.dst), 0);
	ask = (struct ask){ .rules = ASK_SCAN, .tuple = { .src = packet.src, .dst = packet.dst,
		.sport = packet.sport, .dport = packet.dport, .proto = packet.proto } };
	ck_assert_int_eq(replay_notes_create(&notes, &nothing, 1), 0);
}

static void teardown(void)
{
	replay_notes_destroy(notes);
}

static void remember(const char *note)
{
	replay_notes_remember(notes, NOTE(note), &packet);
}

static enum ask_fate told(void)
{
	ck_assert(replay_notes_fate(notes, &ask, &noted, &fate, &silent));
	ck_assert(noted);
	return fate;
}

START_TEST(of_like_packets_the_first_has_its_answer_first)
{
	remember("tidegate: in, served, late socket");
	remember("tidegate: in, served, soon tracked");
	remember("tidegate: in, served, late gone silent");
	ck_assert_int_eq(told(), FATE_SOCKET);
	ck_assert(!silent);
	ck_assert_int_eq(told(), FATE_GONE);
	ck_assert(silent);
	ck_assert(!replay_notes_fate(notes, &ask, &noted, &fate, &silent));
	ck_assert(noted);
	remember("tidegate: in, served, late half-open");
	ck_assert_int_eq(told(), FATE_HALF_OPEN);
	ask.rules = 0;
	ck_assert_int_eq(told(), FATE_TRACKED);
	ask.tuple.sport++;
	ck_assert(!replay_notes_fate(notes, &ask, &noted, &fate, &silent));
	ck_assert(!noted);
}
END_TEST

/* Within the time that a test has: by a walk for each it would be a hundred times that. */
START_TEST(a_capture_of_like_packets_alone_is_answered_in_no_time)
{
	for (int i = 0; i < REPLAY_NOTES; i++)
		remember(i % 2 ? "tidegate: in, served, late gone" : "tidegate: in, served, late socket");
	for (int i = 0; i < REPLAY_NOTES; i++)
		ck_assert_int_eq(told(), i % 2 ? FATE_GONE : FATE_SOCKET);
	remember("tidegate: in, served, late gone");
	ck_assert_uint_eq(replay_notes_lost(notes), 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("replay_notes");
	TCase *t = tcase_create("answers");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, of_like_packets_the_first_has_its_answer_first);
	tcase_add_test(t, a_capture_of_like_packets_alone_is_answered_in_no_time);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
