/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a finding says, in words: one phrase, the same in the log, in EVE's signature, in explain and in a replay's table.
 * What it is about may name what others named (an interface), so it goes through the escaping writer.
 */
#ifndef TIDEGATE_CODEC_FINDING_TEXT_H
#define TIDEGATE_CODEC_FINDING_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "core/finding.h"

#define FINDING_TEXT 384 /* room for any phrase */

/*
 * "6 closed ports in 1.2 s", "31 short sessions in 10m"; of volume and baseline what is measured comes first and what is
 * usual last: "link eth0 bytes-in 52340 KiB/s over 15 s, usual 120". Always terminated.
 */
void finding_format(const struct finding *f, char *out, size_t size);

/* What count counts: "closed ports"; "" where about says it. */
const char *finding_counted(enum finding_kind k);

/* "850 us", "1.2 s", "10m": three digits at most and then the unit. */
void span_format(int64_t ns, char *out, size_t size);

#endif
