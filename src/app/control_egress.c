/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * egress: the allowlists, what they refuse or would, and whom this host's actors reach. A page a request, as lists are; what
 * is to be thought about it, the tool thinks.
 */
#include <string.h>

#include "app/control_verbs.h"
#include "base/err.h"
#include "codec/egress_json.h"
#include "codec/json_put.h"
#include "core/allow_shadow.h"
#include "core/allow_want.h"
#include "core/reach.h"

#define VISITS 512 /* records that one visit looks at */

static int send_next(struct control_call *k, bool end, size_t at)
{
	return end ? CTL_OK : control_send(k, json_pack("{s:I}", "next", (json_int_t)at));
}

/* ---- lists ---- */

struct list_look {
	size_t at, n; /* which; of how many */
	struct egress_list view;
};

static void look_at_list(void *ctx, struct engine *e, mono_t now)
{
	struct list_look *l = ctx;
	const struct allowlists *all = &engine_rules(e)->allow;

	l->n = all->n_lists;
	if (l->at >= l->n)
		return;
	l->view.list = all->lists[l->at];
	l->view.addresses = allow_want_known(engine_allow_want(e), l->at, now);
	l->view.in_force = l->view.list.enforce && engine_enforces(e) && !engine_panics(e);
	allow_shadow_sum(engine_allow_shadow(e), l->at, &l->view.sum);
}

static int send_lists(struct control_call *k)
{
	int code = CTL_OK;

	for (size_t i = 0; code == CTL_OK; i++) {
		struct list_look l = { .at = i };
		int err = door_call(k->control->door, look_at_list, &l);

		if (err)
			return control_fail_door(k, err);
		if (i >= l.n)
			break;
		code = control_send(k, egress_json_list(&l.view, &k->stamp));
	}
	return code;
}

/* ---- entries of one ---- */

struct entry_page {
	const char *title;
	size_t at, n;
	bool absent, end;
	struct allow_entry list[DOOR_SLICE];
};

static void copy_entries(void *ctx, struct engine *e, mono_t now)
{
	struct entry_page *p = ctx;
	const struct allowlists *all = &engine_rules(e)->allow;
	size_t list = allowlist_find(all, p->title);

	(void)now;
	p->absent = list == ALLOWLIST_NONE;
	if (p->absent)
		return;
	for (; p->at < all->lists[list].n && p->n < DOOR_SLICE; p->at++)
		p->list[p->n++] = all->entries[all->lists[list].first + p->at];
	p->end = p->at >= all->lists[list].n;
}

static int send_entries(struct control_call *k, size_t from)
{
	struct entry_page p = { .title = ctl_request_text(k->request, "list"), .at = from };
	int code = CTL_OK, err;

	if (!p.title)
		return control_fail(k, CTL_USAGE, "which allowlist?");
	err = door_call(k->control->door, copy_entries, &p);
	if (err)
		return control_fail_door(k, err);
	if (p.absent)
		return control_fail(k, CTL_NONE, "there is no allowlist '%.31s'", p.title);
	for (size_t i = 0; i < p.n && code == CTL_OK; i++)
		code = control_send(k, egress_json_entry(&p.list[i]));
	return code ? code : send_next(k, p.end, p.at);
}

/* ---- what they refuse ---- */

struct shadow_page {
	size_t at, n;
	bool end;
	struct allow_shadow_row list[DOOR_SLICE];
	char titles[DOOR_SLICE][sizeof(((struct allowlist *)0)->title)];
};

static void copy_shadows(void *ctx, struct engine *e, mono_t now)
{
	struct shadow_page *p = ctx;
	const struct allowlists *all = &engine_rules(e)->allow;
	const struct allow_shadow_row *r;

	(void)now;
	while (p->n < DOOR_SLICE && (r = allow_shadow_next(engine_allow_shadow(e), &p->at))) {
		if (r->list >= all->n_lists)
			continue; /* rules have just changed, and the rows have not followed yet */
		p->list[p->n] = *r;
		memcpy(p->titles[p->n++], all->lists[r->list].title, sizeof(p->titles[0]));
	}
	p->end = p->n < DOOR_SLICE;
}

static int send_shadows(struct control_call *k, size_t from)
{
	struct shadow_page p = { .at = from };
	int code = CTL_OK, err = door_call(k->control->door, copy_shadows, &p);

	if (err)
		return control_fail_door(k, err);
	for (size_t i = 0; i < p.n && code == CTL_OK; i++)
		code = control_send(k, egress_json_shadow(&p.list[i], p.titles[i], &k->stamp));
	return code ? code : send_next(k, p.end, p.at);
}

/* ---- whom one reached ---- */

struct met_page {
	int64_t uid;      /* below 0: of any user */
	const char *unit; /* NULL: of any */
	size_t at, n;
	bool end;
	struct reach_record list[DOOR_SLICE];
};

static bool is_asked(const struct met_page *p, const struct reach_record *r)
{
	return (p->uid < 0 || r->uid == p->uid) && (!p->unit || strcmp(r->unit, p->unit) == 0);
}

static void copy_met(void *ctx, struct engine *e, mono_t now)
{
	struct met_page *p = ctx;

	(void)now;
	for (size_t i = 0; i < VISITS && p->n < DOOR_SLICE && !p->end; i++) {
		if (!reach_next(engine_reach(e), &p->at, &p->list[p->n]))
			p->end = true;
		else if (is_asked(p, &p->list[p->n]))
			p->n++;
	}
}

static int send_met(struct control_call *k, size_t from)
{
	struct met_page p = {
		.uid = ctl_request_number(k->request, "uid", -1), .unit = ctl_request_text(k->request, "unit"), .at = from,
	};
	int code = CTL_OK, err;

	while (!p.end && p.n < DOOR_SLICE) {
		err = door_call(k->control->door, copy_met, &p);
		if (err)
			return control_fail_door(k, err);
	}
	for (size_t i = 0; i < p.n && code == CTL_OK; i++)
		code = control_send(k, egress_json_met(&p.list[i]));
	return code ? code : send_next(k, p.end, p.at);
}

int control_egress(struct control_call *k)
{
	const char *what = ctl_request_text(k->request, "what");
	int64_t from = ctl_request_number(k->request, "from", 0);

	if (!what || from < 0)
		return control_fail(k, CTL_USAGE, "egress lists, entries, shadow or met?");
	if (strcmp(what, "lists") == 0)
		return send_lists(k);
	if (strcmp(what, "entries") == 0)
		return send_entries(k, (size_t)from);
	if (strcmp(what, "shadow") == 0)
		return send_shadows(k, (size_t)from);
	if (strcmp(what, "met") == 0)
		return send_met(k, (size_t)from);
	return control_fail(k, CTL_USAGE, "egress lists, entries, shadow or met?");
}

/* ---- a trial ---- */

static void look_at_mode(void *ctx, struct engine *e, mono_t now)
{
	bool *enforces = ctx;

	(void)now;
	*enforces = engine_enforces(e);
}

static int refuse(struct control_call *k, const char *title, int err)
{
	switch (err) {
	case ERR_ABSENT:
		return control_fail(k, CTL_NONE, "there is no allowlist '%.31s'", title);
	case ERR_EXISTS:
		return control_fail(k, CTL_USAGE, "'%.31s' is in enforce mode already: there is nothing to try", title);
	case ERR_BUSY:
		return control_fail(k, CTL_AGAIN, "something else is on trial: confirm it, or wait for its end");
	default:
		return control_fail(k, ctl_code_of(err), "%s", err_text(err));
	}
}

int control_egress_apply(struct control_call *k)
{
	const char *title = ctl_request_text(k->request, "list");
	bool enforces = false;
	struct door_tried tried;
	int64_t for_ns;
	int code = control_try(k, &for_ns), err;

	if (code)
		return code;
	if (!title || !for_ns)
		return control_fail(k, CTL_USAGE, "which allowlist, and --try for how long?");
	err = door_call(k->control->door, look_at_mode, &enforces);
	if (err)
		return control_fail_door(k, err);
	if (!enforces)
		return control_fail(k, CTL_USAGE, "mode is detect, in which nothing is refused: mode enforce first");
	err = door_try_allowlist(k->control->door, title, for_ns, &tried);
	if (err)
		return refuse(k, title, err);
	control_notice(k, "egress apply %s --try %s", title, ctl_request_text(k->request, "try"));
	json_t *o = json_object();
	put_text(o, "applied", tried.allowlist);
	put_text(o, "origin", tried.origin);
	err = control_put_running_trial(k, o);
	if (!err)
		return control_send(k, o);
	json_decref(o);
	return control_fail_door(k, err);
}
