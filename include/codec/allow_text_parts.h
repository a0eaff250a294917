/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of allow_text share: which records make an entry is allow_text.c's, how it reads allow_text_put.c's. */
#ifndef TIDEGATE_CODEC_ALLOW_TEXT_PARTS_H
#define TIDEGATE_CODEC_ALLOW_TEXT_PARTS_H

#include "codec/allow_text.h"

#define ALLOW_CROWD_MOST 64
#define ALLOW_PORTS_MOST 8 /* of one protocol; more are a range */
#define ALLOW_PROTOS 4

/* Ports of one place, sorted. */
struct allow_ports {
	uint16_t list[ALLOW_PROTOS][ALLOW_PORTS_MOST];
	uint8_t n[ALLOW_PROTOS];
	bool low[ALLOW_PROTOS];  /* one of them is below 1024 */
	bool many[ALLOW_PROTOS]; /* more than there is room for */
};

/* False: no entry can name the protocol. */
bool allow_ports_add(struct allow_ports *p, uint8_t proto, uint16_t port);
bool allow_ports_empty(const struct allow_ports *p);
bool allow_ports_equal(const struct allow_ports *a, const struct allow_ports *b);

/* What was met at a place, and how often. */
struct allow_run {
	struct allow_ports ports;
	uint64_t contacts;
	int64_t first_s, last_s;
	uint16_t days;
};

void allow_run_add(struct allow_run *run, const struct allow_run *other); /* of the same ports */

struct allow_writer {
	struct text *out;
	unsigned crowd;
	bool once;      /* only what was met once, in comments */
	size_t entries; /* written so far */
};

void allow_put_head(const struct allow_text *o, const struct allow_text_sum *sum, int64_t since_s, struct text *out);
void allow_put_entry(struct allow_writer *w, const char *key, const char *place, const struct allow_run *run);
/* The end of the list, and the head of what was met once. */
void allow_put_middle(const struct allow_text_sum *sum, struct text *out);

#endif
