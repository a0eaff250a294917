/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the engine, shared by its files and by nobody else: engine.c (memory, bursts, looks),
 * engine_judge.c (packet -> verdict), engine_weigh.c (packet -> evidence), engine_decide.c (finding -> measure),
 * engine_world.c (answers and time), engine_host.c (what the host says of itself), engine_hand.c (the administrator), engine_trial.c (what goes back by itself),
 * engine_bounds.c (what holds us back), engine_tell.c (events), engine_observe.c (inputs as values).
 */
#ifndef TIDEGATE_CORE_ENGINE_STATE_H
#define TIDEGATE_CORE_ENGINE_STATE_H

#include "core/engine.h"
#include "core/engine_egress.h"
#include "core/recall.h"
#include "core/source.h"

#define NEIGHBOURS 32
#define RECALL_KEEP_NS (10 * 60 * NS_PER_S) /* what we sent is remembered for so long */
#define READY_RATES 64 /* a power of two */
#define TRAIL 2048 /* remembered contacts, all sources together; a power of two */

/* A contact as findings show it: which ports a source knocked at. */
struct trail_step {
	uint64_t key;
	uint16_t port;
};

/* Questions that wait for their time. One delay a queue, so the oldest is due first. */
struct ask_queue {
	struct ask *at;
	size_t size, head, n;
};

/* The record of a service under a rule, as the table gave it in that tick. */
struct ready_rate {
	struct rate_record *rec;
	uint64_t key;
	uint32_t tick, sid;
	uint16_t port;
	uint8_t proto;
};

/* The keyed hash of the last packet's IPv4 target, and what was hashed. */
struct last_target {
	uint64_t what, hash;
};

struct engine {
	struct engine_rules rules;
	struct source_half_lives half_lives; /* of the rules */
	struct hash_key key;
	bool enforce, panic;
	mono_t start;
	engine_emit emit;
	void *emit_ctx;
	observe_fn observe;
	void *observe_ctx;

	struct table *sources;
	struct table *rates;
	struct ready_rate ready[READY_RATES];
	struct last_target target;
	struct rate_watch *watch; /* of rules.rate */
	struct rate_answers *answers;
	struct listen *listen;
	struct recall *recall;
	struct spray *spray;
	struct reported *reported;
	struct flood *flood;
	struct hold *hold;
	struct brute *brute;
	struct volume *volume;
	struct novel *novel;
	struct meter *meter;
	struct baseline *baseline;
	struct egress egress;
	struct service_names names;
	mono_t frozen_until; /* nothing is learned before */
	unsigned frozen_slots; /* up with each that was, down with each that was not */
	meter_slot_fn slot;
	void *slot_ctx;
	struct ledger *ledger;
	struct incidents *incidents;
	struct guards guards;
	struct excuses excuses;
	struct trial trial;
	struct engine_rules before; /* a trial of rules: what it goes back to */
	struct budget budget;
	uint64_t known_good; /* sources with a good history; who was evicted is still counted */
	mono_t alarmed;      /* when a budget was last said to be exceeded */
	mono_t alarmed_network; /* and when a network was last said to have spent its part */
	struct prefix neighbours[NEIGHBOURS];
	size_t n_neighbours;

	struct ask_queue soon;  /* about the connections of a fast source */
	struct ask_queue later; /* about first contacts with open ports */
	struct trail_step trail[TRAIL];
	size_t trail_at;
	struct engine_counters counters;
};

/* One packet of a burst between the stages. */
struct look {
	struct packet packet;
	uint64_t key, hash;
	bool judged;   /* an incoming packet that parsed */
	bool outgoing; /* one of our own that did */
};

/* engine_judge.c: what stands against the source decides the verdict; else the packet is evidence or not. */
enum verdict engine_judge(struct engine *e, const struct engine_input *in, const struct look *l);

bool engine_closed_door(const struct engine *e, const struct engine_input *in, const struct packet *p);
bool engine_opens_flow(const struct packet *p);

/* engine_weigh.c: true where a finding came of it, so that something may stand against the source now. */
bool engine_weigh(struct engine *e, const struct engine_input *in, const struct look *l);

void engine_ask_later(struct engine *e, const struct ask *a); /* with the others that wait for a handshake's end */

/* engine_decide.c: a complete finding becomes an incident, a decision, and perhaps a measure. */
void engine_decide(struct engine *e, struct finding *f);
void engine_raise(void *engine, const struct finding *f); /* the same, for detectors that call back */
void engine_finding_of_source(struct engine *e, struct finding *f, uint64_t key);
/* Slow detectors of what the host says of itself. */
void engine_tick_host(struct engine *e, mono_t now);
void engine_rearm(struct engine *e, const struct subject *s, mono_t now);
/* The guard that forbids; NULL for none. Services and the host have no address to guard. */
const struct guard *engine_guard_of(const struct engine *e, const struct subject *s);
void engine_emit_measure(struct engine *e, enum event_kind kind, const struct measure *m, mono_t now);
void engine_emit_event(struct engine *e, const struct event *v);

/* engine_egress.c: a flow that this host begins, what it carries, who it belongs to. */
bool engine_is_contact(const struct engine *e, const struct packet *p);
/* The verdict for what leaves, where its destination is refused. */
enum verdict engine_stands_outgoing(const struct engine *e, const struct engine_input *in, const struct packet *p);
enum verdict engine_judge_outgoing(struct engine *e, const struct engine_input *in, const struct packet *p);
void engine_egress_answer(struct engine *e, const struct ask_answer *a, mono_t now);
void engine_egress_moved(struct engine *e, const struct flow_end *f, mono_t now);
void engine_egress_clock(struct engine *e, const struct host_sample *s, mono_t now);
void engine_egress_tick(struct engine *e, mono_t now);
void engine_raise_egress(void *engine, const struct finding *f);
void engine_signal_reported(struct engine *e, const struct report_alert *a, mono_t now); /* one signal about a->tuple.dst */
void engine_speak(struct engine *e, enum signal kind, const struct finding *f);
void engine_say_who(struct finding *f, const struct blame *b);
bool engine_is_new_place(const struct engine *e, mono_t at); /* the destination that is looked at, to this host */
void engine_rearm_egress(struct engine *e, const struct subject *s);
/* engine_look_up.c */
void engine_look_up_listed(struct engine *e, const struct addr *a, mono_t now);
/* Seconds since 1970; 0: not known yet. */
int64_t engine_wall_s(const struct engine *e, mono_t at);
int64_t engine_watched_s(const struct engine *e, mono_t at); /* for how long this host was watched */
void engine_look_up_packets(struct engine *e, const struct engine_input *in, size_t n);
/* engine_allow.c: what allowlists say of a contact, and what the kernel is to let through. */
void engine_allow_contact(struct engine *e, const struct contact *c, size_t list, bool refused, mono_t now);
void engine_allow_shut_in(struct engine *e, const struct actor *a, mono_t now); /* ahead of the measure */
/* Of lists: without one he would be shut in with nothing. */
bool engine_allow_has_room(const struct engine *e, const struct actor *a);
/* As whom it counts what is sent. */
struct contact engine_old_place(struct engine *e, const struct contact *c, int64_t wall_s, mono_t now);
/* What a socket's owner says: taken where the path's group is not known. */
void engine_meet_group(struct engine *e, const char *path, uint64_t cgroup, mono_t now);
void engine_allow_name(struct engine *e, const char *name, const struct addr *a, mono_t until, mono_t now);
void engine_allow_tick(struct engine *e, mono_t now);

/* engine_observe.c: tells whoever keeps a log. */
void engine_tell_input(const struct engine *e, const struct observation *o);

/* engine_host.c: an anomaly is no lesson for as long as its measure would stand. */
void engine_freeze(struct engine *e, const struct finding *f, const struct decision *d);

/* engine_hand.c: the measure ends before its time; said before it is done. */
void engine_release(struct engine *e, const struct measure *m, mono_t now);
void engine_put_mode(struct engine *e, bool enforce, mono_t now); /* engine_set_mode, but no input */

/* engine_bounds.c: what holds our own hand back. */
/* Those who share an address with an offender are limited, at most. */
void engine_cap_shared(const struct engine *e, const struct finding *f, struct decision *d);
/* Charges a measure that is about to be taken; false: it is too much, which has been said, and acted upon. */
bool engine_within_budget(struct engine *e, struct decision *d, const struct finding *f);
/* How many times the usual is asked of this source, of any evidence: 1, 2, 4, 8. */
unsigned engine_patience(const struct engine *e, const struct addr *a);

/* engine_trial.c: goes back where nobody has confirmed in time. */
void engine_trial_tick(struct engine *e, mono_t now);
void engine_trial_forget(struct engine *e, enum trial_kind kind);

/* engine.c: in force from now on, whatever a trial says. */
void engine_put_rules(struct engine *e, const struct engine_rules *r);

/* engine_weigh.c: the record's class and worth, as the table is to know them. */
void engine_touch(const struct engine *e, struct source *s, mono_t now); /* brings a record up to now */
bool engine_is_neighbour(const struct engine *e, const struct addr *a); /* on a subnet of ours */
void engine_rate_source(struct engine *e, const struct source *s, uint64_t hash, mono_t now);

#endif
