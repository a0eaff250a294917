/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may be done, in rising order of harm, and the cap that proof sets: nothing that a
 * forged packet can cause may reach a live service of the one whose name was forged.
 */
#ifndef TIDEGATE_CORE_RESPONSE_H
#define TIDEGATE_CORE_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/finding.h"

enum response {
	RESPONSE_OBSERVE = 0,
	RESPONSE_SHIELD,        /* no new flow from it to ports that nobody listens on */
	RESPONSE_LIMIT,         /* its new connections are held to a rate */
	RESPONSE_REFUSE,        /* no new connections */
	RESPONSE_DROP,          /* nothing at all; live flows ended */
	RESPONSE_SERVICE_LIMIT, /* of a service: a fair share for each /24 and /64 */
	RESPONSE_EGRESS_LIMIT,   /* of a destination or an actor: new connections and bytes are held to a rate */
	RESPONSE_EGRESS_REFUSE,  /* of a destination: nobody here reaches it, and is told so at once */
	RESPONSE_EGRESS_ALLOWLIST, /* of an actor: it reaches its allowlisted destinations, and no other */
	RESPONSES,
};

enum scope {
	SCOPE_SOURCE = 0, /* the whole source */
	SCOPE_SERVICE,    /* it, at the finding's service alone: limit and refuse only */
};

const char *response_name(enum response r);
int response_parse(const char *name, enum response *out); /* ERR_INVALID */
/* Whether it holds somebody to a rate. */
bool response_has_rate(enum response r);

const char *scope_name(enum scope s);

/* The most that this proof may do by itself to this subject: claimed or reported -> shield for a
 * source or the host, service-limit for a service; answered -> drop. Of what leaves only
 * our own process is proof: local -> egress-refuse of a destination, egress-allowlist of
 * an actor. */
enum response response_cap(enum proof proof, enum subject_kind subject);

#endif
