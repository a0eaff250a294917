/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a place to an answer: what is asked of the daemon for it, how its objects become one JSON value or one text, and what
 * is said where there is no daemon. Answers of the daemon are kept for a second, good and bad ones alike.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/exporter.h"
#include "app/version.h"
#include "base/text.h"
#include "codec/json_put.h"
#include "edge/clock.h"

static bool is_json(enum http_place p)
{
	return p >= HTTP_API_STATUS;
}

/* Copies the bytes; where there is no memory for them, the answer is a 500 without any. */
static void give(struct exporter_answer *out, int status, enum exporter_type type, const char *bytes, size_t len)
{
	char *body = malloc(len ? len : 1);

	*out = (struct exporter_answer){ .status = body ? status : 500, .type = type };
	if (!body)
		return;
	memcpy(body, bytes, len);
	out->body = body;
	out->len = len;
}

/* Takes the value. */
static void give_json(struct exporter_answer *out, int status, json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(10));
	size_t len = text ? strlen(text) : 0;

	json_decref(value);
	if (text && len < EXPORTER_BODY)
		give(out, status, EXPORTER_JSON, text, len);
	else
		give(out, 500, EXPORTER_JSON, "", 0);
	free(text);
}

void exporter_refuse(const struct http_route *r, int status, const char *why, struct exporter_answer *out)
{
	char line[CTL_ERROR + 2];

	if (is_json(r->place)) {
		json_t *error = json_object(), *o = json_object();

		put_int(error, "code", status);
		put_text(error, "text", why);
		put_int(o, "v", CTL_VERSION);
		put_value(o, "error", error);
		give_json(out, status, o);
		return;
	}
	snprintf(line, sizeof(line), "%.*s\n", CTL_ERROR, why);
	give(out, status, EXPORTER_TEXT, line, strlen(line));
}

/* What an answer that could not be had becomes over HTTP. */
static int status_of(int code)
{
	return code == CTL_USAGE || code == CTL_INTERNAL || code == CTL_DATA ? 502 : 503;
}

/* ---- what the daemon says, gathered ---- */

struct gathered {
	json_t *list;  /* of objects */
	json_t *next;  /* where a list goes on, or NULL */
};

static int gather(void *ctx, json_t *value)
{
	struct gathered *g = ctx;

	json_object_del(value, "v"); /* it is said once, on the outside */
	if (json_is_integer(json_object_get(value, "next"))) {
		json_decref(g->next);
		g->next = json_incref(json_object_get(value, "next"));
		return CTL_OK;
	}
	return json_array_append(g->list, value) ? CTL_INTERNAL : CTL_OK;
}

static struct ctl_request request_of(const char *verb)
{
	struct ctl_request r = { .n_args = 0 };

	text_copy(r.verb, sizeof(r.verb), verb);
	return r;
}

static int ask(struct exporter_desk *d, const struct ctl_request *r, struct gathered *g, char why[CTL_ERROR])
{
	g->next = NULL;
	g->list = json_array();
	return g->list ? exporter_ask(&d->asker, r, gather, g, why) : CTL_INTERNAL;
}

static void forget(struct gathered *g)
{
	json_decref(g->list);
	json_decref(g->next);
}

static json_t *versioned(void)
{
	json_t *o = json_object();

	put_int(o, "v", CTL_VERSION);
	return o;
}

/* A page of a list of the daemon, under its name. */
static void answer_list(struct exporter_desk *d, const struct http_route *r, const char *what,
	struct exporter_answer *out)
{
	struct ctl_request q = request_of(strcmp(what, "events") == 0 ? "events" : "list");
	struct gathered g = { .list = NULL };
	char why[CTL_ERROR] = "no memory";
	int code = 0;

	if (strcmp(q.verb, "list") == 0)
		code = ctl_request_add_text(&q, "what", what) || ctl_request_add_number(&q, "from", r->from);
	code = code ? CTL_INTERNAL : ask(d, &q, &g, why);
	if (code) {
		exporter_refuse(r, status_of(code), why, out);
	} else {
		json_t *o = versioned();

		put_value(o, what, json_incref(g.list));
		if (g.next)
			put_value(o, "next", json_incref(g.next));
		give_json(out, 200, o);
	}
	forget(&g);
}

/* The one object that the daemon sends; *out NULL where it sent none. */
static int ask_one(struct exporter_desk *d, const char *verb, json_t **out, char why[CTL_ERROR])
{
	struct ctl_request q = request_of(verb);
	struct gathered g;
	int code = ask(d, &q, &g, why);

	*out = code ? NULL : json_incref(json_array_get(g.list, 0));
	forget(&g);
	return code;
}

static void answer_status(struct exporter_desk *d, const struct http_route *r, struct exporter_answer *out)
{
	char why[CTL_ERROR] = "no memory";
	json_t *said;
	int code = ask_one(d, "status", &said, why);

	if (code) {
		exporter_refuse(r, status_of(code), why, out);
	} else {
		json_t *o = versioned();

		put_value(o, "status", json_incref(json_object_get(said, "status")));
		give_json(out, 200, o);
	}
	json_decref(said);
}

/* Also without a daemon: then its version is null. */
static void answer_version(struct exporter_desk *d, struct exporter_answer *out)
{
	char why[CTL_ERROR];
	json_t *said, *o = versioned();
	int code = ask_one(d, "version", &said, why);
	json_t *version = json_object_get(said, "version");

	put_text(o, "exporter", TIDEGATE_VERSION);
	put_value(o, "daemon", code || !version ? json_null() : json_incref(version));
	json_decref(said);
	give_json(out, 200, o);
}

/* ---- health ---- */

/* True where the daemon does what it was told to; the words in either case. */
static bool look_after(struct exporter_desk *d, char health[CTL_ERROR])
{
	json_t *said;

	if (ask_one(d, "status", &said, health))
		return false;
	json_t *s = json_object_get(said, "status");
	bool responds = json_is_true(json_object_get(s, "responding"));
	bool panic = json_is_true(json_object_get(s, "panic"));
	bool alive = json_is_true(json_object_get(json_object_get(s, "divert"), "alive"));
	const char *mode = json_string_value(json_object_get(s, "mode"));

	if (!responds)
		snprintf(health, CTL_ERROR, "the packet thread does not answer");
	else if (panic)
		snprintf(health, CTL_ERROR, "ok: panic, so nothing is done to anybody until `tidegate panic off`");
	else if (!alive)
		snprintf(health, CTL_ERROR, "traffic passes unseen: the dead-man element is missing from the kernel");
	else
		snprintf(health, CTL_ERROR, "ok: mode %s", mode ? mode : "unknown");
	json_decref(said);
	return responds && (panic || alive);
}

static void answer_health(struct exporter_desk *d, const struct http_route *r, struct exporter_answer *out)
{
	char health[CTL_ERROR] = "no memory";
	bool well = look_after(d, health);

	exporter_refuse(r, well ? 200 : 503, health, out);
}

static void answer_index(struct exporter_desk *d, struct exporter_answer *out)
{
	char health[CTL_ERROR] = "no memory", page[8192];
	bool well = look_after(d, health);
	size_t len = exporter_page(well, d->metrics_only, page, sizeof(page));

	give(out, 200, EXPORTER_PAGE, page, len);
}

/* ---- metrics ---- */

/* Pieces of one text. */
static int append_piece(void *ctx, json_t *value)
{
	struct text *t = ctx;
	const char *piece = json_string_value(json_object_get(value, "metrics"));

	if (piece)
		text_add(t, piece);
	return t->cut ? CTL_INTERNAL : CTL_OK;
}

/* A daemon that is gone is a value, not a failed scrape: "up" would else be 0 for the exporter's fault and for the
 * daemon's alike. */
static void answer_metrics(struct exporter_desk *d, struct exporter_answer *out)
{
	const struct ctl_request q = request_of("metrics");
	char *body = malloc(EXPORTER_BODY);
	char why[CTL_ERROR];

	if (!body) {
		give(out, 500, EXPORTER_TEXT, "", 0);
		return;
	}
	struct text t = text_over(body, EXPORTER_BODY / 2);
	bool up = exporter_ask(&d->asker, &q, append_piece, &t, why) == CTL_OK && t.len > 0;
	size_t len = up ? t.len : 0; /* half of an answer is none */

	len += exporter_metrics(d, up, body + len, EXPORTER_BODY - len);
	give(out, 200, EXPORTER_METRICS, body, len);
	free(body);
}

/* ---- the places ---- */

static void make(struct exporter_desk *d, const struct http_route *r, struct exporter_answer *out)
{
	switch (r->place) {
	case HTTP_NOWHERE:
		exporter_refuse(r, 404, "there is nothing here; / tells what there is", out);
		break;
	case HTTP_INDEX:
		answer_index(d, out);
		break;
	case HTTP_STYLE:
		give(out, 200, EXPORTER_CSS, exporter_style, strlen(exporter_style));
		text_copy(out->tag, sizeof(out->tag), "\"" TIDEGATE_VERSION "\"");
		break;
	case HTTP_METRICS:
		answer_metrics(d, out);
		break;
	case HTTP_HEALTHZ:
		answer_health(d, r, out);
		break;
	case HTTP_REPORT:
		exporter_report(d->reports, "latest.html", r, out);
		break;
	case HTTP_API_STATUS:
		answer_status(d, r, out);
		break;
	case HTTP_API_BLOCKS:
		answer_list(d, r, "blocks", out);
		break;
	case HTTP_API_LIMITS:
		answer_list(d, r, "limits", out);
		break;
	case HTTP_API_INCIDENTS:
		answer_list(d, r, "incidents", out);
		break;
	case HTTP_API_EVENTS:
		answer_list(d, r, "events", out);
		break;
	case HTTP_API_REPORT:
		exporter_report(d->reports, "latest.json", r, out);
		break;
	case HTTP_API_VERSION:
		answer_version(d, out);
		break;
	}
}

/* ---- the cache ---- */

static bool asks_the_daemon(enum http_place p)
{
	return p != HTTP_NOWHERE && p != HTTP_STYLE && p != HTTP_REPORT && p != HTTP_API_REPORT;
}

/* The one of that place and page, else the oldest. */
static struct exporter_cached *slot_of(struct exporter_desk *d, const struct http_route *r)
{
	struct exporter_cached *oldest = &d->cache[0];

	for (size_t i = 0; i < EXPORTER_CACHED; i++) {
		struct exporter_cached *c = &d->cache[i];

		if (c->route.place == r->place && c->route.from == r->from)
			return c;
		if (c->at.ns < oldest->at.ns)
			oldest = c;
	}
	return oldest;
}

static void keep(struct exporter_cached *c, const struct http_route *r, const struct exporter_answer *a)
{
	free(c->answer.body);
	c->route = (struct http_route){ .place = r->place, .from = r->from };
	c->at = clock_mono(); /* when it came, not when it was asked for: a slow daemon is not to be asked the more */
	give(&c->answer, a->status, a->type, a->body, a->len);
}

void exporter_answer(struct exporter_desk *d, const struct http_route *r, struct exporter_answer *out)
{
	if (d->metrics_only && http_place_tells_addresses(r->place)) {
		exporter_refuse(r, 404, "this exporter was started with --metrics-only", out);
		return;
	}
	if (!asks_the_daemon(r->place)) {
		make(d, r, out);
		return;
	}
	struct exporter_cached *c = slot_of(d, r);
	bool known = c->route.place == r->place && c->route.from == r->from;

	if (known && mono_since(clock_mono(), c->at) < EXPORTER_CACHE_NS) {
		give(out, c->answer.status, c->answer.type, c->answer.body, c->answer.len);
		return;
	}
	make(d, r, out);
	keep(c, r, out);
}

void exporter_desk_clear(struct exporter_desk *d)
{
	for (size_t i = 0; i < EXPORTER_CACHED; i++)
		free(d->cache[i].answer.body);
	memset(d->cache, 0, sizeof(d->cache));
}
