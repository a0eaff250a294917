/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ingest: reads another program's log, line by line, and tells the daemon of each alert that is young enough to be acted
 * upon. With -f it goes on with what is added, through rotations of the log and restarts of the daemon.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/ctl.h"
#include "base/err.h"
#include "codec/eve_alert.h"
#include "edge/clock.h"

#define YOUNG_NS (10 * 60 * NS_PER_S)
#define LOOK_NS (250 * NS_PER_MS) /* how often a log is looked at for more */
#define TOLD 5                    /* lines that are no events are said one by one up to here */

struct ingest {
	struct ctl_tool *tool;
	const char *name;
	FILE *file;
	struct stat is;        /* of the open file */
	char *line;
	size_t room;
	size_t len;            /* of a line that has no end yet */
	uint64_t number;       /* of the line, from 1 */
	uint64_t alerts, taken, old, other, wrong;
	bool skipping;         /* what was there when -f began */
	bool held_back;        /* the daemon's answer: not now */
};

static void pause_for(int64_t ns)
{
	const struct timespec t = { .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S };

	nanosleep(&t, NULL);
}

/* ---- to the daemon ---- */

static void take_answer(struct ctl_tool *t, json_t *o)
{
	struct ingest *g = t->work;

	g->held_back = !json_is_true(json_object_get(o, "ingested"));
}

static int fill_request(struct ctl_request *r, const struct report_alert *a)
{
	char src[ADDR_TEXT], dst[ADDR_TEXT];

	addr_format(&a->tuple.src, src, sizeof(src));
	addr_format(&a->tuple.dst, dst, sizeof(dst));
	return ctl_request_add_text(r, "src", src) || ctl_request_add_text(r, "dst", dst) ||
		ctl_request_add_number(r, "sport", a->tuple.sport) || ctl_request_add_number(r, "dport", a->tuple.dport) ||
		ctl_request_add_number(r, "proto", a->tuple.proto) || ctl_request_add_number(r, "severity", a->severity) ||
		ctl_request_add_number(r, "gid", a->gid) || ctl_request_add_number(r, "sid", a->sid) ||
		ctl_request_add_text(r, "text", a->text);
}

/* -f waits for a daemon that is gone: what it has to say is said once. */
static void await_daemon(struct ingest *g)
{
	ctl_hang_up(g->tool);
	if (ctl_daemon_answers(g->tool))
		return;
	fprintf(stderr, "tidegate: no daemon answers; waiting for it\n");
	while (!ctl_daemon_answers(g->tool))
		pause_for(NS_PER_S);
}

/* Gone, or too busy for an answer: neither is a reason for who follows to end. An alert that is told twice counts once. */
static bool may_pass(int code)
{
	return code == CTL_UNAVAILABLE || code == CTL_AGAIN;
}

static int tell(struct ingest *g, const struct report_alert *a)
{
	struct ctl_request r = { .verb = "ingest" };
	int code;

	if (fill_request(&r, a))
		return ctl_complain(CTL_INTERNAL, "%s:%" PRIu64 ": it does not fit a request", g->name, g->number);
	for (;;) {
		if (g->tool->given & CTL_FOLLOW && !ctl_daemon_answers(g->tool))
			await_daemon(g);
		g->held_back = false;
		code = ctl_ask(g->tool, &r, take_answer);
		if (may_pass(code) && g->tool->given & CTL_FOLLOW) {
			pause_for(NS_PER_S);
			await_daemon(g);
			continue;
		}
		if (code || !g->held_back)
			break;
		pause_for(100 * NS_PER_MS); /* it takes so many a second */
	}
	g->taken += code == CTL_OK;
	return code;
}

/* ---- lines ---- */

static int take_line(struct ingest *g, size_t len)
{
	const struct slice line = { (const uint8_t *)g->line, len };
	struct eve_alert a;
	char why[EVE_WHY];
	int err;

	g->number++;
	if (g->skipping || !len)
		return CTL_OK;
	err = eve_alert_read(line, &a, why);
	if (err == ERR_ABSENT) {
		g->other++;
		return CTL_OK;
	}
	if (err) {
		if (++g->wrong <= TOLD)
			fprintf(stderr, "tidegate: %s:%" PRIu64 ": %s\n", g->name, g->number, why);
		return CTL_OK;
	}
	g->alerts++;
	const int64_t age = clock_wall().ns - a.at.ns;
	if (age > YOUNG_NS || age < -YOUNG_NS) {
		g->old++;
		return CTL_OK;
	}
	return tell(g, &a.alert);
}

/* A longer line than any event is dropped as it comes, and counted once. */
static int add_char(struct ingest *g, int c)
{
	if (c != '\n') {
		if (g->len < g->room)
			g->line[g->len] = (char)c;
		g->len++;
		return CTL_OK;
	}
	const size_t len = g->len;
	g->len = 0;
	if (len <= g->room)
		return take_line(g, len);
	g->number++;
	if (++g->wrong <= TOLD)
		fprintf(stderr, "tidegate: %s:%" PRIu64 ": longer than any event\n", g->name, g->number);
	return CTL_OK;
}

static int read_on(struct ingest *g)
{
	int c, code = CTL_OK;

	while (code == CTL_OK && (c = getc(g->file)) != EOF)
		code = add_char(g, c);
	if (code == CTL_OK && ferror(g->file))
		return ctl_complain(CTL_DATA, "%s: %s", g->name, strerror(errno));
	clearerr(g->file);
	return code;
}

static int open_log(struct ingest *g)
{
	const bool in = strcmp(g->name, "-") == 0;

	g->file = in ? stdin : fopen(g->name, "re");
	if (!g->file)
		return ctl_complain(errno == EACCES ? CTL_PERMISSION : CTL_DATA, "%s: %s", g->name, strerror(errno));
	if (fstat(fileno(g->file), &g->is) == 0 && S_ISDIR(g->is.st_mode))
		return ctl_complain(CTL_DATA, "%s: is a folder", g->name);
	return CTL_OK;
}

/* Another file stands under the name, or the same one was cut: read from its beginning. */
static int look_for_rotation(struct ingest *g)
{
	struct stat now;
	FILE *next;
	int code;

	if (g->file == stdin || stat(g->name, &now))
		return CTL_OK; /* between the two: the old one may still be written to */
	if (now.st_ino == g->is.st_ino && now.st_dev == g->is.st_dev) {
		if (now.st_size < ftello(g->file)) {
			rewind(g->file);
			g->len = 0;
			g->number = 0;
		}
		return CTL_OK;
	}
	code = read_on(g); /* its last lines */
	next = code ? NULL : fopen(g->name, "re");
	if (!next)
		return code;
	fclose(g->file);
	g->file = next;
	g->len = 0;
	g->number = 0;
	return fstat(fileno(next), &g->is) ? ctl_complain(CTL_DATA, "%s: %s", g->name, strerror(errno)) : CTL_OK;
}

static int once(struct ingest *g)
{
	int code = read_on(g);

	if (code == CTL_OK && g->len)
		code = add_char(g, '\n'); /* the last line may have no end */
	return code;
}

static int follow(struct ingest *g)
{
	int code;

	if (g->file == stdin)
		return once(g); /* it is followed as long as it is open */
	g->skipping = true;
	code = read_on(g);
	g->skipping = false;
	while (code == CTL_OK) {
		pause_for(LOOK_NS);
		code = read_on(g);
		if (code == CTL_OK)
			code = look_for_rotation(g);
	}
	return code;
}

static void say(const struct ingest *g)
{
	if (g->tool->quiet)
		return;
	if (g->tool->output == CTL_JSON)
		printf("{\"v\":1,\"lines\":%" PRIu64 ",\"alerts\":%" PRIu64 ",\"taken\":%" PRIu64 ",\"old\":%" PRIu64
		       ",\"wrong\":%" PRIu64 "}\n", g->number, g->alerts, g->taken, g->old, g->wrong);
	else
		printf("%" PRIu64 " lines: %" PRIu64 " alerts, %" PRIu64 " of them taken, %" PRIu64
		       " older than 10 minutes; %" PRIu64 " lines were no events\n", g->number, g->alerts, g->taken, g->old, g->wrong);
}

int ctl_ingest(struct ctl_tool *t)
{
	struct ingest g = { .tool = t, .name = ctl_value(t, CTL_EVE), .room = EVE_LINE };
	int code;

	if (!g.name)
		return ctl_complain(CTL_USAGE, "usage: tidegate ingest --eve FILE|- [-f]");
	t->work = &g;
	g.line = malloc(g.room);
	if (!g.line)
		return ctl_complain(CTL_INTERNAL, "no memory");
	code = open_log(&g);
	if (code == CTL_OK)
		code = t->given & CTL_FOLLOW ? follow(&g) : once(&g);
	if (code == CTL_OK)
		say(&g);
	if (g.file && g.file != stdin)
		fclose(g.file);
	free(g.line);
	return code == CTL_OK && g.wrong ? CTL_DATA : code;
}
