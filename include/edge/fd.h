/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every edge with a descriptor needs, and write(2) alone does not promise. */
#ifndef TIDEGATE_EDGE_FD_H
#define TIDEGATE_EDGE_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* All of it, through interruptions and short writes. 0, or -1 with errno (ENOSPC where nothing more is taken). May wait. */
int fd_write_all(int fd, const void *bytes, size_t len);

/*
 * A file of that name in a folder, with these bytes and no others' hand in it: what stood under the name goes first, no
 * link is followed and no second name of another file written through. mode whatever the umask; synced: on the disk when
 * that is said. What close has to say (quotas, NFS) counts as much as what write says. 0, or -1 with errno: then there is
 * none. For a name beside the one that others read, and a rename.
 */
int fd_write_new(int dir, const char *name, mode_t mode, bool synced, const void *bytes, size_t len);

#endif
