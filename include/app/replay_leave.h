/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What leaves the host of a capture, beside its packets: the servers that it asks for names, and its look-ups with their
 * answers, whole as the kernel copies them. They wait beside the frames that are read ahead. For replay alone.
 */
#ifndef TIDEGATE_APP_REPLAY_LEAVE_H
#define TIDEGATE_APP_REPLAY_LEAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/stage.h"
#include "base/cursor.h"
#include "core/guess_resolvers.h"
#include "core/packet.h"

struct bytering;

struct replay_leave {
	struct bytering *ring;
	void *memory;
	struct resolver_votes votes;
	struct addr resolvers[NAMES_RESOLVERS]; /* that the engine knows of */
	size_t n_resolvers;
	bool asked_new;                         /* others may be its resolvers now */
};

/* Zeroed by the caller. ERR_MEMORY. replay_leave_close: also of one that is zero. */
int replay_leave_open(struct replay_leave *l);
void replay_leave_close(struct replay_leave *l);

static inline bool replay_leave_is_dns(const struct packet *p)
{
	return p->proto == PROTO_UDP && (p->sport == 53 || p->dport == 53);
}

/* There is room for one look-up more. */
bool replay_leave_room(const struct replay_leave *l);

/* A packet of IP that is a look-up or its answer, as it is read: it waits its turn. False: no room. */
bool replay_leave_keep(struct replay_leave *l, struct slice ip, uint32_t wire_len);

/* The turn of the oldest of them: engine_dns, at that time; engine NULL: it is nothing to this host. */
void replay_leave_give(struct replay_leave *l, struct engine *engine, bool ours, mono_t now);

/* One packet that this host sent. */
static inline void replay_leave_learn(struct replay_leave *l, const struct packet *p)
{
	if (replay_leave_is_dns(p))
		l->asked_new |= guess_resolvers_packet(&l->votes, p);
}

/* Tells the engine of them where they have changed. */
void replay_leave_tell(struct replay_leave *l, struct stage *s, mono_t now);

#endif
