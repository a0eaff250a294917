/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adds up what the engine sees to slots of five minutes (core/slot.h): interfaces and protocols from the host's own
 * samples, connections and their sources from packets, bytes of services and peers from flows that ended, states from the
 * census. The engine's, live and in replay alike. Pure; bounded.
 *
 * A service that was met once stays for a week of silence and counts zeros meanwhile: a night without a connection is
 * something to be learned. Beyond METER_SERVICES the one that was silent longest makes room, where that is an hour at
 * least; else the new one counts for its protocol and the host alone.
 */
#ifndef TIDEGATE_CORE_METER_H
#define TIDEGATE_CORE_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "core/detect_flood.h"
#include "core/flow_end.h"
#include "core/host_sample.h"
#include "core/slot.h"

#define METER_SERVICES 160

struct meter; /* about 170 KiB */

size_t meter_bytes(void);
void meter_create(struct meter **out, void *memory, const struct hash_key *key);

/* One connection that begins (a SYN sent again is none), to a port of ours that is served. newcomer: its source had no
 * record. Cheap: it is called on the packet path. */
void meter_connection(struct meter *m, uint8_t proto, uint16_t port, uint64_t source_key, bool newcomer);

/* One that ended. Inwards it adds packets and bytes to what was counted when it began; outwards it is all there is. */
void meter_flow(struct meter *m, const struct flow_end *f);
void meter_census(struct meter *m, const struct service_census *c, size_t n);

/*
 * A sample. Where it is the first of a new slot, what came since the sample before goes to the slot that ends, which is
 * handed to fn and valid for that call. Samples further apart than METER_GAP_S say nothing of the time between: it is
 * not watched, and its counts belong nowhere. Wall time that went back drops the slot that was being counted.
 */
#define METER_GAP_S 60
typedef void (*meter_slot_fn)(void *ctx, const struct slot *s);
void meter_sample(struct meter *m, const struct host_sample *s, meter_slot_fn fn, void *ctx);

/* Hands out the slot that is being counted, as far as it has come. */
void meter_finish(struct meter *m, meter_slot_fn fn, void *ctx);

/* The slot that is being counted belongs to an incident, and so does the next one for as long as it is called in it. */
void meter_freeze(struct meter *m);

uint64_t meter_crowded(const struct meter *m); /* connections and flows of services that found no room */

#endif
