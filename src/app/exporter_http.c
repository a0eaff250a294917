/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The exporter's door to the network, and the only file that knows libmicrohttpd. One thread for each address that is
 * listened on; answers are made one at a time. A request is judged by its head alone, in this order: the method, a body (none
 * is wanted), the name that we are called by, the place. Who may stay connected is exporter_seats.c's.
 */
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/exporter.h"
#include "base/err.h"
#include "edge/clock.h"

#define LISTENERS 4
#define HEAD_BYTES ((size_t)16 * 1024) /* of a request's head; a longer one is a 431 of the library */
#define STACK_BYTES ((size_t)512 * 1024)
#define BACKLOG 128
#define LONG_BYTES ((size_t)32 * 1024 * 1024) /* of long answers, all that are on their way together */
#define SPARE 32 /* connections that are on their way out while others have come in */

#define OK 200
#define NOT_MODIFIED 304
#define METHOD_NOT_ALLOWED 405
#define TOO_LARGE 413
#define MISDIRECTED 421
#define UNAVAILABLE 503

struct exporter_http {
	struct MHD_Daemon *daemons[LISTENERS];
	size_t n;
	struct http_names names;
	pthread_mutex_t seats_lock, desk_lock; /* the second one may be held for as long as the daemon takes to answer */
	struct seats seats;
	size_t long_bytes; /* of long answers that are on their way; by seats_lock, too */
	struct exporter_desk *desk;
};

/* One request, from its first line on. */
struct request {
	bool begun;
	int status; /* of the target */
	size_t long_bytes; /* of its answer, where that is a long one */
	struct http_route route;
	char target[HTTP_TARGET + 1]; /* as it came: the library decodes its own copy in place */
};

static struct slice slice_of(const char *s)
{
	return (struct slice){ .at = (const uint8_t *)s, .len = s ? strlen(s) : 0 };
}

static void *take_target(void *ctx, const char *uri, struct MHD_Connection *c)
{
	struct request *r = calloc(1, sizeof(*r));
	struct slice whole = slice_of(uri);

	(void)ctx;
	(void)c;
	if (!r)
		return NULL; /* handle() hangs up */
	if (whole.len <= HTTP_TARGET) {
		memcpy(r->target, uri, whole.len);
		whole.at = (const uint8_t *)r->target;
	}
	r->status = http_route(whole, &r->route);
	return r;
}

/* ---- connections ---- */

static int fd_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *i = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);

	return i ? i->connect_fd : -1;
}

static struct addr peer_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *i = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (i && i->client_addr && i->client_addr->sa_family == AF_INET) {
		memcpy(&v4, i->client_addr, sizeof(v4));
		return addr_v4((const uint8_t *)&v4.sin_addr);
	}
	if (i && i->client_addr && i->client_addr->sa_family == AF_INET6) {
		memcpy(&v6, i->client_addr, sizeof(v6));
		return addr_v6(v6.sin6_addr.s6_addr);
	}
	return (struct addr){ .family = FAMILY_NONE };
}

/* Shut, not closed: the library closes it when it notices, after it has told us that the seat is free. So a number that
 * stands in a seat is always that connection's. */
static void see_off(int fd)
{
	if (fd >= 0)
		shutdown(fd, SHUT_RDWR);
}

static void connection(void *ctx, struct MHD_Connection *c, void **own, enum MHD_ConnectionNotificationCode what)
{
	struct exporter_http *h = ctx;
	struct addr peer = peer_of(c);
	int fd = fd_of(c);

	(void)own;
	pthread_mutex_lock(&h->seats_lock);
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		see_off(seats_take(&h->seats, fd, &peer, clock_mono()));
	else
		seats_leave(&h->seats, fd);
	pthread_mutex_unlock(&h->seats_lock);
}

static void completed(void *ctx, struct MHD_Connection *c, void **request, enum MHD_RequestTerminationCode why)
{
	struct exporter_http *h = ctx;
	const struct request *r = *request;

	pthread_mutex_lock(&h->seats_lock);
	if (r)
		h->long_bytes -= r->long_bytes;
	if (why == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		seats_served(&h->seats, fd_of(c), clock_mono());
	pthread_mutex_unlock(&h->seats_lock);
	free(*request);
	*request = NULL;
}

void exporter_http_look(struct exporter_http *h)
{
	int fd;

	pthread_mutex_lock(&h->seats_lock);
	while ((fd = seats_overdue(&h->seats, clock_mono())) >= 0)
		see_off(fd);
	pthread_mutex_unlock(&h->seats_lock);
	pthread_mutex_lock(&h->desk_lock);
	pthread_mutex_unlock(&h->desk_lock);
}

/* ---- answers ---- */

static const char *mime_of(enum exporter_type t)
{
	static const char *const types[] = {
		[EXPORTER_JSON] = "application/json",
		[EXPORTER_TEXT] = "text/plain; charset=utf-8",
		[EXPORTER_METRICS] = "text/plain; version=0.0.4; charset=utf-8",
		[EXPORTER_PAGE] = "text/html; charset=utf-8",
		[EXPORTER_REPORT] = "text/html; charset=utf-8",
		[EXPORTER_CSS] = "text/css; charset=utf-8",
	};
	return types[t];
}

/* No script anywhere. The report carries its styles and pictures in itself, and is nobody's origin. */
static const char *policy_of(enum exporter_type t)
{
	if (t == EXPORTER_REPORT)
		return "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
			"frame-ancestors 'none'; sandbox";
	if (t == EXPORTER_PAGE)
		return "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
	return "default-src 'none'; frame-ancestors 'none'; sandbox";
}

static void put_headers(struct MHD_Response *m, const struct exporter_answer *a, int status)
{
	MHD_add_response_header(m, "Content-Security-Policy", policy_of(a->type));
	MHD_add_response_header(m, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(m, "X-Frame-Options", "DENY");
	MHD_add_response_header(m, "Referrer-Policy", "no-referrer");
	MHD_add_response_header(m, "Cross-Origin-Resource-Policy", "same-origin");
	MHD_add_response_header(m, "Cache-Control", a->tag[0] ? "private, no-cache" : "no-store");
	if (a->tag[0])
		MHD_add_response_header(m, "ETag", a->tag);
	if (status != NOT_MODIFIED)
		MHD_add_response_header(m, "Content-Type", mime_of(a->type));
	if (status == METHOD_NOT_ALLOWED)
		MHD_add_response_header(m, "Allow", "GET, HEAD");
	if (status == UNAVAILABLE)
		MHD_add_response_header(m, "Retry-After", "1");
}

/* Takes the body of the answer. */
static enum MHD_Result queue(struct MHD_Connection *c, struct exporter_answer *a, int status)
{
	struct MHD_Response *m;
	enum MHD_Result result;

	if (status == NOT_MODIFIED || !a->body) {
		free(a->body);
		m = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	} else {
		m = MHD_create_response_from_buffer(a->len, a->body, MHD_RESPMEM_MUST_FREE);
		if (!m)
			free(a->body);
	}
	if (!m)
		return MHD_NO;
	put_headers(m, a, status);
	result = MHD_queue_response(c, (unsigned)status, m);
	MHD_destroy_response(m);
	return result;
}

static const char *header(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

static int not_modified(struct MHD_Connection *c, const struct exporter_answer *a)
{
	const char *tags = header(c, "If-None-Match");
	bool same = a->status == OK && a->tag[0] && tags && http_tag_matches(slice_of(tags), a->tag);

	return same ? NOT_MODIFIED : a->status;
}

static enum MHD_Result refuse(struct exporter_http *h, struct MHD_Connection *c, const struct request *r, int status,
	const char *why)
{
	struct exporter_answer a;

	exporter_refuse(&r->route, status, why, &a);
	pthread_mutex_lock(&h->desk_lock);
	exporter_count(&h->desk->counts, a.status);
	pthread_mutex_unlock(&h->desk_lock);
	return queue(c, &a, a.status);
}

/* Every connection holds its own copy: of a long report a crowd that does not read must not take all memory. What is short
 * always has room. */
static bool has_room(struct exporter_http *h, struct request *r, size_t len)
{
	bool room;

	if (len <= EXPORTER_BODY)
		return true;
	pthread_mutex_lock(&h->seats_lock);
	room = h->long_bytes + len <= LONG_BYTES;
	if (room) {
		r->long_bytes = len;
		h->long_bytes += len;
	}
	pthread_mutex_unlock(&h->seats_lock);
	return room;
}

static enum MHD_Result answer(struct exporter_http *h, struct MHD_Connection *c, struct request *r)
{
	struct exporter_answer a;
	int status;

	pthread_mutex_lock(&h->desk_lock);
	pthread_mutex_lock(&h->seats_lock);
	h->desk->seats = h->seats;
	pthread_mutex_unlock(&h->seats_lock);
	exporter_answer(h->desk, &r->route, &a);
	if (!has_room(h, r, a.len)) {
		pthread_mutex_unlock(&h->desk_lock);
		free(a.body);
		return refuse(h, c, r, UNAVAILABLE, "others are reading as much as there is memory for");
	}
	status = not_modified(c, &a);
	exporter_count(&h->desk->counts, status);
	pthread_mutex_unlock(&h->desk_lock);
	return queue(c, &a, status);
}

/* What a request's head has that is looked for in all of its lines: of two that contradict each other a proxy before us may
 * have believed the other one. */
struct head {
	bool has_body;
	unsigned hosts;
};

/* A blank behind a name has no place in HTTP, and the library takes it for a part of the name. */
static bool is_field(const char *key, const char *name)
{
	const size_t len = strlen(name);

	return strncasecmp(key, name, len) == 0 && key[len + strspn(key + len, " \t")] == '\0';
}

static enum MHD_Result note_field(void *ctx, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct head *h = ctx;

	(void)kind;
	h->has_body |= is_field(key, "Transfer-Encoding");
	h->has_body |= is_field(key, "Content-Length") && (!value || value[strspn(value, "0")]);
	h->hosts += is_field(key, "Host");
	return MHD_YES;
}

static struct head head_of(struct MHD_Connection *c)
{
	struct head h = { .hosts = 0 };

	MHD_get_connection_values(c, MHD_HEADER_KIND, note_field, &h);
	return h;
}

static bool is_for_us(const struct exporter_http *h, struct MHD_Connection *c, const struct request *r)
{
	struct slice host = slice_of(header(c, "Host"));

	if (head_of(c).hosts > 1)
		return false;
	if (r->route.authority.len > 0)
		host = r->route.authority;
	return http_host_is_ours(host, &h->names);
}

/* What is wrong with the head of a request; 0 where nothing is. */
static int judge(const struct exporter_http *h, struct MHD_Connection *c, const char *method, const struct request *r,
	const char **why)
{
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
		*why = "nothing can be changed from here: GET and HEAD alone";
		return METHOD_NOT_ALLOWED;
	}
	if (head_of(c).has_body) {
		*why = "a question has no body";
		return TOO_LARGE;
	}
	if (!is_for_us(h, c, r)) {
		*why = "this exporter is asked by its address, as localhost, or by a name that --host tells";
		return MISDIRECTED;
	}
	if (r->status != OK) {
		*why = r->status == 400 ? "only ?from=NUMBER is understood, of blocks, limits and incidents" :
			r->status == 414 ? "the path is too long" : "there is nothing here; / tells what there is";
		return r->status;
	}
	return 0;
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *c, const char *url, const char *method,
	const char *version, const char *upload, size_t *upload_len, void **request)
{
	struct exporter_http *h = ctx;
	struct request *r = *request;
	const char *why;
	int status;

	(void)url;
	(void)version;
	(void)upload;
	if (!r || *upload_len > 0)
		return MHD_NO;
	pthread_mutex_lock(&h->seats_lock);
	seats_asked(&h->seats, fd_of(c), clock_mono());
	pthread_mutex_unlock(&h->seats_lock);
	if (r->begun)
		return answer(h, c, r);
	r->begun = true;
	status = judge(h, c, method, r, &why);
	/* An answer in the first call ends the connection behind it, unread body and all. */
	return status ? refuse(h, c, r, status, why) : MHD_YES;
}

/* ---- to begin and to end ---- */

static socklen_t sockaddr_of(const struct exporter_listen *l, struct sockaddr_storage *out)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(l->port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(l->port) };

	if (l->addr.family == FAMILY_V4) {
		memcpy(&v4.sin_addr, l->addr.bytes, sizeof(v4.sin_addr));
		memcpy(out, &v4, sizeof(v4));
		return sizeof(v4);
	}
	memcpy(&v6.sin6_addr, l->addr.bytes, sizeof(v6.sin6_addr));
	memcpy(out, &v6, sizeof(v6));
	return sizeof(v6);
}

static int err_of(int error)
{
	switch (error) {
	case EADDRINUSE:
		return ERR_BUSY;
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
		return ERR_ABSENT;
	case EACCES:
	case EPERM:
		return ERR_PERMISSION;
	default:
		return ERR_IO;
	}
}

static int open_socket(const struct exporter_listen *l, int *out, char why[WHY_TEXT])
{
	struct sockaddr_storage a;
	socklen_t len = sockaddr_of(l, &a);
	const int on = 1;
	char name[ADDR_TEXT];
	int fd = socket(l->addr.family == FAMILY_V4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool open = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
		(l->addr.family == FAMILY_V4 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0) &&
		bind(fd, (const struct sockaddr *)&a, len) == 0 && listen(fd, BACKLOG) == 0;
	int error = errno;

	if (open) {
		*out = fd;
		return 0;
	}
	if (fd >= 0)
		close(fd);
	addr_format(&l->addr, name, sizeof(name));
	return log_why(why, err_of(error), "%s, port %u: %s", name, l->port, strerror(error));
}

static int start_one(struct exporter_http *h, const struct exporter_listen *l, char why[WHY_TEXT])
{
	struct MHD_Daemon *d;
	int fd = -1;
	int err = open_socket(l, &fd, why);

	if (err)
		return err;
	d = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, l->port, NULL, NULL, handle, h,
		MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_URI_LOG_CALLBACK, take_target, h,
		MHD_OPTION_NOTIFY_CONNECTION, connection, h,
		MHD_OPTION_NOTIFY_COMPLETED, completed, h,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)(SEATS + SPARE),
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, HEAD_BYTES,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(SEATS_IDLE_NS / NS_PER_S),
		MHD_OPTION_THREAD_STACK_SIZE, STACK_BYTES,
		MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_END);
	if (!d) {
		close(fd);
		return log_why(why, ERR_IO, "the HTTP server does not start: %s", strerror(errno));
	}
	h->daemons[h->n++] = d;
	return 0;
}

int exporter_http_start(struct exporter_http **out, const struct exporter_http_opts *o, char why[WHY_TEXT])
{
	struct exporter_http *h = calloc(1, sizeof(*h));
	int err = 0;

	if (!h)
		return log_why(why, ERR_MEMORY, "no memory");
	h->names = o->names;
	h->desk = o->desk;
	pthread_mutex_init(&h->seats_lock, NULL);
	pthread_mutex_init(&h->desk_lock, NULL);
	for (size_t i = 0; i < o->n_listen && i < LISTENERS && !err; i++) {
		err = start_one(h, &o->listen[i], why);
		if (err == ERR_ABSENT && o->spare_missing && (h->n > 0 || i + 1 < o->n_listen))
			err = 0;
	}
	if (!err && h->n > 0) {
		*out = h;
		return 0;
	}
	exporter_http_stop(h);
	return err ? err : ERR_ABSENT;
}

void exporter_http_stop(struct exporter_http *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->n; i++)
		MHD_stop_daemon(h->daemons[i]);
	pthread_mutex_destroy(&h->seats_lock);
	pthread_mutex_destroy(&h->desk_lock);
	free(h);
}
