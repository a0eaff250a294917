/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The counters of interfaces by rtnetlink, for edge/host_counters alone. */
#ifndef TIDEGATE_EDGE_HOST_LINKS_H
#define TIDEGATE_EDGE_HOST_LINKS_H

#include <stdint.h>

#include "core/host_sample.h"

struct host_links;

/* ERR_MEMORY, or the kernel's word as an enum err, with errno. */
int host_links_open(struct host_links **out);
void host_links_close(struct host_links *l);

/* Adds those that are up, loopback left out, to links. ERR_IO, or the kernel's word; then links may be incomplete. What
 * cannot be understood is counted in *malformed. */
int host_links_read(struct host_links *l, struct host_sample *out, uint64_t *malformed);

#endif
