/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Findings as phrases. Of most kinds a count and what it counts; of those that tell what is (finding_is_news) what it is
 * about, which their detectors write as "WHAT" or "WHAT, usual SO MUCH".
 */
#include "codec/finding_text.h"

#include <string.h>

#include "base/text.h"
#include "core/slot.h"

const char *finding_counted(enum finding_kind k)
{
	switch (k) {
	case FINDING_SCAN:
		return "closed ports";
	case FINDING_SPRAY:
		return "sources";
	case FINDING_RATE:
	case FINDING_SERVICE_RATE:
		return "connections";
	case FINDING_FLOOD:
		return "unfinished handshakes";
	case FINDING_ODD:
		return "odd packets";
	case FINDING_BRUTE:
	case FINDING_BRUTE_SPREAD:
		return "short sessions";
	case FINDING_HOLD:
		return "open connections";
	case FINDING_SLOW:
		return "silent connections";
	case FINDING_PILE:
		return "connections that our program leaves open";
	case FINDING_VOLUME:
	case FINDING_MIX:
	case FINDING_BASELINE:
	case FINDING_NOVEL:
	case FINDING_REACH:
	case FINDING_EXFIL:
	case FINDING_LISTED:
	case FINDING_EGRESS:
		return "";
	case FINDING_SWEEP:
		return "destinations";
	case FINDING_BEACON:
		return "calls";
	case FINDING_TUNNEL:
		return "names";
	case FINDING_REPORTED:
		return "signatures";
	case FINDING_NONE:
	case FINDING_KINDS:
		break;
	}
	return "events";
}

void span_format(int64_t ns, char *out, size_t size)
{
	struct text t = text_over(out, size);
	if (ns < 0)
		ns = 0;
	if (ns < NS_PER_MS) {
		text_addf(&t, "%lld us", (long long)(ns / 1000));
	} else if (ns < 10 * NS_PER_MS) {
		long long tenths = ns / (NS_PER_MS / 10);
		text_addf(&t, "%lld.%lld ms", tenths / 10, tenths % 10);
	} else if (ns < NS_PER_S) {
		text_addf(&t, "%lld ms", (long long)(ns / NS_PER_MS));
	} else if (ns < 10 * NS_PER_S && ns % NS_PER_S != 0) {
		long long tenths = ns / (NS_PER_S / 10);
		text_addf(&t, "%lld.%lld s", tenths / 10, tenths % 10);
	} else if (ns < 100 * NS_PER_S) {
		text_addf(&t, "%lld s", (long long)(ns / NS_PER_S));
	} else {
		char exact[32];
		int64_t unit = ns < 24 * 3600 * NS_PER_S ? NS_PER_S : 60 * NS_PER_S;
		duration_format(ns / unit * unit, exact, sizeof(exact));
		text_add(&t, exact);
	}
}

/* Names in it were escaped where they were put in; what was not moves no terminal all the same. */
static void add_part(struct text *t, const char *at, size_t len)
{
	char part[FINDING_ABOUT + 1];

	memcpy(part, at, len);
	part[len] = '\0';
	text_add_visible(t, part);
}

static size_t about_len(const struct finding *f)
{
	return strnlen(f->about, sizeof(f->about));
}

/* What is measured; what is usual ends it. No interface has a blank in its name, so none can look like this. */
static size_t head_len(const struct finding *f)
{
	char about[FINDING_ABOUT + 1] = "";
	const char *usual;

	memcpy(about, f->about, about_len(f));
	usual = strstr(about, ", usual ");
	return usual ? (size_t)(usual - about) : about_len(f);
}

static void add_head(struct text *t, const struct finding *f)
{
	add_part(t, f->about, head_len(f));
}

static void add_tail(struct text *t, const struct finding *f)
{
	size_t head = head_len(f);

	add_part(t, f->about + head, about_len(f) - head);
}

static void add_span(struct text *t, const char *word, int64_t ns)
{
	char span[32];

	if (ns <= 0)
		return;
	span_format(ns, span, sizeof(span));
	text_addf(t, " %s %s", word, span);
}

/* A count that stands at its type's end is at least that. */
static void add_count(struct text *t, const struct finding *f)
{
	text_addf(t, "%s%u", f->count == UINT32_MAX ? "at least " : "", f->count);
}

static bool measures_bytes(const struct finding *f)
{
	char head[FINDING_ABOUT + 1] = "";

	memcpy(head, f->about, head_len(f));
	return strstr(head, "bytes-");
}

static void add_volume(struct text *t, const struct finding *f)
{
	add_head(t, f);
	text_add(t, " ");
	add_count(t, f);
	text_add(t, measures_bytes(f) ? " KiB/s" : "/s");
	add_span(t, "over", f->window_ns);
	add_tail(t, f);
}

static void add_mix(struct text *t, const struct finding *f)
{
	add_head(t, f);
	add_span(t, "over", f->window_ns);
	add_tail(t, f);
}

/* The count is of the last slot, however many of them were above; bytes in KiB. */
static void add_baseline(struct text *t, const struct finding *f)
{
	add_head(t, f);
	text_add(t, " ");
	add_count(t, f);
	text_addf(t, "%s in %d min", measures_bytes(f) ? " KiB" : "", SLOT_S / 60);
	add_tail(t, f);
}

static void add_novel(struct text *t, const struct finding *f)
{
	if (f->subject.kind == SUBJECT_SERVICE) {
		text_add(t, "served for the first time");
	} else {
		add_part(t, f->about, about_len(f));
		text_add(t, " for the first time");
		return;
	}
	if (f->about[0]) {
		text_add(t, ", ");
		add_part(t, f->about, about_len(f));
	}
}

static void add_counted(struct text *t, const struct finding *f)
{
	const char *counted = finding_counted(f->kind);

	if (!counted[0]) {
		add_part(t, f->about, about_len(f));
		return;
	}
	text_addf(t, "%u %s", f->count, counted);
	add_span(t, "in", f->window_ns);
	if (!f->about[0])
		return;
	text_add(t, ", ");
	add_part(t, f->about, about_len(f));
}

void finding_format(const struct finding *f, char *out, size_t size)
{
	struct text t = text_over(out, size);

	switch (f->kind) {
	case FINDING_VOLUME:
		add_volume(&t, f);
		break;
	case FINDING_MIX:
		add_mix(&t, f);
		break;
	case FINDING_BASELINE:
		add_baseline(&t, f);
		break;
	case FINDING_NOVEL:
		add_novel(&t, f);
		break;
	case FINDING_NONE:
	case FINDING_SCAN:
	case FINDING_SPRAY:
	case FINDING_RATE:
	case FINDING_SERVICE_RATE:
	case FINDING_FLOOD:
	case FINDING_ODD:
	case FINDING_BRUTE:
	case FINDING_BRUTE_SPREAD:
	case FINDING_HOLD:
	case FINDING_SLOW:
	case FINDING_PILE:
	case FINDING_REACH:
	case FINDING_SWEEP:
	case FINDING_EXFIL:
	case FINDING_BEACON:
	case FINDING_TUNNEL:
	case FINDING_LISTED:
	case FINDING_EGRESS:
	case FINDING_REPORTED:
	case FINDING_KINDS:
		add_counted(&t, f);
		break;
	}
}
