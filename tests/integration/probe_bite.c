/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What app/bite makes of one measure, in this network namespace and beside a running
 * daemon: probe_bite RESPONSE SOURCE [forward]. A first look at once, then one for each
 * line on stdin; each prints "BITE, LEAK, packets".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/bite.h"
#include "edge/clock.h"

static char why[WHY_TEXT];

static struct bite_watch *open_watch(bool forward)
{
	struct bite_tools t = { .diverts_forward = forward };
	struct bite_watch *b;

	if (nft_open(&t.nft) || sockdiag_open(&t.sockdiag, why) ||
	    conntrack_open(&t.conntrack, why) || bite_open(&b, &t, why)) {
		fprintf(stderr, "probe_bite: %s\n", why);
		exit(70);
	}
	return b;
}

static void check(struct bite_watch *b, const struct measure *m)
{
	static const struct guards none;
	struct bite_result r = { .packets = 0 };
	mono_t begin = clock_mono();
	int err = bite_check(b, m, &none, begin, &r);

	if (err)
		printf("error %d\n", err);
	else
		printf("%s, %s, %" PRIu64 " packets, %" PRId64 " us\n", bite_name(r.bite),
			leak_name(r.leak), r.packets,
			mono_since(clock_mono(), begin) / 1000);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct measure m = { .state = MEASURE_APPLIED };
	char line[16];
	struct bite_watch *b;

	if (argc < 3 || response_parse(argv[1], &m.response) ||
	    prefix_parse(argv[2], &m.subject.source)) {
		fputs("probe_bite RESPONSE SOURCE [forward]\n", stderr);
		return 64;
	}
	m.subject.kind = SUBJECT_SOURCE;
	m.limit_rate = m.limit_burst = 10;
	m.since = m.applied = clock_mono();
	b = open_watch(argc > 3);
	check(b, &m);
	while (fgets(line, sizeof(line), stdin))
		check(b, &m);
	bite_close(b);
	return 0;
}
