/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explain on 80 columns: what stands against an address, its incident (ctl_incident.c),
 * how near its scores are, who guards it, and how to undo or to trust. All numbers are
 * the stored ones.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/ctl.h"
#include "base/text.h"

/* What the kernel's element has done, as it was last looked at. */
static void print_bite(struct ctl_tool *t, json_t *m)
{
	char when[FORMAT_TEXT];
	char count[FORMAT_TEXT];
	const char *leak = field_text(m, "leak");
	bool holds = strcmp(field_text(m, "bite"), "holds") == 0;

	if (!field_get(m, "looked"))
		return;
	ctl_indent();
	printf("the kernel has dropped %s packets of it for this (%s)%s\n",
		format_count(field_int(m, "kernel_packets"), count),
		format_time(field_text(m, "looked"), when), holds ? ": it holds" : "");
	if (!*leak)
		return;
	ctl_indent();
	printf("%sLEAKS: %s%s\n", ctl_sgr(t, CTL_RED), leak, ctl_sgr(t, CTL_NORMAL));
	ctl_indent();
	ctl_wrap(field_text(m, "leak_why"), CTL_INDENT);
}

/* Who has put it there, where no detector did. */
static const char *origin_words(json_t *m)
{
	if (strcmp(field_text(m, "origin"), "manual") != 0)
		return "";
	return strcmp(field_text(m, "response"), "egress-allowlist") == 0 ? ", by an allowlist of the configuration" : ", by hand";
}

static void print_measure(struct ctl_tool *t, json_t *m, bool panic)
{
	char when[FORMAT_TEXT];
	char left[FORMAT_TEXT];
	bool shadow = strcmp(field_text(m, "state"), "shadow") == 0;

	printf("%s%s%s%s: %s%s%s", ctl_towards(m), ctl_sgr(t, CTL_BOLD), field_text(m, "subject"),
		ctl_sgr(t, CTL_NORMAL), ctl_sgr(t, shadow ? CTL_CYAN : CTL_RED),
		field_text(m, "response"), ctl_sgr(t, CTL_NORMAL));
	if (field_get(m, "limit_rate"))
		printf(" to %" PRId64 "/s", field_int(m, "limit_rate"));
	printf(" until %s, %s left", format_time(field_text(m, "until"), when),
		format_seconds(field_int(m, "left_s"), left));
	if (shadow)
		printf(" (detect mode: not enforced)");
	else if (panic)
		printf(" (panic: not in force)");
	else if (strcmp(field_text(m, "state"), "applied") != 0)
		printf(" (%s %s)", field_text(m, "state"), field_text(m, "error"));
	printf("%s", origin_words(m));
	putchar('\n');
	print_bite(t, m);
}

static void print_near(struct ctl_tool *t, json_t *near)
{
	char score[3 * FORMAT_TEXT];
	json_t *o;
	size_t i;

	json_array_foreach(near, i, o) {
		if (i == 0)
			ctl_head(t, "Near");
		else
			ctl_indent();
		printf("%-14s ", field_text(o, "rule"));
		ctl_bar(t, field_real(o, "score"), field_real(o, "threshold"));
		printf(" %s%s\n", ctl_score(o, score),
			strcmp(field_text(o, "proof"), "answered") == 0 ? ", answered" : "");
	}
	if (json_array_size(near) == 0) {
		ctl_head(t, "Near");
		printf("no rule has a score of it\n");
	}
}

static void print_source(struct ctl_tool *t, json_t *s)
{
	char age[FORMAT_TEXT];
	char rate[FORMAT_TEXT];

	ctl_head(t, "Seen");
	printf("first %s ago; %" PRId64 " closed and %" PRId64 " open ports tried",
		format_seconds(field_int(s, "first_seen_s_ago"), age),
		field_int(s, "closed_ports"), field_int(s, "open_ports"));
	bool completed = field_true(s, "completed_a_connection");
	printf(", %s\n",
		completed ? "has completed a connection" : "no connection completed");
	ctl_indent();
	printf("new connections, fading: %s in 5 s,",
		format_number(field_real(s, "connections_5s"), rate));
	printf(" %s in 60 s,", format_number(field_real(s, "connections_60s"), rate));
	printf(" %s in 1 h\n", format_number(field_real(s, "connections_1h"), rate));
}

/* "none of the 14 that there are holds it: own address 3, gateway 1, ..." */
static void print_no_guard(json_t *guards)
{
	char line[512];
	struct text l = text_over(line, sizeof(line));
	const char *kind;
	json_t *count;
	int64_t all = 0;
	void *at;

	for (at = json_object_iter(guards); at; at = json_object_iter_next(guards, at))
		all += json_integer_value(json_object_iter_value(at));
	text_addf(&l, all == 1 ? "the one that there is does not hold it: " :
		all ? "none of the %" PRId64 " that there are holds it: " : "there is none", all);
	const char *comma = "";
	json_object_foreach(guards, kind, count) {
		text_addf(&l, "%s%s %" JSON_INTEGER_FORMAT, comma, kind, json_integer_value(count));
		comma = ", ";
	}
	ctl_wrap(line, CTL_INDENT);
}

static void print_guard(struct ctl_tool *t, json_t *guard, json_t *guards)
{
	const char *from = field_text(guard, "from");

	ctl_head(t, "Guard");
	if (guard)
		printf("%s%s is there as '%s'%s%s%s: it is never acted on%s\n",
			ctl_sgr(t, CTL_GREEN), field_text(guard, "prefix"),
			field_text(guard, "kind"), *from ? " (" : "", from,
			*from ? ")" : "", ctl_sgr(t, CTL_NORMAL));
	else
		print_no_guard(guards);
}

static void print_opinion(struct ctl_tool *t, json_t *p)
{
	char lasting[FORMAT_TEXT];
	const bool active = field_true(p, "active");
	const char *origin = field_text(p, "origin"), *wanted = field_text(p, "wanted");

	printf("%s%-16s%s %s", ctl_sgr(t, active ? CTL_BOLD : CTL_NORMAL), field_text(p, "policy"),
		ctl_sgr(t, CTL_NORMAL), field_text(p, "response"));
	if (field_int(p, "ttl_s"))
		printf(" for %s", format_seconds(field_int(p, "ttl_s"), lasting));
	if (*wanted)
		printf(" (%s needs more proof)", wanted);
	printf("%s%s\n", *origin ? ", " : "", origin);
}

/* What each policy on this host makes of it; the one in force first. */
static void print_opinions(struct ctl_tool *t, json_t *opinions)
{
	json_t *list = json_object_get(opinions, "policies"), *p;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	ctl_head(t, "Policies");
	printf(field_true(opinions, "happened") ? "what each would do about %s (%s):\n" :
		"what each would do if it came to %s (%s):\n", field_text(opinions, "rule"), field_text(opinions, "proof"));
	for (int active = 1; active >= 0; active--)
		json_array_foreach(list, i, p) {
			if (field_true(p, "active") != active)
				continue;
			ctl_indent();
			print_opinion(t, p);
		}
}

/* What holds for everybody just now, and so for this one. */
static void print_state_of_things(struct ctl_tool *t, json_t *e)
{
	char text[2 * FORMAT_TEXT];
	json_t *trial = json_object_get(e, "trial");
	bool mode = strcmp(field_text(trial, "kind"), "mode") == 0;

	if (field_true(e, "panic"))
		printf("%sPANIC: nothing is done to anybody until tidegate panic "
		       "off%s\n",
			ctl_sgr(t, CTL_RED), ctl_sgr(t, CTL_NORMAL));
	if (trial)
		printf("%s%s on trial: %s%s\n", ctl_sgr(t, CTL_YELLOW),
			mode ? "enforce is" : "rules and policy are",
			ctl_trial_text(trial, text), ctl_sgr(t, CTL_NORMAL));
}

static void print_excuse(struct ctl_tool *t, json_t *x)
{
	char when[FORMAT_TEXT];
	int64_t times = field_int(x, "count");

	ctl_head(t, "Wronged");
	printf("%s %" PRId64 " time%s, last %s:\n", field_text(x, "prefix"), times,
		times == 1 ? "" : "s", format_time(field_text(x, "at"), when));
	ctl_indent();
	printf("%" PRId64 " times the usual proof is asked of it\n",
		field_int(x, "patience"));
}

/* "203.0.113.9", "uid:1000": as unban takes it. */
static const char *name_of(json_t *m)
{
	static const char *const names[] = { "source", "destination", "actor" };
	const char *name = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !*name; i++)
		name = field_text(m, names[i]);
	return name;
}

static void print_ways_out(struct ctl_tool *t, json_t *e, bool stands)
{
	json_t *first = json_array_get(json_object_get(e, "measures"), 0);

	if (stands) {
		ctl_head(t, "Undo");
		printf("tidegate unban %s%s\n", name_of(first),
			*field_text(first, "source") ? "  (--false-positive if it was innocent)" : "");
	}
	if (!*field_text(e, "address"))
		return;
	ctl_head(t, "Trust");
	printf("tidegate allow add %s\n", field_text(e, "address"));
}

static void print_plain(json_t *e)
{
	json_t *measure = json_array_get(json_object_get(e, "measures"), 0);
	json_t *finding = json_array_get(field_get(e, "incident.findings"), 0);

	printf("address\t%s\nmode\t%s\n", field_text(e, "address"),
		field_text(e, "mode"));
	printf("response\t%s\nstate\t%s\nleft_s\t%" PRId64 "\n",
		field_text(measure, "response"), field_text(measure, "state"),
		field_int(measure, "left_s"));
	printf("incident\t%s\neffect\t%s\n", field_text(e, "incident.incident"),
		field_text(e, "incident.effect"));
	printf("rule\t%s\nwhat\t%s\nrule_origin\t%s\nproof\t%s\n",
		field_text(finding, "rule"), field_text(finding, "what"),
		field_text(finding, "rule_origin"), field_text(finding, "proof"));
	printf("decision\t%s\npolicy_origin\t%s\n",
		field_text(e, "incident.decision.response"),
		field_text(e, "incident.decision.policy_origin"));
	printf("process\t%s\nexecutable\t%s\nunit\t%s\nname\t%s\nbytes_out\t%" PRId64 "\n",
		field_text(e, "incident.egress.process"), field_text(e, "incident.egress.executable"),
		field_text(e, "incident.egress.unit"), field_text(e, "incident.egress.name"),
		field_int(e, "incident.egress.bytes_out"));
	printf("evidence\t%" PRId64 "\n", field_int(e, "incident.evidence.packets"));
	printf("guard\t%s\nguard_prefix\t%s\n", field_text(e, "guard.kind"),
		field_text(e, "guard.prefix"));
	printf("kernel_packets\t%" PRId64 "\nbite\t%s\nleak\t%s\n",
		field_int(measure, "kernel_packets"), field_text(measure, "bite"),
		field_text(measure, "leak"));
	printf("wronged\t%" PRId64 "\ntrial\t%s\npanic\t%s\n",
		field_int(e, "excuse.count"), field_text(e, "trial.kind"),
		field_true(e, "panic") ? "yes" : "no");
}

static void print_explain(struct ctl_tool *t, json_t *o)
{
	json_t *e = json_object_get(o, "explain");
	json_t *measures = json_object_get(e, "measures");
	json_t *incident = json_object_get(e, "incident");
	json_t *source = json_object_get(e, "source");
	const char *address = field_text(e, "address");
	const char *about = *address ? address : field_text(e, "actor");
	json_t *m;
	size_t i;

	if (t->output == CTL_PLAIN) {
		print_plain(e);
		return;
	}
	print_state_of_things(t, e);
	json_array_foreach(measures, i, m)
		print_measure(t, m, field_true(e, "panic"));
	if (json_array_size(measures) == 0 && *about)
		printf("%s%s%s: %snothing stands against it%s\n", ctl_sgr(t, CTL_BOLD),
			about, ctl_sgr(t, CTL_NORMAL), ctl_sgr(t, CTL_GREEN),
			ctl_sgr(t, CTL_NORMAL));
	if (incident)
		ctl_print_incident(t, incident);
	putchar('\n');
	if (source)
		print_source(t, source);
	else if (*address && !incident)
		printf("No packet of it is remembered.\n");
	if (*address) {
		print_near(t, json_object_get(e, "near"));
		print_guard(t, json_object_get(e, "guard"), json_object_get(e, "guards"));
		if (json_object_get(e, "excuse"))
			print_excuse(t, json_object_get(e, "excuse"));
	}
	print_opinions(t, json_object_get(e, "opinions"));
	if (*about)
		print_ways_out(t, e, json_array_size(measures) > 0);
}

int ctl_explain(struct ctl_tool *t)
{
	struct ctl_request r = { .verb = "explain" };

	if (ctl_request_add_text(&r, "what", t->operands[0]))
		return ctl_complain(CTL_USAGE, "an argument is too long");
	return ctl_ask(t, &r, print_explain);
}
