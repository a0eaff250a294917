/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reading of reactions is plain; what they may ask for is not. A mistake here costs
 * somebody his access, so all that can be known before the first packet is said now.
 */
#include "conf/reactions.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "conf/read.h"
#include "conf/rules.h"

#define RISKY_NS (INT64_C(30) * 24 * 3600 * NS_PER_S)
#define RISKY_WIDTH4 16
#define RISKY_WIDTH6 32

/* One reaction that is judged. */
struct judge {
	const struct engine_rules *rules;
	const struct policy *policy;
	const struct reaction *reaction;
	size_t index;
	struct conf_place at;
	struct conf_report *report;
};

static void read_reaction(const struct value_reader *r, const config_setting_t *group,
	struct policy *policy, struct reaction_book *book)
{
	struct reaction *reaction = &policy->reactions[policy->n_reactions];
	struct read_into into = { &schema_reaction, reaction };
	char what[VALUE_WHAT];
	size_t errors;

	if (!config_setting_is_group(group)) {
		conf_error(r->report, value_place(r, group),
			"a reaction must be a group: { on = \"...\"; ... }");
		return;
	}
	if (policy->n_reactions == POLICY_REACTIONS) {
		conf_error(r->report, value_place(r, group),
			"there are more than %d reactions", POLICY_REACTIONS);
		return;
	}
	snprintf(what, sizeof(what), "reaction %zu", policy->n_reactions + 1);
	errors = r->report->errors;
	value_preset(&schema_reaction, "", reaction);
	read_required(r, group, what, &into, 1);
	read_group(r, group, what, &into, 1);
	if (r->report->errors == errors)
		book->at[policy->n_reactions] = value_place(r, group);
	rules_origin(value_place(r, group), reaction->origin, sizeof(reaction->origin));
	policy->n_reactions++;
}

void reactions_read(const struct value_reader *r, const config_setting_t *group,
	struct policy *policy, struct reaction_book *book)
{
	const config_setting_t *list = config_setting_get_member(group, "reactions");

	if (!list)
		return;
	if (!config_setting_is_list(list)) {
		conf_error(r->report, value_place(r, list),
			"'reactions' must be a list of groups: ( { ... }, ... )");
		return;
	}
	for (int i = 0; i < config_setting_length(list); i++)
		read_reaction(r, config_setting_get_elem(list, (unsigned)i), policy,
			book);
}

/* An earlier reaction that takes every finding of this rule before this one sees it. */
static bool taken_before(const struct judge *j, const char *rule)
{
	for (size_t i = 0; i < j->index; i++) {
		const struct reaction *earlier = &j->policy->reactions[i];

		if (proof_reaches(j->reaction->proof, earlier->proof) && text_glob(earlier->on, rule))
			return true;
	}
	return false;
}

static bool fits(enum response response, enum subject_kind subject)
{
	switch (subject) {
	case SUBJECT_SERVICE:
		return response == RESPONSE_SERVICE_LIMIT;
	case SUBJECT_HOST:
		return response == RESPONSE_SHIELD;
	case SUBJECT_SOURCE:
		return response < RESPONSE_SERVICE_LIMIT;
	case SUBJECT_DESTINATION:
	case SUBJECT_ACTOR:
		return response >= RESPONSE_EGRESS_LIMIT;
	case SUBJECT_NONE:
		break;
	}
	return false;
}

static const char *fitting(enum subject_kind subject)
{
	switch (subject) {
	case SUBJECT_SERVICE:
		return "about a service: only 'observe' and 'service-limit' can "
		       "answer it";
	case SUBJECT_HOST:
		return "about this host as a whole: only 'observe' and 'shield' can "
		       "answer it";
	case SUBJECT_DESTINATION:
	case SUBJECT_ACTOR:
		return "about what leaves this host: only 'observe' and the egress responses can answer it";
	case SUBJECT_SOURCE:
	case SUBJECT_NONE:
		break;
	}
	return "about a source: 'service-limit' and the egress responses act on others";
}

/* One rung against one rule that reaches it; false where it said something. */
static bool judge_rung(const struct judge *j, enum response response,
	const struct rule_slot *slot)
{
	const struct reaction *r = j->reaction;
	bool crowd = slot->crowds && r->proof == PROOF_CLAIMED;
	enum subject_kind subject = crowd ? SUBJECT_SERVICE : slot->subject;

	if (response == RESPONSE_OBSERVE)
		return true;
	if (subject == SUBJECT_DESTINATION && response == RESPONSE_EGRESS_ALLOWLIST)
		subject = SUBJECT_ACTOR; /* of whoever went there (policy.c) */
	if (!fits(response, subject)) {
		conf_error(j->report, j->at, "'%s' cannot answer '%s'%s, which is %s",
			response_name(response), slot->rule->name,
			crowd ? " that is only claimed" : "", fitting(subject));
		return false;
	}
	if (r->accept_forgery || response <= response_cap(r->proof, subject))
		return true;
	if (subject == SUBJECT_DESTINATION || subject == SUBJECT_ACTOR) {
		conf_error(j->report, j->at, "'%s' on '%s' needs proof = \"local\": it is about our own processes",
			response_name(response), slot->rule->name);
		return false;
	}
	conf_error(j->report, j->at, "'%s' on '%s' needs proof = \"answered\": claimed "
		"evidence can be forged, and whoever forges it chooses who is hit; "
		"use 'shield', or set accept_forgery = true if you bear that",
		response_name(response), slot->rule->name);
	return false;
}

static void judge_ladder(const struct judge *j, const struct rule_slot *slot)
{
	for (uint8_t i = 0; i < j->reaction->rungs; i++) {
		if (!judge_rung(j, j->reaction->ladder[i], slot))
			return;
	}
}

/* What is news is observed whatever is wanted, so a glob may hold it among others; but who names it alone and wants more has
 * mistaken it. */
static void judge_news(const struct judge *j, const char *rule)
{
	const struct reaction *r = j->reaction;

	if (r->rungs && r->ladder[r->rungs - 1] != RESPONSE_OBSERVE)
		conf_error(j->report, j->at, "'%s' cannot answer '%s', which is news: only 'observe' can answer it",
			response_name(r->ladder[r->rungs - 1]), rule);
}

/* Every rule that the reaction answers; says so where there is none. */
static void judge_reach(const struct judge *j)
{
	const char *names[RULES_MOST], *near;
	size_t n = rules_count(j->rules), matched = 0, taken = 0, reached = 0;
	const char *news = NULL, *other = NULL;

	for (size_t i = 0; i < n; i++) {
		struct rule_slot slot = rules_look(j->rules, i);

		names[i] = slot.rule->name;
		if (!text_glob(j->reaction->on, slot.rule->name))
			continue;
		matched++;
		if (!proof_reaches(slot.most, j->reaction->proof))
			continue;
		if (taken_before(j, slot.rule->name)) {
			taken++;
			continue;
		}
		reached++;
		if (slot.news) {
			news = slot.rule->name;
			continue;
		}
		other = slot.rule->name;
		judge_ladder(j, &slot);
	}
	if (news && !other)
		judge_news(j, news);
	if (!reached && taken)
		conf_warn(j->report, j->at, "reaction %zu is never reached: earlier ones "
			"take all that it matches", j->index + 1);
	else if (matched && !reached)
		conf_warn(j->report, j->at, "reaction %zu is never reached: nothing that "
			"'%s' finds can be more than claimed", j->index + 1,
			j->reaction->on);
	if (matched)
		return;
	near = text_nearest(j->reaction->on, names, n);
	conf_warn(j->report, j->at, "'%s' matches no rule%s%s%s", j->reaction->on,
		near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* What is wrong with a reaction whatever it is about. */
static void judge_shape(const struct judge *j)
{
	const struct reaction *r = j->reaction;

	if (r->max_ns < r->ttl_ns)
		conf_error(j->report, j->at, "'max' is shorter than 'for'");
	for (uint8_t i = 1; i < r->rungs; i++) {
		if (r->ladder[i] <= r->ladder[i - 1])
			conf_error(j->report, j->at, "a ladder must rise, but '%s' comes "
				"after '%s'", response_name(r->ladder[i]),
				response_name(r->ladder[i - 1]));
	}
	for (uint8_t i = 0; i < r->rungs && r->scope == SCOPE_SERVICE; i++) {
		enum response response = r->ladder[i];

		if (response == RESPONSE_SHIELD || response == RESPONSE_DROP)
			conf_error(j->report, j->at, "'%s' is for the whole source, it "
				"has no scope \"service\"", response_name(response));
	}
}

/* Here and not where it is read: the bound may stand in a later file, or change there. */
static void judge_width(const struct judge *j)
{
	const struct budget_opts *o = &j->rules->budget;
	const struct reaction *r = j->reaction;

	if (r->v4_len < o->widest_v4)
		conf_error(j->report, j->at, "'width4' is %u, wider than /%u, which "
			"'widest_v4' in budgets allows", r->v4_len, o->widest_v4);
	if (r->v6_len < o->widest_v6)
		conf_error(j->report, j->at, "'width6' is %u, wider than /%u, which "
			"'widest_v6' in budgets allows", r->v6_len, o->widest_v6);
}

static void judge_risk(const struct judge *j)
{
	const struct reaction *r = j->reaction;
	char text[32];

	duration_format(r->max_ns, text, sizeof(text));
	if (r->accept_forgery)
		conf_warn(j->report, j->at, "accept_forgery: whoever can send packets "
			"with a forged source can have any address answered with '%s', "
			"a customer's too; guards hold even so",
			response_name(r->ladder[r->rungs ? r->rungs - 1 : 0]));
	if (r->v4_len < RISKY_WIDTH4 || r->v6_len < RISKY_WIDTH6)
		conf_warn(j->report, j->at, "a prefix wider than /%d (IPv6 /%d) takes in "
			"many who did nothing", RISKY_WIDTH4, RISKY_WIDTH6);
	if (r->max_ns > RISKY_NS)
		conf_warn(j->report, j->at, "a measure may stand for %s: addresses "
			"change hands long before; 30 days are plenty", text);
}

void reactions_judge(const struct engine_rules *rules, const struct reaction_book *book,
	struct conf_place whole, struct conf_report *report)
{
	for (size_t i = 0; i < rules->policy.n_reactions; i++) {
		struct judge j = {
			.rules = rules, .policy = &rules->policy,
			.reaction = &rules->policy.reactions[i], .index = i,
			.at = book->at[i], .report = report,
		};

		if (!j.at.file)
			continue;
		judge_shape(&j);
		judge_reach(&j);
		judge_width(&j);
		judge_risk(&j);
	}
	if (rules->policy.n_reactions == 0)
		conf_warn(report, whole, "the policy has no reaction: all is observed, "
			"nothing is done");
}
