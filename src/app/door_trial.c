/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A configuration on trial. The engine keeps the rules before and goes back by itself;
 * the door keeps the two configurations. While a trial runs, the never_block guards of
 * both stand: nobody loses his guard by a trial, and the one who is to be guarded by the
 * new one is guarded already.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/door_state.h"
#include "base/err.h"
#include "base/text.h"
#include "edge/clock.h"

void door_put_never_block(struct engine *e, const struct conf_guards *one,
	const struct conf_guards *other, mono_t now)
{
	struct guards *g = engine_guards(e);

	guards_clear(g, GUARD_NEVER_BLOCK);
	for (size_t i = 0; i < one->n_never_block; i++)
		guards_add(g, &one->never_block[i], GUARD_NEVER_BLOCK);
	for (size_t i = 0; other && i < other->n_never_block; i++)
		guards_add(g, &other->never_block[i], GUARD_NEVER_BLOCK);
	engine_guards_changed(e, now);
}

struct trial_visit {
	struct door *door;
	const struct conf *conf;
	int64_t for_ns;
	char text[128];
	int err;
};

static void begin(void *ctx, struct engine *e, mono_t now)
{
	struct trial_visit *v = ctx;

	v->err = engine_try_rules(e, &v->conf->rules, v->for_ns, now);
	if (v->err)
		return;
	engine_note(e, EVENT_RELOAD, true, v->text, now);
	door_put_never_block(e, &v->door->conf.guards, &v->conf->guards, now);
}

/* Takes fresh, or frees it. */
static int try_conf(struct door *d, struct conf *fresh, struct trial_visit *v)
{
	int err;

	v->door = d;
	v->conf = fresh;
	err = door_call(d, begin, v);
	if (err == 0)
		err = v->err;
	if (err) {
		free(fresh);
		return err;
	}
	door_trial_drop(d);
	d->trial = fresh;
	recorder_rules(d->recorder, fresh);
	atomic_store(&d->trial_waits, true);
	door_mirror(d);
	return 0;
}

static int try_reload(struct door *d, int64_t for_ns, struct text *why)
{
	struct conf *fresh;
	struct trial_visit v = { .for_ns = for_ns };
	int err = door_load(d, &fresh, why);

	if (err)
		return err;
	snprintf(v.text, sizeof(v.text), "rules and policy %s are on trial",
		fresh->rules.policy.name);
	err = try_conf(d, fresh, &v);
	if (err == 0)
		door_reloaded(d, true);
	return err;
}

static int try_allowlist(struct door *d, const char *title, int64_t for_ns, struct door_tried *out)
{
	struct trial_visit v = { .for_ns = for_ns };
	size_t list = allowlist_find(&d->conf.rules.allow, title);
	struct conf *fresh;
	int err;

	if (list == ALLOWLIST_NONE)
		return ERR_ABSENT;
	if (d->conf.rules.allow.lists[list].enforce)
		return ERR_EXISTS;
	fresh = malloc(sizeof(*fresh));
	if (!fresh)
		return ERR_MEMORY;
	*fresh = d->conf; /* it changes under 'changes' alone */
	fresh->rules.allow.lists[list].enforce = true;
	memset(out, 0, sizeof(*out));
	text_copy(out->allowlist, sizeof(out->allowlist), title);
	text_copy(out->origin, sizeof(out->origin), fresh->rules.allow.lists[list].origin);
	snprintf(v.text, sizeof(v.text), "allowlist %s is on trial", out->allowlist);
	err = try_conf(d, fresh, &v);
	if (err == 0)
		d->tried = *out;
	return err;
}

int door_try_allowlist(struct door *d, const char *title, int64_t for_ns, struct door_tried *out)
{
	pthread_mutex_lock(&d->changes);
	int err = try_allowlist(d, title, for_ns, out);
	pthread_mutex_unlock(&d->changes);
	return err;
}

int door_try_reload(struct door *d, int64_t for_ns, char *why, size_t size)
{
	struct text t = text_over(why, size);

	pthread_mutex_lock(&d->changes);
	int err = try_reload(d, for_ns, &t);
	pthread_mutex_unlock(&d->changes);
	return err;
}

void door_trial_drop(struct door *d)
{
	free(d->trial);
	d->trial = NULL;
	memset(&d->tried, 0, sizeof(d->tried));
	atomic_store(&d->trial_waits, false);
}

struct confirm_visit {
	struct door *door;
	struct door_confirmed *out;
	int err;
};

static void confirm(void *ctx, struct engine *e, mono_t now)
{
	struct confirm_visit *v = ctx;
	enum trial_kind kind = engine_trial(e)->kind;

	v->err = engine_confirm(e, now);
	if (v->err)
		return;
	if (kind == TRIAL_RULES && v->door->trial)
		door_put_never_block(e, &v->door->trial->guards, NULL, now);
	v->out->kind = kind;
	v->out->enforce = engine_enforces(e);
	text_copy(v->out->policy, sizeof(v->out->policy), engine_rules(e)->policy.name);
}

static int confirm_locked(struct door *d, struct door_confirmed *out)
{
	struct door_confirmed c = { .kind = TRIAL_NONE };
	struct confirm_visit v = { .door = d, .out = &c };
	int err = door_call(d, confirm, &v);

	if (err == 0)
		err = v.err;
	if (err)
		return err;
	if (c.kind == TRIAL_RULES)
		c.tried = d->tried;
	*out = c;
	if (c.kind != TRIAL_RULES || !d->trial)
		return 0;
	door_keep(d, d->trial);
	door_trial_drop(d);
	door_mirror(d);
	return 0;
}

int door_confirm(struct door *d, struct door_confirmed *out)
{
	pthread_mutex_lock(&d->changes);
	int err = confirm_locked(d, out);
	pthread_mutex_unlock(&d->changes);
	return err;
}

struct over_visit {
	struct door *door;
	bool over;
};

static void settle(void *ctx, struct engine *e, mono_t now)
{
	struct over_visit *v = ctx;

	v->over = engine_trial(e)->kind != TRIAL_RULES;
	if (v->over)
		door_put_never_block(e, &v->door->conf.guards, NULL, now);
}

void door_trial_look(struct door *d)
{
	struct over_visit v = { .door = d };

	if (!atomic_load(&d->trial_waits))
		return;
	pthread_mutex_lock(&d->changes);
	if (d->trial && door_call(d, settle, &v) == 0 && v.over) {
		recorder_rules(d->recorder, &d->conf);
		door_trial_drop(d);
		door_mirror(d);
	}
	pthread_mutex_unlock(&d->changes);
}
