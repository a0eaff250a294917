/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the daemon writes, for those who ask whether it can. Beside app/door.h; from the
 * control thread.
 */
#ifndef TIDEGATE_APP_DOOR_FOLDERS_H
#define TIDEGATE_APP_DOOR_FOLDERS_H

#include "app/door.h"

struct door_folders {
	char state[256], log[256];
};

void door_folders(struct door *d, struct door_folders *out);

#endif
