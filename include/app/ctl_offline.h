/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What those verbs of the control tool share that need no daemon: replay, what-if. */
#ifndef TIDEGATE_APP_CTL_OFFLINE_H
#define TIDEGATE_APP_CTL_OFFLINE_H

#include "app/ctl.h"
#include "conf/conf.h"
#include "edge/store.h"

/*
 * The configuration that -c, --policy and --mode ask for. Without -c: the first of /etc/tidegate/tidegate.conf,
 * /usr/local/share/tidegate/policies/tidegate.conf and the same under /usr that is there. An exit code; what is wrong has
 * been said with file and line.
 */
int ctl_load_conf(struct ctl_tool *t, struct conf *out);

/* The file of one's own choice (NULL: as above), with that policy (NULL: the one that it names). */
int ctl_load_conf_from(const char *file, const char *policy, struct conf *out);

/* "detect" or "enforce" of --mode, where it was given. An exit code. */
int ctl_read_mode(const struct ctl_tool *t, bool *enforce);

/* NAME in the folder of --state-dir, else in the one of the configuration. An exit code. */
int ctl_state_file(struct ctl_tool *t, const char *name, char path[STORE_PATH]);

/* The exit code of an error of such a file. */
int ctl_state_code(int err);

/* The file that is taken where none is named; NULL: there is none. */
const char *ctl_find_conf(void);

#endif
