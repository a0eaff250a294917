/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The observer thread: what the host says of itself. Once a second it reads the counters of interfaces, protocols and
 * conntrack and walks over the sockets (less often where there are so many that a walk would take more than a hundredth of
 * a processor); flows that end come in between. It may block in the kernel for milliseconds, so it is neither the packet
 * thread nor the worker, whose answers are waited for. It owns its own sockets.
 */
#ifndef TIDEGATE_APP_OBSERVER_H
#define TIDEGATE_APP_OBSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/process_text.h"
#include "conf/conf.h"
#include "core/blame.h"
#include "core/detect_flood.h"
#include "core/flow_end.h"
#include "core/guard.h"
#include "core/holders.h"
#include "core/host_sample.h"
#include "core/listen.h"
#include "core/service_names.h"
#include "edge/log.h"

/* One second. */
struct observed {
	struct host_sample sample;
	bool walked;              /* what stands below is of this second */
	bool named;               /* and so are the holders */
	struct service_census services[FLOOD_SERVICES];
	size_t n;
	struct pressure pressure; /* since the walk before */
	struct service_holders holders[HOLDERS_SERVICES];
	size_t n_holders;
	bool served;              /* and so is who serves what */
	struct service_name names[SERVICE_NAMES];
	size_t n_names;
};

struct observer;

int observer_create(struct observer **out, const struct conf *conf, char why[WHY_TEXT]);
int observer_start(struct observer *o);
void observer_destroy(struct observer *o); /* stops and joins the thread; NULL does nothing */

/* ---- the packet thread ---- */

/* Readable when something waits. */
int observer_fd(const struct observer *o);

/* The last second, once; NULL: none is new. Borrowed until observer_seen. */
const struct observed *observer_second(struct observer *o);
void observer_seen(struct observer *o);

/* The next flow that ended, or that has sent much (so_far); false: none waits. */
bool observer_flow_end(struct observer *o, struct flow_end *out);

/*
 * Whose flow is it that this host has begun? Asked of a thread of its own, within some 100 us, for the process may be gone
 * in milliseconds; src is ours. Each question that was taken (false: too many wait) has one answer, sooner or later and in
 * turn, but those that the packet thread did not take in time (lost); where nobody was found its owner is unknown.
 */
bool observer_ask_owner(struct observer *o, const struct tuple *t);
bool observer_owner(struct observer *o, struct owner_answer *out); /* false: none waits */
int observer_owner_fd(const struct observer *o); /* readable when an answer waits; another one than observer_fd */

/* Which ports are served, and which addresses are ours; copied. From then on flows are told by them. */
void observer_set_listening(struct observer *o, const struct listen_snapshot *s);
void observer_set_own(struct observer *o, const struct guards *g);

/* Whether the engine wants to know who holds what. */
void observer_want_holders(struct observer *o, bool wanted);

/* ---- any thread ---- */

/* Who serves that port, as far as can be told; at once, from what was read last. ERR_ABSENT. */
int observer_who_serves(struct observer *o, uint8_t proto, uint16_t port, struct process_who *out);

struct observer_stats {
	uint64_t seconds;      /* samples taken */
	uint64_t missed;       /* of these, not taken over in time by the packet thread */
	uint64_t walks, walk_errors;
	int64_t walk_ns;       /* the last one's time of the processor */
	int64_t walk_period_ns;
	uint32_t sockets;      /* that it met */
	uint64_t untold_holders;
	uint64_t flows, flows_lost; /* ends told; ends that found no room on their way here */
	uint64_t flows_missed;      /* while there were too many to listen to */
	bool flows_wanted, flows_open, flows_paused, flows_by_conntrack;
	uint64_t errors;       /* counters that could not be read */
	uint64_t owners_asked;
	uint64_t owners_found; /* sockets */
	uint64_t owners_named; /* of these, with their process */
	uint64_t owners_lost;  /* questions or answers that found no room on their way */
	uint64_t owners_spared; /* of these found, not looked for, for the search had its share of the processor */
	int64_t owner_ns;      /* that the last answer took, from the question on */
};

void observer_stats(struct observer *o, struct observer_stats *out);

#endif
