/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The baseline as the engine has it, with the thresholds of the shipped rule. */
#include <stdlib.h>
#include <string.h>

#include "judge.h"

static const struct baseline_opts opts = {
	.rule.enabled = true,
	.deviations = 4,
	.windows = 3,
	.learning_days = 7,
	.slow_windows = 12,
	.growth_percent = 300,
};

static struct baseline *baseline;
static struct series_id ids[SERIES];

static void begin(void)
{
	if (!baseline) {
		void *memory = malloc(baseline_bytes());

		if (!memory)
			abort();
		baseline_create(&baseline, memory);
	}
	baseline_forget(baseline);
	for (unsigned i = 0; i < SERIES; i++)
		if (series_parse(kinds[i].text, &ids[i]) != 0 || !baseline_learns(&ids[i], kinds[i].measure))
			abort();
}

static void told(void *ctx, const struct departure *d)
{
	enum alarm *alarm = ctx;

	for (unsigned i = 0; i < SERIES; i++)
		if (kinds[i].measure == d->measure && series_equal(&ids[i], &d->id))
			alarm[i] = d->rising ? RISES : LASTS;
}

static void slot(const struct moment *m, enum alarm alarm[SERIES])
{
	struct slot_series series[SERIES] = { 0 };
	struct slot s = {
		.start_s = m->start_s,
		.utc_offset_s = m->utc_offset_s,
		.watched_s = SLOT_S,
		.frozen = m->frozen,
		.series = series,
		.n = SERIES,
	};

	for (unsigned i = 0; i < SERIES; i++) {
		series[i].id = ids[i];
		series[i].known = 1U << kinds[i].measure;
		series[i].value[kinds[i].measure] = (uint64_t)m->value[i];
		alarm[i] = CALM;
	}
	baseline_slot(baseline, &opts, &s, told, alarm);
}

bool ours_limit(unsigned series, int64_t start_s, int32_t utc_offset_s, uint64_t *limit)
{
	struct band b;

	if (!baseline_band(baseline, &opts, &ids[series], kinds[series].measure, start_s, utc_offset_s, &b))
		return false;
	*limit = b.limit;
	return b.known;
}

const struct judge judge_ours = { "tidegate: band, 3 of 3, and weeks", begin, slot };
