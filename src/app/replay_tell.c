/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The output of replay. Events go out as they come; the table at the end is theirs, counted. */
#include "app/replay_tell.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "codec/event_json.h"
#include "codec/event_text.h"
#include "codec/json_put.h"

int tell_create(struct tell **out, struct ctl_tool *tool)
{
	struct tell *t = calloc(1, sizeof(*t));

	if (!t)
		return ERR_MEMORY;
	t->tool = tool;
	t->rows = calloc(TELL_FOUND, sizeof(*t->rows));
	if (!t->rows) {
		free(t);
		return ERR_MEMORY;
	}
	setvbuf(stdout, NULL, _IOLBF, 0); /* a pipe behind a live capture wants each event when it comes */
	gethostname(t->host, sizeof(t->host) - 1);
	progress_begin(&t->progress, "replay", "packets", tool->quiet);
	*out = t;
	return 0;
}

void tell_destroy(struct tell *t)
{
	if (!t)
		return;
	free(t->rows);
	free(t);
}

void tell_begin(struct tell *t, struct replay *r)
{
	t->replay = r;
}

/* ---- events ---- */

static bool same(const struct tell_row *r, const struct finding *f)
{
	return r->finding.rule.sid == f->rule.sid && subject_equal(&r->finding.subject, &f->subject);
}

static void keep(struct tell *t, const struct event *e)
{
	size_t i = 0;

	while (i < t->n_rows && !same(&t->rows[i], &e->finding))
		i++;
	if (i == TELL_FOUND) {
		t->more++;
		return;
	}
	if (i == t->n_rows)
		t->rows[t->n_rows++] = (struct tell_row){ .finding = e->finding, .decision = e->decision,
			.guard = e->guard };
	t->rows[i].times++;
	if (e->decision.response <= t->rows[i].decision.response)
		return;
	t->rows[i].finding = e->finding; /* its proof is what allowed that */
	t->rows[i].decision = e->decision;
}

/* Lines for people bear the local time, as it was on the day of the capture. */
static struct event_world world_of(const struct tell *t)
{
	struct event_world w = { .stamp = *replay_stamp(t->replay), .host = t->host };
	time_t s = (time_t)(w.stamp.wall.ns / NS_PER_S);
	struct tm local;

	if (localtime_r(&s, &local))
		w.stamp.utc_offset_s = (int32_t)local.tm_gmtoff;
	return w;
}

void tell_event(void *ctx, const struct event *e)
{
	struct tell *t = ctx;
	struct event_world w = world_of(t);
	char line[EVENT_LINE], painted[EVENT_TEXT];

	if (e->kind == EVENT_FINDING)
		keep(t, e);
	if (t->tool->quiet || t->tool->output == CTL_PLAIN)
		return;
	if (t->tool->output == CTL_JSON) {
		if (event_json(e, &w, line, sizeof(line)) > 0)
			fputs(line, stdout);
		return;
	}
	progress_wipe(&t->progress);
	event_text(e, &w, line, EVENT_TEXT);
	if (t->tool->colour)
		event_text_paint(line, painted, sizeof(painted));
	puts(t->tool->colour ? painted : line);
}

void tell_warning(void *ctx, const char *text)
{
	struct tell *t = ctx;

	progress_wipe(&t->progress);
	ctl_complain(CTL_OK, "%s", text);
}

/* ---- progress ---- */

void tell_progress(void *ctx, const struct replay_stats *s)
{
	struct tell *t = ctx;

	progress_say(&t->progress, s->frames, s->progress.read, s->progress.total);
}

/* ---- the end ---- */

static void head(const struct tell *t, const char *name)
{
	ctl_head(t->tool, name);
}

static void print_capture(const struct tell *t, const struct replay_stats *s)
{
	char n[FORMAT_TEXT], day[FORMAT_TEXT], span[32];

	head(t, "Capture");
	span_format(s->last.ns - s->first.ns, span, sizeof(span));
	format_day(s->first, day);
	printf("%s packets in %s, from %s\n", format_count((int64_t)s->frames, n), span, day);
	if (s->not_ip + s->cut + s->faults + s->fragments) {
		ctl_indent();
		printf("of them %" PRIu64 " without IP, %" PRIu64 " cut, %" PRIu64 " malformed, %" PRIu64
			" later fragments\n", s->not_ip, s->cut, s->faults, s->fragments);
	}
	if (s->back_steps) {
		span_format(s->farthest_back_ns, span, sizeof(span));
		ctl_indent();
		printf("time stepped back %" PRIu64 " times, by %s at most: taken for the latest time\n",
			s->back_steps, span);
	}
}

static void print_home(const struct tell *t, const struct replay_stats *s)
{
	const struct home *h = replay_home(t->replay);
	char list[2048];

	home_format(h, list, sizeof(list));
	head(t, "Home");
	printf("%s%s%s%s\n", list, *h->how ? " (guessed: " : "", h->how, *h->how ? "; --home says it)" : "");
	if (s->local) {
		ctl_indent();
		printf("%" PRIu64 " packets are between its own addresses and were passed over\n", s->local);
	}
	if (!s->strangers)
		return;
	ctl_indent();
	printf("%" PRIu64 " packets are between others and were passed over (--router takes them)\n", s->strangers);
}

static void print_ports(const struct tell *t)
{
	static const char *const names[] = { "tcp", "udp", "sctp" };
	const struct listen_snapshot *l = replay_listening(t->replay);
	char list[1024];
	struct text x = text_over(list, sizeof(list));
	size_t more = 0;

	for (int proto = 0; proto < LISTEN_PROTOS; proto++)
		for (unsigned port = 0; port < 65536; port++) {
			if (!listen_snapshot_has(l, (enum listen_proto)proto, (uint16_t)port))
				continue;
			if (x.len < 256)
				text_addf(&x, "%s%s/%u", x.len ? " " : "", names[proto], port);
			else
				more++;
		}
	if (more)
		text_addf(&x, " and %zu more", more);
	head(t, "Serves");
	ctl_wrap(x.len ? list : "nothing", CTL_INDENT);
}

static void print_work(const struct tell *t, const struct replay_stats *s)
{
	double seconds = progress_seconds(&t->progress);
	char a[FORMAT_TEXT], b[FORMAT_TEXT], c[FORMAT_TEXT];

	head(t, "Seen");
	printf("%s in, %s out, %s forwarded; %s reached the engine\n",
		format_count((int64_t)s->by_hook[HOOK_INPUT], a), format_count((int64_t)s->by_hook[HOOK_OUTPUT], b),
		format_count((int64_t)s->by_hook[HOOK_FORWARD], c),
		format_count((int64_t)(s->diverted + s->copied), (char[FORMAT_TEXT]){ 0 }));
	if (s->noted) { /* anybody can write such notes */
		ctl_indent();
		printf("%" PRIu64 " bear the notes of a daemon: what they say of ports and connections is believed\n", s->noted);
	}
	if (s->notes_lost) {
		ctl_indent();
		printf("%" PRIu64 " of these notes were too many to remember\n", s->notes_lost);
	}
	if (s->flows.evicted)
		printf("%*s%" PRIu64 " live flows were forgotten for want of room: what they were is guessed\n",
			CTL_INDENT, "", s->flows.evicted);
	head(t, "Took");
	printf("%.2f s, %s packets a second\n", seconds,
		format_short((int64_t)((double)s->frames / (seconds > 0 ? seconds : 1)), a));
}

static void print_row(const struct tell *t, const struct tell_row *r)
{
	char who[SUBJECT_TEXT], what[FINDING_TEXT], ttl[32] = "", times[32] = "";
	const struct decision *d = &r->decision;

	subject_format(&r->finding.subject, who);
	finding_format(&r->finding, what, sizeof(what));
	if (d->response != RESPONSE_OBSERVE)
		duration_format(d->ttl_ns, ttl, sizeof(ttl));
	if (r->times > 1)
		snprintf(times, sizeof(times), " (%u times)", r->times);
	printf("%s%s%s%s  %s: %s, %s%s\n", ctl_sgr(t->tool, CTL_YELLOW),
		r->finding.subject.kind == SUBJECT_DESTINATION ? "to " : "", who, ctl_sgr(t->tool, CTL_NORMAL),
		r->finding.rule.name, what, proof_name(r->finding.proof), times);
	printf("    %s%s%s%s by %s, rule %s\n", r->guard ? "guarded, else " : "", response_name(d->response),
		*ttl ? " for " : "", ttl, *d->origin ? d->origin : "no reaction", r->finding.rule.origin);
}

static void print_table(struct tell *t, const struct replay_stats *s)
{
	puts("");
	print_capture(t, s);
	print_home(t, s);
	print_ports(t);
	print_work(t, s);
	head(t, "Found");
	if (!t->n_rows)
		puts("nothing");
	else
		printf("%zu%s\n\n", t->n_rows, t->more ? " and more" : "");
	for (size_t i = 0; i < t->n_rows; i++)
		print_row(t, &t->rows[i]);
	if (t->more)
		printf("and %" PRIu64 " findings more\n", t->more);
}

/* For scripts: a row each, without words. */
static void print_plain(const struct tell *t)
{
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct finding *f = &t->rows[i].finding;
		const struct decision *d = &t->rows[i].decision;
		char who[SUBJECT_TEXT], ttl[32];

		subject_format(&f->subject, who);
		duration_format(d->response == RESPONSE_OBSERVE ? 0 : d->ttl_ns, ttl, sizeof(ttl));
		printf("%s\t%s\t%s\t%u\t%u\t%s\t%s\t%s\t%s\t%s\n", who, f->rule.name, proof_name(f->proof), f->count,
			t->rows[i].times, response_name(d->response), ttl, t->rows[i].guard ? "guarded" : "-",
			*d->origin ? d->origin : "-", f->rule.origin);
	}
}

/* The last EVE line: what was replayed, in the type that Suricata has for counts. */
static void print_stats(struct tell *t, const struct replay_stats *s)
{
	char when[48], list[2048];
	json_t *o = json_object(), *c = json_object();

	wall_format(s->last, when, sizeof(when));
	home_format(replay_home(t->replay), list, sizeof(list));
	put_text(o, "timestamp", when);
	put_text(o, "event_type", "stats");
	put_int(c, "v", 1);
	put_text(c, "home", list);
	put_int(c, "packets", (int64_t)s->frames);
	put_int(c, "not_ip", (int64_t)s->not_ip);
	put_int(c, "cut", (int64_t)s->cut);
	put_int(c, "malformed", (int64_t)s->faults);
	put_int(c, "later_fragments", (int64_t)s->fragments);
	put_int(c, "in", (int64_t)s->by_hook[HOOK_INPUT]);
	put_int(c, "out", (int64_t)s->by_hook[HOOK_OUTPUT]);
	put_int(c, "forwarded", (int64_t)s->by_hook[HOOK_FORWARD]);
	put_int(c, "strangers", (int64_t)s->strangers);
	put_int(c, "local", (int64_t)s->local);
	put_int(c, "diverted", (int64_t)s->diverted);
	put_int(c, "copied", (int64_t)s->copied);
	put_int(c, "noted", (int64_t)s->noted);
	put_int(c, "notes_lost", (int64_t)s->notes_lost);
	put_int(c, "back_steps", (int64_t)s->back_steps);
	put_int(c, "flows_evicted", (int64_t)s->flows.evicted);
	put_int(c, "found", (int64_t)(t->n_rows + t->more));
	json_object_set_new(o, "tidegate", c);
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

void tell_end(struct tell *t)
{
	struct replay_stats s;

	progress_wipe(&t->progress);
	if (t->tool->quiet)
		return;
	replay_stats(t->replay, &s);
	if (t->tool->output == CTL_JSON)
		print_stats(t, &s);
	else if (t->tool->output == CTL_PLAIN)
		print_plain(t);
	else
		print_table(t, &s);
}
