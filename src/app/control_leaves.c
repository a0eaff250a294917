/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What status says of that which leaves this host: flows that began, what was refused, the allowlists, and how well the names
 * of addresses are known. `tidegate egress` tells the same list by list.
 */
#include "app/control_verbs.h"
#include "codec/json_put.h"

void control_look_leaves(struct control_leaves *out, const struct engine *e)
{
	const struct allowlists *all = &engine_rules(e)->allow;

	out->begun = engine_counters(e)->packets[HOOK_OUTPUT];
	out->refused = engine_refused_count(e);
	out->lists = all->n_lists;
	for (size_t i = 0; i < all->n_lists; i++) {
		struct allow_shadow_sum sum;

		allow_shadow_sum(engine_allow_shadow(e), i, &sum);
		out->outside += sum.count;
		out->lists_enforced += all->lists[i].enforce;
	}
	if (!engine_enforces(e) || engine_panics(e))
		out->lists_enforced = 0;
	names_stats(engine_names(e), &out->names);
	allow_want_stats(engine_allow_want(e), &out->want);
	reach_stats(engine_reach(e), &out->reach);
}

static json_t *lists_value(const struct control_leaves *l)
{
	json_t *o = json_object();

	put_count(o, "configured", l->lists);
	put_count(o, "in_force", l->lists_enforced);
	put_count(o, "outside", l->outside);
	put_count(o, "elements", l->want.elements);
	put_count(o, "pending", l->want.pending);
	put_count(o, "failed", l->want.failed);
	put_count(o, "no_room", l->want.elements_full + l->want.addresses_full);
	return o;
}

static json_t *names_value(const struct control_leaves *l)
{
	json_t *o = json_object();

	put_count(o, "known", l->names.addresses);
	put_count(o, "questions", l->names.questions);
	put_count(o, "answers", l->names.answers);
	put_count(o, "stray", l->names.stray);
	put_count(o, "refused", l->names.refused);
	put_count(o, "evicted", l->names.evicted);
	return o;
}

/* The copies come through one socket, those of look-ups and of what is refused among them: it loses them together. */
json_t *control_leaves_value(const struct control_leaves *l, const struct door_stats *d)
{
	json_t *o = json_object();

	put_count(o, "begun", l->begun);
	put_count(o, "refused", l->refused);
	put_count(o, "actors", l->reach.actors);
	put_count(o, "destinations", l->reach.destinations);
	put_value(o, "allowlists", lists_value(l));
	put_value(o, "names", names_value(l));
	put_count(o, "answers_held", d->answers);
	put_count(o, "answers_late", d->answers_late);
	put_count(o, "copies_lost", d->copies_lost);
	return o;
}
