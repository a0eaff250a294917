/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the policy in force and its neighbours on the disk would do about one finding. */
#include <string.h>

#include "app/control_verbs.h"
#include "app/door_policies.h"
#include "base/text.h"
#include "codec/ctl_json.h"
#include "codec/json_put.h"
#include "codec/subject_text.h"

struct asked {
	struct finding about;
	uint16_t offences;
	char active[32]; /* the policy in force */
	json_t *list;
};

static void put_opinion(void *ctx, const struct policy *p)
{
	struct asked *a = ctx;
	struct decision d;
	json_t *o = json_object();

	policy_decide(p, &a->about, a->offences, &d);
	put_text(o, "policy", p->name);
	put_bool(o, "active", strcmp(p->name, a->active) == 0);
	put_text(o, "response", response_name(d.response));
	put_int(o, "ttl_s", d.response == RESPONSE_OBSERVE ? 0 : d.ttl_ns / NS_PER_S);
	put_text(o, "origin", d.origin);
	for (size_t i = 0; i < d.n_steps; i++)
		if (d.steps[i].step == STEP_CAPPED)
			put_text(o, "wanted", response_name((enum response)d.steps[i].value));
	json_array_append_new(a->list, o);
}

static enum proof proof_of(const char *name)
{
	enum proof p = PROOFS - 1;

	while (p > PROOF_CLAIMED && strcmp(proof_name(p), name) != 0)
		p--;
	return p;
}

/* What a policy asks of a finding, out of an incident that only the store still has. */
static bool take_stored(json_t *story, struct asked *a)
{
	static const char *const names[] = { "source", "destination", "actor" };
	json_t *newest = json_array_get(json_object_get(story, "findings"), 0);
	const char *rule = json_string_value(json_object_get(newest, "rule"));
	const char *proof = json_string_value(json_object_get(newest, "proof"));
	const char *proto = json_string_value(json_object_get(newest, "proto"));
	json_t *subject = NULL;

	for (size_t i = 0; i < 3 && !subject; i++)
		subject = json_object_get(story, names[i]);
	if (!rule || !proof || !proto || !subject || subject_parse(json_string_value(subject), &a->about.subject))
		return false;
	if (json_object_get(story, "destination"))
		a->about.subject.kind = SUBJECT_DESTINATION;
	text_copy(a->about.rule.name, sizeof(a->about.rule.name), rule);
	a->about.proof = proof_of(proof);
	a->about.proto = strcmp(proto, "UDP") == 0 ? PROTO_UDP : PROTO_TCP; /* of services no other is limited */
	a->about.dport = (uint16_t)json_integer_value(json_object_get(newest, "dest_port"));
	a->offences = (uint16_t)json_integer_value(json_object_get(json_object_get(story, "decision"), "offence"));
	return true;
}

static void take_near(const struct nears *near, json_t *o, struct asked *a)
{
	const struct near *n = &near->list[0];
	const char *who = json_string_value(json_object_get(o, "address"));

	a->about.rule = n->rule;
	a->about.kind = n->kind;
	a->about.proof = n->proof;
	if (who)
		subject_parse(who, &a->about.subject);
}

void control_put_opinions(const struct control_call *k, json_t *o, const struct incident *i, const struct nears *near)
{
	struct asked a = { .list = json_array() };
	struct door_stats now;
	bool happened = true;

	if (i) {
		a.about = i->findings[(i->n_findings - 1) % INCIDENT_FINDINGS];
		a.offences = i->decision.offence;
	} else if (!take_stored(json_object_get(o, "incident"), &a) && near->n) {
		take_near(near, o, &a);
		happened = false;
	}
	if (!a.about.rule.name[0] || strncmp(a.about.rule.name, "manual.", 7) == 0) {
		json_decref(a.list);
		return;
	}
	door_stats(k->control->door, &now);
	text_copy(a.active, sizeof(a.active), now.policy);
	door_policies(k->control->door, put_opinion, &a);
	put_value(o, "opinions", json_pack("{s:s,s:s,s:b,s:o}", "rule", a.about.rule.name, "proof",
		proof_name(a.about.proof), "happened", happened, "policies", a.list));
}
