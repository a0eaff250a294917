/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One input of the engine as a value. An engine that is given engine_opts.observe tells each of its inputs before it
 * acts on it; engine_observe puts one in again. The same inputs into an engine with the same key, rules and sizes give
 * the same findings and decisions, byte for byte. So a log of observations is all that is needed to ask afterwards what
 * other rules would have decided.
 *
 * What the kernel makes of changes (engine_applied, engine_lost, engine_looked, engine_table_lost) is no observation:
 * it changes what is told of a measure, never whether one is decided. Nor are rules: whoever keeps a log says which
 * configuration it was kept under. Nor is what was normal before (engine_teach): it stands in the store of slots, and
 * decides nothing above observe.
 */
#ifndef TIDEGATE_CORE_OBSERVATION_H
#define TIDEGATE_CORE_OBSERVATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/time.h"

enum observation_kind {
	OBSERVATION_NONE = 0,
	OBSERVATION_PACKETS,    /* a burst */
	OBSERVATION_TICK,
	OBSERVATION_ANSWER,     /* the fate of one connection */
	OBSERVATION_LISTENING,
	OBSERVATION_CENSUS,
	OBSERVATION_GUARDS,     /* the whole list, after it was changed */
	OBSERVATION_NEIGHBOURS,
	OBSERVATION_MODE,
	OBSERVATION_PANIC,
	OBSERVATION_BAN,
	OBSERVATION_UNBAN,      /* with prefix.family NONE: everybody */
	OBSERVATION_WRONGED,    /* a false positive, by the administrator's word */
	OBSERVATION_SAMPLE,     /* the host's own counters */
	OBSERVATION_FLOW_END,   /* of flows that this host began, and to ports whose sessions are judged; others decide nothing */
	OBSERVATION_HOLDERS,    /* who holds the connections of busy services */
	OBSERVATION_NAMES,      /* which program serves which port, after it changed */
	OBSERVATION_OWNER,      /* whose a flow is that this host began */
	OBSERVATION_DNS,        /* a question of this host, or the answer to it */
	OBSERVATION_RESOLVERS,  /* whom it asks; the whole list */
	OBSERVATION_LISTED,     /* a list names an address that this host calls: told where it does, ahead of the packets */
	OBSERVATION_REPORTED,   /* an alert of another program */
	OBSERVATION_KINDS,
};

struct engine_input;
struct ask_answer;
struct dns_message;
struct flow_end;
struct host_sample;
struct service_holders;
struct service_name;
struct listen_snapshot;
struct service_census;
struct pressure;
struct guards;
struct owner_answer;
struct report_alert;
struct ban;

/* All pointers are borrowed for the call. */
struct observation {
	enum observation_kind kind;
	mono_t at; /* of a burst: its first packet's */
	union {
		struct {
			const struct engine_input *in;
			size_t n; /* 1 .. ENGINE_BURST */
		} packets;
		const struct ask_answer *answer;
		const struct listen_snapshot *listening;
		struct {
			const struct service_census *services;
			size_t n;
			const struct pressure *pressure;
		} census;
		const struct guards *guards;
		struct {
			const struct prefix *list;
			size_t n;
		} neighbours;
		bool on; /* MODE: enforce; PANIC */
		bool idle; /* TICK: it changes nothing that later decisions depend on, so a log may leave it out */
		const struct ban *ban;
		const struct host_sample *sample;
		const struct flow_end *flow_end;
		struct {
			const struct service_holders *services;
			size_t n;
		} holders;
		struct {
			const struct service_name *list;
			size_t n;
		} names;
		const struct owner_answer *owner;
		const struct dns_message *dns;
		const struct report_alert *reported;
		struct {
			const struct addr *list;
			size_t n;
		} resolvers;
		struct {
			struct addr addr;
			const char *list;
			bool refuses;
		} listed;
		struct {
			struct prefix prefix;
			bool forgive;
		} unban; /* WRONGED: prefix alone */
	};
};

typedef void (*observe_fn)(void *ctx, const struct observation *o);

const char *observation_kind_name(enum observation_kind k);

#endif
