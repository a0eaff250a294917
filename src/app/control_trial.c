/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much the daemon may do: the mode, what is on trial and its confirmation, panic.
 * What goes back by itself does so on the engine's clock; here is only how it begins.
 */
#include <string.h>

#include "app/control_verbs.h"
#include "base/err.h"
#include "codec/ctl_json.h"
#include "codec/json_put.h"

/* A longer one is no trial any more, and nobody would remember it. */
#define TRY_MOST_NS (7 * 24 * 3600 * NS_PER_S)

int control_try(struct control_call *k, int64_t *ns)
{
	const char *lasting = ctl_request_text(k->request, "try");

	*ns = 0;
	if (!lasting)
		return CTL_OK;
	if (duration_parse(lasting, ns))
		return control_fail(k, CTL_USAGE, "'%s' is no time like 10m, 4h or 2d",
			lasting);
	if (*ns < NS_PER_S || *ns > TRY_MOST_NS)
		return control_fail(k, CTL_USAGE, "a trial lasts from 1s to 7d");
	return CTL_OK;
}

void control_put_trial(struct control_call *k, json_t *o, const struct trial *t,
	bool enforces)
{
	if (t->kind != TRIAL_NONE)
		put_value(o, "trial", ctl_json_trial(t, enforces, &k->stamp));
}

struct trial_look {
	struct trial trial;
	bool enforces;
};

static void look_at_trial(void *ctx, struct engine *e, mono_t now)
{
	struct trial_look *l = ctx;

	(void)now;
	l->trial = *engine_trial(e);
	l->enforces = engine_enforces(e);
}

int control_put_running_trial(struct control_call *k, json_t *o)
{
	struct trial_look l;
	int err = door_call(k->control->door, look_at_trial, &l);

	if (err)
		return err;
	struct door_stats now;
	k->stamp = control_stamp(k->control);
	control_put_trial(k, o, &l.trial, l.enforces);
	door_stats(k->control->door, &now);
	/* What is set by hand outlives a reload, and whoever has just written the mode into a file takes it for done. */
	if (!l.enforces && now.enforce_lasts)
		put_bool(o, "enforce_waits", true);
	return 0;
}

static const char *mode_name(bool enforce)
{
	return enforce ? "enforce" : "detect";
}

struct mode_call {
	bool enforce, before;
	int64_t try_ns; /* 0: for good */
	bool trial_ended;
	struct trial trial;
	int err;
};

static void set_mode(void *ctx, struct engine *e, mono_t now)
{
	struct mode_call *m = ctx;
	bool tried = engine_trial(e)->kind == TRIAL_MODE;

	m->before = engine_enforces(e);
	if (m->try_ns)
		m->err = engine_try_mode(e, m->enforce, m->try_ns, now);
	else if (m->before != m->enforce)
		engine_set_mode(e, m->enforce, now);
	else if (tried)
		engine_confirm(e, now);
	m->trial = *engine_trial(e);
	m->trial_ended = tried && m->trial.kind != TRIAL_MODE;
}

static int refuse_mode(struct control_call *k, const struct mode_call *m)
{
	if (m->err == ERR_EXISTS)
		return control_fail(k, CTL_USAGE,
			"%s is in force already: there is nothing to try",
			mode_name(m->enforce));
	if (m->err == ERR_BUSY)
		return control_fail(k, CTL_AGAIN,
			"a trial of %s runs: confirm it, or end it by %s without --try",
			m->trial.kind == TRIAL_MODE ? "the mode" : "rules",
			m->trial.kind == TRIAL_MODE ? "mode" : "reload");
	return control_fail(k, ctl_code_of(m->err), "%s", err_text(m->err));
}

static int take_mode(struct control_call *k, struct mode_call *m)
{
	const char *mode = ctl_request_text(k->request, "mode");

	if (!mode || (strcmp(mode, "enforce") != 0 && strcmp(mode, "detect") != 0))
		return control_fail(k, CTL_USAGE, "mode detect or mode enforce?");
	m->enforce = strcmp(mode, "enforce") == 0;
	int code = control_try(k, &m->try_ns);
	if (code == CTL_OK && m->try_ns && !m->enforce)
		return control_fail(k, CTL_USAGE,
			"only enforce is tried: detect does nothing to anybody");
	return code;
}

/* What is set by hand is over with the daemon. */
static void put_lasting(struct control_call *k, json_t *o, bool enforce)
{
	struct door_stats now;

	door_stats(k->control->door, &now);
	put_bool(o, "lasts", !enforce || now.enforce_lasts);
}

int control_mode(struct control_call *k)
{
	struct mode_call m = { .err = 0 };
	int code = take_mode(k, &m);

	if (code)
		return code;
	int err = door_call(k->control->door, set_mode, &m);
	if (err)
		return control_fail_door(k, err);
	if (m.err)
		return refuse_mode(k, &m);
	if (m.before != m.enforce || m.trial_ended)
		control_notice(k, "mode %s%s%s", mode_name(m.enforce),
			m.try_ns ? " --try " : "",
			m.try_ns ? ctl_request_text(k->request, "try") : "");
	k->stamp = control_stamp(k->control);
	json_t *o = json_object();
	put_text(o, "mode", mode_name(m.enforce));
	put_text(o, "before", mode_name(m.before));
	put_bool(o, "trial_ended", m.trial_ended);
	put_lasting(k, o, m.enforce);
	control_put_trial(k, o, &m.trial, m.enforce);
	return control_send(k, o);
}

int control_confirm(struct control_call *k)
{
	struct door_confirmed c;
	int err = door_confirm(k->control->door, &c);

	if (err == ERR_ABSENT)
		return control_fail(k, CTL_NONE, "nothing is on trial, or its time was over");
	if (err)
		return control_fail_door(k, err);
	control_notice(k, "confirm");
	json_t *o = json_object();
	put_text(o, "confirmed", c.kind == TRIAL_MODE ? "mode" : "rules");
	put_text(o, "mode", mode_name(c.enforce));
	put_lasting(k, o, c.enforce);
	put_text(o, "policy", c.policy);
	if (c.tried.allowlist[0]) {
		put_text(o, "allowlist", c.tried.allowlist);
		put_text(o, "origin", c.tried.origin);
	}
	return control_send(k, o);
}

static void look_at_panic(void *ctx, struct engine *e, mono_t now)
{
	bool *panic = ctx;

	(void)now;
	*panic = engine_panics(e);
}

int control_panic(struct control_call *k)
{
	char why[DOOR_WHY] = "";
	bool on = !ctl_request_true(k->request, "off");
	bool before = false;
	int err = door_call(k->control->door, look_at_panic, &before);

	if (err)
		return control_fail_door(k, err);
	err = door_panic(k->control->door, on, why, sizeof(why));
	if (err && err != ERR_EXISTS)
		return control_fail(k, ctl_code_of(err), "%s",
			why[0] ? why : err_text(err));
	if (before != on)
		control_notice(k, "panic %s", on ? "on" : "off");
	json_t *o = json_object();
	put_bool(o, "panic", on);
	put_bool(o, "before", before);
	return control_send(k, o);
}
