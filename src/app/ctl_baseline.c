/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tidegate baseline learn|show|reset: words of the command line to the file of what is normal. It talks to no daemon. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ctl.h"
#include "app/ctl_baseline.h"
#include "app/ctl_offline.h"
#include "app/learn.h"
#include "app/progress.h"
#include "base/err.h"
#include "base/text.h"
#include "codec/json_put.h"

struct job {
	struct ctl_tool *tool;
	struct conf conf;
	struct home home;
	struct learn_opts opts;
	struct learn_result result;
	struct progress progress;
	char path[STORE_PATH];
};

static int code_of(int err)
{
	switch (err) {
	case ERR_INVALID:
	case ERR_TRUNCATED:
	case ERR_EXISTS:
	case ERR_UNSUPPORTED:
	case ERR_ABSENT: /* a capture that is not there, or tells of no host */
		return CTL_DATA;
	case ERR_BUSY:
		return CTL_AGAIN;
	default:
		return ctl_code_of(err);
	}
}

/* ---- where ---- */

static int find_file(struct job *j)
{
	const char *dir = ctl_value(j->tool, CTL_STATE_DIR);

	if (!dir)
		dir = j->conf.paths.state_dir;
	/* Room for what the store adds to the name of a damaged one. */
	if (strlen(dir) + 80 > sizeof(j->path))
		return ctl_complain(CTL_USAGE, "--state-dir: a longer path than there may be");
	snprintf(j->path, sizeof(j->path), "%s/%s", dir, LESSONS_FILE);
	return CTL_OK;
}

/* show and reset ask the configuration for the state directory alone. */
static int find_known_file(struct job *j)
{
	int code = ctl_value(j->tool, CTL_STATE_DIR) ? CTL_OK : ctl_load_conf(j->tool, &j->conf);

	return code ? code : find_file(j);
}

static void say_aside(const char *path, const char *aside)
{
	if (*aside)
		ctl_complain(CTL_OK, "%s was damaged: it is %s now, and a new one was begun", path, aside);
}

static int open_known(struct job *j, bool make, struct lessons **out)
{
	const struct lessons_opts o = { .make = make, .max_bytes = LESSONS_MOST_BYTES };
	char aside[STORE_PATH], why[WHY_TEXT];
	int err = lessons_open(out, j->path, &o, aside, why);

	say_aside(j->path, aside);
	if (err == ERR_ABSENT)
		return ctl_complain(CTL_NONE, "nothing is known yet: there is no %s; 'tidegate baseline learn FILE...' "
			"teaches captures", j->path);
	return err ? ctl_complain(code_of(err), "%s: %s", j->path, why) : CTL_OK;
}

/* ---- learn ---- */

static void on_warning(void *ctx, const char *text)
{
	struct job *j = ctx;

	progress_wipe(&j->progress);
	ctl_complain(CTL_OK, "%s", text);
}

static void on_progress(void *ctx, const struct replay_stats *s)
{
	struct job *j = ctx;

	progress_say(&j->progress, s->frames, s->progress.read, s->progress.total);
}

static int read_words(struct job *j)
{
	const struct ctl_tool *t = j->tool;
	const char *home = ctl_value(t, CTL_HOME);
	char why[WHY_TEXT];
	int code = ctl_load_conf(j->tool, &j->conf);

	if (!code)
		code = find_file(j);
	if (!code && home && home_parse(home, &j->home, why))
		code = ctl_complain(CTL_USAGE, "--home: %s", why);
	j->opts = (struct learn_opts){ .path = j->path, .notice_ctx = j, .replay = {
		.conf = &j->conf,
		.paths = (const char *const *)t->operands + 1, .n_paths = (size_t)t->n_operands - 1,
		.filter = ctl_value(t, CTL_FILTER),
		.home = home ? &j->home : NULL,
		.router = t->given & CTL_ROUTER || j->conf.divert.forward != CONF_TAKE_OFF,
		.warn = on_warning, .progress = on_progress } };
	return code;
}

static void print_lesson_json(const struct learn_result *r)
{
	const struct lesson *l = &r->lesson;
	json_t *o = json_object();

	put_text(o, "home", r->home);
	ctl_baseline_put_day(o, "first", l->first);
	ctl_baseline_put_day(o, "last", l->last);
	put_count(o, "slots_learned", l->slots);
	put_count(o, "slots_frozen", l->frozen);
	put_count(o, "incidents", r->incidents);
	put_count(o, "packets_learned", l->packets);
	put_count(o, "packets_withheld", l->withheld);
	put_count(o, "packets_of_others", r->outsiders);
	put_count(o, "connections", r->connections);
	put_count(o, "back_steps", r->tally.back_steps);
	put_count(o, "crowded", r->tally.crowded);
	put_count(o, "known_too_late", r->tally.missed);
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static void print_left_out(const struct job *j)
{
	const struct learn_result *r = &j->result;
	char n[FORMAT_TEXT];

	ctl_head(j->tool, "Left out");
	printf("%" PRIu64 " slots with incidents (%" PRIu64 " decisions), %s packets of sources that were found out\n",
		r->lesson.frozen, r->incidents, format_count((int64_t)r->lesson.withheld, n));
	if (r->outsiders) {
		ctl_indent();
		printf("%s packets between others (--router takes them)\n", format_count((int64_t)r->outsiders, n));
	}
	if (r->tally.missed) {
		ctl_indent();
		printf("%" PRIu64 " incidents reach back more than an hour: what was before that was learned\n",
			r->tally.missed);
	}
}

static void print_lesson(const struct job *j)
{
	const struct learn_result *r = &j->result;
	char a[FORMAT_TEXT], b[FORMAT_TEXT], from[BASELINE_DAY], until[BASELINE_DAY];

	ctl_baseline_day(r->lesson.first, from);
	ctl_baseline_day(r->lesson.last, until);
	ctl_head(j->tool, "Learned");
	printf("%" PRIu64 " slots of five minutes, %s to %s UTC\n", r->lesson.slots, from, until);
	ctl_indent();
	printf("%s connections in %s packets\n", format_count((int64_t)r->connections, a),
		format_count((int64_t)r->lesson.packets, b));
	ctl_head(j->tool, "Home");
	ctl_wrap(r->home, CTL_INDENT);
	print_left_out(j);
	ctl_head(j->tool, "Kept in");
	printf("%s; 'tidegate baseline show' tells what is known by now\n", j->path);
}

static void print_lesson_plain(const struct learn_result *r)
{
	printf("%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", r->lesson.slots, r->lesson.frozen,
		r->connections, r->lesson.packets, r->lesson.withheld);
}

static int learn(struct job *j)
{
	char why[CAPTURE_WHY];
	int code, err;

	if (j->tool->n_operands < 2)
		return ctl_complain(CTL_USAGE, "usage: tidegate baseline learn FILE...");
	code = read_words(j);
	if (code)
		return code;
	progress_begin(&j->progress, "learn", "packets", j->tool->quiet);
	err = learn_captures(&j->opts, &j->result, why);
	progress_wipe(&j->progress);
	say_aside(j->path, j->result.aside);
	if (err)
		return ctl_complain(err == ERR_AGAIN ? CTL_NONE : code_of(err), "%s", why);
	if (j->tool->quiet)
		return CTL_OK;
	switch (j->tool->output) {
	case CTL_JSON:
		print_lesson_json(&j->result);
		break;
	case CTL_PLAIN:
		print_lesson_plain(&j->result);
		break;
	case CTL_TABLE:
		print_lesson(j);
		break;
	}
	return CTL_OK;
}

/* ---- show, reset ---- */

static int no_operands(const struct job *j)
{
	if (j->tool->n_operands > 1)
		return ctl_complain(CTL_USAGE, "usage: tidegate baseline %s", j->tool->operands[0]);
	return CTL_OK;
}

static int open_without_operands(struct job *j, struct lessons **out)
{
	int code = no_operands(j);

	if (!code)
		code = find_known_file(j);
	return code ? code : open_known(j, false, out);
}

static int show(struct job *j)
{
	struct lessons *l;
	int code = open_without_operands(j, &l), err;

	if (code)
		return code;
	err = ctl_baseline_print(j->tool, l);
	if (err)
		code = ctl_complain(code_of(err), "%s: %s", j->path, lessons_error(l));
	lessons_close(l);
	return code;
}

static int reset(struct job *j)
{
	struct lessons_known known;
	struct lessons *l;
	int code = open_without_operands(j, &l), err;

	if (code)
		return code;
	err = lessons_known(l, &known);
	if (!err)
		err = lessons_reset(l);
	if (err)
		code = ctl_complain(code_of(err), "%s: %s", j->path, lessons_error(l));
	else if (!j->tool->quiet && j->tool->output == CTL_JSON)
		printf("{\"slots_forgotten\":%" PRIu64 ",\"captures_forgotten\":%" PRIu64 "}\n", known.slots,
			known.captures);
	else if (!j->tool->quiet)
		printf("%" PRIu64 " slots of %" PRIu64 " capture%s are forgotten\n", known.slots, known.captures, known.captures == 1 ? "" : "s");
	lessons_close(l);
	return code;
}

int ctl_baseline(struct ctl_tool *t)
{
	static const struct {
		const char *word;
		int (*run)(struct job *j);
	} verbs[] = { { "learn", learn }, { "show", show }, { "reset", reset } };
	static const char *const words[] = { "learn", "show", "reset" };
	struct job *j;
	int code;

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].word, t->operands[0]) != 0)
			continue;
		j = calloc(1, sizeof(*j));
		if (!j)
			return ctl_complain(CTL_INTERNAL, "no memory");
		j->tool = t;
		code = verbs[i].run(j);
		free(j);
		return code;
	}
	const char *nearest = text_nearest(t->operands[0], words, 3);
	if (nearest)
		return ctl_complain(CTL_USAGE, "baseline: there is no '%s'; did you mean '%s'?", t->operands[0], nearest);
	return ctl_complain(CTL_USAGE, "baseline: there is no '%s'; it is one of learn, show, reset", t->operands[0]);
}
