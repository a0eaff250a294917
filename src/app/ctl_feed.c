/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tidegate feed: the lists of bad addresses that the daemon holds. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ctl.h"
#include "base/text.h"

static void print_told(const struct ctl_tool *t, json_t *told)
{
	json_t *o;
	size_t i;

	json_array_foreach(told, i, o)
		printf("    %sline %" PRId64 ": %s: %s%s\n", ctl_sgr(t, CTL_DIM), field_int(o, "line"), field_text(o, "why"),
			field_text(o, "text"), ctl_sgr(t, CTL_NORMAL));
}

static void print_plain(json_t *o)
{
	printf("%s\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%s\t%s\t%s\n", field_text(o, "feed"), field_int(o, "entries"),
		field_int(o, "guarded"), field_int(o, "lines_refused"), field_text(o, "accepted"),
		field_true(o, "kept") ? "kept" : "file", field_text(o, "error"));
}

static void print_feed(struct ctl_tool *t, json_t *o)
{
	char entries[FORMAT_TEXT], refused[FORMAT_TEXT], when[FORMAT_TEXT];
	const char *error = field_text(o, "error"), *accepted = field_text(o, "accepted");

	if (t->output == CTL_PLAIN) {
		print_plain(o);
		return;
	}
	printf("%s%s%s: %s entries", ctl_sgr(t, CTL_BOLD), field_text(o, "feed"), ctl_sgr(t, CTL_NORMAL),
		format_count(field_int(o, "entries"), entries));
	if (*accepted)
		printf(", accepted %s%s", format_time(accepted, when),
			field_true(o, "kept") ? " and kept: its file has not been taken since the start" : "");
	putchar('\n');
	printf("    %s (%s)%s\n", field_text(o, "file"), field_text(o, "format"),
		field_true(o, "refuse") ? ", may be refused on sight" : "");
	if (field_int(o, "guarded"))
		printf("    %" PRId64 " of them hold guards, which are cut out\n", field_int(o, "guarded"));
	if (*error)
		printf("    %srefused %s: %s%s\n", ctl_sgr(t, CTL_RED), format_time(field_text(o, "failed"), when), error,
			ctl_sgr(t, CTL_NORMAL));
	if (field_int(o, "lines_refused"))
		printf("    %s lines were not taken\n", format_count(field_int(o, "lines_refused"), refused));
	print_told(t, field_get(o, "told"));
}

void ctl_print_feeds(const struct ctl_tool *t, json_t *status)
{
	const int64_t feeds = field_int(status, "feeds.configured"), failing = field_int(status, "feeds.failing");
	char count[FORMAT_TEXT];

	if (!feeds)
		return;
	ctl_head(t, "Feeds");
	printf("%" PRId64 " with %s prefixes", feeds, format_count(field_int(status, "feeds.prefixes"), count));
	if (failing)
		printf(", %s%" PRId64 " refused%s: tidegate feed list", ctl_sgr(t, CTL_RED), failing, ctl_sgr(t, CTL_NORMAL));
	putchar('\n');
}

static void print_found(struct ctl_tool *t, json_t *o)
{
	json_t *name;
	size_t i;

	printf(t->output == CTL_PLAIN ? "%s" : "%s: listed by", field_text(o, "address"));
	json_array_foreach(field_get(o, "feeds"), i, name)
		printf("%s%s", t->output == CTL_PLAIN ? "\t" : i ? ", " : " ", json_string_value(name));
	putchar('\n');
}

/* ---- words ---- */

static int usage(const char *how)
{
	return ctl_complain(CTL_USAGE, "usage: tidegate feed %s", how);
}

static int list(struct ctl_tool *t)
{
	struct ctl_request r = { .verb = "feeds" };

	return t->n_operands == 1 ? ctl_ask(t, &r, print_feed) : usage("list");
}

static int find(struct ctl_tool *t)
{
	struct ctl_request r = { .verb = "feed-find" };

	if (t->n_operands != 2)
		return usage("find ADDRESS");
	if (ctl_request_add_text(&r, "address", t->operands[1]))
		return ctl_complain(CTL_USAGE, "an argument is too long");
	return ctl_ask(t, &r, print_found);
}

/* The daemon stands elsewhere: it needs the whole path. */
static int add_file(struct ctl_request *r, const char *file)
{
	char *path = realpath(file, NULL);
	int err;

	if (!path)
		return ctl_complain(errno == EACCES ? CTL_PERMISSION : CTL_DATA, "%s: %s", file, strerror(errno));
	err = ctl_request_add_text(r, "file", path);
	free(path);
	return err ? ctl_complain(CTL_USAGE, "%s: its path is too long", file) : CTL_OK;
}

static int load(struct ctl_tool *t)
{
	struct ctl_request r = { .verb = "feed-load" };
	int code;

	if (t->n_operands < 2)
		return usage("load NAME [FILE] [--force]");
	if (ctl_request_add_text(&r, "name", t->operands[1]))
		return ctl_complain(CTL_USAGE, "an argument is too long");
	code = t->n_operands == 3 ? add_file(&r, t->operands[2]) : CTL_OK;
	if (code)
		return code;
	if (t->given & CTL_FORCE)
		ctl_request_add_bool(&r, "force", true);
	return ctl_ask(t, &r, print_feed);
}

static int refresh(struct ctl_tool *t)
{
	struct ctl_request r = { .verb = "feed-refresh" };

	return t->n_operands == 1 ? ctl_ask(t, &r, print_feed) : usage("refresh");
}

int ctl_feed(struct ctl_tool *t)
{
	static const struct {
		const char *word;
		int (*run)(struct ctl_tool *t);
	} verbs[] = { { "list", list }, { "find", find }, { "load", load }, { "refresh", refresh } };
	static const char *const words[] = { "list", "find", "load", "refresh" };
	const char *what = t->operands[0], *nearest;

	if (t->given & CTL_FORCE && strcmp(what, "load") != 0)
		return ctl_complain(CTL_USAGE, "--force is for 'feed load'");
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].word, what) == 0)
			return verbs[i].run(t);
	nearest = text_nearest(what, words, sizeof(words) / sizeof(words[0]));
	return ctl_complain(CTL_USAGE, "feed: there is no '%s'; it is one of list, find, load, refresh%s%s%s", what,
		nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}
