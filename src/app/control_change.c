/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * allow, mode, reload, check: what the administrator trusts, and how the daemon works.
 * What is changed by hand leaves a notice that says by whom.
 */
#include <string.h>

#include "app/control_verbs.h"
#include "base/err.h"
#include "codec/json_put.h"

struct allow_call {
	struct prefix prefix;
	bool remove;
	int err;
};

static void allow_now(void *ctx, struct engine *e, mono_t now)
{
	struct allow_call *a = ctx;
	struct guards *g = engine_guards(e);

	(void)now;
	a->err = a->remove ? guards_remove(g, &a->prefix, GUARD_ALLOWED)
			   : guards_add(g, &a->prefix, GUARD_ALLOWED);
}

struct release_call {
	const struct control_page *page;
	const struct prefix *prefix;
	size_t ended;
};

static void release_now(void *ctx, struct engine *e, mono_t now)
{
	struct release_call *r = ctx;

	for (size_t i = 0; i < r->page->n; i++) {
		const struct prefix *p = &r->page->list[i].subject.source;
		if (prefix_covers(r->prefix, p) && engine_unban(e, p, true, now) == 0)
			r->ended++;
	}
}

/* An address that is trusted from now on is not to stay blocked until its time is over.
 */
static int release(struct control *c, const struct prefix *prefix, size_t *ended)
{
	struct control_page page = { .around = true, .prefix = *prefix };
	struct release_call r = { .page = &page, .prefix = prefix };
	int err = 0;

	while (!page.end && err == 0) {
		err = control_page_next(c, &page);
		if (err == 0 && page.n > 0)
			err = door_call(c->door, release_now, &r);
	}
	*ended = r.ended;
	return err;
}

static int allow_answer(struct control_call *k, const struct allow_call *a, size_t ended)
{
	char prefix[PREFIX_TEXT];
	json_t *o = json_object();

	prefix_format(&a->prefix, prefix, sizeof(prefix));
	put_text(o, "prefix", prefix);
	put_bool(o, "allowed", !a->remove);
	put_count(o, "measures_ended", ended);
	return control_send(k, o);
}

static int allow_done(struct control_call *k, const struct allow_call *a)
{
	char prefix[PREFIX_TEXT];
	size_t ended = 0;

	door_guards_changed(k->control->door);
	prefix_format(&a->prefix, prefix, sizeof(prefix));
	int err = a->remove ? 0 : release(k->control, &a->prefix, &ended);
	if (err)
		return control_fail_door(k, err);
	control_notice(k, "allow %s %s", a->remove ? "remove" : "add", prefix);
	return allow_answer(k, a, ended);
}

int control_allow(struct control_call *k)
{
	const char *what = ctl_request_text(k->request, "what");
	struct allow_call a = { .err = 0 };
	int code = control_prefix(k, "address", &a.prefix);

	if (code)
		return code;
	if (!what || (strcmp(what, "add") != 0 && strcmp(what, "remove") != 0))
		return control_fail(k, CTL_USAGE, "allow add or allow remove?");
	a.remove = strcmp(what, "remove") == 0;
	int err = door_call(k->control->door, allow_now, &a);
	if (err)
		return control_fail_door(k, err);
	if (a.err == ERR_EXISTS)
		return allow_answer(k, &a, 0);
	if (a.err == ERR_ABSENT)
		return control_fail(k, CTL_NONE, "it is not on the list");
	if (a.err)
		return control_fail(k, ctl_code_of(a.err), "%s", err_text(a.err));
	return allow_done(k, &a);
}

struct mode_call {
	bool enforce, before;
};

static void set_mode(void *ctx, struct engine *e, mono_t now)
{
	struct mode_call *m = ctx;

	m->before = engine_enforces(e);
	if (m->before != m->enforce)
		engine_set_mode(e, m->enforce, now);
}

int control_mode(struct control_call *k)
{
	const char *mode = ctl_request_text(k->request, "mode");
	struct mode_call m = { .enforce = mode && strcmp(mode, "enforce") == 0 };

	if (!mode || (!m.enforce && strcmp(mode, "detect") != 0))
		return control_fail(k, CTL_USAGE, "mode detect or mode enforce?");
	int err = door_call(k->control->door, set_mode, &m);
	if (err)
		return control_fail_door(k, err);
	if (m.before != m.enforce)
		control_notice(k, "mode %s", mode);
	return control_send(k,
		json_pack("{s:s, s:s}", "mode", mode, "before",
			m.before ? "enforce" : "detect"));
}

static int send_config(struct control_call *k, int err, const char *why)
{
	json_t *o = json_object();

	put_bool(o, "ok", err == 0);
	put_text(o, "complaints", why);
	int code = control_send(k, o);
	if (code || err == 0)
		return code;
	if (err == ERR_INVALID)
		return control_fail(k, CTL_CONFIG, "the configuration has errors");
	return control_fail(k, ctl_code_of(err), "%s", err_text(err));
}

int control_reload(struct control_call *k)
{
	char why[DOOR_WHY] = "";
	int err = door_reload(k->control->door, why, sizeof(why));

	return send_config(k, err, why);
}

int control_check(struct control_call *k)
{
	char why[DOOR_WHY] = "";
	int err = door_check(k->control->door, why, sizeof(why));

	return send_config(k, err, why);
}
