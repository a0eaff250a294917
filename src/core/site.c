/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In the order in which somebody would ask: does it run, may I speak with it, is it set up, what else is here. */
#include "core/site.h"

#include <string.h>

#include "base/text.h"

#define DISK_LEAST_MB 64

static void add(struct checkup *c, enum grade g, const char *name, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

static void add(struct checkup *c, enum grade g, const char *name, const char *remedy, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	struct checkup_line *l = checkup_say(c, g, name, format, args);
	va_end(args);
	text_copy(l->fix, sizeof(l->fix), remedy);
}

static const char *start_command(const struct site_facts *f)
{
	switch (f->init) {
	case SITE_SYSTEMD:
		return f->unit_there ? "systemctl enable --now tidegated" : "tidegated, or install the package with its unit";
	case SITE_OPENRC:
		return "rc-update add tidegated default; rc-service tidegated start";
	case SITE_INIT_UNKNOWN:
		break;
	}
	return "tidegated -c /etc/tidegate/tidegate.conf";
}

static void judge_run(const struct site_facts *f, struct checkup *c)
{
	if (f->answers)
		return;
	if (f->socket_denied)
		add(c, GRADE_FAIL, "running", "as root, or: usermod -aG tidegate-admin USER, and log in anew",
			"there is a daemon, and you may not speak with it");
	else if (f->runs)
		add(c, GRADE_FAIL, "running", "tidegate --socket PATH, as its paths.run_dir says; or restart it",
			"a tidegated runs, and does not answer on %s", f->socket);
	else
		add(c, GRADE_FAIL, "running", start_command(f), "no tidegated runs: nothing is watched, what stood in the kernel ends by "
			"itself");
	if (f->log_place[0])
		add(c, GRADE_OK, "last-words", "", "%s", f->log_place);
}

static void judge_config(const struct site_facts *f, struct checkup *c)
{
	if (!f->config[0])
		add(c, GRADE_FAIL, "config", "install the package, or copy policies/tidegate.conf there; then tidegate setup",
			"there is no /etc/tidegate/tidegate.conf");
	else if (f->config_errors)
		add(c, GRADE_FAIL, "config", "tidegated --check-config names all of them", "%zu error%s, so neither a start nor a "
			"reload takes it: %.120s", f->config_errors, f->config_errors == 1 ? "" : "s", f->config_first);
	else
		add(c, GRADE_OK, "config", "", "%s and what belongs to it load without an error", f->config);
}

static void judge_unit(const struct site_facts *f, struct checkup *c)
{
	if (f->init == SITE_INIT_UNKNOWN)
		return;
	if (!f->unit_there)
		add(c, GRADE_WARN, "unit", "install the package, or packaging/ by hand", "no service of tidegated is installed: it is "
			"gone after the next boot");
	else if (!f->unit_enabled)
		add(c, GRADE_WARN, "unit", f->init == SITE_SYSTEMD ? "systemctl enable tidegated" :
			"rc-update add tidegated default", "tidegated is not started at boot");
	else
		add(c, GRADE_OK, "unit", "", "tidegated is started at boot");
}

static void judge_group(const struct site_group *g, const char *name, const char *may, struct checkup *c)
{
	char remedy[96];
	struct text r = text_over(remedy, sizeof(remedy));

	if (!g->name[0])
		return;
	text_addf(&r, "groupadd --system %s, and restart tidegated", g->name);
	if (!g->there)
		add(c, GRADE_WARN, name, remedy, "there is no group %s: root alone %s", g->name, may);
	else
		add(c, GRADE_OK, name, "", "%s %s beside root: %.120s", g->name, may, g->members[0] ? g->members : "nobody is in it");
}

static void judge_disk(const struct site_facts *f, struct checkup *c)
{
	if (f->answers || !f->state_known)
		return; /* the daemon has judged its own folders */
	if (f->state_free_mb < 0)
		add(c, GRADE_WARN, "state-dir", "the package makes it; or: install -d -o _tidegate -m 750", "%s is not there",
			f->state_dir);
	else if (f->state_free_mb < DISK_LEAST_MB)
		add(c, GRADE_WARN, "state-dir", "free some space", "%lld MiB are left in %s", (long long)f->state_free_mb,
			f->state_dir);
}

static void judge_clock(const struct site_facts *f, struct checkup *c)
{
	if (f->clock_odd)
		add(c, GRADE_FAIL, "clock", "date; and a time service, as chrony", "the clock is years behind: what is kept comes "
			"back with wrong ends");
	else if (f->clock_known && !f->clock_synchronised)
		add(c, GRADE_WARN, "clock", "a time service, as chrony or systemd-timesyncd", "nobody keeps the clock: events have "
			"times that fit no other host's");
	else if (f->clock_known)
		add(c, GRADE_OK, "clock", "", "the clock is kept by a time service");
}

static void judge_telling(const struct site_facts *f, struct checkup *c)
{
	char remedy[SITE_TEXT];
	struct text r = text_over(remedy, sizeof(remedy));

	text_addf(&r, "ln -s /run/tidegate/tidegate.prom %s/", f->textfiles);
	if (f->textfiles[0] && !f->textfile_linked)
		add(c, GRADE_WARN, "textfile", remedy, "node_exporter is here, and has no link to our metrics");
	else if (f->textfiles[0])
		add(c, GRADE_OK, "textfile", "", "node_exporter finds our metrics in %s", f->textfiles);
	if (f->feeds_failing)
		add(c, GRADE_WARN, "feeds", "tidegate feed list", "%zu of %zu feeds could not be taken: older lists are in force",
			f->feeds_failing, f->feeds);
	else if (f->feeds)
		add(c, GRADE_OK, "feeds", "", "all %zu feeds are in force", f->feeds);
}

static void judge_others(const struct site_facts *f, struct checkup *c)
{
	char list[SITE_TEXT];
	struct text t = text_over(list, sizeof(list));

	for (size_t i = 0; i < f->firewalls.n && i < HOST_LIST; i++)
		text_addf(&t, "%s%s", i ? ", " : "", f->firewalls.names[i]);
	if (f->firewalls.n)
		add(c, GRADE_OK, "firewalls", "", "%s beside us: what either of us drops is dropped; open ports there, not here", list);
	if (f->fail2ban && !f->fail2ban_action)
		add(c, GRADE_WARN, "fail2ban", "banaction = tidegate, with packaging/fail2ban's action file", "fail2ban bans by itself: "
			"its bans are not seen here, and guards do not bind it");
	else if (f->fail2ban)
		add(c, GRADE_OK, "fail2ban", "", "fail2ban knows our action");
}

static void judge_daemon(const struct site_facts *f, struct checkup *c)
{
	if (f->daemon[0] && strcmp(f->daemon, f->tool))
		add(c, GRADE_WARN, "version", "systemctl restart tidegated: measures stand meanwhile", "the daemon is %s, this tool %s",
			f->daemon, f->tool);
	else if (f->daemon[0])
		add(c, GRADE_OK, "version", "", "daemon and tool are %s", f->tool);
	if (f->same_network == 0)
		add(c, GRADE_WARN, "network", "run this where the daemon runs, or another daemon here", "the daemon watches another "
			"network namespace than the one that you are in");
}

void site_judge(const struct site_facts *f, struct checkup *out)
{
	judge_run(f, out);
	judge_config(f, out);
	judge_unit(f, out);
	judge_group(&f->admins, "admins", "may change things", out);
	judge_group(&f->viewers, "viewers", "may look", out);
	judge_disk(f, out);
	judge_clock(f, out);
	judge_telling(f, out);
	judge_others(f, out);
	judge_daemon(f, out);
}
