/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Allowlists as a file says them: one entry for each port range, as they are kept. */
#include "conf/allow.h"

#include <string.h>

#include "base/text.h"
#include "core/packet.h"

static void put_text(const char *key, const char *s, FILE *out)
{
	char memory[4 * 128 + 1]; /* each byte may become \xHH */
	struct text t = text_over(memory, sizeof(memory));

	text_add_escaped(&t, (struct slice){ (const uint8_t *)s, strlen(s) });
	fprintf(out, "%s = \"%s\"; ", key, memory);
}

static void put_actor(const struct allowlist *a, FILE *out)
{
	switch ((enum actor_kind)a->actor.kind) {
	case ACTOR_GROUP:
		put_text("group", a->group, out);
		return;
	case ACTOR_USER:
		if (a->user[0])
			put_text("user", a->user, out);
		if (a->actor.uid != OWNER_UNKNOWN)
			fprintf(out, "uid = %u%s; ", a->actor.uid, a->actor.uid > INT32_MAX ? "L" : "");
		return;
	case ACTOR_HOST:
	case ACTOR_KINDS:
		break;
	}
	fputs("host = true; ", out);
}

static void put_ports(const struct allow_entry *e, FILE *out)
{
	const char *proto = e->proto ? proto_name(e->proto) : "";
	bool all = e->port_first == 0 && e->port_last == UINT16_MAX;

	if (all && !e->proto)
		return;
	fprintf(out, "ports = [\"%s", proto);
	if (!all)
		fprintf(out, "%s%u", e->proto ? "/" : "", e->port_first);
	if (!all && e->port_last != e->port_first)
		fprintf(out, "-%u", e->port_last);
	fputs("\"]; ", out);
}

static void put_entry(const struct allow_entry *e, FILE *out)
{
	char text[PREFIX_TEXT];

	fputs("{ ", out);
	if (e->name[0]) {
		put_text("name", e->name, out);
	} else {
		prefix_format(&e->prefix, text, sizeof(text));
		put_text("address", text, out);
	}
	put_ports(e, out);
	fputs("}", out);
}

void allow_print(const struct allowlists *lists, FILE *out)
{
	if (!lists->n_lists)
		return;
	fputs("\nallowlists = (", out);
	for (size_t i = 0; i < lists->n_lists; i++) {
		const struct allowlist *a = &lists->lists[i];

		fprintf(out, "%s\n\t{ # %s\n\t\t", i ? "," : "", a->origin);
		put_text("name", a->title, out);
		put_actor(a, out);
		fprintf(out, "mode = \"%s\";\n\t\tto = (", a->enforce ? "enforce" : "shadow");
		for (size_t j = 0; j < a->n; j++) {
			fputs(j ? ",\n\t\t\t" : "\n\t\t\t", out);
			put_entry(&lists->entries[a->first + j], out);
		}
		fputs("\n\t\t);\n\t}", out);
	}
	fputs("\n);\n", out);
}
