/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host does just now, as `tidegate top` shows it: two snapshots of values that the kernel counts up, and the
 * rates between them. Pure; bounded; what found no room is counted. A snapshot is taken by app/live.c, only while
 * somebody watches.
 */
#ifndef TIDEGATE_CORE_LIVE_H
#define TIDEGATE_CORE_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/hash.h"
#include "base/map.h"
#include "core/flow_end.h"
#include "core/host_sample.h"

#define LIVE_FLOWS 16384
#define LIVE_SERVICES 512
#define LIVE_PROCESSES 1024
#define LIVE_COMM 16   /* TASK_COMM_LEN */
#define LIVE_UNIT 64
#define LIVE_USER 33
#define LIVE_NOBODY UINT32_MAX

/* Who holds sockets: a process where it may be read, else what the kernel says of the socket itself. */
struct live_process {
	uint32_t pid;          /* 0: not known */
	uint32_t uid;          /* OWNER_UNKNOWN */
	uint64_t cgroup;       /* of the socket; 0: not known */
	char comm[LIVE_COMM];  /* "" where pid is 0; any bytes but 0 */
	char unit[LIVE_UNIT];  /* of systemd, or the cgroup's path; "" where it could not be read */
	char user[LIVE_USER];  /* "": nobody of that name */
};

struct live_flow {
	uint64_t id;           /* the socket's cookie, or conntrack's id; another connection has another one */
	struct addr local, remote; /* of what passes through: who began it, and whom it called */
	uint16_t local_port, remote_port;
	uint8_t proto;
	uint8_t state;         /* enum socket_state; SOCKET_STATES: it has none */
	uint8_t direction;     /* enum flow_direction */
	uint32_t inode;        /* of the socket; 0: none */
	bool counted;          /* somebody counts its bytes */
	bool loopback;         /* both ends are here */
	uint64_t bytes[HOST_WAYS]; /* since it began */
	uint32_t process;      /* index into processes, or LIVE_NOBODY */
	uint32_t service;      /* index into services: it was begun with this one of ours; or LIVE_NOBODY */
};

struct live_service {
	uint8_t proto;
	uint16_t port;
	bool loopback;         /* is served to this host alone */
	uint32_t process;      /* index into processes, or LIVE_NOBODY */
	uint32_t established, half_open, close_wait, time_wait;
	uint32_t accept_queue, backlog; /* connections that wait to be taken, and how many may; TCP */
};

struct live_snapshot {
	mono_t at;
	bool walked;           /* the sockets; else only sample says anything */
	bool others_counted;   /* the bytes of what is no TCP, by conntrack's accounting */
	struct host_sample sample;
	struct live_flow flows[LIVE_FLOWS];
	struct live_service services[LIVE_SERVICES];
	struct live_process processes[LIVE_PROCESSES];
	uint32_t n_flows, n_services, n_processes;
	uint32_t flows_cut, services_cut, processes_cut;
};

/* Of each: amounts a second, between the two snapshots. */
struct live_link_rate {
	char name[LINK_NAME];
	uint64_t bytes[HOST_WAYS], packets[HOST_WAYS], dropped[HOST_WAYS], errors[HOST_WAYS];
	uint64_t total[HOST_WAYS]; /* bytes, as the kernel counts them */
};

struct live_flow_rate {
	uint32_t flow;         /* index into the later snapshot's */
	bool fresh;            /* it began between the two */
	uint64_t bytes[HOST_WAYS];
	mono_t since;          /* not later than this it began */
};

struct live_service_rate {
	uint64_t begun_centi;  /* connections begun a second, in hundredths: those that a walk met */
	uint64_t bytes[HOST_WAYS];
};

struct live_process_rate {
	uint32_t flows;        /* loopback left out, here and in bytes */
	uint64_t bytes[HOST_WAYS];
};

struct live_view {
	int64_t span_ns;       /* between the two; 0: there is no rate yet */
	struct live_link_rate links[SAMPLE_LINKS];
	uint64_t packets[HOST_PROTOS][HOST_WAYS];
	uint64_t opened[HOST_WAYS], resets_sent, unreachable_sent;
	struct live_flow_rate flows[LIVE_FLOWS];      /* in the order of the snapshot's, as are the two below */
	struct live_service_rate services[LIVE_SERVICES];
	struct live_process_rate processes[LIVE_PROCESSES];
};

struct live_work;

/* For live_diff: LIVE_WORK bytes of the caller's memory, aligned as malloc does. */
size_t live_work_bytes(void);
struct live_work *live_work_create(void *memory, const struct hash_key *key);

/*
 * The rates between two snapshots, the earlier of which may be NULL: then all rates are 0, and every flow begins now as
 * far as is known. seen are the rates of the time before (of 'before' against its own predecessor), for the times when
 * flows began; NULL with before.
 *
 * A counter that went back counts from zero (an interface was made anew). A flow that was not there counts from zero,
 * but where the earlier walk had no room for all: then nobody knows, and it counts nothing. Ends that are met again under
 * another id are another connection, but where it is in TIME_WAIT: the kernel gives what is left of a connection an
 * id of its own.
 */
void live_diff(struct live_work *w, const struct live_snapshot *before, const struct live_view *seen,
	const struct live_snapshot *now, struct live_view *out);

/* The process with these words, taken into the snapshot where it is new: its index; LIVE_NOBODY where there is no room
 * (counted). A search from the latest backwards: flows of one process come together. */
uint32_t live_process_of(struct live_snapshot *s, const struct live_process *p);

/* The service of a local port, or NULL. */
struct live_service *live_service_of(struct live_snapshot *s, uint8_t proto, uint16_t port);

#endif
