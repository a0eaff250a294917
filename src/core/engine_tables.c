/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One look at every bounded table of the engine. */
#include "core/engine_tables.h"

#include <string.h>

#include "core/engine_state.h"

const char *engine_table_name(enum engine_table t)
{
	static const char *const names[ENGINE_TABLES] = {
		[ENGINE_TABLE_SOURCES] = "sources",
		[ENGINE_TABLE_RATES] = "rates",
		[ENGINE_TABLE_SUBJECTS] = "subjects",
		[ENGINE_TABLE_ALLOWANCES] = "allowances",
		[ENGINE_TABLE_NAMES] = "names",
		[ENGINE_TABLE_REACH] = "reach",
		[ENGINE_TABLE_OUTGOING] = "outgoing",
		[ENGINE_TABLE_SWEEP] = "sweep",
		[ENGINE_TABLE_BEACON] = "beacon",
		[ENGINE_TABLE_TUNNEL] = "tunnel",
		[ENGINE_TABLE_EXFIL] = "exfil",
		[ENGINE_TABLE_SIGNALS] = "signals",
	};

	return (unsigned)t < ENGINE_TABLES ? names[t] : "unknown";
}

static struct engine_table_use use_of(const struct table *t)
{
	struct table_stats s;

	table_stats(t, &s);
	return (struct engine_table_use){ .entries = s.records, .limit = s.capacity, .evicted = s.evicted,
		.refused = s.refused };
}

static struct engine_table_use use_of_ledger(const struct ledger *l)
{
	struct ledger_stats s;

	ledger_stats(l, &s);
	return (struct engine_table_use){ .entries = s.subjects, .limit = s.capacity, .evicted = s.evicted,
		.refused = s.full };
}

static void look_at_names(const struct egress *e, struct engine_table_use out[ENGINE_TABLES])
{
	struct allow_want_stats want;
	struct names_stats names;
	struct reach_stats reach;
	struct outgoing_stats outgoing;

	allow_want_counts(e->want, &want);
	names_stats(e->names, &names);
	reach_stats(e->reach, &reach);
	outgoing_stats(e->outgoing, &outgoing);
	out[ENGINE_TABLE_ALLOWANCES] = (struct engine_table_use){ .entries = want.elements,
		.limit = ALLOW_WANT_ELEMENTS, .refused = want.elements_full + want.addresses_full };
	out[ENGINE_TABLE_NAMES] = (struct engine_table_use){ .entries = names.addresses, .limit = NAMES_ADDRESSES,
		.evicted = names.evicted };
	out[ENGINE_TABLE_REACH] = (struct engine_table_use){ .entries = reach.records, .limit = REACH_RECORDS,
		.evicted = reach.forgotten };
	out[ENGINE_TABLE_OUTGOING] = (struct engine_table_use){ .entries = outgoing.known, .limit = OUTGOING_FLOWS,
		.evicted = outgoing.crowded };
}

static void look_at_detectors(const struct egress *e, struct engine_table_use out[ENGINE_TABLES])
{
	struct beacon_stats beacon;
	struct tunnel_stats tunnel;
	struct exfil_stats exfil;
	struct signals_stats signals;

	beacon_stats(e->beacon, &beacon);
	tunnel_stats(e->tunnel, &tunnel);
	exfil_stats(e->exfil, &exfil);
	signals_stats(e->signals, &signals);
	out[ENGINE_TABLE_SWEEP].evicted = sweep_evicted(e->sweep);
	out[ENGINE_TABLE_BEACON].evicted = beacon.evicted;
	out[ENGINE_TABLE_TUNNEL].evicted = tunnel.evicted;
	out[ENGINE_TABLE_EXFIL].evicted = exfil.forgotten;
	out[ENGINE_TABLE_SIGNALS].evicted = signals.crowded;
}

void engine_tables(const struct engine *e, struct engine_table_use out[ENGINE_TABLES])
{
	memset(out, 0, ENGINE_TABLES * sizeof(out[0]));
	out[ENGINE_TABLE_SOURCES] = use_of(e->sources);
	out[ENGINE_TABLE_RATES] = use_of(e->rates);
	out[ENGINE_TABLE_SUBJECTS] = use_of_ledger(e->ledger);
	look_at_names(&e->egress, out);
	look_at_detectors(&e->egress, out);
}

size_t engine_floods(const struct engine *e)
{
	return flood_alarms(e->flood);
}

uint64_t engine_egress_refusals(const struct engine *e)
{
	return e->egress.refused;
}
