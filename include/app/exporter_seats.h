/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who sits at the exporter's connections, and who has to leave: whoever comes last is let in, so that no number of
 * connections which say nothing keeps out one that asks. Time comes as an argument; closing is the caller's. Not locked.
 */
#ifndef TIDEGATE_APP_EXPORTER_SEATS_H
#define TIDEGATE_APP_EXPORTER_SEATS_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/time.h"

#define SEATS 64
#define SEATS_OF_PEER 32 /* of one address; all of this host's programs are one on loopback */

#define SEATS_ASK_NS (10 * NS_PER_S)   /* from the first byte that could come to the last of a request's head */
#define SEATS_READ_NS (30 * NS_PER_S)  /* to read an answer */
#define SEATS_IDLE_NS (120 * NS_PER_S) /* between two requests of one connection: longer than scrapes are apart */

enum seat_state {
	SEAT_FREE = 0,
	SEAT_SILENT,  /* has not yet asked anything */
	SEAT_READING, /* its answer is on the way */
	SEAT_IDLE,    /* was served, and may ask again */
};

struct seat {
	enum seat_state state;
	int fd;
	struct addr peer;
	mono_t since; /* in this state */
};

struct seats {
	struct seat list[SEATS];
	size_t n;
	uint64_t taken, slow, crowded; /* of all time: let in; told to leave for their slowness, for others */
};

/* Lets a connection in. Where that makes too many (of this peer, or of all) the number of the descriptor that has to
 * leave for it, whose seat is free from now on; else -1. Never the one that came. */
int seats_take(struct seats *s, int fd, const struct addr *peer, mono_t now);

/* A whole request came, or its answer is out; unknown ones are nobody's. */
void seats_asked(struct seats *s, int fd, mono_t now);
void seats_served(struct seats *s, int fd, mono_t now);

/* It ended by itself, or after it was told to. */
void seats_leave(struct seats *s, int fd);

/* One whose time is over, as seats_take's victim; -1: nobody (any more). */
int seats_overdue(struct seats *s, mono_t now);

#endif
