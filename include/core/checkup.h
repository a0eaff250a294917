/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of our promises hold on this very host, as lines with a remedy each. Facts in,
 * lines out: where the facts come from is edge/hostfacts.h and the daemon. What is not
 * known is left out or said to be unknown, never guessed to be well.
 */
#ifndef TIDEGATE_CORE_CHECKUP_H
#define TIDEGATE_CORE_CHECKUP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOST_NAME 72
#define HOST_LIST 4

/* Names of what was found; n counts those without room, too. */
struct host_list {
	char names[HOST_LIST][HOST_NAME];
	size_t n;
};

void host_list_add(struct host_list *l, const char *name);

/* An interface by the names that container programs give: what hangs there is not this host. */
bool host_is_container(const char *link);

/* Switches and counts of the kernel; HOST_UNKNOWN where it does not tell. */
#define HOST_UNKNOWN (-1)

enum host_number {
	HOST_FORWARD4 = 0,
	HOST_FORWARD6,
	HOST_NO_IPV6,
	HOST_BRIDGE_CALLS4, /* bridged packets meet the hooks of IP */
	HOST_BRIDGE_CALLS6,
	HOST_CT_COUNT,
	HOST_CT_MAX,
	HOST_CT_LOOSE,
	HOST_CT_ESTABLISHED_S,
	HOST_SYNCOOKIES,
	HOST_CT_ACCT, /* conntrack counts bytes */
	HOST_NUMBERS,
};

struct host_facts {
	int64_t numbers[HOST_NUMBERS];
	bool tables_known;           /* else the four lists below say nothing */
	struct host_list flowtables;
	struct host_list ahead;      /* chains of others ahead of ours */
	struct host_list untracking; /* chains of others with a notrack rule */
	struct host_list responders; /* other programs that block */
	bool links_known;
	struct host_list bridges;
	struct host_list containers; /* interfaces */
	bool saved_table;            /* our table stands in /etc/nftables.conf */
};

/* What the daemon knows of itself. */
struct checkup_daemon {
	bool responding, alive, enforce;
	char mechanism[64];
	bool forward, copies_only; /* diverted hooks */
	uint64_t queue_dropped, copies_lost;
	uint64_t wanted, applied, refused, no_room; /* measures */
	uint64_t nft_errors;
	size_t guards_own, guards_gateway, guards_resolver, guards_admin, guards_listed;
	bool ssh_served, caller_remote, caller_guarded;
	char caller[64];
	bool listens_tcp, listens_udp, listens_sctp;
	int destroy; /* 1: SOCK_DESTROY works, 0: it does not, -1: unknown */
	bool event_file, event_failing;
	bool evidence;            /* is kept */
	char evidence_why[160];   /* why not; or, where it is, what went wrong last, "" */
	uint64_t evidence_lost;   /* incidents whose packets could not be kept */
	bool log_kept, log_failing; /* of observations */
	char log_error[160];
	uint64_t log_lost;
	bool flows_wanted, flows_told, flows_by_conntrack; /* that end */
	uint64_t flows_lost;
	bool history_kept, history_open;
	uint64_t history_lost;    /* slots */
	int64_t state_free_mb, log_free_mb; /* -1: the folder cannot be written */
	char state_dir[160], log_dir[160];
	uint64_t sources, sources_capacity;
	bool confined;            /* the kernel keeps us from programs and other sockets */
	bool names_all;           /* we may see whose socket it is, of any user */
};

enum grade {
	GRADE_OK = 0,
	GRADE_WARN,
	GRADE_FAIL,
};

const char *grade_name(enum grade g);

#define CHECKUP_LINES 40

struct checkup_line {
	enum grade grade;
	const char *name; /* one word, stable: for scripts */
	char text[200];
	char fix[200];    /* a command or a line of configuration; "" for none */
};

struct checkup {
	struct checkup_line lines[CHECKUP_LINES];
	size_t n;
};

/* daemon NULL: it cannot be reached, only the host is judged. */
void checkup_judge(const struct host_facts *h, const struct checkup_daemon *d,
	struct checkup *out);

/* One line more, without a remedy; beyond CHECKUP_LINES the last one gives way. For those who judge something beside. */
struct checkup_line *checkup_say(struct checkup *c, enum grade g, const char *name, const char *format, va_list args)
	__attribute__((format(printf, 4, 0)));

enum grade checkup_worst(const struct checkup *c);

#endif
