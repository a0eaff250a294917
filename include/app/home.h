/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose capture is it? The addresses of the host that a replay stands for, as they were said, or as the first frames
 * tell them: who sent the frames that a cooked capture calls outgoing, else the one address that nearly all packets
 * share, else the private networks.
 */
#ifndef TIDEGATE_APP_HOME_H
#define TIDEGATE_APP_HOME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"
#include "codec/link.h"
#include "core/guard.h"
#include "core/packet.h"
#include "edge/log.h"

#define HOME_ADDRS 64
#define HOME_NETS 32

struct home {
	struct prefix own[HOME_ADDRS]; /* addresses of the host, or whole networks that stand for it */
	size_t n_own;
	struct prefix nets[HOME_NETS]; /* networks around its addresses: neighbours */
	size_t n_nets;
	char how[WHY_TEXT]; /* where the guess came from; "" where it was said */
};

/*
 * "192.0.2.1,2001:db8::1/64,10.0.0.0/8": an address; an address in its network, whose other hosts are neighbours, as an
 * interface is written; a whole network, all of whose hosts are taken for one. ERR_INVALID, ERR_FULL with the word.
 */
int home_parse(const char *text, struct home *out, char why[WHY_TEXT]);

bool home_holds(const struct home *h, const struct addr *a);
/* Own addresses, not networks: nothing is ever done against them. */
void home_guard(const struct home *h, struct guards *g);
size_t home_format(const struct home *h, char *out, size_t size);

/* ---- a guess ---- */

#define HOME_VOTES 4096

struct home_votes {
	struct home_vote {
		struct addr addr;
		uint32_t packets, called, sent; /* as either end; flows begun towards it; frames it sent out */
	} list[HOME_VOTES];
	size_t n;
	uint32_t packets, outgoing;
	uint32_t of_v4; /* of the packets */
};

void home_count(struct home_votes *v, const struct packet *p, enum link_to to);
/* ERR_ABSENT: no packet tells anything; say it with --home. */
int home_guess(const struct home_votes *v, struct home *out);

#endif
