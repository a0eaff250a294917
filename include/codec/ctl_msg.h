/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control protocol: newline-delimited JSON over a unix stream. A request is
 * {"v":1,"verb":"ban","args":{...}} with flat arguments. Its answer is any number of
 * objects that carry "v":1, the last one of them {"v":1,"end":true,"code":0} or with a
 * code of sysexits.h and an "error". What comes in is hostile until decoded.
 */
#ifndef TIDEGATE_CODEC_CTL_MSG_H
#define TIDEGATE_CODEC_CTL_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/cursor.h"

#define CTL_VERSION 1
#define CTL_LINE 65536 /* the longest line, its newline included, either way */
#define CTL_NESTING 8  /* the deepest value, either way */
#define CTL_ARGS 12
#define CTL_ARG_NAME 24
#define CTL_ARG_TEXT 256
#define CTL_VERB 24
#define CTL_ERROR 512

enum ctl_code { /* sysexits.h, and grep's 1 for "there is none" */
	CTL_OK = 0,
	CTL_NONE = 1,
	CTL_USAGE = 64,
	CTL_DATA = 65, /* a capture, a log: what was to be read is no such thing */
	CTL_UNAVAILABLE = 69,
	CTL_INTERNAL = 70,
	CTL_AGAIN = 75,
	CTL_PERMISSION = 77,
	CTL_CONFIG = 78,
};

enum ctl_arg_kind {
	CTL_ARG_STRING = 0,
	CTL_ARG_NUMBER,
	CTL_ARG_BOOL,
};

struct ctl_arg {
	char name[CTL_ARG_NAME];
	enum ctl_arg_kind kind;
	char text[CTL_ARG_TEXT]; /* CTL_ARG_STRING */
	int64_t number;          /* CTL_ARG_NUMBER; CTL_ARG_BOOL: 0 or 1 */
};

struct ctl_request {
	char verb[CTL_VERB];
	struct ctl_arg args[CTL_ARGS];
	size_t n_args;
};

/* One line without its newline. 0; or ERR_INVALID, ERR_RANGE, ERR_UNSUPPORTED (another
 * version), ERR_MEMORY, with a sentence in why that names what is wrong. *out is written
 * only on success. */
int ctl_request_decode(struct slice line, struct ctl_request *out, char *why,
	size_t size);

/* The line with its newline, always terminated: its length, or ERR_FULL, ERR_MEMORY. */
int ctl_request_encode(const struct ctl_request *r, char *out, size_t size);

/* ERR_FULL for too many arguments, ERR_RANGE for one too long. */
int ctl_request_add_text(struct ctl_request *r, const char *name, const char *value);
int ctl_request_add_number(struct ctl_request *r, const char *name, int64_t value);
int ctl_request_add_bool(struct ctl_request *r, const char *name, bool value);

/* NULL, the fallback or false where there is no argument of that name and kind. Borrowed
 * from r. */
const char *ctl_request_text(const struct ctl_request *r, const char *name);
int64_t ctl_request_number(const struct ctl_request *r, const char *name,
	int64_t fallback);
bool ctl_request_true(const struct ctl_request *r, const char *name);

struct ctl_reply {
	json_t *value; /* the object; the taker's to json_decref. NULL at the end */
	bool end;
	int code;      /* at the end */
	char error[CTL_ERROR];
};

/* As for requests. */
int ctl_reply_decode(struct slice line, struct ctl_reply *out, char *why, size_t size);

/* An object of an answer, borrowed, with "v":1 added; and the end. Length with newline,
 * or ERR_FULL, ERR_MEMORY. */
int ctl_reply_encode(json_t *value, char *out, size_t size);
int ctl_end_encode(int code, const char *error, char *out, size_t size);

/* Cuts the next whole line off the front of *rest; false where there is none yet. The
 * newline is in neither. */
bool ctl_line_next(struct slice *rest, struct slice *line);

/* The code by which the tool ends for an enum err. */
int ctl_code_of(int err);

#endif
