/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One new flow that this host begins, as the egress detectors get it: once its owner is known, or cannot be known any more
 * (a second at most after its first packet).
 */
#ifndef TIDEGATE_CORE_CONTACT_H
#define TIDEGATE_CORE_CONTACT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/actor.h"
#include "core/ask.h"

struct contact {
	struct tuple tuple;         /* src: this host */
	struct socket_owner owner;  /* uid OWNER_UNKNOWN, cgroup 0: not known */
	struct actor actor;         /* the narrowest of it */
	const char *unit;           /* struct blame's: what its control group is known by for good; "": not known. Borrowed */
	const char *name;           /* that its address was last looked up by; "": none. Borrowed */
	const char *list;           /* of listed destinations that holds it; "": none. Borrowed */
	mono_t at;                  /* of its first packet */
};

#endif
