/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames on standard output, one after the other: 80 columns of text for people and logs, or one JSON object a line.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/top.h"
#include "base/text.h"

#define COLUMNS 80
#define ROWS_EACH 8 /* where all views are told */
#define ROWS_ONE 40
#define RETRY_NS (250 * NS_PER_MS)

static int64_t total(const struct top_frame *f, const char *field)
{
	json_t *row;
	size_t i;
	int64_t n = 0;

	json_array_foreach(f->rows[TOP_INTERFACES], i, row)
		n += field_int(row, field);
	return n;
}

void top_summary(const struct top_frame *f, char *out, size_t size)
{
	char in[FORMAT_TEXT], sent[FORMAT_TEXT], text[FORMAT_TEXT];
	struct text t = text_over(out, size);
	json_t *states = json_object_get(f->head, "states");

	text_addf(&t, "in %s/s  out %s/s", top_bytes((double)total(f, "in_bytes_s"), in),
		top_bytes((double)total(f, "out_bytes_s"), sent));
	if (states) {
		text_addf(&t, "  estab %s", format_short(field_int(states, "ESTAB"), text));
		text_addf(&t, "  half-open %s", format_short(field_int(states, "SYN-RECV"), text));
		text_addf(&t, "  time-wait %s", format_short(field_int(states, "TIME-WAIT"), text));
	}
	if (json_object_get(f->head, "conntrack"))
		text_addf(&t, "  conntrack %s", format_short(field_int(f->head, "conntrack"), text));
	if (field_int(f->head, "cut"))
		text_addf(&t, "  cut %s", format_short(field_int(f->head, "cut"), text));
}

static const char *trimmed(char *line)
{
	size_t len = strlen(line);

	while (len > 0 && line[len - 1] == ' ')
		line[--len] = '\0';
	return line;
}

static void print_view(struct ctl_tool *t, const struct top_frame *f, enum top_view v, size_t most)
{
	json_t *rows = top_sorted(v, f->rows[v], top_first_sort(v), false, "");
	size_t all = json_array_size(rows);
	char line[TOP_LINE];

	top_line(v, NULL, COLUMNS, line);
	printf("%s%s%s\n", ctl_sgr(t, CTL_BOLD), line, ctl_sgr(t, CTL_NORMAL));
	for (size_t i = 0; i < all && i < most; i++) {
		top_line(v, json_array_get(rows, i), COLUMNS, line);
		puts(trimmed(line));
	}
	if (all > most)
		printf("(%zu more %s)\n", all - most, top_view_name(v));
	if (all == 0)
		printf("(no %s)\n", top_view_name(v));
	json_decref(rows);
}

static void print_text(struct ctl_tool *t, const struct top_frame *f, bool one, enum top_view view)
{
	char when[FORMAT_TEXT], summary[COLUMNS * 2];

	top_summary(f, summary, sizeof(summary));
	printf("%s%.14s  %.64s%s\n", ctl_sgr(t, CTL_CYAN), format_time(field_text(f->head, "taken"), when), summary,
		ctl_sgr(t, CTL_NORMAL));
	for (int v = 0; v < TOP_VIEWS; v++)
		if (!one || v == (int)view)
			print_view(t, f, (enum top_view)v, one ? ROWS_ONE : ROWS_EACH);
	putchar('\n');
}

static void print_json(const struct top_frame *f, bool one, enum top_view view)
{
	json_t *o = json_pack("{s:i}", "v", CTL_VERSION);

	json_object_update(o, f->head);
	/* How many there are stands in the head under the names that the rows bear here. */
	for (int v = 0; v < TOP_VIEWS; v++) {
		char name[32];
		json_t *count = json_object_get(f->head, top_view_name((enum top_view)v));

		if (json_is_integer(count)) {
			snprintf(name, sizeof(name), "n_%s", top_view_name((enum top_view)v));
			json_object_set(o, name, count);
			json_object_del(o, top_view_name((enum top_view)v));
		}
		if (v != TOP_STATES && (!one || v == (int)view))
			json_object_set(o, top_view_name((enum top_view)v), f->rows[v]);
	}
	json_dumpf(o, stdout, JSON_COMPACT | JSON_REAL_PRECISION(10));
	putchar('\n');
	json_decref(o);
}

static void pause_for(int64_t ns)
{
	struct timespec t = { .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S };

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

/* The first refresh that has rates: before that the daemon has seen but one second's end. */
static int first_frame(struct ctl_tool *t, const struct top_wish *w, struct top_frame *f, char why[TOP_WHY])
{
	int code = CTL_AGAIN;

	for (int i = 0; i < 20; i++) {
		code = top_fetch(t, w, f, why);
		if (code != CTL_AGAIN && (code || field_real(f->head, "span_s") > 0))
			return code;
		pause_for(RETRY_NS);
	}
	return code;
}

/* The daemon's seconds are not ours: what was told already is asked for again. */
static int next_frame(struct ctl_tool *t, const struct top_wish *w, struct top_frame *f, char why[TOP_WHY])
{
	char taken[FORMAT_TEXT];
	int code;

	text_copy(taken, sizeof(taken), field_text(f->head, "taken"));
	for (int i = 0; i < 20; i++) {
		code = top_fetch(t, w, f, why);
		if (code != CTL_AGAIN && (code || strcmp(taken, field_text(f->head, "taken")) != 0))
			return code;
		pause_for(RETRY_NS / 2);
	}
	return code;
}

int top_plain(struct ctl_tool *t, int64_t interval_ns, int64_t frames, bool one, enum top_view view)
{
	struct top_wish w = { .watch_s = interval_ns / NS_PER_S + 5 };
	struct top_frame f = { .head = NULL };
	char why[TOP_WHY] = "the daemon does not collect anything";
	int code;

	for (int v = 0; v < TOP_VIEWS; v++)
		w.views[v] = !one || v == (int)view;
	code = first_frame(t, &w, &f, why);
	for (int64_t i = 0; code == CTL_OK; i++) {
		if (t->output == CTL_JSON)
			print_json(&f, one, view);
		else
			print_text(t, &f, one, view);
		if (fflush(stdout) || (frames && i + 1 >= frames))
			break;
		pause_for(interval_ns);
		code = next_frame(t, &w, &f, why);
	}
	top_frame_clear(&f);
	return code ? ctl_complain(code, "%s", why) : CTL_OK;
}
