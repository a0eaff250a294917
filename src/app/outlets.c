/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events as lines of each target's format, to sockets. */
#include "app/outlets.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/version.h"
#include "base/err.h"
#include "base/text.h"
#include "codec/event_cef.h"
#include "codec/json_put.h"
#include "codec/syslog_head.h"
#include "edge/sink_socket.h"

struct outlet {
	const char *name; /* NULL: there is none */
	struct sink_socket *sink;
	enum conf_event_format format;
	bool stream;
	char path[CONF_SOCKET];
};

struct outlets {
	struct outlet socket, syslog;
	struct syslog_sender sender;
};

static int open_one(struct outlet *o, const char *name, const char *path, bool stream, char why[WHY_TEXT])
{
	int err = sink_socket_open(&o->sink, path, stream, why);

	if (err)
		return err;
	o->name = name;
	o->stream = stream;
	text_copy(o->path, sizeof(o->path), path);
	return 0;
}

int outlets_create(struct outlets **out, const struct conf_events *c, char why[WHY_TEXT])
{
	struct outlets *o = calloc(1, sizeof(*o));
	int err = 0;

	*out = NULL;
	if (!o)
		return log_why(why, ERR_MEMORY, "event sockets: no memory");
	o->socket.format = c->socket_format;
	o->syslog.format = c->syslog_format;
	o->sender = (struct syslog_sender){ .form = c->syslog == CONF_SYSLOG_5424 ? SYSLOG_5424 : SYSLOG_LOCAL,
		.facility = c->syslog_facility, .pid = (long)getpid() };
	if (c->socket[0])
		err = open_one(&o->socket, "socket", c->socket, c->socket_stream, why);
	if (!err && c->syslog != CONF_SYSLOG_OFF)
		err = open_one(&o->syslog, "syslog", c->syslog_socket, false, why);
	if (err || (!o->socket.name && !o->syslog.name)) {
		outlets_destroy(o);
		return err;
	}
	*out = o;
	return 0;
}

void outlets_destroy(struct outlets *o)
{
	if (!o)
		return;
	sink_socket_close(o->socket.sink);
	sink_socket_close(o->syslog.sink);
	free(o);
}

/* The line without its newline: its length, or 0. */
static size_t line_of(enum conf_event_format format, const struct event *e, const struct event_world *w, char *out,
	size_t size)
{
	int n = format == CONF_EVENT_CEF ? event_cef(e, w, TIDEGATE_VERSION, out, size) : event_json(e, w, out, size);

	return n > 0 ? (size_t)n - 1 : 0;
}

static void to_socket(struct outlet *o, const struct event *e, const struct event_world *w)
{
	char line[EVENT_LINE];
	const size_t len = line_of(o->format, e, w, line, sizeof(line));

	/* A datagram ends by itself. */
	if (len)
		sink_socket_write(o->sink, line, len + o->stream, w->stamp.mono);
}

static void to_syslog(struct outlets *o, const struct event *e, const struct event_world *w)
{
	char line[SYSLOG_HEAD + EVENT_LINE];
	size_t head, len;

	o->sender.host = w->host;
	head = syslog_head(&o->sender, syslog_severity(e), event_word(e), stamp_wall(&w->stamp, e->at),
		w->stamp.utc_offset_s, line);
	len = line_of(o->syslog.format, e, w, line + head, sizeof(line) - head);
	if (len)
		sink_socket_write(o->syslog.sink, line, head + len, w->stamp.mono);
}

void outlets_event(struct outlets *o, const struct event *e, const struct event_world *w)
{
	if (!o)
		return;
	if (o->socket.name)
		to_socket(&o->socket, e, w);
	if (o->syslog.name)
		to_syslog(o, e, w);
}

void outlets_reopen(struct outlets *o)
{
	if (o && o->socket.name)
		sink_socket_reopen(o->socket.sink);
	if (o && o->syslog.name)
		sink_socket_reopen(o->syslog.sink);
}

static void put_outlet(json_t *list, const struct outlet *o)
{
	struct sink_stats s;
	json_t *value;

	if (!o->name)
		return;
	value = json_object();
	sink_socket_stats(o->sink, &s);
	put_text(value, "target", o->name);
	put_text(value, "path", o->path);
	put_text(value, "format", o->format == CONF_EVENT_CEF ? "cef" : "eve");
	put_count(value, "written", s.written);
	put_count(value, "unwritten", s.lost);
	put_bool(value, "failing", s.failing);
	json_array_append_new(list, value);
}

json_t *outlets_value(const struct outlets *o)
{
	json_t *list = json_array();

	if (!o)
		return list;
	put_outlet(list, &o->socket);
	put_outlet(list, &o->syslog);
	return list;
}
