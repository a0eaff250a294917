/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See app/watchdog.h. Called by daemon.c alone. */
#include "app/watchdog.h"

#include <stdio.h>

#include "app/daemon_state.h"
#include "edge/log.h"

#define LEAST_NS (NS_PER_S / 2) /* the worker comes round each quarter of a second */

void watchdog_begin(struct watchdog *w, struct daemon *d, mono_t now)
{
	int64_t half = sandbox_watchdog_ns();

	*w = (struct watchdog){ .every_ns = half / 2 >= LEAST_NS ? half / 2 : half };
	w->next = mono_add(now, w->every_ns);
	control_wake(d->control); /* as below: on a quiet host nothing else would until the first look */
}

int64_t watchdog_left(const struct watchdog *w, mono_t now)
{
	int64_t left = mono_since(w->next, now);

	return left > 0 ? left : 0;
}

static void name_standing(const struct watchdog *w, enum pulse_thread t)
{
	char status[96];

	snprintf(status, sizeof(status), "STATUS=the %s thread has not come round for %lld s", pulse_name(t),
		(long long)(w->pulse.stood[t] * w->every_ns / NS_PER_S));
	sandbox_notify(status);
	if (w->pulse.stood[t] == 1)
		log_at(LOG_LEVEL_ERROR, "the %s thread has not come round for %lld s%s", pulse_name(t),
			(long long)(w->every_ns / NS_PER_S),
			pulse_feeds(&w->pulse) ? "" : ": the service manager hears nothing until it does");
}

static void tell(const struct watchdog *w, bool stood_before)
{
	bool stands = false;

	if (pulse_feeds(&w->pulse))
		sandbox_notify("WATCHDOG=1");
	for (int t = 0; t < PULSE_THREADS; t++) {
		if (!w->pulse.stood[t])
			continue;
		name_standing(w, (enum pulse_thread)t);
		stands = true;
	}
	if (stands || !stood_before)
		return;
	sandbox_notify("STATUS=all threads come round again");
	log_at(LOG_LEVEL_NOTICE, "all threads come round again");
}

void watchdog_look(struct watchdog *w, struct daemon *d, mono_t now)
{
	const uint64_t rounds[PULSE_THREADS] = { [PULSE_PACKETS] = packets_rounds(d->packets),
		[PULSE_WORKER] = worker_rounds(d->worker), [PULSE_CONTROL] = control_rounds(d->control) };
	bool stood = false;

	for (int t = 0; t < PULSE_THREADS; t++)
		stood |= w->pulse.stood[t] != 0;
	pulse_look(&w->pulse, rounds);
	tell(w, stood);
	control_wake(d->control); /* it has no timer: by the next look it must have come round for this */
	w->next = mono_add(now, w->every_ns);
}
