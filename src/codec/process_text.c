/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines and fields of the kernel's files about processes. All of them hold names that somebody else chose; the formats
 * say where a name ends, and where they do not (comm), the kernel's own bound does.
 */
#include "codec/process_text.h"

#include <string.h>

#include "base/text.h"

static struct slice cut_at(struct slice *rest, char separator)
{
	const uint8_t *end = rest->len ? memchr(rest->at, separator, rest->len) : NULL;
	size_t n = end ? (size_t)(end - rest->at) : rest->len;
	struct slice head = { rest->at, n };

	if (rest->len) {
		rest->at += end ? n + 1 : n;
		rest->len -= end ? n + 1 : n;
	}
	return head;
}

static bool is(struct slice s, const char *word)
{
	return s.len == strlen(word) && memcmp(s.at, word, s.len) == 0;
}

static bool ends_with(struct slice s, const char *tail)
{
	size_t n = strlen(tail);

	return s.len > n && memcmp(s.at + s.len - n, tail, n) == 0;
}

/* Whole or not at all: half a path is another one. */
static bool copy(struct slice s, char *out, size_t size)
{
	if (!s.len || s.len >= size || memchr(s.at, '\0', s.len))
		return false;
	memcpy(out, s.at, s.len);
	out[s.len] = '\0';
	return true;
}

bool process_text_number(struct slice name, uint32_t *number)
{
	uint64_t n = 0;

	if (!name.len || name.len > 10 || (name.at[0] == '0' && name.len > 1))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		if (name.at[i] < '0' || name.at[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(name.at[i] - '0');
	}
	if (n > UINT32_MAX)
		return false;
	*number = (uint32_t)n;
	return true;
}

bool process_text_socket(struct slice link, uint32_t *inode)
{
	static const char head[] = "socket:[";
	const size_t n = sizeof(head) - 1;
	uint32_t number;

	if (link.len < n + 2 || memcmp(link.at, head, n) != 0 || link.at[link.len - 1] != ']')
		return false;
	if (!process_text_number((struct slice){ link.at + n, link.len - n - 1 }, &number) || !number)
		return false;
	*inode = number;
	return true;
}

/* The name itself may hold a line's end: what the kernel adds is the last one alone. */
bool process_text_comm(struct slice file, char *out, size_t size)
{
	size_t n = file.len;

	if (n && file.at[n - 1] == '\n')
		n--;
	if (n >= size)
		n = size - 1;
	if (!n || memchr(file.at, '\0', n))
		return false;
	memcpy(out, file.at, n);
	out[n] = '\0';
	return true;
}

bool process_text_parent(struct slice file, uint32_t *pid)
{
	size_t n = file.len;

	while (n && file.at[n - 1] != ')')
		n--;
	if (!n || file.len - n < 4)
		return false;
	file = (struct slice){ file.at + n + 3, file.len - n - 3 }; /* " S " */
	return memchr(file.at, ' ', file.len) && process_text_number(cut_at(&file, ' '), pid);
}

bool process_text_next_number(struct slice *rest, uint32_t *pid)
{
	return rest->len && process_text_number(cut_at(rest, '\n'), pid);
}

bool process_text_cgroup(struct slice file, char *out, size_t size)
{
	struct slice unified = { NULL, 0 }, old = { NULL, 0 };

	while (file.len) {
		struct slice line = cut_at(&file, '\n');
		struct slice number = cut_at(&line, ':'), names = cut_at(&line, ':');

		if (is(number, "0") && !names.len)
			unified = line;
		else if (is(names, "name=systemd"))
			old = line;
	}
	if (unified.len > 1 || !old.len)
		return copy(unified, out, size);
	return copy(old, out, size);
}

static bool is_unit(struct slice s)
{
	return ends_with(s, ".service") || ends_with(s, ".scope") || ends_with(s, ".socket") || ends_with(s, ".mount") ||
		ends_with(s, ".swap");
}

static bool is_manager(struct slice s)
{
	return s.len > 5 && memcmp(s.at, "user@", 5) == 0 && ends_with(s, ".service");
}

/* The innermost unit of what is left of a path. */
static struct slice innermost(struct slice rest)
{
	struct slice found = { NULL, 0 };

	while (rest.len) {
		struct slice part = cut_at(&rest, '/');

		if (is_unit(part))
			found = part;
	}
	return found;
}

bool process_text_unit(const char *path, char *out, size_t size)
{
	struct slice rest = { (const uint8_t *)path, strlen(path) }, part, own = { NULL, 0 };
	size_t len;

	do {
		if (!rest.len)
			return false;
		part = cut_at(&rest, '/');
	} while (!is_unit(part));
	if (is_manager(part))
		own = innermost(rest);
	len = part.len + (own.len ? own.len + 1 : 0);
	if (len >= size)
		return false;
	memcpy(out, part.at, part.len);
	if (own.len) {
		out[part.len] = '/';
		memcpy(out + part.len + 1, own.at, own.len);
	}
	out[len] = '\0';
	return true;
}

static bool is_octal(const uint8_t *at)
{
	return at[0] >= '0' && at[0] <= '3' && at[1] >= '0' && at[1] <= '7' && at[2] >= '0' && at[2] <= '7';
}

/* A mount point as proc(5) writes it: blank, tab, line's end and backslash as \ooo. */
static bool unescape(struct slice s, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len && n < size; n++) {
		if (s.at[i] == '\\' && s.len - i > 3 && is_octal(s.at + i + 1)) {
			out[n] = (char)((s.at[i + 1] - '0') << 6 | (s.at[i + 2] - '0') << 3 | (s.at[i + 3] - '0'));
			i += 4;
		} else {
			out[n] = (char)s.at[i++];
		}
		if (!out[n])
			return false;
	}
	if (!n || n >= size)
		return false;
	out[n] = '\0';
	return true;
}

/* "36 35 98:0 /root /mount options optional - type source options" */
bool process_text_cgroup2(struct slice file, char *out, size_t size)
{
	char found[256];

	while (file.len) {
		struct slice line = cut_at(&file, '\n'), mount = { NULL, 0 }, word;

		for (unsigned i = 0; i < 5; i++)
			mount = cut_at(&line, ' ');
		do
			word = cut_at(&line, ' ');
		while (line.len && !is(word, "-"));
		if (!is(cut_at(&line, ' '), "cgroup2") || !unescape(mount, found, sizeof(found)))
			continue;
		return copy((struct slice){ (const uint8_t *)found, strlen(found) }, out, size);
	}
	return false;
}

bool process_text_user(struct slice file, uint32_t uid, char *out, size_t size)
{
	while (file.len) {
		struct slice line = cut_at(&file, '\n');
		struct slice name = cut_at(&line, ':');
		uint32_t number;

		(void)cut_at(&line, ':');
		if (process_text_number(cut_at(&line, ':'), &number) && number == uid)
			return copy(name, out, size);
	}
	return false;
}

bool process_text_uid(struct slice file, const char *user, uint32_t *uid)
{
	while (file.len) {
		struct slice line = cut_at(&file, '\n');
		bool found = is(cut_at(&line, ':'), user);

		(void)cut_at(&line, ':');
		if (found && process_text_number(cut_at(&line, ':'), uid))
			return true;
	}
	return false;
}

static void add_name(struct text *t, const char *name)
{
	text_add_escaped(t, (struct slice){ (const uint8_t *)name, strlen(name) });
}

static void add_user(struct text *t, const struct process_who *w)
{
	if (w->user[0])
		add_name(t, w->user);
	else if (w->uid != PROCESS_NOBODY)
		text_addf(t, "uid %u", w->uid);
	else
		text_add(t, "no user known");
	if (!w->unit[0])
		return;
	text_add(t, ", ");
	add_name(t, w->unit);
}

void process_text_line(const struct process_who *w, char *out, size_t size)
{
	struct text t = text_over(out, size);

	if (!w->pid && w->uid == PROCESS_NOBODY && !w->unit[0]) {
		text_add(&t, "nobody known");
		return;
	}
	if (!w->pid) {
		add_user(&t, w);
		return;
	}
	if (w->comm[0])
		add_name(&t, w->comm);
	else
		text_add(&t, "a process");
	text_addf(&t, " (pid %u, ", w->pid);
	add_user(&t, w);
	text_add(&t, ")");
}
