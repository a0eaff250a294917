/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for what a sample holds, and its interfaces in order. */
#include "core/host_sample.h"

#include <string.h>

const char *host_proto_name(enum host_proto p)
{
	static const char *const names[HOST_PROTOS] = {
		[HOST_TCP] = "tcp",
		[HOST_UDP] = "udp",
		[HOST_ICMP] = "icmp",
		[HOST_OTHER] = "other",
	};

	return (unsigned)p < HOST_PROTOS ? names[p] : "unknown";
}

const char *socket_state_name(enum socket_state s)
{
	static const char *const names[SOCKET_STATES] = {
		[SOCKET_ESTABLISHED] = "ESTAB",
		[SOCKET_SYN_SENT] = "SYN-SENT",
		[SOCKET_SYN_RECV] = "SYN-RECV",
		[SOCKET_FIN_WAIT] = "FIN-WAIT",
		[SOCKET_TIME_WAIT] = "TIME-WAIT",
		[SOCKET_CLOSE_WAIT] = "CLOSE-WAIT",
		[SOCKET_LAST_ACK] = "LAST-ACK",
		[SOCKET_LISTEN] = "LISTEN",
	};

	return (unsigned)s < SOCKET_STATES ? names[s] : "UNKNOWN";
}

/* The lowest indices stay: what the machine came with is numbered before what containers add and take away, so the
 * choice does not change from second to second. */
void host_sample_add_link(struct host_sample *s, const struct link_counters *l)
{
	uint32_t at = 0;

	while (at < s->n_links && s->links[at].index < l->index)
		at++;
	if (at < s->n_links && s->links[at].index == l->index) {
		s->links[at] = *l;
		return;
	}
	if (s->n_links == SAMPLE_LINKS)
		s->links_cut++;
	if (at == SAMPLE_LINKS)
		return;
	if (s->n_links < SAMPLE_LINKS)
		s->n_links++;
	memmove(&s->links[at + 1], &s->links[at], (s->n_links - at - 1) * sizeof(s->links[0]));
	s->links[at] = *l;
}
