/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How tidegate is installed here and who may use it, as lines with a remedy each, behind those of core/checkup.h: what
 * operating it needs beside a working daemon, and what can be said where none answers. Facts in, lines out; what is not known
 * gets no line. Called by the tool, which gathers it (app/ctl_doctor_site.c).
 */
#ifndef TIDEGATE_CORE_SITE_H
#define TIDEGATE_CORE_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/checkup.h"

#define SITE_TEXT 200
#define SITE_PATH 160

enum site_init {
	SITE_INIT_UNKNOWN = 0,
	SITE_SYSTEMD,
	SITE_OPENRC,
};

struct site_group {
	char name[32];      /* "": the configuration names none */
	bool there;
	char members[SITE_TEXT]; /* "anna, ben"; "": nobody */
};

struct site_facts {
	bool answers;       /* the daemon */
	bool runs;          /* a process of its name is there */

	char config[SITE_PATH]; /* "": there is none */
	size_t config_errors;
	char config_first[SITE_TEXT]; /* "file:line: text" of the first */

	enum site_init init;
	bool unit_there, unit_enabled;

	char socket[SITE_PATH];
	bool socket_denied; /* there is one, and we may not connect */
	struct site_group admins, viewers;

	char log_place[SITE_TEXT]; /* a command that shows the last lines */
	char state_dir[SITE_PATH];
	bool state_known;
	int64_t state_free_mb;  /* -1: it is not there */

	char textfiles[SITE_PATH]; /* node_exporter's folder; "": there is none */
	bool textfile_linked;

	size_t feeds, feeds_failing;
	bool clock_known, clock_synchronised, clock_odd; /* odd: before this program was written */
	char tool[32], daemon[32];  /* versions; daemon "": not known */
	int same_network;           /* 1, 0, -1: not known */
	struct host_list firewalls; /* other programs that filter */
	bool fail2ban, fail2ban_action; /* it runs; our action is among its */
};

/* Adds to out. */
void site_judge(const struct site_facts *f, struct checkup *out);

#endif
