/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages, and what is remembered: the cursor, who has been given what, what was told lately. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/ctl_notify.h"
#include "base/err.h"
#include "base/text.h"
#include "codec/json_put.h"
#include "edge/clock.h"

#define PUT_AGAIN_NS (10 * NS_PER_S)

/* ---- what is remembered ---- */

static json_t *numbers_sent(const struct notify *core)
{
	json_t *a = json_array();

	for (uint32_t i = 0; i < NOTIFY_PER_HOUR; i++) {
		const wall_t at = core->sent[(core->n_sent + i) % NOTIFY_PER_HOUR];

		if (at.ns)
			json_array_append_new(a, json_integer(at.ns));
	}
	return a;
}

static json_t *numbers_told(const struct notify *core)
{
	json_t *a = json_array();

	for (size_t i = 0; i < NOTIFY_TOLD; i++) {
		const struct notify_told *t = &core->told[i];

		if (t->key)
			json_array_append_new(a, json_pack("[I,i,I]", (json_int_t)t->key, (int)t->severity,
				(json_int_t)t->at.ns));
	}
	return a;
}

static json_t *state_of(const struct notifier *n)
{
	json_t *o = json_object(), *hooks = json_object();

	for (size_t i = 0; i < n->n_hooks; i++)
		put_count(hooks, n->hooks[i].name, n->hooks[i].done);
	put_int(o, "v", 1);
	put_text(o, "cursor", n->cursor);
	put_count(o, "message", n->number);
	put_value(o, "hooks", hooks);
	put_value(o, "sent", numbers_sent(&n->core));
	put_value(o, "told", numbers_told(&n->core));
	return o;
}

void notifier_keep(struct notifier *n)
{
	/* What waits has been read, but nobody was told: after a restart it is read again. */
	const bool waits = n->core.counts.events > 0;
	char read[EVENT_CURSOR_TEXT], why[WHY_TEXT];
	json_t *o;
	char *text;

	memcpy(read, n->cursor, sizeof(read));
	if (waits)
		memcpy(n->cursor, n->kept, sizeof(n->cursor));
	o = state_of(n);
	text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	if (text && spool_write_state(n->spool, text, strlen(text), why))
		log_at(LOG_LEVEL_ERROR, "%s", why);
	else
		memcpy(n->kept, n->cursor, sizeof(n->kept));
	memcpy(n->cursor, read, sizeof(read));
	free(text);
	json_decref(o);
}

static void recall_hook(struct notifier *n, const char *name, const json_t *done)
{
	struct notifier_hook *h = &n->hooks[n->n_hooks];

	if (n->n_hooks == HOOKS || !json_is_integer(done) || !text_copy(h->name, sizeof(h->name), name))
		return;
	h->done = (uint64_t)json_integer_value(done);
	n->n_hooks++;
}

static void recall_state(struct notifier *n, json_t *o)
{
	const char *cursor = field_text(o, "cursor"), *name;
	struct event_cursor c;
	json_t *value;
	size_t i;

	if (!event_cursor_parse(cursor, &c))
		text_copy(n->cursor, sizeof(n->cursor), cursor);
	n->number = (uint64_t)field_int(o, "message");
	json_object_foreach(json_object_get(o, "hooks"), name, value)
		recall_hook(n, name, value);
	json_array_foreach(json_object_get(o, "sent"), i, value)
		if (json_integer_value(value) > 0)
			notify_restore_sent(&n->core, (wall_t){ .ns = json_integer_value(value) });
	json_array_foreach(json_object_get(o, "told"), i, value) {
		struct notify_told t = { .key = (uint64_t)json_integer_value(json_array_get(value, 0)) & INT64_MAX,
			.severity = (uint8_t)json_integer_value(json_array_get(value, 1)),
			.at = { .ns = json_integer_value(json_array_get(value, 2)) } };

		notify_restore_told(&n->core, &t);
	}
}

/* A message that was made in the very last moment: it knows more than the state that was written before it. */
static void recall_message(struct notifier *n, uint64_t number)
{
	const wall_t now = clock_wall();
	struct notify_event e;
	char *line = NULL;
	size_t room = 0;
	int fd;
	FILE *f = spool_message(n->spool, number, &fd) ? NULL : fdopen(fd, "r");

	while (f && getline(&line, &room, f) > 0) {
		json_t *o = json_loads(line, 0, NULL);
		struct event_cursor c;

		if (o && notify_of_json(o, &e)) {
			struct notify_told t = { .key = e.key, .severity = e.severity, .at = now };

			notify_restore_told(&n->core, &t);
		} else if (o && field_text(o, "tidegate.cursor")[0] &&
			   !event_cursor_parse(field_text(o, "tidegate.cursor"), &c)) {
			text_copy(n->cursor, sizeof(n->cursor), field_text(o, "tidegate.cursor"));
		}
		json_decref(o);
	}
	free(line);
	if (f)
		fclose(f);
	notify_restore_sent(&n->core, now);
	n->number = number;
}

int notifier_recall(struct notifier *n)
{
	char *text = NULL;
	int err = spool_read_state(n->spool, &text);
	json_t *o = err ? NULL : json_loads(text, 0, NULL);

	free(text);
	if (err && err != ERR_ABSENT)
		return ctl_complain(ctl_code_of(err), "the state of notifications cannot be read: %s", err_text(err));
	if (!err && !o)
		log_at(LOG_LEVEL_WARNING, "the state of notifications is damaged; it begins with what happens now");
	if (o)
		recall_state(n, o);
	json_decref(o);
	memcpy(n->kept, n->cursor, sizeof(n->kept));
	err = spool_range(n->spool, &n->first, &n->last);
	if (err)
		return ctl_complain(ctl_code_of(err), "the spool of notifications cannot be read: %s", err_text(err));
	if (n->last > n->number)
		recall_message(n, n->last);
	return CTL_OK;
}

/* ---- messages ---- */

struct growing {
	FILE *json, *text;
	char *json_at, *text_at;
	size_t json_len, text_len;
};

static void put_line(struct growing *g, const json_t *event)
{
	char line[NOTIFY_LINE];

	json_dumpf(event, g->json, JSON_COMPACT | JSON_REAL_PRECISION(10));
	fputc('\n', g->json);
	notify_line(event, line);
	fprintf(g->text, "%s\n", line);
}

static void put_head(struct growing *g, const struct notify_head *h)
{
	json_t *o = notify_head_json(h);
	char host[65];

	json_dumpf(o, g->json, JSON_COMPACT);
	fputc('\n', g->json);
	json_decref(o);
	notify_plain(h->host, host, sizeof(host));
	fprintf(g->text, "tidegate on %s: %" PRIu32 " event%s%s\n", host, h->counts.events,
		h->counts.events == 1 ? "" : "s", h->test ? " (this is a test)" : "");
	if (h->counts.repeated)
		fprintf(g->text, "%" PRIu64 " more of incidents that were told already\n", h->counts.repeated);
	if (h->counts.left_out)
		fprintf(g->text, "%" PRIu64 " more found no room in this message; tidegate events has them\n",
			h->counts.left_out);
	if (h->missed)
		fprintf(g->text, "%" PRIu64 " were gone before they could be read\n", h->missed);
	fputc('\n', g->text);
}

static int write_message(struct notifier *n, const struct notify_head *h, json_t *const *events)
{
	struct growing g = { .json_at = NULL };
	char why[WHY_TEXT] = "no memory";
	bool good;
	int err = ERR_MEMORY;

	g.json = open_memstream(&g.json_at, &g.json_len);
	g.text = open_memstream(&g.text_at, &g.text_len);
	if (g.json && g.text) {
		put_head(&g, h);
		for (uint32_t i = 0; i < h->counts.events; i++)
			put_line(&g, events[i]);
	}
	good = g.json && g.text && !ferror(g.json) && !ferror(g.text);
	good = (!g.json || fclose(g.json) == 0) && good;
	good = (!g.text || fclose(g.text) == 0) && good;
	if (good)
		err = spool_put(n->spool, h->number, g.json_at, g.json_len, g.text_at, g.text_len, why);
	free(g.json_at);
	free(g.text_at);
	if (err)
		log_at(LOG_LEVEL_ERROR, "a message could not be written: %s", why);
	return err;
}

static void came(struct notifier *n, uint64_t number)
{
	n->number = n->last = number;
	n->first = n->first ? n->first : number;
	if (n->last - n->first < NOTIFIER_MESSAGES)
		return;
	log_at(LOG_LEVEL_ERROR, "message %" PRIu64 " is given up: %d wait behind it", n->first, NOTIFIER_MESSAGES);
	notifier_forget(n, n->first);
}

static struct notify_head head_of(const struct notifier *n, char stamp[40])
{
	wall_format(clock_wall(), stamp, 40);
	return (struct notify_head){ .host = n->host, .timestamp = stamp, .number = n->number + 1, .missed = n->missed };
}

void notifier_send(struct notifier *n, wall_t now)
{
	char stamp[40];
	struct notify_head h = head_of(n, stamp);

	if (notify_wait(&n->core, now) > 0 || mono_since(clock_mono(), n->put_at) < 0)
		return;
	h.counts = n->core.counts;
	h.cursor = n->cursor;
	if (write_message(n, &h, n->waiting)) {
		n->put_at = mono_add(clock_mono(), PUT_AGAIN_NS);
		return;
	}
	for (uint32_t i = 0; i < h.counts.events; i++)
		json_decref(n->waiting[i]);
	notify_send(&n->core, now);
	n->missed = 0;
	came(n, h.number);
	notifier_keep(n);
}

/* It does not say how far was read: what waits is no part of it. */
int notifier_send_test(struct notifier *n, json_t *event)
{
	char stamp[40];
	struct notify_head h = head_of(n, stamp);
	int err = ERR_MEMORY;

	h.cursor = "";
	h.missed = 0;
	h.test = true;
	h.counts.events = 1;
	if (event)
		err = write_message(n, &h, &event);
	json_decref(event);
	if (!err)
		came(n, h.number);
	return err;
}

void notifier_forget(struct notifier *n, uint64_t number)
{
	while (n->first && n->first <= number && n->first <= n->last) {
		spool_remove(n->spool, n->first);
		n->first++;
	}
	if (n->first > n->last)
		n->first = n->last = 0;
}

json_t *notifier_head(const struct notifier *n, uint64_t number)
{
	char *line = NULL;
	size_t room = 0;
	json_t *o = NULL;
	int fd;
	FILE *f = spool_message(n->spool, number, &fd) ? NULL : fdopen(fd, "r");

	if (f && getline(&line, &room, f) > 0)
		o = json_loads(line, 0, NULL);
	free(line);
	if (f)
		fclose(f);
	return o;
}
