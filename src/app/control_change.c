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
	if (!a.remove)
		code = control_width(k, &a.prefix,
			"nobody in it would ever be acted on, whatever he does");
	if (code)
		return code;
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

static int send_config(struct control_call *k, int err, const char *why)
{
	json_t *o = json_object();

	if (err == 0)
		(void)control_put_running_trial(k, o); /* without it the reload is as good */

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
	int64_t try_ns;
	int code = control_try(k, &try_ns);

	if (code)
		return code;
	int err = try_ns ? door_try_reload(k->control->door, try_ns, why, sizeof(why))
			 : door_reload(k->control->door, why, sizeof(why));
	if (err == ERR_BUSY)
		return control_fail(k, CTL_AGAIN,
			"a trial runs: confirm it, or end it by mode or reload "
			"without --try");
	return send_config(k, err, why);
}

int control_check(struct control_call *k)
{
	char why[DOOR_WHY] = "";
	int err = door_check(k->control->door, why, sizeof(why));

	return send_config(k, err, why);
}
