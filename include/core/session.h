/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which peers of sessions (connections to the ports that administrators come in by) have
 * stayed long enough to be guarded, and for how long after. Told what there is once a
 * look; pure, the time comes in. Used by app/lookout.
 *
 *   seen --age--> guarded --gone--> lingering --SESSION_LINGER_NS--> forgotten
 *   seen --gone--> forgotten
 *
 * A connection that stays proves no log-in: age must be over the time that the server
 * gives strangers to log in, or strangers are guarded, too.
 */
#ifndef TIDEGATE_CORE_SESSION_H
#define TIDEGATE_CORE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/time.h"
#include "core/guard.h"

#define SESSIONS 1024                      /* watched at once */
#define SESSION_LINGERERS 256
#define SESSION_LINGER_NS (300 * NS_PER_S) /* he may come back */

struct session {
	uint64_t cookie; /* names the socket */
	struct addr peer;
	mono_t first;
	bool seen, guarded;
};

struct sessions {
	struct session list[SESSIONS];
	size_t n;
	size_t at; /* where the next one is expected: looks come in one order */
	struct {
		struct addr peer;
		mono_t gone;
	} lingering[SESSION_LINGERERS];
	size_t n_lingering;
	uint64_t full; /* sessions and lingerers that found no room; each look counts */
};

/* A look: begin, see each one, end. A peer on loopback is not counted. end: how old a
 * session must be to guard its peer. A look that failed is left out altogether. */
void sessions_begin(struct sessions *s);
void sessions_see(struct sessions *s, uint64_t cookie, const struct addr *peer,
	mono_t now);
void sessions_end(struct sessions *s, int64_t age_ns, mono_t now);

/* He is known by other means than his session's age: those that he has now are guarded at
 * once. ERR_ABSENT where he has none. */
int sessions_vouch(struct sessions *s, const struct addr *peer);

/* The peers that are guarded now, each once, live ones first; at most max. */
size_t sessions_guarded(const struct sessions *s, struct addr *out, size_t max);

#endif
