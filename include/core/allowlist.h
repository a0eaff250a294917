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
#include "core/names.h"

#define ALLOWLISTS 32           /* of one configuration */
#define ALLOWLIST_ENTRIES 2048  /* of all of them together */
#define ALLOWLIST_NAME 64
#define ALLOWLIST_LEVELS 6      /* how deep a control group may lie, for the kernel to know whose a packet is */
#define ALLOWLIST_NONE SIZE_MAX

/* Either a name or a prefix. */
struct allow_entry {
	char name[ALLOWLIST_NAME]; /* "deb.debian.org", "*.example.net"; "": the prefix */
	struct prefix prefix;
	uint16_t port_first, port_last; /* 0 .. 65535: all */
	uint8_t proto;             /* TCP, UDP, SCTP; ICMP: of the address's family; 0: TCP and UDP */
	uint8_t list;              /* index of its allowlist */
};

struct allowlist {
	char title[32];
	char origin[64];           /* file:line */
	char group[128];           /* path of a control group: "system.slice/backup.service"; "": a user or the host */
	char user[32];             /* as it was written; "": by uid, or it is no user */
	struct actor actor;        /* ACTOR_GROUP: cgroup is 0 until allowlist_bind. ACTOR_USER: OWNER_UNKNOWN where this
				      machine has no such user */
	uint16_t first, n;         /* its entries */
	bool enforce;              /* else shadow: what it would refuse is counted and told */
};

/* The entries of each list stand together, in the order of the lists. */
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

/* Building one. ERR_FULL, ERR_EXISTS (there is a list of that title; *list is it). */
int allowlist_begin(struct allowlists *l, const char *title, size_t *list);
int allowlist_add(struct allowlists *l, size_t list, const struct allow_entry *e); /* ERR_FULL */
void allowlist_clear(struct allowlists *l, size_t list); /* of its entries */
size_t allowlist_find(const struct allowlists *l, const char *title); /* ALLOWLIST_NONE */

/* The group of that path has this id now; 0: there is none any more. How many lists that changed. */
size_t allowlist_bind(struct allowlists *l, const char *group, uint64_t cgroup);

/* Who wants to go somewhere, as far as it is known. */
struct allow_who {
	struct socket_owner owner;
	const char *group; /* path of its control group; "" */
};

/*
 * The one list that counts for it: of its control group or of the deepest one around that has a list, else of its user,
 * else of the host; ALLOWLIST_NONE. A narrower list stands instead of a wider one, not beside it.
 */
size_t allowlist_of(const struct allowlists *l, const struct allow_who *w);

/* "*.example.net" holds "a.example.net" and "a.b.example.net", not "example.net". Both in lower case, no last dot. */
bool allow_name_holds(const char *pattern, const char *name);
/* Whether the entry is about this protocol and port (0 for what has none). */
bool allow_entry_serves(const struct allow_entry *e, const struct addr *to, uint8_t proto, uint16_t port);

/* By the address and this one name of it ("": none is known). Loopback is always held. */
bool allowlist_holds(const struct allowlists *l, size_t list, const struct addr *to, uint8_t proto, uint16_t port,
	const char *name);

/*
 * What the list says of a new flow, by the names that are known now: entries with a name by all its addresses, those with
 * a wildcard by the name that the address was last looked up by (core/allow_want.h knows them all). Loopback is always
 * permitted; guards and the host's resolvers are for the caller to ask first. list ALLOWLIST_NONE: permitted.
 */
bool allowlist_permits(const struct allowlists *l, size_t list, const struct addr *to, uint8_t proto, uint16_t port,
	const struct names *names, mono_t now);

#endif
