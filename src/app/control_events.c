/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verb events, for whoever must miss nothing: a page of what the store has behind a cursor. Each row has its event
 * and the cursor behind it; the last one says where that ends and whether there is more.
 */
#include <string.h>

#include "app/control_verbs.h"
#include "base/err.h"
#include "codec/json_put.h"

#define PAGE 32 /* of at most EVENT_LINE bytes: less than a client's buffer has room for */

struct page {
	struct control_call *call;
	const char *name;
	size_t n;
	int64_t ids[PAGE];
	json_t *events[PAGE];
};

static bool take(void *ctx, int64_t id, const char *json)
{
	struct page *p = ctx;

	p->ids[p->n] = id;
	p->events[p->n++] = json_loads(json, 0, NULL); /* NULL: a row that makes no sense */
	return p->n < PAGE;
}

static void put_cursor(json_t *o, const char *name, int64_t id)
{
	struct event_cursor c = { .id = id };
	char text[EVENT_CURSOR_TEXT];

	memcpy(c.name, name, sizeof(c.name));
	event_cursor_format(&c, text);
	put_text(o, "cursor", text);
}

static int send_rows(struct page *p, const struct keeper_place *place, int64_t *at)
{
	int code = CTL_OK;

	for (size_t i = 0; i < p->n; i++) {
		json_t *event = p->events[i];
		json_t *o = event && !code ? json_object() : NULL;

		if (!o) {
			json_decref(event);
			*at = code ? *at : p->ids[i];
			continue;
		}
		put_value(o, "event", event);
		put_cursor(o, place->events.name, p->ids[i]);
		code = control_send(p->call, o);
		if (!code)
			*at = p->ids[i];
	}
	return code;
}

static int send_end(struct control_call *k, const struct keeper_place *place, int64_t at)
{
	struct keeper_stats s;
	json_t *o = json_object();

	keeper_stats(k->control->keeper, &s);
	put_cursor(o, place->events.name, at);
	put_bool(o, "more", at < place->events.last);
	put_bool(o, "failing", s.failing); /* what happens now is told when it has been written */
	if (place->renewed)
		put_bool(o, "renewed", true);
	if (place->missed)
		put_count(o, "missed", place->missed);
	return control_send(k, o);
}

int control_events_after(struct control_call *k, const char *after)
{
	struct page p = { .call = k };
	struct keeper_place place;
	struct event_cursor c;
	int err, code;
	int64_t at;

	if (event_cursor_parse(after, &c))
		return control_fail(k, CTL_USAGE, "'%.64s' is no cursor of events", after);
	if (!k->control->keeper)
		return control_fail(k, CTL_NONE, "this daemon keeps no events");
	err = keeper_events_after(k->control->keeper, &c, PAGE, take, &p, &place);
	if (err) {
		for (size_t i = 0; i < p.n; i++)
			json_decref(p.events[i]);
		return control_fail(k, CTL_AGAIN, "the store cannot be read now: %s", err_text(err));
	}
	at = place.from;
	code = send_rows(&p, &place, &at);
	/* A page with room left: what is behind it are notes, which are nobody's news. Who waited there would wait for ever. */
	if (!code && p.n < PAGE && at < place.events.last)
		at = place.events.last;
	return code ? code : send_end(k, &place, at);
}
