/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is connected to a few local ports, for edge/sockdiag. */
#include "codec/diag_msg.h"
#include "core/packet.h"
#include "edge/sockdiag_private.h"

struct session_call {
	sockdiag_session_fn each;
	void *ctx;
};

static void note_session(struct sockdiag *s, const struct diag_socket *d, void *ctx)
{
	const struct session_call *call = ctx;

	(void)s;
	if (d->state == DIAG_ESTABLISHED && !addr_is_loopback(&d->peer))
		call->each(call->ctx, &d->peer, (uint64_t)d->cookie[1] << 32 | d->cookie[0]);
}

int sockdiag_sessions(struct sockdiag *s, const uint16_t *ports, size_t n,
	sockdiag_session_fn each, void *ctx)
{
	struct diag_dump d = { .family = FAMILY_V4, .proto = PROTO_TCP,
		.states = DIAG_BIT(DIAG_ESTABLISHED), .ports = ports, .n_ports = n };
	struct session_call call = { .each = each, .ctx = ctx };
	int err;

	if (!n)
		return 0;
	err = sockdiag_dump(s, &d, note_session, &call);
	d.family = FAMILY_V6;
	if (!err)
		err = sockdiag_dump(s, &d, note_session, &call);
	if (err)
		s->stats.errors++;
	return err;
}
