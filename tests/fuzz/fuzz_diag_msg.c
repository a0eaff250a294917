/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A datagram of sock_diag, as edge/sockdiag reads it. Whatever comes, no request to
 * destroy may be built from it that lacks a cookie or a peer, or that is aimed at a
 * listener.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/err.h"
#include "codec/diag_msg.h"
#include "core/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(const struct diag_socket *s)
{
	static _Alignas(NETLINK_ALIGN) uint8_t buf[DIAG_REQUEST_BYTES];
	struct diag_ends ends = { .proto = s->proto, .local = s->local, .peer = s->peer,
		.local_port = s->local_port, .peer_port = s->peer_port };
	bool any = s->cookie[0] == UINT32_MAX && s->cookie[1] == UINT32_MAX;
	bool none = s->cookie[0] == 0 && s->cookie[1] == 0;
	size_t len;

	if (diag_msg_is_exact(s, &ends) && s->state == DIAG_LISTEN)
		abort();
	diag_msg_exact(buf, sizeof(buf), &ends, 1, &len);
	if (diag_msg_destroy(buf, sizeof(buf), s, 1, &len))
		return;
	if (any || none || s->state == DIAG_LISTEN || s->peer_port == 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over((struct slice){ data, size });
	struct netlink_message m;
	struct diag_socket s;
	int error;

	while (netlink_next(&c, &m)) {
		netlink_error(&m, &error);
		if (diag_msg_socket(&m, PROTO_TCP, &s) == 0)
			hold(&s);
	}
	return 0;
}
