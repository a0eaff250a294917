/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which ports did the host of a capture serve? Nobody can be asked any more, so it is guessed from what its ports said:
 * a SYN-ACK, a reply to a datagram, a segment in the middle of a connection that was there before the capture. What the
 * host itself began from a port says nothing of it. Where it is in doubt the port counts as served, so the doubt goes to
 * the source. Pure; 100 KiB.
 */
#ifndef TIDEGATE_CORE_GUESS_H
#define TIDEGATE_CORE_GUESS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/listen.h"
#include "core/packet.h"

struct guess;

size_t guess_bytes(void);
void guess_create(struct guess **out, void *memory);

/* One packet of the host, either way (ours: sent by it), in the order of the capture. True where a port became known by
 * it. */
bool guess_packet(struct guess *g, const struct packet *p, bool ours);

/* What is known by now; borrowed. All of TCP, UDP and SCTP is 'known': a port without a word is closed. */
const struct listen_snapshot *guess_listening(const struct guess *g);

/* These ports are served from the beginning. */
void guess_add(struct guess *g, enum listen_proto proto, uint16_t port);

#endif
