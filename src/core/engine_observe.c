/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine's inputs as values: told to whoever keeps a log, and put in again out of one. What one says here the other
 * does.
 */
#include "core/engine_state.h"

void engine_tell_input(const struct engine *e, const struct observation *o)
{
	if (e->observe)
		e->observe(e->observe_ctx, o);
}

static void put_guards(struct engine *e, const struct guards *g, mono_t at)
{
	e->guards = *g;
	engine_guards_changed(e, at);
}

static void put_ban(struct engine *e, const struct ban *b, mono_t at)
{
	const struct measure *m;
	const struct guard *g;

	engine_ban(e, b, at, &g, &m);
}

static void put_unban(struct engine *e, const struct observation *o)
{
	if (o->unban.prefix.addr.family == FAMILY_NONE)
		engine_unban_all(e, o->at);
	else
		engine_unban(e, &o->unban.prefix, o->unban.forgive, o->at);
}

void engine_observe(struct engine *e, const struct observation *o, uint8_t *verdicts)
{
	switch (o->kind) {
	case OBSERVATION_NONE:
	case OBSERVATION_KINDS:
		break;
	case OBSERVATION_PACKETS:
		engine_packets(e, o->packets.in, o->packets.n, verdicts);
		break;
	case OBSERVATION_TICK:
		engine_tick(e, o->at);
		break;
	case OBSERVATION_ANSWER:
		engine_answer(e, o->answer, o->at);
		break;
	case OBSERVATION_LISTENING:
		engine_listening(e, o->listening, o->at);
		break;
	case OBSERVATION_CENSUS:
		engine_census(e, o->census.services, o->census.n, o->census.pressure, o->at);
		break;
	case OBSERVATION_GUARDS:
		put_guards(e, o->guards, o->at);
		break;
	case OBSERVATION_NEIGHBOURS:
		engine_set_neighbours(e, o->neighbours.list, o->neighbours.n);
		break;
	case OBSERVATION_MODE:
		engine_set_mode(e, o->on, o->at);
		break;
	case OBSERVATION_PANIC:
		engine_panic(e, o->on, o->at);
		break;
	case OBSERVATION_BAN:
		put_ban(e, o->ban, o->at);
		break;
	case OBSERVATION_UNBAN:
		put_unban(e, o);
		break;
	case OBSERVATION_WRONGED:
		engine_false_positive(e, &o->unban.prefix, o->at);
		break;
	case OBSERVATION_SAMPLE:
		engine_sample(e, o->sample, o->at);
		break;
	case OBSERVATION_FLOW_END:
		engine_flow_end(e, o->flow_end, o->at);
		break;
	case OBSERVATION_NAMES:
		engine_name_services(e, o->names.list, o->names.n, o->at);
		break;
	case OBSERVATION_OWNER:
		engine_owner(e, o->owner, o->at);
		break;
	case OBSERVATION_DNS:
		engine_dns(e, o->dns, o->at);
		break;
	case OBSERVATION_RESOLVERS:
		engine_set_resolvers(e, o->resolvers.list, o->resolvers.n, o->at);
		break;
	case OBSERVATION_LISTED:
		engine_listed(e, &o->listed.addr, o->listed.list, o->listed.refuses, o->at);
		break;
	case OBSERVATION_REPORTED:
		engine_reported(e, o->reported, o->at);
		break;
	case OBSERVATION_HOLDERS:
		engine_holders(e, o->holders.services, o->holders.n, o->at);
		break;
	}
}

const char *observation_kind_name(enum observation_kind k)
{
	static const char *const names[] = {
		[OBSERVATION_NONE] = "none", [OBSERVATION_PACKETS] = "packets",
		[OBSERVATION_TICK] = "tick", [OBSERVATION_ANSWER] = "answer",
		[OBSERVATION_LISTENING] = "listening", [OBSERVATION_CENSUS] = "census",
		[OBSERVATION_GUARDS] = "guards", [OBSERVATION_NEIGHBOURS] = "neighbours",
		[OBSERVATION_MODE] = "mode", [OBSERVATION_PANIC] = "panic",
		[OBSERVATION_BAN] = "ban", [OBSERVATION_UNBAN] = "unban",
		[OBSERVATION_WRONGED] = "wronged", [OBSERVATION_SAMPLE] = "sample",
		[OBSERVATION_FLOW_END] = "flow-end", [OBSERVATION_HOLDERS] = "holders",
		[OBSERVATION_NAMES] = "names", [OBSERVATION_OWNER] = "owner",
		[OBSERVATION_DNS] = "dns", [OBSERVATION_RESOLVERS] = "resolvers",
		[OBSERVATION_LISTED] = "listed", [OBSERVATION_REPORTED] = "reported",
	};

	return k < OBSERVATION_KINDS ? names[k] : "unknown";
}
