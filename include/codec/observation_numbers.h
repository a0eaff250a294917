/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The smallest parts of the log of observations (their form: codec/observation_parts.h). A pen and a cursor remember that
 * they failed, so that who writes or reads asks once, at the end.
 */
#ifndef TIDEGATE_CODEC_OBSERVATION_NUMBERS_H
#define TIDEGATE_CODEC_OBSERVATION_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"

/* Past its end nothing is written, and it is known that something should have been. */
struct pen {
	uint8_t *at, *end;
	bool full;
};

void pen_bytes(struct pen *p, const void *bytes, size_t len);
void pen_u8(struct pen *p, unsigned value);
void pen_be(struct pen *p, uint64_t value, size_t bytes);
void pen_number(struct pen *p, uint64_t value);
void pen_signed(struct pen *p, int64_t value);
void pen_text(struct pen *p, const char *text, size_t size);
void pen_addr(struct pen *p, const struct addr *a);
void pen_prefix(struct pen *p, const struct prefix *x);

uint64_t take_number(struct cursor *c);
int64_t take_signed(struct cursor *c);
uint64_t take_below(struct cursor *c, uint64_t most); /* more fails */
uint32_t take_u32(struct cursor *c);
uint64_t take_be64(struct cursor *c);
int64_t take_after(struct cursor *c, int64_t before); /* a time so far from another one */
bool take_bool(struct cursor *c);
void take_text(struct cursor *c, char *out, size_t size); /* without what a reader of C's strings would not see */
void take_family(struct cursor *c, struct addr *a);
void take_addr(struct cursor *c, struct addr *a);
void take_prefix(struct cursor *c, struct prefix *out);

#endif
