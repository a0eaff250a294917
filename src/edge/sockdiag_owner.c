/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose socket a flow comes from, for edge/sockdiag. What the kernel says of the user of a socket without an inode is not
 * its user but 0, on most kernels: it is not believed, for it would blame root.
 */
#include <net/if.h>

#include "base/err.h"
#include "core/packet.h"
#include "edge/sockdiag_private.h"

#define INTERFACES_NS (10 * NS_PER_S)

/* Those above the first few are not tried: each costs every flow without a socket a question. */
static void list_interfaces(struct sockdiag *s, mono_t now)
{
	struct if_nameindex *list;

	if (mono_since(now, s->interfaces_until) < 0)
		return;
	s->interfaces_until = mono_add(now, INTERFACES_NS);
	s->n_interfaces = 0;
	list = if_nameindex();
	for (size_t i = 0; list && list[i].if_index && s->n_interfaces < SOCKDIAG_INTERFACES; i++)
		s->interfaces[s->n_interfaces++] = list[i].if_index;
	if (list)
		if_freenameindex(list);
}

/* The kernel looks for the UDP socket that a datagram of the first end to the second would come to: they stand reversed,
 * and one without a peer is right, too. */
static int ask_datagram(struct sockdiag *s, const struct diag_ends *e, struct diag_socket *found)
{
	struct diag_ends turned = { .proto = e->proto, .local = e->peer, .peer = e->local, .local_port = e->peer_port,
		.peer_port = e->local_port, .interface = e->interface };
	int err = sockdiag_exact(s, &turned, found);

	if (err)
		return err;
	if (found->local_port != e->local_port || (found->peer_port && !diag_msg_is_exact(found, e)))
		return ERR_ABSENT;
	return 0;
}

static int ask(struct sockdiag *s, const struct diag_ends *e, struct diag_socket *found)
{
	int err;

	if (e->proto == PROTO_UDP)
		return ask_datagram(s, e, found);
	err = sockdiag_exact(s, e, found);
	return !err && !diag_msg_is_exact(found, e) ? ERR_ABSENT : err;
}

static int ask_everywhere(struct sockdiag *s, struct diag_ends *e, mono_t now, struct diag_socket *found)
{
	int err = ask(s, e, found);

	if (err != ERR_ABSENT)
		return err;
	list_interfaces(s, now);
	for (size_t i = 0; i < s->n_interfaces && err == ERR_ABSENT; i++) {
		e->interface = s->interfaces[i];
		err = ask(s, e, found);
	}
	return err;
}

int sockdiag_owner(struct sockdiag *s, const struct tuple *t, mono_t now, struct socket_owner *out, uint64_t *cookie)
{
	struct diag_ends ends = { .proto = t->proto, .local = t->src, .peer = t->dst, .local_port = t->sport,
		.peer_port = t->dport };
	struct diag_socket found = { 0 };
	int err;

	if (t->proto != PROTO_TCP && t->proto != PROTO_UDP)
		return ERR_UNSUPPORTED;
	err = ask_everywhere(s, &ends, now, &found);
	if (err && err != ERR_ABSENT)
		s->stats.errors++;
	if (err)
		return err;
	if (t->proto == PROTO_TCP && found.state == DIAG_TIME_WAIT)
		return ERR_ABSENT;
	*out = (struct socket_owner){ .uid = found.inode ? found.uid : OWNER_UNKNOWN, .inode = found.inode,
		.cgroup = found.cgroup };
	*cookie = (uint64_t)found.cookie[1] << 32 | found.cookie[0];
	return 0;
}
