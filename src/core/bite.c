/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a measure fares in the kernel, and the words for it.
 */
#include "core/bite.h"

struct words {
	const char *name, *text;
};

static const struct words leaks[LEAK_UNKNOWN + 1] = {
	[LEAK_NONE] = { "none", "nothing gets past it" },
	[LEAK_FLOWTABLE] = { "flowtable",
		"its flows are offloaded to a flowtable, which is ahead of every chain; "
		"flows that it holds stop when the flowtable is flushed or they pause" },
	[LEAK_FORWARD] = { "forward",
		"it reaches hosts or containers behind this one, and divert.forward is "
		"off; set divert.forward = true" },
	[LEAK_BRIDGE] = { "bridge",
		"it is switched across a bridge, where no IP hook sees it; set "
		"net.bridge.bridge-nf-call-iptables = 1 (and -ip6tables)" },
	[LEAK_UNTRACKED] = { "untracked",
		"another table exempts it from connection tracking (notrack), so its "
		"connections are never new; exempt less there" },
	[LEAK_UNKNOWN] = { "unknown",
		"a socket still hears it and no known way around the table was found; "
		"compare with: nft list ruleset" },
};

const char *bite_name(enum bite b)
{
	switch (b) {
	case BITE_UNKNOWN:
		return "not yet tested";
	case BITE_HOLDS:
		return "holds";
	case BITE_LEAKS:
		return "leaks";
	}
	return "unknown";
}

const char *leak_name(enum leak l)
{
	return (unsigned)l <= LEAK_UNKNOWN ? leaks[l].name : "unknown";
}

const char *leak_text(enum leak l)
{
	return (unsigned)l <= LEAK_UNKNOWN ? leaks[l].text : leaks[LEAK_UNKNOWN].text;
}

static enum leak beyond_leak(const struct bite_facts *f)
{
	if (!f->routes)
		return LEAK_BRIDGE; /* who else would have carried it */
	if (f->response != RESPONSE_DROP && !f->diverts_forward)
		return LEAK_FORWARD;
	return LEAK_UNKNOWN;
}

static bool tells_of_sockets(enum response r)
{
	return r == RESPONSE_DROP || r == RESPONSE_REFUSE || r == RESPONSE_LIMIT;
}

static enum leak leak_of(const struct bite_facts *f)
{
	if (!tells_of_sockets(f->response))
		return LEAK_NONE;
	if (f->heard)
		return f->untracked ? LEAK_UNTRACKED : LEAK_UNKNOWN;
	/* Only a drop is meant to end what flows already. */
	if (f->offloaded && f->response == RESPONSE_DROP)
		return LEAK_FLOWTABLE;
	return f->beyond ? beyond_leak(f) : LEAK_NONE;
}

void bite_judge(const struct bite_facts *f, struct bite_result *out)
{
	out->packets = f->packets;
	out->leak = leak_of(f);
	if (out->leak != LEAK_NONE)
		out->bite = BITE_LEAKS;
	else
		out->bite = f->packets ? BITE_HOLDS : BITE_UNKNOWN;
}
