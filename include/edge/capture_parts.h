/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What reading and writing captures share: how they say what failed. For edge/capture*.c alone.
 */
#ifndef TIDEGATE_EDGE_CAPTURE_PARTS_H
#define TIDEGATE_EDGE_CAPTURE_PARTS_H

#include <string.h>

#include "edge/capture.h"

/* Where files and libpcap's programs have different numbers for the same. */
#define CAPTURE_LINKTYPE_RAW 101

/* "NAME: WORDS", cut to fit; returns err. */
int capture_say(char why[CAPTURE_WHY], int err, const char *name, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The err of an errno. */
int capture_err_of(int number);

/* "-" has another name for people. */
static inline const char *capture_name(const char *path, const char *standard)
{
	return strcmp(path, "-") ? path : standard;
}

#endif
