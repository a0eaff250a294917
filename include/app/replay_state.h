/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What replay.c and replay_open.c share; for nobody else. */
#ifndef TIDEGATE_APP_REPLAY_STATE_H
#define TIDEGATE_APP_REPLAY_STATE_H

#include "app/replay.h"
#include "app/replay_clock.h"
#include "app/replay_ends.h"
#include "app/replay_leave.h"
#include "app/replay_notes.h"
#include "app/stage.h"
#include "core/guess.h"

#define REPLAY_SNAP 128 /* as much of a packet as the kernel copies to the daemon */

struct waiting {
	mono_t at;
	uint64_t flow; /* flow_refer */
	struct packet packet; /* its payload points into bytes */
	uint32_t wire_len, if_index;
	uint16_t len;
	uint8_t to;  /* enum link_to */
	bool dns;    /* whole, it waits in leave */
	bool within; /* the home talks to itself: a host, or a network that stands for one */
	struct replay_noted noted;
	uint8_t bytes[REPLAY_SNAP];
};

struct replay {
	struct replay_opts o;
	struct conf *conf;
	struct capture *capture;
	struct stage *stage;
	struct flow_tracker *flows;
	void *flows_memory;
	size_t flows_bytes;
	struct guess *guess;
	struct replay_notes *notes; /* NULL until a frame has one */
	struct home home;
	struct home_votes *votes; /* until the home is known */
	struct replay_clock clock;
	struct replay_ends ends;
	struct replay_leave leave;
	struct replay_stats stats;
	struct waiting *slots;
	size_t size, head, n;     /* the oldest is at head */
	int64_t ahead_ns;
	bool begun, ports_new;
};

#endif
