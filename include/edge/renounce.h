/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gives up, for good, what a program that only answers questions never needs: capabilities, new privileges by exec, core
 * dumps, ptrace by others of its user, more than a few descriptors, further processes. Whatever its unit does besides.
 */
#ifndef TIDEGATE_EDGE_RENOUNCE_H
#define TIDEGATE_EDGE_RENOUNCE_H

#include "edge/log.h"

/*
 * Before any thread is made: what is given up here is given up by all of them. descriptors: how many may be open at once.
 * 0; ERR_PERMISSION, where the kernel refused one of these, with its name in why.
 */
int renounce(unsigned descriptors, char why[WHY_TEXT]);

/* After the last thread is made: no process and no thread can be made from now on, but by root's user, whom the kernel does
 * not count. 0, or ERR_PERMISSION. */
int renounce_processes(void);

#endif
