/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does a measure bite? Held against what its element counted, the sockets of this host,
 * and the flows that conntrack knows of its source. For the worker thread: a check walks
 * the kernel's tables (sockets: microseconds to some ms; conntrack: see
 * edge/conntrack.h), so a storm of measures is not checked one by one.
 */
#ifndef TIDEGATE_APP_BITE_H
#define TIDEGATE_APP_BITE_H

#include "core/bite.h"
#include "core/guard.h"
#include "core/ledger.h"
#include "edge/conntrack.h"
#include "edge/log.h"
#include "edge/nft.h"
#include "edge/sockdiag.h"

/* Checks. One takes 17 to 50 ms on two busy CPUs where this host forwards or bridges: the
 * kernel walks the whole table of conntrack, however few entries it holds. */
#define BITE_A_SECOND 8

/* Borrowed for as long as the struct bite_watch lives. */
struct bite_tools {
	struct nft *nft;
	struct sockdiag *sockdiag;
	struct conntrack *conntrack;
	bool diverts_forward;
};

struct bite_stats {
	uint64_t checks, leaks;
	uint64_t put_off; /* over BITE_A_SECOND */
	uint64_t unsure;  /* more flows of one source than are remembered */
};

struct bite_watch;

int bite_open(struct bite_watch **out, const struct bite_tools *tools,
	char why[WHY_TEXT]);
void bite_close(struct bite_watch *b);

/*
 * A measure that is in force (applied != 0). The first call for a refusal or a limit
 * remembers which connections there are, so that later ones can tell what began since:
 * call it at once after the kernel's answer, then a second or two later, and whenever
 * somebody asks. Connections of guards within a prefix are not held against it.
 * ERR_AGAIN: too many checks in this second. ERR_ABSENT: the kernel has no element of it.
 * What else fails is as if nothing had been seen there.
 */
int bite_check(struct bite_watch *b, const struct measure *m, const struct guards *g,
	mono_t now, struct bite_result *out);

void bite_stats(const struct bite_watch *b, struct bite_stats *out);

#endif
