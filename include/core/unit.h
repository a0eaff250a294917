/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of the name of a systemd unit, or of a control group's path, stays when it is made anew: for whatever is remembered of
 * an actor longer than he lives.
 */
#ifndef TIDEGATE_CORE_UNIT_H
#define TIDEGATE_CORE_UNIT_H

#define UNIT_NAME 64

/* "session-*.scope" of "session-3.scope", "ssh@*.service" of its instances, "docker-*.scope" of any container's. Cut. */
void unit_steady(const char *unit, char out[UNIT_NAME]);

#endif
