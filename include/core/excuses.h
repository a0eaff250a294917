/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom the administrator has called wronged: sources and prefixes, each with the number of times. More proof is asked
 * of them. A bounded list; the one longest ago makes room. Asked once for each contact that speaks against a source.
 */
#ifndef TIDEGATE_CORE_EXCUSES_H
#define TIDEGATE_CORE_EXCUSES_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/time.h"

#define EXCUSES 128
#define EXCUSES_MOST 3 /* times that still double the patience */

struct excuse {
	struct prefix prefix;
	uint32_t count;
	mono_t at; /* the latest */
};

struct excuses {
	struct excuse list[EXCUSES];
	size_t n;
	uint64_t forgotten; /* made room */
};

/* Adds count to what is known of exactly this prefix. */
void excuses_add(struct excuses *x, const struct prefix *p, uint32_t count, mono_t now);

/* 1 for a stranger to this list; 2, 4, 8 after one, two, three and more wrongs. */
unsigned excuses_patience(const struct excuses *x, const struct addr *a);

#endif
