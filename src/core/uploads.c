/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of so few that it is looked through from its beginning: only sockets that have sent a step at least come here. */
#include "core/uploads.h"

void uploads_begin(struct uploads *u)
{
	for (size_t i = 0; i < UPLOADS_SOCKETS; i++)
		u->at[i].met = false;
}

static size_t place_of(const struct uploads *u, uint64_t cookie)
{
	size_t i = 0;

	while (i < UPLOADS_SOCKETS && u->at[i].cookie != cookie)
		i++;
	return i;
}

bool uploads_grew(struct uploads *u, uint64_t cookie, uint64_t sent)
{
	size_t i;

	if (!cookie || sent < UPLOADS_STEP)
		return false;
	i = place_of(u, cookie);
	if (i == UPLOADS_SOCKETS) {
		i = place_of(u, 0);
		if (i == UPLOADS_SOCKETS) {
			u->crowded++;
			return false;
		}
		u->at[i].cookie = cookie;
		u->at[i].told = 0;
	}
	u->at[i].met = true;
	if (sent < u->at[i].told || sent - u->at[i].told < UPLOADS_STEP)
		return false;
	u->at[i].told = sent;
	return true;
}

void uploads_end(struct uploads *u)
{
	for (size_t i = 0; i < UPLOADS_SOCKETS; i++)
		if (!u->at[i].met)
			u->at[i].cookie = 0;
}

size_t uploads_count(const struct uploads *u)
{
	size_t n = 0;

	for (size_t i = 0; i < UPLOADS_SOCKETS; i++)
		n += u->at[i].cookie != 0;
	return n;
}
