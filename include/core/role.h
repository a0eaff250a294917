/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a host is for, by what it serves: facts in, one of the shipped policies out, with the evidence and how sure it is. It
 * never says honeypot: nobody can tell one from a host that was forgotten. Where roles are mixed it takes the policy whose
 * mistakes cost least, and says what else there is. Pure; no strings but those it is given.
 */
#ifndef TIDEGATE_CORE_ROLE_H
#define TIDEGATE_CORE_ROLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROLE_SOCKETS 256
#define ROLE_WHO 16   /* TASK_COMM_LEN */
#define ROLE_NOTES 8
#define ROLE_TEXT 200
#define ROLE_ADMIN_PORTS 16

enum role {
	ROLE_WORKSTATION = 0, /* also of who serves nothing: it is the policy that only looks */
	ROLE_WEB,
	ROLE_BASTION,
	ROLE_DATABASE,
	ROLE_ROUTER,
	ROLES,
};

enum role_sure {
	ROLE_GUESS = 0, /* somebody should look */
	ROLE_LIKELY,
	ROLE_CERTAIN,
};

/* A listening TCP socket or a bound UDP one. */
struct role_socket {
	uint8_t proto; /* 6 or 17 */
	uint16_t port;
	bool local;    /* on loopback alone */
	char who[ROLE_WHO]; /* the program's name; "": not known */
};

struct role_facts {
	struct role_socket sockets[ROLE_SOCKETS];
	size_t n_sockets, cut; /* cut: sockets that found no room */
	bool forwards;         /* either family */
	size_t networks;       /* interfaces with an address, but loopback's and containers' */
	bool default_route;
	char containers[ROLE_WHO]; /* an interface of theirs; "": none */
	char desktop[ROLE_WHO];    /* a program of a graphical session; "": none runs */
	uint16_t session_port;     /* of this host, by which the SSH session that asks came in; 0 */
};

struct role_found {
	enum role role;
	enum role_sure sure;
	unsigned also;       /* bits of other roles that there is evidence of */
	bool forward;        /* what is forwarded should be judged, too */
	char why[ROLE_TEXT]; /* "tcp/443 by nginx, tcp/22 by sshd" */
	char notes[ROLE_NOTES][ROLE_TEXT]; /* what should be known beside it, a sentence each */
	size_t n_notes;
	uint16_t admin_ports[ROLE_ADMIN_PORTS]; /* where sshd listens, sorted; none: it does not, or is not known */
	size_t n_admin_ports;
};

/* Each once, both families of a service being one. False: there is no room, it is counted in cut. A socket that strangers
 * reach takes the place of the same one on loopback. */
bool role_add(struct role_facts *f, const struct role_socket *s);

void role_judge(const struct role_facts *f, struct role_found *out);

const char *role_policy(enum role r); /* the name of its policy */
const char *role_sure_name(enum role_sure s); /* "certain", "likely", "a guess" */

#endif
