/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packets of one finding, out of the log of observations as it is read from front to back: the last ones before what
 * crossed, the first ones after it, and what the host knew of each (was its port served, how did its connection end).
 * Knows no file and no clock; app/evidence.c hands it the entries.
 *
 * Of a source: all that came from it, and what we sent to it. Of a service: what came for it, from everybody. Of the host
 * (a spray): what came for ports that are not served, from everybody.
 */
#ifndef TIDEGATE_APP_EVIDENCE_GATHER_H
#define TIDEGATE_APP_EVIDENCE_GATHER_H

#include <stddef.h>
#include <stdint.h>

#include "codec/evidence.h"
#include "codec/observation_log.h"
#include "codec/stamp.h"
#include "core/finding.h"

struct gather;

struct gather_opts {
	struct subject subject;
	wall_t trigger;      /* the packet of that time is the last one before */
	size_t before, after; /* packets */
	size_t snap;         /* bytes of each, at most EVIDENCE_SNAP */
};

int gather_create(struct gather **out, const struct gather_opts *o); /* ERR_MEMORY */

/* Another run begins, or something is missing: what an engine knew is void, so what was before proves nothing. */
void gather_restart(struct gather *g);

void gather_take(struct gather *g, const struct stamp *stamp, const struct log_entry *e);

/* Whether nothing that may still come would be kept. */
bool gather_full(const struct gather *g);

/* How many are kept, and each of them in the order of time; it borrows from the gather. The first one tells of the clock
 * and of those that are missing. */
size_t gather_count(const struct gather *g);
struct evidence_packet gather_packet(const struct gather *g, size_t i);

void gather_destroy(struct gather *g); /* NULL does nothing */

#endif
