/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One file, read into memory whole and parsed by libconfig, and the folders in which
 * files are found. Internal to conf.
 */
#ifndef TIDEGATE_CONF_DOC_H
#define TIDEGATE_CONF_DOC_H

#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>

#include "conf/report.h"

#define DOC_BYTES (1u << 20) /* a configuration is written by hand; more is a mistake */
#define DOC_NAME 64
#define DOC_NAMES 64

struct doc {
	config_t config;
	char file[CONF_PATH];
};

/* The .conf files of a folder, sorted by name. */
struct doc_names {
	char list[DOC_NAMES][DOC_NAME];
	size_t n;
};

/* Both report what is wrong, and return false then: there is nothing to close. */
bool doc_open(struct doc *d, const char *file, struct conf_report *report);
bool doc_parse(struct doc *d, const char *file, const char *text, size_t len,
	struct conf_report *report);
void doc_close(struct doc *d);

/* Adds a folder's names that are not there yet. 0, ERR_ABSENT (no such folder), ERR_IO
 * (errno), or ERR_FULL where there are more than there is room for. */
int doc_list(const char *folder, struct doc_names *names);

/* The path of a file of that name in the first of n folders that has it; false where none
 * has, or where it is too long. */
bool doc_find(char (*folders)[CONF_PATH], size_t n, const char *name,
	char out[CONF_PATH]);

/* A path as a file of that folder means it: absolute, or beside the file. "" is the
 * current folder. False where it does not fit. */
bool doc_path(const char *folder, const char *path, char *out, size_t size);

/*
 * libconfig 1.5 wraps numbers over 32 bits without a word (limit = 4294967297 would be
 * 1), stops at a NUL byte, and lets @include open any file. Each is an error; false if
 * there is one.
 */
bool doc_scan(const char *file, const char *text, size_t len, struct conf_report *report);

#endif
