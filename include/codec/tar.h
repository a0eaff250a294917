/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The headers of a tar archive (POSIX.1-1988 ustar), for files alone that belong to nobody. Pure. */
#ifndef TIDEGATE_CODEC_TAR_H
#define TIDEGATE_CODEC_TAR_H

#include <stddef.h>
#include <stdint.h>

#define TAR_BLOCK 512
#define TAR_NAME 100
#define TAR_END (2 * TAR_BLOCK) /* bytes of 0 behind the last file */

/* Its content follows, filled up with 0 to a whole block. ERR_RANGE: a name of 100 bytes or more, or 8 GiB. */
int tar_header(const char *name, uint64_t bytes, uint64_t modified_s, uint8_t out[TAR_BLOCK]);

/* How many bytes of 0 fill it up. */
size_t tar_fill(uint64_t bytes);

#endif
