/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ban and unban: the administrator's own measures. The engine holds them against guards;
 * here is what is asked, and the answer told as the kernel gave it.
 */
#include <time.h>

#include "app/control_verbs.h"
#include "base/err.h"
#include "base/text.h"
#include "codec/ctl_json.h"
#include "codec/json_put.h"
#include "codec/subject_text.h"

#define BAN_DEFAULT_NS (3600 * NS_PER_S)

/* How long a ban is watched until the kernel has confirmed it. */
#define CONFIRM_STEPS 25
#define CONFIRM_STEP_NS (10 * NS_PER_MS)

struct ban_call {
	struct ban ban;
	int err;
	bool found, panic;
	struct measure measure;
	struct guard guard;
};

static void ban_now(void *ctx, struct engine *e, mono_t now)
{
	struct ban_call *b = ctx;
	const struct guard *guard = NULL;
	const struct measure *m = NULL;

	b->err = engine_ban(e, &b->ban, now, &guard, &m);
	b->panic = engine_panics(e);
	if (guard)
		b->guard = *guard;
	b->found = m != NULL;
	if (m)
		b->measure = *m;
}

static void look_at_ban(void *ctx, struct engine *e, mono_t now)
{
	struct ban_call *b = ctx;
	const struct measure *m = ledger_find(
		engine_ledger(e), &b->measure.subject, b->measure.scope);

	(void)now;
	b->found = m != NULL;
	if (m)
		b->measure = *m;
}

/* The answer says what the kernel said, so it is worth a short wait. */
static void await_kernel(struct control *c, struct ban_call *b)
{
	struct timespec step = { .tv_nsec = CONFIRM_STEP_NS };

	for (int i = 0; i < CONFIRM_STEPS; i++) {
		bool open = b->measure.state == MEASURE_WANTED ||
			b->measure.state == MEASURE_SENT;
		if (!b->found || !open)
			return;
		/* The packet thread has most often committed it by its next round. */
		if (i > 0)
			nanosleep(&step, NULL);
		if (door_call(c->door, look_at_ban, b))
			return;
	}
}

static int take_ban(struct control_call *k, struct ban *b)
{
	const char *lasting = ctl_request_text(k->request, "for");
	const char *response = ctl_request_text(k->request, "response");
	const char *reason = ctl_request_text(k->request, "reason");
	int code = control_prefix(k, "address", &b->prefix);

	if (code)
		return code;
	code = control_width(k, &b->prefix, "a slip of the finger would ban continents");
	if (code)
		return code;
	b->ttl_ns = BAN_DEFAULT_NS;
	if (lasting && (duration_parse(lasting, &b->ttl_ns) || b->ttl_ns < NS_PER_S))
		return control_fail(k, CTL_USAGE, "'%s' is no time like 10m, 4h or 2d",
			lasting);
	b->response = RESPONSE_DROP;
	if (response && response_parse(response, &b->response))
		return control_fail(k, CTL_USAGE, "'%s' is no response", response);
	if (b->response == RESPONSE_OBSERVE || b->response > RESPONSE_DROP)
		return control_fail(k, CTL_USAGE,
			"a ban is one of shield, limit, refuse, drop");
	int64_t rate = ctl_request_number(k->request, "rate", 10);
	if (rate < 1 || rate > 1000000)
		return control_fail(k, CTL_USAGE,
			"a rate is 1 to 1000000 connections a second");
	b->limit_rate = (uint32_t)rate;
	b->limit_burst = (uint32_t)rate * 2;
	if (reason && !text_copy(b->reason, sizeof(b->reason), reason))
		return control_fail(k, CTL_USAGE,
			"the reason is longer than 63 characters");
	return CTL_OK;
}

static int refuse_ban(struct control_call *k, const struct ban_call *b)
{
	char prefix[PREFIX_TEXT];

	switch (b->err) {
	case ERR_GUARDED:
		prefix_format(&b->guard.prefix, prefix, sizeof(prefix));
		return control_fail(k, CTL_PERMISSION, "guarded: %s is there as %s%s%s%s",
			prefix, guard_kind_name(b->guard.kind), b->guard.from ? " (" : "",
			b->guard.from ? b->guard.from : "", b->guard.from ? ")" : "");
	case ERR_FULL:
		return control_fail(k, CTL_AGAIN, "there is no room for another measure");
	default:
		return control_fail(k, ctl_code_of(b->err), "%s", err_text(b->err));
	}
}

int control_ban(struct control_call *k)
{
	struct ban_call b = { .err = 0 };
	char prefix[PREFIX_TEXT];
	char lasting[32];
	int code = take_ban(k, &b.ban);

	if (code)
		return code;
	int err = door_call(k->control->door, ban_now, &b);
	if (err)
		return control_fail_door(k, err);
	if (b.err && b.err != ERR_EXISTS)
		return refuse_ban(k, &b);
	prefix_format(&b.ban.prefix, prefix, sizeof(prefix));
	duration_format(b.ban.ttl_ns, lasting, sizeof(lasting));
	if (b.err == 0)
		control_notice(k, "ban %s for %s%s%s", prefix, lasting,
			b.ban.reason[0] ? ": " : "", b.ban.reason);
	if (!b.panic)
		await_kernel(k->control, &b);
	k->stamp = control_stamp(k->control);
	json_t *o = b.found ? ctl_json_measure(&b.measure, &k->stamp) : json_object();
	put_bool(o, "stood_already", b.err == ERR_EXISTS);
	put_bool(o, "panic", b.panic);
	return control_send(k, o);
}

struct unban_call {
	struct subject who; /* an actor, or an address as SUBJECT_SOURCE */
	bool wronged, all;
	int err;
	struct excuse excuse; /* count 0: none */
};

static int unban_one(struct unban_call *u, struct engine *e, const struct prefix *p,
	mono_t now)
{
	const struct excuses *x = engine_excuses(e);

	if (!u->wronged)
		return engine_unban(e, p, false, now);
	int err = engine_false_positive(e, p, now);
	for (size_t i = 0; err == 0 && i < x->n; i++)
		if (prefix_equal(&x->list[i].prefix, p))
			u->excuse = x->list[i];
	return err;
}

/* What stands against it, and against our going there. */
static int unban_address(struct unban_call *u, struct engine *e, const struct prefix *p, mono_t now)
{
	const struct subject there = { .kind = SUBJECT_DESTINATION, .source = *p };
	/* Detectors act on the /64 that an IPv6 address stands in. */
	struct prefix source = source_prefix(source_key(&p->addr));
	int err = unban_one(u, e, p, now), ended;

	if (err == ERR_ABSENT && p->len == 128 && p->addr.family == FAMILY_V6)
		err = unban_one(u, e, &source, now);
	ended = engine_end_subject(e, &there, now);
	return err == ERR_ABSENT ? ended : err;
}

static void unban_now(void *ctx, struct engine *e, mono_t now)
{
	struct unban_call *u = ctx;

	if (u->all) {
		engine_unban_all(e, now);
		return;
	}
	u->err = u->who.kind == SUBJECT_ACTOR ? engine_end_subject(e, &u->who, now) :
		unban_address(u, e, &u->who.source, now);
}

/* Nothing under that very name; perhaps something wider holds it. */
static int nothing_to_unban(struct control_call *k, const struct subject *who)
{
	const struct prefix *p = &who->source;
	struct control_page page = { .around = true };
	char asked[SUBJECT_TEXT];
	char wider[PREFIX_TEXT];

	subject_format(who, asked);
	if (who->kind == SUBJECT_ACTOR)
		return control_fail(k, CTL_NONE, "nothing stands against %s", asked);
	page.prefix = *p;
	int err = control_page_next(k->control, &page);
	if (err)
		return control_fail_door(k, err);
	for (size_t i = 0; i < page.n; i++) {
		if (!prefix_covers(&page.list[i].subject.source, p))
			continue;
		prefix_format(&page.list[i].subject.source, wider, sizeof(wider));
		return control_fail(k, CTL_NONE,
			"%s has no measure of its own; %s has one", asked, wider);
	}
	return control_fail(k, CTL_NONE, "nothing stands against %s", asked);
}

/* "uid:1000", "cgroup:4711", or an address, whose mistakes control_prefix words. */
static int take_whom(struct control_call *k, struct unban_call *u)
{
	const char *text = ctl_request_text(k->request, "address");

	u->who.kind = SUBJECT_SOURCE;
	if (!text || subject_parse(text, &u->who))
		return control_prefix(k, "address", &u->who.source);
	if (u->wronged && u->who.kind == SUBJECT_ACTOR)
		return control_fail(k, CTL_USAGE, "a false positive is remembered of addresses alone");
	return CTL_OK;
}

int control_unban(struct control_call *k)
{
	struct unban_call u = { .wronged = ctl_request_true(k->request, "false_positive"),
		.all = ctl_request_true(k->request, "all") };
	char who[SUBJECT_TEXT] = "everybody";
	int code = u.all ? CTL_OK : take_whom(k, &u);

	if (code)
		return code;
	if (u.all && u.wronged)
		return control_fail(k, CTL_USAGE, "all of them false? one at a time");
	int err = door_call(k->control->door, unban_now, &u);
	if (err)
		return control_fail_door(k, err);
	if (u.err == ERR_ABSENT)
		return nothing_to_unban(k, &u.who);
	if (u.err)
		return control_fail(k, ctl_code_of(u.err), "%s", err_text(u.err));
	if (!u.all)
		subject_format(&u.who, who);
	control_notice(k, "unban %s%s", who, u.wronged ? " (false positive)" : "");
	json_t *o = u.excuse.count ? ctl_json_excuse(&u.excuse, &k->stamp) : json_object();
	put_text(o, "unbanned", who);
	return control_send(k, o);
}
