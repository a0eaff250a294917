/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A look at the machine, once, before anything of ours is in the kernel. */
#include "app/setup.h"

#include <stdlib.h>
#include <string.h>

#include "app/daemon.h"
#include "app/door_serve.h"
#include "base/err.h"
#include "edge/clock.h"
#include "edge/links.h"
#include "edge/log.h"
#include "edge/sockdiag.h"

static int fail(int code, const char *what, const char *why)
{
	log_at(LOG_LEVEL_ERROR, "%s: %s", what, why);
	return code;
}

/* Guards of the machine; one that cannot be found out is worth a warning, not the end. */
static void look_at_links(struct setup *s, const struct conf_guards *g)
{
	struct links_found f = { .guards = s->guards.list, .guards_max = GUARDS,
		.subnets = s->subnets, .subnets_max = SETUP_SUBNETS };
	struct links *l;
	char why[WHY_TEXT];

	if (links_open(&l, why)) {
		log_at(LOG_LEVEL_WARNING, "own addresses are not known: %s", why);
		return;
	}
	if (g->own_addresses && links_addresses(l, &f))
		log_at(LOG_LEVEL_WARNING, "own addresses could not be read");
	if (g->gateways && links_gateways(l, &f))
		log_at(LOG_LEVEL_WARNING, "default gateways could not be read");
	if (g->resolvers && links_resolvers("/etc/resolv.conf", &f) == ERR_IO)
		log_at(LOG_LEVEL_WARNING, "/etc/resolv.conf could not be read");
	if (g->admin_session && links_admin(getenv("SSH_CONNECTION"), &f))
		log_at(LOG_LEVEL_WARNING, "SSH_CONNECTION makes no sense: no guard for it");
	if (f.cut)
		log_at(LOG_LEVEL_WARNING, "%zu addresses of this host found no room as guards", f.cut);
	s->guards.n = f.guards_n;
	s->n_subnets = f.subnets_n;
	links_close(l);
}

static void add_configured(struct setup *s, const struct conf *c)
{
	for (size_t i = 0; i < c->guards.n_never_block; i++)
		if (guards_add(&s->guards, &c->guards.never_block[i], GUARD_NEVER_BLOCK) == ERR_FULL)
			log_at(LOG_LEVEL_WARNING, "never_block: no room for more guards");
	door_read_allowed(c->paths.state_dir, &s->guards);
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
	struct setup *s = ctx;

	if (s->n_kept == s->room_kept) {
		size_t room = s->room_kept ? 2 * s->room_kept : 64;
		struct measure *more = realloc(s->kept, room * sizeof(*more));

		if (!more)
			return;
		s->kept = more;
		s->room_kept = room;
	}
	s->kept[s->n_kept++] = *m;
}

int setup_look(struct setup *s, const struct conf *c, struct nft *n)
{
	int code;

	look_at_links(s, &c->guards);
	add_configured(s, c);
	code = look_at_sockets(s);
	if (code)
		return code;
	if (c->enforce)
		nft_read_measures(n, clock_mono(), keep, s);
	return 0;
}

void setup_free(struct setup *s)
{
	free(s->kept);
	s->kept = NULL;
	s->n_kept = s->room_kept = 0;
}
