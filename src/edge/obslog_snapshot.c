/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stays so: remembered from the entries as they pass, and written at the beginning of each file. */
#include <string.h>

#include "edge/obslog_private.h"

static void put_state(struct observation_writer *w, struct log_entry *e, const struct observation *o)
{
	e->kind = LOG_SNAPSHOT;
	e->observation = *o;
	observation_write(w, e); /* all of it is a quarter of a block */
}

void obslog_snapshot_write(const struct obslog_snapshot *s, struct observation_writer *w, mono_t at)
{
	struct log_entry e = { .at = at };

	for (size_t i = 0; i < s->n_links; i++) {
		e = s->links[i];
		e.at = at;
		observation_write(w, &e);
	}
	if (s->has_rules) {
		e = s->rules;
		e.at = at;
		observation_write(w, &e);
	}
	e = (struct log_entry){ .at = at };
	if (s->has_guards)
		put_state(w, &e, &(struct observation){ .kind = OBSERVATION_GUARDS, .guards = &s->guards });
	if (s->has_neighbours)
		put_state(w, &e, &(struct observation){ .kind = OBSERVATION_NEIGHBOURS,
			.neighbours = { s->neighbours, s->n_neighbours } });
	if (s->has_listening)
		put_state(w, &e, &(struct observation){ .kind = OBSERVATION_LISTENING, .listening = &s->listening });
	if (s->n_names)
		put_state(w, &e, &(struct observation){ .kind = OBSERVATION_NAMES, .names = { s->names, s->n_names } });
	if (s->n_resolvers)
		put_state(w, &e, &(struct observation){ .kind = OBSERVATION_RESOLVERS,
			.resolvers = { s->resolvers, s->n_resolvers } });
	if (s->has_mode)
		put_state(w, &e, &(struct observation){ .kind = OBSERVATION_MODE, .on = s->mode });
	if (s->has_panic)
		put_state(w, &e, &(struct observation){ .kind = OBSERVATION_PANIC, .on = s->panic });
}

static void note_observation(struct obslog_snapshot *s, const struct observation *o)
{
	switch (o->kind) {
	case OBSERVATION_LISTENING:
		s->has_listening = true;
		s->listening = *o->listening;
		break;
	case OBSERVATION_GUARDS:
		s->has_guards = true;
		s->guards = *o->guards;
		break;
	case OBSERVATION_NEIGHBOURS:
		s->has_neighbours = true;
		s->n_neighbours = o->neighbours.n < 32 ? o->neighbours.n : 32;
		memcpy(s->neighbours, o->neighbours.list, s->n_neighbours * sizeof(s->neighbours[0]));
		break;
	case OBSERVATION_NAMES:
		s->n_names = o->names.n < SERVICE_NAMES ? o->names.n : SERVICE_NAMES;
		if (s->n_names)
			memcpy(s->names, o->names.list, s->n_names * sizeof(s->names[0]));
		break;
	case OBSERVATION_RESOLVERS:
		s->n_resolvers = o->resolvers.n < NAMES_RESOLVERS ? o->resolvers.n : NAMES_RESOLVERS;
		if (s->n_resolvers)
			memcpy(s->resolvers, o->resolvers.list, s->n_resolvers * sizeof(s->resolvers[0]));
		break;
	case OBSERVATION_MODE:
		s->has_mode = true;
		s->mode = o->on;
		break;
	case OBSERVATION_PANIC:
		s->has_panic = true;
		s->panic = o->on;
		break;
	case OBSERVATION_NONE:
	case OBSERVATION_PACKETS:
	case OBSERVATION_TICK:
	case OBSERVATION_ANSWER:
	case OBSERVATION_CENSUS:
	case OBSERVATION_BAN:
	case OBSERVATION_UNBAN:
	case OBSERVATION_WRONGED:
	case OBSERVATION_SAMPLE:
	case OBSERVATION_FLOW_END:
	case OBSERVATION_HOLDERS:
	case OBSERVATION_OWNER:
	case OBSERVATION_DNS:
	case OBSERVATION_LISTED:
	case OBSERVATION_REPORTED:
	case OBSERVATION_KINDS:
		break;
	}
}

static void note_link(struct obslog_snapshot *s, const struct log_entry *e)
{
	size_t i = 0;

	while (i < s->n_links && s->links[i].link.index != e->link.index)
		i++;
	if (i == OBSLOG_LINKS)
		return;
	s->links[i] = *e;
	s->n_links += i == s->n_links;
}

void obslog_snapshot_note(struct obslog_snapshot *s, const struct log_entry *e)
{
	if (e->kind == LOG_OBSERVATION)
		note_observation(s, &e->observation);
	if (e->kind == LOG_LINK)
		note_link(s, e);
	if (e->kind != LOG_RULES)
		return;
	s->has_rules = true;
	s->rules = *e;
}
