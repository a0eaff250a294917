/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Volume: packets and bytes of each interface and each protocol, by the kernel's own counters, in steps of five seconds.
 *
 *   volume.surge  far above its own level (an exponential average and deviation on square roots, winsorised, frozen while
 *                 it stands) for three steps, and above an absolute floor: a link, or a protocol of this host
 *   volume.mix    the shares of the protocols depart from what they were (core/mix.h)
 *
 * Both say what happens, not who did it: they are observed, and are one signal for others to be confirmed by.
 *
 * A surge is news once: what rises within half a minute of one that was told, the same way, belongs to it; and what ended
 * is told again within half an hour only where it comes twice as high. It ends after a quiet minute; what has lasted for an
 * hour is no surge any more but how things are, and is learned as that. A backup is a surge, and the baseline of the
 * time of day (core/baseline.h) knows that it is none of interest: so it counts for little (the rule's own severity),
 * but for one more where our own resources suffer: packets are dropped, or conntrack is nearly full.
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
	uint32_t mix_threshold;   /* chi-square, as of a thousand packets: 300 */
	uint32_t mix_least;       /* packets a step under which shares say nothing: 1000 */
};

struct volume;

size_t volume_bytes(void);
void volume_create(struct volume **out, void *memory);

typedef void (*volume_raise_fn)(void *ctx, const struct finding *f);

/*
 * Each sample. The subject is HOST; about says which interface or protocol, which way, and what is usual: "link eth0
 * bytes-in, usual 120", "udp packets-in, usual 40", both a second. count: the same of the surge, bytes in KiB; score: how
 * many deviations above. Of the mix: "udp of packets-in 62 %, usual 4 %", and count is the packets of the step.
 */
void volume_sample(struct volume *v, const struct volume_opts *o, const struct host_sample *s, mono_t now,
	volume_raise_fn raise, void *ctx);

/* Some surge of incoming packets stands now: a fact about our own resources, for others to be confirmed by. */
bool volume_surges(const struct volume *v);

#endif
