/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Since when a socket has been there: the kernel does not say how old a connection is, but its cookie names it for as long
 * as the kernel runs, so the walk that met it first is remembered. What is told is never more than the true age. Pure;
 * bounded: what finds no room has no age. Called by edge/sockdiag_walk.
 */
#ifndef TIDEGATE_CORE_HELD_SINCE_H
#define TIDEGATE_CORE_HELD_SINCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/time.h"

#define HELD_SINCE_SOCKETS 65536

struct held_since; /* about 3 MiB in the caller's memory, aligned as malloc does */

size_t held_since_bytes(void);
void held_since_create(struct held_since **out, void *memory, const struct hash_key *key);

/*
 * A walk: begin, each socket, end. ...age_ms says how long ago the cookie was met first; 0 where it is now, or where there
 * is no room (counted). ...end forgets those that this walk did not meet: leave it out where the walk was cut short.
 */
void held_since_begin(struct held_since *h, mono_t now);
uint32_t held_since_age_ms(struct held_since *h, uint64_t cookie);
void held_since_end(struct held_since *h);

size_t held_since_count(const struct held_since *h);
uint64_t held_since_full(const struct held_since *h); /* sockets that found no room, each walk anew */

#endif
