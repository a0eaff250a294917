/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which packets reach the engine: what the kernel's chains input, forward and output (rules/nft/tidegate.nft) say, as a
 * function, for where there is no kernel. A test holds it against the words of that file.
 */
#ifndef TIDEGATE_CORE_DIVERSION_H
#define TIDEGATE_CORE_DIVERSION_H

#include <stdbool.h>

#include "core/flow.h"
#include "core/packet.h"

enum diversion {
	DIVERSION_PASS = 0, /* the engine never sees it */
	DIVERSION_HOLD,     /* it waits for a verdict */
	DIVERSION_COPY,
};

/* to_host: the frame was for one receiver, no group. The rates at which the kernel copies ICMP and what this host
 * begins are not modelled: they are there for floods of copies, of which the engine learns nothing more. What this
 * host begins is copied; where the output hook queues, diversion_holds_own says what of it waits. */
enum diversion diversion_of(const struct packet *p, enum hook hook, enum flow_word word, bool to_host);

/* Of a flow of this host's own, where they are queued: never ICMP, DNS, DHCP, nor what is for a group, which are copied
 * all the same. */
bool diversion_holds_own(const struct packet *p, enum flow_word word, bool to_host);

/* A question of this host for a name, or the answer to one: copied besides, each packet. */
bool diversion_copies_dns(const struct packet *p, enum hook hook, enum flow_word word);

#endif
