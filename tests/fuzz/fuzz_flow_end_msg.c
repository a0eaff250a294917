/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A datagram with the ends of flows, as edge/flow_ends reads it. Whatever comes: a flow has two ends of its own, nothing
 * is proven without an acknowledgement, and no entry of conntrack proves anything.
 */
#include <stdint.h>
#include <stdlib.h>

#include "codec/flow_end_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(const struct flow_end *f)
{
	if (f->tuple.src.family == FAMILY_NONE || f->tuple.dst.family == FAMILY_NONE)
		abort();
	if (f->direction >= FLOW_DIRECTIONS || f->weight != 1 || f->lasted_ns < -1)
		abort();
}

static void hold_socket(const struct ended_socket *s)
{
	for (int serves = 0; serves < 2; serves++) {
		struct flow_end f;

		flow_end_of_socket(s, serves, &f);
		hold(&f);
		if (f.proof != PROOF_CLAIMED && !s->acked && !s->timed)
			abort();
		if (!f.tuple.sport || !f.tuple.dport || f.direction == FLOW_FORWARD)
			abort();
	}
}

static void hold_entry(const struct ended_entry *e)
{
	for (int who = 0; who < 4; who++) {
		struct flow_end f;

		flow_end_of_entry(e, who & 1, who & 2, &f);
		hold(&f);
		if (f.proof != PROOF_CLAIMED || f.tuple.src.family != f.tuple.dst.family)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over((struct slice){ data, size });
	struct netlink_message m;
	struct ended_socket s;
	struct ended_entry e;

	while (netlink_next(&c, &m)) {
		if (flow_end_msg_socket(&m, &s) == 0)
			hold_socket(&s);
		if (flow_end_msg_entry(&m, &e) == 0)
			hold_entry(&e);
	}
	return 0;
}
