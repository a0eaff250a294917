/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Egress allowlists as configured: an actor, and where it may go. Matching here is what the kernel's sets do, for shadow
 * mode (counted, not refused), and for where there is no kernel.
 */
#ifndef TIDEGATE_CORE_ALLOWLIST_H
#define TIDEGATE_CORE_ALLOWLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/time.h"
#include "core/actor.h"

#define ALLOWLISTS 32           /* of one configuration */
#define ALLOWLIST_ENTRIES 2048  /* of all of them together */
#define ALLOWLIST_NAME 64

/* Either a name or a prefix. */
struct allow_entry {
	char name[ALLOWLIST_NAME]; /* "deb.debian.org", "*.example.net"; "": the prefix */
	struct prefix prefix;
	uint16_t port_first, port_last; /* 0 .. 65535: all */
	uint8_t proto;             /* TCP, UDP, SCTP, ICMP ...; 0: TCP and UDP */
	uint8_t list;              /* index of its allowlist */
};

struct allowlist {
	char title[32];
	char origin[64];           /* file:line */
	char group[128];           /* path of a control group: "system.slice/backup.service"; "": a user or the host */
	struct actor actor;        /* ACTOR_GROUP: cgroup and level come from the machine, 0 while there is no such group */
	bool enforce;              /* else shadow: what it would refuse is counted and told */
};

struct allowlists {
	struct allowlist lists[ALLOWLISTS];
	struct allow_entry entries[ALLOWLIST_ENTRIES];
	size_t n_lists, n_entries;
};

/* One element that the kernel is to have: this actor may go there. */
struct allowance {
	struct actor actor;
	struct prefix to;
	uint16_t port_first, port_last;
	uint8_t proto;             /* of the transport; never 0 */
	mono_t until;              /* 0: as long as the allowlist stands */
};

#endif
