/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For src/edge/store_lessons*.c alone. */
#ifndef TIDEGATE_EDGE_STORE_LESSONS_PRIVATE_H
#define TIDEGATE_EDGE_STORE_LESSONS_PRIVATE_H

#include "edge/store_lessons.h"
#include "core/slot.h"
#include "edge/store_private.h"

struct lessons {
	struct store *s;
	struct hash_key key;
	struct tally_series *rows;  /* of lessons_next_slot; NULL until it is called */
	struct slot_series *room;
};

#endif
