/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host knows of the names in new lists already. */
#include "core/allow_want_parts.h"

#define ADDRESSES 64 /* of one name */

void allow_want_recall(struct allow_want *w, const struct names *names, mono_t now)
{
	struct addr list[ADDRESSES];
	mono_t until[ADDRESSES];

	for (size_t i = 0; w->lists && i < w->lists->n_entries; i++) {
		const char *name = w->lists->entries[i].name;
		size_t n = name[0] && name[0] != '*' ? names_addresses(names, name, now, list, until, ADDRESSES) : 0;

		for (size_t k = 0; k < n; k++)
			allow_want_name(w, name, &list[k], until[k], now);
	}
}
