/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How full the bounded tables of the engine are, what their bounds have cost, and a few words that only it knows: for
 * whoever watches the daemon. Reading them costs some hundred instructions and changes nothing.
 */
#ifndef TIDEGATE_CORE_ENGINE_TABLES_H
#define TIDEGATE_CORE_ENGINE_TABLES_H

#include "core/engine.h"

enum engine_table {
	ENGINE_TABLE_SOURCES = 0, /* those that send to us */
	ENGINE_TABLE_RATES,       /* connections by source, and by service */
	ENGINE_TABLE_SUBJECTS,    /* of the ledger */
	ENGINE_TABLE_ALLOWANCES,  /* elements that allowlists want in the kernel */
	ENGINE_TABLE_NAMES,       /* addresses with the names that they were looked up by */
	ENGINE_TABLE_REACH,       /* whom this host reaches */
	ENGINE_TABLE_OUTGOING,    /* flows that this host has begun */
	ENGINE_TABLE_SWEEP,
	ENGINE_TABLE_BEACON,
	ENGINE_TABLE_TUNNEL,
	ENGINE_TABLE_EXFIL,
	ENGINE_TABLE_SIGNALS,
	ENGINE_TABLES,
};

struct engine_table_use {
	uint64_t entries; /* in use now */
	uint64_t limit;   /* 0: that, and entries, are not told */
	uint64_t evicted; /* made room before their time */
	uint64_t refused; /* newcomers that found no room */
};

const char *engine_table_name(enum engine_table t); /* "sources" */
void engine_tables(const struct engine *e, struct engine_table_use out[ENGINE_TABLES]);

size_t engine_floods(const struct engine *e); /* services whose flood alarm stands */

/* Packets that the kernel did not let leave, as far as it copied them. */
uint64_t engine_egress_refusals(const struct engine *e);

#endif
