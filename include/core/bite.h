/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a measure that the kernel took does what it says: held against what its
 * element counted and what the sockets heard since. An element that stands is no proof:
 * a flowtable, a bridge or a forwarded path leads packets around the chain it stands in.
 */
#ifndef TIDEGATE_CORE_BITE_H
#define TIDEGATE_CORE_BITE_H

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

const char *bite_name(enum bite b);
const char *leak_name(enum leak l); /* one word */
const char *leak_text(enum leak l); /* a clause for people: why, and what to do */

#endif
