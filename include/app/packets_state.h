/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the packet thread, shared by its files and by nobody else: packets.c (bursts, commits, the loop),
 * packets_egress.c (what leaves: owners, look-ups, allowances) and packets_table.c (our table in the kernel: alive, lost, put
 * back, taken out, looked at).
 */
#ifndef TIDEGATE_APP_PACKETS_STATE_H
#define TIDEGATE_APP_PACKETS_STATE_H

#include "app/packets.h"
#include "edge/log.h"
#include "edge/loop.h"

#define AGAIN 1024 /* the latest measures, which come back in the very transaction that brings the table back */

struct packets {
	struct packets_opts o;
	struct door *door;
	struct loop *loop;
	struct nfq_packet queue_burst[NFQ_BURST];
	struct nflog_packet log_burst[NFLOG_BURST];
	struct engine_input inputs[ENGINE_BURST];
	uint8_t verdicts[ENGINE_BURST];
	struct listen_snapshot listening; /* the table is put back with it */
	size_t outstanding;
	mono_t alive_at, repair_at;
	int64_t asleep_ns; /* how long the machine had slept at the last tick */
	bool lost;  /* our table is not as we left it: to be put back; nothing else is sent to it */
	bool unrepaired; /* lost, and the last attempt to put it back has failed */
	bool panic; /* our table is out of the kernel, by the administrator's word */
	size_t look_at;              /* the ledger's slot that is looked at next */
	struct change again[AGAIN];  /* what goes back into the kernel with a lost table */
	struct measure kept[AGAIN];
	struct packets_stats stats;
	mono_t reach_at; /* when records of whom this host reaches are handed over next */
	struct log_gate nft_gate;
};

/* packets_egress.c */
/* At the end of a wake-up: whose are the flows that have begun in it? */
void packets_ask_owners(struct packets *p);
void packets_on_owner(void *ctx, mono_t now);
/* A burst of copies. */
void packets_take_copies(struct packets *p, size_t n, mono_t now);
/* Allowances go to the kernel ahead of the measures that need them. False: the worker has no room. */
bool packets_send_allowances(struct packets *p, mono_t now);
void packets_tick_egress(struct packets *p, mono_t now);

/* packets_table.c */
void packets_stay_alive(struct packets *p, mono_t now);
/* Somebody has been at our table; who, for people. */
void packets_table_lost(struct packets *p, const char *who, mono_t now);
/* Once a tick: has the machine slept? */
void packets_mind_sleep(struct packets *p, mono_t now);
void packets_element_lost(struct packets *p, const struct report *r, mono_t now);
void packets_part_lost(struct packets *p, const struct report *r, mono_t now);
void packets_element_added(struct packets *p, const struct report *r, mono_t now);
/* What began before this measure was in force is remembered, to tell it from what comes through it later. */
void packets_first_look(struct packets *p, const struct measure *m, mono_t now);
/* Some of what is in force is looked at: is it there, does it bite? */
void packets_send_looks(struct packets *p, mono_t now);

#endif
