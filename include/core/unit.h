/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of the name of a systemd unit, or of a control group's path, stays when it is made anew: for whatever is remembered of
 * an actor longer than he lives.
 */
#ifndef TIDEGATE_CORE_UNIT_H
#define TIDEGATE_CORE_UNIT_H

#include <stdint.h>

#include "base/hash.h"

#define UNIT_NAME 64

/* "session-*.scope" of "session-3.scope", "ssh@*.service" of its instances, "docker-*.scope" of any container's. Cut. */
void unit_steady(const char *unit, char out[UNIT_NAME]);
/* Of a user and the unit, as unit_steady made it, that acts for him. */
uint64_t unit_hash(const struct hash_key *key, uint32_t uid, const char *steady);

#endif
