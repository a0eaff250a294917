/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon: the only place where the engine and the edges meet. It opens everything in an order that never leaves a
 * packet waiting for nobody, starts three threads (packets, worker, control), waits for signals, and takes all of it
 * down again so that nothing of ours stays in the kernel.
 */
#ifndef TIDEGATE_APP_DAEMON_H
#define TIDEGATE_APP_DAEMON_H

#include "codec/nft_ruleset.h"
#include "conf/conf.h"

/* Exit codes, as sysexits.h numbers them. */
enum {
	EXIT_USAGE = 64,
	EXIT_UNAVAILABLE = 69,
	EXIT_INTERNAL = 70,
	EXIT_TEMPORARY = 75,
	EXIT_NO_PERMISSION = 77,
	EXIT_CONFIG = 78,
};

struct daemon_opts {
	const struct conf *conf;
	struct conf_source source; /* where it came from: for reload */
};

/*
 * Runs until SIGINT or SIGTERM, which leave nothing in the kernel, or SIGUSR2, which leaves the table as it stands for
 * the next daemon to adopt; the exit code of the program. Every failure has been said on stderr.
 */
int daemon_run(const struct daemon_opts *o);

/*
 * Takes out of the kernel what a daemon left that is no more; absent is fine. Refuses (EXIT_TEMPORARY) while one runs in
 * run_dir. The exit code of the program; a failure has been said on stderr.
 */
int daemon_clear(const char *run_dir);

/* The ruleset that this configuration asks for. */
struct nft_opts daemon_ruleset(const struct conf *c);

#endif
