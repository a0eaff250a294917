/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tidegate baseline: words of the command line to the files of what is normal. It talks to no daemon. */
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
#include "edge/clock.h"

struct job {
	struct ctl_tool *tool;
	struct conf conf;
	struct home home;
	struct learn_opts opts;
	struct learn_result result;
	struct progress progress;
	struct known known;
	char path[STORE_PATH], history_path[STORE_PATH];
};

static int code_of(int err)
{
	switch (err) {
	case ERR_TRUNCATED:
	case ERR_EXISTS:
	case ERR_ABSENT: /* a capture that is not there, or tells of no host */
		return CTL_DATA;
	default:
		return ctl_state_code(err);
	}
}

/* ---- where ---- */

static int find_files(struct job *j)
{
	int code = ctl_state_file(j->tool, LESSONS_FILE, j->path);

	return code ? code : ctl_state_file(j->tool, HISTORY_FILE, j->history_path);
}

static void say_aside(const char *path, const char *aside)
{
	if (*aside)
		ctl_complain(CTL_OK, "%s was damaged: it is %s now, and a new one was begun", path, aside);
}

static int open_lessons(struct job *j)
{
	const struct lessons_opts o = { .max_bytes = LESSONS_MOST_BYTES };
	char aside[STORE_PATH], why[WHY_TEXT];
	int err = lessons_open(&j->known.lessons, j->path, &o, aside, why);

	say_aside(j->path, aside);
	return err && err != ERR_ABSENT ? ctl_complain(code_of(err), "%s: %s", j->path, why) : CTL_OK;
}

/* To write: what the daemon has open, too. */
static int open_history(struct job *j, bool make)
{
	const struct history_opts o = { .make = make };
	char aside[STORE_PATH], why[WHY_TEXT];
	int err = history_open(&j->known.history, j->history_path, &o, aside, why);

	say_aside(j->history_path, aside);
	return err && (make || err != ERR_ABSENT) ? ctl_complain(code_of(err), "%s: %s", j->history_path, why) : CTL_OK;
}

static int read_history(struct job *j)
{
	char why[WHY_TEXT];
	int err = history_open_reading(&j->known.history, j->history_path, why);

	return err && err != ERR_ABSENT ? ctl_complain(code_of(err), "%s: %s", j->history_path, why) : CTL_OK;
}

static int open_known(struct job *j, bool to_write)
{
	int code = find_files(j);

	if (!code)
		code = open_lessons(j);
	if (!code)
		code = to_write ? open_history(j, false) : read_history(j);
	if (!code && !j->known.lessons && !j->known.history)
		code = ctl_complain(CTL_NONE, "nothing is known yet: there is no %s; 'tidegate baseline learn FILE...' "
			"teaches captures", j->path);
	return code;
}

static void close_known(struct job *j)
{
	lessons_close(j->known.lessons);
	history_close(j->known.history);
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
		code = find_files(j);
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

/* ---- show, reset, export, import ---- */

static int takes(const struct job *j, int operands, const char *usage)
{
	if (j->tool->n_operands != operands)
		return ctl_complain(CTL_USAGE, "usage: tidegate baseline %s", usage);
	return CTL_OK;
}

static int show(struct job *j)
{
	int code = takes(j, 1, "show");

	if (!code)
		code = open_known(j, false);
	if (!code)
		code = ctl_baseline_show(j->tool, &j->known);
	close_known(j);
	return code;
}

struct forgotten {
	struct lessons_known lessons;
	struct history_known own, imported;
};

static int count_what_goes(const struct known *k, struct forgotten *f)
{
	int64_t learn_from = 0;
	int err = k->lessons ? lessons_known(k->lessons, &f->lessons) : 0;

	if (!err && k->history)
		err = history_learn_from(k->history, &learn_from);
	if (!err && k->history)
		err = history_known(k->history, HISTORY_OWN, learn_from, &f->own);
	if (!err && k->history)
		err = history_known(k->history, HISTORY_IMPORTED, INT64_MIN, &f->imported);
	return err;
}

static void print_forgotten(const struct ctl_tool *t, const struct forgotten *f)
{
	if (t->quiet)
		return;
	if (t->output == CTL_JSON) {
		printf("{\"slots_forgotten\":%" PRIu64 ",\"captures_forgotten\":%" PRIu64
			",\"own_slots_left_out\":%" PRIu64 ",\"imported_slots_forgotten\":%" PRIu64 "}\n",
			f->lessons.slots, f->lessons.captures, f->own.slots, f->imported.slots);
		return;
	}
	printf("%" PRIu64 " slots of %" PRIu64 " capture%s and %" PRIu64 " imported ones are forgotten\n",
		f->lessons.slots, f->lessons.captures, f->lessons.captures == 1 ? "" : "s", f->imported.slots);
	if (f->own.slots)
		printf("%" PRIu64 " slots of this host's own stay as history, and teach nothing any more\n",
			f->own.slots);
}

static int reset(struct job *j)
{
	struct forgotten f = { .own = { .slots = 0 } };
	int code = takes(j, 1, "reset"), err;

	if (!code)
		code = open_known(j, true);
	if (code) {
		close_known(j);
		return code;
	}
	err = count_what_goes(&j->known, &f);
	if (!err && j->known.history)
		err = history_reset_learning(j->known.history, clock_wall().ns / NS_PER_S);
	if (err)
		code = ctl_complain(code_of(err), "%s", err_text(err));
	if (!err && j->known.lessons)
		err = lessons_reset(j->known.lessons);
	if (err && !code)
		code = ctl_complain(code_of(err), "%s: %s", j->path, lessons_error(j->known.lessons));
	if (!code)
		print_forgotten(j->tool, &f);
	close_known(j);
	return code;
}

static int export(struct job *j)
{
	int code = takes(j, 2, "export FILE|-");

	if (!code)
		code = open_known(j, false);
	if (!code)
		code = ctl_baseline_export(j->tool, &j->known, j->tool->operands[1]);
	close_known(j);
	return code;
}

static int import(struct job *j)
{
	int code = takes(j, 2, "import FILE|-");

	if (!code)
		code = find_files(j);
	if (!code)
		code = open_history(j, true);
	if (!code)
		code = ctl_baseline_import(j->tool, j->known.history, j->tool->operands[1]);
	close_known(j);
	return code;
}

int ctl_baseline(struct ctl_tool *t)
{
	static const struct {
		const char *word;
		int (*run)(struct job *j);
	} verbs[] = { { "learn", learn }, { "show", show }, { "reset", reset }, { "export", export },
		{ "import", import } };
	static const char *const words[] = { "learn", "show", "reset", "export", "import" };
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
	const char *nearest = text_nearest(t->operands[0], words, sizeof(words) / sizeof(words[0]));
	if (nearest)
		return ctl_complain(CTL_USAGE, "baseline: there is no '%s'; did you mean '%s'?", t->operands[0], nearest);
	return ctl_complain(CTL_USAGE, "baseline: there is no '%s'; it is one of learn, show, reset, export, "
		"import", t->operands[0]);
}
