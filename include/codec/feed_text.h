/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of bad addresses as files have them, into entries for core/listed.h:
 *
 *	plain		an address or prefix a line, comments behind # and ;
 *	netset		the same with FireHOL's head, whose "# Entries : N" is held against what is there
 *	spamhaus	DROP as NDJSON: {"cidr":"192.0.2.0/24","sblid":"..."} a line, a last one of {"type":"metadata","records":N}
 *	crowdsec	cscli decisions list -o json (alerts with decisions, or decisions alone), -o raw, or a column "value"
 *
 * What is in it is somebody else's: each line that is no prefix, or one that nobody should list, is counted, the first few
 * are told. Nothing wider than /8 (IPv6: /16) is taken, no loopback, multicast or reserved address, and none of a private
 * network unless it is wished for.
 */
#ifndef TIDEGATE_CODEC_FEED_TEXT_H
#define TIDEGATE_CODEC_FEED_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "core/listed.h"

#define FEED_BYTES ((size_t)64 << 20) /* of a file: a million entries of JSON */
#define FEED_LINE 4096
#define FEED_TOLD 5
#define FEED_TOLD_TEXT 64

enum feed_format {
	FEED_AUTO = 0,
	FEED_PLAIN,
	FEED_NETSET,
	FEED_SPAMHAUS,
	FEED_CROWDSEC,
	FEED_FORMATS,
};

const char *feed_format_name(enum feed_format f); /* "?" for none */

enum feed_refusal {
	FEED_TAKEN = 0,
	FEED_NO_ADDRESS, /* neither an address nor a prefix */
	FEED_HOST_BITS,  /* 10.0.0.1/8 */
	FEED_WIDE,
	FEED_PRIVATE,
	FEED_RESERVED,   /* loopback, multicast, ... : of nobody */
	FEED_LONG,       /* longer than a line is */
	FEED_NUL,
	FEED_NO_RECORD,  /* no JSON, or none of this format */
	FEED_NO_BAN,     /* a decision that bans no address */
	FEED_REFUSALS,
};

const char *feed_refusal_text(enum feed_refusal r); /* for people */

struct feed_told {
	uint64_t line;
	enum feed_refusal why;
	char text[FEED_TOLD_TEXT]; /* its begin, escaped */
};

struct feed_opts {
	enum feed_format format;
	bool keep_private;
	uint8_t list; /* index that entries get */
};

struct feed_result {
	enum feed_format format; /* as detected */
	size_t n;                /* entries in the room */
	uint64_t records;        /* lines or decisions that should have been some */
	uint64_t promised;       /* what the file says of its own length; 0: nothing */
	bool endless;            /* its format has a last line that ends it, and there is none: perhaps it was cut off */
	uint64_t refused;
	uint64_t refusals[FEED_REFUSALS];
	struct feed_told told[FEED_TOLD];
	size_t n_told;
};

/*
 * Fills room[0..most). ERR_RANGE: over FEED_BYTES; ERR_FULL: more entries than 'most'; ERR_TRUNCATED: it ends before what
 * it promises, or within a JSON value; ERR_INVALID: not of this format at all. *out is written whatever comes.
 */
int feed_read(struct slice text, const struct feed_opts *o, struct listed_entry *room, size_t most,
	struct feed_result *out);

/* Lines that were no addresses, as an error page has; not those that name addresses which nobody should list. */
uint64_t feed_nonsense(const struct feed_result *r);

#endif
