/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fields of our events by their names, into decisions and lines. */
#include "codec/notify_text.h"

#include <string.h>

#include "base/text.h"
#include "codec/json_put.h"

static const struct {
	const char *word; /* of event_word */
	enum notify_kind kind;
} words[] = {
	{ "block", NOTIFY_BLOCK }, { "refuse", NOTIFY_REFUSE }, { "unblock", NOTIFY_END }, { "expire", NOTIFY_END },
	{ "step-down", NOTIFY_END }, { "mode", NOTIFY_MODE }, { "reload", NOTIFY_RELOAD }, { "notice", NOTIFY_NOTICE },
	{ "alarm", NOTIFY_ALARM },
};

static const char *text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "";
}

/* FNV-1a: who wants two events to look like one would have to choose an incident's number. */
static uint64_t mix(uint64_t h, const char *s)
{
	for (; *s; s++)
		h = (h ^ (uint8_t)*s) * UINT64_C(1099511628211);
	return (h ^ 0xff) * UINT64_C(1099511628211);
}

/* Incidents by their number; what has none by all that it says. */
static uint64_t key_of(const json_t *event, enum notify_kind kind)
{
	const json_t *ours = json_object_get(event, "tidegate");
	const char *incident = text_of(ours, "incident");
	uint64_t h = mix(UINT64_C(14695981039346656037) + (uint64_t)kind, incident);

	if (!incident[0]) {
		h = mix(h, text_of(ours, "event"));
		h = mix(h, text_of(ours, "subject"));
		h = mix(h, text_of(ours, "text"));
		h = mix(h, text_of(ours, "detector"));
	}
	h &= INT64_MAX;
	return h ? h : 1;
}

/* A change of the mode back and forth is two things to know, whatever they have in common. */
static bool like_no_other(enum notify_kind kind)
{
	return kind == NOTIFY_MODE || kind == NOTIFY_RELOAD;
}

bool notify_of_json(const json_t *event, struct notify_event *out)
{
	const char *type = text_of(event, "event_type");
	const char *word = text_of(json_object_get(event, "tidegate"), "event");
	struct notify_event e = { .severity = 0 };

	if (strcmp(type, "alert") == 0) {
		json_int_t s = json_integer_value(json_object_get(json_object_get(event, "alert"), "severity"));

		e.kind = NOTIFY_FINDING;
		e.severity = s < 1 ? 1 : s > UINT8_MAX ? UINT8_MAX : (uint8_t)s;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && strcmp(type, "tidegate") == 0; i++)
		if (strcmp(words[i].word, word) == 0)
			e.kind = words[i].kind;
	if (!e.kind)
		return false;
	e.key = like_no_other(e.kind) ? 0 : key_of(event, e.kind);
	*out = e;
	return true;
}

static void add(struct text *t, const char *before, const char *s)
{
	if (!s[0])
		return;
	text_add(t, before);
	text_add_escaped(t, (struct slice){ .at = (const uint8_t *)s, .len = strlen(s) });
}

size_t notify_line(const json_t *event, char out[NOTIFY_LINE])
{
	const json_t *ours = json_object_get(event, "tidegate"), *alert = json_object_get(event, "alert");
	struct text t = text_over(out, NOTIFY_LINE);

	add(&t, "", text_of(event, "timestamp"));
	if (alert) {
		text_addf(&t, " finding (severity %" JSON_INTEGER_FORMAT ")",
			json_integer_value(json_object_get(alert, "severity")));
		add(&t, " ", text_of(ours, "subject"));
		add(&t, ": ", text_of(alert, "signature"));
	} else {
		add(&t, " ", text_of(ours, "event"));
		add(&t, " ", text_of(ours, "subject"));
	}
	add(&t, ": ", text_of(ours, "text"));
	add(&t, ", served by ", text_of(ours, "served_by"));
	add(&t, "; decision ", text_of(ours, "decision"));
	add(&t, ", guarded: ", text_of(ours, "guard"));
	add(&t, ", error ", text_of(ours, "error"));
	add(&t, ", mode ", text_of(ours, "mode"));
	add(&t, ", incident ", text_of(ours, "incident"));
	return t.len;
}

void notify_plain(const char *s, char *out, size_t size)
{
	size_t n = 0;

	for (; *s && n + 1 < size; s++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_", *s))
			out[n++] = *s;
	out[n] = '\0';
}

json_t *notify_head_json(const struct notify_head *h)
{
	json_t *o = json_object(), *ours = json_object();

	if (!o || !ours) {
		json_decref(o);
		json_decref(ours);
		return NULL;
	}
	put_text(o, "timestamp", h->timestamp);
	put_text(o, "event_type", "tidegate-message");
	put_int(ours, "v", 1);
	put_text(ours, "host", h->host);
	put_count(ours, "message", h->number);
	put_count(ours, "events", h->counts.events);
	put_count(ours, "repeated", h->counts.repeated);
	put_count(ours, "left_out", h->counts.left_out);
	put_count(ours, "missed", h->missed);
	if (h->counts.severity)
		put_int(ours, "severity", h->counts.severity);
	put_bool(ours, "test", h->test);
	put_text(ours, "cursor", h->cursor);
	put_value(o, "tidegate", ours);
	return o;
}
