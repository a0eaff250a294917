/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the machine says before the daemon begins: whom never to act on, which subnets are ours, which ports are served,
 * and which measures an earlier run left in the kernel.
 */
#ifndef TIDEGATE_APP_SETUP_H
#define TIDEGATE_APP_SETUP_H

#include "app/keeper.h"
#include "app/kept.h"
#include "app/lookout.h"
#include "conf/conf.h"
#include "core/guard.h"
#include "core/ledger.h"
#include "core/listen.h"
#include "edge/nft.h"

struct setup {
	struct guards guards;
	struct prefix subnets[LOOKOUT_SUBNETS];
	size_t n_subnets;
	struct addr resolvers[NAMES_RESOLVERS];
	size_t n_resolvers;
	struct lookout *lookout; /* owned; goes on looking in the worker */
	struct listen_snapshot listening;
	struct kept kept; /* enforce mode only */
};

/* 0, or an exit code after its reason has been said. What can be missing is only said. */
int setup_look(struct setup *s, const struct conf *c, struct nft *n, const struct keeper *k);
void setup_free(struct setup *s);

#endif
