/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What /proc and /etc/passwd say of processes, from bytes to names. No file is opened here. Who starts a process chooses
 * its name, its program's and (within what was delegated to him) its cgroup's: whatever comes out is a string from
 * outside, to be printed through the escaping writers alone. Called by edge/process.
 */
#ifndef TIDEGATE_CODEC_PROCESS_TEXT_H
#define TIDEGATE_CODEC_PROCESS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

#define PROCESS_COMM 16 /* TASK_COMM_LEN */
#define PROCESS_EXE 128
#define PROCESS_UNIT 128
#define PROCESS_USER 33 /* LOGIN_NAME_MAX of the tools that make users */

#define PROCESS_NOBODY UINT32_MAX /* a uid that is not known */

/* Who holds a socket, as far as it could be told. */
struct process_who {
	uint32_t pid; /* 0: not known */
	uint32_t uid; /* PROCESS_NOBODY */
	char comm[PROCESS_COMM], exe[PROCESS_EXE]; /* "": not known; so are all of these */
	char unit[PROCESS_UNIT]; /* systemd's; with a '/' before it the cgroup's path, where that is of no unit */
	char user[PROCESS_USER];
};

/* "nginx (pid 812, www-data, nginx.service)", "uid 33, nginx.service", "nobody known": escaped, always terminated. */
#define PROCESS_LINE 512
void process_text_line(const struct process_who *w, char *out, size_t size);

/* "socket:[123]", as a link below /proc/PID/fd has it. False: another descriptor. */
bool process_text_socket(struct slice link, uint32_t *inode);

/* A name that is a number and nothing else, without a sign or zeros before it: a process or a descriptor. */
bool process_text_number(struct slice name, uint32_t *number);

/* /proc/PID/comm: one line; all before its end. Cut to fit, always terminated; false where there is nothing. */
bool process_text_comm(struct slice file, char *out, size_t size);

/* /proc/PID/stat: who started it. The name in it may hold blanks and brackets. False: it is cut, or something else. */
bool process_text_parent(struct slice file, uint32_t *pid);

/* cgroup.procs: the next of its numbers, one a line. False: the end, or something else. */
bool process_text_next_number(struct slice *rest, uint32_t *pid);

/* /proc/PID/cgroup (cgroups(7)): the path in the unified hierarchy; where that says nothing ("/": both hierarchies are
 * in use), systemd's own in the old one. False: there is none, or it does not fit. */
bool process_text_cgroup(struct slice file, char *out, size_t size);

/*
 * The systemd unit of a cgroup path: the outermost that is no slice, for within a unit whoever runs there may name cgroups
 * as he likes. A user's manager is one unit, so of it the innermost of his own stands behind: "user@1000.service/app.scope".
 * False: there is none, or it does not fit.
 */
bool process_text_unit(const char *path, char *out, size_t size);

/* /proc/PID/mountinfo: where the first cgroup2 stands. False: nowhere, or it does not fit. */
bool process_text_cgroup2(struct slice file, char *out, size_t size);

/* passwd(5): the uid of the first user of this name. False: there is none. */
bool process_text_uid(struct slice file, const char *user, uint32_t *uid);

/* passwd(5): the first name of this uid. False: there is none, or it does not fit. */
bool process_text_user(struct slice file, uint32_t uid, char *out, size_t size);

#endif
