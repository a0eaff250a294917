/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one place where the version is written: the daemon, the tool and their answers on the socket take it from here.
 */
#ifndef TIDEGATE_APP_VERSION_H
#define TIDEGATE_APP_VERSION_H

#define TIDEGATE_VERSION "0.1.0"

#endif
