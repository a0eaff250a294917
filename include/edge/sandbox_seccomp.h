/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon promises whoever starts it, service manager or not: it executes no program and opens no socket but
 * netlink and unix, whatever bytes it is fed. Kept by the kernel, for all threads, without a way back.
 */
#ifndef TIDEGATE_EDGE_SANDBOX_SECCOMP_H
#define TIDEGATE_EDGE_SANDBOX_SECCOMP_H

#include <stdbool.h>

/*
 * From now on, for this process and its threads: execve and its like, sockets of other families, and the calls by which
 * a process leaves its place (ptrace, mount, namespaces, modules, bpf, keys, io_uring ...) fail with EPERM, and so does
 * every call in another architecture's numbers. The kernel logs each (audit, type 1326). Also sets no_new_privs.
 * A list of what is refused: the unit's SystemCallFilter= is the narrower one, of what is allowed.
 *
 * 0; ERR_UNSUPPORTED: this kernel, or the architecture that we were built for, has no such filter. seccomp(2),
 * Documentation/userspace-api/seccomp_filter.rst.
 */
int sandbox_confine(void);

/* Some such filter is in force: ours, or the service manager's. */
bool sandbox_is_confined(void);

#endif
