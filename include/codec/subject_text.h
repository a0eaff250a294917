/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Subjects as an administrator types them: the words that subject_format (json_put.h) prints of them.
 */
#ifndef TIDEGATE_CODEC_SUBJECT_TEXT_H
#define TIDEGATE_CODEC_SUBJECT_TEXT_H

#include "core/finding.h"

/*
 * "uid:1000", "cgroup:4711" (its level stays 0: it is none of what identifies a group), "host": an actor. Else an address or
 * prefix: SUBJECT_SOURCE, which may as well be meant as a destination. ERR_INVALID; ERR_RANGE as prefix_parse.
 */
int subject_parse(const char *text, struct subject *out);

#endif
