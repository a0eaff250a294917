/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wrong with a configuration: a bounded list of problems in the order of files
 * and lines. Filled by everything in conf, printed by tidegated --check-config and by
 * whoever asked for a reload.
 */
#ifndef TIDEGATE_CONF_REPORT_H
#define TIDEGATE_CONF_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CONF_PATH 256
#define CONF_PROBLEMS 128
#define CONF_PROBLEM_TEXT 384

/* Where something is written; line 0 is the file as a whole. */
struct conf_place {
	const char *file; /* borrowed */
	unsigned line;
};

struct conf_problem {
	bool error; /* else a warning: it loads, but think about it */
	unsigned line;
	char file[CONF_PATH];
	char text[CONF_PROBLEM_TEXT];
};

struct conf_report {
	struct conf_problem list[CONF_PROBLEMS]; /* by file as read, then by line */
	size_t n;
	size_t errors, warnings; /* all there were, also those that found no room above */
};

/* The text is cut to fit; beyond CONF_PROBLEMS a problem is counted only. */
void conf_error(struct conf_report *r, struct conf_place at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void conf_warn(struct conf_report *r, struct conf_place at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Each problem as "file:line: error: text" (or warning) in a line of its own, and a last
 * line for those that did not fit. Nothing where there is none. */
void conf_check_print(const struct conf_report *r, FILE *out);

#endif
