/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a report: for programs, which go by them, and for people. */
#include "app/report.h"

const char *report_mode_name(enum report_mode m)
{
	switch (m) {
	case REPORT_MODE_UNKNOWN:
		break;
	case REPORT_MODE_DETECT:
		return "detect";
	case REPORT_MODE_ENFORCE:
		return "enforce";
	}
	return "unknown";
}

const char *report_end_name(enum report_end e)
{
	switch (e) {
	case REPORT_STANDS:
		return "stands";
	case REPORT_EXPIRED:
		return "expired";
	case REPORT_STEPPED:
		return "stepped down";
	case REPORT_UNBLOCKED:
		return "unblocked";
	case REPORT_REFUSED:
		return "refused";
	case REPORT_UNTOLD:
		break;
	}
	return "untold";
}

struct words {
	const char *name, *text;
};

static const struct words doubts[REPORT_DOUBTS] = {
	[REPORT_WRONGED] = { "false-positive", "taken back as a false positive" },
	[REPORT_KNOWN_GOOD] = { "known-good", "it had a good history until then" },
	[REPORT_SERVED] = { "served", "this host has served it in the weeks before" },
	[REPORT_GUARDED] = { "guarded", "a guard stood in front of it" },
	[REPORT_NARROW] = { "narrow", "one rule alone, once, and hardly above its threshold" },
};

const char *report_doubt_name(enum report_doubt d)
{
	return d < REPORT_DOUBTS ? doubts[d].name : "";
}

const char *report_doubt_text(enum report_doubt d)
{
	return d < REPORT_DOUBTS ? doubts[d].text : "";
}

static const struct words losses[REPORT_LOSSES] = {
	[REPORT_LOST_EVENTS] = { "events_lost", "events that found no room on their way to the record" },
	[REPORT_LOST_UNWRITTEN] = { "events_unwritten", "events that did not reach the event file" },
	[REPORT_LOST_TRIMMED] = { "rows_trimmed", "rows of the record removed for its size" },
	[REPORT_LOST_QUEUE] = { "packets_unjudged", "packets that the full queue took from us" },
	[REPORT_LOST_COPIES] = { "copies_lost", "copies of packets that were lost" },
	[REPORT_LOST_ASKS] = { "asks_lost", "questions about connections that found no room" },
	[REPORT_LOST_OBSERVATIONS] = { "observations_lost", "observations that what-if will not see" },
	[REPORT_LOST_SLOTS] = { "slots_lost", "five minutes of history that found no room" },
	[REPORT_LOST_SOURCES] = { "sources_forgotten", "sources forgotten, or not taken in, for want of room" },
	[REPORT_LOST_SERIES] = { "series_crowded", "values of traffic without room in the baseline" },
	[REPORT_LOST_MEASURES] = { "measures_full", "decisions that found no room among measures" },
	[REPORT_LOST_NFT] = { "kernel_errors", "changes that the kernel would not make" },
};

const char *report_loss_name(enum report_loss l)
{
	return l < REPORT_LOSSES ? losses[l].name : "";
}

const char *report_loss_text(enum report_loss l)
{
	return l < REPORT_LOSSES ? losses[l].text : "";
}
