/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets as evidence: the note's words there and back, and the frame that readers of captures are given. */
#include "codec/evidence.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "codec/link.h"
#include "core/packet.h"
#include "support/craft.h"

static uint8_t bytes[256];

static struct evidence_packet packet(void)
{
	struct craft c = { .src = craft_addr("198.51.100.66"), .dst = craft_addr("192.0.2.1"), .proto = PROTO_TCP,
		.sport = 40000, .dport = 22, .tcp_flags = TCP_SYN };
	size_t len = craft_packet(&c, bytes, sizeof(bytes));

	return (struct evidence_packet){ .at = { INT64_C(1790000000123456789) }, .hook = HOOK_INPUT, .held = true,
		.state_known = true, .port = LISTEN_OPEN, .if_in = 7, .wire_len = (uint32_t)len,
		.bytes = { bytes, len } };
}

static struct slice slice(const char *text)
{
	return (struct slice){ (const uint8_t *)text, strlen(text) };
}

static void same(const struct evidence_packet *a, const struct evidence_packet *b)
{
	ck_assert_uint_eq(a->hook, b->hook);
	ck_assert_int_eq(a->held, b->held);
	ck_assert_int_eq(a->state_known, b->state_known);
	ck_assert_int_eq(a->neighbour, b->neighbour);
	ck_assert_int_eq(a->port, b->port);
	ck_assert_int_eq(a->soon.known, b->soon.known);
	ck_assert_int_eq(a->soon.silent, b->soon.silent);
	ck_assert_int_eq(a->soon.fate, b->soon.fate);
	ck_assert_int_eq(a->late.known, b->late.known);
	ck_assert_int_eq(a->late.silent, b->late.silent);
	ck_assert_int_eq(a->late.fate, b->late.fate);
	ck_assert_uint_eq(a->wire_len, b->wire_len);
	ck_assert_uint_eq(a->missing, b->missing);
	ck_assert_int_eq(a->has_clock, b->has_clock);
	ck_assert_int_eq(a->clock_ns, b->clock_ns);
}

START_TEST(a_note_says_it_in_words)
{
	struct evidence_packet p = packet();
	char note[EVIDENCE_NOTE];

	p.late = (struct evidence_end){ .known = true, .silent = true, .fate = FATE_TRACKED };
	p.soon = (struct evidence_end){ .known = true, .fate = FATE_SOCKET };
	ck_assert_uint_eq(evidence_note_format(&p, note), strlen(note));
	ck_assert_str_eq(note, "tidegate: in, served, soon socket, late tracked silent");
	p = packet();
	p.held = p.state_known = false;
	p.neighbour = true;
	p.port = LISTEN_CLOSED;
	p.wire_len = 94;
	p.missing = 3262;
	evidence_note_format(&p, note);
	ck_assert_str_eq(note, "tidegate: in, copy, unclassified, neighbour, closed, 94 bytes, 3262 missing");
}
END_TEST

/* 3 hooks, 4 ports, 2^3 words, 11 ends twice over, with and without numbers. */
START_TEST(every_note_comes_back_as_it_was)
{
	for (unsigned i = 0; i < 3 * 4 * 8 * 11 * 11 * 2; i++) {
		struct evidence_packet p = packet(), back = p;
		char note[EVIDENCE_NOTE];
		unsigned n = i, soon, late;

		p.hook = (uint8_t)(n % 3), n /= 3;
		p.port = p.hook == HOOK_OUTPUT ? LISTEN_UNKNOWN : (enum listen_state)(n % 4), n /= 4;
		p.held = n & 1, p.state_known = n >> 1 & 1, p.neighbour = n >> 2 & 1, n /= 8;
		soon = n % 11, n /= 11;
		late = n % 11, n /= 11;
		if (soon)
			p.soon = (struct evidence_end){ true, (soon - 1) & 1, (enum ask_fate)((soon - 1) / 2) };
		if (late)
			p.late = (struct evidence_end){ true, (late - 1) & 1, (enum ask_fate)((late - 1) / 2) };
		p.wire_len = n ? UINT32_MAX : p.wire_len;
		p.missing = n ? UINT32_MAX : 0;
		p.has_clock = n;
		p.clock_ns = n ? EVIDENCE_CLOCK_NS - 1 : 0;
		evidence_note_format(&p, note);
		ck_assert_uint_lt(strlen(note), EVIDENCE_NOTE - 1);
		ck_assert_int_eq(evidence_note_parse(slice(note), &back), 0);
		same(&p, &back);
	}
}
END_TEST

START_TEST(a_note_of_others_is_none_of_ours)
{
	static const char *const notes[] = { "", "tidegate", "tidegate:", "tidegate: ", "fw-drop", "tidegate: out of order",
		"tidegate: served", "tidegate: in, in", "tidegate: in, out", "tidegate: in, served, closed",
		"tidegate: in, soon", "tidegate: in, soon ", "tidegate: in, soon later", "tidegate: in, soon socket, soon gone",
		"tidegate: in, soon silent", "tidegate: in,", "tidegate: in, ", "tidegate: in,served", "tidegate:  in",
		"tidegate: in, -1 bytes", "tidegate: in, 4294967296 bytes", "tidegate: in,  bytes",
		"tidegate: in, clock 3600000000000", "tidegate: in, clock -1", "tidegate: in, clock 1, clock 1",
		"tidegate: in, 1e3 bytes", "tidegate: in, 99999999999999999999 missing", "tidegate: IN" };
	struct evidence_packet before = packet(), p = before;

	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
		ck_assert_msg(evidence_note_parse(slice(notes[i]), &p) == ERR_INVALID, "'%s'", notes[i]);
		same(&before, &p);
	}
	ck_assert(evidence_is_note(slice("tidegate: whatever")));
	ck_assert(!evidence_is_note(slice("tidegat: in")));
	ck_assert(!evidence_is_note(slice("")));
}
END_TEST

START_TEST(a_frame_comes_back_as_it_was)
{
	struct evidence_packet p = packet(), back;
	uint8_t frame[EVIDENCE_FRAME];
	int len;

	p.late = (struct evidence_end){ .known = true, .fate = FATE_HALF_OPEN };
	len = evidence_frame_write(&p, frame, sizeof(frame));
	ck_assert_int_gt(len, 0);
	ck_assert_int_eq(evidence_frame_read((struct slice){ frame, (size_t)len }, p.at, &back), 0);
	same(&p, &back);
	ck_assert_int_eq(back.at.ns, p.at.ns);
	ck_assert_uint_eq(back.if_in, 7);
	ck_assert_uint_eq(back.bytes.len, p.bytes.len);
	ck_assert_mem_eq(back.bytes.at, p.bytes.at, p.bytes.len);
}
END_TEST

START_TEST(a_frame_is_one_that_every_reader_of_nflog_knows)
{
	struct evidence_packet p = packet();
	uint8_t frame[EVIDENCE_FRAME];
	struct link_packet l;
	int len;

	p.hook = HOOK_OUTPUT;
	p.if_in = 0;
	p.if_out = 9;
	len = evidence_frame_write(&p, frame, sizeof(frame));
	ck_assert_int_gt(len, 0);
	ck_assert_int_eq(link_decode(EVIDENCE_LINKTYPE, (struct slice){ frame, (size_t)len }, (uint32_t)len, &l), LINK_IP);
	ck_assert_int_eq(l.to, LINK_OUTGOING);
	ck_assert_uint_eq(l.if_index, 9);
	ck_assert_uint_eq(l.ip.len, p.bytes.len);
	ck_assert(evidence_is_note(l.note));
}
END_TEST

START_TEST(a_cut_packet_keeps_its_length)
{
	struct evidence_packet p = packet(), back;
	uint8_t frame[EVIDENCE_FRAME];
	int len;

	p.wire_len = 1500;
	len = evidence_frame_write(&p, frame, sizeof(frame));
	ck_assert_int_eq(evidence_frame_read((struct slice){ frame, (size_t)len }, p.at, &back), 0);
	ck_assert_uint_eq(back.wire_len, 1500);
	ck_assert_uint_eq(back.bytes.len, p.bytes.len);
}
END_TEST

START_TEST(a_frame_is_refused_where_it_has_no_room_or_no_packet)
{
	struct evidence_packet p = packet();
	static uint8_t long_one[EVIDENCE_SNAP + 1] = { 0x45 };
	uint8_t frame[EVIDENCE_FRAME];
	int len = evidence_frame_write(&p, frame, sizeof(frame));

	ck_assert_int_gt(len, 0);
	for (size_t size = 0; size < (size_t)len; size++)
		ck_assert_int_eq(evidence_frame_write(&p, frame, size), ERR_FULL);
	p.bytes = (struct slice){ long_one, sizeof(long_one) };
	ck_assert_int_eq(evidence_frame_write(&p, frame, sizeof(frame)), ERR_INVALID);
	p.bytes.len = EVIDENCE_SNAP;
	ck_assert_int_gt(evidence_frame_write(&p, frame, sizeof(frame)), 0);
	p.bytes.len = 0;
	ck_assert_int_eq(evidence_frame_write(&p, frame, sizeof(frame)), ERR_INVALID);
}
END_TEST

START_TEST(a_cut_frame_is_no_evidence)
{
	struct evidence_packet p = packet(), back = { .at = { 5 } };
	uint8_t frame[EVIDENCE_FRAME];
	int len = evidence_frame_write(&p, frame, sizeof(frame)), read = 0;

	for (int cut = 0; cut < len; cut++)
		read += evidence_frame_read((struct slice){ frame, (size_t)cut }, p.at, &back) == 0;
	/* The payload is last: without a part of it the rest says too much of its length. */
	ck_assert_int_le(read, (int)p.bytes.len + 4);
	ck_assert_int_eq(evidence_frame_read((struct slice){ NULL, 0 }, p.at, &back), ERR_INVALID);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("evidence");
	TCase *t = tcase_create("notes and frames");
	SRunner *r;
	int failed;

	tcase_add_test(t, a_note_says_it_in_words);
	tcase_add_test(t, every_note_comes_back_as_it_was);
	tcase_add_test(t, a_note_of_others_is_none_of_ours);
	tcase_add_test(t, a_frame_comes_back_as_it_was);
	tcase_add_test(t, a_frame_is_one_that_every_reader_of_nflog_knows);
	tcase_add_test(t, a_cut_packet_keeps_its_length);
	tcase_add_test(t, a_frame_is_refused_where_it_has_no_room_or_no_packet);
	tcase_add_test(t, a_cut_frame_is_no_evidence);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
