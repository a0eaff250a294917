/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the engine keeps of that which leaves, and what its egress files share: engine_egress.c (a flow begins, its owner is
 * known, it ends), engine_signals.c (what is found), engine_look_up.c (DNS, lists), engine_allow.c (allowlists). For
 * engine_state.h alone.
 */
#ifndef TIDEGATE_CORE_ENGINE_EGRESS_H
#define TIDEGATE_CORE_ENGINE_EGRESS_H

#include "core/allow_shadow.h"
#include "core/allow_want.h"
#include "core/blames.h"
#include "core/contact.h"
#include "core/egress_facts.h"
#include "core/listed.h"
#include "core/names.h"
#include "core/outgoing.h"
#include "core/signals.h"

#define OWNER_QUESTIONS 512
#define EGRESS_HITS 64

struct egress_hit {
	struct addr addr;
	char list[LISTED_NAME];
	mono_t told; /* 0: not yet */
};

struct egress {
	struct names *names;
	struct reach *reach;
	struct tunnel *tunnel;
	struct sweep *sweep;
	struct beacon *beacon;
	struct exfil *exfil;
	struct signals *signals;
	struct outgoing *outgoing;
	struct allow_want *want;
	struct allow_shadow *shadow;
	struct blames blames;

	const struct listed *listed;   /* borrowed; NULL: no lists */
	struct egress_hit hits[EGRESS_HITS]; /* listed addresses that were called lately */
	uint32_t n_hits;

	struct addr resolvers[NAMES_RESOLVERS];
	size_t n_resolvers;

	struct tuple questions[OWNER_QUESTIONS]; /* whose is it? A ring */
	uint32_t asked, taken;
	int64_t second;                /* of the clock: so many were asked in it */
	uint32_t in_second;

	bool rules_new;                /* the rules, or whether they are in force, have changed */
	struct allowlists lists;       /* of the rules, and behind them those of actors that were shut in */
	size_t n_configured;
	struct actor held[ALLOWLISTS]; /* by a list of the rules */
	size_t n_held;
	mono_t looked, minute, listed_minute;
	uint32_t listed_told;          /* in that minute; beyond LISTED_A_MINUTE they are signals alone */
	uint32_t said_refused;         /* in that minute */
	uint64_t refused;              /* packets that the kernel refused to let leave, as far as it copied them */

	int64_t wall_offset_s;         /* wall minus mono clock; 0: not known yet */
	mono_t watched_since;          /* when we knew what time it is; 0: we do not yet */
	int64_t taught_since_s;        /* the oldest that earlier runs knew of destinations, wall; 0: nothing */
	struct egress_facts facts;     /* of the contact that is looked at now */
};

#endif
