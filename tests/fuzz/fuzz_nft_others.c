/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A datagram of nftables' dumps, as edge/hostfacts reads it: whatever comes, names end,
 * and hold nothing that a terminal would obey.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/nft_others.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(const char *name)
{
	size_t n = strnlen(name, NFT_OTHERS_NAME);

	if (n == NFT_OTHERS_NAME)
		abort();
	for (size_t i = 0; i < n; i++)
		if (name[i] <= ' ' || name[i] > '~')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over((struct slice){ data, size });
	struct netlink_message m;
	struct nft_others o;

	while (netlink_next(&c, &m)) {
		if (nft_others_parse(&m, &o))
			continue;
		hold(o.table);
		hold(o.name);
	}
	return 0;
}
