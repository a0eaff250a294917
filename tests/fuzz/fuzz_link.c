/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A captured frame, as replay takes it apart: the link type in the first two bytes, then how much longer it was on the
 * wire, then the frame. What comes out must lie within it.
 */
#include <stdint.h>
#include <stdlib.h>

#include "codec/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void lies_within(struct slice part, struct slice whole)
{
	if (part.len && (part.at < whole.at || part.len > whole.len || part.at > whole.at + (whole.len - part.len)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice all = { data, size };
	struct cursor c = cursor_over(all);
	const int link = cursor_be16(&c);
	const uint32_t longer = cursor_be16(&c);
	const struct slice frame = cursor_rest(&c);
	struct link_packet p;

	if (link_decode(link, frame, (uint32_t)frame.len + longer, &p) != LINK_IP)
		return 0;
	if (!link_known(link) || p.wire_len < p.ip.len || p.to > LINK_OUTGOING)
		abort();
	lies_within(p.ip, frame);
	lies_within(p.note, frame);
	return 0;
}
