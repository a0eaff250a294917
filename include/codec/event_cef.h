/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An event as one line of CEF, the ArcSight Common Event Format, version 0 (Implementation Standard, revision 25), with
 * keys of its dictionary: src, dst (c6a2, c6a3 with labels for IPv6), spt, dpt, proto, act, outcome, reason, msg, cnt,
 * rt, dvchost, deviceInboundInterface, externalId (the incident), cat (the word of the event), cs1 detector, cs2 proof,
 * cs3 policy, cs4 subject, cs5 rule, cs6 mode, cn1 seconds, cfp1 score, cfp2 threshold.
 */
#ifndef TIDEGATE_CODEC_EVENT_CEF_H
#define TIDEGATE_CODEC_EVENT_CEF_H

#include <stddef.h>

#include "codec/event_json.h"

/*
 * The line with its newline, always terminated: its length, or ERR_FULL. In the head backslash and bar are escaped, in
 * values backslash and equals sign; line ends are \n and \r there, and other bytes than printable ASCII are \\xHH.
 */
int event_cef(const struct event *e, const struct event_world *w, const char *version, char *out, size_t size);

/* 0 (lowest) to 10: of a finding 8, 6 or 4 by its rule's severity, of an alarm 9. */
unsigned event_cef_severity(const struct event *e);

#endif
