/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the threads that protect the host still come round, seen from outside: each counts its rounds, and who looks
 * compares. A hung thread cannot be asked; one that is only idle comes round by its timers. No clock: a look is a look.
 */
#ifndef TIDEGATE_CORE_PULSE_H
#define TIDEGATE_CORE_PULSE_H

#include <stdbool.h>
#include <stdint.h>

enum pulse_thread {
	PULSE_PACKETS = 0,
	PULSE_WORKER,  /* commits to nftables */
	PULSE_CONTROL, /* answers administrators, writes events */
	PULSE_THREADS,
};

struct pulse {
	uint64_t rounds[PULSE_THREADS]; /* at the last look */
	uint32_t stood[PULSE_THREADS];  /* looks in a row without a round; stays at its most */
};

/* Zeroed is a beginning. Rounds may wrap: that they differ is all that counts. */
void pulse_look(struct pulse *p, const uint64_t rounds[PULSE_THREADS]);

/*
 * True where packets and nftables both came round between the last two looks: the service manager is told that we live.
 * The control thread does not count: it writes the event file, and whoever kills the protection because a disk hangs has
 * neither then.
 */
bool pulse_feeds(const struct pulse *p);

/* "packets", "worker", "control". */
const char *pulse_name(enum pulse_thread t);

#endif
