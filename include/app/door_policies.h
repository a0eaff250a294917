/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The other policies that stand beside the one in force, for those who ask what they would say. Beside app/door.h; from
 * the control thread, since it reads the disk.
 */
#ifndef TIDEGATE_APP_DOOR_POLICIES_H
#define TIDEGATE_APP_DOOR_POLICIES_H

#include "app/door.h"
#include "core/policy.h"

/* Calls fn with each that loads with the present configuration, by name; the one in force is among them where it has a
 * file. A file that is broken, or no policy, is passed over. ERR_MEMORY. */
typedef void (*door_policy_fn)(void *ctx, const struct policy *p);
int door_policies(struct door *d, door_policy_fn fn, void *ctx);

#endif
