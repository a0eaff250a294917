/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 24 hours of bytes to one destination, and how they are told. */
#include "core/detect_exfil_parts.h"

#include <string.h>

#define KIB 1024
#define HUNDRED 100

int32_t exfil_hour(mono_t t)
{
	return (int32_t)(t.ns / EXFIL_HOUR_NS);
}

struct exfil_day exfil_day_begin(mono_t now)
{
	return (struct exfil_day){ .begun = now, .hour = exfil_hour(now), .told = EXFIL_NEVER };
}

bool exfil_within_day(int32_t told, int32_t hour)
{
	return told != EXFIL_NEVER && hour - told < EXFIL_HOURS;
}

static uint32_t add_kib(uint32_t a, uint64_t b)
{
	return b > UINT32_MAX - a ? UINT32_MAX : a + (uint32_t)b;
}

/* A day that has only just ended counts: else a backup of every night would be new again each night. Who sends some hours
 * before the day's end gets four times that after it, once. */
static void end_day(struct exfil_day *d)
{
	d->most = d->out > d->most ? d->out : d->most;
	d->out = 0;
}

void exfil_day_turn(struct exfil_day *d, mono_t now)
{
	const int32_t hour = exfil_hour(now);

	if (hour <= d->hour)
		return;
	if (hour / EXFIL_HOURS != d->hour / EXFIL_HOURS)
		end_day(d);
	if (hour - d->hour >= EXFIL_HOURS) {
		memset(d->kib, 0, sizeof(d->kib));
		d->begun = now;
	}
	for (int32_t h = d->hour + 1; h <= hour && h <= d->hour + EXFIL_HOURS; h++)
		for (int way = 0; way < FLOW_WAYS; way++)
			d->kib[way][h % EXFIL_HOURS] = 0;
	d->hour = hour;
}

void exfil_day_add(struct exfil_day *d, const uint64_t bytes[FLOW_WAYS])
{
	for (int way = 0; way < FLOW_WAYS; way++) {
		const uint64_t rest = d->rest[way] + bytes[way] % KIB, kib = bytes[way] / KIB + rest / KIB;
		uint32_t *at = &d->kib[way][d->hour % EXFIL_HOURS];

		d->rest[way] = (uint16_t)(rest % KIB);
		*at = add_kib(*at, kib);
		if (way == FLOW_THERE)
			d->out = add_kib(d->out, kib);
	}
}

void exfil_day_take(struct exfil_day *d, const struct exfil_day *what)
{
	for (int way = 0; way < FLOW_WAYS; way++)
		for (int h = 0; h < EXFIL_HOURS; h++) {
			uint32_t *at = &d->kib[way][h];

			*at -= what->kib[way][h] < *at ? what->kib[way][h] : *at;
		}
	d->out -= what->out < d->out ? what->out : d->out;
}

static bool counts(uint64_t out, uint64_t in, int32_t ratio)
{
	return out > in && (out - in) * HUNDRED >= (out + in) * (uint64_t)ratio;
}

struct exfil_sum exfil_day_sum(const struct exfil_day *d, int32_t ratio, uint32_t least)
{
	struct exfil_sum sum = { .since = d->begun };
	int32_t first = d->hour;

	for (int32_t h = d->hour; h > d->hour - EXFIL_HOURS && h >= 0; h--) {
		const uint64_t out = d->kib[FLOW_THERE][h % EXFIL_HOURS], in = d->kib[FLOW_BACK][h % EXFIL_HOURS];

		if (!counts(out, in, ratio))
			continue;
		sum.out += out;
		sum.in += in;
		sum.hours += out >= least;
		first = h;
	}
	if (d->begun.ns < first * EXFIL_HOUR_NS)
		sum.since = (mono_t){ first * EXFIL_HOUR_NS };
	return sum;
}

/* A backup that runs around the end of a day since boot lies in two of them, and would be told in its second night too. */
bool exfil_day_is_told(struct exfil_day *d, uint64_t out)
{
	if (exfil_within_day(d->told, d->hour)) {
		if (out > d->grown)
			d->grown = add_kib(0, out);
		return true;
	}
	d->most = d->grown > d->most ? d->grown : d->most;
	d->grown = 0;
	return false;
}

/* ---- words ---- */

static void add_size(struct text *t, uint64_t kib)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	size_t unit = 0;

	while (kib >= 10 * (uint64_t)KIB && unit + 1 < sizeof(units) / sizeof(units[0])) {
		kib = (kib + KIB / 2) / KIB;
		unit++;
	}
	if (kib)
		text_addf(t, "%u %s", (unsigned)kib, units[unit]);
	else
		text_add(t, "0");
}

static void add_span(struct text *t, int64_t ns)
{
	const int64_t minute = 60 * NS_PER_S, unit = ns >= 2 * EXFIL_HOUR_NS ? EXFIL_HOUR_NS : ns >= minute ? minute : NS_PER_S;
	char span[24];

	duration_format(ns > NS_PER_S ? ns / unit * unit : NS_PER_S, span, sizeof(span));
	text_add(t, span);
}

void exfil_say(struct text *t, const struct exfil_sum *sum, const struct exfil_day *d, mono_t now)
{
	add_size(t, sum->out);
	text_add(t, " in ");
	add_span(t, mono_since(now, sum->since));
	text_add(t, ", usually ");
	add_size(t, d->most);
	text_addf(t, "; out %u %%; to ", (unsigned)(sum->out * HUNDRED / (sum->out + sum->in + !sum->out)));
}
