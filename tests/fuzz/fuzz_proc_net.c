/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of /proc/net: whatever is taken for one has a family, a name that ends, and is taken again the same way. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/proc_net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold_route(const struct proc_route *r)
{
	const size_t n = strnlen(r->link, sizeof(r->link));

	if (!n || n == sizeof(r->link))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proc_socket s, again;
	struct proc_route r;
	struct slice line;

	if (size < 1)
		return 0;
	line = (struct slice){ data + 1, size - 1 };
	if (data[0] % 3 == 0 && proc_net_socket(line, &s)) {
		if (!s.local.family || !s.peer.family || !proc_net_socket(line, &again) || again.inode != s.inode)
			abort();
	} else if (data[0] % 3 == 1 && proc_net_route4(line, &r)) {
		hold_route(&r);
	} else if (data[0] % 3 == 2 && proc_net_route6(line, &r)) {
		hold_route(&r);
	}
	return 0;
}
