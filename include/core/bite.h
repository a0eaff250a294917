/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a measure that the kernel took does what it says: held against what its
 * element counted and what the sockets heard since. An element that stands is no proof:
 * a flowtable, a bridge or a forwarded path leads packets around the chain it stands in.
 */
#ifndef TIDEGATE_CORE_BITE_H
#define TIDEGATE_CORE_BITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/response.h"

enum bite {
	BITE_UNKNOWN = 0, /* no packet has tested it yet */
	BITE_HOLDS,
	BITE_LEAKS,
};

/* The way around it, as far as can be told. */
enum leak {
	LEAK_NONE = 0,
	LEAK_FLOWTABLE, /* offloaded flows meet no chain at prerouting */
	LEAK_FORWARD,   /* forwarded, and divert.forward is off */
	LEAK_BRIDGE,    /* switched from port to port of a bridge: no IP hook at all */
	LEAK_UNTRACKED, /* notrack of another table: it is new to no rule of ours */
	LEAK_UNKNOWN,
};

struct bite_result {
	enum bite bite;
	enum leak leak;
	uint64_t packets; /* that the element dropped */
};

/* What was looked at, all of it since the measure was applied. */
struct bite_facts {
	enum response response;
	uint64_t packets;
	/* TCP sockets of this host. Of a drop: that heard the source. Of a refusal: of
	 * connections that it began since. Of a limit: as many of them as are beyond it. */
	size_t heard;
	size_t untracked; /* of these: conntrack knows nothing of them */
	size_t beyond;    /* flows that it began since and that go to others */
	size_t offloaded; /* flows of it that a flowtable holds now */
	bool routes;          /* this host forwards the source's address family */
	bool diverts_forward; /* refusals and limits stand in the forward path, too */
};

/*
 * A drop leaks by whatever is heard, a refusal and a limit by what is begun. Shields,
 * service limits and the host's shield are tested by their counters alone: they promise
 * nothing about sockets.
 */
void bite_judge(const struct bite_facts *f, struct bite_result *out);

const char *bite_name(enum bite b);
const char *leak_name(enum leak l); /* one word */
const char *leak_text(enum leak l); /* a clause for people: why, and what to do */

#endif
