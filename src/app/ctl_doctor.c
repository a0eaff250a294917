/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor: a line for each promise, with its remedy below it. Where no daemon answers, the
 * part that everybody can read is judged here.
 */
#include <stdio.h>
#include <string.h>

#include "app/ctl.h"
#include "app/ctl_doctor.h"
#include "app/ctl_session.h"
#include "core/checkup.h"
#include "edge/hostfacts.h"

#define TEXT_COLUMN 18

static enum ctl_colour colour_of(const char *grade)
{
	if (strcmp(grade, "ok") == 0)
		return CTL_GREEN;
	return strcmp(grade, "warn") == 0 ? CTL_YELLOW : CTL_RED;
}

static void print_line(const struct ctl_tool *t, const char *grade, const char *name,
	const char *text, const char *fix)
{
	if (t->output == CTL_PLAIN) {
		printf("%s\t%s\t%s\t%s\n", grade, name, text, fix);
		return;
	}
	printf("%s%-4s%s  %-11s ", ctl_sgr(t, colour_of(grade)), grade,
		ctl_sgr(t, CTL_NORMAL), name);
	ctl_wrap(text, TEXT_COLUMN);
	if (*fix) {
		printf("%*s%sfix:%s ", TEXT_COLUMN, "", ctl_sgr(t, CTL_BOLD),
			ctl_sgr(t, CTL_NORMAL));
		ctl_wrap(fix, TEXT_COLUMN + 5);
	}
}

static void print_check(struct ctl_tool *t, json_t *value)
{
	json_t *c = json_object_get(value, "check");

	print_line(t, field_text(c, "grade"), field_text(c, "name"),
		field_text(c, "text"), field_text(c, "fix"));
}

static void print_local(struct ctl_tool *t, const struct checkup_line *l)
{
	const char *grade = grade_name(l->grade);
	json_t *o;

	if (t->output != CTL_JSON) {
		print_line(t, grade, l->name, l->text, l->fix);
		return;
	}
	o = json_pack("{s:{s:s,s:s,s:s,s:s}}", "check", "grade", grade, "name", l->name,
		"text", l->text, "fix", l->fix);
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static void print_all(struct ctl_tool *t, const struct checkup *found)
{
	for (size_t i = 0; i < found->n && !t->quiet; i++)
		print_local(t, &found->lines[i]);
}

static void judge_alone(struct ctl_tool *t)
{
	static struct host_facts host;
	static struct checkup found;

	hostfacts_switches("tidegate", &host);
	checkup_judge(&host, NULL, &found);
	print_all(t, &found);
}

/* How it is installed comes last where the daemon answers, and first where it does not: there it is the reason. */
int ctl_doctor(struct ctl_tool *t)
{
	struct ctl_request r = { .verb = "doctor" };
	static struct site_facts site;
	static struct checkup found;
	char peer[64];
	int code;

	ctl_doctor_site(t, &site);
	found.n = 0;
	site_judge(&site, &found);
	if (!site.answers) {
		print_all(t, &found);
		judge_alone(t);
	}
	if (ctl_session_peer(peer) == 0)
		ctl_request_add_text(&r, "caller", peer);
	code = ctl_ask(t, &r, print_check);
	if (!site.answers)
		return code;
	print_all(t, &found);
	return code == CTL_OK && checkup_worst(&found) == GRADE_FAIL ? CTL_NONE : code;
}
