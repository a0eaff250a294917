/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A copy of two paths, under the lock that a reload takes. */
#include "app/door_folders.h"

#include "app/door_state.h"

void door_folders(struct door *d, struct door_folders *out)
{
	pthread_mutex_lock(&d->conf_lock);
	text_copy(out->state, sizeof(out->state), d->conf.paths.state_dir);
	text_copy(out->log, sizeof(out->log), d->conf.paths.log_dir);
	pthread_mutex_unlock(&d->conf_lock);
}
