/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three parts, each refreshed by itself: links when they have news, files when one of them has changed, sessions at
 * each look. No two parts give the same kind, so that together they are a mere concatenation.
 */
#include "app/lookout.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "codec/diag_msg.h"
#include "core/session.h"
#include "edge/clock.h"
#include "edge/lifelines.h"
#include "edge/links.h"
#include "edge/sockdiag.h"

#define LINKS_GAP (NS_PER_S / 5)   /* between two dumps, however much happens: a dump of many routes is dear */
#define FILES_PERIOD (60 * NS_PER_S) /* leases end without their file being touched */
#define SAID 8                     /* changes that the log tells one by one */

struct lookout {
	struct links *links;
	struct sockdiag *sockdiag;
	struct conf_guards conf;

	pthread_mutex_t lock;
	struct conf_guards next;
	bool next_new;

	struct addr starter; /* whose session started us, or none */
	uint16_t starter_port;
	bool starter_met; /* his session is among the sockets, or was */

	struct sessions sessions;
	struct guards of_links, of_files, of_sessions, scratch;
	struct prefix subnets[LOOKOUT_SUBNETS];
	size_t n_subnets;
	struct addr resolvers[NAMES_RESOLVERS];
	size_t n_resolvers;
	bool links_stale, files_stale, differs;
	mono_t links_at, files_at, all_at;
	uint64_t files_mark;
	struct lookout_found found, told;
	struct log_gate gate;
};

static void warn(struct lookout *l, mono_t now, const char *what)
{
	log_seldom(&l->gate, now, 60 * NS_PER_S, LOG_LEVEL_WARNING, "guards: %s", what);
}

static void take_configuration(struct lookout *l)
{
	pthread_mutex_lock(&l->lock);
	if (l->next_new) {
		l->conf = l->next;
		l->links_stale = l->files_stale = true;
	}
	l->next_new = false;
	pthread_mutex_unlock(&l->lock);
}

/* Addresses are read in any case: the subnets come with them. */
static int ask_links(struct lookout *l, struct links_found *f)
{
	int err = l->conf.gateways ? links_gateways(l->links, f) : 0;
	size_t n = f->guards->n;

	if (!err)
		err = links_addresses(l->links, f);
	if (!l->conf.own_addresses)
		f->guards->n = n;
	return err;
}

/* True where it did look. */
static bool look_at_links(struct lookout *l, mono_t now)
{
	struct prefix subnets[LOOKOUT_SUBNETS];
	struct links_found f = { .guards = &l->scratch, .subnets = subnets, .subnets_max = LOOKOUT_SUBNETS };

	l->links_stale |= links_changed(l->links);
	if (!l->links_stale || (l->links_at.ns && mono_since(now, l->links_at) < LINKS_GAP))
		return false;
	l->links_at = now;
	l->scratch.n = 0;
	if (ask_links(l, &f)) {
		warn(l, now, "the kernel did not tell addresses and routes; the last known ones stay");
		return true;
	}
	l->links_stale = false;
	l->of_links = l->scratch;
	l->n_subnets = f.subnets_n;
	memcpy(l->subnets, subnets, f.subnets_n * sizeof(subnets[0]));
	if (f.cut)
		warn(l, now, "this machine has more addresses, gateways and subnets than find room");
	return true;
}

static void keep_resolvers(struct lookout *l, const struct lifelines_found *f)
{
	l->n_resolvers = 0;
	for (size_t i = 0; i < f->n_stubs && l->n_resolvers < NAMES_RESOLVERS; i++)
		l->resolvers[l->n_resolvers++] = f->stubs[i];
	for (size_t i = 0; i < f->guards->n && l->n_resolvers < NAMES_RESOLVERS; i++)
		if (f->guards->list[i].kind == GUARD_RESOLVER)
			l->resolvers[l->n_resolvers++] = f->guards->list[i].prefix.addr;
}

static void look_at_files(struct lookout *l, mono_t now)
{
	struct lifelines_found f = { .guards = &l->of_files };
	uint64_t mark = lifelines_mark("");

	if (mark == l->files_mark && !l->files_stale && mono_since(now, l->files_at) < FILES_PERIOD)
		return;
	l->files_mark = mark;
	l->files_stale = false;
	l->files_at = now;
	l->of_files.n = 0;
	lifelines_read("", clock_wall(), &f);
	keep_resolvers(l, &f);
	if (!l->conf.resolvers)
		guards_clear(&l->of_files, GUARD_RESOLVER);
	if (!l->conf.time_servers)
		guards_clear(&l->of_files, GUARD_TIME);
	if (!l->conf.dhcp)
		guards_clear(&l->of_files, GUARD_DHCP);
	log_at(LOG_LEVEL_DEBUG, "guards: %zu files read, %zu could not be, %zu servers by name only", f.files,
		f.refused, f.names);
	if (f.cut)
		warn(l, now, "more resolvers and servers are named than find room");
}

struct session_visit {
	struct sessions *sessions;
	mono_t now;
};

static void see_session(void *ctx, const struct addr *peer, uint64_t cookie)
{
	struct session_visit *v = ctx;

	sessions_see(v->sessions, cookie, peer, v->now);
}

static size_t admin_ports(const struct lookout *l, uint16_t ports[DIAG_PORTS])
{
	size_t n = 0;

	for (; n < l->conf.n_admin_ports && n < DIAG_PORTS; n++)
		ports[n] = l->conf.admin_ports[n];
	for (size_t i = 0; i < n; i++)
		if (ports[i] == l->starter_port)
			return n;
	if (l->starter_port && n < DIAG_PORTS)
		ports[n++] = l->starter_port;
	return n;
}

static void put_admin(struct lookout *l, const struct addr *a, const char *from)
{
	struct prefix p = prefix_of(a, addr_bits(a));

	guards_add_from(&l->of_sessions, &p, GUARD_ADMIN, from);
}

static void look_at_sessions(struct lookout *l, mono_t now)
{
	struct session_visit v = { .sessions = &l->sessions, .now = now };
	struct addr peers[GUARDS / 4];
	uint16_t ports[DIAG_PORTS];
	size_t n = admin_ports(l, ports);

	l->of_sessions.n = 0;
	if (!l->conf.admin_session)
		return;
	sessions_begin(&l->sessions);
	if (sockdiag_sessions(l->sockdiag, ports, n, see_session, &v))
		warn(l, now, "sessions of administrators could not be read; the last known ones stay");
	else
		sessions_end(&l->sessions, l->conf.admin_age_ns, now);
	if (!l->starter_met && l->starter.family)
		l->starter_met = sessions_vouch(&l->sessions, &l->starter) == 0;
	if (!l->starter_met && l->starter.family)
		put_admin(l, &l->starter, "SSH_CONNECTION");
	n = sessions_guarded(&l->sessions, peers, GUARDS / 4);
	for (size_t i = 0; i < n; i++)
		put_admin(l, &peers[i], "live session");
}

static void append(struct guards *to, const struct guards *more)
{
	for (size_t i = 0; i < more->n && to->n < GUARDS_OF_MACHINE; i++)
		to->list[to->n++] = more->list[i];
}

static bool has(const struct guards *g, const struct guard *one, size_t near)
{
	if (near < g->n && g->list[near].kind == one->kind && prefix_equal(&g->list[near].prefix, &one->prefix))
		return true;
	for (size_t i = 0; i < g->n; i++)
		if (g->list[i].kind == one->kind && prefix_equal(&g->list[i].prefix, &one->prefix))
			return true;
	return false;
}

/* Both lists have each guard once, so equal numbers and one inclusion make them equal. */
static bool is_told(const struct lookout *l)
{
	const struct lookout_found *a = &l->found, *b = &l->told;

	if (a->guards.n != b->guards.n || a->n_subnets != b->n_subnets || a->n_resolvers != b->n_resolvers)
		return false;
	for (size_t i = 0; i < a->n_subnets; i++)
		if (!prefix_equal(&a->subnets[i], &b->subnets[i]))
			return false;
	for (size_t i = 0; i < a->n_resolvers; i++)
		if (!addr_equal(&a->resolvers[i], &b->resolvers[i]))
			return false;
	for (size_t i = 0; i < a->guards.n; i++)
		if (!has(&b->guards, &a->guards.list[i], i))
			return false;
	return true;
}

static void put_together(struct lookout *l)
{
	struct lookout_found *f = &l->found;

	f->guards.n = 0;
	append(&f->guards, &l->of_sessions);
	append(&f->guards, &l->of_files);
	append(&f->guards, &l->of_links);
	f->n_subnets = l->n_subnets;
	memcpy(f->subnets, l->subnets, l->n_subnets * sizeof(l->subnets[0]));
	f->n_resolvers = l->n_resolvers;
	memcpy(f->resolvers, l->resolvers, l->n_resolvers * sizeof(l->resolvers[0]));
	l->differs = !is_told(l);
}

/* However often links have news, files and sockets are looked at once a period: the timer that calls may be early. */
bool lookout_look(struct lookout *l, mono_t now)
{
	bool all = !l->all_at.ns || mono_since(now, l->all_at) >= LOOKOUT_PERIOD / 2, links;

	if (all)
		take_configuration(l);
	links = look_at_links(l, now);
	if (all) {
		l->all_at = now;
		look_at_files(l, now);
		look_at_sessions(l, now);
	}
	if (all || links)
		put_together(l);
	return l->differs;
}

/* What is in one list and not in the other. */
static void say(const struct guards *in, const struct guards *out, const char *what)
{
	char text[PREFIX_TEXT];
	size_t n = 0;

	for (size_t i = 0; i < in->n; i++) {
		const struct guard *g = &in->list[i];

		if (has(out, g, i) || n++ >= SAID)
			continue;
		prefix_format(&g->prefix, text, sizeof(text));
		log_at(LOG_LEVEL_INFO, "guard %s: %s %s%s%s%s", what, guard_kind_name(g->kind), text,
			g->from ? " (" : "", g->from ? g->from : "", g->from ? ")" : "");
	}
	if (n > SAID)
		log_at(LOG_LEVEL_INFO, "guard %s: %zu more", what, n - SAID);
}

void lookout_take(struct lookout *l, struct lookout_found *out)
{
	say(&l->found.guards, &l->told.guards, "new");
	say(&l->told.guards, &l->found.guards, "gone");
	l->told = l->found;
	l->differs = false;
	*out = l->found;
}

int lookout_open(struct lookout **out, const struct conf_guards *g, const char *ssh_connection, char why[WHY_TEXT])
{
	struct lookout *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return log_why(why, ERR_MEMORY, "no memory to look out");
	pthread_mutex_init(&l->lock, NULL);
	l->conf = *g;
	l->links_stale = l->files_stale = true;
	if (links_admin(ssh_connection, &l->starter, &l->starter_port) == ERR_INVALID)
		log_at(LOG_LEVEL_WARNING, "SSH_CONNECTION makes no sense: no guard for it");
	err = links_open(&l->links, why);
	if (!err)
		err = sockdiag_open(&l->sockdiag, why);
	if (err) {
		lookout_close(l);
		return err;
	}
	*out = l;
	return 0;
}

void lookout_close(struct lookout *l)
{
	if (!l)
		return;
	sockdiag_close(l->sockdiag);
	links_close(l->links);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

int lookout_fd(const struct lookout *l)
{
	return links_fd(l->links);
}

void lookout_configure(struct lookout *l, const struct conf_guards *g)
{
	pthread_mutex_lock(&l->lock);
	l->next = *g;
	l->next_new = true;
	pthread_mutex_unlock(&l->lock);
}
