/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A departure from the baseline as a finding.
 */
#include "core/baseline_say.h"

#include "base/text.h"
#include "core/fixed.h"
#include "core/flow_end.h"

/* States are kept in hundredths; of bytes a finding counts KiB. */
static uint64_t whole(enum measure_of m, uint64_t value)
{
	switch (m) {
	case OF_ESTABLISHED:
	case OF_HALF_OPEN:
	case OF_TIME_WAIT:
	case OF_CLOSE_WAIT:
		return value / 100;
	case OF_BYTES_IN:
	case OF_BYTES_OUT:
		return value >> 10;
	case OF_CONNECTIONS:
	case OF_SOURCES:
	case OF_NEWCOMERS:
	case OF_PORTS:
	case OF_PACKETS_IN:
	case OF_PACKETS_OUT:
	case OF_MEASURES:
		break;
	}
	return value;
}

/* How many times the usual, in hundredths; where that is next to nothing, the gate is taken as growth_percent of it. */
static int32_t times_usual(const struct departure *d, const struct baseline_opts *o)
{
	uint64_t limit = d->limit ? d->limit : 1;
	uint64_t times = d->value / limit * o->growth_percent + d->value % limit * o->growth_percent / limit;

	return times > INT32_MAX ? INT32_MAX : (int32_t)times;
}

/* Nine digits: the longest series' name leaves no room for more. */
static unsigned shown(enum measure_of m, uint64_t value)
{
	uint64_t count = whole(m, value);

	return count < 999999999 ? (unsigned)count : 999999999;
}

/* The lower edge of a band whose middle and upper edge are known: as far below, of the roots. */
static uint64_t lower_edge(const struct departure *d)
{
	uint64_t middle = 2 * (uint64_t)root_u64(d->expected), upper = root_u64(d->limit);

	return middle > upper ? (middle - upper) * (middle - upper) : 0;
}

static void name_it(const struct departure *d, struct finding *out)
{
	char series[SERIES_TEXT];
	struct text about = text_over(out->about, sizeof(out->about));

	series_format(&d->id, series, sizeof(series));
	text_addf(&about, "%s %s", series, measure_of_name(d->measure));
	if (d->slow)
		text_addf(&about, ", usual %u over weeks", shown(d->measure, d->usual));
	else
		text_addf(&about, ", usual %u-%u", shown(d->measure, lower_edge(d)), shown(d->measure, d->limit));
}

void baseline_say(const struct departure *d, const struct baseline_opts *o, mono_t first, mono_t at,
	struct finding *out)
{
	bool service = d->id.kind == SERIES_SERVICE && d->id.direction == FLOW_IN;
	uint64_t count = whole(d->measure, d->value);

	*out = (struct finding){
		.kind = FINDING_BASELINE,
		.proof = PROOF_CLAIMED,
		.rule = o->rule,
		.subject.kind = service ? SUBJECT_SERVICE : SUBJECT_HOST,
		.score = d->slow ? times_usual(d, o) : d->deviations > INT32_MAX ? INT32_MAX : (int32_t)d->deviations,
		.threshold = d->slow ? (int32_t)o->growth_percent : o->deviations * 100,
		.count = count > UINT32_MAX ? UINT32_MAX : (uint32_t)count,
		.window_ns = mono_since(at, first),
		.first = first,
		.at = at,
	};
	name_it(d, out);
	if (!service)
		return;
	out->subject.proto = out->proto = d->id.proto;
	out->subject.port = out->dport = out->ports[0] = d->id.port;
	out->n_ports = 1;
}
