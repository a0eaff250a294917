/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision behind the service manager's watchdog; src/app/watchdog.c looks and tells. */
#include "core/pulse.h"

#include <stddef.h>

void pulse_look(struct pulse *p, const uint64_t rounds[PULSE_THREADS])
{
	for (size_t i = 0; i < PULSE_THREADS; i++) {
		if (p->rounds[i] != rounds[i])
			p->stood[i] = 0;
		else if (p->stood[i] < UINT32_MAX)
			p->stood[i]++;
		p->rounds[i] = rounds[i];
	}
}

bool pulse_feeds(const struct pulse *p)
{
	return !p->stood[PULSE_PACKETS] && !p->stood[PULSE_WORKER];
}

const char *pulse_name(enum pulse_thread t)
{
	static const char *const names[PULSE_THREADS] = { "packets", "worker", "control" };

	return t < PULSE_THREADS ? names[t] : "unknown";
}
