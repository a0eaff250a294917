/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shares of the protocols in what goes one way, against their own average: the chi-square of the shares, as if a
 * thousand packets had been counted, so that a busy host is not alarmed by a smaller shift than a quiet one; and against
 * its own usual size, so that a host whose shares wander is not alarmed at all. The average learns nothing while an alarm
 * stands. An hour of it is how things are. Pure; core/detect_volume.h feeds it.
 */
#ifndef TIDEGATE_CORE_MIX_H
#define TIDEGATE_CORE_MIX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "core/host_sample.h"

struct mix_opts {
	uint32_t threshold; /* chi-square of a thousand packets */
	uint32_t least;     /* packets of a step, under which their shares say nothing */
	uint8_t steps;      /* in a row */
	int64_t learn_ns;
};

struct mix { /* zeroed at first */
	int64_t share[HOST_PROTOS]; /* Q16 of one */
	int64_t usual;              /* chi-square of what was counted, Q16 */
	bool begun, raised;
	uint8_t above, quiet;       /* steps in a row */
	mono_t first, since;        /* step that counted; that it was raised at */
};

struct mix_rise {
	enum host_proto proto;   /* whose share grew most */
	uint32_t share, usual;   /* of it, percent */
	int64_t score;           /* chi-square, Q16 */
	int64_t threshold;       /* that it was held to, Q16 */
};

/* A step that took elapsed_ns. True: an alarm rises now. */
bool mix_step(struct mix *m, const struct mix_opts *o, const uint64_t packets[HOST_PROTOS], int64_t elapsed_ns, mono_t now,
	struct mix_rise *out);

#endif
