/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The service manager's watchdog, fed by the daemon's main thread: it looks at the rounds of the others and tells that we
 * live only while packets and nftables both come round (core/pulse.h). Who stands is named in the log and in the status
 * that `systemctl status` shows. It takes no lock of theirs and asks none of them: a hung thread hangs nobody here.
 */
#ifndef TIDEGATE_APP_WATCHDOG_H
#define TIDEGATE_APP_WATCHDOG_H

#include <stdint.h>

#include "base/time.h"
#include "core/pulse.h"

struct daemon;

struct watchdog {
	struct pulse pulse;
	int64_t every_ns; /* between two looks: a quarter of what the manager waits; 0: nobody waits */
	mono_t next;
};

/* After all threads of d were made. */
void watchdog_begin(struct watchdog *w, struct daemon *d, mono_t now);

/* Until the next look; 0: it is time. */
int64_t watchdog_left(const struct watchdog *w, mono_t now);

void watchdog_look(struct watchdog *w, struct daemon *d, mono_t now);

#endif
