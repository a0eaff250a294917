/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two forms of a syslog message's beginning. The local one has local time, as who reads it expects. */
#include "codec/syslog_head.h"

#include <inttypes.h>

#include "base/text.h"

#define HOST_MOST 65
#define DAY_S 86400

unsigned syslog_severity(const struct event *e)
{
	switch (e->kind) {
	case EVENT_ALARM:
		return 2;
	case EVENT_REFUSED:
		return 4;
	case EVENT_FINDING:
		return e->finding.rule.severity <= 2 ? 4 : 5;
	case EVENT_APPLIED:
	case EVENT_MODE:
		return 5;
	case EVENT_RELOAD:
		return e->ok ? 6 : 4;
	case EVENT_ENDED:
	case EVENT_NOTICE:
	case EVENT_NONE:
		break;
	}
	return 6;
}

struct moment {
	int64_t year;
	unsigned month, day, hour, minute, second, us;
};

static struct moment moment_of(wall_t at, int32_t offset_s)
{
	const int64_t s = at.ns / NS_PER_S + offset_s - (at.ns % NS_PER_S < 0);
	const int64_t days = s / DAY_S - (s % DAY_S < 0);
	const unsigned left = (unsigned)(s - days * DAY_S);
	struct moment m = { .hour = left / 3600, .minute = left / 60 % 60, .second = left % 60,
		.us = (unsigned)((at.ns % NS_PER_S + NS_PER_S) % NS_PER_S / 1000) };

	civil_from_days(days, &m.year, &m.month, &m.day);
	return m;
}

/* "-" where nothing is left of it, as the RFC says it. */
static void add_host(struct text *t, const char *host)
{
	size_t n = 0;

	for (; *host && n < HOST_MOST; host++)
		if (*host > ' ' && *host < 127) {
			text_addf(t, "%c", *host);
			n++;
		}
	text_add(t, n ? " " : "- ");
}

size_t syslog_head(const struct syslog_sender *s, unsigned severity, const char *id, wall_t at, int32_t utc_offset_s,
	char out[SYSLOG_HEAD])
{
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
		"Dec" };
	struct text t = text_over(out, SYSLOG_HEAD);
	struct moment m = moment_of(at, s->form == SYSLOG_LOCAL ? utc_offset_s : 0);

	text_addf(&t, "<%u>", s->facility * 8U + severity);
	if (s->form == SYSLOG_LOCAL) {
		text_addf(&t, "%s %2u %02u:%02u:%02u tidegated[%ld]: ", months[(m.month - 1) % 12], m.day, m.hour, m.minute,
			m.second, s->pid);
		return t.len;
	}
	text_addf(&t, "1 %04" PRId64 "-%02u-%02uT%02u:%02u:%02u.%06uZ ", m.year, m.month, m.day, m.hour, m.minute,
		m.second, m.us);
	add_host(&t, s->host);
	text_addf(&t, "tidegated %ld %s - ", s->pid, id);
	return t.len;
}
