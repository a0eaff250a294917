/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words for what the engine tells; the events themselves are plain values.
 */
#include "core/event.h"

const char *event_kind_name(enum event_kind k)
{
	static const char *const names[] = {
		[EVENT_NONE] = "none",
		[EVENT_FINDING] = "finding",
		[EVENT_APPLIED] = "applied",
		[EVENT_REFUSED] = "refused",
		[EVENT_ENDED] = "ended",
		[EVENT_MODE] = "mode",
		[EVENT_RELOAD] = "reload",
		[EVENT_NOTICE] = "notice",
		[EVENT_ALARM] = "alarm",
	};

	return (unsigned)k < sizeof(names) / sizeof(names[0]) ? names[k] : "unknown";
}
