/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of edge/process share: one walks over descriptors, one over cgroups.
 */
#ifndef TIDEGATE_EDGE_PROCESS_PRIVATE_H
#define TIDEGATE_EDGE_PROCESS_PRIVATE_H

#include <limits.h>
#include <stdbool.h>

#include "base/map.h"
#include "edge/process.h"

#define PROCESS_FILE 65536    /* of a file, its beginning */
#define PROCESS_WANTED 64     /* sockets that the next walk keeps whatever else it meets */
#define PROCESS_USERS 64
#define PROCESS_NOW_DESCRIPTORS 2048 /* of one search */
#define PROCESS_PATH 256      /* of a cgroup: those of containers take 200 */

struct process_socket {
	uint32_t inode, pid; /* pid 0: a whole walk did not find it */
	uint32_t descriptor;
	mono_t seen;
};

struct process_cgroup {
	uint64_t id;
	uint32_t last;              /* the process that a socket of it was found in last */
	uint8_t level;
	char unit[PROCESS_UNIT];    /* "": its name is too long */
	char path[PROCESS_PATH];    /* likewise */
};

struct process_user {
	uint32_t uid;
	char name[PROCESS_USER];
};

struct process {
	struct process_opts o;
	struct process_stats stats;

	struct map *index; /* inode -> sockets[] */
	void *index_memory;
	struct process_socket sockets[PROCESS_SOCKETS];
	uint32_t n_sockets;
	uint32_t hand; /* the next to give way to what is wanted */
	uint32_t wanted[PROCESS_WANTED];
	size_t n_wanted;
	uint32_t pids[PROCESS_PIDS];
	uint32_t resume; /* the walk begins at this process */
	mono_t not_before;

	struct process_cgroup cgroups[PROCESS_CGROUPS]; /* by id */
	size_t n_cgroups;
	mono_t cgroups_not_before;
	char cgroup_mount[PROCESS_PATH]; /* "": not known yet, or none */

	int64_t now_left_ns;  /* that process_now may spend */
	mono_t now_filled;
	uint32_t descriptors[PROCESS_NOW_DESCRIPTORS]; /* of one process, in turn */

	struct process_user users[PROCESS_USERS];
	size_t n_users;
	mono_t users_until;

	char text[PROCESS_FILE];
};

/* The beginning of a file below the root, in p->text; empty where it cannot be read. */
struct slice process_read(struct process *p, const char *path);

/* What a link leads to, in out; empty where it cannot be read. */
struct slice process_link(int dir, const char *path, char *out, size_t size);

/* A walk over all descriptors, as far as the bound allows. */
void process_walk(struct process *p, mono_t now);

/* The socket's entry, looked for again where it is time; NULL: not known. */
const struct process_socket *process_holder(struct process *p, uint32_t inode, mono_t now);

/* The processes there are from that number on, in p->pids: how many. */
size_t process_list(struct process *p, uint32_t first);

/* A socket that was met in a descriptor of a process. */
void process_note(struct process *p, uint32_t inode, uint32_t pid, uint32_t descriptor, mono_t now);

/* Its entry, looked at once more; NULL: it was not met, or is gone. */
const struct process_socket *process_met(struct process *p, uint32_t inode, mono_t now);

/* Of one process, below its folder (an O_PATH descriptor, or -1: it is gone). process_read_below as process_read. */
int process_open_folder(const struct process *p, uint32_t pid);
struct slice process_read_below(struct process *p, int dir, const char *name);
uint32_t process_parent(struct process *p, int dir); /* 0: not known */

/* What process_now says of it, of its user, and of its group. */
struct blame;
void process_blame(struct process *p, int dir, uint32_t pid, struct blame *out);
void process_blame_user(struct process *p, mono_t now, struct blame *out);
void process_blame_group(const struct process_cgroup *c, struct blame *out);

void process_name_user(struct process *p, mono_t now, struct process_who *w);

/* A cgroup, looked for anew where it is time; NULL: not known. Borrowed until the next call. */
struct process_cgroup *process_cgroup(struct process *p, uint64_t id, mono_t now);
/* One whose path a process of it told. NULL where that is another one's, or there is no room. */
struct process_cgroup *process_learn_cgroup(struct process *p, uint64_t id, const char *path);
void process_name_cgroup(const char *path, char unit[PROCESS_UNIT]);

#endif
