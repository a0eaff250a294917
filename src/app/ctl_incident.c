/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One incident on 80 columns: the newest finding with its count, score, rule and proof,
 * the earlier ones, the decision step by step, and what became of it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/ctl.h"
#include "codec/event_json.h"

#define BAR 20

void ctl_head(const struct ctl_tool *t, const char *name)
{
	printf("%s%-*s%s", ctl_sgr(t, CTL_BOLD), CTL_INDENT, name,
		ctl_sgr(t, CTL_NORMAL));
}

void ctl_indent(void)
{
	printf("%*s", CTL_INDENT, "");
}

void ctl_bar(const struct ctl_tool *t, double score, double threshold)
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

const char *ctl_score(json_t *o, char out[3 * FORMAT_TEXT])
{
	char score[FORMAT_TEXT];
	char threshold[FORMAT_TEXT];

	snprintf(out, 3 * FORMAT_TEXT, "%s of %s %s",
		format_number(field_real(o, "score"), score),
		format_number(field_real(o, "threshold"), threshold),
		field_text(o, "unit"));
	return out;
}

const char *ctl_towards(json_t *o)
{
	return strcmp(field_text(o, "subject_kind"), "destination") == 0 ? "to " : "";
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
	/* of other findings something else was counted */
	if (more > 0 && strcmp(field_text(f, "counted"), "closed ports") == 0)
		snprintf(list + len, sizeof(list) - len, " (and %" PRId64 " more)", more);
	ctl_head(t, "Ports");
	ctl_wrap(list, CTL_INDENT);
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
	char span[32];
	char at[FORMAT_TEXT];

	ctl_head(t, "When");
	if (!field_get(f, "elapsed_us")) {
		printf("%s\n", format_time(field_text(f, "at"), at));
		return;
	}
	/* The first packet's time is kept in sixteenths of a second. */
	int64_t elapsed = field_int(f, "elapsed_us");
	span_format(elapsed * 1000, span, sizeof(span));
	printf("first %s, over the threshold ", format_time(field_text(f, "first"), at));
	if (elapsed < 1000000 / 16)
		printf("at once\n");
	else
		printf("%s later\n", span);
}

/* A ban by hand has no rule and no count: its reason is all there is. */
static void print_hand(struct ctl_tool *t, json_t *f)
{
	char at[FORMAT_TEXT];
	const char *why = field_text(f, "why");

	ctl_head(t, "Why");
	printf("by hand, %s%s%s\n", format_time(field_text(f, "at"), at),
		*why ? ": " : "", why);
}

static void print_finding(struct ctl_tool *t, json_t *f)
{
	char score[3 * FORMAT_TEXT];
	bool news = field_get(f, "counted") && !*field_text(f, "counted");

	ctl_head(t, "Why");
	printf("%s%s%s: %s\n", ctl_sgr(t, CTL_YELLOW), field_text(f, "rule"),
		ctl_sgr(t, CTL_NORMAL), field_text(f, "what"));
	if (*field_text(f, "unit")) { /* else it has no score: it is the case, or is not */
		ctl_indent();
		ctl_bar(t, field_real(f, "score"), field_real(f, "threshold"));
		printf(" score %s\n", ctl_score(f, score));
	}
	if (*field_text(f, "why")) {
		ctl_indent();
		ctl_wrap(field_text(f, "why"), CTL_INDENT);
	}
	ctl_head(t, "Rule");
	printf("%s, sid %" PRId64 ", severity %" PRId64 "\n",
		field_text(f, "rule_origin"), field_int(f, "sid"),
		field_int(f, "severity"));
	ctl_head(t, "Proof");
	ctl_wrap(news ? "none: this is what the host itself counted, and nobody is accused of it" :
		proof_text(field_text(f, "proof")), CTL_INDENT);
	print_ports(t, f);
	if (*field_text(f, "served_by")) {
		ctl_head(t, "Served by");
		printf("%s\n", field_text(f, "served_by"));
	}
	print_times(t, f);
}

/* "curl, /usr/bin/curl, pid 812, started by bash (pid 811)" */
static void print_process(struct ctl_tool *t, json_t *f)
{
	const char *program = field_text(f, "executable"), *parent = field_text(f, "parent");

	ctl_head(t, "Process");
	if (!field_get(f, "pid")) {
		printf("not known: it was gone before it could be asked for\n");
		return;
	}
	printf("%s (pid %" PRId64 ")%s%s\n", field_text(f, "process"), field_int(f, "pid"), *program ? ", " : "", program);
	if (!*parent)
		return;
	ctl_indent();
	printf("started by %s\n", parent);
}

static void print_user(struct ctl_tool *t, json_t *f)
{
	const char *user = field_text(f, "user"), *unit = field_text(f, "unit");

	if (!field_get(f, "uid") && !*unit)
		return;
	ctl_head(t, "Run by");
	if (field_get(f, "uid"))
		printf("%s%suid:%" PRId64, user, *user ? ", " : "", field_int(f, "uid"));
	if (field_get(f, "cgroup"))
		printf("%scgroup:%" PRId64, field_get(f, "uid") ? ", " : "", field_int(f, "cgroup"));
	printf("%s%s\n", *unit ? ", " : "", unit);
}

/* The latest that left; how long the place has been known. */
static void print_egress(struct ctl_tool *t, json_t *i)
{
	json_t *f = json_object_get(i, "egress");
	const char *name = field_text(f, "name");
	char out[FORMAT_TEXT], in[FORMAT_TEXT], span[FORMAT_TEXT];
	int64_t known = field_int(f, "known_s");

	if (!f)
		return;
	print_process(t, f);
	print_user(t, f);
	ctl_head(t, "Goes to");
	printf("%s%s%s out, %s in\n", name, *name ? ", " : "", format_bytes((uint64_t)field_int(f, "bytes_out"), out),
		format_bytes((uint64_t)field_int(f, "bytes_in"), in));
	if (!field_get(f, "known_s"))
		return;
	ctl_indent();
	if (known < 60)
		printf("never seen before\n");
	else
		printf("first seen %s before\n", format_seconds(known, span));
}

static void print_earlier(struct ctl_tool *t, json_t *i)
{
	char at[FORMAT_TEXT];
	json_t *findings = json_object_get(i, "findings");
	int64_t all = field_int(i, "findings_total");

	if (all < 2)
		return;
	ctl_head(t, "Before");
	printf("%" PRId64 " findings in all; the latest of them:\n", all);
	for (size_t n = 1; n < json_array_size(findings); n++) {
		json_t *f = json_array_get(findings, n);
		ctl_indent();
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
		ctl_indent();
		printf("%2" PRId64 ". %s", field_int(step, "step"),
			field_text(step, "text"));
		if (*detail)
			printf(" (%s)", detail);
		putchar('\n');
	}
}

static void print_decision(struct ctl_tool *t, json_t *d)
{
	char lasting[FORMAT_TEXT];
	const char *origin = field_text(d, "policy_origin");

	ctl_head(t, "Decision");
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

	ctl_head(t, "Effect");
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
	ctl_indent();
	printf("%s packet%s dropped by verdict before the kernel had it\n",
		format_count(held, count), held == 1 ? "" : "s");
}

static void print_evidence(struct ctl_tool *t, json_t *i)
{
	json_t *e = json_object_get(i, "evidence");
	char count[FORMAT_TEXT], first[FORMAT_TEXT], last[FORMAT_TEXT];

	if (!e)
		return;
	ctl_head(t, "Evidence");
	if (field_int(e, "packets") == 0) {
		ctl_wrap(field_text(e, "why"), CTL_INDENT);
		return;
	}
	printf("%s packets", format_count(field_int(e, "packets"), count));
	printf(" (%s bytes),", format_count(field_int(e, "bytes"), count));
	printf(" %s to %s%s\n", format_time(field_text(e, "first"), first),
		format_time(field_text(e, "last"), last), field_true(e, "growing") ? "; more may come" : "");
	if (field_int(e, "missing")) {
		ctl_indent();
		printf("%s before them found no room\n", format_count(field_int(e, "missing"), count));
	}
	ctl_indent();
	printf("tidegate evidence %s --pcap FILE\n", field_text(i, "incident"));
}

void ctl_print_incident(struct ctl_tool *t, json_t *i)
{
	json_t *newest = json_array_get(json_object_get(i, "findings"), 0);

	printf("%sincident %s, %s%s%s\n\n", ctl_sgr(t, CTL_DIM), field_text(i, "incident"), ctl_towards(i),
		field_text(i, "subject"), ctl_sgr(t, CTL_NORMAL));
	if (newest && strncmp(field_text(newest, "rule"), "manual.", 7) == 0)
		print_hand(t, newest);
	else if (newest)
		print_finding(t, newest);
	print_egress(t, i);
	print_earlier(t, i);
	putchar('\n');
	print_decision(t, json_object_get(i, "decision"));
	print_effect(t, i);
	print_evidence(t, i);
}
