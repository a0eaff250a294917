/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes that opened flows lately, each once; who was named longest ago makes room. */
#ifndef TIDEGATE_CORE_BLAMES_H
#define TIDEGATE_CORE_BLAMES_H

#include <stdint.h>

#include "core/blame.h"

#define BLAMES 256

/* All zero: empty. */
struct blames {
	struct blame list[BLAMES];
	uint32_t n; /* ever kept; the newest is list[(n - 1) % BLAMES] */
};

/* A number for it, never 0; the same for the same. */
uint32_t blames_keep(struct blames *b, const struct blame *x);
/* NULL: it has made room. */
const struct blame *blames_get(const struct blames *b, uint32_t number);

#endif
