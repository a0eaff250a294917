/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages on their way to hooks, and what is remembered beside them, as files of one folder: N.json (what a hook
 * reads), N.txt (the same for people), state.json. Each is written whole or not at all, and is on the disk when that is
 * said. For one process: a lock tells a second one.
 */
#ifndef TIDEGATE_EDGE_SPOOL_H
#define TIDEGATE_EDGE_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "edge/log.h"

#define SPOOL_PATH 512

struct spool;

/* The folder is made (0700) where its parent is there. ERR_BUSY: another process has it; ERR_PERMISSION, ERR_IO. */
int spool_open(struct spool **out, const char *folder, char why[WHY_TEXT]);
void spool_close(struct spool *s); /* NULL does nothing */

/* Numbers of the messages that are there; both 0 where none is. ERR_IO. */
int spool_range(const struct spool *s, uint64_t *first, uint64_t *last);

/* The text first: where the message is, all of it is. ERR_IO, ERR_FULL. */
int spool_put(struct spool *s, uint64_t number, const char *json, size_t json_len, const char *text, size_t text_len,
	char why[WHY_TEXT]);
void spool_remove(struct spool *s, uint64_t number);

/* A descriptor at its beginning (close-on-exec), which the caller closes. ERR_ABSENT, ERR_IO. */
int spool_message(const struct spool *s, uint64_t number, int *fd);

/* The path of the text. */
void spool_text_path(const struct spool *s, uint64_t number, char out[SPOOL_PATH]);

/* The caller frees the text. ERR_ABSENT, ERR_IO, ERR_MEMORY. */
int spool_read_state(const struct spool *s, char **json);
int spool_write_state(struct spool *s, const char *json, size_t len, char why[WHY_TEXT]);

#endif
