/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adds up what the engine sees to slots of five minutes: interfaces and protocols from the host's own samples,
 * connections and their sources from packets, bytes of services from flows that ended, states from the census. The
 * engine's; live and replay alike. Pure, bounded.
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

struct meter;

size_t meter_bytes(void);
void meter_create(struct meter **out, void *memory, const struct hash_key *key);

/* One connection that begins (a SYN sent again is none), to a port of ours that is open. newcomer: its source has no
 * record. Cheap: it is called on the packet path. */
void meter_connection(struct meter *m, uint8_t proto, uint16_t port, uint64_t source_key, bool newcomer);

void meter_flow(struct meter *m, const struct flow_end *f);
void meter_census(struct meter *m, const struct service_census *c, size_t n);

/*
 * A sample. Where it is the first of a new slot, the slot before is handed to fn (valid for the call), with what this
 * sample adds to neither. Wall time that steps: forward ends the slot, back drops what was counted. The first slot is
 * partial, and says so in watched_s.
 */
typedef void (*meter_slot_fn)(void *ctx, const struct slot *s);
void meter_sample(struct meter *m, const struct host_sample *s, meter_slot_fn fn, void *ctx);

/* The slot that is being counted belongs to an incident. */
void meter_freeze(struct meter *m);

uint64_t meter_crowded(const struct meter *m); /* connections of services beyond the bound: counted for their protocol */

#endif
