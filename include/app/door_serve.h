/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's side of the door (app/door.h is the visitors' side): it is made here, filled with what visitors may
 * see, and served by the packet thread.
 */
#ifndef TIDEGATE_APP_DOOR_SERVE_H
#define TIDEGATE_APP_DOOR_SERVE_H

#include "app/door.h"
#include "app/feeds.h"
#include "app/keeper.h"
#include "app/packets.h"
#include "app/recorder.h"
#include "conf/conf.h"

struct door_opts {
	struct packets *packets;
	struct worker *worker;
	struct keeper *keeper;      /* is told who is allowed; may be NULL */
	struct recorder *recorder;  /* is told when other rules are in force; may be NULL */
	struct feeds *feeds;        /* is told of a reload; may be NULL */
	struct nfq *nfq, *answers;  /* for the kernel's own statistics; may be NULL */
	const struct conf *conf;    /* as loaded; copied */
	struct conf_source source;  /* read again on reload; its strings outlive the door */
	const struct guards *found; /* guards that this machine gave us at start; copied */
};

int door_create(struct door **out, const struct door_opts *o);
void door_destroy(struct door *d);

/* The packet thread has ended: whoever waits, or comes later, gets ERR_AGAIN at once.
 * d may be NULL. */
void door_shut(struct door *d);

/* An earlier run was told to panic, and nobody has ended it. */
bool door_panics_at_start(const char *run_dir);

/* How packets reach us, for people; owned: whether the table was to be ours alone. */
void door_name_mechanism(bool owned, const struct packets_stats *s, char *out, size_t size);

/* Runs a waiting visitor's function. On the packet thread, between two bursts. d may be NULL. */
void door_serve(struct door *d, struct engine *e, mono_t now);

/* The engine's emit: events go to the control thread; what finds no room is counted. ctx is the door. */
void door_emit(void *ctx, const struct event *e);

#endif
