/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Executables of a folder, and running one of them: no shell, an environment that is given whole, a descriptor as
 * standard input, a session of its own that is killed whole when its time is over, output kept up to a bound. Nothing
 * here waits. For one thread, which has no other children.
 */
#ifndef TIDEGATE_EDGE_HOOK_H
#define TIDEGATE_EDGE_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/time.h"
#include "edge/log.h"

#define HOOKS 16
#define HOOK_NAME 64
#define HOOK_OUTPUT 2048
#define HOOK_PATH 512

struct hook_list {
	char names[HOOKS][HOOK_NAME]; /* sorted bytewise */
	size_t n;
	size_t odd;                   /* that could not be taken: no executable file, writable for everybody, too many */
	char odd_name[HOOK_NAME];     /* the last one of them */
};

/*
 * As run-parts(8): names of letters, digits, '_' and '-' alone, so that neither a backup nor a package's leftover is
 * run; others are passed over without a word. A folder that is not there has none. ERR_IO, ERR_PERMISSION.
 */
int hook_list(struct hook_list *out, const char *folder);

struct hook_run {
	pid_t pid;   /* 0: it does not run */
	int out;     /* what it says comes here; -1 */
	mono_t begun, end_by;
	bool killed; /* its time was over */
	int status;  /* when it has ended: exit code, or 128 + signal */
	size_t said; /* bytes of text */
	uint64_t unheard; /* bytes beyond */
	char text[HOOK_OUTPUT + 1];
};

struct hook_start {
	const char *folder, *name;
	int in;             /* borrowed */
	char *const *env;   /* "NAME=value", NULL at the end */
	int64_t limit_ns;
	mono_t now;
};

/* ERR_IO. */
int hook_start(struct hook_run *r, const struct hook_start *o, char why[WHY_TEXT]);

/* Takes what it says, kills it where its time is over. True when it has ended: then status is set and out is closed. */
bool hook_look(struct hook_run *r, mono_t now);

/* Ends it, with all of its session; hook_look tells when it is gone. */
void hook_kill(struct hook_run *r);

#endif
