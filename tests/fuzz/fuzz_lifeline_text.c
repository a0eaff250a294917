/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of other programs, as edge/lifelines reads them. The first byte chooses the
 * format. Whatever the bytes are, only addresses that can be somebody's come out, of the
 * kinds that files may speak for.
 */
#include <stdint.h>
#include <stdlib.h>

#include "codec/lifeline_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(void *ctx, const struct addr *a, enum guard_kind kind)
{
	size_t *given = ctx;

	++*given;
	if (a->family != FAMILY_V4 && a->family != FAMILY_V6)
		abort();
	if (addr_is_loopback(a) || addr_is_multicast(a) || addr_is_unspecified(a))
		abort();
	if (kind != GUARD_RESOLVER && kind != GUARD_TIME && kind != GUARD_DHCP)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	wall_t now = { .ns = 1795000000 * NS_PER_S };
	size_t given = 0;
	struct lifeline_sink sink = { .each = hold, .ctx = &given };

	if (size < 1)
		return 0;
	lifeline_read((enum lifeline_format)(data[0] % (LIFELINE_FORMATS + 1)),
		(struct slice){ data + 1, size - 1 }, now, &sink);
	/* The shortest address is two bytes long ("::" is none), a name one. */
	if (given + sink.names + sink.loopback > size)
		abort();
	return 0;
}
