/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a capture taught (core/tally.h) as a slot of series (core/slot.h), so that both can be learned by one model. The
 * series are those that a meter would have had of the same traffic, as far as packets tell: nothing of interfaces, sockets
 * and newcomers. Pure.
 */
#ifndef TIDEGATE_CORE_SLOT_TALLY_H
#define TIDEGATE_CORE_SLOT_TALLY_H

#include "core/slot.h"
#include "core/tally.h"

/*
 * *out borrows the room, which has SLOT_SERIES; services that find none in it are left out, and returned: those with the
 * fewest connections are the ones. Bytes of a service are of IP packets, its sources estimates, as everywhere.
 */
size_t slot_from_tally(const struct tally_slot *t, int32_t utc_offset_s, struct slot_series room[SLOT_SERIES],
	struct slot *out);

#endif
