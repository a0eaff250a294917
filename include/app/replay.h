/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Captures through the engine, under their own time: frames are taken off their links, a flow tracker says which of them
 * the kernel would have diverted, and the stage does the rest. No right, no daemon and no clock is needed; the same
 * files with the same seed give the same events.
 *
 * A few seconds of the capture are read ahead, so that a port is known to be served when the first packet to it is
 * judged: live, the sockets tell that. Frames that tell it themselves (codec/evidence.h) go straight to the engine.
 */
#ifndef TIDEGATE_APP_REPLAY_H
#define TIDEGATE_APP_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/home.h"
#include "codec/stamp.h"
#include "conf/conf.h"
#include "core/engine.h"
#include "core/flow.h"
#include "edge/capture.h"

struct replay;

struct replay_stats {
	uint64_t frames;
	uint64_t not_ip, cut;          /* no IP inside; ended within their link header */
	uint64_t faults;               /* IP that does not parse */
	uint64_t fragments;            /* later ones, which the kernel joins */
	uint64_t by_hook[HOOK_COUNT];
	uint64_t strangers;            /* between others, where this host is no router */
	uint64_t local;                /* from this host to itself; of a network, among its hosts */
	uint64_t diverted, copied;     /* reached the engine */
	uint64_t noted, notes_lost;    /* with a daemon's notes, whose word is taken; of those, too many to remember */
	uint64_t back_steps;           /* times that stepped back, and counted as the latest */
	int64_t farthest_back_ns;
	wall_t first, last;
	struct flow_stats flows;
	struct capture_progress progress;
};

/* One packet of this host, as it is judged; borrowed. */
struct replay_packet {
	const struct packet *packet;
	mono_t at;               /* the engine's time: replay_stamp says the capture's */
	enum hook hook;
	enum flow_word word;
	enum flow_from from;
	bool within;             /* both ends are this host's: a network that is taken for one */
	uint32_t wire_len;
};

struct replay_opts {
	const struct conf *conf;
	const char *const *paths;
	size_t n_paths;
	const char *filter;                      /* or NULL */
	const struct home *home;                 /* NULL: guessed */
	const struct listen_snapshot *listening; /* NULL: guessed */
	bool router;      /* what passes between others is forwarded, not strangers' */
	bool fresh;       /* as a daemon that began with the capture: stray ACKs count only after rules.stray_ack_after */
	uint64_t seed;
	engine_emit emit;
	void (*warn)(void *ctx, const char *text);      /* a file that ends in the middle */
	void (*progress)(void *ctx, const struct replay_stats *s); /* now and then; or NULL */
	void (*packet)(void *ctx, const struct replay_packet *p);  /* before the engine has it; or NULL */
	void *ctx;        /* of these four */
};

/* ERR_* of capture_open; ERR_ABSENT with a reason where no host can be guessed; ERR_MEMORY. */
int replay_open(struct replay **out, const struct replay_opts *o, char why[CAPTURE_WHY]);

/* All of it, and then as much quiet as handshakes may take, so that the last ones have their answer. */
int replay_run(struct replay *r, char why[CAPTURE_WHY]);

const struct stamp *replay_stamp(const struct replay *r); /* the engine's time and the capture's */
const struct home *replay_home(const struct replay *r);
const struct listen_snapshot *replay_listening(const struct replay *r);
struct engine *replay_engine(struct replay *r);
void replay_stats(const struct replay *r, struct replay_stats *out);
void replay_close(struct replay *r); /* NULL does nothing */

#endif
