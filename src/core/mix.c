/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pearson's chi-square over four shares. A share is never expected below one in a hundred: of a protocol that is hardly
 * there, a handful of packets would be a thousandfold.
 */
#include "core/mix.h"

#include <string.h>

#include "core/fixed.h"

#define ONE (INT64_C(1) << 16)
#define LEAST_SHARE (ONE / 100)
#define AS_OF 1000                 /* packets */
#define HALF_LIFE (30 * 60 * NS_PER_S)
#define USUAL_TIMES 8              /* the usual size of the departure: that far is no news */
#define QUIET_STEPS 12
#define MOST_NS (3600 * NS_PER_S)

static uint64_t shares_of(const uint64_t packets[HOST_PROTOS], int64_t share[HOST_PROTOS])
{
	uint64_t total = 0, n[HOST_PROTOS];

	for (unsigned i = 0; i < HOST_PROTOS; i++) {
		n[i] = packets[i] < UINT64_C(1) << 40 ? packets[i] : UINT64_C(1) << 40;
		total += n[i];
	}
	for (unsigned i = 0; i < HOST_PROTOS; i++)
		share[i] = total ? (int64_t)((n[i] << 16) / total) : 0;
	return total;
}

static int64_t part_of(int64_t share, int64_t usual)
{
	int64_t expected = usual > LEAST_SHARE ? usual : LEAST_SHARE, gone = share - usual;

	return gone * gone / expected * AS_OF;
}

static int64_t chi_square(const struct mix *m, const int64_t share[HOST_PROTOS])
{
	int64_t sum = 0;

	for (unsigned i = 0; i < HOST_PROTOS; i++)
		sum += part_of(share[i], m->share[i]);
	return sum;
}

/* Quickly at first: what the first step held is not how things are. */
static void learn(struct mix *m, const int64_t share[HOST_PROTOS], int64_t score, int64_t elapsed_ns, mono_t now)
{
	int64_t age = mono_since(now, m->first) / 2, half = age < HALF_LIFE ? age : HALF_LIFE;

	half = half > NS_PER_S ? half : NS_PER_S;
	for (unsigned i = 0; i < HOST_PROTOS; i++)
		m->share[i] = level_learn(m->share[i], share[i], elapsed_ns, half);
	m->usual = level_learn(m->usual, score, elapsed_ns, half);
}

static int64_t limit_of(const struct mix *m, const struct mix_opts *o)
{
	int64_t own = USUAL_TIMES * m->usual, set = (int64_t)o->threshold << 16;

	return own > set ? own : set;
}

static void begin(struct mix *m, const int64_t share[HOST_PROTOS], mono_t now)
{
	*m = (struct mix){ .begun = true, .first = now };
	memcpy(m->share, share, sizeof(m->share));
}

/* A standing alarm goes on, or ends. */
static void keep_up(struct mix *m, const int64_t share[HOST_PROTOS], bool above, mono_t now)
{
	bool old = mono_since(now, m->since) >= MOST_NS;

	if (!m->raised)
		return;
	m->quiet = above ? 0 : (uint8_t)(m->quiet + 1);
	if (old)
		memmove(m->share, share, sizeof(m->share));
	if (old || m->quiet >= QUIET_STEPS) {
		m->raised = false;
		m->above = m->quiet = 0;
	}
}

static void tell(const struct mix *m, const int64_t share[HOST_PROTOS], int64_t score, int64_t limit, struct mix_rise *out)
{
	unsigned most = 0;
	int64_t part = -1;

	for (unsigned i = 0; i < HOST_PROTOS; i++) {
		if (share[i] <= m->share[i] || part_of(share[i], m->share[i]) <= part)
			continue;
		part = part_of(share[i], m->share[i]);
		most = i;
	}
	*out = (struct mix_rise){ .proto = (enum host_proto)most, .score = score, .threshold = limit,
		.share = (uint32_t)((share[most] * 100 + ONE / 2) >> 16),
		.usual = (uint32_t)((m->share[most] * 100 + ONE / 2) >> 16) };
}

bool mix_step(struct mix *m, const struct mix_opts *o, const uint64_t packets[HOST_PROTOS], int64_t elapsed_ns, mono_t now,
	struct mix_rise *out)
{
	int64_t share[HOST_PROTOS], score, limit;
	uint64_t total = shares_of(packets, share);
	bool above;

	if (total < o->least || !total) {
		keep_up(m, m->share, false, now);
		return false;
	}
	if (!m->begun)
		begin(m, share, now);
	score = chi_square(m, share);
	limit = limit_of(m, o);
	above = score > limit;
	if (m->raised) {
		keep_up(m, share, above, now);
		return false;
	}
	if (mono_since(now, m->first) < o->learn_ns)
		above = false;
	m->above = above ? (uint8_t)(m->above + 1) : 0;
	if (m->above < o->steps || !above) {
		learn(m, share, score < limit ? score : limit, elapsed_ns, now);
		return false;
	}
	tell(m, share, score, limit, out);
	m->raised = true;
	m->quiet = 0;
	m->since = now;
	return true;
}
