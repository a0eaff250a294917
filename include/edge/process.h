/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who owns a socket: its process by the descriptors below /proc, its unit by the cgroup, its user's name by passwd(5)
 * (the file's first 64 KiB alone: no name service is asked).
 *
 * Descriptors of other users' processes can be read with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, both; without them only
 * our own user's are. Then there is no pid, but still the uid and the unit, for those come from the kernel's socket.
 *
 * A walk over all descriptors costs 3 to 15 us for each, so it is made seldom, never for longer than a bound, and not
 * before fifty times what the last one took: 2 % of one processor at most. What it met is remembered, and checked by one
 * look before it is told. It reads /proc and may block: not for the packet thread. For one thread.
 */
#ifndef TIDEGATE_EDGE_PROCESS_H
#define TIDEGATE_EDGE_PROCESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "codec/process_text.h"
#include "core/flow_end.h"
#include "edge/log.h"

#define PROCESS_SOCKETS 16384 /* that are remembered */
#define PROCESS_PIDS 65536    /* of one walk */
#define PROCESS_CGROUPS 2048  /* that are remembered */

struct process_opts {
	const char *root;     /* stands before each path: "" but in tests; borrowed */
	int64_t pause_ns;     /* at least, between two walks: 3 s */
	int64_t lifetime_ns;  /* of what is remembered and was not met since: 60 s */
	int64_t now_ns;       /* of the processor, that process_now may spend at once: 100 ms; a hundredth of it comes back */
	uint32_t descriptors; /* of one walk: 32768. The next one goes on where it ended; of a single process half as many */
};

struct process_opts process_opts_default(void);

struct process;

int process_open(struct process **out, const struct process_opts *o, char why[WHY_TEXT]); /* ERR_MEMORY */
void process_close(struct process *p);

/* As much of it as can be told now; what is not known may be so after the next walk. */
void process_who(struct process *p, const struct socket_owner *o, mono_t now, struct process_who *out);

/* The uid of a user of this host, by passwd(5) (its first MiB); 0 or ERR_ABSENT. root: as in the options, or NULL. */
int process_uid_of(void *root, const char *user, uint32_t *uid);

/*
 * Who opened a flow that has just begun, while he lives. Told from one process's own folder, so never of two; a socket that
 * was inherited is the one's who had it first, as far as his parents hold it under the same number. It looks at the
 * processes of the socket's control group alone (where that is not known, at the newest of its user's): 64 of them with 2,048
 * descriptors at most, the last one that was found there first. All that it does takes 1 % of a processor over time;
 * beyond that it tells the user alone. Where these were too few, and the share allows, it walks over all. Texts come out
 * escaped.
 */
struct blame;
void process_now(struct process *p, const struct socket_owner *o, mono_t now, struct blame *out);

/* The whole path of that control group, "system.slice/ssh.service"; "" where it is not known. */
void process_group(struct process *p, uint64_t cgroup, mono_t now, char *out, size_t size);

struct process_stats {
	uint64_t asked, found;  /* sockets; of these, with their process */
	uint64_t now_asked, now_found;
	uint64_t now_cut;       /* searches that a bound ended */
	uint64_t now_spared;    /* left out, for it had its share of the processor */
	uint64_t walks;
	uint64_t walks_cut;     /* that the bound ended */
	uint64_t descriptors;   /* looked at, in all walks */
	uint64_t processes_cut; /* had more than their half of the bound: counted at each walk */
	uint64_t crowded;       /* sockets that were met and found no room */
	uint64_t unread;        /* processes whose descriptors the last walk was not let see */
	int64_t walk_ns;        /* that the last walk took */
	uint64_t cgroup_walks, cgroups_cut; /* cut: directories beyond the bounds */
	size_t sockets, cgroups; /* remembered now */
};

void process_stats(const struct process *p, struct process_stats *out);

#endif
