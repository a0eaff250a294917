/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The exporter: answers over HTTP on loopback, made of what the daemon says on view.sock and of the report that a timer
 * wrote. It changes nothing, starts nothing, keeps nothing. This header is what its files share: an answer, the desk that
 * makes answers (exporter_answer.c: cache, places), and the door to the network (exporter_http.c, the one file that knows
 * libmicrohttpd).
 */
#ifndef TIDEGATE_APP_EXPORTER_H
#define TIDEGATE_APP_EXPORTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/exporter_ask.h"
#include "app/exporter_seats.h"
#include "codec/http_route.h"
#include "edge/log.h"

#define EXPORTER_BODY ((size_t)1024 * 1024)          /* the longest answer that is made here */
#define EXPORTER_REPORT_BYTES ((size_t)8 * 1024 * 1024) /* and the longest report that is read */
#define EXPORTER_CACHED 16
#define EXPORTER_CACHE_NS NS_PER_S /* how old an answer may be that was asked of the daemon */
#define EXPORTER_TAG 64

enum exporter_type {
	EXPORTER_JSON = 0,
	EXPORTER_TEXT,
	EXPORTER_METRICS, /* the text format of Prometheus, 0.0.4 */
	EXPORTER_PAGE,    /* markup of ours */
	EXPORTER_REPORT,  /* markup that somebody else wrote: in a sandbox of its own */
	EXPORTER_CSS,
};

/* The body is the taker's to free; NULL where len is 0. */
struct exporter_answer {
	int status;
	enum exporter_type type;
	char tag[EXPORTER_TAG]; /* entity tag with its quotes: the answer may be kept and asked for again; "": it may not */
	char *body;
	size_t len;
};

/* What can be counted of answers: the codes that there are, and those which are none of them. */
enum { EXPORTER_CODES = 12 };

struct exporter_counts {
	uint64_t by_code[EXPORTER_CODES];
};

struct exporter_cached {
	struct http_route route; /* HTTP_NOWHERE: free */
	mono_t at;
	struct exporter_answer answer;
};

/* Makes answers; one caller at a time. */
struct exporter_desk {
	struct exporter_asker asker;
	const char *reports;  /* the folder of latest.html and latest.json */
	bool metrics_only;    /* nothing that tells addresses */
	struct exporter_counts counts;
	struct seats seats;   /* as they were when somebody last looked, for the metrics */
	struct exporter_cached cache[EXPORTER_CACHED];
};

/* Always an answer: 404, 500 and 503 are some, too. */
void exporter_answer(struct exporter_desk *d, const struct http_route *r, struct exporter_answer *out);
void exporter_refuse(const struct http_route *r, int status, const char *why, struct exporter_answer *out);
void exporter_desk_clear(struct exporter_desk *d);

/* Counted by the code that goes out, for the metrics. */
void exporter_count(struct exporter_counts *c, int status);

/* exporter_metrics.c: appends what the exporter says of itself; returns the new length. up: the daemon gave its own. */
size_t exporter_metrics(const struct exporter_desk *d, bool up, char *at, size_t size);

/* exporter_page.c: the index. */
size_t exporter_page(bool healthy, bool metrics_only, char *at, size_t size);
extern const char exporter_style[];

/* exporter_report.c: 200 with the bytes of a report, or 404, or 500 with the reason. The name is in the folder. */
void exporter_report(const char *folder, const char *name, const struct http_route *r, struct exporter_answer *out);

/* exporter_http.c */
struct exporter_http;

struct exporter_listen {
	struct addr addr;
	uint16_t port;
};

struct exporter_http_opts {
	const struct exporter_listen *listen;
	size_t n_listen;
	bool spare_missing; /* an address that this host does not have is no error, as long as one is there */
	struct http_names names;
	struct exporter_desk *desk; /* its owner leaves it alone from now on */
};

/* ERR_BUSY: somebody listens there; ERR_ABSENT: no such address here; ERR_PERMISSION, ERR_IO, ERR_MEMORY. */
int exporter_http_start(struct exporter_http **out, const struct exporter_http_opts *o, char why[WHY_TEXT]);

/* Ends connections whose time is over. To be called once a second; returns only when answers are being made at all. */
void exporter_http_look(struct exporter_http *h);
void exporter_http_stop(struct exporter_http *h);

#endif
