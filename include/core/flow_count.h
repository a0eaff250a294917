/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What flows of a capture carried: packets and bytes each way, and how long they lasted, told when they end. It stands for
 * the kernel's accounting where there is none. Only flows whose first SYN was seen are counted, as nobody knows what the
 * others carried before. Pure; bounded: where there is no room the flow that was silent longest goes untold, and that is
 * counted.
 *
 * A flow ends a second after a RST or the second of both FINs (what comes in between still belongs to it), with a SYN
 * from the same ports, or after fifteen minutes of silence; what still stands when the capture ends has not ended.
 */
#ifndef TIDEGATE_CORE_FLOW_COUNT_H
#define TIDEGATE_CORE_FLOW_COUNT_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/time.h"
#include "core/flow.h"
#include "core/flow_end.h"

#define FLOW_COUNTS 4096 /* flows at once */

struct flow_count;

size_t flow_count_bytes(void);
int flow_count_create(struct flow_count **out, void *memory, const struct hash_key *key);

typedef void (*flow_end_fn)(void *ctx, const struct flow_end *f, mono_t at);

/* From now on a flow that this host began is also told of while it lives, each time that it has sent so much more
 * (so_far). 0: none is. */
void flow_count_step(struct flow_count *c, uint64_t bytes);

/*
 * One TCP packet of a flow with this host, in order of time, after flow_packet of it: t is asked whether the handshake was
 * completed (flow_fate). ref: flow_refer. ours: this host sent it. bytes: that count, with
 * headers or without. fn is told where the packet ends another flow, or comes to a step.
 */
void flow_count_packet(struct flow_count *c, const struct flow_tracker *t, const struct packet *p, uint64_t ref, bool ours,
	uint32_t bytes, mono_t at, flow_end_fn fn, void *ctx);

/* When the next flow ends; INT64_MAX: none does. */
mono_t flow_count_due(const struct flow_count *c);

/* Tells of the flows that have ended by now, each at its time, in order of it. */
void flow_count_until(struct flow_count *c, mono_t now, flow_end_fn fn, void *ctx);

uint64_t flow_count_crowded(const struct flow_count *c); /* made room while they lived */

#endif
