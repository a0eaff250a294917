/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One walk over all TCP sockets of both families that answers every question at once: how full the services are, which
 * states sockets are in, who holds connections, who serves what. Costs a look at each bucket of the kernel's table, about
 * a microsecond for each socket, and half as much again where holders or uploads are wanted (core/walk_pace.h says how often that
 * may be). For the thread of that struct sockdiag, and never the packet thread.
 */
#ifndef TIDEGATE_EDGE_SOCKDIAG_WALK_H
#define TIDEGATE_EDGE_SOCKDIAG_WALK_H

#include "base/time.h"
#include "core/flow_end.h"
#include "core/held_since.h"
#include "core/holders.h"
#include "core/host_sample.h"
#include "core/service_owner.h"
#include "core/uploads.h"
#include "edge/sockdiag.h"

struct socket_walk {
	/* The caller's. */
	struct service_census *services; /* an array; those that find no room are counted (census_cut) */
	size_t max_services;
	struct service_owner *owners;    /* NULL: not wanted; else TCP's listeners, and UDP's sockets without a peer */
	size_t max_owners;
	struct held_since *since;        /* NULL: ages are not known, but for how long a peer has been quiet */
	struct holders *holders;         /* NULL: not wanted. Begun here; holders_end is the caller's, where this was 0 */
	struct uploads *uploads;         /* NULL: not wanted; else ours to others that have sent much are told of, in */
	struct flow_end *sent;           /* an array of UPLOADS_SOCKETS */

	/* What the walk found. */
	size_t n_services, n_owners, n_sent;
	uint32_t owners_cut;
	uint32_t states[SOCKET_STATES]; /* of all sockets, loopback included */
	uint32_t sockets;
	int64_t spent_ns;               /* time of the processor that it took: set on errors, too */
};

/*
 * services: one for each TCP port with a listener for strangers, as sockdiag_census tells it with half_open. Established,
 * close-wait and time-wait sockets of such a port are counted wherever their peer is; holders are given those that are
 * established or in close-wait, but for peers on loopback.
 *
 * A socket's age is what since knows, or how long its peer has been quiet: never more than the truth. ERR_FULL: all is
 * right but that services are missing. Other errors: what was found is of no use; since forgets nobody.
 */
int sockdiag_walk(struct sockdiag *s, struct socket_walk *w, mono_t now);

#endif
