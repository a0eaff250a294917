/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control thread of the daemon: it answers the verbs of the control socket through
 * the door, and carries every event to the event file, to stdout for people, and to
 * subscribers. It may wait for the disk; nobody waits for it.
 */
#ifndef TIDEGATE_APP_CONTROL_H
#define TIDEGATE_APP_CONTROL_H

#include <stdbool.h>
#include <sys/types.h>

#include "app/door.h"
#include "app/evidence.h"
#include "app/feeds.h"
#include "app/keeper.h"
#include "app/outlets.h"
#include "app/recorder.h"
#include "app/textfile.h"
#include "edge/log.h"

struct control;

struct control_opts {
	struct door *door;
	struct keeper *keeper;  /* gets every event, knows old incidents; NULL: none */
	struct evidence *evidence; /* gets every event; NULL: none */
	struct recorder *recorder; /* for status; NULL: none */
	struct observer *observer; /* for status, and who serves what; NULL: none */
	struct chronicle *chronicle; /* for status; NULL: none */
	struct feeds *feeds;    /* for the verbs about feeds; NULL: none */
	struct textfile *textfile; /* gets the metrics every textfile_ns; NULL: none */
	int64_t textfile_ns;
	struct steady *steady;  /* the wall clock of all that is told */
	const char *socket_path;
	bool set_group;         /* the socket's group; its members may change things */
	gid_t group;
	const char *view_path;  /* a second socket, where only what changes nothing is answered; NULL: none */
	bool set_viewers;       /* its group */
	gid_t viewers;
	const char *event_path; /* NULL: no event file */
	struct outlets *outlets; /* gets every event; NULL: none. Outlives this */
	bool text;              /* events as lines for people on stdout */
	bool colour;
	const char *host;       /* NULL: gethostname */
};

/*
 * Opens the sockets and the event file, so that it is called before rights are given up. Where the second socket cannot
 * be opened, that is a warning: nobody goes unprotected because nobody can look.
 * ERR_BUSY where another daemon answers on the socket; others as ctl_srv_open, sink_open.
 */
int control_create(struct control **out, const struct control_opts *o,
	char why[WHY_TEXT]);

/* The thread's main, until control_stop; takes the events that remain, then returns. */
int control_run(struct control *c);

/* From any thread or signal handler: end; open the event file again. */
void control_stop(struct control *c);
void control_reopen(struct control *c);

/* As loop_rounds; it comes round only when there is something to do, or when it is woken. From any thread. */
uint64_t control_rounds(const struct control *c);
void control_wake(struct control *c);

/* After control_run returned; NULL does nothing. */
void control_destroy(struct control *c);

#endif
