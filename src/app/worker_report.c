/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way from the worker back to the packet thread. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "app/worker_state.h"
#include "edge/clock.h"

void worker_put_report(struct worker *w, const struct report *r)
{
	uint64_t one = 1;

	if (!ring_put(w->reports, r)) {
		log_seldom(&w->gate, clock_mono(), 10 * NS_PER_S, LOG_LEVEL_WARNING,
			"the packet thread does not take its reports; one is lost");
		return;
	}
	if (write(w->report_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		log_at(LOG_LEVEL_ERROR, "eventfd: %s", strerror(errno));
}

bool worker_spare_report(struct worker *w, const struct report *r)
{
	if (ring_count(w->reports) >= RING_SLOTS / 2)
		return false;
	worker_put_report(w, r);
	return true;
}
