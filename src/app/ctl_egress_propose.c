/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An allowlist from what a user's or a unit's programs, or all, were seen to reach: to look at, or as a file. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "app/ctl_egress.h"
#include "codec/allow_text.h"
#include "core/unit.h"
#include "edge/process.h"

#define TEXT_ROOM (4u << 20)
#define PATH_ROOM 512

struct whom {
	struct allow_text text;
	char user[32], group[128], unit[UNIT_NAME], title[32];
	int64_t uid; /* below 0: any */
};

static int take_user(struct whom *w, const char *name)
{
	uint32_t uid;
	char *end;
	long number;

	if (process_uid_of(NULL, name, &uid) == 0 && text_copy(w->user, sizeof(w->user), name)) {
		w->uid = uid;
	} else {
		errno = 0;
		number = strtol(name, &end, 10);
		if (errno || *end || end == name || number < 0 || number >= OWNER_UNKNOWN)
			return ctl_complain(CTL_USAGE, "--user %s: there is no such user here", name);
		w->uid = number;
	}
	w->text.actor = (struct actor){ .kind = ACTOR_USER, .uid = (uint32_t)w->uid };
	return CTL_OK;
}

/* A unit by its name stands in system.slice, unless more of its path is said. */
static int take_unit(struct whom *w, const char *name)
{
	const char *slash = strrchr(name, '/');
	struct text t = text_over(w->group, sizeof(w->group));

	text_addf(&t, "%s%s", slash ? "" : "system.slice/", name);
	if (t.cut || *name == '\0')
		return ctl_complain(CTL_USAGE, "--unit %s: a unit, or the path of its control group", name);
	unit_steady(slash ? slash + 1 : name, w->unit);
	if (strchr(w->unit, '*'))
		return ctl_complain(CTL_USAGE, "--unit %s: what is made anew under another name each time has no allowlist; "
			"name its user, or a slice around it", name);
	w->text.actor = (struct actor){ .kind = ACTOR_GROUP };
	return CTL_OK;
}

static int take_whom(const struct ctl_tool *t, struct whom *w)
{
	const char *user = ctl_value(t, CTL_USER), *unit = ctl_value(t, CTL_UNIT);
	bool host = t->given & CTL_HOST;
	int code = CTL_OK;

	w->uid = -1;
	w->text.actor = (struct actor){ .kind = ACTOR_HOST };
	if ((user != NULL) + (unit != NULL) + host != 1)
		return ctl_complain(CTL_USAGE, "egress propose --user NAME, --unit NAME or --host?");
	if (user)
		code = take_user(w, user);
	if (unit)
		code = take_unit(w, unit);
	w->text.user = w->user;
	w->text.group = w->group;
	w->text.now_s = time(NULL);
	allow_text_title(&w->text, w->title, sizeof(w->title));
	w->text.title = w->title;
	return code;
}

/* FILE, or egress-TITLE.conf in it where it is a folder. What is there already is somebody's work. */
static int write_file(const struct ctl_tool *t, const struct whom *w, const char *file, const struct text *out,
	const struct allow_text_sum *sum)
{
	char path[PATH_ROOM];
	struct text p = text_over(path, sizeof(path));
	struct stat st;
	FILE *f;
	bool good;

	text_add(&p, file);
	if (stat(file, &st) == 0 && S_ISDIR(st.st_mode))
		text_addf(&p, "/egress-%s.conf", w->title);
	if (p.cut)
		return ctl_complain(CTL_USAGE, "the path of the file is too long");
	f = fopen(path, "wxe");
	if (!f)
		return ctl_complain(CTL_USAGE, "%s: %s", path, strerror(errno));
	good = fwrite(out->at, 1, out->len, f) == out->len;
	if (fclose(f) || !good)
		return ctl_complain(CTL_INTERNAL, "%s: %s", path, strerror(errno));
	if (!t->quiet && t->output == CTL_TABLE)
		printf("%s: %zu entries, %zu more met only once; read it, then: tidegate reload\n", path, sum->entries, sum->once);
	return CTL_OK;
}

static int write_out(const struct ctl_tool *t, const struct whom *w, struct egress_met *m, const char *file)
{
	char *room = malloc(TEXT_ROOM);
	struct allow_text_sum sum;
	struct text out;
	int code = CTL_OK;

	if (!room)
		return ctl_complain(CTL_INTERNAL, "no memory");
	out = text_over(room, TEXT_ROOM);
	allow_text_write(&w->text, m->list, m->n, &out, &sum);
	if (out.cut)
		code = ctl_complain(CTL_INTERNAL, "the list is too long");
	else if (file && strcmp(file, "-") != 0)
		code = write_file(t, w, file, &out, &sum);
	else if (!t->quiet)
		fputs(room, stdout);
	free(room);
	return code;
}

int ctl_egress_propose(struct ctl_tool *t, const char *file)
{
	struct whom w = { .user = "" };
	struct egress_met m = { .n = 0 };
	int code = take_whom(t, &w);

	if (code == CTL_OK)
		code = ctl_egress_ask_met(t, w.uid, w.unit[0] ? w.unit : NULL, &m);
	if (code == CTL_OK && m.n == 0)
		code = ctl_complain(CTL_NONE, "nothing was seen of it yet: it needs some days to be complete");
	else if (code == CTL_OK)
		code = write_out(t, &w, &m, file);
	ctl_egress_met_free(&m);
	return code;
}
