/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * setup: looks at the host, says what it is for, shows the file that suits it, asks, writes, and has the daemon read it. It
 * writes one file of its own name and none of the administrator's; no daemon is needed.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/ctl_setup.h"
#include "base/err.h"
#include "edge/replace.h"

/* Of the configuration that the daemon runs with. */
static void take_config(struct ctl_tool *t, json_t *value)
{
	char *out = t->work;

	snprintf(out, PATH_MAX, "%s", field_text(json_object_get(value, "status"), "config"));
}

static void take_nothing(struct ctl_tool *t, json_t *value)
{
	(void)t;
	(void)value;
}

/* False where no daemon answers, or one with another configuration, which is none of our business. */
static bool daemon_reads(struct ctl_tool *t, const char *main_file)
{
	struct ctl_request r = { .verb = "status" };
	const enum ctl_output output = t->output;
	char theirs[PATH_MAX] = "", own[PATH_MAX], other[PATH_MAX];
	int code;

	if (!ctl_daemon_answers(t))
		return false;
	t->output = CTL_TABLE; /* what is asked here is nobody else's to read */
	t->work = theirs;
	code = ctl_ask(t, &r, take_config);
	t->output = output;
	return code == CTL_OK && realpath(theirs, other) && realpath(main_file, own) && strcmp(own, other) == 0;
}

static int reload(struct ctl_tool *t)
{
	struct ctl_request r = { .verb = "reload" };
	const enum ctl_output output = t->output;
	int code;

	t->output = CTL_TABLE;
	code = ctl_ask(t, &r, take_nothing);
	t->output = output;
	return code;
}

/* The answer to a question on the terminal. */
static bool agreed(const struct ctl_tool *t)
{
	char line[16];

	if (t->given & CTL_YES)
		return true;
	printf("\nwrite it? [y/N] ");
	fflush(stdout);
	return fgets(line, sizeof(line), stdin) && (line[0] == 'y' || line[0] == 'Y');
}

/* Whether it may go on to write; *code where it may not. */
static bool may_write(struct ctl_tool *t, const struct setup_work *w, int *code)
{
	const char *slash = strrchr(w->folder, '/');
	char parent[CONF_PATH];
	const bool there = access(w->folder, F_OK) == 0;

	*code = CTL_OK;
	if (t->given & CTL_DRY_RUN || strcmp(w->before, w->after) == 0)
		return false;
	snprintf(parent, sizeof(parent), "%.*s", slash ? (int)(slash - w->folder + 1) : 1, slash ? w->folder : ".");
	if (access(there ? w->folder : parent, W_OK)) {
		*code = ctl_complain(CTL_PERMISSION, "%s cannot be written%s; nothing was changed", there ? w->folder : parent,
			geteuid() ? ": root is needed" : "");
		return false;
	}
	if (!(t->given & CTL_YES) && !isatty(STDIN_FILENO)) {
		*code = ctl_complain(CTL_USAGE, "nobody can be asked here: say --yes to write it, --dry-run to see it");
		return false;
	}
	if (!agreed(t)) {
		*code = ctl_complain(CTL_NONE, "nothing was changed");
		return false;
	}
	return true;
}

static int write_it(const struct setup_work *w)
{
	char why[WHY_TEXT];
	int err = replace_file(w->folder, SETUP_FILE, w->after, strlen(w->after), why);

	if (!err)
		return CTL_OK;
	return ctl_complain(err == ERR_PERMISSION ? CTL_PERMISSION : CTL_INTERNAL, "%s: %s; nothing was changed", w->path, why);
}

static int finish(struct ctl_tool *t, struct setup_work *w, bool written)
{
	const bool shown = t->output == CTL_TABLE && !t->quiet;
	bool reads = written && daemon_reads(t, w->main);
	int code = reads ? reload(t) : CTL_OK;

	if (t->output == CTL_JSON && !t->quiet)
		ctl_setup_show_json(w, written);
	else if (t->output == CTL_PLAIN && !t->quiet)
		ctl_setup_show_plain(w, written);
	else if (shown && written)
		printf("%s is written%s\n", w->path, w->there ? ", its old self is " SETUP_FILE ".bak" : "");
	if (code)
		ctl_complain(code, "the file is written, and the daemon did not read it: tidegate reload");
	else if (shown && written)
		ctl_setup_show_next(t, w, reads);
	return code;
}

static int run(struct ctl_tool *t, struct setup_work *w)
{
	const bool shown = t->output == CTL_TABLE && !t->quiet;
	bool write;
	int code, denied;

	ctl_setup_look(&w->seen);
	role_judge(&w->seen.facts, &w->found);
	w->overruled = ctl_value(t, CTL_POLICY) != NULL;
	if (shown)
		ctl_setup_show_host(t, w);
	fflush(stdout);
	code = ctl_setup_plan(t, w);
	if (code)
		return code;
	if (shown)
		ctl_setup_show_file(t, w);
	fflush(stdout);
	write = may_write(t, w, &denied);
	if (!write && denied)
		return denied;
	code = write ? write_it(w) : CTL_OK;
	return code ? code : finish(t, w, write);
}

int ctl_setup(struct ctl_tool *t)
{
	struct setup_work *w;
	int code;

	if ((t->given & CTL_DRY_RUN) && (t->given & CTL_YES))
		return ctl_complain(CTL_USAGE, "--dry-run or --yes?");
	w = calloc(1, sizeof(*w));
	if (!w)
		return ctl_complain(CTL_INTERNAL, "no memory");
	code = run(t, w);
	free(w);
	return code;
}
