/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Look-ups in a ring of bytes, in the order of their frames. Called by replay.c alone. */
#include "app/replay_leave.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytering.h"
#include "base/err.h"
#include "codec/dns_msg.h"

#define RING ((size_t)1 << 20)
#define SNAP 1500 /* as much of a look-up as the kernel copies to the daemon */

struct kept {
	uint32_t wire_len, len;
	uint8_t bytes[];
};

int replay_leave_open(struct replay_leave *l)
{
	size_t bytes = bytering_bytes(RING);

	l->memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
	return l->memory ? bytering_create(&l->ring, l->memory, bytes, RING) : ERR_MEMORY;
}

void replay_leave_close(struct replay_leave *l)
{
	free(l->memory);
	l->memory = NULL;
}

bool replay_leave_room(const struct replay_leave *l)
{
	return bytering_claim(l->ring, sizeof(struct kept) + SNAP, 0) != NULL;
}

bool replay_leave_keep(struct replay_leave *l, struct slice ip, uint32_t wire_len)
{
	size_t len = ip.len < SNAP ? ip.len : SNAP;
	struct kept *k = bytering_claim(l->ring, sizeof(*k) + len, 0);

	if (!k)
		return false;
	k->wire_len = wire_len;
	k->len = (uint32_t)len;
	memcpy(k->bytes, ip.at, len);
	bytering_publish(l->ring);
	return true;
}

/* What others ask us names nothing of ours, nor who answers us what he asks. */
static void give(struct engine *engine, const struct kept *k, bool ours, mono_t now)
{
	struct dns_message m;
	struct packet p;

	if (packet_parse((struct slice){ k->bytes, k->len }, k->wire_len, &p) == PACKET_FINE &&
		dns_message_of_packet(&p, &m) && m.answer != ours)
		engine_dns(engine, &m, now);
}

void replay_leave_give(struct replay_leave *l, struct engine *engine, bool ours, mono_t now)
{
	size_t len;
	const struct kept *k = bytering_peek(l->ring, &len);

	if (!k)
		return;
	if (engine)
		give(engine, k, ours, now);
	bytering_drop(l->ring);
}

void replay_leave_tell(struct replay_leave *l, struct stage *s, mono_t now)
{
	struct addr list[NAMES_RESOLVERS];
	size_t n;
	bool same;

	l->asked_new = false;
	n = guess_resolvers(&l->votes, list);
	same = n == l->n_resolvers;
	for (size_t i = 0; i < n && same; i++)
		same = addr_equal(&list[i], &l->resolvers[i]);
	if (same)
		return;
	memcpy(l->resolvers, list, n * sizeof(list[0]));
	l->n_resolvers = n;
	stage_flush(s);
	engine_set_resolvers(stage_engine(s), list, n, now);
}
