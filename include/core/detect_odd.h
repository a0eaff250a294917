/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets that no honest stack sends (SYN+FIN, NULL, land, port 0, martian sources,
 * tiny fragments): a decayed count for each source. One such packet may be a broken
 * middlebox; several are a probe or an attack tool.
 */
#ifndef TIDEGATE_CORE_DETECT_ODD_H
#define TIDEGATE_CORE_DETECT_ODD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "core/finding.h"
#include "core/near.h"
#include "core/rule.h"
#include "core/source.h"

struct odd_opts {
	struct rule rule;      /* odd.flags */
	uint16_t kinds;        /* enum packet_odd bits that count */
	uint32_t limit;        /* packets within about ten minutes: 5 */
	int64_t half_life_ns;  /* 10 min */
};

/*
 * After source_touch. True where the count crosses the limit now (less half a packet,
 * for the decay); *out filled but for subject and tuple. A packet counts once, however
 * odd it is.
 */
bool odd_count(const struct odd_opts *o, struct source *s, const struct packet *p,
	mono_t now, struct finding *out);

/* How far the count is. After source_touch. */
void odd_near(const struct odd_opts *o, const struct source *s, struct nears *out);

#endif
