/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explain on 80 columns: what stands, why, on what evidence, what was decided step by
 * step, what it did, and how to undo it. All numbers are the stored ones.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/ctl.h"

#define INDENT 11
#define BAR 20

static void head(const struct ctl_tool *t, const char *name)
{
	printf("%s%-*s%s", ctl_sgr(t, CTL_BOLD), INDENT, name, ctl_sgr(t, CTL_NORMAL));
}

static void indent(void)
{
	printf("%*s", INDENT, "");
}

static void print_bar(const struct ctl_tool *t, double score, double threshold)
{
	int full = threshold > 0 && score > 0 ? (int)(score * BAR / threshold) : 0;

	if (full > BAR)
		full = BAR;
	enum ctl_colour colour = full > BAR / 2 ? CTL_YELLOW : CTL_GREEN;
	if (full == BAR)
		colour = CTL_RED;
	printf("%s[", ctl_sgr(t, colour));
	for (int i = 0; i < BAR; i++)
		putchar(i < full ? '#' : '.');
	printf("]%s", ctl_sgr(t, CTL_NORMAL));
}

static const char *score_text(json_t *o, char out[3 * FORMAT_TEXT])
{
	char score[FORMAT_TEXT];
	char threshold[FORMAT_TEXT];

	snprintf(out, 3 * FORMAT_TEXT, "%s of %s %s",
		format_number(field_real(o, "score"), score),
		format_number(field_real(o, "threshold"), threshold),
		field_text(o, "unit"));
	return out;
}

static void print_measure(struct ctl_tool *t, json_t *m)
{
	char when[FORMAT_TEXT];
	char left[FORMAT_TEXT];
	bool shadow = strcmp(field_text(m, "state"), "shadow") == 0;

	printf("%s%s%s: %s%s%s", ctl_sgr(t, CTL_BOLD), field_text(m, "subject"),
		ctl_sgr(t, CTL_NORMAL), ctl_sgr(t, shadow ? CTL_CYAN : CTL_RED),
		field_text(m, "response"), ctl_sgr(t, CTL_NORMAL));
	if (field_get(m, "limit_rate"))
		printf(" to %" PRId64 "/s", field_int(m, "limit_rate"));
	printf(" until %s, %s left", format_time(field_text(m, "until"), when),
		format_seconds(field_int(m, "left_s"), left));
	if (shadow)
		printf(" (detect mode: not enforced)");
	else if (strcmp(field_text(m, "state"), "applied") != 0)
		printf(" (%s %s)", field_text(m, "state"), field_text(m, "error"));
	if (strcmp(field_text(m, "origin"), "manual") == 0)
		printf(", by hand");
	putchar('\n');
}

static void print_ports(struct ctl_tool *t, json_t *f)
{
	char list[256] = "";
	size_t len = 0;
	json_t *port;
	size_t i;
	json_t *ports = json_object_get(f, "ports");

	if (json_array_size(ports) == 0)
		return;
	json_array_foreach(ports, i, port)
		if (len < sizeof(list) - 8)
			len += (size_t)snprintf(list + len, sizeof(list) - len,
				"%s%" JSON_INTEGER_FORMAT, i ? " " : "",
				json_integer_value(port));
	int64_t more = field_int(f, "count") - (int64_t)json_array_size(ports);
	if (more > 0)
		snprintf(list + len, sizeof(list) - len, " (and %" PRId64 " more)", more);
	head(t, "Ports");
	ctl_wrap(list, INDENT);
}

static const char *proof_text(const char *proof)
{
	if (strcmp(proof, "claimed") == 0)
		return "claimed: one-way packets, whose sender could be forged";
	if (strcmp(proof, "answered") == 0)
		return "answered: the sender completed these very connections";
	if (strcmp(proof, "local") == 0)
		return "local: a process of this host";
	return proof;
}

static void print_times(struct ctl_tool *t, json_t *f)
{
	char first[FORMAT_TEXT];
	char at[FORMAT_TEXT];

	head(t, "When");
	if (field_get(f, "first"))
		printf("first %s, ", format_time(field_text(f, "first"), first));
	printf("crossed the threshold %s\n", format_time(field_text(f, "at"), at));
}

static void print_finding(struct ctl_tool *t, json_t *f)
{
	char score[3 * FORMAT_TEXT];

	head(t, "Why");
	printf("%s%s%s: %s\n", ctl_sgr(t, CTL_YELLOW), field_text(f, "rule"),
		ctl_sgr(t, CTL_NORMAL), field_text(f, "what"));
	indent();
	print_bar(t, field_real(f, "score"), field_real(f, "threshold"));
	printf(" score %s\n", score_text(f, score));
	if (*field_text(f, "why")) {
		indent();
		ctl_wrap(field_text(f, "why"), INDENT);
	}
	head(t, "Rule");
	printf("%s, sid %" PRId64 ", severity %" PRId64 "\n",
		field_text(f, "rule_origin"), field_int(f, "sid"),
		field_int(f, "severity"));
	head(t, "Proof");
	ctl_wrap(proof_text(field_text(f, "proof")), INDENT);
	print_ports(t, f);
	print_times(t, f);
}

static void print_earlier(struct ctl_tool *t, json_t *i)
{
	char at[FORMAT_TEXT];
	json_t *findings = json_object_get(i, "findings");
	int64_t all = field_int(i, "findings_total");

	if (all < 2)
		return;
	head(t, "Before");
	printf("%" PRId64 " findings in all; the latest of them:\n", all);
	for (size_t n = 1; n < json_array_size(findings); n++) {
		json_t *f = json_array_get(findings, n);
		indent();
		printf("%s  %s: %s\n", format_time(field_text(f, "at"), at),
			field_text(f, "rule"), field_text(f, "what"));
	}
}

static void print_steps(json_t *steps)
{
	json_t *step;
	size_t i;

	json_array_foreach(steps, i, step) {
		const char *detail = field_text(step, "detail");
		indent();
		printf("%2" PRId64 ". %s", field_int(step, "step"),
			field_text(step, "text"));
		if (*detail)
			printf(" (%s)", detail);
		else if (field_int(step, "value"))
			printf(" (%" PRId64 ")", field_int(step, "value"));
		putchar('\n');
	}
}

static void print_decision(struct ctl_tool *t, json_t *d)
{
	char lasting[FORMAT_TEXT];
	const char *origin = field_text(d, "policy_origin");

	head(t, "Decision");
	printf("%s%s%s", ctl_sgr(t, CTL_BOLD), field_text(d, "response"),
		ctl_sgr(t, CTL_NORMAL));
	if (field_int(d, "ttl_s"))
		printf(" for %s", format_seconds(field_int(d, "ttl_s"), lasting));
	if (*field_text(d, "policy"))
		printf(", policy %s", field_text(d, "policy"));
	printf("%s%s\n", *origin ? ", " : "", origin);
	print_steps(json_object_get(d, "steps"));
}

static const struct {
	const char *effect, *text;
} effects[] = {
	{ "none", "observed only" },
	{ "shadow", "would have been done; detect mode" },
	{ "guarded", "nothing: a guard forbids it" },
	{ "sent", "on its way to the kernel" },
	{ "applied", "in force in the kernel" },
	{ "refused", "the kernel refused it" },
	{ "ended", "over" },
};

static const char *effect_text(const char *effect)
{
	for (size_t i = 0; i < sizeof(effects) / sizeof(effects[0]); i++)
		if (strcmp(effects[i].effect, effect) == 0)
			return effects[i].text;
	return effect;
}

static void print_effect(struct ctl_tool *t, json_t *i)
{
	char when[FORMAT_TEXT];
	char count[FORMAT_TEXT];

	head(t, "Effect");
	printf("%s", effect_text(field_text(i, "effect")));
	if (*field_text(i, "error"))
		printf(": %s", field_text(i, "error"));
	if (*field_text(i, "guard"))
		printf(" (%s)", field_text(i, "guard"));
	if (field_get(i, "effect_at"))
		printf(", since %s", format_time(field_text(i, "effect_at"), when));
	putchar('\n');
	int64_t held = field_int(i, "packets_dropped");
	if (held == 0)
		return;
	indent();
	printf("%s packet%s dropped by verdict before the kernel had it\n",
		format_count(held, count), held == 1 ? "" : "s");
}

static void print_incident(struct ctl_tool *t, json_t *i)
{
	json_t *newest = json_array_get(json_object_get(i, "findings"), 0);

	printf("%sincident %s, %s%s\n\n", ctl_sgr(t, CTL_DIM), field_text(i, "incident"),
		field_text(i, "subject"), ctl_sgr(t, CTL_NORMAL));
	if (newest)
		print_finding(t, newest);
	print_earlier(t, i);
	putchar('\n');
	print_decision(t, json_object_get(i, "decision"));
	print_effect(t, i);
}

static void print_near(struct ctl_tool *t, json_t *source)
{
	json_t *near = json_object_get(source, "near");
	char score[3 * FORMAT_TEXT];
	json_t *o;
	size_t i;

	json_array_foreach(near, i, o) {
		if (i == 0)
			head(t, "Near");
		else
			indent();
		printf("%-10s ", field_text(o, "name"));
		print_bar(t, field_real(o, "score"), field_real(o, "threshold"));
		printf(" %s\n", score_text(o, score));
	}
}

static void print_source(struct ctl_tool *t, json_t *s)
{
	char age[FORMAT_TEXT];
	char rate[FORMAT_TEXT];

	print_near(t, s);
	head(t, "Seen");
	printf("first %s ago; %" PRId64 " closed and %" PRId64 " open ports tried",
		format_seconds(field_int(s, "first_seen_s_ago"), age),
		field_int(s, "closed_ports"), field_int(s, "open_ports"));
	bool completed = field_true(s, "completed_a_connection");
	printf(", %s\n",
		completed ? "has completed a connection" : "no connection completed");
	indent();
	printf("new connections, fading: %s in 5 s,",
		format_number(field_real(s, "connections_5s"), rate));
	printf(" %s in 60 s,", format_number(field_real(s, "connections_60s"), rate));
	printf(" %s in 1 h\n", format_number(field_real(s, "connections_1h"), rate));
}

static void print_guard(struct ctl_tool *t, json_t *guard)
{
	head(t, "Guard");
	if (guard)
		printf("%s%s is there as '%s': it is never acted on%s\n",
			ctl_sgr(t, CTL_GREEN), field_text(guard, "prefix"),
			field_text(guard, "kind"), ctl_sgr(t, CTL_NORMAL));
	else
		printf("none holds this address\n");
}

static void print_ways_out(struct ctl_tool *t, json_t *e, bool stands)
{
	json_t *first = json_array_get(json_object_get(e, "measures"), 0);
	const char *address = stands ? field_text(first, "source")
				     : field_text(e, "address");

	if (stands) {
		head(t, "Undo");
		printf("tidegate unban %s  (--false-positive if it was innocent)\n",
			address);
	}
	head(t, "Trust");
	printf("tidegate allow add %s\n", address);
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
	printf("guard\t%s\n", field_text(e, "guard.kind"));
}

static void print_explain(struct ctl_tool *t, json_t *o)
{
	json_t *e = json_object_get(o, "explain");
	json_t *measures = json_object_get(e, "measures");
	json_t *incident = json_object_get(e, "incident");
	json_t *source = json_object_get(e, "source");
	const char *address = field_text(e, "address");
	json_t *m;
	size_t i;

	if (t->output == CTL_PLAIN) {
		print_plain(e);
		return;
	}
	json_array_foreach(measures, i, m)
		print_measure(t, m);
	if (json_array_size(measures) == 0 && *address)
		printf("%s%s%s: %snothing stands against it%s\n", ctl_sgr(t, CTL_BOLD),
			address, ctl_sgr(t, CTL_NORMAL), ctl_sgr(t, CTL_GREEN),
			ctl_sgr(t, CTL_NORMAL));
	if (incident)
		print_incident(t, incident);
	putchar('\n');
	if (source)
		print_source(t, source);
	else if (*address && !incident)
		printf("No packet of it is remembered.\n");
	if (*address) {
		print_guard(t, json_object_get(e, "guard"));
		print_ways_out(t, e, json_array_size(measures) > 0);
	}
}

int ctl_explain(struct ctl_tool *t)
{
	struct ctl_request r = { .verb = "explain" };

	if (ctl_request_add_text(&r, "what", t->operands[0]))
		return ctl_complain(CTL_USAGE, "an argument is too long");
	return ctl_ask(t, &r, print_explain);
}
