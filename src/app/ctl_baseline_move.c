/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tidegate baseline export|import: slots out of the files of one host and into those of another. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ctl_baseline.h"
#include "base/err.h"
#include "codec/slot_json.h"
#include "edge/clock.h"

#define ERRORS_TOLD 20
#define YOUNG_S 7200 /* of this host: its own slots of that time may not be written yet */

/* ---- export ---- */

struct export {
	FILE *out;
	uint64_t slots;
	bool failed;
};

static bool write_line(FILE *out, json_t *o)
{
	const bool good = o && json_dumpf(o, out, JSON_COMPACT) == 0 && fputc('\n', out) != EOF;

	json_decref(o);
	return good;
}

static bool write_slot(void *ctx, enum known_origin origin, const struct slot *s)
{
	struct slot cut = *s;
	struct export *e = ctx;

	/* Two parts of a slot may have had other series each; what cannot be read again is not written. */
	cut.n = s->n > SLOT_SERIES ? SLOT_SERIES : s->n;
	e->failed = !write_line(e->out, slot_json(&cut, known_origin_name(origin)));
	e->slots += !e->failed;
	return !e->failed;
}

static int export_to(const struct ctl_tool *t, const struct known *k, const char *file, struct export *e)
{
	enum known_origin failed;
	int err;

	e->failed = !write_line(e->out, slot_json_header());
	err = e->failed ? 0 : known_each_slot(k, INT64_MIN / 2, write_slot, e, &failed);
	if (err)
		return ctl_baseline_error(k, failed, err);
	if (fflush(e->out) || e->failed)
		return ctl_complain(CTL_INTERNAL, "%s: %s", file, strerror(errno));
	if (!t->quiet && e->out != stdout)
		printf("%" PRIu64 " slots in %s\n", e->slots, file);
	return CTL_OK;
}

int ctl_baseline_export(const struct ctl_tool *t, const struct known *k, const char *file)
{
	struct export e = { .out = strcmp(file, "-") == 0 ? stdout : fopen(file, "wxe") };
	int code;

	/* "x": no file is overwritten by a slip. */
	if (!e.out)
		return ctl_complain(errno == EACCES ? CTL_PERMISSION : CTL_DATA, "%s: %s", file, strerror(errno));
	code = export_to(t, k, file, &e);
	if (e.out != stdout && fclose(e.out) && !code)
		code = ctl_complain(CTL_INTERNAL, "%s: %s", file, strerror(errno));
	if (e.out != stdout && code)
		remove(file);
	return code;
}

/* ---- import ---- */

struct import {
	const char *file;
	struct history *h;
	FILE *in;
	struct slot_series *room;
	uint64_t line, errors;
	uint64_t taken, known, young; /* slots: in, there already, of the last hours */
	int64_t now_s;
	int err;                      /* of the file of history */
};

static void complain(struct import *i, const char *why)
{
	if (i->errors++ < ERRORS_TOLD)
		ctl_complain(CTL_DATA, "%s:%" PRIu64 ": %s", i->file, i->line, why);
}

static void take_line(struct import *i, const char *line, size_t len)
{
	char why[SLOT_JSON_WHY];
	bool taken = false;
	struct slot s;

	if (i->line == 1) {
		if (slot_json_read_header(line, len, why))
			complain(i, why);
		return;
	}
	if (slot_json_read(line, len, i->room, &s, why)) {
		complain(i, why);
		return;
	}
	if (s.start_s + YOUNG_S > i->now_s) {
		i->young++;
		return;
	}
	if (i->errors) /* nothing of it stays, but the other lines are looked at */
		return;
	i->err = history_import(i->h, &s, &taken);
	i->taken += taken;
	i->known += !i->err && !taken;
}

/* Without its header a file is not looked at further. */
static void take_lines(struct import *i)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while (!i->err && !(i->line == 1 && i->errors) && (len = getline(&line, &size, i->in)) >= 0) {
		i->line++;
		if (len > SLOT_JSON_LINE)
			complain(i, "longer than a slot can be");
		else
			take_line(i, line, (size_t)len);
	}
	free(line);
	if (!i->line)
		complain(i, "there is nothing in it");
}

static int end_import(struct import *i)
{
	int err = i->err;

	if (i->errors || ferror(i->in)) {
		history_rollback(i->h);
		if (i->errors > ERRORS_TOLD)
			ctl_complain(CTL_DATA, "%s: %" PRIu64 " more", i->file, i->errors - ERRORS_TOLD);
		return ctl_complain(CTL_DATA, "%s: nothing was imported", i->file);
	}
	if (!err)
		err = history_commit(i->h);
	if (!err)
		return CTL_OK;
	ctl_complain(CTL_INTERNAL, HISTORY_FILE ": %s; nothing was imported", history_error(i->h));
	history_rollback(i->h);
	return ctl_code_of(err);
}

static void print_result(const struct ctl_tool *t, const struct import *i)
{
	if (t->quiet)
		return;
	if (t->output == CTL_JSON) {
		printf("{\"slots_imported\":%" PRIu64 ",\"slots_known_before\":%" PRIu64
			",\"slots_too_young\":%" PRIu64 "}\n", i->taken, i->known, i->young);
		return;
	}
	printf("%" PRIu64 " slots were imported\n", i->taken);
	if (i->known)
		printf("%" PRIu64 " were known here already, and stay as they are\n", i->known);
	if (i->young)
		printf("%" PRIu64 " of the last two hours were left out: this host watches those itself\n", i->young);
}

int ctl_baseline_import(const struct ctl_tool *t, struct history *h, const char *file)
{
	struct import i = { .file = file, .h = h, .now_s = clock_wall().ns / NS_PER_S };
	int code;

	i.in = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
	if (!i.in)
		return ctl_complain(errno == EACCES ? CTL_PERMISSION : CTL_DATA, "%s: %s", file, strerror(errno));
	i.room = calloc(SLOT_SERIES, sizeof(*i.room));
	i.err = i.room ? history_begin(h) : ERR_MEMORY;
	take_lines(&i);
	code = end_import(&i);
	if (!code)
		print_result(t, &i);
	free(i.room);
	if (i.in != stdin)
		fclose(i.in);
	return code;
}
