/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket: a unix stream server for the lines of codec/ctl_msg.h. It frames
 * and decodes requests, knows its peers by SO_PEERCRED, and never waits for one of them:
 * what a client does not read stays in its bounded buffer, a subscriber that is too slow
 * loses lines and is told how many. For one thread; its descriptor goes into that
 * thread's loop.
 */
#ifndef TIDEGATE_EDGE_CTL_SRV_H
#define TIDEGATE_EDGE_CTL_SRV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

#include "codec/ctl_msg.h"
#include "edge/log.h"

#define CTL_CLIENTS 32

struct ctl_srv;
struct ctl_conn; /* one client; valid during the callback only */

struct ctl_cred {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

/* Answers with ctl_conn_send and then exactly one ctl_conn_end, before it returns; a
 * subscription has no end. */
typedef void (*ctl_request_fn)(
	void *ctx, struct ctl_conn *c, const struct ctl_request *r);

struct ctl_srv_opts {
	const char *path;
	bool set_group; /* else the group of the process */
	gid_t group;
	ctl_request_fn request;
	void *ctx;
};

struct ctl_srv_stats {
	uint64_t accepted;
	uint64_t turned_away; /* there were CTL_CLIENTS already */
	uint64_t bad_lines;
	uint64_t lost_lines;  /* of subscribers that were too slow */
	size_t clients, subscribers;
};

/*
 * Binds with mode 0660. A socket that nobody answers on is replaced; ERR_BUSY where
 * somebody does, ERR_EXISTS where the path is no socket, ERR_PERMISSION, ERR_IO,
 * ERR_MEMORY.
 */
int ctl_srv_open(struct ctl_srv **out, const struct ctl_srv_opts *o, char why[WHY_TEXT]);
void ctl_srv_close(struct ctl_srv *s); /* removes the socket where it is still ours */

int ctl_srv_fd(
	const struct ctl_srv *s); /* readable when ctl_srv_ready has something to do */
/* One request each of the next few clients that have one, without waiting for anybody; what is left keeps the descriptor
 * readable. */
void ctl_srv_ready(struct ctl_srv *s);
void ctl_srv_stats(const struct ctl_srv *s, struct ctl_srv_stats *out);

const struct ctl_cred *ctl_conn_cred(const struct ctl_conn *c);

/* True where one of the peer's groups, primary or supplementary, is this one. */
bool ctl_conn_in_group(const struct ctl_conn *c, gid_t group);

/* Borrows the value. ERR_FULL where the client's buffer has no room for it. */
int ctl_conn_send(struct ctl_conn *c, json_t *value);
void ctl_conn_end(struct ctl_conn *c, int code, const char *error);

/* From now on every ctl_srv_publish goes to this client too. */
void ctl_conn_subscribe(struct ctl_conn *c);
bool ctl_srv_has_subscribers(const struct ctl_srv *s);

/* One whole line with its newline to all subscribers. Writes at once what can be written.
 */
void ctl_srv_publish(struct ctl_srv *s, const char *line, size_t len);

#endif
