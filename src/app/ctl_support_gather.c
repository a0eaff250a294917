/* SPDX-License-Identifier: GPL-2.0-or-later */
/* support-dump: what it finds by itself, and the words that nobody else is to read. */
#include <dirent.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "app/ctl_doctor.h"
#include "app/ctl_offline.h"
#include "app/ctl_support.h"
#include "app/version.h"
#include "base/text.h"
#include "edge/process.h"

#define PEOPLE_FROM 1000 /* UID_MIN of login.defs(5); below are programs */
#define NOBODY 65534
#define FILES 500

/* What a file says, at most so many bytes of it. */
static void add_file(struct text *t, const char *path, size_t most)
{
	FILE *f = fopen(path, "re");
	char line[512];
	size_t n = 0;

	text_addf(t, "\n%s:\n", path);
	if (!f) {
		text_add(t, "(cannot be read)\n");
		return;
	}
	while (n < most && fgets(line, sizeof(line), f)) {
		n += strlen(line);
		text_add(t, line);
	}
	fclose(f);
}

size_t ctl_support_about(char *out)
{
	struct text t = text_over(out, SUPPORT_PART);
	time_t now = time(NULL);
	struct utsname u;
	struct tm day;
	char when[64];

	gmtime_r(&now, &day);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &day);
	text_addf(&t, "tidegate %s, at %s, uid %u\n", TIDEGATE_VERSION, when, (unsigned)geteuid());
	if (uname(&u) == 0)
		text_addf(&t, "%s %s %s %s\n", u.sysname, u.release, u.version, u.machine);
	text_addf(&t, "%ld processors\n", sysconf(_SC_NPROCESSORS_ONLN));
	add_file(&t, "/etc/os-release", 4096);
	add_file(&t, "/proc/1/comm", 64);
	add_file(&t, "/proc/uptime", 128);
	add_file(&t, "/proc/loadavg", 128);
	add_file(&t, "/proc/meminfo", 512);
	add_file(&t, "/proc/sys/net/netfilter/nf_conntrack_count", 64);
	add_file(&t, "/proc/sys/net/netfilter/nf_conntrack_max", 64);
	add_file(&t, "/proc/net/netfilter/nfnetlink_queue", 4096);
	add_file(&t, "/proc/net/netfilter/nf_log", 4096);
	return t.len;
}

/* The one of the daemon that answers, of -c, or the usual one; NULL: there is none. */
static const char *main_file(struct ctl_tool *t, char theirs[512])
{
	const struct ctl_request r = { .verb = "status" };
	json_t *answer;

	if (t->given & CTL_CONF_FILE)
		return ctl_value(t, CTL_CONF_FILE);
	theirs[0] = '\0';
	if (ctl_daemon_answers(t)) {
		answer = ctl_ask_quietly(t, &r);
		snprintf(theirs, 512, "%s", field_text(json_object_get(answer, "status"), "config"));
		json_decref(answer);
	}
	return theirs[0] ? theirs : ctl_find_conf();
}

static int load(struct ctl_tool *t, struct conf *conf, struct conf_report *report)
{
	char theirs[512];
	const struct conf_source src = { .file = main_file(t, theirs), .user_id = process_uid_of };

	if (!src.file)
		return -1;
	return conf_load(&src, conf, report);
}

size_t ctl_support_config(struct ctl_tool *t, char *out)
{
	struct conf_report *report = calloc(1, sizeof(*report));
	struct conf *conf = calloc(1, sizeof(*conf));
	FILE *f = fmemopen(out, SUPPORT_PART, "w");
	size_t len = 0;
	long end;

	if (f && conf && report) {
		if (load(t, conf, report) == 0)
			conf_print(conf, f);
		else
			fputs("# it does not load\n", f);
		conf_check_print(report, f);
		fflush(f);
		end = ftell(f);
		len = end > 0 ? (size_t)end : 0;
	}
	if (f)
		fclose(f);
	free(conf);
	free(report);
	return len;
}

static void add_folder(struct text *t, const char *folder, int depth, size_t *left)
{
	const time_t now = time(NULL);
	const struct dirent *e;
	DIR *d = opendir(folder);

	text_addf(t, "\n%s:%s\n", folder, d ? "" : " cannot be read");
	while (d && *left && (e = readdir(d)) != NULL) {
		char path[1024];
		struct stat st;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		if (lstat(path, &st))
			continue;
		--*left;
		text_addf(t, "%06o %5u:%-5u %12lld bytes, %lld s old  %s\n", (unsigned)st.st_mode, (unsigned)st.st_uid,
			(unsigned)st.st_gid, (long long)st.st_size, (long long)(now - st.st_mtime), e->d_name);
		if (S_ISDIR(st.st_mode) && depth > 0)
			add_folder(t, path, depth - 1, left);
	}
	if (d)
		closedir(d);
}

size_t ctl_support_files(struct ctl_tool *t, char *out)
{
	struct conf_report *report = calloc(1, sizeof(*report));
	struct conf *conf = calloc(1, sizeof(*conf));
	struct text text = text_over(out, SUPPORT_PART);
	size_t left = FILES;

	if (conf && report && load(t, conf, report) == 0) {
		add_folder(&text, conf->paths.run_dir, 0, &left);
		add_folder(&text, conf->paths.state_dir, 1, &left);
		add_folder(&text, conf->paths.log_dir, 0, &left);
	}
	add_folder(&text, "/etc/tidegate", 1, &left);
	if (!left)
		text_add(&text, "and more\n");
	free(conf);
	free(report);
	return text.len;
}

static void add_host(struct veil *v)
{
	char name[256] = "", *dot;

	if (gethostname(name, sizeof(name) - 1))
		return;
	veil_add_word(v, name, "host");
	dot = strchr(name, '.');
	if (dot) {
		veil_add_word(v, dot + 1, "domain");
		*dot = '\0';
		veil_add_word(v, name, "host");
	}
}

/* People, as passwd(5) has them: programs' users are the same everywhere, and tell who did what. */
void ctl_support_words(struct veil *v)
{
	static const char *const who[] = { "SUDO_USER", "USER", "LOGNAME" };
	const struct passwd *p;
	FILE *f = fopen("/etc/passwd", "re");

	add_host(v);
	while (f && (p = fgetpwent(f)) != NULL)
		if (p->pw_uid >= PEOPLE_FROM && p->pw_uid != NOBODY)
			veil_add_word(v, p->pw_name, "user");
	if (f)
		fclose(f);
	for (size_t i = 0; i < sizeof(who) / sizeof(who[0]); i++) {
		const char *name = getenv(who[i]);

		if (name && strcmp(name, "root") != 0)
			veil_add_word(v, name, "user");
	}
}
