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
	size_t standing; /* measures against it before */
	int err;
};

static void allow_now(void *ctx, struct engine *e, mono_t now)
{
	struct allow_call *a = ctx;
	struct guards *g = engine_guards(e);

	if (a->remove) {
		a->err = guards_remove(g, &a->prefix, GUARD_ALLOWED);
		return;
	}
	a->err = guards_add(g, &a->prefix, GUARD_ALLOWED);
	/* Who is trusted from now on does not stay blocked until the time is over. */
	if (a->err == 0)
		engine_guards_changed(e, now);
}

/* Measures that stand around the prefix, and end when it becomes a guard. */
static int count_standing(struct control *c, const struct prefix *prefix, size_t *n)
{
	struct control_page page = { .around = true, .prefix = *prefix };
	int err = 0;

	while (!page.end && err == 0) {
		err = control_page_next(c, &page);
		*n += err ? 0 : page.n;
	}
	return err;
}

static int allow_answer(struct control_call *k, const struct allow_call *a)
{
	char prefix[PREFIX_TEXT];
	json_t *o = json_object();

	prefix_format(&a->prefix, prefix, sizeof(prefix));
	put_text(o, "prefix", prefix);
	put_bool(o, "allowed", !a->remove);
	put_count(o, "measures_ended", a->err ? 0 : a->standing);
	return control_send(k, o);
}

static int allow_done(struct control_call *k, const struct allow_call *a)
{
	char prefix[PREFIX_TEXT];

	door_guards_changed(k->control->door);
	prefix_format(&a->prefix, prefix, sizeof(prefix));
	control_notice(k, "allow %s %s", a->remove ? "remove" : "add", prefix);
	return allow_answer(k, a);
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
	int err = a.remove ? 0 : count_standing(k->control, &a.prefix, &a.standing);
	if (err == 0)
		err = door_call(k->control->door, allow_now, &a);
	if (err)
		return control_fail_door(k, err);
	if (a.err == ERR_EXISTS)
		return allow_answer(k, &a);
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
