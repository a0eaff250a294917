/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control protocol's lines. Nesting is bounded before jansson sees the line, because
 * its own bound is 2048 calls deep; everything else that a peer can choose is held
 * against a fixed size here.
 */
#include "codec/ctl_msg.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"

static int complain(char *why, size_t size, int err, const char *sentence)
{
	text_copy(why, size, sentence);
	return err;
}

/* Depth of brackets outside of strings; a line that lies about its brackets is jansson's
 * to refuse. */
static size_t nesting(struct slice line)
{
	size_t depth = 0;
	size_t deepest = 0;
	bool string = false;

	for (size_t i = 0; i < line.len; i++) {
		uint8_t c = line.at[i];
		if (string && c == '\\') {
			i++;
		} else if (c == '"') {
			string = !string;
		} else if (!string && (c == '{' || c == '[')) {
			depth++;
			deepest = depth > deepest ? depth : deepest;
		} else if (!string && (c == '}' || c == ']') && depth > 0) {
			depth--;
		}
	}
	return deepest;
}

/* An object of our version, or NULL with *err and why set. */
static json_t *load(struct slice line, int *err, char *why, size_t size)
{
	json_error_t at;

	if (line.len >= CTL_LINE) {
		*err = complain(why, size, ERR_RANGE, "line is longer than 65535 bytes");
		return NULL;
	}
	if (nesting(line) > CTL_NESTING) {
		*err = complain(why, size, ERR_RANGE, "values are nested deeper than 8");
		return NULL;
	}
	json_t *o = json_loadb(
		(const char *)line.at, line.len, JSON_REJECT_DUPLICATES, &at);
	if (!json_is_object(o)) {
		json_decref(o);
		*err = complain(why, size, ERR_INVALID, "line is not a JSON object");
		return NULL;
	}
	json_t *v = json_object_get(o, "v");
	if (!json_is_integer(v) || json_integer_value(v) != CTL_VERSION) {
		json_decref(o);
		*err = complain(
			why, size, ERR_UNSUPPORTED, "\"v\" is not 1: another version");
		return NULL;
	}
	return o;
}

/* False where the string is cut or has a zero byte inside, which would hide its rest. */
static bool take_string(const json_t *value, char *out, size_t size)
{
	size_t len = json_string_length(value);
	const char *s = json_string_value(value);

	if (len >= size || memchr(s, '\0', len))
		return false;
	memcpy(out, s, len + 1);
	return true;
}

static int take_arg(struct ctl_request *r, const char *name, const json_t *value)
{
	struct ctl_arg *a = &r->args[r->n_args];

	if (r->n_args == CTL_ARGS)
		return ERR_FULL;
	if (!text_copy(a->name, sizeof(a->name), name))
		return ERR_RANGE;
	if (json_is_string(value)) {
		a->kind = CTL_ARG_STRING;
		if (!take_string(value, a->text, sizeof(a->text)))
			return ERR_RANGE;
	} else if (json_is_integer(value)) {
		a->kind = CTL_ARG_NUMBER;
		a->number = json_integer_value(value);
	} else if (json_is_boolean(value)) {
		a->kind = CTL_ARG_BOOL;
		a->number = json_is_true(value);
	} else {
		return ERR_INVALID;
	}
	r->n_args++;
	return 0;
}

static int take_args(struct ctl_request *r, json_t *args, char *why, size_t size)
{
	const char *name;
	json_t *value;

	json_object_foreach(args, name, value) {
		int err = take_arg(r, name, value);
		if (err == ERR_FULL)
			return complain(why, size, ERR_RANGE, "more than 12 arguments");
		if (err == ERR_RANGE)
			return complain(why, size, err, "an argument is too long");
		if (err)
			return complain(why, size, err,
				"an argument is no string, number or boolean");
	}
	return 0;
}

static int take_request(json_t *o, struct ctl_request *r, char *why, size_t size)
{
	json_t *verb = json_object_get(o, "verb");
	json_t *args = json_object_get(o, "args");

	if (!json_is_string(verb))
		return complain(why, size, ERR_INVALID, "\"verb\" is missing");
	if (!take_string(verb, r->verb, sizeof(r->verb)))
		return complain(why, size, ERR_RANGE, "\"verb\" is too long");
	if (args && !json_is_object(args))
		return complain(why, size, ERR_INVALID, "\"args\" is not an object");
	return args ? take_args(r, args, why, size) : 0;
}

int ctl_request_decode(struct slice line, struct ctl_request *out, char *why, size_t size)
{
	struct ctl_request r;
	int err = 0;
	json_t *o = load(line, &err, why, size);

	if (!o)
		return err;
	memset(&r, 0, sizeof(r));
	err = take_request(o, &r, why, size);
	json_decref(o);
	if (err == 0)
		*out = r;
	return err;
}

/* Dumps and releases. */
static int dump(json_t *o, char *out, size_t size)
{
	if (size)
		out[0] = '\0';
	if (!o)
		return ERR_MEMORY;
	size_t len = json_dumpb(o, out, size, JSON_COMPACT | JSON_REAL_PRECISION(10));
	json_decref(o);
	if (len == 0)
		return ERR_MEMORY;
	if (len + 2 > size || len + 1 > CTL_LINE) {
		if (size)
			out[0] = '\0';
		return ERR_FULL;
	}
	out[len] = '\n';
	out[len + 1] = '\0';
	return (int)(len + 1);
}

static json_t *arg_value(const struct ctl_arg *a)
{
	switch (a->kind) {
	case CTL_ARG_STRING:
		return json_string(a->text);
	case CTL_ARG_NUMBER:
		return json_integer(a->number);
	case CTL_ARG_BOOL:
		return json_boolean(a->number != 0);
	}
	return NULL;
}

int ctl_request_encode(const struct ctl_request *r, char *out, size_t size)
{
	json_t *args = json_object();

	for (size_t i = 0; args && i < r->n_args; i++) {
		if (json_object_set_new(args, r->args[i].name, arg_value(&r->args[i])) ==
			0)
			continue;
		json_decref(args);
		return ERR_INVALID;
	}
	return dump(json_pack("{s:i, s:s, s:o}", "v", CTL_VERSION, "verb", r->verb,
			    "args", args),
		out, size);
}

static int add_arg(struct ctl_request *r, const char *name, enum ctl_arg_kind kind,
	int64_t number, const char *value)
{
	if (r->n_args == CTL_ARGS)
		return ERR_FULL;
	struct ctl_arg *a = &r->args[r->n_args];
	*a = (struct ctl_arg){ .kind = kind, .number = number };
	if (!text_copy(a->name, sizeof(a->name), name) ||
		!text_copy(a->text, sizeof(a->text), value))
		return ERR_RANGE;
	r->n_args++;
	return 0;
}

int ctl_request_add_text(struct ctl_request *r, const char *name, const char *value)
{
	return add_arg(r, name, CTL_ARG_STRING, 0, value);
}

int ctl_request_add_number(struct ctl_request *r, const char *name, int64_t value)
{
	return add_arg(r, name, CTL_ARG_NUMBER, value, "");
}

int ctl_request_add_bool(struct ctl_request *r, const char *name, bool value)
{
	return add_arg(r, name, CTL_ARG_BOOL, value, "");
}

static const struct ctl_arg *find(const struct ctl_request *r, const char *name,
	enum ctl_arg_kind kind)
{
	for (size_t i = 0; i < r->n_args; i++)
		if (r->args[i].kind == kind && strcmp(r->args[i].name, name) == 0)
			return &r->args[i];
	return NULL;
}

const char *ctl_request_text(const struct ctl_request *r, const char *name)
{
	const struct ctl_arg *a = find(r, name, CTL_ARG_STRING);
	return a ? a->text : NULL;
}

int64_t ctl_request_number(const struct ctl_request *r, const char *name,
	int64_t fallback)
{
	const struct ctl_arg *a = find(r, name, CTL_ARG_NUMBER);
	return a ? a->number : fallback;
}

bool ctl_request_true(const struct ctl_request *r, const char *name)
{
	const struct ctl_arg *a = find(r, name, CTL_ARG_BOOL);
	return a && a->number != 0;
}

int ctl_reply_decode(struct slice line, struct ctl_reply *out, char *why, size_t size)
{
	int err = 0;
	json_t *o = load(line, &err, why, size);

	if (!o)
		return err;
	if (!json_is_true(json_object_get(o, "end"))) {
		*out = (struct ctl_reply){ .value = o };
		return 0;
	}
	json_t *code = json_object_get(o, "code");
	json_t *error = json_object_get(o, "error");
	if (!json_is_integer(code) || json_integer_value(code) < 0 ||
		json_integer_value(code) > 255) {
		json_decref(o);
		return complain(why, size, ERR_INVALID, "the end has no exit code");
	}
	struct ctl_reply end = { .end = true, .code = (int)json_integer_value(code) };
	if (json_is_string(error))
		text_copy(end.error, sizeof(end.error), json_string_value(error));
	json_decref(o);
	*out = end;
	return 0;
}

int ctl_reply_encode(json_t *value, char *out, size_t size)
{
	if (value && json_object_set_new(value, "v", json_integer(CTL_VERSION)))
		return ERR_MEMORY;
	return dump(json_incref(value), out, size);
}

int ctl_end_encode(int code, const char *error, char *out, size_t size)
{
	json_t *o = json_pack(
		"{s:i, s:b, s:i}", "v", CTL_VERSION, "end", 1, "code", code);

	if (o && error && json_object_set_new(o, "error", json_string(error)))
		json_object_set_new(
			o, "error", json_string("(the reason is no valid text)"));
	return dump(o, out, size);
}

bool ctl_line_next(struct slice *rest, struct slice *line)
{
	const uint8_t *end = rest->len ? memchr(rest->at, '\n', rest->len) : NULL;

	if (!end)
		return false;
	line->at = rest->at;
	line->len = (size_t)(end - rest->at);
	rest->len -= line->len + 1;
	rest->at = end + 1;
	return true;
}

static const struct {
	int err, code;
} codes[] = {
	{ ERR_NONE, CTL_OK },
	{ ERR_INVALID, CTL_USAGE },
	{ ERR_RANGE, CTL_USAGE },
	{ ERR_ABSENT, CTL_NONE },
	{ ERR_FULL, CTL_AGAIN },
	{ ERR_AGAIN, CTL_AGAIN },
	{ ERR_BUSY, CTL_AGAIN },
	{ ERR_MEMORY, CTL_AGAIN },
	{ ERR_PERMISSION, CTL_PERMISSION },
	{ ERR_GUARDED, CTL_PERMISSION },
};

int ctl_code_of(int err)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].err == err)
			return codes[i].code;
	return CTL_INTERNAL;
}
