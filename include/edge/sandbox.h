/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is settled before and after the work: the right to do it, that there is one of us
 * for each run directory, and the service manager's word (sd_notify's datagram, without
 * libsystemd).
 */
#ifndef TIDEGATE_EDGE_SANDBOX_H
#define TIDEGATE_EDGE_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "edge/log.h"

/* CAP_NET_ADMIN in the effective set. */
bool sandbox_has_net_admin(void);

/* CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, likewise: either alone shows no other user's descriptors. */
bool sandbox_sees_processes(void);

struct sandbox_lock;

/*
 * Makes the run directory (0755, one level) where it is missing, takes the lock of its
 * tidegated.pid and writes our process id. ERR_BUSY: another one holds it (why has its
 * id). ERR_PERMISSION, ERR_IO, ERR_RANGE (path too long), ERR_MEMORY.
 */
int sandbox_take(struct sandbox_lock **out, const char *run_dir, char why[WHY_TEXT]);

/* Removes the file and gives the lock back. NULL does nothing. */
void sandbox_give(struct sandbox_lock *l);

/*
 * "READY=1", "WATCHDOG=1", "STOPPING=1", "STATUS=..." to $NOTIFY_SOCKET. 0 also where
 * nobody asked for it; ERR_IO, ERR_INVALID. Never blocks.
 */
int sandbox_notify(const char *state);

/* Half of $WATCHDOG_USEC in nanoseconds: how often to say WATCHDOG=1; 0 where nobody
 * waits. */
int64_t sandbox_watchdog_ns(void);

#endif
