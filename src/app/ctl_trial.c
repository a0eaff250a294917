/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verbs about how the daemon works: mode, confirm, panic, reload, check. What is
 * tried goes back by itself, so that who locked himself out need not do anything.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/ctl.h"
#include "base/text.h"

/* Says what a trial needs, where the answer has one. */
static void print_trial(struct ctl_tool *t, json_t *o)
{
	char text[2 * FORMAT_TEXT];
	json_t *trial = json_object_get(o, "trial");

	if (!trial)
		return;
	printf("%son trial%s: %s\n", ctl_sgr(t, CTL_YELLOW), ctl_sgr(t, CTL_NORMAL),
		ctl_trial_text(trial, text));
	printf("to keep it: tidegate confirm\n");
}

static void print_lasting(json_t *o)
{
	if (!field_true(o, "lasts"))
		printf("until tidegated ends; mode = \"enforce\"; in its configuration lasts\n");
}

static void print_mode(struct ctl_tool *t, json_t *o)
{
	const char *mode = field_text(o, "mode");
	bool same = strcmp(mode, field_text(o, "before")) == 0;

	if (t->output == CTL_PLAIN) {
		printf("%s\n", mode);
		return;
	}
	printf("mode %s%s%s%s%s\n", ctl_sgr(t, CTL_BOLD), mode, ctl_sgr(t, CTL_NORMAL),
		same ? ", as before" : "",
		field_true(o, "trial_ended") ? "; the trial is over" : "");
	print_trial(t, o);
	if (!json_object_get(o, "trial"))
		print_lasting(o);
}

/* --try's time, or nothing. The daemon knows its bounds. */
static int add_try(const struct ctl_tool *t, struct ctl_request *r)
{
	const char *lasting = ctl_value(t, CTL_TRY);

	if (lasting && ctl_request_add_text(r, "try", lasting))
		return ctl_complain(CTL_USAGE, "an argument is too long");
	return CTL_OK;
}

int ctl_mode(struct ctl_tool *t)
{
	static const char *const modes[] = { "detect", "enforce" };
	struct ctl_request r = { .verb = "mode" };
	const char *mode = t->operands[0];

	if (strcmp(mode, "detect") != 0 && strcmp(mode, "enforce") != 0) {
		const char *nearest = text_nearest(mode, modes, 2);
		return ctl_complain(CTL_USAGE, "mode %s: it is detect or enforce%s%s",
			mode, nearest ? "; did you mean " : "", nearest ? nearest : "");
	}
	ctl_request_add_text(&r, "mode", mode);
	int code = add_try(t, &r);
	return code ? code : ctl_ask(t, &r, print_mode);
}

static void print_confirmed(struct ctl_tool *t, json_t *o)
{
	const char *what = field_text(o, "confirmed");
	bool mode = strcmp(what, "mode") == 0;

	if (t->output == CTL_PLAIN)
		printf("%s\n", what);
	else if (*field_text(o, "allowlist"))
		printf("%sallowlist %s%s stays in force until a reload or restart; to make it last:\n"
		       "set mode = \"enforce\"; in it, at %s\n", ctl_sgr(t, CTL_GREEN), field_text(o, "allowlist"),
			ctl_sgr(t, CTL_NORMAL), field_text(o, "origin"));
	else
		printf("%s%s %s%s stays\n", ctl_sgr(t, CTL_GREEN),
			mode ? "mode" : "policy", field_text(o, mode ? "mode" : "policy"),
			ctl_sgr(t, CTL_NORMAL));
	if (t->output != CTL_PLAIN && mode)
		print_lasting(o);
}

int ctl_confirm(struct ctl_tool *t)
{
	struct ctl_request r = { .verb = "confirm" };
	return ctl_ask(t, &r, print_confirmed);
}

static void print_panic(struct ctl_tool *t, json_t *o)
{
	bool on = field_true(o, "panic");
	bool same = on == field_true(o, "before");

	if (t->output == CTL_PLAIN)
		printf("%s\n", on ? "panic" : "off");
	else if (on)
		printf("%sPANIC%s%s: no rule of ours is in the kernel; back with "
		       "tidegate panic off\n",
			ctl_sgr(t, CTL_RED), ctl_sgr(t, CTL_NORMAL),
			same ? ", as before" : "");
	else
		puts(same ? "no panic, as before"
			  : "no panic any more: what has not ended is in force again");
}

/* The one verb for which there must be a way without the daemon. */
static int say_by_hand(int code)
{
	if (code != CTL_UNAVAILABLE && code != CTL_AGAIN && code != CTL_INTERNAL)
		return code;
	fputs("tidegate: by hand, as root: end tidegated if it runs (it would put its\n"
	      "tidegate: table back), then: nft delete table inet tidegate\n",
		stderr);
	return code;
}

int ctl_panic(struct ctl_tool *t)
{
	static const char *const words[] = { "off", "on" };
	struct ctl_request r = { .verb = "panic" };
	const char *word = t->n_operands ? t->operands[0] : "on";
	bool off = strcmp(word, "off") == 0;

	if (!off && strcmp(word, "on") != 0) {
		const char *nearest = text_nearest(word, words, 2);
		return ctl_complain(CTL_USAGE, "panic %s: it is panic or panic off%s%s",
			word, nearest ? "; did you mean " : "", nearest ? nearest : "");
	}
	ctl_request_add_bool(&r, "off", off);
	int code = ctl_ask(t, &r, print_panic);
	return off ? code : say_by_hand(code);
}

static void print_config(struct ctl_tool *t, json_t *o)
{
	const char *complaints = field_text(o, "complaints");
	size_t len = strlen(complaints);

	if (*complaints)
		printf("%s%s", complaints, complaints[len - 1] == '\n' ? "" : "\n");
	if (!field_true(o, "ok"))
		return;
	bool reload = strcmp(t->verb->name, "reload") == 0;
	printf("%s%s%s\n", ctl_sgr(t, CTL_GREEN),
		reload ? "reloaded" : "the configuration is good",
		ctl_sgr(t, CTL_NORMAL));
	if (t->output == CTL_PLAIN)
		return;
	if (reload && field_true(o, "enforce_waits"))
		printf("mode detect stays until tidegated ends; to enforce now: tidegate mode enforce\n");
	if (!json_object_get(o, "trial"))
		return;
	print_trial(t, o);
	/* The trial is the running daemon's; files are what they are. */
	printf("a restart reads the files as they are then, tried or not\n");
}

int ctl_reload(struct ctl_tool *t)
{
	struct ctl_request r = { .verb = "reload" };
	int code = add_try(t, &r);

	return code ? code : ctl_ask(t, &r, print_config);
}

int ctl_check(struct ctl_tool *t)
{
	struct ctl_request r = { .verb = "check" };
	return ctl_ask(t, &r, print_config);
}
