/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of tidegate notify share: ctl_notify.c (the verb, its loop, its signals), ctl_notify_read.c (events
 * from the daemon into what waits), ctl_notify_book.c (messages and what is remembered over a restart),
 * ctl_notify_hooks.c (who is given them).
 *
 * A message is written to the spool with the cursor behind its events before anybody is given it: that moment decides,
 * whatever is killed. A hook that was killed together with us is given its message once more.
 */
#ifndef TIDEGATE_APP_CTL_NOTIFY_H
#define TIDEGATE_APP_CTL_NOTIFY_H

#include <jansson.h>

#include "app/ctl.h"
#include "codec/event_cursor.h"
#include "codec/notify_text.h"
#include "conf/conf.h"
#include "edge/hook.h"
#include "edge/spool.h"

#define NOTIFIER_MESSAGES 64 /* that wait for hooks; then the oldest is given up */

struct notifier_hook {
	char name[HOOK_NAME];
	bool there;          /* in the folder, at the last look */
	uint64_t done;       /* number of the last message that is settled */
	uint64_t running;    /* of the one that it has now */
	unsigned failures;   /* of the next one */
	mono_t retry_at;
	struct hook_run run;
};

struct notifier {
	struct ctl_tool *tool;
	struct conf_notify conf;
	struct spool *spool;
	char host[65];
	struct notify core;
	json_t *waiting[NOTIFY_WAITING]; /* the events in the core's slots */
	char cursor[EVENT_CURSOR_TEXT];  /* behind the last event that was read; "" at the first start */
	char kept[EVENT_CURSOR_TEXT];    /* as the file of the state has it */
	uint64_t first, last;            /* messages in the spool; 0: none */
	uint64_t number;                 /* of the last message that was ever made */
	uint64_t missed;                 /* since then: events that were gone before they were read */
	bool more;                       /* the daemon has more to read */
	bool silent, failing;            /* it does not answer; its store cannot be written */
	struct notifier_hook hooks[HOOKS];
	size_t n_hooks;
	uint64_t odd_hooks;
	mono_t ask_at, put_at, keep_at;
};

/* ctl_notify_read.c */
/* A page of events. Says once when the daemon is gone, and when it is back. */
void notifier_read(struct notifier *n);
/* Takes over a reference of the event. */
void notifier_take(struct notifier *n, json_t *event);
/* An event of our own making. NULL without memory. */
json_t *notifier_own_event(const struct notifier *n, const char *word, const char *text);

/* ctl_notify_book.c */
/* What an earlier run left. An exit code. */
int notifier_recall(struct notifier *n);
void notifier_keep(struct notifier *n);
/* Where something waits and its time has come: the next message. */
void notifier_send(struct notifier *n, wall_t now);
/* One beside the others, of this event alone; ERR_* where it cannot be written. Takes over the reference. */
int notifier_send_test(struct notifier *n, json_t *event);
void notifier_forget(struct notifier *n, uint64_t number); /* and all before it */
/* The first line of a message; the caller gives it back. NULL where it cannot be read. */
json_t *notifier_head(const struct notifier *n, uint64_t number);

/* ctl_notify_hooks.c */
void notifier_find_hooks(struct notifier *n);
/* Starts who has something to do, hears who runs, settles who has ended. */
void notifier_run_hooks(struct notifier *n, mono_t now);
bool notifier_any_runs(const struct notifier *n);
/* One after the other given that message, once; says how each went. How many failed. */
size_t notifier_try_hooks(struct notifier *n, uint64_t number);

#endif
