/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A departure from the baseline as a finding. Pure. */
#ifndef TIDEGATE_CORE_BASELINE_SAY_H
#define TIDEGATE_CORE_BASELINE_SAY_H

#include "base/time.h"
#include "core/baseline.h"
#include "core/finding.h"

/*
 * The subject is the service where the series is of one of ours, else the host; about says which series and measure, and
 * what is usual ("service 443/tcp in connections, usual 800-1400"; "link eth0 bytes-in, usual 300 over weeks").
 * score and threshold are standard deviations above the middle; by the slow gate, multiples of the usual. count is the
 * slot's value (states: whole sockets; bytes: KiB). Nothing of it is proof against anybody.
 */
void baseline_say(const struct departure *d, const struct baseline_opts *o, mono_t first, mono_t at,
	struct finding *out);

#endif
