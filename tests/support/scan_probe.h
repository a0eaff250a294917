/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One source under the scan detector, for its two tests: thresholds as shipped, targets that share no bit. */
#ifndef TIDEGATE_TESTS_SUPPORT_SCAN_PROBE_H
#define TIDEGATE_TESTS_SUPPORT_SCAN_PROBE_H

#include "core/detect_scan.h"

#define AT(s) ((mono_t){ .ns = (int64_t)((s) * 1000.0) * NS_PER_MS })

static const struct scan_opts opts = {
	.fast_rule = { .name = "scan.fast", .enabled = true },
	.slow_rule = { .name = "scan.slow", .enabled = true },
	.weight_closed = NAT(2.77),
	.weight_weak = NAT(1.4),
	.weight_completed = NAT(-1.56),
	.fast_threshold = NAT(15.2),
	.slow_threshold = NAT(20.7),
	.proven_threshold = NAT(15.2),
	.fast_half_life_ns = 600 * NS_PER_S,
	.slow_half_life_ns = 86400 * NS_PER_S,
	.neighbour_factor = 2,
};

/* A source with its last finding, and what to call it with. */
struct probe {
	struct source s;
	struct scan_opts o;
	struct source_half_lives h;
	struct finding found;
	bool fresh;
	unsigned raised;
};

static inline struct probe stranger(void)
{
	struct probe p = { .o = opts };

	source_half_lives_set(&p.h, opts.fast_half_life_ns, opts.slow_half_life_ns,
		600 * NS_PER_S);
	return p;
}

/* Targets 0..31 have bits of their own: the bitmap looks at the upper twelve of a hash. */
static inline uint64_t target(unsigned n)
{
	uint64_t bits = n & 63;

	return bits << 58 | (bits ^ 32) << 52;
}

static inline bool count(struct probe *p, struct scan_contact c, mono_t now)
{
	bool raised;

	source_touch(&p->h, &p->s, now);
	raised = scan_count(&p->o, &p->s, &c, now, &p->fresh, &p->found);
	p->raised += raised;
	return raised;
}

static inline bool knock(struct probe *p, enum contact_outcome outcome, unsigned n, mono_t now)
{
	return count(p, (struct scan_contact){ .outcome = outcome, .target = target(n) }, now);
}

#endif
