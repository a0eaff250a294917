/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file replaced as a whole: its new bytes are on the disk before the name points at them, so that whoever reads it at any
 * moment, or after a crash at any moment, has the old file or the new one. The old one stays beside it.
 */
#ifndef TIDEGATE_EDGE_REPLACE_H
#define TIDEGATE_EDGE_REPLACE_H

#include <stddef.h>

#include "edge/log.h"

/*
 * Writes FOLDER/NAME, mode 0644; where it was there, its old self is FOLDER/NAME.bak then. The folder is made, 0755, where its
 * parent is there. What is no regular file is not replaced. ERR_PERMISSION, ERR_IO; then nothing has changed but that the
 * folder may be there, and why says what failed.
 */
int replace_file(const char *folder, const char *name, const char *bytes, size_t len, char why[WHY_TEXT]);

#endif
