/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who of this host acts: a control group, a user, or the host as a whole. Egress findings and measures are about them.
 */
#ifndef TIDEGATE_CORE_ACTOR_H
#define TIDEGATE_CORE_ACTOR_H

#include <stdbool.h>
#include <stdint.h>

#define OWNER_UNKNOWN UINT32_MAX

/* Who holds a socket. A process is found by its inode (edge/process.h), off the packet path. */
struct socket_owner {
	uint32_t uid;    /* OWNER_UNKNOWN */
	uint32_t inode;  /* of the socket; 0: it has none any more */
	uint64_t cgroup; /* cgroup v2 id; 0: not known */
};

/* These stand in files: never renumbered. */
enum actor_kind {
	ACTOR_HOST = 0,
	ACTOR_USER,
	ACTOR_GROUP, /* a control group (v2), as systemd makes one for each service */
	ACTOR_KINDS,
};

struct actor {
	uint64_t cgroup; /* ACTOR_GROUP: the kernel's id, which changes when the group is made anew */
	uint32_t uid;    /* ACTOR_USER */
	uint8_t kind;    /* enum actor_kind */
	uint8_t level;   /* ACTOR_GROUP: how deep it lies; "system.slice/ssh.service" is 2 */
};

/* By what its kind uses. */
bool actor_equal(const struct actor *a, const struct actor *b);
bool actor_valid(const struct actor *a);
/* The narrowest that is known: group, user, host. */
struct actor actor_of(const struct socket_owner *o, uint8_t level);

#endif
