/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the rule that a group of a file is about, and fills it. Which detectors there are
 * is known here and in the schema alone.
 */
#include "conf/rules.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define RATE_PREFIX "rate."

static const struct fixed {
	const char *name;
	enum subject_kind subject;
	enum proof most;
	bool crowds;
	const struct schema_section *section;
	size_t opts_at, rule_at; /* in struct engine_rules */
} fixed[RULES_FIXED] = {
	{ "scan.fast", SUBJECT_SOURCE, PROOF_CLAIMED, false, &schema_scan_fast,
	  offsetof(struct engine_rules, scan),
	  offsetof(struct engine_rules, scan.fast_rule) },
	{ "scan.slow", SUBJECT_SOURCE, PROOF_CLAIMED, false, &schema_scan_slow,
	  offsetof(struct engine_rules, scan),
	  offsetof(struct engine_rules, scan.slow_rule) },
	{ "scan.proven", SUBJECT_SOURCE, PROOF_ANSWERED, false, &schema_scan_proven,
	  offsetof(struct engine_rules, scan),
	  offsetof(struct engine_rules, scan.proven_rule) },
	{ "spray.hosts", SUBJECT_HOST, PROOF_CLAIMED, false, &schema_spray,
	  offsetof(struct engine_rules, spray),
	  offsetof(struct engine_rules, spray.rule) },
	{ "flood.syn", SUBJECT_SERVICE, PROOF_CLAIMED, false, &schema_flood,
	  offsetof(struct engine_rules, flood),
	  offsetof(struct engine_rules, flood.rule) },
	{ "odd.flags", SUBJECT_SOURCE, PROOF_CLAIMED, false, &schema_odd,
	  offsetof(struct engine_rules, odd),
	  offsetof(struct engine_rules, odd.rule) },
	{ "hold.connections", SUBJECT_SOURCE, PROOF_ANSWERED, true, &schema_hold_flood,
	  offsetof(struct engine_rules, hold),
	  offsetof(struct engine_rules, hold.flood_rule) },
	{ "hold.slow", SUBJECT_SOURCE, PROOF_ANSWERED, false, &schema_hold_slow,
	  offsetof(struct engine_rules, hold),
	  offsetof(struct engine_rules, hold.slow_rule) },
	{ "hold.close-wait", SUBJECT_SERVICE, PROOF_CLAIMED, false, &schema_hold_wait,
	  offsetof(struct engine_rules, hold),
	  offsetof(struct engine_rules, hold.wait_rule) },
	{ "volume.surge", SUBJECT_HOST, PROOF_CLAIMED, false, &schema_volume_surge,
	  offsetof(struct engine_rules, volume),
	  offsetof(struct engine_rules, volume.surge_rule) },
	{ "volume.mix", SUBJECT_HOST, PROOF_CLAIMED, false, &schema_volume_mix,
	  offsetof(struct engine_rules, volume),
	  offsetof(struct engine_rules, volume.mix_rule) },
	{ "novel.service", SUBJECT_SERVICE, PROOF_CLAIMED, false, &schema_novel_service,
	  offsetof(struct engine_rules, novel),
	  offsetof(struct engine_rules, novel.service_rule) },
	{ "novel.protocol", SUBJECT_HOST, PROOF_CLAIMED, false, &schema_novel_protocol,
	  offsetof(struct engine_rules, novel),
	  offsetof(struct engine_rules, novel.protocol_rule) },
	{ "brute.login", SUBJECT_SOURCE, PROOF_ANSWERED, false, &schema_brute_login,
	  offsetof(struct engine_rules, brute),
	  offsetof(struct engine_rules, brute.login_rule) },
	{ "brute.known", SUBJECT_SOURCE, PROOF_ANSWERED, false, &schema_brute_known,
	  offsetof(struct engine_rules, brute),
	  offsetof(struct engine_rules, brute.known_rule) },
	{ "brute.spread", SUBJECT_SOURCE, PROOF_ANSWERED, true, &schema_brute_spread,
	  offsetof(struct engine_rules, brute),
	  offsetof(struct engine_rules, brute.spread_rule) },
	{ "baseline.above", SUBJECT_HOST, PROOF_CLAIMED, false, &schema_baseline,
	  offsetof(struct engine_rules, baseline),
	  offsetof(struct engine_rules, baseline.rule) },
	{ "reported.alert", SUBJECT_SOURCE, PROOF_REPORTED, false, &schema_reported,
	  offsetof(struct engine_rules, reported),
	  offsetof(struct engine_rules, reported.rule) },
	{ "egress.listed", SUBJECT_DESTINATION, PROOF_LOCAL, false, &schema_egress_listed,
	  offsetof(struct engine_rules, listed),
	  offsetof(struct engine_rules, listed) },
	{ "egress.confirmed", SUBJECT_DESTINATION, PROOF_LOCAL, false, &schema_egress_signals,
	  offsetof(struct engine_rules, signals),
	  offsetof(struct engine_rules, signals.rule) },
	{ "egress.sweep", SUBJECT_ACTOR, PROOF_LOCAL, false, &schema_egress_sweep,
	  offsetof(struct engine_rules, sweep),
	  offsetof(struct engine_rules, sweep.rule) },
	{ "egress.beacon", SUBJECT_DESTINATION, PROOF_LOCAL, false, &schema_egress_beacon,
	  offsetof(struct engine_rules, beacon),
	  offsetof(struct engine_rules, beacon.rule) },
	{ "egress.tunnel", SUBJECT_DESTINATION, PROOF_LOCAL, false, &schema_egress_tunnel,
	  offsetof(struct engine_rules, tunnel),
	  offsetof(struct engine_rules, tunnel.rule) },
	{ "egress.volume", SUBJECT_DESTINATION, PROOF_LOCAL, false, &schema_egress_volume,
	  offsetof(struct engine_rules, exfil),
	  offsetof(struct engine_rules, exfil.volume_rule) },
	{ "egress.trickle", SUBJECT_DESTINATION, PROOF_LOCAL, false, &schema_egress_trickle,
	  offsetof(struct engine_rules, exfil),
	  offsetof(struct engine_rules, exfil.trickle_rule) },
	{ "egress.new", SUBJECT_DESTINATION, PROOF_LOCAL, false, &schema_egress_new,
	  offsetof(struct engine_rules, reach),
	  offsetof(struct engine_rules, reach.rule) },
};

/* Rules whose findings tell what is, and of nobody's doing. */
static const struct schema_section *const news[] = {
	&schema_hold_wait, &schema_volume_surge, &schema_volume_mix, &schema_novel_service, &schema_novel_protocol,
	&schema_baseline, &schema_egress_beacon, &schema_egress_volume, &schema_egress_trickle, &schema_egress_new,
	&schema_egress_tunnel, &schema_egress_listed,
};

static bool is_news(const struct schema_section *section)
{
	for (size_t i = 0; i < sizeof(news) / sizeof(news[0]); i++)
		if (news[i] == section)
			return true;
	return false;
}

size_t rules_count(const struct engine_rules *rules)
{
	return RULES_FIXED + rules->rate.n_rules;
}

struct rule_slot rules_slot(struct engine_rules *rules, size_t i)
{
	struct rate_rule *rate;

	if (i < RULES_FIXED)
		return (struct rule_slot){
			.rule = (void *)((char *)rules + fixed[i].rule_at),
			.subject = fixed[i].subject,
			.most = fixed[i].most,
			.crowds = fixed[i].crowds,
			.news = is_news(fixed[i].section),
			.own = { fixed[i].section, (char *)rules + fixed[i].opts_at },
		};
	rate = &rules->rate.rules[i - RULES_FIXED];
	return (struct rule_slot){
		.rule = &rate->rule,
		.subject = rate->per == RATE_PER_SERVICE ?
			SUBJECT_SERVICE : SUBJECT_SOURCE,
		.most = rate->per == RATE_PER_SOURCE ? PROOF_ANSWERED : PROOF_CLAIMED,
		.own = { &schema_rate, rate },
	};
}

struct rule_slot rules_look(const struct engine_rules *rules, size_t i)
{
	return rules_slot((struct engine_rules *)rules, i);
}

void rules_preset(struct engine_rules *rules)
{
	value_preset(&schema_scan, "", rules);
	for (size_t i = 0; i < RULES_FIXED; i++) {
		struct rule_slot slot = rules_slot(rules, i);

		value_preset(slot.own.section, "", slot.own.base);
		value_preset(&schema_rule, "", slot.rule);
		text_copy(slot.rule->name, sizeof(slot.rule->name), fixed[i].name);
		slot.rule->enabled = false;
	}
}

void rules_origin(struct conf_place at, char *out, size_t size)
{
	struct text t = text_over(out, size);
	const char *tail = at.file + strlen(at.file);
	unsigned slashes = 0;

	while (tail > at.file && !(tail[-1] == '/' && ++slashes == 2))
		tail--;
	text_addf(&t, "%s:%u", tail, at.line);
}

static const config_setting_t *name_of(const config_setting_t *group)
{
	const config_setting_t *s = config_setting_get_member(group, "name");

	return s && config_setting_type(s) == CONFIG_TYPE_STRING ? s : NULL;
}

/* The number of the rule of that name, or of a new rate rule; -1 after a report. */
static int find_or_add(const struct value_reader *r, const config_setting_t *group,
	struct engine_rules *rules)
{
	const char *name = config_setting_get_string(name_of(group));
	const char *list[RULES_MOST], *near;
	size_t n = rules_count(rules);

	for (size_t i = 0; i < n; i++) {
		list[i] = rules_slot(rules, i).rule->name;
		if (strcmp(list[i], name) == 0)
			return (int)i;
	}
	near = text_nearest(name, list, n);
	/* Without an id it is no new rule, but a slip in the name of an old one. */
	if (strncmp(name, RATE_PREFIX, strlen(RATE_PREFIX)) != 0 ||
	    (near && !config_setting_get_member(group, "sid"))) {
		conf_error(r->report, value_place(r, name_of(group)),
			"there is no rule '%.64s', and new ones need a name that begins "
			"with '" RATE_PREFIX "' and a sid%s%s%s", name,
			near ? "; did you mean '" : "", near ? near : "",
			near ? "'?" : "");
		return -1;
	}
	if (n == RULES_MOST) {
		conf_error(r->report, value_place(r, group),
			"there are more than %d rate rules", RULES_RATE);
		return -1;
	}
	value_preset(&schema_rate, "", &rules->rate.rules[rules->rate.n_rules]);
	rules->rate.n_rules++;
	return (int)n;
}

/* One file may name a rule once: of two, it could not be seen which one counts. */
static bool met_here(const struct value_reader *r, const struct conf_place *met,
	const config_setting_t *group, const char *name)
{
	if (!met->file || strcmp(met->file, r->file) != 0)
		return false;
	conf_error(r->report, value_place(r, group),
		"rule '%s' stands in this file already, at line %u", name, met->line);
	return true;
}

static void read_rule(const struct value_reader *r, const config_setting_t *group,
	struct engine_rules *rules, struct rule_book *book)
{
	struct read_into into[2];
	struct rule_slot slot;
	char what[VALUE_WHAT];
	struct conf_place *met;
	size_t errors;
	bool first;
	int i;

	if (!config_setting_is_group(group) || !name_of(group)) {
		conf_error(r->report, value_place(r, group),
			"a rule must be a group with a name: { name = \"...\"; ... }");
		return;
	}
	i = find_or_add(r, group, rules);
	if (i < 0)
		return;
	met = &book->at[i];
	slot = rules_slot(rules, (size_t)i);
	into[0] = (struct read_into){ &schema_rule, slot.rule };
	into[1] = slot.own;
	snprintf(what, sizeof(what), "rule '%.32s'",
		config_setting_get_string(name_of(group)));
	first = !met->file;
	if (met_here(r, met, group, slot.rule->name))
		return;
	*met = value_place(r, group);
	errors = r->report->errors;
	if (first) {
		value_preset(&schema_rule, "", slot.rule);
		read_required(r, group, what, into, 2);
	}
	read_group(r, group, what, into, 2);
	book->flawed[i] = book->flawed[i] || r->report->errors > errors;
	rules_origin(*met, slot.rule->origin, sizeof(slot.rule->origin));
}

void rules_read(const struct value_reader *r, const config_setting_t *root,
	struct engine_rules *rules, struct rule_book *book)
{
	const config_setting_t *scan = config_setting_get_member(root, "scan");
	const config_setting_t *list = config_setting_get_member(root, "rules");
	struct read_into into = { &schema_scan, rules };

	if (scan && config_setting_is_group(scan))
		read_group(r, scan, "scan", &into, 1);
	else if (scan)
		conf_error(r->report, value_place(r, scan),
			"'scan' must be a group: scan = { ... }");
	if (!list)
		return;
	if (!config_setting_is_list(list)) {
		conf_error(r->report, value_place(r, list),
			"'rules' must be a list of groups: rules = ( { ... }, ... )");
		return;
	}
	for (int i = 0; i < config_setting_length(list); i++)
		read_rule(r, config_setting_get_elem(list, (unsigned)i), rules, book);
}

/* Rules met are compared with all before them; the later one is told. */
static void judge_sid(const struct engine_rules *rules, const struct rule_book *book,
	size_t i, struct conf_report *report)
{
	const struct rule *rule = rules_look(rules, i).rule;

	for (size_t j = 0; j < i; j++) {
		const struct rule *other = rules_look(rules, j).rule;

		if (!book->at[j].file || other->sid != rule->sid || rule->sid == 0)
			continue;
		conf_error(report, book->at[i],
			"rule '%s' has the sid %u of rule '%s' (%s): events could not be "
			"told apart", rule->name, rule->sid, other->name, other->origin);
	}
}

void rules_judge(const struct engine_rules *rules, const struct rule_book *book,
	struct conf_place whole, struct conf_report *report)
{
	bool any = false;

	for (size_t i = 0; i < rules_count(rules); i++) {
		const struct rule *rule = rules_look(rules, i).rule;

		any = any || rule->enabled;
		if (!book->at[i].file)
			continue;
		judge_sid(rules, book, i, report);
		if (rule->why[0] == '\0' && !book->flawed[i])
			conf_warn(report, book->at[i],
				"rule '%s' does not say why its threshold is what it is",
				rule->name);
	}
	if (!any)
		conf_warn(report, whole, "no rule is enabled: nothing will be found");
}
