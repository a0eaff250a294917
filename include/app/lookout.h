/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom this machine lives by, as it is now: links, files and sockets asked again and again, and what they say put
 * together as guards. Knows neither engine nor kernel tables; the worker has it look, and hands on what it finds.
 * For one thread but for lookout_configure.
 */
#ifndef TIDEGATE_APP_LOOKOUT_H
#define TIDEGATE_APP_LOOKOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/time.h"
#include "conf/conf.h"
#include "core/guard.h"
#include "core/names.h"
#include "edge/log.h"

#define LOOKOUT_PERIOD NS_PER_S
#define LOOKOUT_SUBNETS 32

struct lookout_found {
	struct guards guards; /* the machine's kinds only, GUARDS_OF_MACHINE at most */
	struct prefix subnets[LOOKOUT_SUBNETS];
	size_t n_subnets;
	struct addr resolvers[NAMES_RESOLVERS]; /* guards or not; those on loopback, too */
	size_t n_resolvers;
};

struct lookout;

/* ssh_connection: the value of that variable, or NULL. Its client is guarded at once: until his session has ended
 * where it is seen among the sockets, else for good. */
int lookout_open(struct lookout **out, const struct conf_guards *g, const char *ssh_connection, char why[WHY_TEXT]);
void lookout_close(struct lookout *l);

/* Readable when links have news; then, and once in LOOKOUT_PERIOD, it looks. */
int lookout_fd(const struct lookout *l);

/* True while what it found is other than what was taken last. What could not be asked this time stays as it was. */
bool lookout_look(struct lookout *l, mono_t now);
void lookout_take(struct lookout *l, struct lookout_found *out);

/* Copied, and in force from the next look on. From any thread. */
void lookout_configure(struct lookout *l, const struct conf_guards *g);

#endif
