/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A look at the machine, once, before anything of ours is in the kernel. */
#include "app/setup.h"

#include <stdlib.h>
#include <string.h>

#include "app/daemon.h"
#include "base/err.h"
#include "edge/clock.h"
#include "edge/log.h"
#include "edge/sockdiag.h"

static int fail(int code, const char *what, const char *why)
{
	log_at(LOG_LEVEL_ERROR, "%s: %s", what, why);
	return code;
}

/* The first look of the one who goes on looking. */
static int look_around(struct setup *s, const struct conf_guards *g)
{
	struct lookout_found *f = malloc(sizeof(*f));
	char why[WHY_TEXT] = "no memory";

	if (!f || lookout_open(&s->lookout, g, getenv("SSH_CONNECTION"), why)) {
		free(f);
		return fail(EXIT_UNAVAILABLE, "own addresses are not known", why);
	}
	lookout_look(s->lookout, clock_mono());
	lookout_take(s->lookout, f);
	guards_set_machine(&s->guards, &f->guards);
	s->n_subnets = f->n_subnets;
	s->n_resolvers = f->n_resolvers;
	memcpy(s->resolvers, f->resolvers, f->n_resolvers * sizeof(f->resolvers[0]));
	memcpy(s->subnets, f->subnets, f->n_subnets * sizeof(f->subnets[0]));
	free(f);
	return 0;
}

static void add_configured(struct setup *s, const struct conf *c, const struct keeper *k)
{
	for (size_t i = 0; i < c->guards.n_never_block; i++)
		if (guards_add(&s->guards, &c->guards.never_block[i], GUARD_NEVER_BLOCK) == ERR_FULL)
			log_at(LOG_LEVEL_WARNING, "never_block: no room for more guards");
	keeper_allowed(k, &s->guards);
}

static int look_at_sockets(struct setup *s)
{
	struct sockdiag *d;
	char why[WHY_TEXT];
	int err = sockdiag_open(&d, why);

	if (err)
		return fail(EXIT_UNAVAILABLE, "listening sockets cannot be read", why);
	err = sockdiag_listening(d, &s->listening);
	sockdiag_close(d);
	if (err)
		return fail(EXIT_UNAVAILABLE, "listening sockets cannot be read",
			"this kernel has no inet_diag (CONFIG_INET_DIAG)");
	return 0;
}

static void keep(void *ctx, const struct measure *m)
{
	kept_add(ctx, m);
}

int setup_look(struct setup *s, const struct conf *c, struct nft *n, const struct keeper *k)
{
	int code = look_around(s, &c->guards);

	if (code)
		return code;
	add_configured(s, c, k);
	code = look_at_sockets(s);
	if (code)
		return code;
	if (c->enforce)
		nft_read_measures(n, clock_mono(), keep, &s->kept);
	return 0;
}

void setup_free(struct setup *s)
{
	kept_free(&s->kept);
	lookout_close(s->lookout);
	s->lookout = NULL;
}
