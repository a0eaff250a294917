/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line of Suricata's EVE log as an alert about a connection (docs.suricata.io, "Eve JSON Format"). Pure; the line is
 * hostile until read.
 */
#ifndef TIDEGATE_CODEC_EVE_ALERT_H
#define TIDEGATE_CODEC_EVE_ALERT_H

#include "base/cursor.h"
#include "base/time.h"
#include "core/detect_reported.h"

#define EVE_LINE (256 * 1024) /* with payload and packet, lines get long; a longer one is refused */
#define EVE_WHY 96

struct eve_alert {
	struct report_alert alert;
	wall_t at; /* as the line says */
};

/*
 * 0 and *out; ERR_ABSENT: an event, but no alert, or one of our own, which must not come back to us; ERR_INVALID with a
 * sentence in why: no JSON, no addresses, no signature. The caller of the connection is who began it: of the flow where the
 * line tells of one, else by the alert's direction, else the packet's source.
 */
int eve_alert_read(struct slice line, struct eve_alert *out, char why[EVE_WHY]);

#endif
