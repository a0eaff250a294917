/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which id the kernel knows a control group (v2) by, as its path stands now: one that is removed and made anew is
 * another. Some microseconds; files of the kernel only.
 */
#ifndef TIDEGATE_EDGE_CGROUP_H
#define TIDEGATE_EDGE_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the hierarchy is mounted; root: in front of all paths, "" or a test's. False: nowhere. */
bool cgroup_mount(const char *root, char *out, size_t size);

/* path: "system.slice/ssh.service". 0: there is none. */
uint64_t cgroup_id(const char *mount, const char *path);

#endif
