/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verbs about addresses that change something or ask one short question: ban, unban,
 * allow, check-ip; and version. The daemon decides; here is only how it is asked and said.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ctl.h"
#include "app/ctl_session.h"
#include "app/version.h"
#include "base/addr.h"
#include "base/text.h"

static int too_long(void)
{
	return ctl_complain(CTL_USAGE, "an argument is too long");
}

static void print_banned(struct ctl_tool *t, json_t *o)
{
	char left[FORMAT_TEXT];
	const char *state = field_text(o, "state");
	const char *subject = field_text(o, "subject");
	const char *response = field_text(o, "response");

	format_seconds(field_int(o, "left_s"), left);
	if (t->output == CTL_PLAIN) {
		printf("%s\t%s\t%s\t%" PRId64 "\n", subject, response, state,
			field_int(o, "left_s"));
		return;
	}
	printf("%s%s%s: %s for %s", ctl_sgr(t, CTL_BOLD), subject, ctl_sgr(t, CTL_NORMAL),
		response, left);
	if (field_true(o, "stood_already"))
		printf(", as it stood already");
	if (strcmp(state, "shadow") == 0)
		printf(" (detect mode: recorded, not enforced)");
	else if (field_true(o, "panic"))
		printf(" (panic: not in force before it is over)");
	else if (strcmp(state, "applied") == 0)
		printf(", in force in the kernel");
	else
		printf(" (%s%s%s)", state, field_get(o, "error") ? ": " : "",
			field_text(o, "error"));
	putchar('\n');
}

static int take_rate(const struct ctl_tool *t, struct ctl_request *r)
{
	const char *text = ctl_value(t, CTL_RATE);
	char *end;

	if (!text)
		return CTL_OK;
	errno = 0;
	long rate = strtol(text, &end, 10);
	if (errno || end == text || *end || rate < 1)
		return ctl_complain(CTL_USAGE, "--rate %s: connections a second", text);
	ctl_request_add_number(r, "rate", rate);
	return CTL_OK;
}

int ctl_ban(struct ctl_tool *t)
{
	static const struct {
		ctl_option option;
		const char *name;
	} texts[] = {
		{ CTL_FOR, "for" },
		{ CTL_REASON, "reason" },
		{ CTL_RESPONSE, "response" },
	};
	struct ctl_request r = { .verb = "ban" };
	int err = ctl_request_add_text(&r, "address", t->operands[0]);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && err == 0; i++) {
		const char *value = ctl_value(t, texts[i].option);
		if (value)
			err = ctl_request_add_text(&r, texts[i].name, value);
	}
	if (err)
		return too_long();
	if (t->given & CTL_WIDE)
		ctl_request_add_bool(&r, "wide", true);
	int code = take_rate(t, &r);
	return code ? code : ctl_ask(t, &r, print_banned);
}

static void print_unbanned(struct ctl_tool *t, json_t *o)
{
	int64_t wrongs = field_int(o, "count");

	if (t->output == CTL_PLAIN) {
		printf("%s\n", field_text(o, "unbanned"));
		return;
	}
	printf("%s: nothing stands any more\n", field_text(o, "unbanned"));
	if (wrongs)
		printf("wronged %" PRId64 " time%s: %" PRId64
		       " times the proof is asked of it from now on\n",
			wrongs, wrongs == 1 ? "" : "s", field_int(o, "patience"));
}

int ctl_unban(struct ctl_tool *t)
{
	struct ctl_request r = { .verb = "unban" };
	bool all = t->given & CTL_ALL;

	if (all == (t->n_operands > 0))
		return ctl_complain(CTL_USAGE, "unban: an address, uid:N, cgroup:N, or --all");
	if (all && t->given & CTL_FALSE_POSITIVE)
		return ctl_complain(CTL_USAGE, "--false-positive: whose? not with --all");
	if (all)
		ctl_request_add_bool(&r, "all", true);
	else if (ctl_request_add_text(&r, "address", t->operands[0]))
		return too_long();
	if (t->given & CTL_FALSE_POSITIVE)
		ctl_request_add_bool(&r, "false_positive", true);
	return ctl_ask(t, &r, print_unbanned);
}

static void print_allowed(struct ctl_tool *t, json_t *o)
{
	int64_t ended = field_int(o, "measures_ended");

	if (t->output == CTL_PLAIN) {
		printf("%s\t%s\n", field_text(o, "prefix"),
			field_true(o, "allowed") ? "allowed" : "removed");
		return;
	}
	printf("%s is %s", field_text(o, "prefix"),
		field_true(o, "allowed") ? "never acted on" : "no longer on the list");
	if (ended)
		printf("; %" PRId64 " measure%s against it ended", ended,
			ended == 1 ? "" : "s");
	putchar('\n');
}

static int allow_change(struct ctl_tool *t, const char *what)
{
	struct ctl_request r = { .verb = "allow" };
	char peer[ADDR_TEXT];
	bool me = t->given & CTL_ME;

	if (me == (t->n_operands > 1))
		return ctl_complain(CTL_USAGE, "allow %s: an address, or --me", what);
	if (me && ctl_session_peer(peer))
		return ctl_complain(CTL_USAGE,
			"--me: this is no SSH session (SSH_CONNECTION)");
	ctl_request_add_text(&r, "what", what);
	if (ctl_request_add_text(&r, "address", me ? peer : t->operands[1]))
		return too_long();
	if (t->given & CTL_WIDE)
		ctl_request_add_bool(&r, "wide", true);
	return ctl_ask(t, &r, print_allowed);
}

int ctl_allow(struct ctl_tool *t)
{
	static const char *const words[] = { "add", "remove", "list" };
	const char *what = t->operands[0];

	if (strcmp(what, "list") == 0)
		return ctl_list(t);
	if (strcmp(what, "add") == 0 || strcmp(what, "remove") == 0)
		return allow_change(t, what);
	const char *nearest = text_nearest(what, words, 3);
	return ctl_complain(CTL_USAGE, "allow %s: it is one of add, remove, list%s%s",
		what, nearest ? "; did you mean " : "", nearest ? nearest : "");
}

static void print_check_ip(struct ctl_tool *t, json_t *o)
{
	char left[FORMAT_TEXT];

	if (t->output == CTL_PLAIN)
		printf("%s\t%s\t%" PRId64 "\n", field_text(o, "subject"),
			field_text(o, "response"), field_int(o, "left_s"));
	else
		printf("%s: %s, %s left\n", field_text(o, "subject"),
			field_text(o, "response"),
			format_seconds(field_int(o, "left_s"), left));
}

int ctl_check_ip(struct ctl_tool *t)
{
	struct ctl_request r = { .verb = "check-ip" };

	if (ctl_request_add_text(&r, "address", t->operands[0]))
		return too_long();
	int code = ctl_ask(t, &r, print_check_ip);
	if (code == CTL_NONE && !t->quiet && t->output == CTL_TABLE)
		printf("%s: not blocked\n", t->operands[0]);
	return code;
}

static void print_version(struct ctl_tool *t, json_t *o)
{
	(void)t;
	printf("tidegated %s\n", field_text(o, "version"));
}

/* The daemon's is told where there is one; the tool's own stands alone. */
int ctl_version(struct ctl_tool *t)
{
	struct ctl_request r = { .verb = "version" };

	if (t->output == CTL_JSON)
		printf("{\"v\":1,\"tool\":\"%s\"}\n", TIDEGATE_VERSION);
	else
		puts("tidegate " TIDEGATE_VERSION);
	if (!ctl_daemon_answers(t))
		return CTL_OK;
	return ctl_ask(t, &r, print_version);
}
