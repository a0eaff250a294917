/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every edge with a descriptor needs, and write(2) alone does not promise. */
#ifndef TIDEGATE_EDGE_FD_H
#define TIDEGATE_EDGE_FD_H

#include <stddef.h>

/* All of it, through interruptions and short writes. 0, or -1 with errno (ENOSPC where nothing more is taken). May wait. */
int fd_write_all(int fd, const void *bytes, size_t len);

#endif
