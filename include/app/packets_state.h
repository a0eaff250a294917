/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the packet thread, shared by its files and by nobody else: packets.c (bursts, commits, the loop),
 * packets_egress.c (what leaves: owners, look-ups, allowances), packets_answers.c (DNS answers that are held) and packets_table.c (our table in the kernel: alive, lost, put
 * back, taken out, looked at).
 */
#ifndef TIDEGATE_APP_PACKETS_STATE_H
#define TIDEGATE_APP_PACKETS_STATE_H

#include "app/packets.h"
#include "edge/log.h"
#include "edge/loop.h"

#define AGAIN 1024 /* the latest measures, which come back in the very transaction that brings the table back */

#define HELD_ANSWERS 512

/* A DNS answer whose addresses are on their way into the kernel. */
struct held_answer {
	uint32_t id;
	uint16_t queue;
	uint64_t after; /* so many allowances have been answered */
	mono_t until;   /* not longer, whatever becomes of them */
};

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
	uint64_t allow_sent, allow_done; /* allowances that the worker was given, and has answered */
	struct nfq_packet answer_burst[NFQ_BURST];
	struct held_answer answers[HELD_ANSWERS]; /* a ring: they are let go in the order in which they came */
	size_t answers_first, n_answers;
	mono_t groups_at; /* when control groups of allowlists are looked for next */
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

/* One copy or held packet of DNS. */
void packets_take_dns(struct packets *p, struct slice bytes, const struct packet_meta *meta, mono_t now);
/* All copies that are there. */
void packets_on_log(void *ctx, mono_t now);

/* packets_answers.c */
void packets_on_answers(void *ctx, mono_t now);
/* Those that nothing is waited for any more. */
void packets_let_answers(struct packets *p, mono_t now);
/* All of them. */
void packets_let_all_answers(struct packets *p);

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
