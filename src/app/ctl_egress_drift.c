/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far a list and what its actor does have come apart: destinations that were met lately and are not in it, and entries
 * that nothing was ever met by.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/ctl_egress.h"
#include "codec/egress_json.h"
#include "codec/json_put.h"
#include "core/unit.h"

#define SINCE_NS (7 * 86400 * NS_PER_S)

static void print_json(const char *key, const char *title, json_t *o)
{
	put_text(o, key, title);
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static void print_strange(const struct ctl_tool *t, const char *title, const struct reach_record *r)
{
	char to[ADDR_TEXT], ports[EGRESS_PORTS_TEXT], last[FORMAT_TEXT];

	if (t->output == CTL_JSON) {
		print_json("not_in", title, egress_json_met(r));
		return;
	}
	addr_format(&r->to, to, sizeof(to));
	egress_ports_format(r->proto, r->port, r->port, ports);
	format_day((wall_t){ r->last_s * NS_PER_S }, last);
	if (t->output == CTL_PLAIN)
		printf("%s\tnot in it\t%s\t%s\t%s\t%" PRIu64 "\t%" PRId64 "\n", title, to, r->name, ports, r->count, r->last_s);
	else
		printf("  %s%-36s%s %-10s %7" PRIu64 " times on %u day%s, last %s\n", ctl_sgr(t, CTL_YELLOW), r->name[0] ? r->name : to,
			ctl_sgr(t, CTL_NORMAL), ports, r->count, r->days, r->days == 1 ? "" : "s", last);
}

static void print_unused(const struct ctl_tool *t, const char *title, const struct allow_entry *e)
{
	char to[PREFIX_TEXT], ports[EGRESS_PORTS_TEXT];

	if (t->output == CTL_JSON) {
		print_json("never_used_of", title, egress_json_entry(e));
		return;
	}
	prefix_format(&e->prefix, to, sizeof(to));
	egress_ports_format(e->proto, e->port_first, e->port_last, ports);
	if (t->output == CTL_PLAIN)
		printf("%s\tnever used\t%s\t%s\n", title, e->name[0] ? e->name : to, ports);
	else
		printf("  %-36s %s\n", e->name[0] ? e->name : to, ports);
}

static void print_drift(const struct ctl_tool *t, const struct allowlists *l, const struct egress_met *m, size_t strange,
	const bool *used)
{
	const char *title = l->lists[0].title;
	size_t unused = 0;
	bool table = t->output == CTL_TABLE;

	for (size_t i = 0; i < l->n_entries; i++)
		unused += !used[i];
	if (table)
		printf("%s%s%s: %zu destination%s met lately and not in it; %zu of %zu entries never used\n", ctl_sgr(t, CTL_BOLD),
			title, ctl_sgr(t, CTL_NORMAL), strange, strange == 1 ? "" : "s", unused, l->n_entries);
	if (table && strange)
		puts(" not in it:");
	for (size_t i = 0; i < strange; i++)
		print_strange(t, title, &m->list[i]);
	if (table && unused)
		puts(" never used:");
	for (size_t i = 0; i < l->n_entries; i++)
		if (!used[i])
			print_unused(t, title, &l->entries[i]);
}

/* Whose doings a list is about. */
static int ask_met(struct ctl_tool *t, const struct allowlist *a, struct egress_met *m)
{
	const char *slash = strrchr(a->group, '/');
	char unit[UNIT_NAME];

	if (a->actor.kind == ACTOR_USER)
		return ctl_egress_ask_met(t, a->actor.uid, NULL, m);
	if (a->actor.kind == ACTOR_HOST)
		return ctl_egress_ask_met(t, -1, NULL, m);
	unit_steady(slash ? slash + 1 : a->group, unit);
	return ctl_egress_ask_met(t, -1, unit, m);
}

static int drift_of(struct ctl_tool *t, const struct allowlist *a, int64_t since_s, struct allowlists *l, bool *used)
{
	struct egress_met m = { .n = 0 };
	size_t strange;
	int code = ctl_egress_ask_entries(t, a, l);

	if (code == CTL_OK)
		code = ask_met(t, a, &m);
	if (code == CTL_OK) {
		ctl_egress_judge(l, &m, since_s, &strange, used);
		if (!t->quiet)
			print_drift(t, l, &m, strange, used);
	}
	ctl_egress_met_free(&m);
	return code;
}

static int each_list(struct ctl_tool *t, const char *title, int64_t since_s, struct allowlists *l, bool *used)
{
	struct allowlist lists[EGRESS_LISTS];
	size_t n, met = 0;
	int code = ctl_egress_ask_lists(t, lists, &n);

	for (size_t i = 0; i < n && code == CTL_OK; i++) {
		if (title && strcmp(lists[i].title, title) != 0)
			continue;
		met++;
		code = drift_of(t, &lists[i], since_s, l, used);
	}
	if (code == CTL_OK && !met)
		return title ? ctl_complain(CTL_NONE, "there is no allowlist '%s'", title) :
			ctl_complain(CTL_NONE, "there is no allowlist");
	return code;
}

int ctl_egress_drift(struct ctl_tool *t, const char *title)
{
	const char *text = ctl_value(t, CTL_SINCE);
	int64_t since_ns = SINCE_NS;
	struct allowlists *l;
	bool *used;
	int code;

	if (text && duration_parse(text, &since_ns))
		return ctl_complain(CTL_USAGE, "--since %s: a time like 10m, 4h or 7d", text);
	l = malloc(sizeof(*l));
	used = calloc(ALLOWLIST_ENTRIES, sizeof(*used));
	code = l && used ? each_list(t, title, time(NULL) - since_ns / NS_PER_S, l, used) : ctl_complain(CTL_INTERNAL, "no memory");
	free(l);
	free(used);
	return code;
}
