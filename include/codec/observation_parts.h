/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the bytes of the log of observations stand, for who writes them (observation_write.c), who reads them
 * (observation_read.c) and what both do to headers (observation_headers.c); nobody else.
 *
 *   entry    = tag, time, body       tag: a kind of enum observation_kind, or one of the tags below; high bit: snapshot
 *   time     = signed, nanoseconds after the entry before; after the packet before within a burst
 *   numbers  = seven bits a byte, lowest first, high bit: more follow; signed ones with the sign in the lowest bit
 *   packets  = how many, then of each: flags, time, [user], [both interfaces], [wire_len], length, headers
 *   address  = family (4, 6 or 0), its bytes;  prefix = address, length;  text = length, bytes
 */
#ifndef TIDEGATE_CODEC_OBSERVATION_PARTS_H
#define TIDEGATE_CODEC_OBSERVATION_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum observation_tag {
	TAG_LOSS = 32,
	TAG_RULES,
	TAG_CLOCK,
	TAG_LINK,
	TAG_CENSUS_EMPTY, /* no service, no pressure */
	TAG_STILL,        /* LOG_NOTHING */
	TAG_CENSUS_SAME,  /* as the one before in this block, without pressure */
	TAG_SNAPSHOT = 128,
};

/* Of a packet. The two lowest bits are the hook; of one that leaves and whose user is known, HOOK_WITH_UID. */
#define HOOK_WITH_UID 3u

enum {
	FLAG_HELD = 0x04,
	FLAG_STATE_KNOWN = 0x08,
	FLAG_SAME_LINKS = 0x10, /* interfaces as those of the packet before in this block */
	FLAG_IP_SUM = 0x20,     /* the IPv4 header's checksum was right: zeros stand in its place */
	FLAG_TCP_SUM = 0x40,    /* TCP's, of a segment without payload */
	FLAG_WIRE_LEN = 0x80,   /* wire_len is as long as the IP header says */
};

/* An answer's first byte: fate in the three lowest bits. */
enum {
	ANSWER_SILENT = 0x08,
	ANSWER_HOOK_SHIFT = 4,
};

/* Ports: beyond so many differences the 8 KiB of the bitmap are shorter. */
#define PORTS_LISTED 2048
#define PORT_WORDS 1024

/* What the IP header says of the packet's length; 0 where it says nothing. */
uint32_t observation_stated(const uint8_t *bytes, size_t len);

/*
 * Where the checksums stand in these headers, 0 for nowhere: IPv4's own; TCP's where all of the segment is there and
 * nothing behind its header. Both follow from the bytes other than the sums.
 */
size_t observation_ip_sum_at(const uint8_t *bytes, size_t len);
size_t observation_tcp_sum_at(const uint8_t *bytes, size_t len);

/* The right sums, whatever stands in their places. */
uint16_t observation_ip_sum(const uint8_t *bytes);
uint16_t observation_tcp_sum(const uint8_t *bytes, size_t len, size_t sum_at);

#endif
