/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the control thread share: its state, one call of a verb, and the
 * verbs. Included by src/app/control*.c alone.
 */
#ifndef TIDEGATE_APP_CONTROL_VERBS_H
#define TIDEGATE_APP_CONTROL_VERBS_H

#include <stdatomic.h>

#include <jansson.h>

#include "app/control.h"
#include "app/live.h"
#include "app/live_sources.h"
#include "codec/ctl_msg.h"
#include "codec/event_json.h"
#include "edge/ctl_srv.h"
#include "edge/loop.h"
#include "edge/sink.h"

#define CONTROL_RECENT 64 /* events that `events` shows without a store */

/* Which of the two sockets a request came by. */
struct control_side {
	struct control *control;
	bool views; /* nothing is changed from here, whoever asks */
};

struct control {
	struct control_side full, viewing;
	struct door *door;
	struct keeper *keeper; /* NULL: none */
	struct evidence *evidence; /* NULL: none */
	struct recorder *recorder; /* NULL: none */
	struct observer *observer; /* NULL: none */
	struct chronicle *chronicle; /* NULL: none */
	struct feeds *feeds; /* NULL: none */
	struct live *live; /* for the verb live: idle until somebody asks */
	struct live_sources *sources; /* of it */
	struct textfile *textfile; /* NULL: none */
	int64_t textfile_ns;
	int textfile_timer;
	bool textfile_begun;
	struct steady *steady;
	struct ctl_srv *srv;
	struct ctl_srv *view; /* NULL: none; its clients are counted and bounded apart from those of srv */
	struct sink *sink; /* NULL: no event file */
	struct outlets *outlets; /* NULL: none */
	struct loop *loop;
	bool text, colour;
	bool set_group;
	gid_t group;
	uid_t own_uid;
	atomic_bool reopen;
	char host[65];
	char run[32];                        /* names this one among all runs of daemons here */
	int64_t ingest_second;   /* of the mono clock, and how many alerts were taken in it */
	unsigned ingested;
	struct event recent[CONTROL_RECENT]; /* a ring of the latest */
	uint64_t n_recent;                   /* of all that there were */
	uint64_t unprinted;                  /* found no room on stdout */
};

/* One request that is being answered. */
struct control_call {
	struct control *control;
	struct ctl_conn *conn;
	const struct ctl_request *request;
	struct stamp stamp;
	char error[CTL_ERROR]; /* for the end, where the code is not CTL_OK */
};

#define CONTROL_NO_END (-1) /* the answer goes on: a subscription */

/* A verb sends its objects and returns the code of the end, or CONTROL_NO_END. */
typedef int (*control_verb_fn)(struct control_call *k);

int control_status(struct control_call *k);
int control_list(struct control_call *k);
int control_explain(struct control_call *k);
int control_check_ip(struct control_call *k);
int control_ban(struct control_call *k);
int control_unban(struct control_call *k);
int control_allow(struct control_call *k);
int control_mode(struct control_call *k);
int control_confirm(struct control_call *k);
int control_panic(struct control_call *k);
int control_events(struct control_call *k);
/* control_events.c: a page of those of the store, behind a cursor. */
int control_events_after(struct control_call *k, const char *after);
int control_reload(struct control_call *k);
int control_check(struct control_call *k);
int control_doctor(struct control_call *k);
int control_evidence(struct control_call *k);
int control_live(struct control_call *k);
int control_metrics(struct control_call *k);
int control_feeds(struct control_call *k);
int control_feed_find(struct control_call *k);
int control_feed_load(struct control_call *k);
int control_feed_refresh(struct control_call *k);
int control_egress(struct control_call *k);
int control_ingest(struct control_call *k);
int control_egress_apply(struct control_call *k);
int control_version(struct control_call *k);

/* The verbs by number, and whether each changes anything; NULL behind the last. */
const char *control_verb_name(size_t i, bool *changes);

/* Answers a request: finds the verb, asks for the right to it, runs it, sends the end. ctx is the side it came from. */
void control_dispatch(void *ctx, struct ctl_conn *conn, const struct ctl_request *r);

/* To the event file, stdout, subscribers and the recent ones. */
void control_event(struct control *c, const struct event *e);

/* A notice of our own: what was changed by hand, and by whom. */
void control_notice(struct control_call *k, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* control_metrics.c: all numbers of the daemon, as they are now. */
struct metrics;
void control_gather(const struct control *c, struct metrics *m);

/* control_tally.c: at the start, every REPORT_NOTE_EVERY_S, and at the end. */
void control_tally(struct control *c);

struct stamp control_stamp(const struct control *c);

/* Of status; an empty object where there is no keeper. */
json_t *control_store_value(const struct control *c);
json_t *control_observations_value(const struct control *c);

/* control_host.c */
json_t *control_observer_value(const struct control *c);
json_t *control_history_value(const struct control *c);
json_t *control_baseline_value(const struct baseline_stats *s);

/* control_metrics.c: all metrics as text, in memory that is the caller's to free. ERR_MEMORY, ERR_FULL. */
int control_metrics_text(const struct control *c, char **out, size_t *len);

/* For the loop: gives the text to the thread that writes it. ctx is the control. */
void control_write_metrics(void *ctx, mono_t now);

/* control_leaves.c: of status. Look within a door function, into a zeroed one; all fields are of one moment. */
struct control_leaves {
	uint64_t begun, refused, outside; /* flows of ours; packets the kernel refused; flows that no list holds */
	size_t lists, lists_enforced;
	struct names_stats names;
	struct allow_want_stats want;
	struct reach_stats reach;
};

void control_look_leaves(struct control_leaves *out, const struct engine *e);
json_t *control_leaves_value(const struct control_leaves *l, const struct door_stats *d);

/* control_feed.c: of status. */
json_t *control_feeds_value(const struct control *c);

/* Of status; whether and how much evidence is kept. */
json_t *control_evidence_value(const struct control *c);

/* Puts "evidence" into an incident's object: what is kept of it, or why nothing is. */
void control_put_evidence(const struct control *c, json_t *incident, uint64_t id);

/*
 * control_opinions.c: puts "opinions" into an explanation, what each policy that is there would do: about the newest finding
 * of the incident, or of the stored one in o; else, "if" it came to that, about the rule that is nearest. By itself: not
 * asked are guards, history and budgets, which hold for all of them.
 */
void control_put_opinions(const struct control_call *k, json_t *o, const struct incident *i, const struct nears *near);

/* Sends and releases; CTL_OK, or the code for a value that could not be sent. */
int control_send(struct control_call *k, json_t *value);

/* Writes the sentence into k->error and returns the code. */
int control_fail(struct control_call *k, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The packet thread did not come by. */
int control_fail_door(struct control_call *k, int err);

/* The time of the argument "try" in *ns, or 0 where there is none; else fails. */
int control_try(struct control_call *k, int64_t *ns);

/*
 * Puts "trial" into the answer where one runs, as it is now, of the engine; and "enforce_waits" where detect is in force by
 * hand alone. An error of the door, and then nothing is put. Sets the call's stamp.
 */
int control_put_running_trial(struct control_call *k, json_t *o);
void control_put_trial(struct control_call *k, json_t *o, const struct trial *t,
	bool enforces);

/* Fails with CTL_USAGE where the prefix is wider than a slip of the finger may make it
 * and "wide" was not said; harm is the end of that sentence. */
int control_width(struct control_call *k, const struct prefix *p, const char *harm);

/* The argument as a prefix; else fails with CTL_USAGE and says why. */
int control_prefix(struct control_call *k, const char *name, struct prefix *out);

enum control_wish {
	CONTROL_MEASURES = 0, /* all that stand, shadows too */
	CONTROL_BLOCKS,       /* shield, refuse, drop */
	CONTROL_LIMITS,
	CONTROL_UNENFORCED,   /* should be in the kernel, and are not */
};

/* A page of the ledger: measures that stand, of a kind, around or within a prefix. */
struct control_page {
	enum control_wish wish;
	bool around;          /* only those of sources and destinations that overlap with 'prefix' */
	const struct actor *actor; /* only this one's; NULL: all */
	struct prefix prefix;
	size_t at;            /* where to go on; 0 at first */
	bool end;
	bool panic;           /* none of them is in force just now, whatever its state */
	size_t n;
	struct measure list[DOOR_SLICE];
};

/* Fills the next page, as full as it gets; ERR_AGAIN. */
int control_page_next(struct control *c, struct control_page *p);

bool measure_blocks(const struct measure *m); /* in the kernel, or on its way there */

#endif
