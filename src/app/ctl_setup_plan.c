/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * setup: what is to be written. What stands in our file already and by nobody else's hand comes along: whoever put an address
 * into it wants it there still. The whole configuration is loaded with the file as it would be, before anything is written.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "app/ctl_offline.h"
#include "app/ctl_setup.h"
#include "base/err.h"
#include "edge/process.h"

#define NETWORK_V4 24
#define NETWORK_V6 64

/* The configuration with these words instead of our file. Problems of it are in w->report. */
static int load_with(struct setup_work *w, const char *text, const char *policy, struct conf *out)
{
	const struct conf_draft draft = { .name = SETUP_FILE, .text = text, .len = strlen(text) };
	const struct conf_source src = { .file = w->main, .policy = policy, .user_id = process_uid_of, .draft = &draft };

	memset(&w->report, 0, sizeof(w->report));
	return conf_load(&src, out, &w->report);
}

static int say_problems(const struct setup_work *w, const char *what)
{
	conf_check_print(&w->report, stderr);
	return ctl_complain(CTL_CONFIG, "%s; nothing was written", what);
}

static int find_places(struct ctl_tool *t, struct setup_work *w)
{
	static const char own[] = "/etc/tidegate/tidegate.conf";
	const char *slash;
	struct text f = text_over(w->folder, sizeof(w->folder)), p = text_over(w->path, sizeof(w->path));
	FILE *test;

	w->main = ctl_value(t, CTL_CONF_FILE);
	w->main = w->main ? w->main : own;
	test = fopen(w->main, "re");
	if (!test)
		return ctl_complain(errno == EACCES ? CTL_PERMISSION : CTL_CONFIG, "%s: %s; setup writes beside it. Say -c FILE "
			"where it stands elsewhere", w->main, strerror(errno));
	fclose(test);
	slash = strrchr(w->main, '/');
	text_addf(&f, "%.*sconf.d", slash ? (int)(slash - w->main + 1) : 0, w->main);
	text_addf(&p, "%s/%s", w->folder, SETUP_FILE);
	return f.cut || p.cut ? ctl_complain(CTL_USAGE, "the path of %s is too long", w->main) : CTL_OK;
}

static int read_before(struct setup_work *w)
{
	FILE *f = fopen(w->path, "re");
	size_t n;

	if (!f)
		return errno == ENOENT || errno == ENOTDIR ? CTL_OK :
			ctl_complain(CTL_PERMISSION, "%s: %s", w->path, strerror(errno));
	n = fread(w->before, 1, sizeof(w->before) - 1, f);
	w->there = true;
	if (ferror(f) || n == sizeof(w->before) - 1 || memchr(w->before, '\0', n)) {
		fclose(f);
		return ctl_complain(CTL_CONFIG, "%s is no file that setup wrote: move it away", w->path);
	}
	fclose(f);
	w->before[n] = '\0';
	return CTL_OK;
}

static void add_port(struct setup_plan *p, uint16_t port)
{
	for (size_t i = 0; i < p->n_admin_ports; i++)
		if (p->admin_ports[i] == port)
			return;
	if (p->n_admin_ports < SETUP_PORTS)
		p->admin_ports[p->n_admin_ports++] = port;
}

/* Those that were found, and those that somebody configured; 22 comes by default and is no one's wish. */
static void plan_ports(struct setup_work *w)
{
	struct setup_plan *p = &w->plan;
	const struct conf_guards *g = &w->conf.guards;
	bool news = false;

	for (size_t i = 0; i < w->found.n_admin_ports; i++) {
		bool known = false;

		for (size_t k = 0; k < g->n_admin_ports; k++)
			known = known || g->admin_ports[k] == w->found.admin_ports[i];
		news = news || !known;
		add_port(p, w->found.admin_ports[i]);
	}
	for (size_t i = 0; i < g->n_admin_ports; i++)
		if (g->admin_ports[i] != 22)
			add_port(p, g->admin_ports[i]);
	if (!news)
		p->n_admin_ports = 0;
}

static bool covered(const struct setup_plan *p, const struct prefix *q)
{
	for (size_t i = 0; i < p->n_never_block; i++)
		if (prefix_covers(&p->never_block[i], q))
			return true;
	return false;
}

static void spare(struct setup_plan *p, const struct prefix *q)
{
	if (!covered(p, q) && p->n_never_block < SETUP_NEVER_BLOCK)
		p->never_block[p->n_never_block++] = *q;
}

static bool is_router(const struct setup_work *w)
{
	return strcmp(w->plan.policy, role_policy(ROLE_ROUTER)) == 0;
}

/* The network that the session's address is in: one of ours, else what is handed out together as a rule. */
static struct prefix around(const struct setup_work *w)
{
	const struct addr *a = &w->seen.peer;

	for (size_t i = 0; i < w->seen.n_subnets; i++)
		if (prefix_holds(&w->seen.subnets[i], a))
			return w->seen.subnets[i];
	return prefix_of(a, a->family == FAMILY_V4 ? NETWORK_V4 : NETWORK_V6);
}

/* before: what our file says now, where it can be read. */
static void plan_guards(struct setup_work *w, const struct conf_guards *before)
{
	struct setup_plan *p = &w->plan;
	size_t configured;

	for (size_t i = 0; i < w->conf.guards.n_never_block; i++)
		spare(p, &w->conf.guards.never_block[i]);
	configured = p->n_never_block;
	for (size_t i = 0; before && i < before->n_never_block; i++)
		spare(p, &before->never_block[i]);
	if (w->seen.peer.family && !addr_is_loopback(&w->seen.peer)) {
		const struct prefix one = prefix_of(&w->seen.peer, addr_bits(&w->seen.peer));
		const struct prefix wide = around(w);

		spare(p, &one);
		if (!covered(p, &wide))
			p->around = wide;
	}
	for (size_t i = 0; is_router(w) && i < w->seen.n_inside; i++)
		spare(p, &w->seen.inside[i]);
	if (p->n_never_block == configured)
		p->n_never_block = 0;
}

/* Adds the rule where one of the ports is new to it, and all find room. */
static void plan_rule(struct setup_plan *p, const struct role_found *found, const char *name, const uint16_t *ports, size_t n)
{
	struct setup_rule *r = &p->rules[p->n_rules];

	if (p->n_rules == SETUP_RULES || n > SETUP_PORTS)
		return;
	*r = (struct setup_rule){ .name = name, .n = n };
	memcpy(r->ports, ports, n * sizeof(*ports));
	for (size_t i = 0; i < found->n_admin_ports; i++) {
		bool known = false;

		for (size_t k = 0; k < r->n; k++)
			known = known || r->ports[k] == found->admin_ports[i];
		if (!known && r->n == SETUP_PORTS)
			return;
		if (!known)
			r->ports[r->n++] = found->admin_ports[i];
	}
	p->n_rules += r->n > n;
}

static void plan_rules(struct setup_work *w)
{
	static const char *const names[] = { "rate.ssh", "rate.ssh-slow" };
	const struct rate_opts *rate = &w->conf.rules.rate;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (size_t k = 0; k < rate->n_rules; k++)
			if (strcmp(rate->rules[k].rule.name, names[i]) == 0 && rate->rules[k].n_ports)
				plan_rule(&w->plan, &w->found, names[i], rate->rules[k].ports, rate->rules[k].n_ports);
	if (w->conf.rules.brute.n_ports)
		plan_rule(&w->plan, &w->found, "brute.login", w->conf.rules.brute.ports, w->conf.rules.brute.n_ports);
}

/* As it is without our file, under the policy that is to be. */
static int load_base(struct ctl_tool *t, struct setup_work *w)
{
	const char *policy = ctl_value(t, CTL_POLICY);

	w->overruled = policy != NULL;
	w->plan.policy = policy ? policy : role_policy(w->found.role);
	if (load_with(w, "", w->plan.policy, &w->conf))
		return say_problems(w, "the configuration has errors that are not setup's");
	return CTL_OK;
}

static int try_it(struct setup_work *w)
{
	struct text t = text_over(w->after, sizeof(w->after));

	setup_text_write(&w->plan, &t);
	if (t.cut)
		return ctl_complain(CTL_INTERNAL, "what is to be written is too long");
	if (load_with(w, w->after, NULL, &w->probe))
		return say_problems(w, "with what setup would write the configuration has errors");
	if (strcmp(w->probe.rules.policy.name, w->plan.policy) == 0)
		return CTL_OK;
	return ctl_complain(CTL_CONFIG, "a file of %s that comes behind %s says policy = \"%s\", and it counts: take it out there "
		"first; nothing was written", w->folder, SETUP_FILE, w->probe.rules.policy.name);
}

int ctl_setup_plan(struct ctl_tool *t, struct setup_work *w)
{
	bool good;
	int code = find_places(t, w);

	if (code == CTL_OK)
		code = read_before(w);
	if (code == CTL_OK)
		code = load_base(t, w);
	if (code)
		return code;
	good = w->there && load_with(w, w->before, NULL, &w->probe) == 0;
	if (w->there && !good) {
		conf_check_print(&w->report, stderr);
		ctl_complain(CTL_OK, "%s cannot be read as it is: it is replaced, nothing comes along", w->path);
	}
	w->plan.why = w->overruled ? "As --policy said" : w->found.why;
	w->plan.sure = w->overruled ? "by hand" : role_sure_name(w->found.sure);
	w->plan.forward = is_router(w) && w->conf.divert.forward != CONF_TAKE_QUEUE;
	plan_ports(w);
	plan_guards(w, good ? &w->probe.guards : NULL);
	plan_rules(w);
	return try_it(w);
}
