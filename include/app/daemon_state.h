/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that the daemon is made of, shared by daemon.c (its life) and daemon_up.c (bringing it up), and by nobody else.
 */
#ifndef TIDEGATE_APP_DAEMON_STATE_H
#define TIDEGATE_APP_DAEMON_STATE_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "app/chronicle.h"
#include "app/control.h"
#include "app/daemon.h"
#include "app/door.h"
#include "app/evidence.h"
#include "app/feeds.h"
#include "app/keeper.h"
#include "app/observer.h"
#include "app/packets.h"
#include "app/recorder.h"
#include "app/setup.h"
#include "app/steady.h"
#include "app/textfile.h"
#include "app/worker.h"
#include "edge/sandbox.h"

struct daemon {
	const struct conf *conf;
	struct conf_source source;
	struct sandbox_lock *lock;
	struct setup setup; /* what the machine says at start */
	struct nft *nft;
	struct nfq *nfq;
	struct nfq *answers; /* to our DNS queries; NULL: they are never held */
	struct nflog *nflog;
	struct engine *engine;
	void *memory;
	size_t memory_bytes;
	struct worker *worker;
	struct observer *observer;
	struct packets *packets;
	struct door *door;
	struct control *control;
	struct outlets *outlets; /* NULL: events go to no socket */
	struct keeper *keeper;
	struct recorder *recorder; /* NULL: none is wished for */
	struct evidence *evidence;
	struct chronicle *chronicle; /* NULL: no history is wished for */
	struct feeds *feeds;
	struct textfile *textfile; /* NULL: none is wished for */
	struct steady steady;
	sigset_t signals; /* that the main thread waits for */
	pthread_t packets_thread, control_thread;
	bool leave; /* the table stays in the kernel, for who comes next */
	bool installed, packets_running, control_running;
	char eve_path[2 * CONF_PATH], socket_path[CONF_PATH + 16], view_path[CONF_PATH + 16];
};

/* Says it as an error, and gives the code back. */
int daemon_say(int code, const char *what, const char *why);

/* Everything up to the threads, in the order that daemon.c tells; an exit code, 0 where all stands. */
int daemon_bring_up(struct daemon *d);

#endif
