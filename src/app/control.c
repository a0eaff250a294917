/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control thread: a loop over the control socket and the events that come through the
 * door. What the verbs do is in control_*.c.
 */
#include "app/control.h"

#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/control_verbs.h"
#include "app/report.h"
#include "base/err.h"
#include "base/text.h"
#include "codec/event_text.h"
#include "edge/clock.h"

#define FIRST_METRICS_NS NS_PER_S /* the packet thread is there by then */

struct stamp control_stamp(const struct control *c)
{
	struct stamp s = steady_now(c->steady);
	time_t seconds = (time_t)(s.wall.ns / NS_PER_S);
	struct tm local;

	if (localtime_r(&seconds, &local))
		s.utc_offset_s = (int32_t)local.tm_gmtoff;
	return s;
}

static void write_text(struct control *c, const char *line)
{
	char painted[EVENT_TEXT];

	if (c->colour) {
		event_text_paint(line, painted, sizeof(painted));
		line = painted;
	}
	/* Who stops reading must not stop us. */
	if (!log_has_room(STDOUT_FILENO)) {
		c->unprinted++;
		return;
	}
	if (c->unprinted)
		printf("(%" PRIu64 " events before this one found no room here)\n",
			c->unprinted);
	c->unprinted = 0;
	/* One call a line: stdout may be a pipe that somebody reads line by line. */
	printf("%s\n", line);
	fflush(stdout);
}

static json_t *news_value(const struct event *e, const struct event_world *w)
{
	char line[EVENT_TEXT];

	event_text(e, w, line, sizeof(line));
	json_t *event = event_json_value(e, w);
	return event ? json_pack("{s:o, s:s}", "event", event, "text", line) : NULL;
}

static struct event_world world_of(const struct control *c, const struct event *e,
	char iface[IF_NAMESIZE])
{
	bool known = e->kind == EVENT_FINDING && e->finding.if_in != 0;

	return (struct event_world){
		.stamp = control_stamp(c),
		.host = c->host,
		.iface = known ? if_indextoname(e->finding.if_in, iface) : NULL,
	};
}

static void publish(struct control *c, const struct event *e, const struct event_world *w)
{
	char line[2 * EVENT_LINE];
	json_t *news = news_value(e, w);
	int n = news ? ctl_reply_encode(news, line, sizeof(line)) : ERR_MEMORY;

	json_decref(news);
	if (n > 0)
		ctl_srv_publish(c->srv, line, (size_t)n);
	if (n > 0 && c->view)
		ctl_srv_publish(c->view, line, (size_t)n);
}

void control_event(struct control *c, const struct event *e)
{
	char line[EVENT_LINE];
	char iface[IF_NAMESIZE];
	struct event_world w = world_of(c, e, iface);

	c->recent[c->n_recent++ % CONTROL_RECENT] = *e;
	if (c->keeper)
		keeper_event(c->keeper, e);
	evidence_event(c->evidence, e);
	int n = c->sink ? event_json(e, &w, line, sizeof(line)) : 0;
	if (n > 0)
		sink_write(c->sink, line, (size_t)n);
	outlets_event(c->outlets, e, &w);
	if (c->text) {
		event_text(e, &w, line, EVENT_TEXT);
		write_text(c, line);
	}
	if (ctl_srv_has_subscribers(c->srv) || (c->view && ctl_srv_has_subscribers(c->view)))
		publish(c, e, &w);
}

int control_events(struct control_call *k)
{
	struct control *c = k->control;
	bool follow = ctl_request_true(k->request, "follow");
	const char *after = ctl_request_text(k->request, "after");
	uint64_t most = follow ? 10 : CONTROL_RECENT;
	uint64_t n = c->n_recent < most ? c->n_recent : most;

	if (after)
		return control_events_after(k, after);
	for (uint64_t i = c->n_recent - n; i < c->n_recent; i++) {
		char iface[IF_NAMESIZE];
		const struct event *e = &c->recent[i % CONTROL_RECENT];
		struct event_world w = world_of(c, e, iface);
		int code = control_send(k, news_value(e, &w));
		if (code)
			return code;
	}
	if (!follow)
		return CTL_OK;
	ctl_conn_subscribe(k->conn);
	return CONTROL_NO_END;
}

static void take_events(void *ctx, mono_t now)
{
	struct control *c = ctx;
	struct event e;
	uint64_t waiting;

	(void)now;
	/* Emptied before the taking: an event that comes in between wakes us once more.
	 */
	if (read(door_event_fd(c->door), &waiting, sizeof(waiting)) < 0)
		waiting = 0;
	while (door_take_event(c->door, &e))
		control_event(c, &e);
	door_trial_look(c->door);
}

static void tally(void *ctx, mono_t now)
{
	(void)now;
	control_tally(ctx);
}

static void serve(void *ctx, mono_t now)
{
	struct control *c = ctx;

	(void)now;
	ctl_srv_ready(c->srv);
}

static void serve_viewers(void *ctx, mono_t now)
{
	struct control *c = ctx;

	(void)now;
	ctl_srv_ready(c->view);
}

static void after_wakeup(void *ctx, mono_t now)
{
	struct control *c = ctx;

	(void)now;
	if (!atomic_exchange(&c->reopen, false))
		return;
	if (c->sink)
		sink_reopen(c->sink);
	outlets_reopen(c->outlets);
}

static void open_view(struct control *c, const struct control_opts *o)
{
	struct ctl_srv_opts srv = {
		.path = o->view_path,
		.set_group = o->set_viewers,
		.group = o->viewers,
		.request = control_dispatch,
		.ctx = &c->viewing,
	};
	char why[WHY_TEXT];

	if (!o->view_path || ctl_srv_open(&c->view, &srv, why) == 0)
		return;
	log_at(LOG_LEVEL_WARNING, "%s: nobody can look without the right to change", why);
}

static int watch_sockets(struct control *c)
{
	int err = loop_watch(c->loop, ctl_srv_fd(c->srv), serve, c);

	if (!err && c->view)
		err = loop_watch(c->loop, ctl_srv_fd(c->view), serve_viewers, c);
	return err;
}

static int create_parts(struct control *c, const struct control_opts *o,
	char why[WHY_TEXT])
{
	struct ctl_srv_opts srv = {
		.path = o->socket_path,
		.set_group = o->set_group,
		.group = o->group,
		.request = control_dispatch,
		.ctx = &c->full,
	};
	int err = ctl_srv_open(&c->srv, &srv, why);

	if (err)
		return err;
	open_view(c, o);
	if (live_create(&c->live) || live_sources_create(&c->sources))
		return log_why(why, ERR_MEMORY, "control thread: no memory");
	if (o->event_path) {
		err = sink_open(&c->sink, o->event_path, why);
		if (err)
			return err;
	}
	err = loop_create(&c->loop);
	if (err)
		return log_why(why, err, "control thread: no event loop");
	loop_after(c->loop, after_wakeup, c);
	err = watch_sockets(c);
	if (err)
		return log_why(why, err, "control thread: the socket cannot be watched");
	return 0;
}

int control_create(struct control **out, const struct control_opts *o, char why[WHY_TEXT])
{
	struct control *c = calloc(1, sizeof(*c));

	if (!c)
		return log_why(why, ERR_MEMORY, "control thread: no memory");
	c->full.control = c->viewing.control = c;
	c->viewing.views = true;
	c->door = o->door;
	c->keeper = o->keeper;
	c->evidence = o->evidence;
	c->recorder = o->recorder;
	c->observer = o->observer;
	c->chronicle = o->chronicle;
	c->feeds = o->feeds;
	c->outlets = o->outlets;
	c->textfile = o->textfile;
	c->textfile_ns = o->textfile_ns;
	c->steady = o->steady;
	c->text = o->text;
	c->colour = o->colour;
	c->set_group = o->set_group;
	c->group = o->group;
	if (o->host)
		text_copy(c->host, sizeof(c->host), o->host);
	else if (gethostname(c->host, sizeof(c->host) - 1))
		text_copy(c->host, sizeof(c->host), "unknown");
	int err = create_parts(c, o, why);
	if (err) {
		control_destroy(c);
		return err;
	}
	*out = c;
	return 0;
}

int control_run(struct control *c)
{
	/* Here, not at the creation: between the two the daemon may have changed its
	 * user. */
	c->own_uid = geteuid();
	snprintf(c->run, sizeof(c->run), "%x-%" PRIx64, (unsigned)getpid(), (uint64_t)clock_mono().ns);
	int err = loop_watch(c->loop, door_event_fd(c->door), take_events, c);
	if (!err && c->textfile)
		err = loop_timer(c->loop, FIRST_METRICS_NS, control_write_metrics, c, &c->textfile_timer);
	if (err)
		return err;
	if (loop_timer(c->loop, REPORT_NOTE_EVERY_S * NS_PER_S, tally, c, NULL))
		log_at(LOG_LEVEL_WARNING, "counters are not noted: reports will not know what was lost");
	control_tally(c);
	err = loop_run(c->loop);
	take_events(c, clock_mono());
	control_tally(c);
	loop_unwatch(c->loop, door_event_fd(c->door));
	return err;
}

void control_stop(struct control *c)
{
	loop_stop(c->loop);
}

void control_reopen(struct control *c)
{
	atomic_store(&c->reopen, true);
	loop_wake(c->loop);
}

void control_wake(struct control *c)
{
	loop_wake(c->loop);
}

uint64_t control_rounds(const struct control *c)
{
	return loop_rounds(c->loop);
}

void control_destroy(struct control *c)
{
	if (!c)
		return;
	if (c->loop)
		loop_destroy(c->loop);
	sink_close(c->sink);
	ctl_srv_close(c->srv);
	ctl_srv_close(c->view);
	live_destroy(c->live); /* a thread that does not end keeps what it reaches, and that is its own */
	live_sources_destroy(c->sources);
	free(c);
}
