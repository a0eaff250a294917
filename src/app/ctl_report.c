/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tidegate report: what happened, from the files of the state folder, in one or several forms at once. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ctl_offline.h"
#include "app/progress.h"
#include "app/report.h"
#include "app/report_folder.h"
#include "app/report_html.h"
#include "app/report_json.h"
#include "app/report_text.h"
#include "base/err.h"
#include "edge/clock.h"

#define SINCE_NS (24 * 3600 * NS_PER_S)
#define SINCE_LEAST_NS (60 * NS_PER_S)

struct job {
	struct ctl_tool *tool;
	struct report_opts opts;
	struct conf *conf; /* NULL: none could be read */
	struct progress progress;
	unsigned keep;
};

static int read_since(struct job *j)
{
	const char *since = ctl_value(j->tool, CTL_SINCE);
	int64_t ns = SINCE_NS;

	if (since && (duration_parse(since, &ns) || ns < SINCE_LEAST_NS))
		return ctl_complain(CTL_USAGE, "--since %s: a time like 10m, 24h, 7d", since);
	j->opts.now_s = (clock_wall().ns + NS_PER_S - 1) / NS_PER_S; /* what has just happened is in it */
	j->opts.from_s = j->opts.now_s - ns / NS_PER_S;
	return CTL_OK;
}

static int read_forms(struct job *j)
{
	const struct ctl_tool *t = j->tool;
	const char *keep = ctl_value(t, CTL_KEEP), *page = ctl_value(t, CTL_HTML);
	char *end = NULL;
	unsigned long n = REPORT_KEEP;

	if (t->output == CTL_JSON && t->given & CTL_TEXT)
		return ctl_complain(CTL_USAGE, "--text and -o json: both go to standard output");
	if (page && strcmp(page, "-") == 0 && (t->output == CTL_JSON || t->given & CTL_TEXT))
		return ctl_complain(CTL_USAGE, "--html - and %s: both go to standard output", t->given & CTL_TEXT ? "--text" : "-o json");
	if (t->output == CTL_PLAIN)
		return ctl_complain(CTL_USAGE, "-o plain: a report has no rows; -o json is for programs");
	if (keep && !(t->given & CTL_OUT))
		return ctl_complain(CTL_USAGE, "--keep: only with --out");
	if (keep) {
		errno = 0;
		n = strtoul(keep, &end, 10);
	}
	if (keep && (errno || *keep < '0' || *keep > '9' || *end || n < 1 || n > REPORT_KEEP_MOST))
		return ctl_complain(CTL_USAGE, "--keep %s: a number of days from 1 to %d", keep, REPORT_KEEP_MOST);
	j->keep = (unsigned)n;
	return CTL_OK;
}

/* A configuration that cannot be read is no reason to tell nothing: unless it is what names the folder, or was asked for. */
static int read_conf(struct job *j)
{
	const char *file = ctl_value(j->tool, CTL_CONF_FILE), *dir = ctl_value(j->tool, CTL_STATE_DIR);
	int code = CTL_OK;

	j->opts.config = file ? file : ctl_find_conf();
	j->opts.state_dir = dir;
	if (!j->opts.config && dir)
		return CTL_OK;
	j->conf = calloc(1, sizeof(*j->conf));
	if (!j->conf)
		return ctl_complain(CTL_INTERNAL, "no memory");
	code = ctl_load_conf(j->tool, j->conf);
	if (!code) {
		j->opts.conf = j->conf;
		j->opts.state_dir = dir ? dir : j->conf->paths.state_dir;
		return CTL_OK;
	}
	j->opts.config = NULL;
	return dir && !file ? CTL_OK : code;
}

static void say(void *ctx, uint64_t rows, uint64_t read, uint64_t total)
{
	progress_say(ctx, rows, read, total);
}

/* ---- writing ---- */

static int to_stdout(const struct job *j, const struct report_data *r)
{
	const struct ctl_tool *t = j->tool;
	const bool wanted = t->given & CTL_TEXT || !(t->given & (CTL_OUT | CTL_HTML));
	const struct report_look look = { .colour = t->colour, .utf8 = ctl_utf8() && !t->ascii };

	if (t->quiet)
		return 0;
	if (t->output == CTL_JSON)
		return report_json(r, stdout);
	return wanted ? report_text(r, &look, stdout) : 0;
}

static int write_page(const char *file, const struct report_data *r)
{
	const bool to_out = strcmp(file, "-") == 0;
	char why[WHY_TEXT] = "";
	int err = to_out ? report_html(r, stdout) : report_page_put(file, r, why);

	if (err)
		return ctl_complain(err == ERR_ABSENT || err == ERR_INVALID ? CTL_USAGE : ctl_state_code(err), "--html %s: %s", file,
			to_out ? err_text(err) : why);
	return CTL_OK;
}

static int write_all(const struct job *j, const struct report_data *r)
{
	const char *folder = ctl_value(j->tool, CTL_OUT), *page = ctl_value(j->tool, CTL_HTML);
	char why[WHY_TEXT];
	int err = to_stdout(j, r), code;

	if (err)
		return ctl_complain(CTL_INTERNAL, "standard output: %s", err_text(err));
	code = page ? write_page(page, r) : CTL_OK;
	if (!folder || code)
		return code;
	err = report_folder_put(folder, r, j->keep, why);
	return err ? ctl_complain(err == ERR_ABSENT ? CTL_USAGE : ctl_state_code(err), "--out %s: %s", folder, why) : CTL_OK;
}

static int run(struct job *j)
{
	struct report_data *r = NULL;
	int code, err;

	progress_begin(&j->progress, "report", "rows", j->tool->quiet);
	j->opts.progress = say;
	j->opts.ctx = &j->progress;
	err = report_gather(&j->opts, &r);
	progress_wipe(&j->progress);
	if (err)
		return ctl_complain(err == ERR_RANGE ? CTL_USAGE : CTL_INTERNAL, err == ERR_RANGE ?
			"--since: 400 days at most" : "no memory");
	code = write_all(j, r);
	report_free(r);
	return code;
}

int ctl_report(struct ctl_tool *t)
{
	struct job j = { .tool = t };
	int code = read_since(&j);

	if (!code)
		code = read_forms(&j);
	if (!code)
		code = read_conf(&j);
	if (!code)
		code = run(&j);
	free(j.conf);
	return code;
}
