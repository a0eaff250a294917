/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a list says of a flow by the names that the host knows just now. */
#include "core/allowlist.h"

#define ADDRESSES 64 /* of one name; more are looked for by the name that the address was last looked up by */

static bool stands_behind(const struct names *names, const char *name, const struct addr *to, mono_t now)
{
	struct addr list[ADDRESSES];
	mono_t until[ADDRESSES];
	size_t n = names_addresses(names, name, now, list, until, ADDRESSES);

	for (size_t i = 0; i < n; i++)
		if (addr_equal(&list[i], to))
			return true;
	return false;
}

bool allowlist_permits(const struct allowlists *l, size_t list, const struct addr *to, uint8_t proto, uint16_t port,
	const struct names *names, mono_t now)
{
	const struct allow_entry *e, *end;

	if (list == ALLOWLIST_NONE || allowlist_holds(l, list, to, proto, port, names_of(names, to, now)))
		return true;
	e = &l->entries[l->lists[list].first];
	for (end = e + l->lists[list].n; e < end; e++) {
		if (e->name[0] && e->name[0] != '*' && allow_entry_serves(e, to, proto, port) &&
		    stands_behind(names, e->name, to, now))
			return true;
	}
	return false;
}
