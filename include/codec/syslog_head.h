/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands before a message to a syslog daemon: RFC 5424, or the short form that the daemons of Linux read from
 * /dev/log (RFC 3164 without a host, as syslog(3) writes it).
 */
#ifndef TIDEGATE_CODEC_SYSLOG_HEAD_H
#define TIDEGATE_CODEC_SYSLOG_HEAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "core/event.h"

#define SYSLOG_HEAD 192

enum syslog_form {
	SYSLOG_LOCAL = 0, /* <38>Nov 21 03:04:05 tidegated[812]:  */
	SYSLOG_5424,      /* <38>1 2026-11-21T03:04:05.000006Z web-1 tidegated 812 finding -  */
};

struct syslog_sender {
	enum syslog_form form;
	uint8_t facility; /* 0 to 23 */
	const char *host; /* other than printable ASCII is left out */
	long pid;
};

/* RFC 5424's numbers: alarm 2 (critical), refusal and finding 4 (warning; a light one 5), measures 5, the rest 6. */
unsigned syslog_severity(const struct event *e);

/* Always terminated; the length. 'id' is of what kind the message is, one word. */
size_t syslog_head(const struct syslog_sender *s, unsigned severity, const char *id, wall_t at, int32_t utc_offset_s,
	char out[SYSLOG_HEAD]);

#endif
