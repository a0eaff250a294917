/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list and events: many objects, one line each. A list comes a page at a time; the daemon
 * keeps no place for us, we ask from where the last page ended.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/ctl.h"
#include "base/text.h"
#include "codec/event_text.h"

static enum ctl_colour colour_of(const char *response, const char *state)
{
	if (strcmp(state, "shadow") == 0)
		return CTL_DIM;
	if (strcmp(response, "drop") == 0 || strcmp(response, "refuse") == 0 || strcmp(response, "egress-refuse") == 0 ||
		strcmp(response, "egress-allowlist") == 0)
		return CTL_RED;
	return strcmp(response, "observe") == 0 ? CTL_NORMAL : CTL_YELLOW;
}

/* Of what the kernel has: whether it is seen to hold. */
static const char *effect_of(json_t *o, const char *state)
{
	const char *bite = field_text(o, "bite");

	if (field_true(o, "panic") && strcmp(state, "shadow") != 0)
		return "panic";
	if (strcmp(state, "applied") != 0)
		return state;
	if (strcmp(bite, "leaks") == 0)
		return "LEAKS";
	return strcmp(bite, "holds") == 0 ? bite : state;
}

static void print_measure(struct ctl_tool *t, json_t *o)
{
	char left[FORMAT_TEXT];
	char dropped[FORMAT_TEXT] = "-", subject[96];
	const char *response = field_text(o, "response");
	const char *state = field_text(o, "state");
	const char *incident = field_text(o, "incident");
	const char *leak = field_text(o, "leak");

	if (t->output == CTL_PLAIN) {
		printf("%s\t%s\t%s\t%" PRId64 "\t%s\t%s", field_text(o, "subject"),
			response, state, field_int(o, "left_s"), field_text(o, "origin"),
			incident);
		printf("\t%" PRId64 "\t%s\t%s\n", field_int(o, "kernel_packets"),
			field_text(o, "bite"), leak);
		return;
	}
	if (field_get(o, "looked"))
		format_short(field_int(o, "kernel_packets"), dropped);
	snprintf(subject, sizeof(subject), "%s%s", ctl_towards(o), field_text(o, "subject"));
	printf("%-24s %s%-13s %-7s%s %-9s %8s %s\n", subject,
		ctl_sgr(t, *leak ? CTL_RED : colour_of(response, state)), response,
		effect_of(o, state), ctl_sgr(t, CTL_NORMAL),
		format_seconds(field_int(o, "left_s"), left), dropped,
		*incident ? incident : field_text(o, "origin"));
	if (*leak)
		printf("%25s%sLEAKS: %s%s\n", "", ctl_sgr(t, CTL_RED), leak,
			ctl_sgr(t, CTL_NORMAL));
}

static void print_excuse(struct ctl_tool *t, json_t *o)
{
	char when[FORMAT_TEXT];
	int64_t times = field_int(o, "count");
	int64_t patience = field_int(o, "patience");

	if (t->output == CTL_PLAIN)
		printf("%s\t%" PRId64 "\t%" PRId64 "\t%s\n", field_text(o, "prefix"),
			times, patience, field_text(o, "at"));
	else
		printf("%-44s %5" PRId64 " %5" PRId64 " %s\n", field_text(o, "prefix"),
			times, patience, format_time(field_text(o, "at"), when));
}

static void print_guard(struct ctl_tool *t, json_t *o)
{
	const char *prefix = field_text(o, "prefix");
	const char *kind = field_text(o, "kind");
	const char *from = field_text(o, "from");

	if (t->output == CTL_PLAIN)
		printf("%s\t%s%s%s\n", prefix, kind, *from ? "\t" : "", from);
	else if (*from)
		printf("%-44s %-11s %s\n", prefix, kind, from);
	else
		printf("%-44s %s\n", prefix, kind);
}

static void print_incident(struct ctl_tool *t, json_t *o)
{
	char when[FORMAT_TEXT];
	const char *id = field_text(o, "incident");
	const char *subject = field_text(o, "subject");
	const char *effect = field_text(o, "effect");

	if (t->output == CTL_PLAIN) {
		printf("%s\t%s\t%s\t%s\t%s\t%s\n", id, field_text(o, "opened"), subject,
			field_text(o, "rule"), field_text(o, "decision"), effect);
		return;
	}
	printf("%s%-14s%s %s%-*s %-13s %s\n", ctl_sgr(t, CTL_BOLD), id,
		ctl_sgr(t, CTL_NORMAL), ctl_towards(o), 24 - (int)strlen(ctl_towards(o)), subject, field_text(o, "decision"), effect);
	printf("%s%14s %s  %s: %s%s\n", ctl_sgr(t, CTL_DIM), "",
		format_time(field_text(o, "opened"), when), field_text(o, "rule"),
		field_text(o, "what"), ctl_sgr(t, CTL_NORMAL));
	if (*field_text(o, "by"))
		printf("%s%14s %s%s\n", ctl_sgr(t, CTL_DIM), "", field_text(o, "by"), ctl_sgr(t, CTL_NORMAL));
}

static const char measure_head[] =
	"AGAINST                  MEASURE       STATE   LEFT       DROPPED WHY";
static const char excuse_head[] =
	"WRONGED                                      TIMES PROOF LAST";

static const struct list {
	const char *name;
	const char *head; /* of the table */
	ctl_print_fn print;
} lists[] = {
	{ "all", measure_head, print_measure },
	{ "blocks", measure_head, print_measure },
	{ "limits", measure_head, print_measure },
	{ "unenforced", measure_head, print_measure },
	{ "allow", "ALLOWED                                      KIND", print_guard },
	{ "guards", "NEVER ACTED ON                               KIND        FROM",
		print_guard },
	{ "incidents", "INCIDENT       SUBJECT                  DECISION      EFFECT",
		print_incident },
	{ "excuses", excuse_head, print_excuse },
	{ "wronged", excuse_head, print_excuse },
};

#define LISTS (sizeof(lists) / sizeof(lists[0]))

static const struct list *find_list(const char *name)
{
	for (size_t i = 0; i < LISTS; i++)
		if (strcmp(lists[i].name, name) == 0)
			return &lists[i];
	return NULL;
}

static int no_list(const char *name)
{
	const char *names[LISTS];

	for (size_t i = 0; i < LISTS; i++)
		names[i] = lists[i].name;
	const char *nearest = text_nearest(name, names, LISTS);
	if (nearest)
		return ctl_complain(
			CTL_USAGE, "'%s' is no list; did you mean '%s'?", name, nearest);
	return ctl_complain(CTL_USAGE,
		"'%s' is no list: blocks, limits, unenforced, allow, guards, incidents, "
		"excuses",
		name);
}

static int ask_page(struct ctl_tool *t, const struct list *l, int64_t from)
{
	struct ctl_request r = { .verb = "list" };

	ctl_request_add_text(&r, "what", l->name);
	ctl_request_add_number(&r, "from", from);
	return ctl_ask(t, &r, l->print);
}

static int show(struct ctl_tool *t, const struct list *l)
{
	int64_t from = 0;
	int code;

	if (t->output == CTL_TABLE && !t->quiet)
		printf("%s%s%s\n", ctl_sgr(t, CTL_DIM), l->head, ctl_sgr(t, CTL_NORMAL));
	do {
		code = ask_page(t, l, from);
		/* A page that does not move would be asked for ever. */
		if (t->next <= from)
			break;
		from = t->next;
	} while (code == CTL_OK);
	return code;
}

int ctl_list(struct ctl_tool *t)
{
	const char *name = "all";

	/* `allow list` comes here too. */
	if (strcmp(t->verb->name, "allow") == 0)
		name = "allow";
	else if (t->n_operands > 0)
		name = t->operands[0];
	else if (strcmp(t->word, "banned") == 0)
		name = "blocks";
	const struct list *l = find_list(name);

	return l ? show(t, l) : no_list(name);
}

static void print_event(struct ctl_tool *t, json_t *o)
{
	char painted[2 * EVENT_TEXT];
	const char *line = field_text(o, "text");

	if (json_object_get(o, "lost"))
		printf("(%" PRId64 " events were lost: too many for this connection)\n",
			field_int(o, "lost"));
	else if (t->colour && t->output == CTL_TABLE)
		printf("%.*s\n", (int)event_text_paint(line, painted, sizeof(painted)),
			painted);
	else
		printf("%s\n", line);
}

int ctl_events(struct ctl_tool *t)
{
	struct ctl_request r = { .verb = "events" };

	ctl_request_add_bool(&r, "follow", (t->given & CTL_FOLLOW) != 0);
	return ctl_ask(t, &r, print_event);
}
