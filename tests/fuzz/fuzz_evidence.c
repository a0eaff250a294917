/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A frame of a file that somebody handed on as evidence: what is taken out of it can be written again and says the same,
 * and every byte that a slice claims is read.
 */
#include <stdint.h>
#include <string.h>

#include "codec/evidence.h"
#include "core/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where the bytes go: volatile, or the compiler would not read them. */
static volatile uint8_t sum;

static void write_again(const struct evidence_packet *p)
{
	struct evidence_packet again;
	uint8_t frame[EVIDENCE_FRAME];
	int len = evidence_frame_write(p, frame, sizeof(frame));

	if (len < 0)
		return;
	if (evidence_frame_read((struct slice){ frame, (size_t)len }, p->at, &again))
		__builtin_trap();
	if (again.hook != p->hook || again.wire_len != p->wire_len || again.bytes.len != p->bytes.len ||
		again.late.fate != p->late.fate || again.late.silent != p->late.silent || again.missing != p->missing)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct evidence_packet p = { .hook = HOOK_INPUT };
	struct packet parsed;

	evidence_note_parse((struct slice){ data, size }, &p);
	if (evidence_frame_read((struct slice){ data, size }, (wall_t){ 1 }, &p))
		return 0;
	for (size_t i = 0; i < p.bytes.len; i++)
		sum = (uint8_t)(sum ^ p.bytes.at[i]);
	packet_parse(p.bytes, p.wire_len, &parsed);
	write_again(&p);
	return 0;
}
