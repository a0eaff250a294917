/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The worker thread: everything that asks the kernel something slow, or changes more in it than one element. Errands
 * come from the packet thread, reports go back to it, both through bounded rings; it polls the listening sockets by itself.
 * It owns its own sockets.
 */
#ifndef TIDEGATE_APP_WORKER_H
#define TIDEGATE_APP_WORKER_H

#include <stdbool.h>
#include <stddef.h>

#include "app/lookout.h"
#include "core/allow_want.h"
#include "core/ask.h"
#include "core/guard.h"
#include "core/ledger.h"
#include "core/listen.h"
#include "edge/nft.h"

enum errand_kind {
	ERRAND_CHANGE,    /* put it into the kernel; answered by REPORT_APPLIED */
	ERRAND_ASK,       /* what became of a connection; answered by REPORT_ANSWER */
	ERRAND_LOOK,      /* is the element of change.measure there, does it bite: REPORT_LOOK or REPORT_GONE */
	ERRAND_ALLOW,     /* put it into the kernel, or take it out; answered by REPORT_ALLOWED */
	ERRAND_GROUP,     /* which id has that control group now; answered by REPORT_GROUP */
	ERRAND_END_FLOWS, /* reset the live TCP flows of a prefix; the block stands already */
};

/* A control group by its path, and by its id; 0: there is none. */
struct worker_group {
	char path[sizeof(((struct allowlist *)0)->group)];
	uint64_t id;
};

struct errand {
	enum errand_kind kind;
	union {
		struct change change;
		struct allow_change allow;
		struct ask ask;
		struct worker_group group;
		struct prefix peer;
	};
};

enum report_kind {
	REPORT_APPLIED,
	REPORT_ALLOWED,
	REPORT_ANSWER,
	REPORT_GROUP,
	REPORT_LISTENING, /* worker_listening has it */
	REPORT_GUARDS,    /* worker_found has it */
	REPORT_TABLE,     /* somebody has been at our table: who */
	REPORT_GONE,      /* the element of change.measure is not in the kernel: who took it */
	REPORT_PART,      /* somebody has been at what holds no measure, and is put back already: what, who */
	REPORT_ADDED,     /* somebody put that element into our table: who */
	REPORT_LOOK,      /* what a look at change.measure found */
};

struct report {
	enum report_kind kind;
	union {
		struct change change;
		struct worker_group group;
	};
	struct allow_change allow;
	int result;
	struct ask_answer answer;
	struct ledger_look look;
	const char *what; /* "guards": for people; of static storage */
	char who[40]; /* "nft, process 4711" */
};

struct worker;

/* Opens its sockets; share: the one that is to own the table, or NULL; why says what failed. first: the listening ports
 * that the table was installed with. */
int worker_create(struct worker **out, struct nft *share, const struct listen_snapshot *first, char *why,
	size_t why_size);
int worker_start(struct worker *w);
void worker_destroy(struct worker *w); /* stops and joins the thread */

/* From the packet thread. False where the ring is full: try again after the next report. */
bool worker_send(struct worker *w, const struct errand *e);
void worker_wake(struct worker *w); /* after one or more sends */

/* Readable when reports wait. */
int worker_fd(const struct worker *w);
bool worker_report(struct worker *w, struct report *out);

/* Borrowed from the moment of the report until worker_seen gives them back. */
const struct listen_snapshot *worker_listening(struct worker *w);
const struct lookout_found *worker_found(struct worker *w);
void worker_seen(struct worker *w, enum report_kind kind);

/* As loop_rounds; four a second at least. From any thread. */
uint64_t worker_rounds(const struct worker *w);

/* A transaction of its own is under way: whoever commits now waits for it in the kernel. */
bool worker_busy(const struct worker *w);

/* Our table is out of the kernel for now: nothing is mirrored into it. From the packet thread. */
void worker_pause(struct worker *w, bool pause);

/* The table was put back, with these ports. From the packet thread, which waits for a copy at most. */
void worker_reinstalled(struct worker *w, const struct listen_snapshot *ports);

/* Before worker_start: what others do to our table is reported from now on, but for what the socket 'other' asks for.
 * diverts_forward: what passes through this host meets our chains, too. */
int worker_watch_table(struct worker *w, uint32_t other, bool diverts_forward, char why[WHY_TEXT]);

/* Before worker_start: this one looks out on the worker's thread from now on. Borrowed. */
int worker_watch(struct worker *w, struct lookout *l);

/* What of the machine shall be guarded, from the next look on; copied. From any thread. */
void worker_configure_guards(struct worker *w, const struct conf_guards *g);

/* Guards to be mirrored into the kernel; copied. From any thread. */
void worker_set_guards(struct worker *w, const struct guards *g);

#endif
