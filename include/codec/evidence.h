/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A packet that led to a finding, as one frame of a capture file: NFLOG's link type (LINKTYPE_NFLOG, 239), whose
 * attributes are headers that every reader of captures knows, and whose prefix has words of ours on what the host knew
 * of the packet. So one ordinary file shows people the packets, and gives a replay all that it needs. Pure.
 *
 *   tidegate: in, served, soon socket, late tracked silent
 *   tidegate: in, neighbour, closed, 94 bytes, 3262 missing
 *
 * Words in any order: in | forward | out (the hook; must be there), copy (no verdict was asked), unclassified (conntrack
 * had not looked at it), neighbour (its sender is of a network of ours), served | closed | recent | unknown (whether the
 * port was served), soon FATE and late FATE (how the connection had ended, at the two times when the daemon asks; FATE is
 * socket, tracked, half-open, gone or unknown, perhaps with silent behind it), "N bytes" (on the wire, where the file has
 * fewer), "N missing" (so many packets before this one were not kept), "clock N" (nanoseconds of the host's clock since
 * boot, without its whole hours: counts fade by that one). The interface is in NFLOG's own attributes.
 */
#ifndef TIDEGATE_CODEC_EVIDENCE_H
#define TIDEGATE_CODEC_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/time.h"
#include "core/ask.h"
#include "core/listen.h"

#define EVIDENCE_LINKTYPE 239
#define EVIDENCE_NOTE 192     /* room for any note, terminated */
#define EVIDENCE_CLOCK_NS (3600 * NS_PER_S)
#define EVIDENCE_SNAP 400     /* most bytes of a packet */
#define EVIDENCE_FRAME (EVIDENCE_SNAP + EVIDENCE_NOTE + 96)

struct evidence_end {
	bool known; /* an answer came */
	bool silent;
	enum ask_fate fate;
};

struct evidence_packet {
	wall_t at;
	uint8_t hook;            /* enum hook */
	bool held, state_known;  /* as in struct packet_meta */
	bool neighbour;
	enum listen_state port;
	struct evidence_end soon, late;
	uint32_t if_in, if_out;
	uint32_t wire_len;
	bool has_clock;
	int64_t clock_ns;        /* 0 .. 3600 s; not the whole of it, which would tell strangers when the host was booted */
	uint32_t missing;        /* packets of the same subject right before it that were not kept */
	struct slice bytes;      /* from the IP header on */
};

/* Always terminated; its length. */
size_t evidence_note_format(const struct evidence_packet *p, char out[EVIDENCE_NOTE]);

/* Whether it is a note of ours at all: begins with our name. */
bool evidence_is_note(struct slice note);

/* What the words say; all else of *out is left as it is, wire_len too where no word tells it. ERR_INVALID: a word that is
 * not known, or two that contradict each other; *out is untouched. */
int evidence_note_parse(struct slice note, struct evidence_packet *out);

/* The frame's length; ERR_FULL; ERR_INVALID for more than EVIDENCE_SNAP bytes, or no IP. Its time is the file's to tell. */
int evidence_frame_write(const struct evidence_packet *p, uint8_t *out, size_t size);

/* Borrows from the frame. ERR_INVALID where it is no such frame, or has no note of ours. */
int evidence_frame_read(struct slice frame, wall_t at, struct evidence_packet *out);

/* "socket", "half-open", ...; "unknown". */
const char *evidence_fate_name(enum ask_fate f);

/* "served", "closed", "recent", "unknown". */
const char *evidence_port_name(enum listen_state s);

#endif
