/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a request to its verb: one table, the right to call it, and the helpers with which
 * the verbs answer.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "app/control_verbs.h"
#include "app/version.h"
#include "base/err.h"
#include "base/text.h"

static const struct verb {
	const char *name;
	control_verb_fn run;
	bool changes; /* always, whatever the arguments */
} verbs[] = {
	{ "status", control_status, false },
	{ "list", control_list, false },
	{ "explain", control_explain, false },
	{ "evidence", control_evidence, false },
	{ "check-ip", control_check_ip, false },
	{ "events", control_events, false },
	{ "live", control_live, false },
	{ "egress", control_egress, false },
	{ "egress-apply", control_egress_apply, true },
	{ "ingest", control_ingest, true },
	{ "version", control_version, false },
	{ "check", control_check, false },
	{ "doctor", control_doctor, false },
	{ "mode", control_mode, true },
	{ "confirm", control_confirm, true },
	{ "panic", control_panic, true },
	{ "ban", control_ban, true },
	{ "unban", control_unban, true },
	{ "allow", control_allow, true },
	{ "reload", control_reload, true },
	{ "metrics", control_metrics, false },
	{ "feeds", control_feeds, false },
	{ "feed-find", control_feed_find, false },
	{ "feed-load", control_feed_load, true },
	{ "feed-refresh", control_feed_refresh, true },
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

const char *control_verb_name(size_t i, bool *changes)
{
	if (i >= sizeof(verbs) / sizeof(verbs[0]))
		return NULL;
	*changes = verbs[i].changes;
	return verbs[i].name;
}

/* Whoever can open the socket may look. Root, the daemon's own user and the group that
 * the administrator named may change. */
static bool may_change(const struct control_call *k)
{
	const struct control *c = k->control;
	const struct ctl_cred *cred = ctl_conn_cred(k->conn);

	return cred->uid == 0 || cred->uid == c->own_uid ||
		(c->set_group && ctl_conn_in_group(k->conn, c->group));
}

void control_dispatch(void *ctx, struct ctl_conn *conn, const struct ctl_request *r)
{
	const struct control_side *side = ctx;
	struct control_call k = { .control = side->control, .conn = conn, .request = r };
	const struct verb *v = find_verb(r->verb);
	int code;

	if (!v)
		code = control_fail(&k, CTL_USAGE, "this daemon does not know the verb");
	else if (v->changes && side->views)
		code = control_fail(&k, CTL_PERMISSION,
			"'%s' changes something: that is for root and members of the daemon's group, through "
			"control.sock; view.sock only answers questions", r->verb);
	else if (v->changes && !may_change(&k))
		code = control_fail(&k, CTL_PERMISSION,
			"'%s' is for root and members of the daemon's group", r->verb);
	else {
		k.stamp = control_stamp(k.control);
		code = v->run(&k);
	}
	if (code != CONTROL_NO_END)
		ctl_conn_end(conn, code, k.error[0] ? k.error : NULL);
}

int control_send(struct control_call *k, json_t *value)
{
	int err = value ? ctl_conn_send(k->conn, value) : ERR_MEMORY;

	json_decref(value);
	if (err == 0)
		return CTL_OK;
	return control_fail(k, ctl_code_of(err), "the answer could not be sent: %s",
		err_text(err));
}

int control_fail(struct control_call *k, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(k->error, sizeof(k->error), format, args);
	va_end(args);
	return code;
}

int control_fail_door(struct control_call *k, int err)
{
	return control_fail(k, ctl_code_of(err),
		"the packet thread did not answer in time");
}

int control_prefix(struct control_call *k, const char *name, struct prefix *out)
{
	const char *text = ctl_request_text(k->request, name);
	int err = text ? prefix_parse(text, out) : ERR_ABSENT;

	switch (err) {
	case 0:
		return CTL_OK;
	case ERR_ABSENT:
		return control_fail(k, CTL_USAGE, "which address?");
	case ERR_RANGE:
		return control_fail(k, CTL_USAGE,
			"'%s': bits are set behind the prefix length", text);
	default:
		return control_fail(k, CTL_USAGE, "'%s' is no address and no prefix",
			text);
	}
}

int control_width(struct control_call *k, const struct prefix *p, const char *harm)
{
	unsigned least = p->addr.family == FAMILY_V4 ? 8 : 16;

	if (p->len >= least || ctl_request_true(k->request, "wide"))
		return CTL_OK;
	return control_fail(k, CTL_USAGE,
		"wider than /%u: %s; say --wide if that is meant", least, harm);
}

static void look_at_mode(void *ctx, struct engine *e, mono_t now)
{
	bool *enforce = ctx;

	(void)now;
	*enforce = engine_enforces(e);
}

void control_notice(struct control_call *k, const char *format, ...)
{
	struct event e = { .kind = EVENT_NOTICE, .at = k->stamp.mono, .ok = true };
	char what[sizeof(e.text)];
	struct text t = text_over(e.text, sizeof(e.text));
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	text_addf(&t, "uid %u: %s", (unsigned)ctl_conn_cred(k->conn)->uid, what);
	/* Where nobody answers it stays "detect": nothing is enforced by hand then
	 * either. */
	door_call(k->control->door, look_at_mode, &e.enforce);
	control_event(k->control, &e);
}

int control_version(struct control_call *k)
{
	return control_send(k, json_pack("{s:s}", "version", TIDEGATE_VERSION));
}
