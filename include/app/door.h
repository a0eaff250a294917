/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The door between the control thread and the rest of the daemon. The engine belongs to
 * the packet thread alone: whoever wants to look at it or change it hands a function
 * through here. Events and numbers come out of it. Implemented by the daemon
 * (app/door.c), used by app/control.c; nothing here is called from the packet thread.
 */
#ifndef TIDEGATE_APP_DOOR_H
#define TIDEGATE_APP_DOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/histogram.h"
#include "base/time.h"
#include "core/engine.h"

#define DOOR_SLICE 64        /* values that one door_fn may copy */
#define DOOR_WAIT_NS (2 * NS_PER_S)
#define DOOR_WHY 8192        /* room for the complaints of a configuration */

struct door;

/* Runs on the packet thread between two bursts. Short: no I/O, no lock, no allocation,
 * and it copies DOOR_SLICE values at most. */
typedef void (*door_fn)(void *ctx, struct engine *e, mono_t now);

/*
 * Has fn run and waits for its end. 0; or ERR_AGAIN where the packet thread did not come
 * by within DOOR_WAIT_NS: then fn has not run and never will, so that ctx may live on the
 * caller's stack.
 */
int door_call(struct door *d, door_fn fn, void *ctx);

/* The oldest event that nobody took; false where there is none. */
bool door_take_event(struct door *d, struct event *out);

/* An eventfd, readable when events wait. The taker reads it empty first and then takes
 * events until there is none. */
int door_event_fd(const struct door *d);

/* After a door_fn changed the guards: the daemon mirrors them into the kernel and
 * remembers the GUARD_ALLOWED ones beyond its own end. */
void door_guards_changed(struct door *d);

/*
 * The daemon reads its configuration again and swaps it whole; door_check only reads it
 * and changes nothing. 0, ERR_INVALID with every complaint in why (lines "file:line:
 * error: ..."), ERR_IO, or ERR_AGAIN as above. why is always terminated; after 0 it may
 * hold warnings.
 */
int door_reload(struct door *d, char *why, size_t size);
int door_check(struct door *d, char *why, size_t size);

/*
 * door_reload for a while: without door_confirm within for_ns the rules before are back,
 * and what detectors began under the new ones ends. never_block guards of both stand
 * meanwhile; what they ended stays ended. ERR_BUSY: something else is on trial. A restart
 * reads the files as they are. A plain door_reload ends the trial.
 */
int door_try_reload(struct door *d, int64_t for_ns, char *why, size_t size);

/* An allowlist, and where it is written. */
struct door_tried {
	char allowlist[32];
	char origin[64];
};

/* The rules as they are, but with this allowlist in enforce mode, for a while, as door_try_reload. ERR_ABSENT: there is
 * none of that title; ERR_EXISTS: it is in that mode already; ERR_BUSY, ERR_AGAIN. */
int door_try_allowlist(struct door *d, const char *title, int64_t for_ns, struct door_tried *out);

struct door_confirmed {
	enum trial_kind kind;
	bool enforce;
	char policy[32];
	struct door_tried tried; /* allowlist "": it was something else that was tried */
};

/* What is on trial, mode or rules, stays. ERR_ABSENT where nothing is; ERR_AGAIN. */
int door_confirm(struct door *d, struct door_confirmed *out);

/* Whether a configuration's trial has run out since: then its guards go, too. To be
 * called after events were taken; costs nothing where there is no trial. */
void door_trial_look(struct door *d);

/*
 * Takes our table out of the kernel with everything in it, or puts it back. A file in the
 * run directory remembers it, so that a restarted daemon stays out until it is told
 * otherwise (or the machine is started anew). ERR_EXISTS where it is so already; ERR_AGAIN;
 * else the kernel's word. why is a sentence after a failure.
 */
int door_panic(struct door *d, bool on, char *why, size_t size);

struct door_queue {
	uint64_t received;
	uint64_t dropped_kernel; /* the queue was full */
	uint64_t dropped_user;   /* the socket's buffer was full */
	uint64_t enobufs;        /* losses that the socket reported */
	uint64_t stale_verdicts; /* verdicts for packets that the kernel no longer held */
};

/* One queue by its number. */
struct door_lane {
	uint16_t number;
	uint64_t accepted, dropped; /* verdicts */
	uint64_t waiting, full, unread; /* where door_stats.kernel_known: now; lost in the queue, and before our socket */
};

#define DOOR_LANES 16

struct door_stats {
	pid_t pid;
	mono_t start;
	int64_t uptime_ns;
	char config[256];        /* path of the main configuration */
	char policy[32];
	bool enforce_lasts;      /* a restart would enforce: by the command line of this run, or by the files as they were last read */
	bool reload_ok;          /* the last one; true where there was none */
	wall_t reload_at;        /* of the start where there was none */
	char mechanism[64];      /* "native queue expression", "xt NFQUEUE", "copies" */
	char divert[HOOK_COUNT][8]; /* "queue", "copy" or "off" */
	struct door_queue queue; /* summed over all queues */
	struct door_lane lanes[DOOR_LANES]; /* and each, with the one of DNS answers */
	size_t n_lanes;
	bool kernel_known;       /* the kernel's own numbers of the queues could be read */
	uint32_t queue_length;   /* packets that may wait in each */
	uint64_t queue_gaps, queue_errors, verdicts_refused, verdicts_unsent;
	uint64_t copies, copies_lost; /* packets seen through the log group */
	uint64_t answers, answers_late; /* DNS answers that were held; let go too early */
	struct histogram verdict_latency;   /* of each held packet: from its reading to its verdict's sending */
	struct histogram detect_to_enforce; /* deciding packet to the kernel's answer; of new measures alone */
	uint64_t nft_transactions, nft_errors, nft_repairs;
	size_t guards;           /* in the kernel's set */
	bool alive;              /* the dead-man element stands */
	uint64_t events_lost;    /* found no room on their way to the control thread */
};

void door_stats(struct door *d, struct door_stats *out);

/* Of the rules that are in force (but for a trial of others): conf_digest. It takes a millisecond or so; 0 without memory. */
uint64_t door_digest(struct door *d);

/* The same, and fn (as of door_call) has run in the very visit; ERR_AGAIN: neither has, and *out knows little. */
int door_look(struct door *d, door_fn fn, void *ctx, struct door_stats *out);

#endif
