/* SPDX-License-Identifier: GPL-2.0-or-later */
/* setup: what was found, what would be written, and what comes next, for people; and all of it as one object. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/ctl_setup.h"
#include "codec/json_put.h"

#define TEXTFILES "/var/lib/prometheus/node-exporter"

static void head(const struct ctl_tool *t, const char *name)
{
	printf("%s%-11s%s", ctl_sgr(t, CTL_BOLD), name, ctl_sgr(t, CTL_NORMAL));
}

/* Those of one kind on a line, by their files where these are known. */
static void show_kind(const struct guards *g, enum guard_kind kind)
{
	char room[PREFIX_TEXT];
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++) {
		if (g->list[i].kind != kind)
			continue;
		prefix_format(&g->list[i].prefix, room, sizeof(room));
		if (n < 6)
			printf("%s%s", n ? ", " : "  ", room);
		n++;
	}
	if (n > 6)
		printf(" and %zu more", n - 6);
	if (n)
		printf(" (%s)\n", guard_kind_name(kind));
}

static void show_guards(const struct ctl_tool *t, const struct setup_work *w)
{
	static const enum guard_kind kinds[] = { GUARD_OWN, GUARD_GATEWAY, GUARD_RESOLVER, GUARD_TIME, GUARD_DHCP };
	char room[ADDR_TEXT];

	head(t, "Guards");
	puts("never acted on, found anew whenever they change; nothing is written for them:");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		show_kind(&w->seen.automatic, kinds[i]);
	if (!w->seen.peer.family)
		return;
	addr_format(&w->seen.peer, room, sizeof(room));
	printf("  this SSH session comes from %s\n", room);
}

void ctl_setup_show_host(struct ctl_tool *t, const struct setup_work *w)
{
	const struct role_found *f = &w->found;

	head(t, "Role");
	printf("%s%s%s (%s)\n%11s", ctl_sgr(t, CTL_GREEN), role_policy(f->role), ctl_sgr(t, CTL_NORMAL), role_sure_name(f->sure),
		"");
	ctl_wrap(f->why, CTL_INDENT);
	for (size_t i = 0; i < f->n_notes; i++) {
		printf("%9s- ", "");
		ctl_wrap(f->notes[i], CTL_INDENT);
	}
	if (w->overruled)
		printf("%11spolicy %s, as you said\n", "", ctl_value(t, CTL_POLICY));
	show_guards(t, w);
}

void ctl_setup_show_file(struct ctl_tool *t, const struct setup_work *w)
{
	static char room[2 * SETUP_BYTES];
	struct text changes = text_over(room, sizeof(room));
	const char *line = room;

	setup_text_changes(w->before, w->after, 3, &changes);
	head(t, "File");
	if (!room[0]) {
		printf("%s is as it should be\n", w->path);
		return;
	}
	printf("%s, which is %s:\n", w->path, w->there ? "there already, would change so" : "new, would be");
	while (*line) {
		const size_t len = strcspn(line, "\n");
		const enum ctl_colour c = *line == '+' ? CTL_GREEN : *line == '-' ? CTL_RED : CTL_NORMAL;

		printf("%s%.*s%s\n", ctl_sgr(t, c), (int)len, line, c ? ctl_sgr(t, CTL_NORMAL) : "");
		line += len + (line[len] == '\n');
	}
}

static json_t *ports_value(const uint16_t *ports, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_integer(ports[i]));
	return list;
}

void ctl_setup_show_json(const struct setup_work *w, bool written)
{
	json_t *o = json_object(), *notes = json_array(), *spared = json_array();
	char room[PREFIX_TEXT];

	for (size_t i = 0; i < w->found.n_notes; i++)
		json_array_append_new(notes, json_string(w->found.notes[i]));
	for (size_t i = 0; i < w->plan.n_never_block; i++) {
		prefix_format(&w->plan.never_block[i], room, sizeof(room));
		json_array_append_new(spared, json_string(room));
	}
	put_int(o, "v", 1);
	put_text(o, "role", role_policy(w->found.role));
	put_text(o, "sure", role_sure_name(w->found.sure));
	put_text(o, "why", w->found.why);
	put_value(o, "notes", notes);
	put_text(o, "policy", w->plan.policy ? w->plan.policy : "");
	put_value(o, "ssh_ports", ports_value(w->found.admin_ports, w->found.n_admin_ports));
	put_value(o, "never_block", spared);
	put_text(o, "file", w->path);
	put_text(o, "text", w->after);
	put_bool(o, "changes", strcmp(w->before, w->after) != 0);
	put_bool(o, "written", written);
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

void ctl_setup_show_plain(const struct setup_work *w, bool written)
{
	printf("role\t%s\t%s\t%s\npolicy\t%s\nfile\t%s\nchanges\t%s\nwritten\t%s\n", role_policy(w->found.role),
		role_sure_name(w->found.sure), w->found.why, w->plan.policy, w->path,
		strcmp(w->before, w->after) ? "yes" : "no", written ? "yes" : "no");
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

void ctl_setup_show_next(const struct ctl_tool *t, const struct setup_work *w, bool reloaded)
{
	putchar('\n');
	head(t, "Next");
	if (reloaded)
		puts("the daemon has read it");
	else if (is_folder("/run/systemd/system"))
		puts("no daemon runs with it: systemctl enable --now tidegated");
	else
		printf("no daemon runs with it: tidegated -c %s\n", w->main);
	puts("  tidegate status; tidegate list         what it finds, and what it would have done: leave it a day or a week\n"
	     "  tidegate mode enforce --try 10m        acts for ten minutes, then goes back; tidegate confirm keeps it\n"
	     "  tidegate doctor                        which promises hold on this host\n"
	     "  /etc/tidegate/hooks.d                  programs that are told; systemctl enable --now tidegate-notify");
	if (is_folder(TEXTFILES) && access(TEXTFILES "/tidegate.prom", F_OK))
		puts("  ln -s /run/tidegate/tidegate.prom " TEXTFILES "/\n"
		     "                                         gives node_exporter its metrics");
	else
		puts("  systemctl enable --now tidegate-exporter   metrics for Prometheus, on loopback");
}
