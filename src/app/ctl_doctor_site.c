/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor: the machine around the daemon. Whatever is asked here is read out of files that everybody may read; no program is
 * run and no service is asked.
 */
#include "app/ctl_doctor.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "app/ctl_offline.h"
#include "app/version.h"
#include "base/text.h"
#include "edge/process.h"
#include "edge/procnet.h"

#define WRITTEN 1735689600 /* 2025-01-01: a clock before that was never set */
#define TEXTFILES "/var/lib/prometheus/node-exporter"

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

static void keep_last(struct ctl_tool *t, json_t *value)
{
	json_t **last = t->work;

	json_decref(*last);
	*last = json_incref(value);
}

json_t *ctl_ask_quietly(struct ctl_tool *t, const struct ctl_request *r)
{
	const enum ctl_output output = t->output;
	const bool quiet = t->quiet;
	json_t *last = NULL;

	t->output = CTL_TABLE; /* else it would print it itself */
	t->quiet = false;
	t->work = &last;
	ctl_ask(t, r, keep_last);
	t->output = output;
	t->quiet = quiet;
	return last;
}

/* Of one and the same process as ours; its number may be another one's where it is in other namespaces. */
static int same_network(int64_t pid)
{
	char path[64], comm[32] = "", ours[64] = "", theirs[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%lld/comm", (long long)pid);
	f = fopen(path, "re");
	if (!f)
		return -1;
	if (!fgets(comm, sizeof(comm), f))
		comm[0] = '\0';
	fclose(f);
	snprintf(path, sizeof(path), "/proc/%lld/ns/net", (long long)pid);
	if (strncmp(comm, "tidegated", 9) != 0 || readlink(path, theirs, sizeof(theirs) - 1) < 0 ||
		readlink("/proc/self/ns/net", ours, sizeof(ours) - 1) < 0)
		return -1;
	return strcmp(ours, theirs) == 0;
}

static void ask_daemon(struct ctl_tool *t, struct site_facts *f)
{
	const struct ctl_request r = { .verb = "status" };
	json_t *answer, *s;

	f->answers = ctl_daemon_answers(t);
	f->socket_denied = !f->answers && (errno == EACCES || errno == EPERM);
	if (!f->answers)
		return;
	answer = ctl_ask_quietly(t, &r);
	s = json_object_get(answer, "status");
	text_copy(f->daemon, sizeof(f->daemon), field_text(s, "version"));
	text_copy(f->config, sizeof(f->config), field_text(s, "config"));
	f->feeds = (size_t)field_int(s, "feeds.configured");
	f->feeds_failing = (size_t)field_int(s, "feeds.failing");
	f->same_network = same_network(field_int(s, "pid"));
	json_decref(answer);
}

static void read_group(const char *name, struct site_group *out)
{
	struct text t = text_over(out->members, sizeof(out->members));
	const struct group *g;

	text_copy(out->name, sizeof(out->name), name);
	g = name[0] ? getgrnam(name) : NULL;
	out->there = g != NULL;
	for (char **m = g ? g->gr_mem : NULL; m && *m; m++)
		text_addf(&t, "%s%s", t.len ? ", " : "", *m);
}

static int64_t free_mb(const char *dir)
{
	struct statvfs v;

	return statvfs(dir, &v) ? -1 : (int64_t)(v.f_bavail * v.f_frsize / (1024 * 1024));
}

static void take_problem(const struct conf_report *r, struct site_facts *f)
{
	f->config_errors = r->errors ? r->errors : 1;
	for (size_t i = 0; i < r->n; i++)
		if (r->list[i].error) {
			snprintf(f->config_first, sizeof(f->config_first), "%.70s:%u: %.110s", r->list[i].file, r->list[i].line,
				r->list[i].text);
			return;
		}
}

static void take_conf(const struct conf *c, struct site_facts *f)
{
	read_group(c->control_group, &f->admins);
	read_group(c->control_viewers, &f->viewers);
	text_copy(f->state_dir, sizeof(f->state_dir), c->paths.state_dir);
	/* Who may not look into a folder above it cannot tell whether it is there. */
	f->state_free_mb = free_mb(c->paths.state_dir);
	f->state_known = f->state_free_mb >= 0 || errno == ENOENT;
	snprintf(f->log_place, sizeof(f->log_place), "its last words: %s; events: %.60s",
		f->init == SITE_SYSTEMD ? "journalctl -u tidegated -n 50" : "where its standard output goes", c->paths.log_dir);
}

static void read_config(struct site_facts *f)
{
	struct conf_report *report = calloc(1, sizeof(*report));
	struct conf *conf = calloc(1, sizeof(*conf));
	const char *found = f->config[0] ? f->config : ctl_find_conf();
	struct conf_source src = { .user_id = process_uid_of };

	if (found && report && conf) {
		if (found != f->config)
			text_copy(f->config, sizeof(f->config), found);
		src.file = f->config;
		if (conf_load(&src, conf, report) == 0)
			take_conf(conf, f);
		else
			take_problem(report, f);
	}
	free(conf);
	free(report);
}

static void read_unit(struct site_facts *f)
{
	static const char *const units[] = { "/etc/systemd/system/tidegated.service", "/run/systemd/system/tidegated.service",
		"/usr/local/lib/systemd/system/tidegated.service", "/usr/lib/systemd/system/tidegated.service",
		"/lib/systemd/system/tidegated.service" };
	static const char *const wants[] = { "/etc/systemd/system/multi-user.target.wants/tidegated.service",
		"/etc/systemd/system/sysinit.target.wants/tidegated.service",
		"/etc/systemd/system/network-pre.target.wants/tidegated.service",
		"/etc/systemd/system/basic.target.wants/tidegated.service" };
	struct stat st;

	if (is_there("/run/systemd/system"))
		f->init = SITE_SYSTEMD;
	else if (is_there("/run/openrc"))
		f->init = SITE_OPENRC;
	for (size_t i = 0; f->init == SITE_SYSTEMD && i < sizeof(units) / sizeof(units[0]); i++)
		f->unit_there = f->unit_there || is_there(units[i]);
	for (size_t i = 0; f->init == SITE_SYSTEMD && i < sizeof(wants) / sizeof(wants[0]); i++)
		f->unit_enabled = f->unit_enabled || lstat(wants[i], &st) == 0;
	if (f->init == SITE_OPENRC) {
		f->unit_there = is_there("/etc/init.d/tidegated");
		f->unit_enabled = lstat("/etc/runlevels/default/tidegated", &st) == 0 ||
			lstat("/etc/runlevels/boot/tidegated", &st) == 0;
	}
}

static void read_clock(struct site_facts *f)
{
	struct timex x = { .modes = 0 };
	const int state = adjtimex(&x);

	f->clock_odd = time(NULL) < WRITTEN;
	f->clock_known = state >= 0;
	f->clock_synchronised = state != TIME_ERROR && !(x.status & STA_UNSYNC);
}

/* ufw is a script that leaves: only its switch tells. */
static bool has_ufw(void)
{
	FILE *file = fopen("/etc/ufw/ufw.conf", "re");
	bool on = false;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		on = on || strncmp(line, "ENABLED=yes", 11) == 0;
	if (file)
		fclose(file);
	return on;
}

static void read_others(struct site_facts *f)
{
	static const char *const names[] = { "tidegated", "fail2ban-server", "firewalld", "dockerd", "crowdsec", "sshguard",
		"psad", "csf" };
	enum { NAMES = sizeof(names) / sizeof(names[0]) };
	bool runs[NAMES];

	procnet_running("", names, NAMES, runs);
	f->runs = runs[0];
	f->fail2ban = runs[1];
	f->fail2ban_action = is_there("/etc/fail2ban/action.d/tidegate.conf");
	for (size_t i = 2; i < NAMES; i++)
		if (runs[i])
			host_list_add(&f->firewalls, names[i]);
	if (has_ufw())
		host_list_add(&f->firewalls, "ufw");
}

void ctl_doctor_site(struct ctl_tool *t, struct site_facts *f)
{
	memset(f, 0, sizeof(*f));
	f->same_network = -1;
	text_copy(f->tool, sizeof(f->tool), TIDEGATE_VERSION);
	text_copy(f->socket, sizeof(f->socket), t->socket);
	ask_daemon(t, f);
	read_unit(f);
	read_config(f);
	read_clock(f);
	read_others(f);
	if (is_there(TEXTFILES)) {
		text_copy(f->textfiles, sizeof(f->textfiles), TEXTFILES);
		f->textfile_linked = is_there(TEXTFILES "/tidegate.prom");
	}
}
