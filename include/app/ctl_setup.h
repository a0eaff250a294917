/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of `tidegate setup` share: what was seen of this host, and what is to be written because of it. */
#ifndef TIDEGATE_APP_CTL_SETUP_H
#define TIDEGATE_APP_CTL_SETUP_H

#include "app/ctl.h"
#include "codec/setup_text.h"
#include "conf/conf.h"
#include "core/guard.h"
#include "core/role.h"

#define SETUP_FILE "10-setup.conf"
#define SETUP_INSIDE 16
#define SETUP_LINKS 32

struct setup_seen {
	struct role_facts facts;
	struct guards automatic;   /* own addresses, gateways, resolvers, time and DHCP servers */
	struct prefix inside[SETUP_INSIDE]; /* networks that are not on the way to the default route */
	size_t n_inside;
	struct prefix subnets[SETUP_LINKS];
	size_t n_subnets;
	struct addr peer;          /* of this SSH session; family NONE: none */
};

/* ctl_setup_look.c: needs no right, but sees the programs of others as root alone. */
void ctl_setup_look(struct setup_seen *out);

struct setup_work {
	struct setup_seen seen;
	struct role_found found;
	struct setup_plan plan;
	struct conf conf;          /* as it is, without our file */
	struct conf probe;         /* as it would be, and whatever else is loaded on the way */
	struct conf_report report;
	const char *main;          /* the main file */
	char folder[CONF_PATH];    /* its conf.d */
	char path[CONF_PATH];      /* our file */
	char before[SETUP_BYTES], after[SETUP_BYTES];
	bool there;                /* before is what stands in it */
	bool overruled;            /* by --policy */
};

/* ctl_setup_plan.c: from what was seen and the configuration to w->plan and w->after, which has been loaded for a trial then.
 * An exit code; what is wrong has been said. */
int ctl_setup_plan(struct ctl_tool *t, struct setup_work *w);

/* ctl_setup_show.c */
void ctl_setup_show_host(struct ctl_tool *t, const struct setup_work *w);
void ctl_setup_show_file(struct ctl_tool *t, const struct setup_work *w);
void ctl_setup_show_json(const struct setup_work *w, bool written);
void ctl_setup_show_plain(const struct setup_work *w, bool written);
void ctl_setup_show_next(const struct ctl_tool *t, const struct setup_work *w, bool reloaded);

#endif
