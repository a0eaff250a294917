/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events from the daemon's store, behind our cursor, into the slots of what waits. */
#include <string.h>

#include "app/ctl_notify.h"
#include "base/text.h"
#include "codec/json_put.h"
#include "edge/clock.h"

void notifier_take(struct notifier *n, json_t *event)
{
	struct notify_event e;

	if (event && notify_of_json(event, &e) && notify_take(&n->core, &e, clock_wall()) == NOTIFY_WAITS)
		n->waiting[n->core.counts.events - 1] = json_incref(event);
	json_decref(event);
}

json_t *notifier_own_event(const struct notifier *n, const char *word, const char *text)
{
	const struct stamp stamp = { .mono = clock_mono(), .wall = clock_wall() };
	json_t *o = json_object(), *ours = json_object();

	if (!o || !ours) {
		json_decref(o);
		json_decref(ours);
		return NULL;
	}
	put_time(o, "timestamp", &stamp, stamp.mono);
	put_text(o, "event_type", "tidegate");
	put_int(ours, "v", 1);
	put_text(ours, "event", word);
	put_text(ours, "host", n->host);
	put_text(ours, "text", text);
	put_value(o, "tidegate", ours);
	return o;
}

/* Who waits for mails shall not take this for silence. */
static void note_failing(struct notifier *n, bool failing)
{
	if (failing && !n->failing)
		notifier_take(n, notifier_own_event(n, "alarm",
			"the daemon cannot write its database: what happens now is told when it can"));
	n->failing = failing;
}

static void take_end(struct notifier *n, json_t *row)
{
	const int64_t missed = field_int(row, "missed");

	n->more = field_true(row, "more");
	note_failing(n, field_true(row, "failing"));
	if (missed > 0)
		n->missed += (uint64_t)missed;
	if (missed > 0)
		log_at(LOG_LEVEL_WARNING, "%lld events were gone before they were read", (long long)missed);
	if (field_true(row, "renewed"))
		log_at(LOG_LEVEL_WARNING, "the daemon has a new database; it is read from its beginning");
}

/* A row without a cursor is of a daemon that knows none. */
static void take_row(struct ctl_tool *t, json_t *row)
{
	struct notifier *n = t->work;
	const char *cursor = field_text(row, "cursor");
	json_t *event = json_object_get(row, "event");
	struct event_cursor c;

	if (!cursor[0] || event_cursor_parse(cursor, &c))
		return;
	text_copy(n->cursor, sizeof(n->cursor), cursor);
	if (!event)
		take_end(n, row);
	else if (n->n_hooks > 0)
		notifier_take(n, json_incref(event));
}

void notifier_read(struct notifier *n)
{
	struct ctl_request r = { .verb = "events" };
	int code = CTL_UNAVAILABLE;

	n->more = false;
	n->tool->work = n;
	ctl_request_add_text(&r, "after", n->cursor);
	if (ctl_daemon_answers(n->tool))
		code = ctl_ask(n->tool, &r, take_row);
	if (code)
		ctl_hang_up(n->tool);
	if (code && !n->silent)
		log_at(LOG_LEVEL_NOTICE, "no events from the daemon at %s; it is asked again", n->tool->socket);
	if (!code && n->silent)
		log_at(LOG_LEVEL_NOTICE, "the daemon answers again");
	n->silent = code != 0;
}
