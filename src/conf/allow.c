/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom allowlists are about, and what is risky in them: whoever is held by one reaches nothing else, so all that would
 * surprise him later is said now.
 */
#include "conf/allow.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "conf/read.h"
#include "conf/rules.h"

struct reading {
	const struct value_reader *r;
	const config_setting_t *group;
	struct allow_group said;
	struct allowlist *list;
};

static bool has(const struct reading *g, const char *key)
{
	return config_setting_get_member(g->group, key) != NULL;
}

static bool flaw(const struct reading *g, const char *text)
{
	conf_error(g->r->report, value_place(g->r, g->group), "allowlist '%s' %s", g->said.name, text);
	return false;
}

/* Slashes at either end are left out; no part may be empty or lead elsewhere. The parts are its level. */
static bool tidy_path(char *path, uint8_t *level)
{
	size_t skip = strspn(path, "/"), len = strlen(path), parts = 0;

	memmove(path, path + skip, len - skip + 1);
	for (len = strlen(path); len && path[len - 1] == '/'; len--)
		path[len - 1] = '\0';
	for (const char *at = path;; at++) {
		size_t part = strcspn(at, "/");

		if (part == 0 || (part <= 2 && strspn(at, ".") >= part))
			return false;
		parts++;
		at += part;
		if (*at == '\0')
			break;
	}
	*level = (uint8_t)parts; /* 128 bytes have no more than 64 */
	return true;
}

/* Member by member: two values of the same lists are to be equal byte by byte, padding too. */
static void set_actor(struct allowlist *a, enum actor_kind kind, uint32_t uid, uint8_t level)
{
	memset(&a->actor, 0, sizeof(a->actor));
	a->actor.kind = (uint8_t)kind;
	a->actor.uid = uid;
	a->actor.level = level;
}

static bool read_group_actor(struct reading *g)
{
	const char *dot;
	uint8_t level;

	if (!tidy_path(g->said.group, &level))
		return flaw(g, "needs the path of a control group, such as \"system.slice/backup.service\"");
	if (level > ALLOWLIST_LEVELS)
		return flaw(g, "is about a control group that lies more than six deep: name one around it");
	dot = strrchr(g->said.group, '.');
	if (level == 1 && dot && strcmp(dot, ".service") == 0)
		conf_warn(g->r->report, value_place(g->r, g->group), "'%s' is a unit without its slice: do you mean "
			"\"system.slice/%s\"?", g->said.group, g->said.group);
	set_actor(g->list, ACTOR_GROUP, 0, level);
	text_copy(g->list->group, sizeof(g->list->group), g->said.group);
	return true;
}

static bool read_user_actor(struct reading *g)
{
	const struct value_reader *r = g->r;
	uint32_t uid = has(g, "uid") ? g->said.uid : OWNER_UNKNOWN;

	if (!has(g, "uid") && r->user_id && r->user_id(r->user_ctx, g->said.user, &uid))
		conf_warn(r->report, value_place(r, g->group), "there is no user '%s' on this host: allowlist '%s' is about "
			"nobody", g->said.user, g->said.name);
	set_actor(g->list, ACTOR_USER, uid, 0);
	text_copy(g->list->user, sizeof(g->list->user), g->said.user);
	return true;
}

/* One of three; a list that is there already may leave it out. */
static bool read_actor(struct reading *g, bool fresh)
{
	bool user = has(g, "user") || has(g, "uid"), group = has(g, "group"), host = g->said.host;

	if (user + group + host > 1)
		return flaw(g, "is about one of 'user' (or 'uid'), 'group' and 'host', not about more");
	if (user + group + host == 0)
		return !fresh || flaw(g, "says not whom it is about: 'user', 'uid', 'group' or host = true");
	memset(g->list->group, 0, sizeof(g->list->group));
	memset(g->list->user, 0, sizeof(g->list->user));
	if (group)
		return read_group_actor(g);
	if (user)
		return read_user_actor(g);
	set_actor(g->list, ACTOR_HOST, 0, 0);
	return true;
}

static bool met_here(const struct value_reader *r, const struct conf_place *met, const config_setting_t *group,
	const char *name)
{
	if (!met->file || strcmp(met->file, r->file) != 0)
		return false;
	conf_error(r->report, value_place(r, group), "allowlist '%s' stands in this file already, at line %u", name,
		met->line);
	return true;
}

/* -1: it was told why not. */
static int find_or_begin(const struct reading *g, struct allowlists *lists, const struct allow_book *book, bool *fresh)
{
	size_t list;
	int err = allowlist_begin(lists, g->said.name, &list);

	*fresh = err == 0;
	if (err == ERR_FULL) {
		conf_error(g->r->report, value_place(g->r, g->group), "there are more than %d allowlists", ALLOWLISTS);
		return -1;
	}
	return met_here(g->r, &book->at[list], g->group, g->said.name) ? -1 : (int)list;
}

static void read_list(const struct value_reader *r, const config_setting_t *group, struct allowlists *lists,
	struct allow_book *book)
{
	struct reading g = { .r = r, .group = group };
	struct read_into into = { &schema_allowlist, &g.said };
	const config_setting_t *to;
	char what[VALUE_WHAT] = "an allowlist";
	size_t errors = r->report->errors;
	bool fresh;
	int i;

	if (!config_setting_is_group(group) || !config_setting_get_member(group, "name")) {
		conf_error(r->report, value_place(r, group), "an allowlist must be a group with a name: { name = \"...\"; ... }");
		return;
	}
	read_group(r, group, what, &into, 1);
	i = g.said.name[0] ? find_or_begin(&g, lists, book, &fresh) : -1;
	if (i < 0)
		return;
	g.list = &lists->lists[i];
	book->at[i] = value_place(r, group);
	rules_origin(book->at[i], g.list->origin, sizeof(g.list->origin));
	if (r->report->errors == errors)
		read_actor(&g, fresh);
	if (has(&g, "mode"))
		g.list->enforce = g.said.enforce;
	to = config_setting_get_member(group, "to");
	if (to)
		allow_read_to(r, to, lists, (size_t)i);
	else if (fresh)
		flaw(&g, "has no list 'to' of where one may go");
	book->flawed[i] = book->flawed[i] || r->report->errors > errors;
}

void allow_read(const struct value_reader *r, const config_setting_t *group, struct allowlists *lists,
	struct allow_book *book)
{
	const config_setting_t *list = config_setting_get_member(group, "allowlists");

	if (!list)
		return;
	if (!config_setting_is_list(list)) {
		conf_error(r->report, value_place(r, list), "'allowlists' must be a list of groups: allowlists = ( { ... }, ... )");
		return;
	}
	for (int i = 0; i < config_setting_length(list); i++)
		read_list(r, config_setting_get_elem(list, (unsigned)i), lists, book);
}

/* A group's id is not known here; its path is what tells it. */
static bool same_actor(const struct allowlist *a, const struct allowlist *b)
{
	if (a->actor.kind != b->actor.kind)
		return false;
	switch ((enum actor_kind)a->actor.kind) {
	case ACTOR_GROUP:
		return strcmp(a->group, b->group) == 0;
	case ACTOR_USER:
		return a->actor.uid == b->actor.uid && (a->actor.uid != OWNER_UNKNOWN || strcmp(a->user, b->user) == 0);
	case ACTOR_HOST:
	case ACTOR_KINDS:
		break;
	}
	return true;
}

static void judge_risk(const struct allowlist *a, struct conf_place at, struct conf_report *report)
{
	if (!a->enforce)
		return;
	if (a->actor.kind == ACTOR_HOST && a->n == 0)
		conf_warn(report, at, "allowlist '%s' cuts the whole host off: it has no entry at all", a->title);
	else if (a->n == 0)
		conf_warn(report, at, "allowlist '%s' has no entry: who is held by it reaches nothing", a->title);
	if (a->actor.kind == ACTOR_USER && a->actor.uid == 0)
		conf_warn(report, at, "allowlist '%s' holds root: updates, time, mail and agents of this host reach nothing else",
			a->title);
}

void allow_judge(const struct allowlists *lists, const struct allow_book *book, struct conf_report *report)
{
	for (size_t i = 0; i < lists->n_lists; i++) {
		const struct allowlist *a = &lists->lists[i];

		if (book->flawed[i])
			continue;
		judge_risk(a, book->at[i], report);
		for (size_t j = 0; j < i; j++) {
			if (!book->flawed[j] && same_actor(a, &lists->lists[j]))
				conf_error(report, book->at[i], "allowlist '%s' is about the same as '%s' (%s): one has one list",
					a->title, lists->lists[j].title, lists->lists[j].origin);
		}
	}
}
