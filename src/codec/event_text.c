/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events to lines for people: "03:04:05 finding   198.51.100.7  scan.fast: ...". Eight
 * columns of time, ten of kind, then a sentence. Strings from files and peers pass
 * through the escaping writer.
 */
#include "codec/event_text.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "codec/egress_say.h"
#include "codec/json_put.h"
#include "core/incident.h"

#define TIME_COLUMNS 8

static void add_outside(struct text *t, const char *s)
{
	text_add_escaped(t, (struct slice){ .at = (const uint8_t *)s, .len = strlen(s) });
}

static void add_subject(struct text *t, const struct subject *s)
{
	char room[SUBJECT_TEXT];
	subject_format(s, room);
	text_add(t, room);
}

static void add_incident(struct text *t, uint64_t id)
{
	char room[INCIDENT_TEXT];
	if (id == 0)
		return;
	incident_id_format(id, room);
	text_addf(t, "  %s", room);
}

static void add_for(struct text *t, int64_t ns)
{
	char room[32];
	/* To the second: the kernel's timeouts are no finer to a reader. */
	duration_format((ns + NS_PER_S / 2) / NS_PER_S * NS_PER_S, room, sizeof(room));
	text_addf(t, " for %s", room);
}

static void add_done(struct text *t, const struct event *e)
{
	const struct decision *d = &e->decision;

	if (e->guard) {
		text_addf(t, "not touched: guard %s", guard_kind_name(e->guard));
		return;
	}
	if (d->response == RESPONSE_OBSERVE) {
		text_add(t, "observed");
		return;
	}
	if (!e->enforce)
		text_add(t, "would be: ");
	text_add(t, response_name(d->response));
	if (response_has_rate(d->response))
		text_addf(t, " to %u/s", d->limit_rate);
	add_for(t, d->ttl_ns);
	if (d->offence)
		text_addf(t, ", return %u", d->offence);
}

static void add_finding(struct text *t, const struct event *e)
{
	char what[FINDING_TEXT];
	const struct finding *f = &e->finding;

	finding_format(f, what, sizeof(what));
	add_subject(t, &f->subject);
	text_add(t, "  ");
	add_outside(t, f->rule.name);
	text_addf(t, ": %s", what);
	if (!finding_is_news(f->kind)) /* nobody is accused of anything */
		text_addf(t, ", %s", proof_name(f->proof));
	if (e->egress.any)
		text_add(t, ", ");
	egress_add_text(t, &e->egress);
	text_add(t, "; ");
	add_done(t, e);
}

static void add_applied(struct text *t, const struct event *e)
{
	const struct measure *m = &e->measure;

	add_subject(t, &m->subject);
	text_addf(t, "  %s", response_name(m->response));
	add_for(t, mono_since(m->until, e->at));
	if (m->trigger.ns && m->applied.ns) {
		char span[32];
		span_format(mono_since(m->applied, m->trigger), span, sizeof(span));
		text_addf(t, ", in force %s after the packet", span);
	}
}

static void add_ended(struct text *t, const struct event *e)
{
	add_subject(t, &e->measure.subject);
	text_addf(t, "  %s", response_name(e->measure.response));
	if (e->next != RESPONSE_OBSERVE)
		text_addf(t, " eased to %s", response_name(e->next));
	else
		text_add(t, " is over");
}

static void add_sentence(struct text *t, const struct event *e)
{
	switch (e->kind) {
	case EVENT_NONE:
		break;
	case EVENT_FINDING:
		add_finding(t, e);
		break;
	case EVENT_APPLIED:
		add_applied(t, e);
		break;
	case EVENT_REFUSED:
		add_subject(t, &e->measure.subject);
		text_addf(t, "  %s refused by the kernel: %s",
			response_name(e->measure.response), err_text(e->measure.error));
		break;
	case EVENT_ENDED:
		add_ended(t, e);
		break;
	case EVENT_MODE:
		text_add(t, e->enforce ? "enforce" : "detect");
		break;
	case EVENT_RELOAD:
		if (!e->ok)
			text_add(t, "nothing changed");
		else if (!e->text[0])
			text_add(t, "done");
		break;
	case EVENT_NOTICE:
	case EVENT_ALARM:
		break;
	}
}

static void add_clock(struct text *t, const struct event *e, const struct stamp *s)
{
	int64_t wall = stamp_wall(s, e->at).ns / NS_PER_S + s->utc_offset_s;
	int64_t of_day = wall % 86400;

	if (of_day < 0)
		of_day += 86400;
	text_addf(t, "%02d:%02d:%02d", (int)(of_day / 3600), (int)(of_day / 60 % 60),
		(int)(of_day % 60));
}

size_t event_text(const struct event *e, const struct event_world *w, char *out,
	size_t size)
{
	struct text t = text_over(out, size);

	add_clock(&t, e, &w->stamp);
	text_addf(&t, " %-9s ", event_word(e));
	size_t head = t.len;
	add_sentence(&t, e);
	if (e->text[0]) {
		if (t.len > head)
			text_add(&t, ": ");
		add_outside(&t, e->text);
	}
	add_incident(&t, e->incident);
	return t.len;
}

static const struct {
	const char *word, *colour;
} colours[] = {
	{ "finding", "\033[33m" },   /* yellow: something was seen */
	{ "block", "\033[1;31m" },   /* red: somebody feels it */
	{ "alarm", "\033[1;31m" },   /* red: we have stopped ourselves */
	{ "refuse", "\033[1;35m" },  /* magenta: we could not */
	{ "step-down", "\033[32m" }, /* green: it eases */
	{ "unblock", "\033[32m" },
	{ "expire", "\033[32m" },
	{ "mode", "\033[1;36m" }, /* cyan: about ourselves */
	{ "reload", "\033[36m" },
	{ "notice", "\033[36m" },
};

static const char *colour_of(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++)
		if (strlen(colours[i].word) == len &&
			memcmp(colours[i].word, word, len) == 0)
			return colours[i].colour;
	return NULL;
}

size_t event_text_paint(const char *line, char *out, size_t size)
{
	struct text t = text_over(out, size);
	const char *word = line + TIME_COLUMNS + 1;

	if (strlen(line) <= TIME_COLUMNS + 1 || line[TIME_COLUMNS] != ' ') {
		text_add(&t, line);
		return t.len;
	}
	size_t len = strcspn(word, " ");
	const char *colour = colour_of(word, len);
	if (!colour) {
		text_add(&t, line);
		return t.len;
	}
	text_addf(&t, "\033[2m%.*s\033[0m %s%.*s\033[0m", TIME_COLUMNS, line, colour,
		(int)len, word);
	text_add(&t, word + len);
	return t.len;
}
