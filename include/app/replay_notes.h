/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A replay's world as far as the frames tell it themselves: captures of evidence (codec/evidence.h) say of each packet on
 * which hook it came, whether its port was served and how its connection ended. What they say is taken as it is, and
 * nothing is guessed. Bounded; connections beyond it have no answer, and are counted.
 */
#ifndef TIDEGATE_APP_REPLAY_NOTES_H
#define TIDEGATE_APP_REPLAY_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "core/engine.h"

#define REPLAY_NOTES 131072 /* packets with an end, at most */

struct replay_notes;

/* What a note says of its packet, small enough for every slot of the read-ahead. */
struct replay_noted {
	bool noted; /* else nothing here means anything */
	bool held, state_known, neighbour;
	uint8_t hook, port; /* enum hook, enum listen_state */
};

/* served: what is known of the ports so far. ERR_MEMORY. */
int replay_notes_create(struct replay_notes **out, const struct listen_snapshot *served, uint64_t seed);
void replay_notes_destroy(struct replay_notes *n); /* NULL does nothing */

/* Reads a note of ours: true, and what it says of the frame; *wire_len where it knows better. */
bool replay_notes_read(struct slice note, struct replay_noted *out, uint32_t *wire_len);

struct packet_meta replay_notes_meta(const struct replay_noted *w, mono_t at, uint32_t wire_len, uint32_t if_in);

/* The time of the daemon's clock that the first frame tells, without whole hours; 0 where it does not. */
int64_t replay_notes_clock(struct slice note);

/* Remembers how the connection that this packet began ended. In the order of the frames. */
void replay_notes_remember(struct replay_notes *n, struct slice note, const struct packet *p);

/* The answer to a question: true where the frames know it. *noted: the packet asked about had a note, so that nobody
 * else shall be asked. */
bool replay_notes_fate(struct replay_notes *n, const struct ask *a, bool *noted, enum ask_fate *fate, bool *silent);

/* Tells the engine what changes with this packet: ports, neighbours. Before the packet itself, at its time. */
void replay_notes_tell(struct replay_notes *n, struct engine *e, const struct replay_noted *w, const struct packet *p,
	mono_t at);

const struct listen_snapshot *replay_notes_listening(const struct replay_notes *n);
uint64_t replay_notes_lost(const struct replay_notes *n);

#endif
