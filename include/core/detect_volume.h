/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Volume: packets and bytes of each interface and each protocol, by the kernel's own counters, in steps of five seconds.
 *
 *   volume.surge  far above its own level (an exponential average and deviation on square roots, winsorised, frozen while
 *                 it stands) for three steps, and above an absolute floor: a link, or a protocol of this host
 *   volume.mix    the shares of the protocols depart from what they were (chi-square against their own average)
 *
 * Both say what happens, not who did it: they are observed, and are one signal for others to be confirmed by.
 */
#ifndef TIDEGATE_CORE_DETECT_VOLUME_H
#define TIDEGATE_CORE_DETECT_VOLUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "core/finding.h"
#include "core/host_sample.h"
#include "core/rule.h"

struct volume_opts {
	struct rule surge_rule;   /* volume.surge */
	struct rule mix_rule;     /* volume.mix */
	uint8_t deviations;       /* 8 */
	uint8_t steps;            /* 3, of five seconds */
	uint32_t least_packets;   /* a second, under which nothing is a surge: 2000 */
	uint64_t least_bytes;     /* a second: 2 MiB */
	int64_t learn_ns;         /* before the first judgement: 10 min */
	uint32_t mix_threshold;   /* chi-square, hundredths */
	uint32_t mix_least;       /* packets a step under which shares say nothing: 1000 */
};

struct volume;

size_t volume_bytes(void);
void volume_create(struct volume **out, void *memory);

typedef void (*volume_raise_fn)(void *ctx, const struct finding *f);

/* Each sample. The subject is HOST; finding.about says which interface or protocol, and which way. */
void volume_sample(struct volume *v, const struct volume_opts *o, const struct host_sample *s, mono_t now,
	volume_raise_fn raise, void *ctx);

/* Some surge of incoming packets stands now: a fact about our own resources, for others to be confirmed by. */
bool volume_surges(const struct volume *v);

#endif
