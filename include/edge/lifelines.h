/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom this host lives by, as files tell: its resolvers, its time servers, and who gave it
 * its addresses. Reads the files that their programs read or write, and says when one of
 * them has changed. Resolves no names, keeps no state. It reads the disk, so it is not for
 * the packet thread.
 */
#ifndef TIDEGATE_EDGE_LIFELINES_H
#define TIDEGATE_EDGE_LIFELINES_H

#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "core/guard.h"

#define LIFELINES_BYTES 65536 /* of a file, its end: where a list of leases is newest */
#define LIFELINES_FILES 256   /* that match one pattern */
#define LIFELINES_STUBS 4

struct lifelines_found {
	struct guards *guards; /* added to: RESOLVER, TIME, DHCP, each with its file's name */
	struct addr stubs[LIFELINES_STUBS]; /* resolvers on loopback, which are no guards */
	size_t n_stubs;
	size_t cut;     /* guards that found no room */
	size_t files;   /* that were read */
	size_t refused; /* that are there and could not be read */
	size_t names;   /* servers known by name only: nobody is guarded for them */
};

/* root stands before each path: "" but in tests. now: leases that are over are passed
 * over. */
void lifelines_read(const char *root, wall_t now, struct lifelines_found *f);

/* A number that is another one after any of these files has come, gone or changed. */
uint64_t lifelines_mark(const char *root);

#endif
