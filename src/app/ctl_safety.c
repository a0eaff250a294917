/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * status, the part that says whether one can rely on it: the mode with its trial, panic,
 * what is wanted against what the kernel has, the harm that it may do, and the store.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/ctl.h"

const char *ctl_trial_text(json_t *trial, char out[2 * FORMAT_TEXT])
{
	char left[FORMAT_TEXT];

	snprintf(out, 2 * FORMAT_TEXT, "back to %.32s in %.20s unless confirmed",
		field_text(trial, "back_to"),
		format_seconds(field_int(trial, "left_s"), left));
	return out;
}

static bool tried(json_t *s, const char *kind)
{
	return strcmp(field_text(s, "trial.kind"), kind) == 0;
}

void ctl_print_mode(struct ctl_tool *t, json_t *s)
{
	char text[2 * FORMAT_TEXT];
	json_t *trial = json_object_get(s, "trial");

	if (field_true(s, "panic"))
		printf("  %sPANIC    nothing is done to anybody until: "
		       "tidegate panic off%s\n",
			ctl_sgr(t, CTL_RED), ctl_sgr(t, CTL_NORMAL));
	printf("  mode     %s", field_text(s, "mode"));
	if (tried(s, "mode"))
		printf(", %son trial: %s%s", ctl_sgr(t, CTL_YELLOW),
			ctl_trial_text(trial, text), ctl_sgr(t, CTL_NORMAL));
	printf("\n  policy   %s (%s)\n", field_text(s, "policy"),
		field_text(s, "config"));
	if (tried(s, "rules"))
		printf("           %son trial: %s%s\n", ctl_sgr(t, CTL_YELLOW),
			ctl_trial_text(trial, text), ctl_sgr(t, CTL_NORMAL));
}

/* Never 100 where something is missing. */
static void print_percent(double ratio)
{
	int hundredths = (int)(ratio * 10000);

	if (hundredths % 100)
		printf("%d.%02d %%", hundredths / 100, hundredths % 100);
	else
		printf("%d %%", hundredths / 100);
}

static void print_missing(struct ctl_tool *t, json_t *s)
{
	json_t *o;
	size_t i;

	json_array_foreach(json_object_get(s, "unenforced"), i, o)
		printf("    %s%s%s: %s is %s%s%s\n", ctl_sgr(t, CTL_YELLOW),
			field_text(o, "subject"), ctl_sgr(t, CTL_NORMAL),
			field_text(o, "response"), field_text(o, "state"),
			*field_text(o, "error") ? ": " : "", field_text(o, "error"));
	if (field_true(s, "unenforced_more"))
		printf("    and more: tidegate list unenforced\n");
}

void ctl_print_enforcement(struct ctl_tool *t, json_t *s)
{
	char count[FORMAT_TEXT];
	double ratio = field_real(s, "enforced_ratio");
	bool panic = field_true(s, "panic");
	enum ctl_colour colour = panic || ratio < 1 ? CTL_RED : CTL_GREEN;

	if (panic) {
		printf("  %senforced nothing: panic%s; kept until it is over: %s\n",
			ctl_sgr(t, colour), ctl_sgr(t, CTL_NORMAL),
			format_count(field_int(s, "measures.should_stand"), count));
		return;
	}
	printf("  %senforced ", ctl_sgr(t, colour));
	print_percent(ratio);
	printf("%s: wanted %s", ctl_sgr(t, CTL_NORMAL),
		format_count(field_int(s, "measures.should_stand"), count));
	printf(", applied %s",
		format_count(field_int(s, "measures.by_state.applied"), count));
	printf(", refused %s",
		format_count(field_int(s, "measures.by_state.refused"), count));
	printf("; taken by others %s", format_count(field_int(s, "measures.lost"), count));
	printf(", repairs %s\n", format_count(field_int(s, "nft.repairs"), count));
	print_missing(t, s);
}

/* Of each bound: how much of it is used. Nothing where the daemon tells of none. */
static void print_budgets(struct ctl_tool *t, json_t *budgets)
{
	char used[FORMAT_TEXT];
	char limit[FORMAT_TEXT];
	const char *name;
	json_t *o;
	bool first = true;

	json_object_foreach(budgets, name, o) {
		bool full = field_int(o, "used") >= field_int(o, "limit");
		if (!json_is_object(o))
			continue;
		if (first)
			printf("%s%-11s%s", ctl_sgr(t, CTL_BOLD), "Budgets",
				ctl_sgr(t, CTL_NORMAL));
		else
			ctl_indent();
		printf("%s%s of %s %s%s\n", full ? ctl_sgr(t, CTL_RED) : "",
			format_count(field_int(o, "used"), used),
			format_count(field_int(o, "limit"), limit), field_text(o, "text"),
			full ? ctl_sgr(t, CTL_NORMAL) : "");
		first = false;
	}
}

static void print_store(struct ctl_tool *t, json_t *store)
{
	char count[FORMAT_TEXT];
	bool open = field_true(store, "open");
	bool failing = field_true(store, "failing");
	int64_t lost = field_int(store, "lost");

	if (json_object_size(store) == 0)
		return;
	printf("%s%-11s%s", ctl_sgr(t, CTL_BOLD), "Store", ctl_sgr(t, CTL_NORMAL));
	if (!open || failing)
		printf("%s%s: %s%s\n%*s", ctl_sgr(t, CTL_RED),
			open ? "failing" : "not open", field_text(store, "error"),
			ctl_sgr(t, CTL_NORMAL), CTL_INDENT, "");
	printf("%s kB,", format_count(field_int(store, "bytes") / 1024, count));
	printf(" measures %s,", format_count(field_int(store, "measures"), count));
	printf(" incidents %s,", format_count(field_int(store, "incidents"), count));
	printf(" restored %s,", format_count(field_int(store, "restored"), count));
	printf("%s lost %s%s\n", lost ? ctl_sgr(t, CTL_YELLOW) : "",
		format_count(lost, count), lost ? ctl_sgr(t, CTL_NORMAL) : "");
	if (*field_text(store, "set_aside"))
		printf("%*s%sa damaged one was set aside: %s%s\n", CTL_INDENT, "",
			ctl_sgr(t, CTL_YELLOW), field_text(store, "set_aside"),
			ctl_sgr(t, CTL_NORMAL));
}

static void print_evidence(struct ctl_tool *t, json_t *e)
{
	char count[FORMAT_TEXT];
	int64_t lost = field_int(e, "lost") + field_int(e, "failed");

	if (!e)
		return;
	printf("%s%-11s%s", ctl_sgr(t, CTL_BOLD), "Evidence", ctl_sgr(t, CTL_NORMAL));
	if (!field_true(e, "enabled")) {
		printf("none is kept: %s\n", field_text(e, "off"));
		return;
	}
	printf("incidents %s,", format_count(field_int(e, "incidents"), count));
	printf(" %.1f of %.0f MiB,", (double)field_int(e, "bytes") / (1 << 20),
		(double)field_int(e, "bytes_most") / (1 << 20));
	printf(" made room %s,", format_count(field_int(e, "removed"), count));
	printf("%s lost %s%s\n", lost ? ctl_sgr(t, CTL_YELLOW) : "",
		format_count(lost, count), lost ? ctl_sgr(t, CTL_NORMAL) : "");
}

void ctl_print_promises(struct ctl_tool *t, json_t *s)
{
	char count[FORMAT_TEXT];
	int64_t alarms = field_int(s, "engine.alarms");

	print_budgets(t, json_object_get(s, "budgets"));
	printf("%s%-11s%s", ctl_sgr(t, CTL_BOLD), "Harm", ctl_sgr(t, CTL_NORMAL));
	printf("%salarms %s%s,", alarms ? ctl_sgr(t, CTL_RED) : "",
		format_count(alarms, count), alarms ? ctl_sgr(t, CTL_NORMAL) : "");
	printf(" false positives %s",
		format_count(field_int(s, "engine.false_positives"), count));
	printf(" (sources wronged %s)\n",
		format_count(field_int(s, "wronged"), count));
	print_store(t, json_object_get(s, "store"));
	print_evidence(t, json_object_get(s, "evidence"));
}
