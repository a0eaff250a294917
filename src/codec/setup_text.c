/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of others (programs' names, within why) come escaped already, and stand in comments alone. */
#include "codec/setup_text.h"

#include <string.h>

static void add_ports(struct text *t, const uint16_t *ports, size_t n)
{
	text_add(t, "[");
	for (size_t i = 0; i < n; i++)
		text_addf(t, "%s%u", i ? ", " : "", (unsigned)ports[i]);
	text_add(t, "]");
}

#define A_LINE 4 /* prefixes */

static void add_never_block(struct text *t, const struct setup_plan *p)
{
	char room[PREFIX_TEXT];

	text_add(t, "\t# Never acted on, whatever they seem to do. This list counts instead of the one in the main file.\n"
		"\tnever_block = [");
	for (size_t i = 0; i < p->n_never_block; i++) {
		prefix_format(&p->never_block[i], room, sizeof(room));
		text_addf(t, "%s%s\"%s\"", i ? "," : "", i % A_LINE ? " " : "\n\t\t", room);
	}
	text_add(t, "\n\t];\n");
	if (!p->around.addr.family)
		return;
	prefix_format(&p->around, room, sizeof(room));
	text_addf(t, "\t# Its network is \"%s\": add it if you come from other addresses of it, too.\n", room);
}

static void add_guards(struct text *t, const struct setup_plan *p)
{
	if (!p->n_admin_ports && !p->n_never_block)
		return;
	text_add(t, "\nguards = {\n");
	if (p->n_admin_ports) {
		text_add(t, "\t# Where sshd listens: the peers of live sessions there are never acted on.\n\tadmin_ports = ");
		add_ports(t, p->admin_ports, p->n_admin_ports);
		text_add(t, ";\n");
	}
	if (p->n_never_block)
		add_never_block(t, p);
	text_add(t, "};\n");
}

static void add_rules(struct text *t, const struct setup_plan *p)
{
	if (!p->n_rules)
		return;
	text_add(t, "\n# The rules about logins look at these ports, too.\nrules = (\n");
	for (size_t i = 0; i < p->n_rules; i++) {
		text_addf(t, "\t{ name = \"%s\"; ports = ", p->rules[i].name);
		add_ports(t, p->rules[i].ports, p->rules[i].n);
		text_addf(t, "; }%s\n", i + 1 < p->n_rules ? "," : "");
	}
	text_add(t, ");\n");
}

void setup_text_write(const struct setup_plan *p, struct text *t)
{
	text_addf(t, "# Written by \"tidegate setup\". Run it again after changes of the host: it shows what it would change, and\n"
		"# keeps this file as 10-setup.conf.bak. What you write yourself belongs into a file behind it (50-mine.conf).\n"
		"\n# %s (%s)\npolicy = \"%s\";\n", p->why, p->sure, p->policy);
	if (p->forward)
		text_add(t, "\n# What is forwarded is judged, too.\ndivert = { forward = \"queue\"; };\n");
	add_guards(t, p);
	add_rules(t, p);
}

static struct slice next_line(const char **at)
{
	const size_t len = strcspn(*at, "\n");
	struct slice line = { (const uint8_t *)*at, len };

	*at += len + ((*at)[len] == '\n');
	return line;
}

static bool same(struct slice a, struct slice b)
{
	return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

static size_t count_lines(const char *s)
{
	size_t n = 0;

	for (; *s; n++)
		next_line(&s);
	return n;
}

static struct slice line_at(const char *s, size_t n)
{
	struct slice line = { NULL, 0 };

	for (size_t i = 0; i <= n; i++)
		line = next_line(&s);
	return line;
}

/* Lines [from, to) with a mark before each. */
static void add_lines(struct text *t, char mark, const char *s, size_t from, size_t to)
{
	for (size_t i = 0; i < to; i++) {
		struct slice line = next_line(&s);

		if (i < from)
			continue;
		text_addf(t, "%c", mark);
		for (size_t k = 0; k < line.len; k++)
			if (line.at[k] == '\t' || (line.at[k] >= ' ' && line.at[k] != 0x7f))
				text_addf(t, "%c", line.at[k]);
			else
				text_addf(t, "\\x%02x", line.at[k]);
		text_add(t, "\n");
	}
}

void setup_text_changes(const char *before, const char *after, size_t context, struct text *t)
{
	const size_t n = count_lines(before), m = count_lines(after), least = n < m ? n : m;
	size_t head = 0, tail = 0;

	while (head < least && same(line_at(before, head), line_at(after, head)))
		head++;
	while (tail < least - head && same(line_at(before, n - 1 - tail), line_at(after, m - 1 - tail)))
		tail++;
	if (head == n && head == m)
		return;
	add_lines(t, ' ', before, head > context ? head - context : 0, head);
	add_lines(t, '-', before, head, n - tail);
	add_lines(t, '+', after, head, m - tail);
	add_lines(t, ' ', after, m - tail, m - tail + (tail < context ? tail : context));
}
