/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of this host decides whether measures bite: other tables, forwarding, bridges,
 * containers, conntrack. Read on demand, some milliseconds where others have many rules;
 * not for the packet thread. For one thread.
 */
#ifndef TIDEGATE_EDGE_HOSTFACTS_H
#define TIDEGATE_EDGE_HOSTFACTS_H

#include "core/checkup.h"
#include "edge/log.h"

struct hostfacts;

int hostfacts_open(struct hostfacts **out, char why[WHY_TEXT]);
void hostfacts_close(struct hostfacts *h);

/*
 * Everything that can be known with the rights of the caller; what cannot is said to be
 * unknown. ours: the name of our own table of family inet, which does not count.
 */
void hostfacts_read(struct hostfacts *h, const char *ours, struct host_facts *out);

/* The part of it that needs no rights and no handle; the rest is unknown. */
void hostfacts_switches(const char *ours, struct host_facts *out);

#endif
