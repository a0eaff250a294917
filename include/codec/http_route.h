/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a request over HTTP asks of the exporter, out of its bytes as they came: the target (RFC 9112, 3.2), the Host field
 * and If-None-Match. Nothing is decoded and nothing is tidied up: a path is one of ours byte for byte, or there is no such
 * thing. Whatever comes in is hostile until it is an enum or a number.
 */
#ifndef TIDEGATE_CODEC_HTTP_ROUTE_H
#define TIDEGATE_CODEC_HTTP_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"

#define HTTP_TARGET 512 /* the longest target that can be one of ours, with room for a proxy's long way to say it */
#define HTTP_NAMES 8
#define HTTP_NAME 254   /* RFC 1035's longest name, with its terminator */

enum http_place {
	HTTP_NOWHERE = 0,
	HTTP_INDEX,
	HTTP_STYLE,
	HTTP_METRICS,
	HTTP_HEALTHZ,
	HTTP_REPORT,
	HTTP_API_STATUS,
	HTTP_API_BLOCKS,
	HTTP_API_LIMITS,
	HTTP_API_INCIDENTS,
	HTTP_API_EVENTS,
	HTTP_API_REPORT,
	HTTP_API_VERSION,
};

#define HTTP_PLACES (HTTP_API_VERSION + 1)

struct http_route {
	enum http_place place;
	uint32_t from;          /* where a page of a list begins; 0 where it was not said */
	struct slice authority; /* of a target in absolute form: it stands for the Host field. Empty: there was none */
};

/* The path of a place, "/metrics"; "" for HTTP_NOWHERE. */
const char *http_place_path(enum http_place p);

/* A place whose answers tell of single addresses or incidents; the others tell numbers and names of ours. */
bool http_place_tells_addresses(enum http_place p);

/*
 * 200 with *out filled; 404: there is no such path; 400: a question that we do not know, or a number that is none; 414:
 * longer than HTTP_TARGET. *out borrows from the target, and its place is HTTP_NOWHERE where the answer is not 200.
 */
int http_route(struct slice target, struct http_route *out);

/* Whom we are asked as, so that no page of a stranger whose name leads to this machine (DNS rebinding) reads us. */
struct http_names {
	char names[HTTP_NAMES][HTTP_NAME]; /* beside "localhost" */
	size_t n;
	struct addr own[4]; /* those that are listened on; loopback need not be among them */
	size_t n_own;
	bool any_address;   /* listening on all of them: a literal is never a stranger's name */
};

/* "localhost", an address of loopback or of ours, or one of the names, each with any port or none: a tunnel has its own.
 * No Host field is an empty one, and nobody's. */
bool http_host_is_ours(struct slice host, const struct http_names *names);

/* Letters, digits, dots and hyphens, at most HTTP_NAME - 1 of them: what can stand in http_names. */
bool http_name_is_valid(const char *name);

/* If-None-Match (RFC 9110, 13.1.2; weak comparison) against an entity tag of ours, its quotes included. */
bool http_tag_matches(struct slice field, const char *tag);

/* "127.0.0.1:9909", "[::1]:9909": ERR_INVALID. A name is none: nobody is to look one up. */
int http_listen_parse(const char *text, struct addr *out, uint16_t *port);

#endif
