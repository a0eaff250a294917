/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions that wait for their answers. A key stands for all that an answer must repeat.
 */
#include "core/names_parts.h"

void names_asked_add(struct names_asked *q, uint64_t key, mono_t now, uint64_t *evicted)
{
	uint32_t again = map_get(q->by_key, key);
	struct names_question *slot = &q->list[q->next];

	/* The same again: it waits from now on. */
	if (again != MAP_NONE) {
		q->list[again].waits = false;
		map_remove(q->by_key, key);
	}
	if (slot->waits) {
		map_remove(q->by_key, slot->key);
		*evicted += mono_since(now, slot->at) <= NAMES_WAIT_NS;
	}
	/* There is room: as many wait as there are slots, and this one is free. */
	(void)map_set(q->by_key, key, (uint32_t)q->next);
	*slot = (struct names_question){ .key = key, .at = now, .waits = true };
	q->next = (q->next + 1) % NAMES_ASKED;
}

bool names_asked_take(struct names_asked *q, uint64_t key, mono_t now)
{
	uint32_t i = map_get(q->by_key, key);

	if (i == MAP_NONE)
		return false;
	q->list[i].waits = false;
	map_remove(q->by_key, key);
	return mono_since(now, q->list[i].at) <= NAMES_WAIT_NS;
}
