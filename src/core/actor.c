/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/actor.h"

bool actor_valid(const struct actor *a)
{
	switch (a->kind) {
	case ACTOR_HOST:
		return true;
	case ACTOR_USER:
		return a->uid != OWNER_UNKNOWN;
	case ACTOR_GROUP:
		return a->cgroup != 0 && a->level != 0;
	default:
		return false;
	}
}

bool actor_equal(const struct actor *a, const struct actor *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case ACTOR_USER:
		return a->uid == b->uid;
	case ACTOR_GROUP:
		return a->cgroup == b->cgroup;
	default:
		return true;
	}
}

struct actor actor_of(const struct socket_owner *o, uint8_t level)
{
	if (o->cgroup && level)
		return (struct actor){ .kind = ACTOR_GROUP, .cgroup = o->cgroup, .level = level };
	if (o->uid != OWNER_UNKNOWN)
		return (struct actor){ .kind = ACTOR_USER, .uid = o->uid };
	return (struct actor){ .kind = ACTOR_HOST };
}
