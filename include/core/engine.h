/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decision engine: observations in, verdicts, findings, decisions and wanted changes out. Pure: bytes and times are
 * arguments, randomness is a seed, memory is the caller's, nothing is printed, no descriptor is known. Live traffic,
 * scenarios and captures go through these very functions.
 *
 *   engine_packets --> detectors --> finding --> policy --> guard? --> ledger --> engine_take_change
 *   engine_answers (fates of single connections), engine_listening, engine_census, engine_applied: the world's answers
 *   engine_tick: expiry, descent, slow detectors
 */
#ifndef TIDEGATE_CORE_ENGINE_H
#define TIDEGATE_CORE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/table.h"
#include "core/allow_shadow.h"
#include "core/allow_want.h"
#include "core/allowlist.h"
#include "core/ask.h"
#include "core/baseline.h"
#include "core/blame.h"
#include "core/budget.h"
#include "core/detect_beacon.h"
#include "core/detect_brute.h"
#include "core/detect_exfil.h"
#include "core/detect_flood.h"
#include "core/detect_hold.h"
#include "core/detect_novel.h"
#include "core/detect_odd.h"
#include "core/detect_rate.h"
#include "core/detect_reported.h"
#include "core/detect_scan.h"
#include "core/detect_spray.h"
#include "core/detect_sweep.h"
#include "core/detect_tunnel.h"
#include "core/detect_volume.h"
#include "core/reach.h"
#include "core/dns.h"
#include "core/event.h"
#include "core/excuses.h"
#include "core/flow_end.h"
#include "core/guard.h"
#include "core/holders.h"
#include "core/host_sample.h"
#include "core/incident.h"
#include "core/ledger.h"
#include "core/listed.h"
#include "core/listen.h"
#include "core/meter.h"
#include "core/near.h"
#include "core/observation.h"
#include "core/packet.h"
#include "core/policy.h"
#include "core/recall.h"
#include "core/service_names.h"
#include "core/signals.h"

/* The sizes of the bounded tables; fixed for the life of an engine. */
struct engine_sizes {
	size_t sources;   /* 1048576 = 72 MiB and 8 MiB of ghosts */
	size_t rates;     /* 65536 */
	size_t subjects;  /* of the ledger: 65536 */
	size_t incidents; /* 4096 */
	size_t asks;      /* 4096; of each of the two kinds */
};

/* All that can be swapped by a reload, as one value. */
struct engine_rules {
	struct scan_opts scan;
	struct spray_opts spray;
	struct rate_opts rate;
	struct flood_opts flood;
	struct hold_opts hold;
	struct baseline_opts baseline;
	struct volume_opts volume;
	struct novel_opts novel;
	struct brute_opts brute;
	struct odd_opts odd;
	struct sweep_opts sweep;
	struct tunnel_opts tunnel;
	struct beacon_opts beacon;
	struct exfil_opts exfil;
	struct reach_opts reach;
	struct signals_opts signals;
	struct rule listed; /* egress.listed */
	struct reported_opts reported;
	struct policy policy;
	struct budget_opts budget;
	struct allowlists allow;    /* most of its size: not for a stack that is small */
	int64_t stray_ack_after_ns; /* no stray ACK counts before this much uptime: 10 min */
	int64_t handshake_wait_ns;  /* a handshake that is not complete by then is unfinished: 3 s */
	int64_t proof_wait_ns;      /* a connection of a fast source is asked about after this: 50 ms */
};

typedef void (*engine_emit)(void *ctx, const struct event *e);

struct engine_opts {
	struct engine_sizes sizes;
	struct engine_rules rules;
	struct hash_key key; /* also seeds admission and incident ids */
	bool enforce;
	mono_t start;
	wall_t wall;         /* at that time; 0: the first sample tells */
	engine_emit emit;    /* called within the engine's functions; must not call back */
	void *emit_ctx;
	observe_fn observe;  /* told each input before it is acted on; NULL: nobody. Must not call back */
	void *observe_ctx;
	meter_slot_fn slot;  /* each five minutes of traffic that are over (core/slot.h); NULL: nobody. Must not call back */
	void *slot_ctx;
};

enum verdict {
	VERDICT_ACCEPT = 0,
	VERDICT_DROP,
};

struct engine_input {
	struct packet_meta meta;
	struct slice bytes;
};

struct engine_counters {
	uint64_t packets[HOOK_COUNT];
	uint64_t copies;
	uint64_t verdicts[2]; /* by enum verdict */
	uint64_t faults[PACKET_FAULTS];
	uint64_t odd[16];     /* by bit of enum packet_odd */
	uint64_t late_answers; /* mirrored something we sent */
	uint64_t late_grace;   /* may have, soon after the start: datagrams to closed ports that said nothing */
	uint64_t backscatter;  /* answers by nature, to nothing we know */
	uint64_t guarded;      /* decisions that a guard forbade */
	uint64_t findings[FINDING_KINDS][PROOFS];
	uint64_t decisions[RESPONSES];
	uint64_t put[RESPONSES];   /* measures that the kernel took; what only came back is none */
	uint64_t unput[RESPONSES]; /* that it did not, or was not asked to: detect mode, guards, budgets, no room */
	uint64_t asks_lost, asks_made, asks_answered;
	uint64_t false_positives; /* by the administrator's word */
	uint64_t alarms;          /* EVENT_ALARM */
	uint64_t fallbacks;       /* of these, that ended in detect mode */
	uint64_t reported;        /* alerts of other programs */
	uint64_t events;
};

/* What goes back by itself unless engine_confirm comes in time. */
enum trial_kind {
	TRIAL_NONE = 0,
	TRIAL_MODE,  /* back to detect */
	TRIAL_RULES, /* back to the rules, policy and never_block guards before */
};

struct trial {
	enum trial_kind kind;
	mono_t since, until;
};

struct engine;

size_t engine_bytes(const struct engine_sizes *s);

/* Lays an engine into caller's memory, aligned to 64. opts are copied. ERR_RANGE for sizes that make no sense. */
int engine_create(struct engine **out, void *memory, size_t bytes, const struct engine_opts *opts);

/*
 * A burst of packets: verdicts[i] for input i (copies get ACCEPT, which means nothing). Times within a burst do not
 * decrease. Up to ENGINE_BURST inputs a call.
 */
#define ENGINE_BURST 64
void engine_packets(struct engine *e, const struct engine_input *in, size_t n, uint8_t *verdicts);

/* Expiry, descent, slow detectors. A few times a second. */
void engine_tick(struct engine *e, mono_t now);

/* One observation again, out of a log: calls whichever function took it in. verdicts for a burst. */
void engine_observe(struct engine *e, const struct observation *o, uint8_t *verdicts);

/* Answers of the world. */
void engine_listening(struct engine *e, const struct listen_snapshot *s, mono_t now);
void engine_census(struct engine *e, const struct service_census *c, size_t n, const struct pressure *p, mono_t now);
void engine_answer(struct engine *e, const struct ask_answer *a, mono_t now);
void engine_reported(struct engine *e, const struct report_alert *a, mono_t now); /* another program's alert */
void engine_sample(struct engine *e, const struct host_sample *s, mono_t now); /* once a second */
void engine_flow_end(struct engine *e, const struct flow_end *f, mono_t now);
/* A slot of before this engine's time: it is learned, in order of time, and judged by nobody. */
void engine_teach(struct engine *e, const struct slot *s);
void engine_forget_normal(struct engine *e); /* all that was learned of it */
/* The end: the slot that is being counted is handed out as far as it has come, and learned by nobody. */
void engine_finish(struct engine *e);
/* Which program serves which port, for what is told of a finding; it decides nothing. The same list again is no news. */
void engine_name_services(struct engine *e, const struct service_name *list, size_t n, mono_t now);
void engine_holders(struct engine *e, const struct service_holders *s, size_t n, mono_t now); /* after a census */
/* What leaves (engine_egress.c). */
void engine_owner(struct engine *e, const struct owner_answer *a, mono_t now);
void engine_dns(struct engine *e, const struct dns_message *m, mono_t now);
void engine_set_resolvers(struct engine *e, const struct addr *list, size_t n, mono_t now);
/* A list names this address (and is to be refused, by the administrator's word): for logs that are read again. Live, engine_use_listed gives all of them. */
/* The lists, from now on; borrowed until the next call. NULL: none. */
/* The wall's time, before anything is taught that tells its age by it; each sample says it again. */
void engine_clock(struct engine *e, wall_t wall, mono_t now);
/* A record of whom this host reaches, out of a store; and those that have changed, into it (core/reach.h). */
void engine_teach_reach(struct engine *e, const struct reach_record *x, mono_t now);
void engine_hand_reach(struct engine *e, size_t most, reach_put_fn put, void *ctx);
void engine_use_listed(struct engine *e, const struct listed *l);
/* Whose is this flow that began a moment ago? False: nobody asks. */
bool engine_take_owner_question(struct engine *e, struct tuple *out);
/* The control group of that path has this id now. */
void engine_bind_group(struct engine *e, const char *path, uint64_t cgroup, mono_t now);
/* A copy of a packet that the kernel did not let leave. */
void engine_refused(struct engine *e, const struct engine_input *in, mono_t now);
/* What the kernel is to let through of actors that are held by an allowlist; ahead of engine_take_change. */
bool engine_take_allowance(struct engine *e, mono_t now, struct allow_change *out);
void engine_allowances_lost(struct engine *e, mono_t now); /* all of them are wanted again */
void engine_allowed(struct engine *e, const struct allow_change *c, int result, mono_t now);
void engine_listed(struct engine *e, const struct addr *a, const char *list, bool refuses, mono_t now);
void engine_applied(struct engine *e, const struct change *c, int result, mono_t now);

/* Wanted changes of the kernel, and questions that are due. False where there is none. */
bool engine_take_change(struct engine *e, struct change *out);
bool engine_take_ask(struct engine *e, mono_t now, struct ask *out);
bool engine_wants_census(const struct engine *e);
bool engine_wants_holders(const struct engine *e); /* a walk over the sockets that names who holds what is worth its cost */

/* An element of ours is gone from the kernel, by somebody else's hand ('who', for people): it is wanted again. */
void engine_lost(struct engine *e, const struct measure *m, const char *who, mono_t now);
/* What a look at the element of a measure found. */
void engine_looked(struct engine *e, const struct measure *m, const struct ledger_look *k, mono_t now);

/* Our table is gone from the kernel ('what', for people; NULL where it has been said): all that was applied or refused
 * becomes wanted again. */
void engine_table_lost(struct engine *e, const char *what, mono_t now);

/* A word of the daemon's own for the record (EVENT_NOTICE, EVENT_RELOAD). */
void engine_note(struct engine *e, enum event_kind kind, bool ok, const char *text, mono_t now);

/* The administrator's hand. */
void engine_set_mode(struct engine *e, bool enforce, mono_t now); /* shadows never become real; detect ends all */
void engine_swap_rules(struct engine *e, const struct engine_rules *r);
/* The guards, to be changed in place; engine_guards_changed then ends every measure that one of them now forbids. */
struct guards *engine_guards(struct engine *e);
void engine_guards_changed(struct engine *e, mono_t now);
void engine_set_neighbours(struct engine *e, const struct prefix *p, size_t n); /* own subnets, 32 at most */

struct ban {
	struct prefix prefix;
	int64_t ttl_ns;
	enum response response; /* shield .. drop */
	uint32_t limit_rate, limit_burst;
	char reason[64];
};

/* ERR_GUARDED (with *guard), ERR_EXISTS, ERR_FULL, or 0. In detect mode it is recorded as a shadow. */
int engine_ban(struct engine *e, const struct ban *b, mono_t now, const struct guard **guard,
	const struct measure **out);
int engine_unban(struct engine *e, const struct prefix *p, bool forgive, mono_t now); /* ERR_ABSENT */
/* What stands against a destination or an actor; ERR_ABSENT. A group is known by its id, whatever its level says. */
int engine_end_subject(struct engine *e, const struct subject *s, mono_t now);
void engine_unban_all(struct engine *e, mono_t now);

/* engine_unban with forgiveness, and remembered: from then on twice as much proof is asked of this source, and of a
 * source that was wronged again four times, and eight. ERR_ABSENT where nothing stands or stood (no incident). */
int engine_false_positive(struct engine *e, const struct prefix *p, mono_t now);
/* The same out of the store. */
void engine_remember_false_positive(struct engine *e, const struct prefix *p, unsigned count, mono_t now);
const struct excuses *engine_excuses(const struct engine *e);

/* A measure found in the kernel at start; ERR_FULL, ERR_GUARDED. It is APPLIED. */
int engine_adopt(struct engine *e, const struct measure *m, mono_t now);

/*
 * A measure of an earlier run, out of the store: wanted until m->until, with all that belongs to it (incident, ladder,
 * rung, offences). Where it stands already (adopted) it gets these and its time stays: ERR_EXISTS. State MEASURE_FREE:
 * nothing but the memory of its offences. ERR_RANGE where it is over, ERR_GUARDED, ERR_FULL, ERR_INVALID; in detect
 * mode ERR_UNSUPPORTED.
 */
int engine_restore(struct engine *e, const struct measure *m, mono_t now);

/*
 * A mode or rules on trial: without engine_confirm within for_ns all is as it was before, and what detectors began
 * meanwhile ends. ERR_BUSY where a trial runs, ERR_EXISTS where that mode is in force already.
 */
int engine_try_mode(struct engine *e, bool enforce, int64_t for_ns, mono_t now);
int engine_try_rules(struct engine *e, const struct engine_rules *r, int64_t for_ns, mono_t now);
int engine_confirm(struct engine *e, mono_t now); /* ERR_ABSENT */
const struct trial *engine_trial(const struct engine *e); /* kind TRIAL_NONE: none runs */

/*
 * Panic: nothing is done to anybody until it is over; who calls it takes our table out of the kernel. What is decided
 * meanwhile is a shadow. Afterwards all that has not ended by then is wanted again.
 */
void engine_panic(struct engine *e, bool on, mono_t now);
bool engine_panics(const struct engine *e);

/* To look at: borrowed, until the next call of anything above. */
const struct engine_counters *engine_counters(const struct engine *e);
void engine_source_stats(const struct engine *e, struct table_stats *out);
const struct source *engine_source(struct engine *e, const struct addr *a, mono_t now); /* decayed to now, or NULL */
/* How near an address is to each rule that scores it alone, by what would be asked of it just now. */
void engine_near(struct engine *e, const struct addr *a, mono_t now, struct nears *out);
/* The next one that is remembered among so many places from *at on (base/table.h), decayed to now; NULL: none in these. */
const struct source *engine_source_next(struct engine *e, size_t *at, size_t most, mono_t now);
const struct ledger *engine_ledger(const struct engine *e);
struct incidents *engine_incidents(struct engine *e);
const struct recall *engine_recall(const struct engine *e);
const struct engine_rules *engine_rules(const struct engine *e);
bool engine_enforces(const struct engine *e);
const struct budget *engine_budget(const struct engine *e);
const struct reach *engine_reach(const struct engine *e);
const struct names *engine_names(const struct engine *e);
const struct allow_shadow *engine_allow_shadow(const struct engine *e);
const struct allow_want *engine_allow_want(const struct engine *e);
uint64_t engine_refused_count(const struct engine *e); /* packets that the kernel did not let leave, as far as it copied them */
const struct baseline *engine_baseline(const struct engine *e);
uint64_t engine_known_good(const struct engine *e); /* sources with a good history (source.h) */
/* What a new flow of this address to (proto, port) would meet; NULL: nothing. */
const struct measure *engine_match(struct engine *e, const struct addr *a, uint8_t proto, uint16_t port, mono_t now);

#endif
