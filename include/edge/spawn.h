/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other programs, run by the tool, never by the daemon: no shell, a fixed PATH and no locale, with bounds of time and size. The
 * words are the caller's own; nothing from outside is among them.
 */
#ifndef TIDEGATE_EDGE_SPAWN_H
#define TIDEGATE_EDGE_SPAWN_H

#include <stddef.h>

/*
 * What the program says on both its outputs, at most size bytes of it; then, or when the time is over, it is killed. The exit
 * code in *code; 127 where there is none of that name, -1 where it was killed. ERR_IO, ERR_ABSENT, ERR_AGAIN (out of time;
 * *len is what came until then), ERR_FULL (likewise).
 */
int spawn_read(const char *const *argv, int ms, char *out, size_t size, size_t *len, int *code);

/* Its input is these bytes and its output goes to the descriptor. 0, ERR_ABSENT, or ERR_IO where any of it fails. */
int spawn_filter(const char *const *argv, const void *bytes, size_t len, int out);

#endif
