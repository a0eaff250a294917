/* SPDX-License-Identifier: GPL-2.0-or-later */
/* setup: the host as everybody may see it, out of /proc and the files of its lifelines. */
#include <stdlib.h>
#include <string.h>

#include "app/ctl_session.h"
#include "app/ctl_setup.h"
#include "base/text.h"
#include "codec/diag_msg.h"
#include "core/checkup.h"
#include "edge/clock.h"
#include "edge/hostfacts.h"
#include "edge/lifelines.h"
#include "edge/process.h"
#include "edge/procnet.h"

#define TCP 6
#define UDP 17
#define DESCRIPTORS (1u << 22) /* somebody waits for the answer: all there are */

struct look {
	struct setup_seen *out;
	struct process *process; /* NULL: nobody is named */
	uint8_t proto;
	char outside[4][PROC_LINK]; /* links with a default route */
	size_t n_outside;
	char links[SETUP_LINKS][PROC_LINK];
};

static void name_owner(struct look *l, const struct proc_socket *s, char who[ROLE_WHO])
{
	const struct socket_owner o = { .uid = s->uid, .inode = s->inode };
	struct process_who w;

	if (!l->process || !s->inode)
		return;
	process_who(l->process, &o, clock_mono(), &w);
	text_copy(who, ROLE_WHO, w.comm);
}

/* UDP sockets that are bound and have no peer are in the state that TCP calls closed. */
static void take_socket(void *ctx, const struct proc_socket *s)
{
	struct look *l = ctx;
	const uint8_t state = l->proto == TCP ? DIAG_LISTEN : DIAG_CLOSE;
	struct role_socket r = { .proto = l->proto, .port = s->local_port, .local = addr_is_loopback(&s->local) };

	if (s->state != state || !addr_is_unspecified(&s->peer))
		return;
	name_owner(l, s, r.who);
	role_add(&l->out->facts, &r);
}

static void look_at_sockets(struct look *l)
{
	struct process_opts o = process_opts_default();
	char why[WHY_TEXT];

	o.descriptors = DESCRIPTORS;
	if (process_open(&l->process, &o, why))
		l->process = NULL;
	l->proto = TCP;
	procnet_sockets("", TCP, take_socket, l);
	l->proto = UDP;
	procnet_sockets("", UDP, take_socket, l);
	process_close(l->process);
}

static void guard(struct guards *g, const struct addr *a, enum guard_kind k)
{
	const struct prefix p = prefix_of(a, addr_bits(a));

	guards_add(g, &p, k);
}

static bool is_outside(const struct look *l, const char *link)
{
	for (size_t i = 0; i < l->n_outside; i++)
		if (strcmp(l->outside[i], link) == 0)
			return true;
	return false;
}

static void take_route(void *ctx, const struct proc_route *r)
{
	struct look *l = ctx;

	if (!r->whole || strcmp(r->link, "lo") == 0)
		return;
	l->out->facts.default_route = true;
	if (r->gateway.family)
		guard(&l->out->automatic, &r->gateway, GUARD_GATEWAY);
	if (!is_outside(l, r->link) && l->n_outside < sizeof(l->outside) / sizeof(l->outside[0]))
		text_copy(l->outside[l->n_outside++], PROC_LINK, r->link);
}

static void note_link(struct look *l, const char *link)
{
	struct role_facts *f = &l->out->facts;

	for (size_t i = 0; i < f->networks; i++)
		if (strcmp(l->links[i], link) == 0)
			return;
	if (f->networks < SETUP_LINKS)
		text_copy(l->links[f->networks++], PROC_LINK, link);
}

static void take_address(void *ctx, const char *link, const struct addr *a, unsigned len)
{
	struct look *l = ctx;
	struct setup_seen *s = l->out;
	const struct prefix p = prefix_of(a, len);

	if (addr_is_loopback(a))
		return;
	guard(&s->automatic, a, GUARD_OWN);
	if (host_is_container(link)) {
		text_copy(s->facts.containers, sizeof(s->facts.containers), link);
		return;
	}
	if (addr_is_link_local(a))
		return;
	note_link(l, link);
	if (len < addr_bits(a) && s->n_subnets < SETUP_LINKS)
		s->subnets[s->n_subnets++] = p;
	if (!is_outside(l, link) && len < addr_bits(a) && s->n_inside < SETUP_INSIDE)
		s->inside[s->n_inside++] = p;
}

static void look_for_desktop(struct role_facts *f)
{
	static const char *const names[] = { "gnome-shell", "plasmashell", "kwin_wayland", "kwin_x11", "Xorg", "Xwayland",
		"sway", "weston", "Hyprland", "labwc", "xfce4-session", "cinnamon", "mate-session", "lxqt-session", "gdm3", "gdm",
		"sddm", "lightdm" };
	enum { NAMES = sizeof(names) / sizeof(names[0]) };
	bool runs[NAMES];

	procnet_running("", names, NAMES, runs);
	for (size_t i = 0; i < NAMES && !f->desktop[0]; i++)
		if (runs[i])
			text_copy(f->desktop, sizeof(f->desktop), names[i]);
}

void ctl_setup_look(struct setup_seen *out)
{
	struct lifelines_found files = { .guards = &out->automatic };
	struct look *l = calloc(1, sizeof(*l));
	struct host_facts *host = calloc(1, sizeof(*host));
	char peer[ADDR_TEXT];

	memset(out, 0, sizeof(*out));
	if (ctl_session_find(peer, &out->facts.session_port) == 0)
		addr_parse(peer, &out->peer);
	if (l && host) {
		l->out = out;
		procnet_routes("", take_route, l);
		procnet_addresses(take_address, l);
		lifelines_read("", clock_wall(), &files);
		hostfacts_switches("tidegate", host);
		out->facts.forwards = host->numbers[HOST_FORWARD4] > 0 || host->numbers[HOST_FORWARD6] > 0;
		look_for_desktop(&out->facts);
		look_at_sockets(l);
	}
	free(host);
	free(l);
}
