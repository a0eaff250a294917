/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small file that is written anew again and again, and that others read at any time: they find it whole, as it was or as
 * it is, or not at all. Not synced: it tells of now, and after a crash of the machine there is another now.
 */
#ifndef TIDEGATE_EDGE_WHOLE_FILE_H
#define TIDEGATE_EDGE_WHOLE_FILE_H

#include <stddef.h>

#include "edge/log.h"

#define WHOLE_FILE_PATH 1024 /* longest, with room for what stands beside it while it is written (".new") */

/* Mode 0644 whatever the umask. May wait for the disk. ERR_PERMISSION, ERR_IO, ERR_RANGE (the path): then the file is as it
 * was before. */
int whole_file_write(const char *path, const char *bytes, size_t len, char why[WHY_TEXT]);

/* 0 also where there was none. */
int whole_file_remove(const char *path, char why[WHY_TEXT]);

#endif
