/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wrong with a configuration: a bounded list of problems, each one the line that is printed for it. Filled
 * by everything in conf, read by tidegated --check-config and by whoever asked for a reload.
 */
#ifndef TIDEGATE_CONF_REPORT_H
#define TIDEGATE_CONF_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CONF_PROBLEMS 128
#define CONF_PROBLEM_TEXT 512

/* Where something is written. Line 0: the file as a whole. */
struct conf_place {
	const char *file; /* borrowed from the loader */
	unsigned line;
};

struct conf_problem {
	bool error; /* else a warning: it loads, but think about it */
	char text[CONF_PROBLEM_TEXT]; /* "file:line: error: ..." without a newline */
};

struct conf_report {
	struct conf_problem list[CONF_PROBLEMS];
	size_t n;
	size_t errors, warnings; /* all that were found, also those that the list had no room for */
};

/* "file:line: error: text" (or warning), cut to fit; beyond CONF_PROBLEMS it is counted only. */
void conf_error(struct conf_report *r, struct conf_place at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void conf_warn(struct conf_report *r, struct conf_place at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* One problem a line, and a last line for those that did not fit. Prints nothing where there is none. */
void conf_check_print(const struct conf_report *r, FILE *out);

#endif
