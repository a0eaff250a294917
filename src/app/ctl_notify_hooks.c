/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hooks, each with messages of its own to come: one that fails or hangs is late alone. What they say goes to our log,
 * and so does how they end.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/ctl_notify.h"
#include "base/text.h"
#include "edge/clock.h"

#define VARIABLES 16
#define VARIABLE 640
#define LOOK_MS 20

/* ---- which there are ---- */

static struct notifier_hook *find(struct notifier *n, const char *name)
{
	for (size_t i = 0; i < n->n_hooks; i++)
		if (strcmp(n->hooks[i].name, name) == 0)
			return &n->hooks[i];
	return NULL;
}

/* Who is new is given what comes from now on. */
static void meet(struct notifier *n, const char *name)
{
	struct notifier_hook *h = find(n, name);

	if (!h && n->n_hooks == HOOKS)
		return;
	if (!h) {
		h = &n->hooks[n->n_hooks++];
		*h = (struct notifier_hook){ .done = n->number };
		text_copy(h->name, sizeof(h->name), name);
		log_at(LOG_LEVEL_INFO, "hook %s is given what happens from now on", name);
	}
	h->there = true;
}

static void drop_gone(struct notifier *n)
{
	for (size_t i = 0; i < n->n_hooks;) {
		if (n->hooks[i].there || n->hooks[i].run.pid > 0) {
			i++;
			continue;
		}
		log_at(LOG_LEVEL_INFO, "hook %s is gone", n->hooks[i].name);
		n->hooks[i] = n->hooks[--n->n_hooks];
	}
}

void notifier_find_hooks(struct notifier *n)
{
	struct hook_list l;

	if (hook_list(&l, n->conf.hooks)) {
		if (!n->odd_hooks++)
			log_at(LOG_LEVEL_ERROR, "%s cannot be read", n->conf.hooks);
		return;
	}
	if (l.odd && l.odd != n->odd_hooks)
		log_at(LOG_LEVEL_WARNING, "%zu entries of %s are not run (%s): no executable file, one that everybody may "
			"write, or more than %d", l.odd, n->conf.hooks, l.odd_name, HOOKS);
	n->odd_hooks = l.odd;
	for (size_t i = 0; i < n->n_hooks; i++)
		n->hooks[i].there = false;
	for (size_t i = 0; i < l.n; i++)
		meet(n, l.names[i]);
	drop_gone(n);
}

/* ---- running ---- */

struct environment {
	char room[VARIABLES][VARIABLE];
	char *list[VARIABLES + 1];
	size_t n;
};

static void put_variable(struct environment *e, const char *name, const char *value)
{
	if (e->n == VARIABLES)
		return;
	snprintf(e->room[e->n], VARIABLE, "%s=%s", name, value);
	e->list[e->n] = e->room[e->n];
	e->list[++e->n] = NULL;
}

static void put_field(struct environment *e, const char *name, json_t *head, const char *path)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, field_int(head, path));
	put_variable(e, name, text);
}

/* No word of an event is in it: numbers, and names that were made harmless. */
static void make_environment(struct environment *e, const struct notifier *n, uint64_t number, json_t *head)
{
	char host[65], path[SPOOL_PATH];

	e->n = 0;
	notify_plain(n->host, host, sizeof(host));
	spool_text_path(n->spool, number, path);
	put_variable(e, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	put_variable(e, "LANG", "C.UTF-8");
	put_variable(e, "HOME", "/");
	put_variable(e, "TIDEGATE_HOST", host);
	put_variable(e, "TIDEGATE_TEXT", path);
	put_variable(e, "TIDEGATE_TEST", field_true(head, "tidegate.test") ? "1" : "0");
	put_field(e, "TIDEGATE_MESSAGE", head, "tidegate.message");
	put_field(e, "TIDEGATE_EVENTS", head, "tidegate.events");
	put_field(e, "TIDEGATE_SEVERITY", head, "tidegate.severity");
	put_field(e, "TIDEGATE_REPEATED", head, "tidegate.repeated");
	put_field(e, "TIDEGATE_LEFT_OUT", head, "tidegate.left_out");
	put_field(e, "TIDEGATE_MISSED", head, "tidegate.missed");
}

static int start(struct notifier *n, struct notifier_hook *h, uint64_t number, mono_t now)
{
	struct environment e;
	struct hook_start o = { .folder = n->conf.hooks, .name = h->name, .limit_ns = n->conf.time_limit_ns,
		.now = now };
	json_t *head = notifier_head(n, number);
	char why[WHY_TEXT] = "its message cannot be read";
	int err = -1;

	if (head && spool_message(n->spool, number, &o.in) == 0) {
		make_environment(&e, n, number, head);
		o.env = e.list;
		err = hook_start(&h->run, &o, why);
		close(o.in);
	}
	json_decref(head);
	h->running = number;
	if (err)
		log_at(LOG_LEVEL_ERROR, "hook %s: %s", h->name, why);
	return err;
}

static void say_output(const struct notifier_hook *h, enum log_level level)
{
	const char *at = h->run.text, *end = h->run.text + h->run.said;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline ? newline : end;

		if (stop > at)
			log_at(level, "hook %s: %.*s", h->name, (int)(stop - at), at);
		at = stop + 1;
	}
	if (h->run.unheard)
		log_at(level, "hook %s: and %" PRIu64 " bytes more", h->name, h->run.unheard);
}

static void settle(struct notifier *n, struct notifier_hook *h)
{
	h->done = h->running;
	h->failures = 0;
	notifier_keep(n);
}

static void fail(struct notifier *n, struct notifier_hook *h, mono_t now, const char *how)
{
	h->failures++;
	if (h->failures >= n->conf.tries) {
		log_at(LOG_LEVEL_ERROR, "hook %s: message %" PRIu64 " %s; it is given up after %u tries", h->name,
			h->running, how, h->failures);
		settle(n, h);
		return;
	}
	h->retry_at = mono_add(now, notify_backoff_ns(h->failures));
	log_at(LOG_LEVEL_WARNING, "hook %s: message %" PRIu64 " %s; it is tried again in %d s", h->name, h->running, how,
		(int)(notify_backoff_ns(h->failures) / NS_PER_S));
}

/* How it ended, in words. */
static void say_end(const struct hook_run *r, char out[64])
{
	if (r->killed)
		snprintf(out, 64, "was killed: its time was over");
	else if (r->status > 128)
		snprintf(out, 64, "ended by signal %d", r->status - 128);
	else
		snprintf(out, 64, "ended with %d", r->status);
}

static void ended(struct notifier *n, struct notifier_hook *h, mono_t now)
{
	const bool good = h->run.status == 0 && !h->run.killed;
	char how[64];

	say_output(h, good ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING);
	say_end(&h->run, how);
	if (good) {
		log_at(LOG_LEVEL_INFO, "hook %s: message %" PRIu64 " is delivered", h->name, h->running);
		settle(n, h);
		return;
	}
	fail(n, h, now, how);
}

/* Its next message; those that are gone were given up. */
static uint64_t next_of(const struct notifier *n, const struct notifier_hook *h)
{
	uint64_t next = h->done + 1;

	if (!n->last)
		return 0;
	if (next < n->first)
		next = n->first;
	return next <= n->last ? next : 0;
}

static void forget_settled(struct notifier *n)
{
	uint64_t least = n->last;

	for (size_t i = 0; i < n->n_hooks; i++) {
		if (n->hooks[i].run.pid > 0 && n->hooks[i].running <= least)
			least = n->hooks[i].running - 1;
		if (n->hooks[i].done < least)
			least = n->hooks[i].done;
	}
	if (n->first && least >= n->first)
		notifier_forget(n, least);
}

void notifier_run_hooks(struct notifier *n, mono_t now)
{
	for (size_t i = 0; i < n->n_hooks; i++) {
		struct notifier_hook *h = &n->hooks[i];
		uint64_t next;

		if (h->run.pid > 0 && hook_look(&h->run, now))
			ended(n, h, now);
		next = h->run.pid > 0 || !h->there ? 0 : next_of(n, h);
		if (next && mono_since(now, h->retry_at) >= 0 && start(n, h, next, now))
			fail(n, h, now, "could not be given to it");
	}
	forget_settled(n);
}

bool notifier_any_runs(const struct notifier *n)
{
	for (size_t i = 0; i < n->n_hooks; i++)
		if (n->hooks[i].run.pid > 0)
			return true;
	return false;
}

/* ---- a try ---- */

static void print_output(const struct hook_run *r)
{
	char line[HOOK_OUTPUT * 4 + 1];

	for (const char *at = r->text; *at;) {
		const size_t len = strcspn(at, "\n");
		struct text t = text_over(line, sizeof(line));
		char plain[HOOK_OUTPUT + 1];

		memcpy(plain, at, len);
		plain[len] = '\0';
		text_add_visible(&t, plain);
		printf("  %s\n", line);
		at += len + (at[len] == '\n');
	}
}

static bool try_one(struct notifier *n, struct notifier_hook *h, uint64_t number)
{
	char how[64];
	bool good;

	if (start(n, h, number, clock_mono()))
		return false;
	while (!hook_look(&h->run, clock_mono()))
		poll(NULL, 0, LOOK_MS);
	good = h->run.status == 0 && !h->run.killed;
	say_end(&h->run, how);
	printf("%s: %s\n", h->name, good ? "done" : how);
	print_output(&h->run);
	fflush(stdout);
	return good;
}

size_t notifier_try_hooks(struct notifier *n, uint64_t number)
{
	size_t failed = 0;

	for (size_t i = 0; i < n->n_hooks; i++)
		failed += !try_one(n, &n->hooks[i], number);
	return failed;
}
