/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the person at this terminal comes from, as sshd told their shell.
 */
#ifndef TIDEGATE_APP_CTL_SESSION_H
#define TIDEGATE_APP_CTL_SESSION_H

#include "base/addr.h"

/* The peer of the SSH session that we run in, also below sudo; ERR_ABSENT where there is
 * none. */
int ctl_session_peer(char out[ADDR_TEXT]);

/* The same, and the port of this host by which it came in; 0 where sshd did not say it. */
int ctl_session_find(char peer[ADDR_TEXT], uint16_t *port);

#endif
