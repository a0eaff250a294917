/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tidegate what-if: finds the log, the configuration that it was kept under and the one that is asked about, and lets one
 * pass over the log decide. It talks to no daemon; who may read the log is root.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "app/ctl.h"
#include "app/ctl_offline.h"
#include "app/progress.h"
#include "app/whatif_tell.h"
#include "base/err.h"
#include "base/text.h"
#include "edge/clock.h"

#define SINCE_NS (7 * 86400 * NS_PER_S)
#define WARM_UP_NS (86400 * NS_PER_S) /* read before the period, so that the engines know what the daemon knew: the
					  longest memory of scans fades by half in a day */
#define SAY_EVERY 4096                /* items, between two looks at the clock */
#define CONFS 8

struct job {
	struct ctl_tool *tool;
	const char *present_file;
	struct conf confs[CONFS];  /* of the present file, under the policies that the log names */
	uint64_t digests[CONFS];
	size_t n_confs;
	char used[256];            /* the names of the policies that the log was kept under, as they came */
	char last_used[CONF_NAME];
	struct conf *changed;      /* NULL: the present one's rules are asked about */
	int64_t since_ns;
	wall_t now;
	char path[OBSLOG_PATH];
	struct whatif_opts opts;
	struct obslog_progress log;
	struct progress progress;
};

/* ---- configurations ---- */

static void add_conf(struct job *j)
{
	j->digests[j->n_confs] = conf_digest(&j->confs[j->n_confs]);
	j->n_confs++;
}

/* The daemon may have been given its policy on its command line. Quietly: nobody has asked for this one. */
static void try_policy(struct job *j, const char *policy)
{
	struct conf_source src = { .file = j->present_file, .policy = policy };
	struct conf_report *report = calloc(1, sizeof(*report));

	if (report && conf_load(&src, &j->confs[j->n_confs], report) == 0)
		add_conf(j);
	free(report);
}

static const struct conf *with_digest(const struct job *j, uint64_t digest)
{
	for (size_t i = 0; i < j->n_confs; i++)
		if (j->digests[i] == digest)
			return &j->confs[i];
	return NULL;
}

static const struct conf *with_policy(const struct job *j, const char *policy)
{
	for (size_t i = 0; i < j->n_confs; i++)
		if (strcmp(j->confs[i].rules.policy.name, policy) == 0)
			return &j->confs[i];
	return NULL;
}

/* The name, where the last one was another. */
static void note_use(struct job *j, const char *policy)
{
	char before[sizeof(j->used)];
	struct text t;

	if (strcmp(j->last_used, policy) == 0)
		return;
	text_copy(j->last_used, sizeof(j->last_used), policy);
	text_copy(before, sizeof(before), j->used);
	t = text_over(j->used, sizeof(j->used));
	text_addf(&t, "%s%s%s", before, *before ? ", then " : "", policy);
}

static const struct conf *find_rules(void *ctx, uint64_t digest, const char *policy, bool *same)
{
	struct job *j = ctx;
	const struct conf *c = with_digest(j, digest);

	if (!c && *policy && j->n_confs < CONFS && !with_policy(j, policy)) {
		try_policy(j, policy);
		c = with_digest(j, digest);
	}
	*same = c != NULL;
	if (!c)
		c = with_policy(j, policy);
	if (!c)
		c = &j->confs[0];
	note_use(j, c->rules.policy.name);
	return c;
}

static int load_present(struct job *j)
{
	int code;

	j->present_file = ctl_value(j->tool, CTL_PRESENT);
	if (!j->present_file)
		j->present_file = ctl_find_conf();
	if (!j->present_file)
		j->present_file = ctl_value(j->tool, CTL_CONF_FILE);
	code = ctl_load_conf_from(j->present_file, NULL, &j->confs[0]);
	if (!code)
		add_conf(j);
	return code;
}

static int load_changed(struct job *j)
{
	const struct ctl_tool *t = j->tool;
	const char *file = ctl_value(t, CTL_CONF_FILE);

	j->opts.compare = t->given & (CTL_CONF_FILE | CTL_POLICY | CTL_MODE);
	j->opts.changed_enforce = true;
	if (!(t->given & (CTL_CONF_FILE | CTL_POLICY)))
		return ctl_read_mode(t, &j->opts.changed_enforce);
	j->changed = calloc(1, sizeof(*j->changed));
	if (!j->changed)
		return ctl_complain(CTL_INTERNAL, "no memory");
	j->opts.changed = j->changed;
	int code = ctl_load_conf_from(file ? file : j->present_file, ctl_value(t, CTL_POLICY), j->changed);

	return code ? code : ctl_read_mode(t, &j->opts.changed_enforce);
}

/* ---- words of the command line ---- */

static int read_since(struct job *j)
{
	const char *text = ctl_value(j->tool, CTL_SINCE);

	j->since_ns = SINCE_NS;
	if (text && (duration_parse(text, &j->since_ns) || j->since_ns <= 0))
		return ctl_complain(CTL_USAGE, "--since: '%s' is no time; write 90s, 10m, 4h, 7d", text);
	j->now = clock_wall();
	j->opts.from.ns = j->now.ns - j->since_ns;
	j->opts.read_from.ns = j->opts.from.ns - WARM_UP_NS;
	return CTL_OK;
}

static int read_words(struct job *j)
{
	const char *dir = ctl_value(j->tool, CTL_STATE_DIR);
	int code = read_since(j);

	if (!code)
		code = load_present(j);
	if (!code)
		code = load_changed(j);
	if (code)
		return code;
	if (!dir)
		dir = j->confs[0].paths.state_dir;
	if (!text_copy(j->path, sizeof(j->path), dir))
		return ctl_complain(CTL_USAGE, "--state-dir: a longer path than there may be");
	if (getrandom(&j->opts.key, sizeof(j->opts.key), 0) != (ssize_t)sizeof(j->opts.key))
		return ctl_complain(CTL_INTERNAL, "no random numbers");
	j->opts.rules = find_rules;
	j->opts.rules_ctx = j;
	return CTL_OK;
}

/* ---- the pass ---- */

static int no_log(const struct job *j, int err, const char *why)
{
	switch (err) {
	case ERR_ABSENT:
		return ctl_complain(CTL_UNAVAILABLE, "%s: no log of observations here. The daemon has not run yet, or "
			"its configuration says observations = { enabled = false; }", j->path);
	case ERR_PERMISSION:
		return ctl_complain(CTL_PERMISSION, "%s: its log may be read by root alone; run this as root", why);
	case ERR_INVALID:
		return ctl_complain(CTL_DATA, "%s", why);
	default:
		return ctl_complain(CTL_INTERNAL, "%s", why);
	}
}

static int pass(struct job *j, struct whatif *w, struct obslog_reader *r)
{
	char why[OBSLOG_WHY];
	struct obslog_item item;
	struct whatif_stats s;
	int more, err;

	for (uint64_t n = 1; (more = obslog_next(r, &item, why)) > 0; n++) {
		err = whatif_take(w, &item);
		if (err == ERR_MEMORY)
			return ctl_complain(CTL_INTERNAL, "no memory");
		if (n % SAY_EVERY)
			continue;
		obslog_progress(r, &j->log);
		whatif_stats(w, &s);
		progress_say(&j->progress, s.packets, j->log.read, j->log.total);
	}
	whatif_end(w);
	obslog_progress(r, &j->log);
	progress_wipe(&j->progress);
	return more < 0 ? ctl_complain(CTL_INTERNAL, "%s", why) : CTL_OK;
}

static int say_empty(const struct job *j, wall_t last)
{
	char since[FORMAT_TEXT], when[64] = "never";

	format_seconds(j->since_ns / NS_PER_S, since);
	if (last.ns)
		wall_format(last, when, sizeof(when));
	return ctl_complain(CTL_UNAVAILABLE, "%s: the log has nothing of the last %s; its last entry is of %s", j->path,
		since, when);
}

static int tell(const struct job *j, const struct whatif *w)
{
	const char *changed_file = ctl_value(j->tool, CTL_CONF_FILE);
	struct whatif_tale t = { .tool = j->tool, .whatif = w, .compare = j->opts.compare, .log = j->log,
		.new_enforce = j->opts.changed_enforce, .asked_ns = j->since_ns,
		.seconds = progress_seconds(&j->progress) };
	struct obslog_span span = { .bytes = 0 };
	struct whatif_stats s;
	char why[OBSLOG_WHY];

	whatif_stats(w, &s);
	obslog_span(j->path, &span, why);
	if (!s.first.ns)
		return say_empty(j, span.last);
	t.covered_ns = j->now.ns - span.first.ns;
	t.policy[WHATIF_PRESENT] = j->used;
	t.policy[WHATIF_NEW] = j->changed ? j->changed->rules.policy.name : j->used;
	t.file[WHATIF_PRESENT] = j->present_file;
	t.file[WHATIF_NEW] = changed_file ? changed_file : j->present_file;
	return whatif_tell(&t) ? ctl_complain(CTL_INTERNAL, "no memory") : CTL_OK;
}

static int run(struct job *j)
{
	struct obslog_look look = { .path = j->path, .from = j->opts.read_from };
	struct obslog_reader *r = NULL;
	struct whatif *w = NULL;
	char why[OBSLOG_WHY] = "";
	int code, err = obslog_open(&r, &look, why);

	if (err)
		return no_log(j, err, why);
	progress_begin(&j->progress, "what-if", "packets", j->tool->quiet);
	if (whatif_create(&w, &j->opts)) {
		code = ctl_complain(CTL_INTERNAL, "no memory");
	} else {
		code = pass(j, w, r);
		if (!code)
			code = tell(j, w);
	}
	whatif_destroy(w);
	obslog_close(r);
	return code;
}

int ctl_whatif(struct ctl_tool *t)
{
	struct job *j = calloc(1, sizeof(*j));
	int code;

	if (!j)
		return ctl_complain(CTL_INTERNAL, "no memory");
	j->tool = t;
	code = read_words(j);
	if (!code)
		code = run(j);
	free(j->changed);
	free(j);
	return code;
}
